import { RecursiveHookError, type Failure } from '../errors/index.js';
import { inTransaction, tellCommitted, type Ending } from '../database/index.js';
import type { Program } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { follow } from './follow.js';
import type { InstanceWrite, TableHooks, Verb, WriteSource } from './hooks.js';
import { fillDefaults } from './new-row.js';
import { occasionNow } from './occasion.js';
import { Stored, type StoredRow } from './stored.js';
import { isMarked } from './version.js';

/** A save without hooks, and how to know whether there is anything to write. */
interface PlainSave {
  readonly source: WriteSource;
  readonly run: () => Program<void>;
  readonly isNeeded: () => boolean;
}

/** Saves an instance with what the features of its table do before and after. */
export function* saveWithHooks(table: BoundTable, hooks: TableHooks, instance: object, save: PlainSave): Program<void> {
  if (isDeleted(table, Stored.row(instance))) return yield* save.run(); // which says so
  prepare(table, instance);
  const body = () => saving(table, hooks, instance, save);
  yield* ended(yield* together(table, hooks.mayWrite(verbOf(instance)), 'save', instance, body));
}

function* saving(table: BoundTable, hooks: TableHooks, instance: object, save: PlainSave): Program<Ending | undefined> {
  const write = beginWrite(table, instance, verbOf(instance), save.source);
  const isNew = write.verb === 'create';
  yield* hooks.run('beforeValidate', write);
  if (table.schema.following !== undefined) prepare(table, instance);
  yield* hooks.run('validate', write);
  yield* hooks.run('afterValidate', write);
  yield* hooks.run('beforeSave', write);
  if (!save.isNeeded()) return undefined;
  yield* hooks.run(isNew ? 'beforeCreate' : 'beforeUpdate', write);
  yield* save.run();
  write.after = Stored.row(instance) ?? undefined;
  const ending = awaitEnd(table, hooks, write);
  yield* hooks.run(isNew ? 'afterCreate' : 'afterUpdate', write);
  yield* hooks.run('afterSave', write);
  return ending;
}

/** A delete or restore without hooks. */
interface PlainRemoval {
  readonly verb: 'delete' | 'restore';
  readonly source: WriteSource;
  readonly isSoft: boolean;
  readonly run: () => Program<boolean>;
}

/** Deletes or restores an instance with what the features of its table do before and after; says whether there was a row for it. */
export function* removeWithHooks(
  table: BoundTable,
  hooks: TableHooks,
  instance: object,
  { verb, source, isSoft, run }: PlainRemoval,
): Program<boolean> {
  const row = Stored.row(instance);
  if (!Array.isArray(row)) return yield* run(); // which says what is wrong, or that it is gone
  if (isSoft && isMarked(table.schema, row)) return false;
  let isDone = false;
  function* removing(): Program<Ending | undefined> {
    const write = beginWrite(table, instance, verb, source, isSoft);
    yield* hooks.run(verb === 'delete' ? 'beforeDelete' : 'beforeRestore', write);
    isDone = yield* run();
    if (!isDone) return undefined;
    write.after = Stored.row(instance) ?? undefined;
    const ending = awaitEnd(table, hooks, write);
    yield* hooks.run(verb === 'delete' ? 'afterDelete' : 'afterRestore', write);
    return ending;
  }
  yield* ended(yield* together(table, hooks.mayWrite(verb), verb, instance, removing));
  return isDone;
}

/** Lists what is wrong with an instance, with what features do before and after. */
export function* validateWithHooks(
  table: BoundTable,
  instance: object,
  list: () => Program<readonly Failure[]>,
): Program<readonly Failure[]> {
  const { hooks } = table;
  prepare(table, instance);
  if (hooks === undefined) return yield* list();
  function* validating(): Program<readonly Failure[]> {
    const write = beginWrite(table, instance, verbOf(instance), 'call');
    yield* hooks!.run('beforeValidate', write);
    if (table.schema.following !== undefined) prepare(table, instance);
    const failures = yield* list();
    if (failures.length === 0) yield* hooks!.run('afterValidate', write);
    return failures;
  }
  return yield* together(table, hooks.has('beforeValidate', 'afterValidate'), 'validate', instance, validating);
}

/** Makes an instance what its write would make of it, for listeners and rules. */
function prepare({ schema, database }: BoundTable, instance: object): void {
  const row = Stored.row(instance);
  if (Array.isArray(row) && schema.following !== undefined) follow(schema, instance, row);
  if (row !== undefined) return;
  schema.lifecycle?.made(instance, database);
  fillDefaults(schema, instance);
}

const isDeleted = ({ schema }: BoundTable, row: StoredRow): boolean =>
  row === null || (row !== undefined && isMarked(schema, row));

const verbOf = (instance: object): Verb => (Stored.row(instance) === undefined ? 'create' : 'update');

/** A write of an instance, before it is done. */
export function beginWrite(
  table: BoundTable,
  instance: object,
  verb: Verb,
  source: WriteSource,
  isSoft = false,
): InstanceWrite {
  const before = Stored.row(instance) ?? undefined;
  const occasion = occasionNow(table.database);
  return { table, instance, verb, source, occasion, isSoft, before, after: undefined };
}

/** What is being done to instances: whoever does the same to one of them in between would do so for ever. */
const underway = {
  save: new WeakSet<object>(),
  delete: new WeakSet<object>(),
  restore: new WeakSet<object>(),
  validate: new WeakSet<object>(),
};

/**
 * Runs what may write in a transaction of its own. In there, only a listener can be who does the same to the same instance:
 * everybody else waits for the transaction to end.
 */
function* together<Result>(
  table: BoundTable,
  mayWrite: boolean,
  verb: keyof typeof underway,
  instance: object,
  body: () => Program<Result>,
): Program<Result> {
  if (!mayWrite) return yield* unlessUnderway(table, verb, instance, body);
  try {
    return yield* inTransaction(table.database, () => unlessUnderway(table, verb, instance, alone));
  } catch (error) {
    Stored.row(instance); // takes back the key of an insert that was undone
    throw error;
  }
  function* alone(): Program<Result> {
    underway[verb].add(instance);
    try {
      return yield* body();
    } finally {
      underway[verb].delete(instance);
    }
  }
}

function unlessUnderway<Result>(
  { schema }: BoundTable,
  verb: keyof typeof underway,
  instance: object,
  body: () => Program<Result>,
): Program<Result> {
  if (isUnderway(verb, instance)) throw new RecursiveHookError(schema.modelName, verb);
  return body();
}

/** Whether listeners of what is being done to an instance may still be called. */
export const isUnderway = (verb: keyof typeof underway, instance: object): boolean => underway[verb].has(instance);

/** Lets the features know how the transaction ends in which an instance was written; without one, it has ended. */
export function awaitEnd(table: BoundTable, hooks: TableHooks, write: InstanceWrite): Ending | undefined {
  if (!hooks.has('beforeCommit', 'afterCommit', 'afterRollback')) return undefined;
  const ending: Ending = {
    committing: hooks.has('beforeCommit') ? () => hooks.run('beforeCommit', write) : undefined,
    committed: () => hooks.run('afterCommit', write),
    rolledBack: () => hooks.run('afterRollback', write),
  };
  const { innermost } = table.database.transactions;
  // while the statement waited for its turn, the transaction of somebody else may have been open
  if (!write.occasion.isIn(innermost)) write.occasion = occasionNow(table.database);
  if (hooks.has('afterCommit', 'afterRollback')) void write.occasion.actor; // by then it may be somebody else's turn
  if (innermost === undefined) return ending;
  innermost.endings.push(ending);
  return undefined;
}

function* ended(ending: Ending | undefined): Program<void> {
  if (ending !== undefined) yield* tellCommitted([ending]);
}
