import type { ColumnSchema } from '../schema/index.js';
import { and, binary, or, parameter, type Expression, type SqlValue } from '../sql/index.js';
import { jsonText } from './compile-where.js';

/** `"author_id" IN (…)`: one text for any number of keys, so that the statement is prepared once. */
export function isAmong(
  columns: readonly ColumnSchema[],
  referred: readonly ColumnSchema[],
  keys: readonly (readonly SqlValue[])[],
): Expression {
  const operands = comparedAs(columns, referred);
  const texts = keys.map((key) => key.map(jsonText));
  if (texts.some((key) => key.includes(undefined))) {
    return or(keys.map((key) => and(key.map((value, at) => binary(operands[at]!, '=', parameter(value))))));
  }
  if (operands.length === 1) {
    return { kind: 'in', operand: operands[0]!, negated: false, among: { kind: 'json', text: `[${texts.join()}]` } };
  }
  const text = `[${texts.map((key) => `[${key.join()}]`).join()}]`;
  const among = { kind: 'jsonRows', text, width: operands.length } as const;
  return { kind: 'in', operand: { kind: 'row', operands }, negated: false, among };
}

/** Columns as operands, where they are compared as others are that may have collations of their own. */
export const comparedAs = (columns: readonly ColumnSchema[], others: readonly ColumnSchema[]): Expression[] =>
  columns.map(({ reference, collation }, at) => {
    const other = others[at]!.collation;
    if (collation === other) return reference;
    return { kind: 'collate', operand: reference, collation: other ?? 'BINARY' };
  });
