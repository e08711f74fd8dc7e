import { ForeignKeyViolation } from '../errors/index.js';
import {
  hasKeyAmong,
  isAmong,
  referencesTo,
  returningColumns,
  selectAll,
  type BoundTable,
  type ReferenceTo,
} from '../query/index.js';
import type { ColumnSchema } from '../schema/index.js';
import {
  all,
  and,
  binary,
  constant,
  parameter,
  run,
  type Expression,
  type Program,
  type SqlValue,
} from '../sql/index.js';
import { encodeMoment, isMarkedAs, markOf, markRows } from './mark.js';

type Key = readonly SqlValue[];

/** A row that was deleted, and when, as it is stored. */
export interface DeletedRow {
  readonly key: Key;
  readonly moment: SqlValue;
}

/** The foreign keys by which rows are deleted along with those that they refer to: ON DELETE CASCADE, where they can be marked, too. */
export const takenAlong = ({ schema, database }: BoundTable): readonly ReferenceTo[] =>
  referencesTo(schema, database).filter(({ from, key }) => key.onDelete === 'cascade' && from.deletion !== undefined);

/** The foreign keys by which rows keep those that they refer to from being deleted: ON DELETE RESTRICT. */
const restricting = ({ schema, database }: BoundTable): readonly ReferenceTo[] =>
  referencesTo(schema, database).filter(({ key }) => key.onDelete === 'restrict');

/** Whether a delete in a table has to look at others. */
export const concernsOthers = (table: BoundTable): boolean => takenAlong(table).length + restricting(table).length > 0;

/**
 * Marks what goes along with rows that were marked, with the same moment, level by level: one statement for each foreign key and level.
 * Throws `ForeignKeyViolation` where a row that is not deleted may not lose the one that it refers to.
 */
export function* deleteAlong(table: BoundTable, keys: readonly Key[], moment: Date): Program<void> {
  let level = new Map<BoundTable, readonly Key[]>([[table, keys]]);
  while (level.size > 0) {
    const next = new Map<BoundTable, readonly Key[]>();
    for (const [referred, deleted] of level) {
      for (const reference of restricting(referred)) yield* checkUnreferred(referred, reference, deleted);
      for (const { from, key } of takenAlong(referred)) {
        const referring = yield* referred.related(from);
        const where = and([isAmong(key.columns, key.targetColumns, deleted), isMarkedAs(referring.schema, false)]);
        const found = yield* markAlong(referring, where, moment);
        if (found.length > 0) next.set(referring, [...(next.get(referring) ?? []), ...found]);
      }
    }
    level = next;
  }
}

/** Marks rows; returns their keys, as far as others may refer to them. */
function* markAlong(table: BoundTable, where: Expression, moment: Date): Program<Key[]> {
  const { schema } = table;
  const returning = concernsOthers(table) ? returningColumns(schema.primaryKey) : [];
  const { statement, parameters } = table.compile(markRows(schema, moment, where, returning), schema.bigints);
  if (returning.length > 0) return (yield* all(statement, parameters)) as SqlValue[][];
  yield* run(statement, parameters);
  return [];
}

function* checkUnreferred(referred: BoundTable, { from, key }: ReferenceTo, keys: readonly Key[]): Program<void> {
  const referring = yield* referred.related(from);
  const { schema } = referring;
  const isReferring = isAmong(key.columns, key.targetColumns, keys);
  const { statement, parameters } = referring.compile({
    ...selectAll(schema),
    columns: [{ expression: constant(1), alias: undefined }],
    where: schema.deletion === undefined ? isReferring : and([isReferring, isMarkedAs(schema, false)]),
    limit: 1,
  });
  const found = yield* all({ ...statement, reads: false }, parameters); // in the transaction, wherever reads are answered
  if (found.length === 0) return;
  throw new ForeignKeyViolation({
    sqliteCode: 'SQLITE_CONSTRAINT_FOREIGNKEY',
    hint: `A ${schema.modelName} that is not deleted refers to this ${referred.schema.modelName} with { onDelete: 'restrict' }.`,
  });
}

/** Takes the marks off what went along with rows, level by level: what was deleted at another moment was deleted by itself. */
export function* restoreAlong(table: BoundTable, rows: readonly DeletedRow[]): Program<void> {
  let level = new Map<BoundTable, readonly DeletedRow[]>([[table, rows]]);
  while (level.size > 0) {
    const next = new Map<BoundTable, readonly DeletedRow[]>();
    for (const [referred, restored] of level) {
      for (const { from, key } of takenAlong(referred)) {
        const referring = yield* referred.related(from);
        const found = yield* restoreReferring(referring, wentAlong(referred, referring, key, restored));
        if (found.length > 0) next.set(referring, [...(next.get(referring) ?? []), ...found]);
      }
    }
    level = next;
  }
}

function* restoreReferring(table: BoundTable, where: Expression): Program<readonly DeletedRow[]> {
  if (takenAlong(table).length > 0) return yield* restoreDeleted(table, where);
  const { statement, parameters } = table.compile(markRows(table.schema, null, where));
  yield* run(statement, parameters);
  return [];
}

/** Takes the marks off rows that meet a condition; returns them as they were, for those that went along. */
export function* restoreDeleted(table: BoundTable, where: Expression | undefined): Program<readonly DeletedRow[]> {
  const { schema } = table;
  const columns = returningColumns([...schema.primaryKey, markOf(schema)]);
  const select = table.compile({ ...selectAll(schema), columns, where }, schema.bigints);
  // in the transaction, wherever reads are answered
  const found = (yield* all({ ...select.statement, reads: false }, select.parameters)) as SqlValue[][];
  if (found.length === 0) return [];
  const rows = found.map((row) => ({ key: row.slice(0, -1), moment: row.at(-1)! }));
  const among = hasKeyAmong(
    schema,
    rows.map(({ key }) => key),
  );
  const update = table.compile(markRows(schema, null, among));
  yield* run(update.statement, update.parameters);
  return rows;
}

/** That rows refer to some that were deleted at the same moment: `"author_id" IN (…) AND "deleted_at" = ?`. */
function wentAlong(
  referred: BoundTable,
  { schema }: BoundTable,
  key: ReferenceTo['key'],
  rows: readonly DeletedRow[],
): Expression {
  const mark = markOf(schema);
  const moments = rows.map(({ moment }) => storedAs(markOf(referred.schema), mark, moment));
  const [moment] = moments;
  if (moments.every((each) => each === moment)) {
    const keys = rows.map((row) => row.key);
    return and([isAmong(key.columns, key.targetColumns, keys), binary(mark.reference, '=', parameter(moment!))]);
  }
  const keys = rows.map((row, at) => [...row.key, moments[at]!]);
  return isAmong([...key.columns, mark], [...key.targetColumns, mark], keys);
}

/** A moment as another column stores it. */
function storedAs(from: ColumnSchema, to: ColumnSchema, moment: SqlValue): SqlValue {
  if (from.type.storage === to.type.storage) return moment;
  const value = typeof moment === 'bigint' ? Number(moment) : moment;
  return encodeMoment(to, from.type.decode(value) as Date);
}
