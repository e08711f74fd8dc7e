import type { ReadOnlyFieldError } from '../errors/index.js';
import { QueryError, UndefinedConditionError, UnknownFieldError } from '../errors/index.js';
import type { ColumnSchema, EmbeddedSchema, TableSchema } from '../schema/index.js';
import {
  all,
  and,
  column as columnReference,
  isNull,
  isSqlChunk,
  run,
  type Assignment,
  type Expression,
  type Program,
  type Row,
  type SelectedColumn,
  type SqlValue,
  type Statement,
} from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { columnParameter, encodeValue, expressionOf } from './compile-where.js';
import { deletionOf, knownDeletion, type DeletedRows } from './deletion.js';
import { readOnly } from './new-row.js';
import { conditionOf, conditionOfWrite, selectColumns, type QueryState, type WriteVerb } from './query-state.js';
import { selectAll } from './select-all.js';
import { toObjects } from './selection.js';
import { counted } from './version.js';

/** Whether a write may reach every row, because its name says so. */
export interface WriteReach {
  readonly everyRow: boolean;
}

/** `UPDATE … SET … WHERE …` for the rows of a query. */
export function updateStatement(
  schema: TableSchema,
  state: QueryState,
  changes: Readonly<Record<string, unknown>>,
  reach: WriteReach,
): Statement {
  return {
    kind: 'update',
    table: schema.reference,
    set: assignments(schema, changes),
    where: rowsOf(schema, state, 'update', reach),
    returning: [],
  };
}

/** Runs a write of many rows; says how many. */
export function* writeRows(table: BoundTable, statement: Statement): Program<number> {
  const bound = table.compile(statement);
  const { changes } = yield* run(bound.statement, bound.parameters);
  return changes;
}

/** Updates the rows of a query, and returns them as they are then. */
export function* updateReturning(
  table: BoundTable,
  state: QueryState,
  changes: Readonly<Record<string, unknown>>,
): Program<object[]> {
  const statement = updateStatement(table.schema, state, changes, { everyRow: false });
  const { returning, bigints } = returnedBy(table, state);
  const bound = table.compile({ ...statement, returning } as Statement, bigints);
  return yield* returned(table, state, yield* all(bound.statement, bound.parameters));
}

/** Deletes the rows of a query, in the way of their table; says how many. */
export function* deleteRows(table: BoundTable, state: QueryState, reach: WriteReach): Program<number> {
  return (yield* deleteWhere(table, deletedBy(table.schema, state, reach))).changes;
}

/** The same, and returns them: as they were, or marked where they stay in their table. */
export function* deleteReturning(table: BoundTable, state: QueryState): Program<object[]> {
  const { returning, bigints } = returnedBy(table, state);
  const condition = deletedBy(table.schema, state, { everyRow: false });
  return yield* returned(table, state, (yield* deleteWhere(table, condition, returning, bigints)).rows);
}

/** Takes back the delete of rows of a query, which were left in their table; says how many. */
export function* restoreRows(table: BoundTable, state: QueryState): Program<number> {
  const { schema } = table;
  const deletion = knownDeletion(schema, 'restore');
  rowsOf(schema, state, 'restore', { everyRow: false }); // which is refused without a condition
  const deleted: QueryState = { ...state, scopes: { ...state.scopes, deleted: 'only' } };
  return yield* deletion.restoreRows(table, rowsOf(schema, deleted, 'restore', { everyRow: true }));
}

/** Takes the rows of a query out of their table, where `deleteRows` would leave them there; says how many. */
export function* forceDeleteRows(table: BoundTable, state: QueryState): Program<number> {
  const { schema } = table;
  knownDeletion(schema, 'forceDelete');
  const where = rowsOf(schema, state, 'forceDelete', { everyRow: false });
  return yield* writeRows(table, { kind: 'delete', from: schema.reference, where, returning: [] });
}

/** Deletes rows that meet a condition, none of which is deleted, in the way of their table; returns what is asked of each. */
export function* deleteWhere(
  table: BoundTable,
  where: Expression | undefined,
  returning: readonly SelectedColumn[] = [],
  bigints?: boolean,
): Program<DeletedRows> {
  const { schema } = table;
  const deletion = deletionOf(schema);
  if (deletion !== undefined) return yield* deletion.deleteRows(table, where, returning, bigints);
  const bound = table.compile({ kind: 'delete', from: schema.reference, where, returning }, bigints);
  if (returning.length === 0) return { ...(yield* run(bound.statement, bound.parameters)), rows: [] };
  const rows = (yield* all(bound.statement, bound.parameters)) as SqlValue[][];
  return { changes: rows.length, rows };
}

/** The rows that a query deletes. Where deleted ones stay in their table, it may show them, and they stay as they are. */
function deletedBy(schema: TableSchema, state: QueryState, reach: WriteReach): Expression | undefined {
  const condition = rowsOf(schema, state, 'delete', reach);
  if (state.scopes.deleted === undefined) return condition;
  const living = isNull(schema.deletion!.column.reference);
  return condition === undefined ? living : and([condition, living]);
}

/** What a write returns of each row. */
function returnedBy({ schema }: BoundTable, { selection }: QueryState) {
  return {
    returning: selection?.columns ?? selectAll(schema).columns,
    bigints: selection?.bigints ?? schema.bigints,
  };
}

function* returned(table: BoundTable, { selection }: QueryState, rows: Row[]): Program<object[]> {
  return selection === undefined ? yield* table.loaded(rows) : toObjects(selection, rows, table);
}

/** The condition of a write. SQLite has no LIMIT there in every build, so a limited one names the rows by their keys. */
function rowsOf(
  schema: TableSchema,
  state: QueryState,
  verb: WriteVerb,
  { everyRow }: WriteReach,
): Expression | undefined {
  if (state.distinct) throw new QueryError(`A distinct query has no rows to ${verb}.`, 'Leave distinct() out.');
  const condition = everyRow ? conditionOf(schema, state) : conditionOfWrite(schema, state, verb);
  if (state.limit === undefined && state.offset === undefined) return condition;
  const key = rowIdentity(schema);
  const select = selectColumns(
    schema,
    state,
    key.map((expression) => ({ expression, alias: undefined })),
  );
  return { kind: 'in', operand: tuple(key), negated: false, among: { kind: 'select', select } };
}

/** What tells each row from all others: the primary key, or the rowid where that may be NULL or there is none. */
function rowIdentity({ primaryKey, columns, reference }: TableSchema): Expression[] {
  if (primaryKey.length > 0 && !primaryKey.some(({ nullable }) => nullable)) {
    return primaryKey.map((column) => column.reference);
  }
  const names = columns.map(({ name }) => name.toLowerCase());
  return [columnReference(reference, rowidNames.find((name) => !names.includes(name)) ?? 'rowid')];
}

/** https://sqlite.org/lang_createtable.html#rowid */
const rowidNames = ['rowid', '_rowid_', 'oid'];

/** `"a"`, or `("a", "b")`. */
const tuple = (operands: readonly Expression[]): Expression =>
  operands.length === 1 ? operands[0]! : { kind: 'row', operands };

function assignments(schema: TableSchema, changes: Readonly<Record<string, unknown>>): Assignment[] {
  if (typeof (changes as unknown) !== 'object' || (changes as unknown) === null) {
    throw new QueryError(
      `An update of ${schema.modelName} takes an object of fields.`,
      'Say what to change: update({ … }).',
    );
  }
  const given = Object.keys(changes).flatMap((field) => {
    const embedded = schema.options.embedded?.get(field);
    if (embedded !== undefined) return embeddedAssignments(schema, embedded, changes[field]);
    return assignment(schema, schema.column(field), changes[field]);
  });
  if (given.length === 0) {
    throw new QueryError(`The update of ${schema.modelName} names no field.`, 'Say what to change: update({ … }).');
  }
  if (schema.following !== undefined) checkFollowing(schema, changes);
  const automatic = schema.columns
    .filter((column) => column.onUpdate !== undefined && !Object.hasOwn(changes, column.property))
    .map((column) => assignment(schema, column, column.onUpdate!()));
  return [...given, ...automatic, ...counted(schema)];
}

/** Refuses to change what others follow from by a function, which SQLite cannot call. */
function checkFollowing(schema: TableSchema, changes: Readonly<Record<string, unknown>>): void {
  for (const column of schema.following!) {
    const field = column.follows!.fields.find(
      (each) => Object.hasOwn(changes, each.split('.')[0]!) || Object.hasOwn(changes, each),
    );
    if (field === undefined) continue;
    throw new QueryError(
      `${schema.field(column)} follows from ${field} by a function, which SQLite cannot call for the rows of a query.`,
      `Read the instances, and save them.`,
    );
  }
}

/** Writes the fields of an embedded object that are given, or NULL to all of them. */
function embeddedAssignments(schema: TableSchema, { field, parts }: EmbeddedSchema, value: unknown): Assignment[] {
  const name = `${schema.modelName}.${field}`;
  if (typeof value !== 'object' || isSqlChunk(value)) {
    throw new UndefinedConditionError(
      `The update sets ${name} to what is no object.`,
      'Give an object of its fields, or null.',
    );
  }
  const given = value === null ? parts.map((part) => [part, null] as const) : Object.entries(value);
  return given.map(([part, each]) => {
    if (!parts.includes(part)) throw new UnknownFieldError(name, part, parts);
    return assignment(schema, schema.column(`${field}.${part}`), each);
  });
}

function assignment(schema: TableSchema, column: ColumnSchema, value: unknown): Assignment {
  if (column.readOnly !== 'never' || column.follows !== undefined)
    throw readOnly(schema, column) satisfies ReadOnlyFieldError;
  const field = schema.field(column);
  if (value === undefined) {
    throw new UndefinedConditionError(`The update sets ${field} to undefined.`, 'Leave it out, or set it to null.');
  }
  const expression = isSqlChunk(value)
    ? expressionOf(value)
    : columnParameter(column, encodeValue(field, column, value));
  return { column: column.name, value: expression };
}
