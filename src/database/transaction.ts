import { AfterCommitError, ClosedError, TransactionError } from '../errors/index.js';
import type { Program, TransactionCommand, TransactionMode } from '../sql/index.js';
import type { ConnectedDatabase } from './database.js';
import { throwLater } from './events.js';
import { checkChoice } from './pragmas.js';
import { retryWhileBusy } from './retry-while-busy.js';
import type { Scope } from './scope.js';
import type { Ending, Frame } from './transaction-stack.js';

const transactionModes: readonly TransactionMode[] = ['deferred', 'immediate', 'exclusive'];

/** How a transaction begins. https://sqlite.org/lang_transaction.html */
export interface TransactionOptions {
  /**
   * `immediate` (the default) takes the write lock at once; `deferred` takes it at the first write, which then may fail at once
   * when somebody else wrote meanwhile; `exclusive` keeps readers out, too, where the file is not in WAL mode. A transaction
   * inside another is a savepoint whatever is said here.
   */
  readonly mode?: TransactionMode;
  /**
   * For how many milliseconds the whole transaction is run again while the database is busy, after the busy timeout of each
   * try; 0 unless said, since the callback then runs more than once. Only for the outermost transaction.
   */
  readonly retryFor?: number;
  /**
   * Who does what is done in it, as events tell: it goes before what the `actor` of `open` says, and for savepoints inside unless they
   * have another one. `undefined` says nothing, and `null` is nobody.
   */
  readonly actor?: unknown;
}

/** How a transaction that is begun by hand begins. */
export type BeginOptions = Omit<TransactionOptions, 'retryFor'>;

/** Runs a program inside a transaction, or inside a savepoint of the one that is open. */
export function* inTransaction<Result>(
  database: ConnectedDatabase,
  body: () => Program<Result>,
  { mode = 'immediate', retryFor = 0, actor }: TransactionOptions = {},
  isNested = database.transactions.isInTransaction,
): Program<Result> {
  function* once(): Program<Result> {
    let frame: Frame | undefined;
    const framedBody = (): Program<Result> => {
      frame = database.transactions.innermost;
      return body();
    };
    let result: Result;
    try {
      result = (yield { method: 'transaction', body: framedBody, mode, actor }) as Result;
    } catch (error) {
      if (frame !== undefined) yield* tellRolledBack(frame.endings);
      throw error;
    }
    if (frame !== undefined) yield* tellCommitted(frame.endings);
    return result;
  }
  if (retryFor <= 0 || isNested) return yield* once();
  return yield* retryWhileBusy(retryFor, once);
}

/**
 * Does what was to be done once something is committed, which it stays whatever happens here: all is done, and only then is the
 * first error thrown. Those of a savepoint have passed to what is around it.
 */
export function* tellCommitted(endings: Ending[]): Program<void> {
  const errors: unknown[] = [];
  for (const { committed } of endings.splice(0)) {
    try {
      yield* committed();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AfterCommitError(errors[0]);
}

/** Does what was to be done once something is rolled back. What fails here is nobody's: the rollback has an error of its own. */
export function* tellRolledBack(endings: Ending[]): Program<void> {
  for (const { rolledBack } of endings.splice(0)) {
    try {
      yield* rolledBack();
    } catch (error) {
      throwLater(error);
    }
  }
}

/** Does what was to be done once a frame has ended, however it did. */
export const tellEnd = (frame: Frame): Program<void> =>
  frame.isUndone ? tellRolledBack(frame.endings) : tellCommitted(frame.endings);

/** How often what is done before one commit may call for more of it, each time by the writes of the time before. */
const mostRounds = 1_000;

/** How many writes may follow from those of a transaction: what goes on beyond that never ends. */
const mostAfter = (writes: number): number => 100_000 + 100 * writes;

/**
 * Does what is to be done before a transaction is committed, and what that calls for in turn; the first error ends it, and the
 * caller has to roll back. Of a savepoint, it is done before the commit of what is around it.
 */
function* tellCommitting({ transactions }: ConnectedDatabase, frame: Frame): Program<void> {
  const { endings } = frame;
  if (frame.outermost !== frame || transactions.innermost !== frame || transactions.isBroken) return;
  const most = mostAfter(endings.length);
  let [round, end] = [0, endings.length];
  for (let at = 0; at < endings.length; at++) {
    if (at === end) [round, end] = [round + 1, endings.length];
    if (round > mostRounds || (round > 1 && endings.length > most)) throw neverEnding();
    const { committing } = endings[at]!;
    if (committing !== undefined) yield* committing();
  }
}

const neverEnding = (): TransactionError =>
  new TransactionError(
    'What is done before the commit writes again and again, and so would never end.',
    'Do not save in beforeCommit what calls beforeCommit again.',
  );

/** The program of a transaction: opens it, runs its body, and keeps or undoes what that did. */
export function* framed(
  database: ConnectedDatabase,
  { body, mode, actor }: TransactionCommand,
  scope?: Scope,
): Program<unknown> {
  const frame = yield* beginFrame(database, { mode, actor }, scope);
  let result: unknown;
  try {
    result = yield* body();
    if (frame.endings.length > 0) yield* tellCommitting(database, frame);
  } catch (error) {
    scope?.seal();
    yield* rollBackFrame(database, frame);
    throw error;
  }
  scope?.seal();
  yield* commitFrame(database, frame);
  return result;
}

/** Whether it is more than a mode, which callers without types may give as anything. */
const isOptions = (options: unknown): options is BeginOptions => typeof options === 'object' && options !== null;

/** Opens a transaction, or a savepoint inside the one that is open. */
export function* beginFrame(
  database: ConnectedDatabase,
  options: TransactionMode | BeginOptions = {},
  scope?: Scope,
): Program<Frame> {
  const { transactions } = database;
  const { mode = 'immediate', actor }: BeginOptions = isOptions(options) ? options : { mode: options };
  if (transactions.isBroken) throw transactions.broken();
  checkChoice('mode', transactionModes, mode);
  scope?.checkOpen(); // it may have been sealed since it was opened
  const frame = transactions.push(actor);
  if (scope !== undefined) scope.frame = frame;
  try {
    yield { method: 'begin', mode, savepoint: frame.savepoint };
  } catch (error) {
    transactions.rollBack(frame);
    throw error;
  }
  frame.hasBegun = true;
  return frame;
}

/** Keeps what was done in a frame that was begun by hand, after which nothing more can be done in its scope. */
export function* commitBegunFrame(database: ConnectedDatabase, frame: Frame, scope?: Scope): Program<void> {
  try {
    yield* tellCommitting(database, frame);
  } catch (error) {
    scope?.seal();
    yield* rollBackFrame(database, frame);
    throw error;
  }
  scope?.seal();
  yield* commitFrame(database, frame);
}

/** Keeps what was done in the frame. A COMMIT that fails is rolled back, so that no lock outlives it. */
export function* commitFrame(database: ConnectedDatabase, frame: Frame): Program<void> {
  const { transactions } = database;
  try {
    if (!database.isOpen) throw new ClosedError(database.alias);
    if (!transactions.has(frame)) throw transactions.undone();
    if (transactions.isBroken || !transactions.isInTransaction) throw transactions.broken();
    if (transactions.innermost !== frame) throw transactions.unfinished();
    yield { method: 'commit', savepoint: frame.savepoint };
  } catch (error) {
    yield* rollBackFrame(database, frame);
    throw error;
  }
  transactions.commit(frame);
}

/** Undoes what was done in the frame: in the file, and in the instances that remembered it. */
export function* rollBackFrame(database: ConnectedDatabase, frame: Frame): Program<void> {
  const { transactions } = database;
  if (!transactions.has(frame)) return; // undone before, with what was around it
  const { savepoint } = frame;
  transactions.giveUpInside(frame);
  try {
    if (!transactions.isInTransaction) return; // SQLite was there before us
    yield { method: 'rollBack', savepoint };
    if (savepoint !== undefined) yield { method: 'commit', savepoint }; // ROLLBACK TO leaves the savepoint on the stack
  } catch (error) {
    // a transaction that can be neither kept nor undone would hold its lock until the process ends
    void Promise.resolve(database.disconnect()).catch(() => undefined);
    throw error;
  } finally {
    transactions.rollBack(frame);
  }
}
