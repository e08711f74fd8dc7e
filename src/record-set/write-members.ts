import { QueryError } from '../errors/index.js';
import {
  deleteStatement,
  everyRow,
  hasKeyAmong,
  keyIdentity,
  makeWholesAnew,
  narrow,
  returningColumns,
  Stored,
  takeBack,
  updateStatement,
  type BoundTable,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, type DeleteStatement, type Program, type SqlValue, type UpdateStatement } from '../sql/index.js';
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
  const where = hasKeyAmong(schema, instances.map(keyOf));
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

/** Deletes the rows of instances, in one statement; says how many there were. */
export function* deleteMembers(table: BoundTable, instances: readonly object[]): Program<number> {
  const { schema } = table;
  const left = instances.filter((instance) => Stored.row(instance) !== null);
  if (left.length === 0) return 0;
  const members = byIdentity(left);
  const deletion = deleteStatement(schema, everyRow, named) as DeleteStatement;
  const where = hasKeyAmong(schema, left.map(keyOf));
  const returning = returningColumns(schema.primaryKey);
  const { statement, parameters } = table.compile({ ...deletion, where, returning }, schema.bigints);
  const rows = (yield* all(statement, parameters)) as SqlValue[][];
  for (const row of rows) remember(members.get(keyIdentity(row))!, null, []);
  takeBackOnRollback(table, left);
  return rows.length;
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

/** Puts what was written on an instance, as its own model has these columns. */
function takeWritten(
  schema: TableSchema,
  instance: object,
  written: readonly ColumnSchema[],
  values: readonly SqlValue[],
): void {
  const home = Stored.table(instance)!;
  const { columnsByProperty, bigints } = home.schema;
  const known = Stored.row(instance);
  if (!Array.isArray(known)) return; // deleted while SQLite answered
  const row = known.slice();
  const fields = instance as Record<string, unknown>;
  const own = written.map(({ property }) => columnsByProperty.get(property));
  const filled = own.filter((column) => column !== undefined);
  makeWholesAnew(home.schema, fields, filled);
  own.forEach((column, at) => {
    const value = values[at]!;
    if (column !== undefined) takeBack(home, column, fields, row, schema.bigints && !bigints ? narrow(value) : value);
  });
  remember(instance, row, filled);
}

/** Whoever asks for the row of an instance takes back what was undone; here nobody else may ask. */
const takeBackOnRollback = ({ database }: BoundTable, instances: readonly object[]): void =>
  database.transactions.onRollback(() => instances.forEach((instance) => Stored.row(instance)));

/** Remembers what is stored of an instance now, until a rollback says otherwise. */
function remember(instance: object, row: unknown[] | null, written: readonly ColumnSchema[]): void {
  const table = Stored.table(instance) as BoundTable;
  Stored.write(instance, row, table, table.database.transactions.innermost, written);
}
