import type { EngineCommand } from '../sql/index.js';
import type { StateTrace } from './state-trace.js';

/** The values that cross the border to a driver: SQLite's storage classes, with whole numbers as number or bigint. */
export type BoundValue = null | number | bigint | string | Uint8Array;

/** What a statement did. */
export interface Outcome {
  /** How many rows it inserted, updated or deleted itself; 0 for a statement that does none of these. */
  readonly changes: number;
  /** Of the last row that an INSERT of this connection made, which need not be this statement's. */
  readonly lastInsertRowid: number | bigint;
}

/**
 * A statement that the engine has compiled. A driver binds a bigint of 32 bits as INTEGER, a larger one so that a column's
 * affinity or a CAST makes it exactly that, and a number as the engine likes; it never sees a boolean, a Date or `undefined`.
 * Each `?` takes one value, and too few or too many throw.
 */
export interface PreparedStatement {
  /**
   * The names of the result columns as of the last run, for a change of the schema may change them; none when the statement
   * returns no rows.
   */
  readonly columns: readonly string[];
  /** Whether it returns rows and certainly writes nothing; `undefined` where the engine does not tell. */
  readonly reads?: boolean | undefined;
  /** Every row, as arrays of values in the order of `columns`; a statement that returns none runs, too. */
  all(parameters: readonly BoundValue[]): unknown[][];
  /** Runs a statement for its effect, and leaves its rows, if any. */
  run(parameters: readonly BoundValue[]): Outcome;
  /** Gives the engine's memory back; the statement is not used after it. */
  finalize(): void;
}

/** One open handle of an engine: six methods and what it can do. */
export interface Connection {
  readonly capabilities: Capabilities;
  /** Whether a transaction is open now, which SQLite may have ended by itself. */
  readonly inTransaction: boolean;
  /** Compiles one statement; `bigints` asks for every integer of its rows as bigint. None, or more than one, throws. */
  prepare(sql: string, bigints: boolean): PreparedStatement;
  /** Runs a script of any number of statements without parameters. */
  execute(script: string): void;
  /** What an error that the driver threw says, or `undefined` when it is neither SQLite's nor a misuse of this contract. */
  explain(error: unknown): EngineFailure | undefined;
  close(): void;
}

/**
 * An engine that answers later: behind a port, in a worker, a browser tab or another process. It takes whole commands, so that
 * what prepares, binds and explains stays where the engine is; its errors are ours already.
 */
export interface AsyncConnection {
  readonly capabilities: Capabilities;
  /** Whether a transaction was open when the engine answered last. */
  readonly inTransaction: boolean;
  /** Whether it takes statements as syntax only, and no SQL as text. */
  readonly takesSyntax?: boolean;
  /** What it is doing, where it knows more than whether it is open. */
  readonly states?: StateTrace | undefined;
  /** How its workers are doing, where it has several. */
  readonly workers?: WorkerFigures | undefined;
  /** Whether it is asked for anything just now, where a circuit breaker watches over it. */
  readonly breaker?: BreakerFigures | undefined;
  /** Why nothing is to wait for its turn now, where a circuit breaker is open. */
  refusal?(): Error | undefined;
  /** Does what a command says, in the transaction of the scope with this number; 0 is none. Commands of a scope keep their order. */
  perform(command: EngineCommand, scope: number, signal?: AbortSignal): Promise<unknown>;
  /** A connection to read several times from, while others write; none where there is only one connection. */
  lease?(signal?: AbortSignal): Promise<Lease | undefined>;
  /** Gives the engine back, after what it was asked for. */
  close(): Promise<void>;
}

/** A connection that is lent. */
export interface Lease {
  readonly connection: AsyncConnection;
  /** Gives it back, and rolls back the transaction of the scope with this number. */
  release(scope: number): Promise<void>;
}

/** What a pool of workers can be watched by. */
export interface WorkerFigures {
  /** Workers that read; they are started when there is something to read. */
  readonly readers: number;
  /** Of these, the ones that a snapshot has for itself. */
  readonly lent: number;
  /** Of these, the ones with nothing to do. */
  readonly idle: number;
  /** Reads and snapshots for which no reader is free yet. */
  readonly waiting: number;
  /** Statements that have been asked for and not been answered. */
  readonly inFlight: number;
  /** Workers that were lost since the database was opened: each is replaced when it is missed. */
  readonly lost: number;
  /** Workers that were left with a read that was given up, and have not come to its end yet. */
  readonly leftBehind: number;
}

/** What a circuit breaker does: it lets everything through, nothing, or one request that finds out what is right. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** What a circuit breaker can be watched by. */
export interface BreakerFigures {
  /** `closed` as long as all is well. */
  readonly state: BreakerState;
  /** Failures in a row, up to now. */
  readonly failures: number;
  /** When the next request is let through; `undefined` while it is closed. */
  readonly retryAt: Date | undefined;
  /** How often it has opened since the database was opened. */
  readonly opened: number;
  /** How many requests it has refused since then. */
  readonly refused: number;
}

/** A connection that hands out its database as the bytes of a file: one in memory, and one that only it can reach. */
export interface ImageConnection extends Connection {
  /** The whole database as the bytes of a file; throws inside a transaction. */
  export(): Uint8Array;
}

/** An engine's error in SQLite's words. */
export interface EngineFailure {
  /** The result code by name, as extended as the engine tells: `SQLITE_CONSTRAINT_UNIQUE`. */
  readonly sqliteCode: string;
  readonly message: string;
}

/** What an engine and its build of SQLite can do. */
export interface Capabilities {
  /** The driver's name, as in its import: `better-sqlite3`. */
  readonly driver: string;
  /** The version of SQLite: `3.53.2`. */
  readonly sqliteVersion: string;
  /** Whether statements can run without waiting. */
  readonly sync: boolean;
  /** Whether reads run beside a transaction that writes, on connections of their own. */
  readonly concurrentReads?: boolean;
  /** Whether many short rows are there sooner as one JSON text, written by SQLite, than one by one. */
  readonly packsRows?: boolean;
  /** Whether a transaction may stay open between two calls. */
  readonly interactiveTransactions: boolean;
  /** Whether `PRAGMA user_version` can be written. */
  readonly userVersion: boolean;
  /** Whether other files can be attached. */
  readonly attach: boolean;
  /** Whether the file can be in WAL mode. */
  readonly wal: boolean;
  /** Whether full-text search is compiled in. https://sqlite.org/fts5.html */
  readonly fts5: boolean;
  /** Whether R-trees are compiled in. https://sqlite.org/rtree.html */
  readonly rtree: boolean;
  /** Whether a name in double quotes that nothing has is an error, and not taken for text. https://sqlite.org/quirks.html#dblquote */
  readonly strictNames: boolean;
  /** Whether the engine reports each changed row. */
  readonly updateHook: boolean;
}
