import { MissingFieldError, ReadOnlyFieldError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, parameter, run, type Program, type Row, type SelectedColumn, type SqlValue } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { encodeValue } from './compile-where.js';
import { decoder } from './hydrate.js';
import { Stored } from './stored.js';

type Fields = Record<string, unknown>;

/** A new row as it will be sent: the values of the columns that are named, and those that SQLite is left to fill. */
interface NewRow {
  /** Every column's value in the order of the schema; `undefined` where SQLite makes it. */
  readonly row: Row;
  readonly parameters: readonly SqlValue[];
  /** The columns that the statement leaves out, which is all that two inserts of a table differ in. */
  readonly omitted: readonly ColumnSchema[];
}

/** Inserts an instance, fills in what SQLite made, and remembers the row. */
export function* insert(table: BoundTable, instance: object): Program<void> {
  const { schema } = table;
  const { row, parameters, omitted } = encodeNewRow(schema, instance as Fields);
  const asksBack = omitted.length > 1 || (omitted.length === 1 && omitted[0] !== schema.rowid);
  const statement = table.write(shapeOf(omitted), () => insertStatement(schema, omitted, asksBack), schema.bigints);
  if (asksBack) {
    const [returned] = yield* all(statement, parameters);
    omitted.forEach((column, index) => takeBack(schema, column, instance as Fields, row, returned![index] as SqlValue));
  } else {
    const { lastInsertRowid } = yield* run(statement, parameters);
    if (omitted.length === 1) takeRowid(schema, instance as Fields, row, lastInsertRowid);
  }
  const before = Stored.row(instance);
  Stored.mark(instance, row, table);
  const { transactions } = table.database;
  if (transactions.depth > 0) {
    transactions.onRollback(() => {
      Stored.mark(instance, before, table);
      for (const { property } of omitted) (instance as Fields)[property] = undefined;
    });
  }
}

/** Encodes every field, fills in defaults, and refuses the whole before any SQL when one is missing or wrong. */
function encodeNewRow(schema: TableSchema, fields: Fields): NewRow {
  const { columns } = schema;
  const row: Row = new Array<unknown>(columns.length);
  const parameters: SqlValue[] = [];
  const omitted: ColumnSchema[] = [];
  let missing: string[] | undefined;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    let value = fields[column.property];
    if (value === undefined && column.readOnly !== 'always') value = defaultOf(schema, column, fields);
    if (value === undefined) {
      if (isFilledBySqlite(schema, column)) omitted.push(column);
      else (missing ??= []).push(column.property);
      continue;
    }
    if (column.readOnly === 'always') throw readOnly(schema, column);
    parameters.push((row[index] = encodeField(schema, column, value)));
  }
  if (missing !== undefined) throw new MissingFieldError(schema.modelName, missing);
  return { row, parameters, omitted };
}

/** Encodes a field's value, calling the column's type directly where nothing can go wrong. */
function encodeField(schema: TableSchema, column: ColumnSchema, value: unknown): SqlValue {
  if (value === null && column.nullable) return null;
  try {
    return column.type.encode(value);
  } catch {
    return encodeValue(schema.field(column), column, value); // fails again, and says how
  }
}

/** The default that JavaScript makes; it is put on the instance, as if it had been given. */
function defaultOf(schema: TableSchema, column: ColumnSchema, fields: Fields): unknown {
  const { default: given, property } = column;
  if (given === undefined) return column.nullable && !column.primaryKey ? (fields[property] = null) : undefined;
  if (given.kind === 'sql') return undefined;
  const value = given.kind === 'factory' ? given.make() : copyOf(given.value);
  if (value === undefined) throw new MissingFieldError(schema.modelName, [property]);
  return (fields[property] = value);
}

/** A default that is an object must not be shared by the instances that have it. */
const copyOf = (value: unknown): unknown => (typeof value === 'object' ? structuredClone(value) : value);

const isFilledBySqlite = (schema: TableSchema, column: ColumnSchema): boolean =>
  column === schema.rowid || column.readOnly === 'always' || column.default?.kind === 'sql';

export const readOnly = (schema: TableSchema, column: ColumnSchema): ReadOnlyFieldError =>
  new ReadOnlyFieldError(
    schema.field(column),
    column.generated
      ? 'SQLite computes it'
      : column.readOnly === 'always'
        ? 'it is read-only'
        : 'it keeps its first value',
  );

function shapeOf(omitted: readonly ColumnSchema[]): string {
  let shape = 'insert';
  for (const { position } of omitted) shape += ` ${position}`;
  return shape;
}

function insertStatement(schema: TableSchema, omitted: readonly ColumnSchema[], asksBack: boolean) {
  const named = schema.columns.filter((column) => !omitted.includes(column));
  return {
    kind: 'insert' as const,
    into: schema.reference,
    columns: named.map((column) => column.name),
    values: named.map(() => parameter(null)),
    returning: asksBack ? returningColumns(omitted) : [],
  };
}

export const returningColumns = (columns: readonly ColumnSchema[]): readonly SelectedColumn[] =>
  columns.map((column) => ({ expression: column.reference, alias: undefined }));

/** Puts a value that SQLite made on the instance. */
export function takeBack(schema: TableSchema, column: ColumnSchema, fields: Fields, row: Row, stored: SqlValue): void {
  row[column.position] = stored;
  fields[column.property] = stored === null ? null : decoder(column, schema.bigints)(stored);
}

function takeRowid(schema: TableSchema, fields: Fields, row: Row, rowid: number | bigint): void {
  const column = schema.rowid!;
  const stored = column.type.bigints === true ? BigInt(rowid) : Number(rowid);
  row[column.position] = stored;
  fields[column.property] = column.type.decode(stored);
}
