import { columnParameter, comparedAs, decoder, encodeValue, Stored, type BoundTable } from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { binary, type Expression, type SqlValue } from '../sql/index.js';
import type { FieldRelation, Fields, FixedValue, Step } from './relation.js';

/** The values of the columns by which rows find each other. */
export type Key = readonly SqlValue[];

/** The keys of owners, each once, and which owner has which; none where a part is NULL. */
export interface OwnerKeys {
  readonly ids: readonly unknown[];
  readonly keys: ReadonlyMap<unknown, Key>;
}

/** The keys by which owners find what they lead to. */
export function keysOfOwners(
  relation: FieldRelation,
  table: BoundTable,
  owners: readonly object[],
  { from, referred }: Pick<Step, 'from' | 'referred'>,
): OwnerKeys {
  const keys = new Map<unknown, Key>();
  const columns = columnsIn(table.schema, from);
  const ids = owners.map((owner) => {
    const key = keyOf(relation, columns, owner);
    if (key === undefined) return undefined;
    const id = identity(key, referred);
    keys.set(id, key);
    return id;
  });
  return { ids, keys };
}

/** The values by which an owner finds what it leads to; none where one is NULL. What is not saved yet counts for a reference. */
export function keyOf(
  { reference, owner: schema }: FieldRelation,
  columns: readonly ColumnSchema[],
  owner: object,
): Key | undefined {
  if (reference.length === 0 && columns.length === 1) {
    const value = Stored.row(owner)?.[columns[0]!.position] as SqlValue | undefined;
    return value === null || value === undefined ? undefined : [value];
  }
  const row = Stored.row(owner);
  const key =
    reference.length > 0
      ? columns.map((column) => fieldValue(schema, column, (owner as Fields)[column.property]))
      : columns.map(({ position }) => (Array.isArray(row) ? (row[position] as SqlValue) : null));
  return key.includes(null) ? undefined : key;
}

const fieldValue = (schema: TableSchema, column: ColumnSchema, value: unknown): SqlValue =>
  value === undefined || value === null ? null : encodeValue(schema.field(column), column, value);

/** Whether an instance could be asked what it refers to: its fields may hold what their columns do not take. */
export function refersByValues({ reference }: FieldRelation, { schema }: BoundTable, owner: object): boolean {
  const row = Stored.row(owner)!;
  return reference.every(({ property }) => {
    const column = schema.column(property);
    const value = (owner as Fields)[property];
    return value === row[column.position] || isTaken(schema, column, value);
  });
}

function isTaken(schema: TableSchema, column: ColumnSchema, value: unknown): boolean {
  try {
    fieldValue(schema, column, value);
    return true;
  } catch {
    return false;
  }
}

/** The fields of a row that a step leads to from a saved instance. */
export function fieldsOfStep(schema: TableSchema, step: Step, instance: object): Fields {
  const { from, to } = step;
  const row = Stored.row(instance)!;
  const values = columnsIn(schema, from).map(({ position }) => row[position] as SqlValue);
  return Object.fromEntries([
    ...to.map((column, at) => [column.property, decoder(column, true)(values[at]!)] as const),
    ...fixedFields(step),
  ]);
}

/** The fields that every row has which a step leads to, whatever it leads there from. */
export const fixedFields = ({ fixed }: Step): (readonly [property: string, value: unknown])[] =>
  fixed.map(({ column, value }) => [column.property, decoder(column, true)(value)] as const);

/** The same for every key that SQLite takes for the same. */
export function identity(key: Key, columns: readonly ColumnSchema[]): unknown {
  if (key.length === 1) return comparable(key[0]!, columns[0]!.collation);
  const parts = key.map((value, at) => comparable(value, columns[at]!.collation));
  return JSON.stringify(parts.map((part) => [typeof part, String(part)]));
}

/** The same of the key that begins in a row at a place. */
export const identityFrom = (row: Key, place: number, columns: readonly ColumnSchema[]): unknown =>
  columns.length === 1
    ? comparable(row[place]!, columns[0]!.collation)
    : identity(row.slice(place, place + columns.length), columns);

/** The same of the key that stands in an instance's row. */
export function identityIn(
  instance: object,
  columns: readonly ColumnSchema[],
  referred: readonly ColumnSchema[],
): unknown {
  const row = Stored.row(instance)!;
  if (columns.length === 1) return comparable(row[columns[0]!.position] as SqlValue, referred[0]!.collation);
  return identity(
    columns.map(({ position }) => row[position] as SqlValue),
    referred,
  );
}

/** A value that is the same as another one where SQLite takes both for the same under a collation. */
export function comparable(value: SqlValue, collation?: string): unknown {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Uint8Array) return `x${value.join()}`;
  return typeof value === 'string' ? collated(value, collation?.toUpperCase()) : value;
}

/** Of SQLite's own collations NOCASE knows ASCII letters only. https://sqlite.org/datatype3.html#collation */
function collated(text: string, collation: string | undefined): string {
  if (collation === 'NOCASE') return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return collation === 'RTRIM' ? text.replace(/ +$/, '') : text;
}

/** Columns where a table has them: a database may keep hidden ones to itself, and a subquery has its table under an alias. */
export const columnsIn = (schema: TableSchema, columns: readonly ColumnSchema[]): ColumnSchema[] =>
  columns.map(({ property }) => schema.column(property));

/** `"author_id" = ?` */
export const isKey = (columns: readonly ColumnSchema[], referred: readonly ColumnSchema[], key: Key): Expression[] =>
  comparedAs(columns, referred).map((operand, at) => binary(operand, '=', columnParameter(columns[at]!, key[at]!)));

/** That the columns of a table hold what they have to hold. */
export const areFixed = (schema: TableSchema, fixed: readonly FixedValue[]): Expression[] =>
  fixed.map(({ column, value }) =>
    binary(schema.column(column.property).reference, '=', columnParameter(column, value)),
  );
