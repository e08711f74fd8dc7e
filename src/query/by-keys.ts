import type { TableSchema } from '../schema/index.js';
import { and, binary, or, parameter, type Expression, type SqlValue } from '../sql/index.js';
import { jsonText } from './compile-where.js';

/** The same text for the same primary key, as it is stored. */
export const keyIdentity = (key: readonly SqlValue[]): string =>
  JSON.stringify(key.map((value) => (typeof value === 'string' ? [value] : String(value))));

/** `"id" IN (…)`: one text for any number of keys, so that the statement is prepared once. */
export function hasKeyAmong({ primaryKey }: TableSchema, keys: readonly (readonly SqlValue[])[]): Expression {
  const operands = primaryKey.map(({ reference }) => reference);
  const texts = keys.map((key) => key.map(jsonText));
  if (texts.some((key) => key.includes(undefined))) {
    return or(keys.map((key) => and(key.map((value, at) => binary(operands[at]!, '=', parameter(value))))));
  }
  const [operand] = operands;
  if (operands.length === 1) {
    return { kind: 'in', operand: operand!, negated: false, among: { kind: 'json', text: `[${texts.join()}]` } };
  }
  const text = `[${texts.map((key) => `[${key.join()}]`).join()}]`;
  const among = { kind: 'jsonRows', text, width: operands.length } as const;
  return { kind: 'in', operand: { kind: 'row', operands }, negated: false, among };
}
