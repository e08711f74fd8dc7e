import { StaleRecordError } from '../errors/index.js';
import {
  deleteInstance,
  deleteWhere,
  deletionOf,
  hasKeyAmong,
  jsonAmong,
  keyIdentity,
  keyValues,
  returningColumns,
  selectAll,
  Stored,
  takeWritten,
  type BoundTable,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, and, isNull, type Expression, type Program, type Row, type SqlValue } from '../sql/index.js';

/** Deletes the rows of instances of one table, with one statement however many they are. */
export function* deleteRows(table: BoundTable, given: readonly object[]): Program<void> {
  const { schema } = table;
  const instances = given.filter((instance) => Stored.row(instance) !== null); // others went with what they refer to
  if (instances.length === 0) return;
  const rows = instances.map((instance) => Stored.row(instance) as Row);
  const key = identity(schema);
  const condition = jsonAmong(
    key.map(({ reference }) => reference),
    rows.map((row) => valuesOf(row, key)),
  );
  // what features do when one instance is deleted, and keys that JSON cannot have
  if (table.hooks !== undefined || condition === undefined || instances.length === 1) {
    for (const instance of instances) yield* deleteInstance(table, instance, 'flush');
    return;
  }
  if (schema.deletion !== undefined) return yield* markRows(table, instances, condition);
  const { changes } = yield* deleteWhere(table, condition);
  const left = changes === rows.length ? nothing : yield* readLeft(table, rows);
  for (const [at, instance] of instances.entries()) {
    if (!left.has(String(keyValues(schema, rows[at]!)))) {
      Stored.write(instance, null, table, table.database.transactions.innermost);
    }
  }
}

/** The same where rows stay in their table: those that were deleted by others already stay as they are. */
function* markRows(table: BoundTable, instances: readonly object[], condition: Expression): Program<void> {
  const { schema } = table;
  const deletion = deletionOf(schema)!;
  const written = deletion.writtenIn(schema);
  const returning = returningColumns([...schema.primaryKey, ...written]);
  const where = and([condition, isNull(deletion.column.reference)]);
  const { rows } = yield* deleteWhere(table, where, returning, schema.bigints);
  const width = schema.primaryKey.length;
  const found = new Map(rows.map((row) => [keyIdentity(row.slice(0, width)), row.slice(width)]));
  const left: object[] = [];
  for (const instance of instances) {
    const values = found.get(keyIdentity(keyValues(schema, Stored.row(instance) as Row)));
    if (values === undefined) left.push(instance);
    else takeWritten(schema, instance, written, values);
  }
  for (const instance of left) yield* deleteInstance(table, instance, 'flush'); // which knows why
}

const nothing: ReadonlySet<string> = new Set();

const identity = ({ primaryKey, version }: TableSchema): readonly ColumnSchema[] =>
  version === undefined ? primaryKey : [...primaryKey, version];

const valuesOf = (row: Row, columns: readonly ColumnSchema[]): SqlValue[] =>
  columns.map(({ position }) => row[position] as SqlValue);

/** The keys of the rows that are still there: a trigger keeps them, or they were updated by somebody else, which is an error. */
function* readLeft(table: BoundTable, rows: readonly Row[]): Program<ReadonlySet<string>> {
  const { schema } = table;
  const where = hasKeyAmong(
    schema,
    rows.map((row) => keyValues(schema, row)),
  );
  const { statement, parameters } = table.compileSelect({ ...selectAll(schema), where });
  const found = yield* all({ ...statement, reads: false }, parameters); // in the transaction, wherever reads are answered
  const known = new Set(rows.map((row) => String(valuesOf(row, identity(schema)))));
  if (found.some((row) => !known.has(String(valuesOf(row, identity(schema)))))) {
    throw new StaleRecordError(schema.modelName, 'delete');
  }
  return new Set(found.map((row) => String(keyValues(schema, row))));
}
