import { quote } from './identifier.js';
import { toSqlValue, type SqlValue } from './value.js';
import type { BinaryOperator, ColumnReference, Expression, FunctionName, TableReference } from './syntax.js';

/** A bound value whose column decides its type: the column's affinity makes it right on every driver. */
export const parameter = (value: SqlValue): Expression => ({ kind: 'parameter', value });

export const column = (table: TableReference, name: string): ColumnReference => ({
  kind: 'column',
  table,
  name,
  quoted: quote(name),
});

/** A value written into the text, for constants of ours. */
export const constant = (value: SqlValue): Expression => ({ kind: 'literal', value });

const int32 = 2n ** 31n;

/**
 * A bound value that stands alone, such as one in a `sql` fragment: whole numbers must reach SQLite as INTEGER. sql.js binds
 * integers beyond 32 bits as REAL or TEXT, so those are cast.
 */
export const untyped = (value: unknown, where: string): Expression => exactParameter(toSqlValue(value, where));

/** The same for a value that is known to be one of SQLite's. */
export function exactParameter(value: SqlValue): Expression {
  const bound = parameter(value);
  const isSmall = typeof value !== 'bigint' || (value >= -int32 && value < int32);
  return isSmall ? bound : { kind: 'cast', operand: bound, type: 'INTEGER' };
}

export const binary = (left: Expression, operator: BinaryOperator, right: Expression): Expression => ({
  kind: 'binary',
  operator,
  left,
  right,
});

/** All of them hold; no operand at all is true. */
export function and(operands: readonly Expression[]): Expression {
  if (operands.length === 1) return operands[0]!;
  return operands.length === 0 ? constant(1) : { kind: 'and', operands };
}

/** At least one holds; no operand at all is false. */
export function or(operands: readonly Expression[]): Expression {
  if (operands.length === 1) return operands[0]!;
  return operands.length === 0 ? constant(0) : { kind: 'or', operands };
}

export const not = (operand: Expression): Expression => ({ kind: 'not', operand });

export const isNull = (operand: Expression, negated = false): Expression => ({ kind: 'isNull', operand, negated });

export const call = (name: FunctionName, ...operands: readonly Expression[]): Expression => ({
  kind: 'call',
  name,
  operands,
});
