import {
  beginFrame,
  commitBegunFrame,
  inTransaction,
  rollBackFrame,
  runAsync,
  tellEnd,
  type BeginOptions,
  type ConnectedDatabase,
  type Frame,
  type Pragmas,
  type Scope,
  type StatementEvent,
  type StatementListenerOptions,
  type TransactionOptions,
} from '../database/index.js';
import type { AsyncConnection, BreakerFigures, Capabilities, WorkerFigures } from '../driver/contract.js';
import type { DatabaseState } from '../driver/state-trace.js';
import { TransactionError } from '../errors/index.js';
import { listen, type AnyEventName, type AnyListener, type AnyListenerOptions } from '../events/index.js';
import type { BoundTable } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Program, RunResult, SchemaNames, Sql, TransactionMode } from '../sql/index.js';
import { removeHome, type ModelHome } from './binding.js';
import type { Of, QueryOf } from './face.js';
import { healthOf, type DatabaseHealth } from './health.js';
import { ModelDatabase, scriptOf, type OpenedFile } from './model-database.js';
import type { OpenOptions } from './open-options.js';
import { tableQuery, typed } from './query.js';
import { inUnit, type Unit } from '../unit-of-work/index.js';
import { readRows, runFragment, type PlainRow } from './raw-sql.js';
import { checkCallable, notCallable } from './callback.js';
import { inSnapshot } from './snapshot.js';
import { unitOfWork, type UnitOfWork } from './unit-of-work.js';

/** How an asynchronous call is given up. */
export interface AbortOptions {
  /** The promise is rejected with its reason; what has not begun is not run, and what a worker is running is cut off. */
  readonly signal?: AbortSignal | undefined;
}

/** What a database and a transaction have in common in the asynchronous face. */
export abstract class AsyncHome implements ModelHome<'async'> {
  /** Its results are promised. */
  readonly face = 'async';
  /** @internal */
  readonly connected: ModelDatabase;
  /** @internal */
  readonly scope: Scope | undefined;

  /** @internal */
  constructor(connected: ModelDatabase, scope: Scope | undefined) {
    this.connected = connected;
    this.scope = scope;
  }

  /** The name by which models find the database. */
  get alias(): string {
    return this.connected.alias;
  }

  /**
   * Runs a function in a transaction: committed when its promise is fulfilled, rolled back when it is rejected. Inside another
   * transaction it is a savepoint.
   *
   *     await db.async.transaction(async (tx) => {          // BEGIN IMMEDIATE
   *       const account = await Account.using(tx).findById(1);
   *       account.balance -= await feeOf(account);
   *       await account.save();
   *     });                                                 // COMMIT
   *
   * In Node, Deno and Bun what the function starts is in the transaction by itself; elsewhere it is said by `using(tx)`.
   * Transactions of one connection wait for each other, and statements outside of them wait, too: what has waited for one of
   * them for longer than `queueTimeout` throws `TransactionQueueError`. https://sqlite.org/lang_transaction.html
   */
  transaction<Result>(
    work: (tx: AsyncTransaction) => Result | PromiseLike<Result>,
    { signal, ...options }: TransactionOptions & AbortOptions = {},
  ): Promise<Result> {
    const { connected } = this;
    const wrong = notCallable('transaction', work);
    if (wrong !== undefined) return Promise.reject(wrong);
    function* call(): Program<Result> {
      return (yield {
        method: 'call',
        work: (scope) => work(new AsyncTransaction(connected, scope as Scope)),
      }) as Result;
    }
    const isNested = connected.scopeFor(this.scope).parent !== undefined;
    return runAsync(connected, inTransaction(connected, call, options, isNested), this.scope, signal);
  }

  /**
   * Runs a function with a unit of work, in a transaction: see `Database.unitOfWork`.
   *
   *     await db.async.unitOfWork(async (work) => {
   *       const ann = await work.find(User, 1);
   *       work.create(Post, { title: 'Owls', author: ann! });
   *     });
   *
   * Other statements of the connection wait until it has ended, as with `transaction`.
   */
  unitOfWork<Result>(
    work: (work: UnitOfWork<'async'>, tx: AsyncTransaction) => Result | PromiseLike<Result>,
    { signal, ...options }: TransactionOptions & AbortOptions = {},
  ): Promise<Result> {
    const { connected } = this;
    const wrong = notCallable('unitOfWork', work);
    if (wrong !== undefined) return Promise.reject(wrong);
    function* call(unit: Unit): Program<Result> {
      return (yield {
        method: 'call',
        work: (given) => {
          const scope = given as Scope;
          return work(unitOfWork(unit, connected, 'async', scope), new AsyncTransaction(connected, scope));
        },
      }) as Result;
    }
    const isNested = connected.scopeFor(this.scope).parent !== undefined;
    return runAsync(connected, inUnit(connected, call, options, isNested), this.scope, signal);
  }

  /**
   * Begins a transaction that ends when you say so, or is rolled back when its block is left.
   *
   *     await using tx = await db.async.begin();
   *     await User.using(tx).create({ name: 'Ann' });
   *     await tx.commit();
   *
   * What belongs to it says so by `using(tx)`; everything else waits until it ends. It takes the mode, or an object of options.
   */
  async begin(options?: TransactionMode | BeginOptions): Promise<BegunTransaction> {
    const { connected } = this;
    const scope = await connected.scopeFor(this.scope).open();
    try {
      const frame = await runAsync(connected, beginFrame(connected, options, scope), scope);
      return new BegunTransaction(connected, scope, frame);
    } catch (error) {
      scope.end();
      throw error;
    }
  }

  /** The rows of a query of your own, as plain objects: see `Database.all`. */
  async all<Row extends object = PlainRow>(query: Sql, { signal }: AbortOptions = {}): Promise<Row[]> {
    const rows = await runAsync(this.connected, readRows(this.connected, query), this.scope, signal);
    this.connected.transactions.noticeEnd();
    return rows as Row[];
  }

  /** The first row of a query of your own, or `undefined`. */
  async first<Row extends object = PlainRow>(query: Sql, options?: AbortOptions): Promise<Row | undefined> {
    return (await this.all<Row>(query, options))[0];
  }

  /** Runs a statement of your own that returns no rows; says what it changed. */
  async run(command: Sql, { signal }: AbortOptions = {}): Promise<RunResult> {
    const done = await runAsync(this.connected, runFragment(this.connected, command), this.scope, signal);
    this.connected.transactions.noticeEnd();
    return done;
  }

  /** Runs a script: any number of statements, without values. */
  async execute(script: string): Promise<void> {
    await runAsync(this.connected, scriptOf(script), this.scope);
  }

  /** A query over a table that has no model, as the file has it: see `Database.table`. */
  async table<Row extends object = PlainRow>(name: string): Promise<QueryOf<Row, Row, 'async'>> {
    const table = await runAsync(this.connected, this.connected.tableNamed(name), this.scope);
    return typed<Row, 'async'>(tableQuery(table, this));
  }

  /** @internal */
  lists(schema: TableSchema): boolean {
    return this.connected.lists(schema);
  }

  /** @internal */
  get schemaNames(): SchemaNames {
    return this.connected.schemaNames;
  }

  /** @internal */
  tableOf(schema: TableSchema): Program<BoundTable> {
    return this.connected.tableOf(schema);
  }
}

/** What can be closed at once: a database whose engine is synchronous. */
interface ClosedAtOnce {
  close(): void;
}

/** A database in the asynchronous face. */
export class AsyncDatabase extends AsyncHome {
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(connected: ModelDatabase) {
    super(connected, undefined);
  }

  /** Makes a connection ready for its models. @internal */
  static async open(connection: AsyncConnection, file: OpenedFile, options: OpenOptions): Promise<AsyncDatabase> {
    const connected = new ModelDatabase(connection, options);
    const database = new AsyncDatabase(connected);
    connected.homeIn = (scope) => database.within(scope as Scope);
    try {
      await runAsync(connected, connected.opening(file, database));
      return database;
    } catch (error) {
      await connected.disconnect();
      throw error;
    }
  }

  /** The database as it is seen in a scope. @internal */
  within(scope: Scope): AsyncHome {
    return scope.parent === undefined ? this : new AsyncTransaction(this.connected, scope);
  }

  /** What this driver and its build of SQLite can do. */
  get capabilities(): Capabilities {
    return this.connected.capabilities;
  }

  /** The pragmas that are in force, as SQLite told them at opening. */
  get pragmas(): Pragmas {
    return this.connected.pragmas;
  }

  /** Whether it can be used: `close` has not been called. */
  get isOpen(): boolean {
    return this.connected.isOpen;
  }

  /** What it is doing, and since when: see `Database.state`. */
  get state(): DatabaseState {
    return this.connected.state;
  }

  /** How its worker threads are doing; `undefined` where it has none. */
  get workers(): WorkerFigures | undefined {
    return this.connected.workers;
  }

  /** What its circuit breaker does; `undefined` where it was opened without one. */
  get breaker(): BreakerFigures | undefined {
    return this.connected.breaker;
  }

  /**
   * Asks the database for something small, and tells how it is. It throws nothing.
   *
   *     const { isHealthy, error } = await db.health({ signal: AbortSignal.timeout(1000) });   // SELECT 1 FROM sqlite_schema LIMIT 1
   *
   * It waits its turn as any other read, so give it a signal. `error` is why there was no answer.
   */
  async health({ signal }: AbortOptions = {}): Promise<DatabaseHealth> {
    return await healthOf(this.connected, signal);
  }

  /** Calls a function whenever it does something else: see `Database.onState`. */
  onState(listen: (state: DatabaseState) => void): () => void {
    return this.connected.onState(listen);
  }

  /** Throws `UnsupportedError` where the driver or its build of SQLite lacks what an app cannot do without. */
  require(...names: Parameters<ConnectedDatabase['require']>): void {
    this.connected.require(...names);
  }

  /** Calls a function at an event of every instance, or every relation, of every model in this database: see `Database.on`. */
  get on(): ModelDatabase['on'] {
    return (name: AnyEventName, listener: AnyListener, options?: AnyListenerOptions) =>
      listen(this.connected, name, listener, options);
  }

  /** Calls a function after each statement: see `Database.onStatement`. */
  onStatement(listen: (event: StatementEvent) => void, options?: StatementListenerOptions): () => void {
    return this.connected.onStatement(listen, options);
  }

  /**
   * Runs a function that reads one state of the database, whatever is written meanwhile.
   *
   *     await db.snapshot(async (tx) => [await User.using(tx).count(), await User.using(tx).all()]);
   *
   * With worker threads it has a reader for itself, and nobody waits for it, but for other snapshots where they have as many
   * readers as there are; else it is a deferred transaction. One inside another reads what that one reads.
   * https://sqlite.org/isolation.html
   */
  async snapshot<Result>(
    work: (tx: AsyncTransaction) => Result | PromiseLike<Result>,
    { signal }: AbortOptions = {},
  ): Promise<Result> {
    checkCallable('snapshot', work);
    const { connected } = this;
    const around = connected.scopeFor(undefined);
    if (around.connection !== undefined) return await work(new AsyncTransaction(connected, around));
    const lease = await connected.lease(signal);
    if (lease === undefined) return await this.transaction(work, { mode: 'deferred', signal });
    return await inSnapshot(connected, lease, (scope) => work(new AsyncTransaction(connected, scope)));
  }

  /** Adds a file to this connection: see `Database.attach`. */
  async attach(path: string, name: string, { models = [] }: { readonly models?: readonly Of<object>[] } = {}) {
    await this.#alone(this.connected.attaching(path, name, models));
  }

  /** Takes an attached file away again; its models are no longer found here. */
  async detach(name: string): Promise<void> {
    await this.#alone(this.connected.detaching(name));
  }

  /**
   * Closes the database, once what was asked for before is done. Later calls do nothing. Throws `TransactionQueueError` where a
   * transaction does not end in time.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    try {
      await this.#closing;
    } finally {
      this.#closing = undefined;
    }
  }

  /** Closes the database at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const { connected } = this;
    if (!connected.isOpen) return;
    const last = await connected.root.open(undefined, true).catch((error: unknown) => {
      if (connected.isOpen) throw error;
    });
    if (last === undefined) return; // somebody else has closed it meanwhile
    try {
      if ('close' in connected) return (connected as unknown as ClosedAtOnce).close();
      removeHome(this);
      await connected.visitors.close();
      await runAsync(connected, connected.optimizing(), last);
    } finally {
      await connected.disconnect();
      last.end();
    }
  }

  /** Runs a program while no transaction is open, and keeps everything else waiting meanwhile. */
  async #alone(program: Program<void>): Promise<void> {
    const { connected } = this;
    const around = connected.scopeFor(undefined);
    if (around.parent !== undefined) return await runAsync(connected, program, around); // which says that it cannot
    const scope = await connected.root.open();
    try {
      await runAsync(connected, program, scope);
    } finally {
      scope.end();
    }
  }
}

/** A transaction in the asynchronous face: the database as it is seen inside. Once it has ended, every use of it throws. */
export class AsyncTransaction extends AsyncHome {
  /** @internal */
  declare readonly scope: Scope;

  /** Whether it has been neither committed nor rolled back. */
  get isOpen(): boolean {
    return this.scope.isOpen;
  }
}

/** A transaction that was begun by hand, in the asynchronous face. */
export class BegunTransaction extends AsyncTransaction {
  readonly #frame: Frame;

  /** @internal */
  constructor(connected: ModelDatabase, scope: Scope, frame: Frame) {
    super(connected, scope);
    this.#frame = frame;
  }

  /** Keeps what was written. */
  async commit(): Promise<void> {
    this.#checkInnermost();
    await this.#end((connected) => commitBegunFrame(connected, this.#frame, this.scope));
  }

  /** Undoes what was written. */
  async rollBack(): Promise<void> {
    this.#checkInnermost();
    await this.#undo();
  }

  /** Rolls back at the end of an `await using` block, unless it was committed, with every transaction that is open inside of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isOpen) await this.#undo();
  }

  async #undo(): Promise<void> {
    this.scope.seal();
    await this.#end((connected) => rollBackFrame(connected, this.#frame));
  }

  #checkInnermost(): void {
    const { connected, scope } = this;
    if (!scope.isOpen) throw new TransactionError('This transaction has ended.', 'Begin another.');
    if (!scope.isFree) throw connected.transactions.unfinished();
  }

  async #end(program: (connected: ModelDatabase) => Program<void>): Promise<void> {
    const { connected, scope } = this;
    try {
      await runAsync(connected, program(connected), scope);
    } catch (error) {
      await this.#tellEnd();
      throw error;
    }
    await this.#tellEnd();
  }

  /** Outside of the transaction, which nothing more can run in. */
  async #tellEnd(): Promise<void> {
    const { connected, scope } = this;
    scope.end();
    if (this.#frame.endings.length > 0) await runAsync(connected, tellEnd(this.#frame), scope.parent);
  }
}
