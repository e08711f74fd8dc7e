import { TransactionError } from '../errors/index.js';

/** A transaction or savepoint that is open. */
export interface Frame {
  /** The savepoint's name; `undefined` for the transaction itself. */
  readonly savepoint: string | undefined;
  /** Run in reverse order when it is rolled back. */
  readonly undo: (() => void)[];
}

/** The transaction of one connection and the savepoints within it. */
export class TransactionStack {
  readonly #frames: Frame[] = [];
  readonly #isInTransaction: () => boolean;
  #brokenBy: unknown;
  #isBroken = false;

  constructor(isInTransaction: () => boolean) {
    this.#isInTransaction = isInTransaction;
  }

  get depth(): number {
    return this.#frames.length;
  }

  /** Whether SQLite rolled the transaction back by itself while callbacks of it are still running. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Whether SQLite has a transaction open, by whomever. */
  get isInTransaction(): boolean {
    return this.#isInTransaction();
  }

  get innermost(): Frame | undefined {
    return this.#frames.at(-1);
  }

  push(): Frame {
    const nested = this.#frames.length > 0 || this.#isInTransaction();
    const frame = { savepoint: nested ? `litemodel_${this.#frames.length}` : undefined, undo: [] };
    this.#frames.push(frame);
    return frame;
  }

  /** Takes the frame off; what was done in a savepoint can still be undone with what is around it. */
  commit(frame: Frame): void {
    this.#pop(frame);
    this.innermost?.undo.push(...frame.undo);
  }

  /** Takes the frame off and undoes what was remembered with it. */
  rollBack(frame: Frame): void {
    this.#pop(frame);
    for (const undo of frame.undo.reverse()) undo();
  }

  /** Remembers how to undo, should the transaction be rolled back; outside of one there is nothing to remember. */
  onRollback(undo: () => void): void {
    this.#frames.at(-1)?.undo.push(undo);
  }

  /** Some failures end the whole transaction: RAISE(ROLLBACK), a full disk. What follows must not run outside of it. */
  noticeFailure(error: unknown): void {
    if (this.#frames.length === 0 || this.#isBroken || this.#isInTransaction()) return;
    this.#isBroken = true;
    this.#brokenBy = error;
  }

  broken(): TransactionError {
    return new TransactionError(
      'SQLite rolled this transaction back after an error within it, so nothing more can run in it.',
      'Let that error reach the outermost transaction() instead of catching it inside.',
      this.#brokenBy,
    );
  }

  #pop(frame: Frame): void {
    if (this.innermost !== frame) {
      throw new TransactionError('A transaction inside this one is still open.', 'Finish the inner one first.');
    }
    this.#frames.pop();
    if (this.#frames.length === 0) this.#isBroken = false;
  }
}
