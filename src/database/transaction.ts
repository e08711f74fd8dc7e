import { ClosedError } from '../errors/index.js';
import { run, statement, type Program } from '../sql/index.js';
import type { ConnectedDatabase } from './database.js';
import { retryWhileBusy } from './retry-while-busy.js';
import type { Frame } from './transaction-stack.js';

/** How a transaction begins. https://sqlite.org/lang_transaction.html */
export interface TransactionOptions {
  /**
   * `immediate` (the default) takes the write lock at once; `deferred` takes it at the first write, which then may fail at once
   * when somebody else wrote meanwhile; `exclusive` keeps readers out, too, where the file is not in WAL mode. A transaction
   * inside another is a savepoint whatever is said here.
   */
  readonly mode?: 'deferred' | 'immediate' | 'exclusive';
  /**
   * For how many milliseconds the whole transaction is run again while the database is busy, after the busy timeout of each
   * try; 0 unless said, since the callback then runs more than once. Only for the outermost transaction.
   */
  readonly retryFor?: number;
}

const begins = {
  deferred: statement('BEGIN'),
  immediate: statement('BEGIN IMMEDIATE'),
  exclusive: statement('BEGIN EXCLUSIVE'),
};
const commit = statement('COMMIT');
const rollBack = statement('ROLLBACK');

/** Runs a program inside a transaction, or inside a savepoint of the one that is open. */
export function* inTransaction<Result>(
  database: ConnectedDatabase,
  body: () => Program<Result>,
  { mode = 'immediate', retryFor = 0 }: TransactionOptions = {},
): Program<Result> {
  if (retryFor <= 0 || database.transactions.isInTransaction) return yield* once(database, body, mode);
  return yield* retryWhileBusy(retryFor, () => once(database, body, mode));
}

function* once<Result>(
  database: ConnectedDatabase,
  body: () => Program<Result>,
  mode: 'deferred' | 'immediate' | 'exclusive',
): Program<Result> {
  const frame = yield* beginFrame(database, mode);
  let result: Result;
  try {
    result = yield* body();
  } catch (error) {
    yield* rollBackFrame(database, frame);
    throw error;
  }
  yield* commitFrame(database, frame);
  return result;
}

/** Opens a transaction, or a savepoint inside the one that is open. */
export function* beginFrame(
  database: ConnectedDatabase,
  mode: 'deferred' | 'immediate' | 'exclusive' = 'immediate',
): Program<Frame> {
  const { transactions } = database;
  if (transactions.isBroken) throw transactions.broken();
  const frame = transactions.push();
  try {
    yield* run(frame.savepoint === undefined ? begins[mode] : statement(`SAVEPOINT "${frame.savepoint}"`));
  } catch (error) {
    transactions.rollBack(frame);
    throw error;
  }
  return frame;
}

/** Keeps what was done in the frame. A COMMIT that fails is rolled back, so that no lock outlives it. */
export function* commitFrame(database: ConnectedDatabase, frame: Frame): Program<void> {
  const { transactions } = database;
  try {
    if (!database.isOpen) throw new ClosedError(database.alias);
    if (transactions.isBroken || !transactions.isInTransaction) throw transactions.broken();
    if (transactions.innermost !== frame) throw transactions.unfinished();
    yield* run(frame.savepoint === undefined ? commit : statement(`RELEASE "${frame.savepoint}"`));
  } catch (error) {
    yield* rollBackFrame(database, frame);
    throw error;
  }
  transactions.commit(frame);
}

/** Undoes what was done in the frame: in the file, and in the instances that remembered it. */
export function* rollBackFrame(database: ConnectedDatabase, frame: Frame): Program<void> {
  const { transactions } = database;
  try {
    if (!transactions.isInTransaction) return; // SQLite was there before us
    if (frame.savepoint === undefined) {
      yield* run(rollBack);
    } else {
      yield* run(statement(`ROLLBACK TO "${frame.savepoint}"`));
      yield* run(statement(`RELEASE "${frame.savepoint}"`)); // ROLLBACK TO leaves the savepoint on the stack
    }
  } catch (error) {
    database.disconnect(); // a transaction that can be neither kept nor undone would hold its lock until the process ends
    throw error;
  } finally {
    transactions.rollBack(frame);
  }
}
