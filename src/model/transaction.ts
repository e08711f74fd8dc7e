import {
  commitFrame,
  rollBackFrame,
  runSync,
  tellCommitting,
  tellEnd,
  type ConnectedDatabase,
  type Frame,
} from '../database/index.js';
import { TransactionError } from '../errors/index.js';
import type { Program } from '../sql/index.js';

/** Keeps what was written in a frame, if what there is to do before that does not fail. */
function* committed(database: ConnectedDatabase, frame: Frame): Program<void> {
  try {
    yield* tellCommitting(database, frame);
  } catch (error) {
    yield* rollBackFrame(database, frame);
    throw error;
  }
  yield* commitFrame(database, frame);
}

/** A transaction that was begun by hand. */
export class Transaction {
  readonly #database: ConnectedDatabase;
  readonly #frame: Frame;

  /** @internal */
  constructor(database: ConnectedDatabase, frame: Frame) {
    this.#database = database;
    this.#frame = frame;
  }

  /** Whether it has been neither committed nor rolled back. */
  get isOpen(): boolean {
    return this.#database.transactions.has(this.#frame);
  }

  /** Keeps what was written. */
  commit(): void {
    this.#checkInnermost();
    this.#end(committed);
  }

  /** Undoes what was written. */
  rollBack(): void {
    this.#checkInnermost();
    this.#end(rollBackFrame);
  }

  /** Rolls back at the end of a `using` block, unless it was committed, with every transaction that is open inside of it. */
  [Symbol.dispose](): void {
    if (this.isOpen) this.#end(rollBackFrame);
  }

  #end(end: (database: ConnectedDatabase, frame: Frame) => Program<void>): void {
    const [database, frame] = [this.#database, this.#frame];
    function* ending(): Program<void> {
      try {
        yield* end(database, frame);
      } catch (error) {
        yield* tellEnd(frame);
        throw error;
      }
      yield* tellEnd(frame);
    }
    runSync(database, ending());
  }

  #checkInnermost(): void {
    if (!this.isOpen) throw new TransactionError('This transaction has ended.', 'Begin another.');
    const { transactions } = this.#database;
    if (transactions.innermost !== this.#frame) throw transactions.unfinished();
  }
}
