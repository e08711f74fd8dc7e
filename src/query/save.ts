import { NotFoundError, ReadOnlyFieldError, StaleRecordError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Program, Row, RunResult, SqlValue } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { changedColumns } from './changed.js';
import { castShape, columnParameter, encodeValue } from './compile-where.js';
import { follow } from './follow.js';
import { oncePerTable } from './generate.js';
import { saveWithHooks } from './hooked-write.js';
import type { WriteSource } from './hooks.js';
import { insertRow, returningColumns, takeBack } from './insert.js';
import { readOnly } from './new-row.js';
import { Stored, type StoredRow } from './stored.js';
import { counted, isMarked, isStale, livingRowCondition, nextVersion } from './version.js';

type Fields = Record<string, unknown>;

/** Inserts a new instance, or writes the columns of a stored one that changed; none changed, no statement. */
export function save(table: BoundTable, instance: object, source: WriteSource = 'call'): Program<void> {
  const { hooks } = table;
  if (hooks === undefined) return saveRow(table, instance);
  return saveWithHooks(table, hooks, instance, {
    source,
    run: () => saveRow(table, instance),
    isNeeded: () => hasChanges(table, instance),
  });
}

/** Whether a save of the instance would write anything. */
function hasChanges({ schema }: BoundTable, instance: object): boolean {
  const row = Stored.row(instance);
  if (schema.following !== undefined && Array.isArray(row)) follow(schema, instance, row);
  return !Array.isArray(row) || changedColumns(schema)(instance as Fields, row).length > 0;
}

/** The same without what features do before and after. */
function* saveRow(table: BoundTable, instance: object): Program<void> {
  const row = Stored.row(instance);
  const { schema } = table;
  const { version } = schema;
  if (schema.leftOut.length > 0) checkLeftOut(schema, instance as Fields);
  if (row === undefined) return yield* insertRow(table, instance);
  if (row === null) throw gone(schema, 'was deleted');
  if (schema.deletion !== undefined && isMarked(schema, row)) throw marked(schema);
  if (schema.following !== undefined) follow(schema, instance, row);
  let changed = changedColumns(schema)(instance as Fields, row);
  if (changed.length > 0 && schema.lifecycle?.updating(instance, changed) === true)
    changed = changedColumns(schema)(instance as Fields, row);
  if (changed.length === 0) return;
  const next = encodeChanges(schema, instance as Fields, row, changed);
  const { computed, renewed, all } = writtenAlong(schema);
  const anew = renewed.length === 0 ? [] : renew(schema, renewed, next, changed);
  const parameters = changed.map((column) => next[column.position] as SqlValue);
  const shape = changed.length === 1 && !schema.hasAny ? changed[0]! : shapeOf(schema, changed, parameters);
  const statement = table.known(shape) ?? table.learn(shape, updateStatement(schema, next, changed, computed));
  for (const column of schema.primaryKey) parameters.push(row[column.position] as SqlValue); // as stored, whatever it is by now
  if (version !== undefined) {
    parameters.push(row[version.position] as SqlValue);
    anew.push([version, (next[version.position] = nextVersion(version, row))]);
  }
  if (computed.length === 0) {
    const { changes } = (yield { method: 'run', statement, parameters }) as RunResult;
    if (changes === 0) return yield* saveAgain(table, instance, row);
  } else {
    const [returned] = (yield { method: 'all', statement, parameters }) as Row[];
    if (returned === undefined) return yield* saveAgain(table, instance, row);
    computed.forEach((column, index) => takeBack(table, column, instance as Fields, next, returned[index] as SqlValue));
  }
  for (const [{ property }, value] of anew) (instance as Fields)[property] = value; // only now that they are stored
  const known = Stored.row(instance);
  const stored = known === row ? next : onTopOf(known, next, [...changed, ...all]);
  Stored.write(instance, stored, table, table.database.transactions.innermost, all);
}

/** After an update that found no row: throws what is wrong, or saves on top of what a save of ours has written meanwhile. */
function* saveAgain(table: BoundTable, instance: object, row: Row): Program<void> {
  const { schema } = table;
  if (!(yield* isStale(table, row))) {
    const how = schema.deletion === undefined ? 'is no longer in the database' : 'was deleted';
    throw gone(schema, `${how}, or a trigger skipped the update`);
  }
  const known = Stored.row(instance);
  const { position } = schema.version!;
  if (!Array.isArray(known) || known[position] === row[position]) throw new StaleRecordError(schema.modelName, 'save');
  yield* save(table, instance);
}

/** The row as it is now: a save that overlaps with this one wrote other columns since this one looked. */
function onTopOf(known: StoredRow, next: Row, written: readonly ColumnSchema[]): Row {
  if (!Array.isArray(known)) return next;
  const merged = known.slice();
  for (const { position } of written) merged[position] = next[position];
  return merged;
}

/** A value that would not be written is refused, unless it is the one that the class itself gives each instance. */
function checkLeftOut(schema: TableSchema, fields: Fields): void {
  const given = schema.leftOut.filter(({ property }) => fields[property] !== undefined);
  if (given.length === 0) return;
  const untouched = new (schema.options.model as unknown as new () => Fields)();
  for (const column of given) {
    if (fields[column.property] === untouched[column.property]) continue;
    throw new ReadOnlyFieldError(schema.field(column), 'it is hidden, and this database does not show it');
  }
}

export function gone(schema: TableSchema, how: string): NotFoundError {
  return new NotFoundError(
    schema.modelName,
    `This ${schema.modelName} ${how}, so there is no row to write or read.`,
    `Insert it anew with ${schema.modelName}.create(…) if that is meant.`,
  );
}

/** For an instance whose row stays in the table, and could be written: what is deleted is read by nobody who did not ask for it. */
const marked = ({ modelName }: TableSchema): NotFoundError =>
  new NotFoundError(
    modelName,
    `This ${modelName} was deleted, so it is not written.`,
    `restore() it first, or write deleted rows by a query: ${modelName}.query().onlyDeleted().filter(…).update(…).`,
  );

/** The columns that an update is about besides those that changed. */
export const writtenAlong = oncePerTable(({ columns }) => ({
  /** Made anew at each update. */
  renewed: columns.filter((column) => column.onUpdate !== undefined),
  /** Written by SQLite, so that they are asked back. */
  computed: columns.filter((column) => column.readOnly === 'always'),
  /** Both of them, and the version. */
  all: columns.filter(
    (column) => column.onUpdate !== undefined || column.readOnly === 'always' || column.countsUpdates,
  ),
}));

/** Puts the columns that are made anew into the row and among those that changed; returns their values. */
function renew(schema: TableSchema, renewed: readonly ColumnSchema[], next: Row, changed: ColumnSchema[]) {
  const values: [ColumnSchema, unknown][] = [];
  for (const column of renewed) {
    if (changed.includes(column)) continue;
    const value = column.onUpdate!();
    next[column.position] = encodeValue(schema.field(column), column, value);
    changed.push(column);
    values.push([column, value]);
  }
  return values;
}

/** The row as it will be. */
function encodeChanges(schema: TableSchema, fields: Fields, row: Row, changed: readonly ColumnSchema[]): Row {
  const next = row.slice();
  for (const column of changed) {
    if (column.readOnly !== 'never') throw readOnly(schema, column);
    next[column.position] = encodeValue(schema.field(column), column, fields[column.property]);
  }
  return next;
}

function shapeOf(schema: TableSchema, changed: readonly ColumnSchema[], values: readonly SqlValue[]): string {
  return `update ${changed.map(({ position }) => position).join(' ')}${castShape(schema, changed, values)}`;
}

function updateStatement(
  schema: TableSchema,
  row: Row,
  changed: readonly ColumnSchema[],
  computed: readonly ColumnSchema[],
) {
  return {
    kind: 'update' as const,
    table: schema.reference,
    set: [
      ...changed.map((column) => ({
        column: column.name,
        value: columnParameter(column, row[column.position] as SqlValue),
      })),
      ...counted(schema),
    ],
    where: livingRowCondition(schema),
    returning: returningColumns(computed),
  };
}
