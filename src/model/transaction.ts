import { commitFrame, rollBackFrame, runSync, type ConnectedDatabase, type Frame } from '../database/index.js';
import { TransactionError } from '../errors/index.js';

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
    runSync(this.#database, commitFrame(this.#database, this.#frame));
  }

  /** Undoes what was written. */
  rollBack(): void {
    this.#checkInnermost();
    runSync(this.#database, rollBackFrame(this.#database, this.#frame));
  }

  /** Rolls back at the end of a `using` block, unless it was committed, with every transaction that is open inside of it. */
  [Symbol.dispose](): void {
    if (this.isOpen) runSync(this.#database, rollBackFrame(this.#database, this.#frame));
  }

  #checkInnermost(): void {
    if (!this.isOpen) throw new TransactionError('This transaction has ended.', 'Begin another.');
    const { transactions } = this.#database;
    if (transactions.innermost !== this.#frame) throw transactions.unfinished();
  }
}
