import {
  ClosedError,
  OrmError,
  QueryError,
  SyncUnavailableError,
  UnsupportedError,
  type DecodeError,
} from '../errors/index.js';
import type {
  AsyncConnection,
  BreakerFigures,
  Capabilities,
  Connection,
  Lease,
  WorkerFigures,
} from '../driver/contract.js';
import { StateTrace, type DatabaseState } from '../driver/state-trace.js';
import { countOf, isRead } from '../sql/index.js';
import type { Command, EngineCommand, NamedRows, Row, RunResult, SchemaNames } from '../sql/index.js';
import { StatementListeners, type StatementEvent, type StatementListenerOptions } from './events.js';
import { Scope } from './scope.js';
import { Session, sqlOf } from './session.js';
import { TransactionStack } from './transaction-stack.js';
import { Visitors } from './visitors.js';

/** What an app can ask for, and where else it is to be had. */
const remedies = {
  fts5: 'better-sqlite3 has it; for sql.js pass open() a build that has it, such as fts5-sql-bundle, as "sqlJs".',
  rtree: 'better-sqlite3 has it; for sql.js pass open() a build that has it as "sqlJs".',
  attach: 'Use a driver that opens files, such as better-sqlite3.',
  wal: 'Open a file with better-sqlite3: a database in memory has no write-ahead log.',
  userVersion: 'Use a driver that owns the whole file, such as better-sqlite3.',
  interactiveTransactions: 'Use a driver on this machine, such as better-sqlite3.',
  sync: 'Use a synchronous driver, such as better-sqlite3.',
  strictNames: 'Use better-sqlite3, which is compiled with it.',
  updateHook: 'Use sql.js, which reports changed rows.',
} as const;

/** How a connection is used. */
export interface ConnectionOptions {
  /** The name by which models find it; `default` unless said. */
  readonly alias: string;
  /** How many prepared statements are kept; 500 unless said. */
  readonly statementCacheSize?: number | undefined;
  /** How long a statement waits for one transaction of the same connection to end, in milliseconds; 5,000 unless said. */
  readonly queueTimeout?: number | undefined;
  /** Whether relations are loaded by name only. */
  readonly isStrict?: boolean | undefined;
  /** Is told of a stored value that does not decode, which then reads as null; without it, that is an error. */
  readonly onUndecodable?: ((error: DecodeError) => void) | undefined;
  /** Says who does what is done, where nobody said it of the transaction. */
  readonly actor?: (() => unknown) | undefined;
}

/** One open connection with its prepared statements, its transactions and those who listen. */
export class ConnectedDatabase {
  /** The name by which models find it. */
  readonly alias: string;
  /** What this driver and its build of SQLite can do. */
  readonly capabilities: Capabilities;
  /** @internal */
  readonly transactions: TransactionStack;
  /** Called after a change that no transaction can take back any more. @internal */
  onChange: (() => void) | undefined;
  /** Whether relations are loaded by name only, and not when they are touched. @internal */
  readonly isStrict: boolean;
  /** What is done about a stored value that does not decode, where that is no error. @internal */
  readonly onUndecodable: ((error: DecodeError) => void) | undefined;
  /** Whether the program that now runs is one of the asynchronous face. @internal */
  isLate = false;
  /** Where statements run that belong to no transaction. @internal */
  readonly root: Scope;
  /** What reads beside the transactions of a pool. @internal */
  readonly visitors: Visitors;
  readonly #queueTimeout: number;
  readonly #session: Session | undefined;
  readonly #remote: AsyncConnection | undefined;
  readonly #states: StateTrace;
  readonly #listeners = new StatementListeners();
  readonly #schemaNames = new Map<object, string>();
  #isOpen = true;

  /** @internal */
  constructor(connection: Connection | AsyncConnection, options: ConnectionOptions) {
    const { alias, statementCacheSize = 500, queueTimeout = 5000, onUndecodable, isStrict = false } = options;
    if ('perform' in connection) this.#remote = connection;
    else this.#session = new Session(connection, statementCacheSize);
    this.alias = alias;
    this.visitors = new Visitors(alias);
    this.onUndecodable = onUndecodable;
    this.isStrict = isStrict;
    this.capabilities = connection.capabilities;
    this.#states = ('perform' in connection ? connection.states : undefined) ?? new StateTrace('opening');
    this.transactions = new TransactionStack(() => this.inTransaction, options.actor);
    this.#queueTimeout = queueTimeout;
    this.root = new Scope(this, this.transactions, queueTimeout);
    if (this.#remote?.refusal !== undefined) this.root.noWaiting = () => this.#remote!.refusal!();
  }

  /** Whether it can be used: `close` has not been called. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether a transaction is open now. */
  get inTransaction(): boolean {
    return this.#isOpen && (this.#session ?? this.#remote!).inTransaction;
  }

  /** What it is doing, and since when: one in this thread is ready until it is closed, one elsewhere may be busy, too. */
  get state(): DatabaseState {
    return this.#states.current;
  }

  /**
   * Calls a function whenever it does something else; the function that is returned ends that.
   *
   *     db.onState(({ name, since }) => console.log(since, name));
   */
  onState(listen: (state: DatabaseState) => void): () => void {
    return this.#states.onChange(listen);
  }

  /** Says that it can be used. @internal */
  becomeReady(): void {
    this.#states.enter('ready');
  }

  /**
   * Throws `UnsupportedError`, with the way out, where the driver or its build of SQLite lacks what an app cannot do without.
   *
   *     db.require('fts5');
   */
  require(...names: (keyof typeof remedies)[]): void {
    for (const name of names) {
      if (this.capabilities[name]) continue;
      const { driver, sqliteVersion } = this.capabilities;
      throw new UnsupportedError(`The SQLite ${sqliteVersion} of ${driver} has no ${name}.`, remedies[name]);
    }
  }

  /**
   * Calls a function after each statement, failed ones included.
   *
   *     const stop = db.onStatement(({ sql, duration, rows }) => console.log(sql, duration, rows));
   *     stop();
   *
   * The bound values are in the event only with `{ values: true }`. What the function throws is an uncaught error and does not
   * fail the statement, which has run by then; statements of its own are not reported.
   */
  onStatement(listen: (event: StatementEvent) => void, options?: StatementListenerOptions): () => void {
    if (typeof listen !== 'function')
      throw new QueryError('onStatement takes a function.', 'Write onStatement(({ sql }) => …).');
    return this.#listeners.add(listen, options);
  }

  /** The name of the file in which a table stands, where there are several. @internal */
  readonly schemaNames: SchemaNames = (owner) =>
    owner === undefined || this.#schemaNames.size === 0 ? undefined : (this.#schemaNames.get(owner) ?? 'main');

  /** Remembers that tables stand in an attached file. @internal */
  place(owners: readonly object[], schemaName: string): void {
    for (const owner of owners) this.#schemaNames.set(owner, schemaName);
  }

  /** Forgets every table of an attached file. @internal */
  displace(schemaName: string): void {
    for (const [owner, name] of this.#schemaNames) {
      if (name.toLowerCase() === schemaName.toLowerCase()) this.#schemaNames.delete(owner);
    }
  }

  /** Does what a command says, and reports it: at once, or where the engine answers later, in a promise. @internal */
  perform(command: EngineCommand, scope = this.root, signal?: AbortSignal, isReported = true): unknown {
    if (this.#listeners.isEmpty || !isReported) return this.#perform(command, scope, signal);
    return this.#observed(command, () => this.#perform(command, scope, signal));
  }

  /** Does what a command says at once. Throws `SyncUnavailableError` where the engine answers later. @internal */
  performSync(command: EngineCommand): unknown {
    if (this.#session === undefined) throw new SyncUnavailableError(this.capabilities.driver);
    return this.perform(command);
  }

  /** The scope in which a program runs: the given one, or that of the caller. @internal */
  scopeFor(scope: Scope | undefined): Scope {
    return scope ?? (this.root.hasOpened ? Scope.current(this) : undefined) ?? this.root;
  }

  /** Whether the engine takes statements as syntax only, so that they have to be compiled with it. @internal */
  get takesSyntax(): boolean {
    return this.#remote?.takesSyntax === true;
  }

  /** Whether results of the engine have to be waited for. @internal */
  get answersLater(): boolean {
    return this.#session === undefined;
  }

  /** Whether listeners are being told of a statement: what they start is not reported. @internal */
  get isReporting(): boolean {
    return this.#listeners.isReporting;
  }

  /** Whether an asynchronous transaction was ever opened, so that scopes matter to synchronous calls, too. @internal */
  get hasScopes(): boolean {
    return this.root.hasOpened;
  }

  /** Whether a command is answered by another connection than the one that writes, and so does not wait for transactions. @internal */
  readsAside(command: Command, scope: Scope): boolean {
    return this.capabilities.concurrentReads === true && scope.number === 0 && isRead(command);
  }

  /** How its workers are doing, where it has several. @internal */
  get workers(): WorkerFigures | undefined {
    return this.#remote?.workers;
  }

  /** Whether the engine is asked for anything just now, where a circuit breaker watches over it. @internal */
  get breaker(): BreakerFigures | undefined {
    return this.#remote?.breaker;
  }

  /** A connection to read several times from, where the engine has several. @internal */
  async lease(signal?: AbortSignal): Promise<Lease | undefined> {
    try {
      if (this.#isOpen) return await this.#remote?.lease?.(signal);
    } catch (error) {
      if (this.#isOpen) throw error;
    }
    throw new ClosedError(this.alias);
  }

  /** A scope on a connection that is lent. @internal */
  scopeOn(connection: AsyncConnection): Scope {
    this.root.hasOpened = true; // from now on it matters in which scope code runs
    return new Scope(this, this.transactions, this.#queueTimeout, { connection });
  }

  /** Rolls back every transaction that is open, the user's own included. @internal */
  rollBackAll(): void {
    if (this.inTransaction) this.performSync({ method: 'script', text: 'ROLLBACK' });
    this.#abandon();
  }

  /** Gives the connection back; an open transaction is rolled back. Closing twice is fine. @internal */
  disconnect(): void | Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const closed = this.#session === undefined ? this.#remote!.close() : this.#session.close();
    this.#abandon();
    if (closed === undefined) return this.#states.enter('closed');
    return closed.finally(() => this.#states.enter('closed'));
  }

  #abandon(): void {
    this.transactions.abandon();
    this.root.abandon(() => new ClosedError(this.alias));
  }

  #perform(command: EngineCommand, scope: Scope, signal: AbortSignal | undefined): unknown {
    if (!this.#isOpen) throw new ClosedError(this.alias);
    if (this.transactions.isBroken && command.method !== 'rollBack') throw this.transactions.broken();
    if (this.#session === undefined) return this.#performLater(command, scope, signal);
    let result: unknown;
    try {
      result = this.#session.perform(command);
    } catch (error) {
      throw this.#noticed(error);
    }
    if (command.method === 'script') this.transactions.noticeEnd();
    if (this.onChange !== undefined && this.#keeps(command)) this.onChange();
    return result;
  }

  /** Whether a command may have changed something for good. */
  #keeps(command: EngineCommand): boolean {
    if (command.method === 'commit') return command.savepoint === undefined;
    if (command.method === 'begin' || command.method === 'rollBack' || command.method === 'names') return false;
    if ('statement' in command && command.statement.reads === true) return false;
    return this.transactions.innermost === undefined;
  }

  async #performLater(command: EngineCommand, scope: Scope, signal: AbortSignal | undefined): Promise<unknown> {
    try {
      const result = await (scope.connection ?? this.#remote!).perform(command, scope.number, signal);
      if (command.method === 'script') this.transactions.noticeEnd();
      return result;
    } catch (error) {
      throw this.#noticed(calledFromHere(error));
    }
  }

  /** An error of a statement, after which SQLite may have given the transaction up. */
  #noticed(error: unknown): unknown {
    if (this.#isOpen) this.transactions.noticeEnd(error);
    return error;
  }

  #observed(command: EngineCommand, work: () => unknown): unknown {
    const start = performance.now();
    const report = (result: unknown, error: Error | undefined): void => {
      const event = { sql: sqlOf(command), duration: performance.now() - start, rows: rowsOf(command, result) };
      const parameters = 'parameters' in command ? command.parameters : [];
      if (command.method !== 'names' || error !== undefined) this.#listeners.report({ ...event, parameters, error });
    };
    const failed = (error: unknown): never => {
      report(undefined, error as Error);
      throw error;
    };
    let result: unknown;
    try {
      result = work();
    } catch (error) {
      return failed(error);
    }
    if (result instanceof Promise) return result.then((value) => (report(value, undefined), value as unknown), failed);
    report(result, undefined);
    return result;
  }
}

/** An error that came from another thread has its stack, where nobody looks for what is wrong: the caller's is in this one. */
function calledFromHere(error: unknown): unknown {
  const { captureStackTrace } = Error as { captureStackTrace?: (error: object) => void }; // V8 has it
  if (error instanceof OrmError) captureStackTrace?.(error);
  return error;
}

/** How many rows a command returned or changed. */
function rowsOf(command: EngineCommand, result: unknown): number {
  const { method } = command;
  if (result === undefined) return 0;
  if (method === 'all') return command.statement.packed === true ? countOf(result as Row[]) : (result as Row[]).length;
  if (method === 'named') return (result as NamedRows).rows.length;
  return method === 'run' ? (result as RunResult).changes : 0;
}
