import type { ReadOnlyFieldError } from '../errors/index.js';
import { QueryError, UndefinedConditionError, UnknownFieldError } from '../errors/index.js';
import type { ColumnSchema, EmbeddedSchema, TableSchema } from '../schema/index.js';
import {
  all,
  column as columnReference,
  isSqlChunk,
  run,
  type Assignment,
  type Expression,
  type Program,
  type SelectedColumn,
  type Statement,
} from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { columnParameter, encodeValue, expressionOf } from './compile-where.js';
import { readOnly } from './new-row.js';
import { conditionOf, conditionOfWrite, selectColumns, type QueryState } from './query-state.js';
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

/** `DELETE FROM … WHERE …` for the rows of a query. */
export const deleteStatement = (schema: TableSchema, state: QueryState, reach: WriteReach): Statement => ({
  kind: 'delete',
  from: schema.reference,
  where: rowsOf(schema, state, 'delete', reach),
  returning: [],
});

/** Runs a write of many rows; says how many. */
export function* writeRows(table: BoundTable, statement: Statement): Program<number> {
  const bound = table.compile(statement);
  const { changes } = yield* run(bound.statement, bound.parameters);
  return changes;
}

/** Runs a write of many rows, and returns them: as they are after an update, as they were before a delete. */
export function* writeReturning(table: BoundTable, statement: Statement, { selection }: QueryState): Program<object[]> {
  const returning: readonly SelectedColumn[] = selection?.columns ?? selectAll(table.schema).columns;
  const bound = table.compile({ ...statement, returning } as Statement, selection?.bigints ?? table.schema.bigints);
  const rows = yield* all(bound.statement, bound.parameters);
  return selection === undefined ? yield* table.loaded(rows) : toObjects(selection, rows, table);
}

/** The condition of a write. SQLite has no LIMIT there in every build, so a limited one names the rows by their keys. */
function rowsOf(
  schema: TableSchema,
  state: QueryState,
  verb: 'update' | 'delete',
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
