import { QueryError } from '../errors/index.js';
import {
  deleteWhere,
  deletionOf,
  everyRow,
  hasKeyAmong,
  keyIdentity,
  returningColumns,
  Stored,
  takeBackOnRollback,
  takeDeleted,
  takeWritten,
  updateStatement,
  type BoundTable,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, and, isNull, type Expression, type Program, type SqlValue, type UpdateStatement } from '../sql/index.js';
import { keyOf } from './members.js';

type Fields = Readonly<Record<string, unknown>>;

/** Every row by its name: of rows that are known by their keys, scopes leave none out. */
const named = { everyRow: true };

/**
 * Writes fields of the rows of instances, in one statement, and puts what is stored then on them; says how many rows there were.
 *
 *     // UPDATE "users" SET "active" = ? WHERE "id" IN (SELECT "value" FROM json_each(?)) RETURNING "id", "active"
 */
export function* writeMembers(table: BoundTable, instances: readonly object[], changes: Fields): Program<number> {
  const { schema } = table;
  const update = updateStatement(schema, everyRow, changes, named) as UpdateStatement;
  checkFields(schema, instances, changes);
  const members = byIdentity(instances);
  const written = writtenColumns(schema, update);
  const where = livingAmong(schema, instances);
  const returning = returningColumns([...schema.primaryKey, ...written]);
  const { statement, parameters } = table.compile({ ...update, where, returning }, schema.bigints);
  const rows = (yield* all(statement, parameters)) as SqlValue[][];
  const width = schema.primaryKey.length;
  for (const row of rows) {
    takeWritten(schema, members.get(keyIdentity(row.slice(0, width)))!, written, row.slice(width));
  }
  takeBackOnRollback(table, instances);
  return rows.length;
}

/** Deletes the rows of instances, in one statement and in the way of their table; says how many there were. */
export function* deleteMembers(table: BoundTable, instances: readonly object[]): Program<number> {
  const { schema } = table;
  const left = instances.filter((instance) => Stored.row(instance) !== null);
  if (left.length === 0) return 0;
  const members = byIdentity(left);
  const deletion = deletionOf(schema);
  const written = deletion?.writtenIn(schema) ?? [];
  const returning = returningColumns([...schema.primaryKey, ...written]);
  const { rows } = yield* deleteWhere(table, livingAmong(schema, left), returning, schema.bigints);
  const width = schema.primaryKey.length;
  for (const row of rows) {
    const member = members.get(keyIdentity(row.slice(0, width)))!;
    if (deletion === undefined) takeDeleted(member);
    else takeWritten(schema, member, written, row.slice(width));
  }
  takeBackOnRollback(table, left);
  return rows.length;
}

/** The rows of instances, but for those that are deleted and stay in their table. */
function livingAmong(schema: TableSchema, instances: readonly object[]): Expression {
  const among = hasKeyAmong(schema, instances.map(keyOf));
  return schema.deletion === undefined ? among : and([among, isNull(schema.deletion.column.reference)]);
}

const byIdentity = (instances: readonly object[]): ReadonlyMap<string, object> =>
  new Map(instances.map((instance) => [keyIdentity(keyOf(instance)), instance]));

/** Refuses a key, by which the rows are found again, and a field that not all of the instances have. */
function checkFields(schema: TableSchema, instances: readonly object[], changes: Fields): void {
  const key = schema.primaryKey.find(({ property }) => Object.hasOwn(changes, property));
  if (key !== undefined) {
    throw new QueryError(
      `${schema.field(key)} is part of the primary key, by which the rows of a record set are known.`,
      'Change it on one instance after the other, and save each.',
    );
  }
  const schemas = new Set(instances.map((instance) => Stored.table(instance)!.schema));
  for (const own of schemas) {
    for (const field of Object.keys(changes)) if (own.options.embedded?.has(field) !== true) own.column(field);
  }
}

/** What an update writes, and what SQLite computes of it. */
function writtenColumns({ columns }: TableSchema, { set }: UpdateStatement): readonly ColumnSchema[] {
  const assigned = new Set(set.map(({ column }) => column));
  return columns.filter(({ name, readOnly }) => assigned.has(name) || readOnly === 'always');
}
