import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { and, binary, or, parameter, type Expression, type SqlValue } from '../sql/index.js';
import { jsonText } from './compile-where.js';

type Keys = readonly (readonly SqlValue[])[];

/** `"author_id" IN (…)`, for columns that hold what others do. */
export const isAmong = (columns: readonly ColumnSchema[], referred: readonly ColumnSchema[], keys: Keys): Expression =>
  among(comparedAs(columns, referred), keys);

/** `"id" IN (…)`, of a primary key. */
export const hasKeyAmong = ({ primaryKey }: TableSchema, keys: Keys): Expression =>
  among(
    primaryKey.map(({ reference }) => reference),
    keys,
  );

const among = (operands: readonly Expression[], keys: Keys): Expression =>
  jsonAmong(operands, keys) ??
  or(keys.map((key) => and(key.map((value, at) => binary(operands[at]!, '=', parameter(value))))));

/** The same as one text for any number of keys, so that the statement is prepared once; none where JSON cannot hold one of them. */
export function jsonAmong(operands: readonly Expression[], keys: Keys): Expression | undefined {
  const [operand] = operands;
  if (operands.length === 1) {
    const text = jsonOfFirst(keys);
    return text === undefined
      ? undefined
      : { kind: 'in', operand: operand!, negated: false, among: { kind: 'json', text } };
  }
  const texts = keys.map((key) => key.map(jsonText));
  if (texts.some((key) => key.includes(undefined))) return undefined;
  const text = `[${texts.map((key) => `[${key.join()}]`).join()}]`;
  const rows = { kind: 'jsonRows', text, width: operands.length } as const;
  return { kind: 'in', operand: { kind: 'row', operands }, negated: false, among: rows };
}

/** `[1,2,3]` of keys with one value. */
function jsonOfFirst(keys: Keys): string | undefined {
  let list = '';
  for (let at = 0; at < keys.length; at++) {
    const text = jsonText(keys[at]![0]!);
    if (text === undefined) return undefined;
    list += at === 0 ? text : `,${text}`;
  }
  return `[${list}]`;
}

/** Columns as operands, where they are compared as others are that may have collations of their own. */
export const comparedAs = (columns: readonly ColumnSchema[], others: readonly ColumnSchema[]): Expression[] =>
  columns.map(({ reference, collation }, at) => {
    const other = others[at]!.collation;
    if (collation === other) return reference;
    return { kind: 'collate', operand: reference, collation: other ?? 'BINARY' };
  });

/** The same text for the same primary key, as it is stored. */
export const keyIdentity = (key: readonly SqlValue[]): string =>
  JSON.stringify(key.map((value) => (typeof value === 'string' ? [value] : String(value))));
