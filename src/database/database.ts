import {
  ClosedError,
  SyncUnavailableError,
  TransactionError,
  UnsupportedError,
  type DecodeError,
} from '../errors/index.js';
import type { Capabilities, Connection, PreparedStatement } from '../driver/contract.js';
import type { AllCommand, Row, RunCommand, RunResult, SchemaNames } from '../sql/index.js';
import { StatementListeners, type StatementEvent, type StatementListenerOptions } from './events.js';
import { StatementCache } from './statement-cache.js';
import { translateError } from './translate-error.js';
import { TransactionStack } from './transaction-stack.js';

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
  /** Is told of a stored value that does not decode, which then reads as null; without it, that is an error. */
  readonly onUndecodable?: ((error: DecodeError) => void) | undefined;
}

/** One open connection with its prepared statements, its transactions and those who listen. */
export class ConnectedDatabase {
  /** The name by which models find it. */
  readonly alias: string;
  /** What this driver and its build of SQLite can do. */
  readonly capabilities: Capabilities;
  /** @internal */
  readonly transactions: TransactionStack;
  /** What is done about a stored value that does not decode, where that is no error. @internal */
  readonly onUndecodable: ((error: DecodeError) => void) | undefined;
  readonly #connection: Connection;
  readonly #statements: StatementCache;
  readonly #bigintStatements: StatementCache;
  readonly #listeners = new StatementListeners();
  readonly #schemaNames = new Map<object, string>();
  #isOpen = true;

  /** @internal */
  constructor(connection: Connection, { alias, statementCacheSize = 500, onUndecodable }: ConnectionOptions) {
    this.#connection = connection;
    this.alias = alias;
    this.onUndecodable = onUndecodable;
    this.capabilities = connection.capabilities;
    this.transactions = new TransactionStack(() => this.inTransaction);
    this.#statements = new StatementCache(statementCacheSize, (sql) => this.#prepare(sql, false));
    this.#bigintStatements = new StatementCache(statementCacheSize, (sql) => this.#prepare(sql, true));
  }

  /** Whether it can be used: `close` has not been called. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether a transaction is open now. */
  get inTransaction(): boolean {
    return this.#isOpen && this.#connection.inTransaction;
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

  /** @internal */
  read(command: AllCommand): Row[] {
    if (!this.#listeners.isEmpty)
      return this.#observed(
        command,
        () => this.#read(command),
        (rows) => rows.length,
      );
    return this.#read(command);
  }

  /** @internal */
  change(command: RunCommand): RunResult {
    if (!this.#listeners.isEmpty)
      return this.#observed(
        command,
        () => this.#change(command),
        (done) => done.changes,
      );
    return this.#change(command);
  }

  /** The names of the columns that a statement returns. @internal */
  columnsOf(sql: string, bigints: boolean): readonly string[] {
    try {
      return this.#cache(bigints).get(sql).columns;
    } catch (cause) {
      const error = this.#failure(cause, sql) as Error;
      this.#listeners.report({ sql, duration: 0, rows: 0, parameters: [], error }); // it will never get to run
      throw error;
    }
  }

  /** Runs a script of several statements. @internal */
  script(text: string): void {
    this.#checkOpen();
    if (this.transactions.isBroken) throw this.transactions.broken();
    this.#observed(
      { statement: { sql: text }, parameters: [] },
      () => {
        try {
          this.#connection.execute(text);
        } catch (error) {
          throw this.#failure(error, text);
        }
      },
      () => 0,
    );
    this.transactions.noticeEnd();
  }

  /** Rolls back every transaction that is open, the user's own included. @internal */
  rollBackAll(): void {
    if (this.inTransaction) this.script('ROLLBACK');
    this.transactions.abandon();
  }

  /** Gives the connection back; an open transaction is rolled back. Closing twice is fine. @internal */
  disconnect(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#statements.clear();
    this.#bigintStatements.clear();
    this.#connection.close();
    this.transactions.abandon();
  }

  #read({ statement: { sql, bigints }, parameters }: AllCommand): Row[] {
    try {
      return this.#cache(bigints).get(sql).all(parameters);
    } catch (error) {
      throw this.#failure(error, sql);
    }
  }

  #change({ statement: { sql, bigints }, parameters }: RunCommand): RunResult {
    try {
      return this.#cache(bigints).get(sql).run(parameters);
    } catch (error) {
      throw this.#failure(error, sql);
    }
  }

  #cache(bigints: boolean): StatementCache {
    if (this.transactions.isBroken) throw this.transactions.broken();
    return bigints ? this.#bigintStatements : this.#statements;
  }

  #prepare(sql: string, bigints: boolean): PreparedStatement {
    this.#checkOpen();
    return this.#connection.prepare(sql, bigints);
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new ClosedError(this.alias);
    if (!this.capabilities.sync) throw new SyncUnavailableError(this.capabilities.driver);
  }

  /** The error for people, after noticing whether SQLite gave the transaction up. */
  #failure(error: unknown, sql: string): unknown {
    if (error instanceof ClosedError || error instanceof TransactionError) return error;
    const failure = this.#connection.explain(error);
    const translated = failure === undefined ? error : translateError(failure, sql, error);
    if (this.#isOpen) this.transactions.noticeEnd(translated);
    return translated;
  }

  #observed<Result>(
    { statement: { sql }, parameters }: { statement: { sql: string }; parameters: AllCommand['parameters'] },
    work: () => Result,
    rowsOf: (result: Result) => number,
  ): Result {
    const start = performance.now();
    const report = (rows: number, error: Error | undefined) =>
      this.#listeners.report({ sql, duration: performance.now() - start, rows, parameters, error });
    let result: Result;
    try {
      result = work();
    } catch (error) {
      report(0, error as Error);
      throw error;
    }
    report(rowsOf(result), undefined);
    return result;
  }
}
