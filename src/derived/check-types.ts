import { DefinitionError } from '../errors/index.js';
import type { ColumnSchema, ColumnType, TableSchema } from '../schema/index.js';
import type { Aggregate } from './aggregate.js';

/** Refuses a column that cannot hold what is made of a field, or would read it as something else. SQL is the user's affair. */
export function checkTypes(
  owner: TableSchema,
  column: ColumnSchema,
  rows: TableSchema,
  { name, of }: Aggregate<never, 0 | null>,
): void {
  if (of === undefined) return check(owner, column, 'INTEGER', 'a count');
  if (typeof of !== 'string') return;
  const source = rows.column(of);
  const what = `the ${name} of ${rows.field(source)}`;
  if (name === 'avg') {
    check(owner, column, 'REAL', what);
    if (isPlainNumber(source.type)) return;
    throw refused(
      owner,
      column,
      `${what}, which is ${source.type.name}`,
      'Average numbers, or SQL that makes numbers.',
    );
  }
  if (name === 'sum' && isPlainNumber(source.type) && column.type.name === 'real') return;
  if (isAlike(column.type, source.type) && (name !== 'sum' || isNumeric(source.type))) return;
  throw refused(owner, column, `${what}, which is ${source.type.name}`, 'Give both the same type.');
}

function check(owner: TableSchema, column: ColumnSchema, storage: string, what: string): void {
  if (column.type.storage === storage && (isPlainNumber(column.type) || column.type.name === 'bigint')) return;
  throw refused(owner, column, what, storage === 'REAL' ? 'Declare it as real().' : 'Declare it as integer().');
}

const refused = (owner: TableSchema, column: ColumnSchema, what: string, remedy: string): DefinitionError =>
  new DefinitionError(`${owner.field(column)} is ${column.type.name}, and cannot hold ${what}.`, remedy);

const isPlainNumber = ({ name }: ColumnType<unknown>): boolean =>
  name === 'integer' || name === 'real' || name === 'id';

const isNumeric = (type: ColumnType<unknown>): boolean =>
  isPlainNumber(type) || type.name === 'bigint' || type.name === 'decimal';

/** Whether one value is stored by both in the same way. A decimal is, where it has as many digits after the point. */
const isAlike = (type: ColumnType<unknown>, other: ColumnType<unknown>): boolean =>
  type.storage === other.storage &&
  (type.name === other.name ||
    (isPlainNumber(type) && isPlainNumber(other)) ||
    (type.name === 'bigint' && other.name === 'integer')) &&
  (type.name !== 'decimal' || type.decode(1) === other.decode(1));
