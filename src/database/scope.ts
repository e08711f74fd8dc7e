import type { AsyncConnection } from '../driver/contract.js';
import { TransactionError, TransactionQueueError } from '../errors/index.js';
import { scopeOf } from './scope-context.js';
import type { Frame, TransactionStack } from './transaction-stack.js';

/** What waits for its turn in a scope: a statement, or with `opens` a transaction. */
interface Waiting {
  readonly opens: boolean;
  readonly since: number;
  readonly admit: () => void;
  readonly refuse: (error: Error) => void;
}

let lastNumber = 0;

/**
 * Where asynchronous statements run: on the connection itself, or inside one of its transactions. While a transaction is open
 * in a scope, only what is inside of it may run; everything else of that scope waits in order, so that nobody's statement gets
 * into somebody else's transaction, nor is rolled back with it.
 */
export class Scope {
  /** The database, by which code finds the scope that it runs in. */
  readonly owner: object;
  /** What tells it from others of its connection; 0 is the connection itself. */
  readonly number: number;
  readonly parent: Scope | undefined;
  /** The connection of a snapshot, which is not the database's own. */
  readonly connection: AsyncConnection | undefined;
  /** The transaction or savepoint, once it has begun. */
  frame: Frame | undefined;
  /** Whether a transaction was ever opened in it. */
  hasOpened = false;
  readonly #transactions: TransactionStack;
  readonly #timeout: number;
  #child: Scope | undefined;
  #childSince = 0;
  #running = 0;
  #hasEnded = false;
  readonly #queue: Waiting[] = [];
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
    this.number = parent === undefined && connection === undefined ? 0 : ++lastNumber;
    this.#transactions = transactions;
    this.#timeout = timeout;
    if (this.number === 0) transactions.onEnd = () => this.#admitWithin();
  }

  /** The innermost scope of a database that the calling code runs in, where the platform knows. */
  static current(owner: object): Scope | undefined {
    return scopeOf(owner) as Scope | undefined;
  }

  /** Whether the transaction has not ended; what belongs to no transaction never does. */
  get isOpen(): boolean {
    return !this.#hasEnded;
  }

  /** Whether no transaction is open in it, neither an asynchronous one nor one of synchronous code. */
  get isFree(): boolean {
    return this.#child === undefined && (this.connection !== undefined || this.#transactions.innermost === this.frame);
  }

  /** Lets a statement in: at once, or when the promise resolves. `leave` has to follow. */
  enter(signal?: AbortSignal): Promise<void> | undefined {
    this.#checkOpen();
    if (!this.isFree || this.#queue.length > 0) return this.#wait(false, signal);
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
    this.#checkOpen();
    if (!this.isFree && this.#child !== undefined) throw TransactionQueueError.synchronous();
  }

  /** Opens a scope for a transaction inside this one, when everything before it is done. */
  async open(signal?: AbortSignal): Promise<Scope> {
    this.#checkOpen();
    if (!this.isFree || this.#running > 0 || this.#queue.length > 0) await this.#wait(true, signal);
    else this.#openChild();
    return this.#child!;
  }

  /** Lets nothing more in: the transaction is about to be committed or rolled back. */
  seal(): void {
    this.#hasEnded = true;
    for (const waiting of this.#queue.splice(0)) waiting.refuse(hasEnded());
    this.#stopTimer();
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
  abandon(): void {
    if (this.#child !== undefined) {
      this.#child.seal();
      this.#child.abandon();
      this.#child = undefined;
    }
    this.#admit();
  }

  #openChild(): void {
    this.hasOpened = true;
    this.#child = new Scope(this.owner, this.#transactions, this.#timeout, {
      parent: this,
      connection: this.connection,
    });
    this.#childSince = performance.now();
  }

  #checkOpen(): void {
    if (this.#hasEnded) throw hasEnded();
  }

  #wait(opens: boolean, signal: AbortSignal | undefined): Promise<void> {
    if (this.#isAround(Scope.current(this.owner))) return Promise.reject(TransactionQueueError.itself());
    return new Promise((admit, refuse) => {
      const waiting: Waiting = { opens, since: performance.now(), admit, refuse };
      this.#queue.push(waiting);
      signal?.addEventListener('abort', () => this.#giveUp(waiting, signal), { once: true });
      this.#timer ??= setTimeout(() => this.#refuseLate(), this.#timeout);
    });
  }

  #giveUp(waiting: Waiting, { reason }: AbortSignal): void {
    const place = this.#queue.indexOf(waiting);
    if (place === -1) return; // it has had its turn
    this.#queue.splice(place, 1);
    waiting.refuse(reason as Error);
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
      if (opens) this.#openChild();
      else this.#running++;
      admit();
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
    this.#stopTimer();
    const now = performance.now();
    const left = ({ since }: Waiting) => Math.max(since, this.#childSince) + this.#timeout - now;
    const late = this.#queue.filter((waiting) => left(waiting) <= 0);
    const others = this.#queue.filter((waiting) => left(waiting) > 0);
    this.#queue.splice(0, Infinity, ...others);
    for (const { refuse } of late) refuse(TransactionQueueError.after(this.#timeout));
    if (others.length === 0) return;
    const next = others.reduce((least, waiting) => Math.min(least, left(waiting)), Infinity);
    this.#timer = setTimeout(() => this.#refuseLate(), next);
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
