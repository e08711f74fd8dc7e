import type { TableSchema } from '../schema/index.js';
import { and, binary, parameter, type Expression, type SelectStatement, type SqlValue } from '../sql/index.js';

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
