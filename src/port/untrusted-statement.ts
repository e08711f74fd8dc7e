import { ForbiddenError, InvalidValueError } from '../errors/index.js';
import { columnParameter, decoder, increment, readOnly } from '../query/index.js';
import type { ColumnSchema } from '../schema/index.js';
import type {
  Assignment,
  ConflictClause,
  DeleteStatement,
  Expression,
  InsertStatement,
  SelectedColumn,
  SqlValue,
  Statement,
  UpdateStatement,
} from '../sql/index.js';
import { listOf, malformed, nameOf, objectOf } from './untrusted-data.js';
import { columnOf, type Grant, type Operation } from './untrusted-grant.js';
import type { Surroundings, SyntaxReader } from './untrusted-syntax.js';

const mostColumns = 2000;
const mostRows = 50_000;

/** Builds a statement anew from plain data that nobody vouches for, or throws `ForbiddenError`. */
export function readStatement(reader: SyntaxReader, syntax: unknown): Statement {
  const { kind } = typeof syntax === 'object' && syntax !== null ? (syntax as { readonly kind?: unknown }) : {};
  switch (kind) {
    case 'select':
      return reader.select(syntax);
    case 'insert':
      return readInsert(reader, syntax);
    case 'update':
      return readUpdate(reader, syntax);
    case 'delete':
      return readDelete(reader, syntax);
    default:
      return malformed('a statement is missing');
  }
}

function readInsert(reader: SyntaxReader, syntax: unknown): InsertStatement {
  const node = objectOf(syntax, ['kind', 'into', 'columns', 'values', 'moreValues', 'conflict', 'returning']);
  const grant = reader.grants.to('create', node['into']);
  const columns = Array.from(listOf(node['columns'], 0, mostColumns), (name) => columnOf(grant, name));
  checkDistinct(columns);
  for (const column of columns) if (column.readOnly === 'always') throw readOnly(grant.schema, column);
  const missing = [...grant.rows.keys()].filter((column) => !columns.includes(column)); // which main fills in
  const rowOf = (row: unknown): Expression[] => [
    ...Array.from(listOf(row, columns.length, columns.length), (value, index) =>
      insertedValue(reader, grant, columns[index]!, value),
    ),
    ...missing.map((column) => columnParameter(column, grant.rows.get(column)!)),
  ];
  const values = rowOf(node['values']);
  const { moreValues: rows, conflict } = node;
  const moreValues = rows === undefined ? undefined : Array.from(listOf(rows, 0, mostRows), rowOf);
  const returning = readReturning(reader, node['returning'], { grant });
  return {
    kind: 'insert',
    into: grant.schema.reference,
    columns: [...columns, ...missing].map(({ name }) => name),
    values,
    moreValues,
    conflict: conflict === undefined ? undefined : readConflict(reader, grant, conflict),
    returning,
  };
}

function insertedValue(reader: SyntaxReader, grant: Grant, column: ColumnSchema, value: unknown): Expression {
  const expression = reader.expression(value, {});
  return given(expression) === undefined
    ? malformed('a row is inserted by its values')
    : stored(grant, column, expression);
}

/** A row that is there already is an update, which reaches no other rows than those that may be got at. */
function readConflict(reader: SyntaxReader, grant: Grant, clause: unknown): ConflictClause {
  const node = objectOf(clause, ['target', 'update', 'along']);
  const columnsIn = (part: unknown, least = 0) =>
    Array.from(listOf(part, least, mostColumns), (name) => columnOf(grant, name));
  const [update, along] = [columnsIn(node['update']), columnsIn(node['along'])];
  const changed = [...update, ...along];
  checkDistinct(changed);
  if (changed.length > 0) {
    reader.grants.to('update', grant.schema.name);
    reader.grants.to('read', grant.schema.name); // for how many rows were written tells what they held
  }
  if (changed.length > 0 && grant.rows.size > 0) {
    throw new ForbiddenError(
      `A row of ${grant.schema.modelName} that is there already may not be written over by an insert over this port.`,
      'Read it, and update it.',
    );
  }
  for (const column of changed) {
    if (column.readOnly !== 'never' && column.deletion === undefined) throw readOnly(grant.schema, column);
  }
  const names = (columns: readonly ColumnSchema[]) => columns.map(({ name }) => name);
  return { target: names(columnsIn(node['target'], 1)), update: names(update), along: names(along) };
}

function readUpdate(reader: SyntaxReader, syntax: unknown): UpdateStatement {
  const node = objectOf(syntax, ['kind', 'table', 'set', 'where', 'returning']);
  const grant = reader.grants.of(node['table']);
  const within = named(grant);
  const changed: ColumnSchema[] = [];
  const set = Array.from(listOf(node['set'], 1, mostColumns), (each): Assignment => {
    const { column: name, value } = objectOf(each, ['column', 'value']);
    const column = columnOf(grant, name);
    const expression = reader.expression(value, within);
    const isCounted =
      column.countsUpdates && expression.kind === 'increment' && expression.operand === column.reference;
    const isMark = column.deletion !== undefined && given(expression) !== undefined;
    if (column.readOnly !== 'never' && !isCounted && !isMark) throw readOnly(grant.schema, column);
    changed.push(column);
    return { column: column.name, value: stored(grant, column, expression) };
  });
  for (const operation of operationsOf(changed)) reader.grants.to(operation, node['table']);
  checkDistinct(changed);
  const { version } = grant.schema; // counted by everybody who writes
  if (version !== undefined && !changed.includes(version)) set.push(increment(version));
  const where = reader.where(node['where'], within);
  const returning = readReturning(reader, node['returning'], within);
  return { kind: 'update', table: grant.schema.reference, set, where, returning };
}

/** What an update does that writes these columns: it deletes or restores rows by the one that says when, and else it updates them. */
function operationsOf(changed: readonly ColumnSchema[]): readonly Operation[] {
  const marks = changed.some(({ deletion }) => deletion !== undefined);
  const others = changed.filter(
    ({ deletion, onUpdate, countsUpdates }) => deletion === undefined && onUpdate === undefined && !countsUpdates,
  );
  if (!marks) return ['update'];
  return others.length > 0 ? ['delete', 'update'] : ['delete'];
}

function readDelete(reader: SyntaxReader, syntax: unknown): DeleteStatement {
  const node = objectOf(syntax, ['kind', 'from', 'where', 'returning']);
  const grant = reader.grants.to('delete', node['from']);
  const within = named(grant);
  const where = reader.where(node['where'], within);
  const returning = readReturning(reader, node['returning'], within);
  return { kind: 'delete', from: grant.schema.reference, where, returning };
}

/**
 * Rows that are not to be read are named by their key only: by any other condition one could find out what they hold. How often
 * one was updated is no secret, for a save has to name it, nor is whether it is marked as deleted.
 */
const named = (grant: Grant): Surroundings => ({
  grant,
  sees: (column) =>
    grant.operations.has('read') || column.primaryKey || column.countsUpdates || column.deletion !== undefined,
});

function readReturning(reader: SyntaxReader, value: unknown, within: Surroundings): SelectedColumn[] {
  return Array.from(listOf(value, 0, mostColumns), (each) => {
    const { expression, alias } = objectOf(each, ['expression', 'alias']);
    const column = reader.expression(expression, within);
    if (column.kind !== 'column') malformed('a write returns columns only');
    return { expression: column, alias: alias === undefined ? undefined : nameOf(alias) };
  });
}

/** The value that an expression is, where it is one that was sent. */
function given(expression: Expression): SqlValue | undefined {
  const value = expression.kind === 'cast' ? expression.operand : expression;
  return value.kind === 'parameter' ? value.value : undefined;
}

/** What is written into a column: a value that reads as what it was, and of a row that may be got at. */
function stored(grant: Grant, column: ColumnSchema, expression: Expression): Expression {
  const value = given(expression);
  if (value !== undefined && value !== null) checkReads(grant, column, value);
  const required = grant.rows.get(column);
  if (required === undefined || (value !== undefined && isSame(value, required))) return expression;
  throw new ForbiddenError(
    `${grant.schema.field(column)} may not be given another value over this port.`,
    'It says which rows may be used.',
  );
}

/** A value that its column cannot read would fail whoever reads the row, and not every table has checks. */
function checkReads({ schema }: Grant, column: ColumnSchema, value: SqlValue): void {
  try {
    decoder(column, true)(value);
  } catch {
    throw new InvalidValueError(schema.field(column), column.type.expected, value);
  }
}

function isSame(value: SqlValue, required: SqlValue): boolean {
  if (value === required) return true;
  if (typeof value !== 'bigint' && typeof required !== 'bigint') return false;
  return (typeof value === 'number' || typeof required === 'number') && value == required; // eslint-disable-line eqeqeq -- 1n == 1
}

function checkDistinct(columns: readonly ColumnSchema[]): void {
  if (new Set(columns).size !== columns.length) malformed('a column is written twice');
}
