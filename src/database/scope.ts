import type { AsyncConnection } from '../driver/contract.js';
import { onAbort } from '../driver/on-abort.js';
import { TransactionError, TransactionQueueError } from '../errors/index.js';
import { scopeOf } from './scope-context.js';
import type { Frame, TransactionStack } from './transaction-stack.js';

/** What waits for its turn in a scope: a statement, or with `opens` a transaction. */
interface Waiting {
  readonly opens: boolean;
  readonly since: number;
  readonly admit: (inner: Scope | undefined) => void;
  readonly refuse: (error: Error) => void;
}

let lastNumber = 0;

/** The longest that a timer can wait. */
const longestTimer = 2 ** 31 - 1;

/**
 * Where asynchronous statements run: on the connection itself, or inside one of its transactions. While a transaction is open
 * in a scope, only what is inside of it may run; everything else of that scope waits in order, so that nobody's statement gets
 * into somebody else's transaction, nor is rolled back with it.
 */
export class Scope {
  /** The database, by which code finds the scope that it runs in. */
  readonly owner: object;
  readonly parent: Scope | undefined;
  /** The connection of a snapshot, which is not the database's own. */
  readonly connection: AsyncConnection | undefined;
  /** The transaction or savepoint, once it has begun. */
  frame: Frame | undefined;
  /** Whether a transaction was ever opened in it. */
  hasOpened = false;
  /** Says why nothing is to wait in it now, where that would be in vain. */
  noWaiting: (() => Error | undefined) | undefined;
  readonly #number: number;
  readonly #transactions: TransactionStack;
  readonly #timeout: number;
  #child: Scope | undefined;
  #childSince = 0;
  #running = 0;
  /** Says why nothing more can run in it, once it has ended. */
  #refusal: (() => Error) | undefined;
  #queue: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    owner: object,
    transactions: TransactionStack,
    timeout: number,
    { parent, connection }: { readonly parent?: Scope; readonly connection?: AsyncConnection | undefined } = {},
  ) {
    this.owner = owner;
    this.parent = parent;
    this.connection = connection;
    const isRoot = parent === undefined && connection === undefined;
    this.#number = isRoot ? 0 : ++lastNumber;
    this.#transactions = transactions;
    this.#timeout = timeout;
    if (isRoot) transactions.onEnd = () => this.#admitWithin();
  }

  /** The innermost scope of a database that the calling code runs in, where the platform knows. */
  static current(owner: object): Scope | undefined {
    return scopeOf(owner) as Scope | undefined;
  }

  /** What tells its transaction from others of the connection; 0 is none. */
  get number(): number {
    return this.frame === undefined && this.parent !== undefined ? this.parent.number : this.#number;
  }

  /** Whether the transaction has not ended; what belongs to no transaction never does. */
  get isOpen(): boolean {
    return this.#refusal === undefined;
  }

  /** Whether no transaction is open in it, neither an asynchronous one nor one of synchronous code. */
  get isFree(): boolean {
    return this.#child === undefined && (this.connection !== undefined || this.#transactions.innermost === this.frame);
  }

  /** Whether a statement would not have to wait. */
  get isReady(): boolean {
    return this.isFree && this.#queue.length === 0;
  }

  /**
   * Lets a statement in, and then `leave` has to follow; or else promises it a turn, in which it has to ask again: until the
   * code wakes up, synchronous code may have begun a transaction.
   */
  enter(signal?: AbortSignal, hadTurn = false): Promise<unknown> | undefined {
    if (hadTurn) this.#running--;
    this.checkOpen();
    if (!(hadTurn ? this.isFree : this.isReady)) {
      this.#checkWaiting();
      return this.#wait(false, signal, hadTurn ? 'unshift' : 'push');
    }
    this.#running++;
    return undefined;
  }

  /** Says that a statement that was let in is done, with whatever its program did about the result. */
  leave(): void {
    this.#running--;
    if (this.#queue.length > 0) this.#admit();
  }

  /** Throws where a synchronous statement cannot run now; it cannot wait. */
  checkFree(): void {
    this.checkOpen();
    if (!this.isFree && this.#child !== undefined) throw TransactionQueueError.synchronous();
  }

  /** Opens a scope for a transaction inside this one, when everything before it is done; the last one waits whatever happens. */
  async open(signal?: AbortSignal, isLast = false): Promise<Scope> {
    this.checkOpen();
    if (this.isFree && this.#running === 0 && this.#queue.length === 0) return this.#openChild();
    if (!isLast) this.#checkWaiting();
    return (await this.#wait(true, signal))!;
  }

  /** Throws where the transaction has ended. */
  checkOpen(): void {
    if (this.#refusal !== undefined) throw this.#refusal();
  }

  /** Lets nothing more in, nor into transactions inside: it is about to be committed or rolled back, or is gone. */
  seal(refusal: () => Error = hasEnded): void {
    this.#refusal ??= refusal;
    this.#refuseAll(this.#refusal);
    this.#child?.seal(refusal);
  }

  /** Ends the scope, and gives what waits outside its turn. */
  end(): void {
    this.seal();
    const { parent } = this;
    if (parent === undefined || parent.#child !== this) return;
    parent.#child = undefined;
    parent.#admit();
  }

  /** Ends every transaction inside, which are gone with their connection, and refuses what waits for them. */
  abandon(refusal: () => Error): void {
    this.#refuseAll(refusal);
    this.#child?.seal(refusal);
    this.#child = undefined;
  }

  #refuseAll(refusal: () => Error): void {
    for (const { refuse } of this.#queue.splice(0)) refuse(refusal());
    this.#stopTimer();
  }

  #openChild(): Scope {
    this.hasOpened = true;
    this.#child = new Scope(this.owner, this.#transactions, this.#timeout, {
      parent: this,
      connection: this.connection,
    });
    this.#childSince = performance.now();
    return this.#child;
  }

  /** Waits for its turn, and resolves with the scope that was opened for it. */
  async #wait(
    opens: boolean,
    signal: AbortSignal | undefined,
    lineUp: 'push' | 'unshift' = 'push',
  ): Promise<Scope | undefined> {
    if (this.#transactions.callbacks > 0) throw TransactionQueueError.inCallback();
    if (this.#isAround(Scope.current(this.owner))) throw TransactionQueueError.itself();
    let unlisten: (() => void) | undefined;
    try {
      return await new Promise((admit, refuse) => {
        const waiting: Waiting = { opens, since: performance.now(), admit, refuse };
        unlisten = signal && onAbort(signal, () => this.#giveUp(waiting, signal.reason as Error));
        this.#queue[lineUp](waiting);
        if (this.#timer === undefined) this.#startTimer(this.#timeout);
      });
    } finally {
      unlisten?.(); // for the signal may outlive a thousand statements
    }
  }

  #checkWaiting(): void {
    const refusal = this.noWaiting?.();
    if (refusal !== undefined) throw refusal;
  }

  #giveUp(waiting: Waiting, reason: Error): void {
    const place = this.#queue.indexOf(waiting);
    if (place === -1) return; // it has had its turn
    this.#queue.splice(place, 1);
    waiting.refuse(reason);
    this.#admit();
  }

  /** Whether code in that scope would wait for itself to end. */
  #isAround(scope: Scope | undefined): boolean {
    for (let inner = scope; inner !== undefined; inner = inner.parent) {
      if (inner.parent === this && inner === this.#child) return true;
    }
    return false;
  }

  /** Gives those at the head of the queue their turn, as far as they do not have to wait for each other. */
  #admit(): void {
    while (this.#queue.length > 0 && this.isFree) {
      const { opens, admit } = this.#queue[0]!;
      if (opens && this.#running > 0) return;
      this.#queue.shift();
      if (!opens) this.#running++;
      admit(opens ? this.#openChild() : undefined);
    }
    if (this.#queue.length === 0) this.#stopTimer();
  }

  /** Synchronous code has ended a transaction, here or in a scope inside. */
  #admitWithin(): void {
    this.#admit();
    if (this.#child !== undefined) this.#child.#admitWithin();
  }

  /** Refuses what has waited for one and the same transaction for too long: most likely that one waits for it. */
  #refuseLate(): void {
    const now = performance.now();
    const blockedSince = this.isFree ? now : this.#childSince; // statements end by themselves, however long they take
    const left = ({ since }: Waiting) => Math.max(since, blockedSince) + this.#timeout - now;
    const late = this.#queue.filter((waiting) => left(waiting) <= 0);
    this.#queue = this.#queue.filter((waiting) => left(waiting) > 0);
    for (const { refuse } of late) refuse(TransactionQueueError.after(this.#timeout));
    if (this.#queue.length === 0) this.#stopTimer();
    else this.#startTimer(this.#queue.reduce((least, waiting) => Math.min(least, left(waiting)), Infinity));
  }

  #startTimer(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#refuseLate(), Math.min(milliseconds, longestTimer));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

const hasEnded = (): TransactionError =>
  new TransactionError(
    'This transaction has ended, so nothing more can run in it.',
    'Await everything that its callback starts before it returns.',
  );
