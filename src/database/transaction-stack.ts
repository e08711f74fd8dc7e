import { TransactionError } from '../errors/index.js';
import type { Program } from '../sql/index.js';
import { actorIn } from './acting.js';

/** What is to be done when it is known how a transaction ended in which something was written. */
export interface Ending {
  /** It is about to be committed, which what this throws undoes altogether. What it writes has endings, too. */
  readonly committing?: (() => Program<void>) | undefined;
  /** It is kept, whatever happens now. */
  readonly committed: () => Program<void>;
  /** It is undone. */
  readonly rolledBack: () => Program<void>;
}

/** A transaction or savepoint, and what became of it. What was written in it may ask long after it ended. */
export class Frame {
  /** The savepoint's name; `undefined` for the transaction itself. */
  readonly savepoint: string | undefined;
  /** Who does what is done in it, where that was said. */
  readonly actor: unknown;
  /** Run in reverse order when it is rolled back. */
  readonly undo: (() => void)[] = [];
  /** Run once it has ended, and for good: those of a savepoint that is kept pass to what is around it. */
  readonly endings: Ending[] = [];
  /** Whether the engine has said that it is open. */
  hasBegun = false;
  /** Whether one around it is being rolled back, and it with that. */
  isGivenUp = false;
  readonly #around: Frame | undefined;
  #end: 'kept' | 'undone' | undefined;

  constructor(savepoint: string | undefined, around: Frame | undefined, actor?: unknown) {
    this.savepoint = savepoint;
    this.actor = actor;
    this.#around = around;
  }

  /** The transaction that it is in: itself, unless it is a savepoint in another one. */
  get outermost(): Frame {
    return this.#around?.outermost ?? this;
  }

  /** Whether what was done in it is gone: it was rolled back, or something around it was. */
  get isUndone(): boolean {
    return this.#end === 'undone' || (this.#around?.isUndone ?? false);
  }

  /** Whether what was done in it stays, whatever happens now. */
  get isKept(): boolean {
    return this.#end === 'kept' && (this.#around?.isKept ?? true);
  }

  end(how: 'kept' | 'undone'): void {
    this.#end = how;
  }
}

/** Keeps one alive: when the last one is collected, V8 drops the code made for their shape, that of every save among it. */
let kept: Frame | undefined;

/** The transaction of one connection and the savepoints within it. */
export class TransactionStack {
  /** Called after a transaction or savepoint has ended. */
  onEnd: (() => void) | undefined;
  /** Says who does what is done, where nobody said it of the transaction. */
  readonly askActor: (() => unknown) | undefined;
  /** How many callbacks of synchronous transactions are running, one in the other: nothing asynchronous can be part of them. */
  callbacks = 0;
  readonly #frames: Frame[] = [];
  readonly #isInTransaction: () => boolean;
  #brokenBy: unknown;
  #isBroken = false;

  constructor(isInTransaction: () => boolean, askActor?: () => unknown) {
    this.#isInTransaction = isInTransaction;
    this.askActor = askActor;
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

  /** Adds a frame, in which the same one acts as around it unless another one is given. */
  push(actor?: unknown): Frame {
    const nested = this.#frames.length > 0 || this.#isInTransaction();
    kept ??= new Frame(undefined, undefined);
    const around = this.innermost;
    const acting = actor === undefined ? actorIn(this, around) : actor;
    const frame = new Frame(nested ? `litemodel_${this.#frames.length}` : undefined, around, acting);
    this.#frames.push(frame);
    return frame;
  }

  /** Takes the frame off; what was done in a savepoint can still be undone with what is around it. */
  commit(frame: Frame): void {
    this.#pop(frame);
    if (this.#frames.length === 0) this.#forgetEnd(); // an answer behind that of COMMIT may have seen it coming
    frame.end('kept');
    this.innermost?.undo.push(...frame.undo);
    this.innermost?.endings.push(...frame.endings.splice(0));
    this.onEnd?.();
  }

  /** Whether the frame has neither been kept nor undone. */
  has(frame: Frame): boolean {
    return this.#frames.includes(frame) && !frame.isGivenUp;
  }

  /** Gives up what is open inside of the frame, which goes with it: the engine cannot be asked to undo it once more. */
  giveUpInside(frame: Frame): void {
    for (const inner of this.#frames.slice(this.#frames.indexOf(frame) + 1)) inner.isGivenUp = true;
  }

  /** Takes the frame off, with all inside of it that nobody ended, and undoes what was remembered with them. */
  rollBack(frame: Frame): void {
    const place = this.#frames.indexOf(frame);
    if (place === -1) return; // undone before, with what was around it
    for (const each of this.#frames.splice(place).reverse()) {
      each.end('undone');
      for (const undo of each.undo.reverse()) undo();
      if (each !== frame) frame.endings.push(...each.endings.splice(0));
    }
    if (place === 0) this.#forgetEnd();
    this.onEnd?.();
  }

  /** Undoes everything that is open, when the connection is gone and SQLite has done so. */
  abandon(): void {
    const [outermost] = this.#frames;
    if (outermost !== undefined) this.rollBack(outermost);
  }

  /** Remembers how to undo, should the transaction be rolled back; outside of one there is nothing to remember. */
  onRollback(undo: () => void): void {
    this.#frames.at(-1)?.undo.push(undo);
  }

  /**
   * Some failures end the whole transaction: RAISE(ROLLBACK), a full disk. So does a COMMIT or ROLLBACK of the user's, which is
   * no error. What follows must not run outside of it.
   */
  noticeEnd(error?: unknown): void {
    if (this.#frames[0]?.hasBegun !== true || this.#isBroken || this.#isInTransaction()) return;
    this.#isBroken = true;
    this.#brokenBy = error;
  }

  broken(): TransactionError {
    if (this.#brokenBy === undefined) {
      return new TransactionError(
        'A COMMIT or ROLLBACK of your own ended this transaction, so nothing more can run in it.',
        'Let transaction() end it: return to commit, throw to roll back.',
      );
    }
    return new TransactionError(
      'SQLite rolled this transaction back after an error within it, so nothing more can run in it.',
      'Let that error reach the outermost transaction() instead of catching it inside.',
      this.#brokenBy,
    );
  }

  undone(): TransactionError {
    return new TransactionError(
      'This transaction was rolled back with the one around it.',
      'Await everything that a callback starts before it returns.',
    );
  }

  unfinished(): TransactionError {
    return new TransactionError('A transaction inside this one is still open.', 'Finish the inner one first.');
  }

  #forgetEnd(): void {
    this.#isBroken = false;
    this.#brokenBy = undefined;
  }

  #pop(frame: Frame): void {
    if (this.innermost !== frame) throw this.unfinished();
    this.#frames.pop();
  }
}
