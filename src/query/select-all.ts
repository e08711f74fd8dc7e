import type { TableSchema } from '../schema/index.js';
import {
  and,
  binary,
  parameter,
  type Expression,
  type OrderingTerm,
  type Row,
  type SelectStatement,
  type SqlValue,
} from '../sql/index.js';

/** Every row of a table, every column of it that is read with a row, in the order of the schema. */
export const selectAll = (schema: TableSchema): SelectStatement => ({
  kind: 'select',
  distinct: false,
  columns: schema.read.map((column) => ({ expression: column.reference, alias: undefined })),
  from: schema.reference,
  where: undefined,
  orderBy: [],
  limit: undefined,
  offset: undefined,
});

/** The condition that picks one row by its primary key. */
export const keyCondition = (schema: TableSchema, values: readonly SqlValue[] = []): Expression =>
  and(schema.primaryKey.map((column, index) => binary(column.reference, '=', parameter(values[index] ?? null))));

/** The order of the primary key, in which of several rows it is always the same that is first. */
export const byPrimaryKey = ({ primaryKey }: TableSchema): OrderingTerm[] =>
  primaryKey.map(({ reference }) => ({
    expression: reference,
    direction: 'ASC',
    nulls: undefined,
    collation: undefined,
  }));

/** The primary key as it is stored, whatever the instance says by now. */
export function keyValues({ primaryKey }: TableSchema, row: Row): SqlValue[] {
  return primaryKey.map((column) => row[column.position] as SqlValue);
}
