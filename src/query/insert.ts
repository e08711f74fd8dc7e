import { NotFoundError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Command, Program, Row, RunResult, SelectedColumn, SqlValue } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { columnParameter } from './compile-where.js';
import { saveWithHooks } from './hooked-write.js';
import type { WriteSource } from './hooks.js';
import { decodeFailure, narrow } from './hydrate.js';
import { encodeNewRow, type NewRow } from './new-row.js';
import type { Home } from './origin.js';
import { Stored } from './stored.js';

type Fields = Record<string, unknown>;

/** Inserts an instance, fills in what SQLite made, and remembers the row. */
export function insert(table: BoundTable, instance: object, source: WriteSource = 'call'): Program<void> {
  const { hooks } = table;
  if (hooks === undefined) return insertRow(table, instance);
  return saveWithHooks(table, hooks, instance, { source, run: () => insertRow(table, instance), isNeeded: () => true });
}

/** The same without what features do before and after. */
export function* insertRow(table: BoundTable, instance: object): Program<void> {
  const row = newRowOf(table, instance);
  takeInserted(table, instance, row, yield insertCommand(table, row));
}

/** The row that an instance is going to be, with its defaults; they are put on the instance, too. */
export function newRowOf({ schema, database }: BoundTable, instance: object): NewRow {
  schema.lifecycle?.made(instance, database);
  Stored.row(instance); // takes back the key of an insert that was undone, before it is looked at
  return encodeNewRow(schema, instance);
}

/** What inserts a new row. Its answer belongs to `takeInserted`. */
export function insertCommand(table: BoundTable, { row, parameters, omitted, shape }: NewRow): Command {
  const { schema } = table;
  const asksBack = isAskedBack(schema, omitted);
  const statement = table.known(shape) ?? table.learn(shape, insertStatement(schema, row, omitted, asksBack));
  return { method: asksBack ? 'all' : 'run', statement, parameters };
}

/** Whether SQLite makes more than a rowid, which every insert says. */
const isAskedBack = ({ rowid }: TableSchema, omitted: readonly ColumnSchema[]): boolean =>
  omitted.length > 1 || (omitted.length === 1 && omitted[0] !== rowid);

/** Fills in what SQLite made of a new row, and remembers it. */
export function takeInserted(table: BoundTable, instance: object, { row, omitted }: NewRow, answer: unknown): void {
  const { schema } = table;
  if (isAskedBack(schema, omitted)) {
    const [returned] = answer as Row[];
    if (returned === undefined) throw skipped(schema);
    omitted.forEach((column, index) => takeBack(table, column, instance as Fields, row, returned[index] as SqlValue));
  } else {
    const { changes, lastInsertRowid } = answer as RunResult;
    if (changes === 0) throw skipped(schema); // or the rowid would be another row's
    if (omitted.length === 1) takeRowid(table, instance as Fields, row, lastInsertRowid);
  }
  Stored.write(instance, row, table, table.database.transactions.innermost, omitted);
}

/** A trigger can leave a row out without an error. https://sqlite.org/lang_createtrigger.html#raise */
const skipped = ({ modelName }: TableSchema): NotFoundError =>
  new NotFoundError(modelName, `The insert of this ${modelName} made no row: a trigger called RAISE(IGNORE).`);

function insertStatement(schema: TableSchema, row: Row, omitted: readonly ColumnSchema[], asksBack: boolean) {
  const named = schema.columns.filter((column) => !omitted.includes(column));
  return {
    kind: 'insert' as const,
    into: schema.reference,
    columns: named.map((column) => column.name),
    values: named.map((column) => columnParameter(column, row[column.position] as SqlValue)),
    returning: asksBack ? returningColumns(omitted) : [],
  };
}

export const returningColumns = (columns: readonly ColumnSchema[]): readonly SelectedColumn[] =>
  columns.map((column) => ({ expression: column.reference, alias: undefined }));

/** Puts a value that SQLite made on the instance. */
export function takeBack(table: Home, column: ColumnSchema, fields: Fields, row: Row, stored: SqlValue): void {
  row[column.position] = stored;
  const { schema, onUndecodable } = table;
  const { type } = column;
  try {
    fields[column.property] = stored === null ? null : type.decode(type.bigints === true ? stored : narrow(stored));
  } catch (error) {
    const key = schema.primaryKey.map(({ position }) => row[position]);
    const failure = decodeFailure(schema, column, stored, key);
    if (failure === undefined || onUndecodable === undefined) throw failure ?? error;
    onUndecodable(failure);
    fields[column.property] = null;
  }
}

function takeRowid(table: Home, fields: Fields, row: Row, rowid: number | bigint): void {
  const column = table.schema.rowid!;
  takeBack(table, column, fields, row, column.type.bigints === true ? BigInt(rowid) : Number(rowid));
}
