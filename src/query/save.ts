import { NotFoundError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, parameter, run, type Program, type Row, type SqlValue } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { encodeValue } from './compile-where.js';
import { insert, readOnly, returningColumns, takeBack } from './insert.js';
import { keyCondition } from './select-all.js';
import { Stored } from './stored.js';

type Fields = Record<string, unknown>;

/** Inserts a new instance, or writes the columns of a stored one that changed; none changed, no statement. */
export function* save(table: BoundTable, instance: object): Program<void> {
  const row = Stored.row(instance);
  if (row === undefined) return yield* insert(table, instance);
  if (row === null) throw gone(table.schema, 'was deleted');
  const changed = changedColumns(table.schema, instance as Fields, row);
  if (changed.length > 0) yield* update(table, instance as Fields, row, changed);
}

export function gone(schema: TableSchema, how: string): NotFoundError {
  return new NotFoundError(
    schema.modelName,
    `This ${schema.modelName} ${how}, so there is no row to write or read.`,
    `Insert it anew with ${schema.modelName}.create(…) if that is meant.`,
  );
}

/** The columns whose fields no longer hold what is stored; objects are compared by what they encode to. */
export function changedColumns(schema: TableSchema, fields: Fields, row: Row): ColumnSchema[] {
  const changed: ColumnSchema[] = [];
  const { columns } = schema;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index]!;
    if (!isSame(schema, column, fields[column.property], row[index] as SqlValue)) changed.push(column);
  }
  return changed;
}

function isSame(schema: TableSchema, column: ColumnSchema, value: unknown, stored: SqlValue): boolean {
  if (value === stored) return true;
  if (value === null || stored === null) return false;
  const { type } = column;
  if (type.same !== undefined) return type.same(value, stored);
  return isSameValue(encodeValue(schema.field(column), column, value), stored);
}

/** In a table read as bigint an integer may be either. */
function isSameValue(a: SqlValue, b: SqlValue): boolean {
  if (a === b) return true;
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    return typeof a !== 'string' && typeof b !== 'string' && a == b; // eslint-disable-line eqeqeq -- 1n == 1
  }
  return a instanceof Uint8Array && b instanceof Uint8Array && isSameBytes(a, b);
}

const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

function* update(table: BoundTable, fields: Fields, row: Row, changed: ColumnSchema[]): Program<void> {
  const { schema } = table;
  for (const column of changed) if (column.readOnly !== 'never') throw readOnly(schema, column);
  for (const column of schema.columns) {
    if (column.onUpdate === undefined || changed.includes(column)) continue;
    fields[column.property] = column.onUpdate();
    changed.push(column);
  }
  const written = changed.map((column) => encodeValue(schema.field(column), column, fields[column.property]));
  const computed = schema.columns.filter((column) => column.readOnly === 'always');
  const shape = `update ${changed.map((column) => column.position).join(' ')}`;
  const statement = table.write(shape, () => updateStatement(schema, changed, computed), schema.bigints);
  const parameters = [...written, ...keyValues(schema, row)];

  const next = row.slice();
  changed.forEach((column, index) => (next[column.position] = written[index]));
  if (computed.length === 0) {
    const { changes } = yield* run(statement, parameters);
    if (changes === 0) throw gone(schema, 'is no longer in the database');
  } else {
    const [returned] = yield* all(statement, parameters);
    if (returned === undefined) throw gone(schema, 'is no longer in the database');
    computed.forEach((column, index) => takeBack(schema, column, fields, next, returned[index] as SqlValue));
  }
  remember(table, fields, row, next);
}

/** Keeps what is known of a row, until the transaction that wrote it is rolled back. */
export function remember(table: BoundTable, instance: object, before: Row | null, after: Row | null): void {
  Stored.mark(instance, after, table);
  const { transactions } = table.database;
  if (transactions.depth > 0) transactions.onRollback(() => Stored.mark(instance, before, table));
}

function updateStatement(schema: TableSchema, changed: readonly ColumnSchema[], computed: readonly ColumnSchema[]) {
  return {
    kind: 'update' as const,
    table: schema.reference,
    set: changed.map(({ name }) => ({ column: name, value: parameter(null) })),
    where: keyCondition(schema),
    returning: returningColumns(computed),
  };
}

/** The primary key as it is stored, whatever the instance says by now. */
export function keyValues({ primaryKey }: TableSchema, row: Row): SqlValue[] {
  return primaryKey.map((column) => row[column.position] as SqlValue);
}
