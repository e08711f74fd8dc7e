/** The values that cross the border to a driver: SQLite's storage classes, with whole numbers as number or bigint. */
export type BoundValue = null | number | bigint | string | Uint8Array;

/** What a statement that returns no rows did. */
export interface Outcome {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/**
 * A statement that the engine has compiled. A driver binds a safe bigint as INTEGER and a number as the engine likes
 * (columns have affinities), and never sees a boolean, a Date or `undefined`.
 */
export interface PreparedStatement {
  /** The names of the result columns; none when the statement returns no rows. */
  readonly columns: readonly string[];
  /** Every row, as arrays of values in the order of `columns`. */
  all(parameters: readonly BoundValue[]): unknown[][];
  /** Runs a statement for its effect. */
  run(parameters: readonly BoundValue[]): Outcome;
  /** Gives the engine's memory back; the statement is not used after it. */
  finalize(): void;
}

/** One open handle of an engine: six methods and what it can do. */
export interface Connection {
  readonly capabilities: Capabilities;
  /** Whether a transaction is open now, which SQLite may have ended by itself. */
  readonly inTransaction: boolean;
  /** Compiles one statement; `bigints` asks for every integer of its rows as bigint. More than one statement throws. */
  prepare(sql: string, bigints: boolean): PreparedStatement;
  /** Runs a script of any number of statements without parameters. */
  execute(script: string): void;
  /** What an error that the engine threw says, or `undefined` when it is not one of SQLite's. */
  explain(error: unknown): EngineFailure | undefined;
  close(): void;
}

/** An engine's error in SQLite's words. */
export interface EngineFailure {
  /** The extended result code by name: `SQLITE_CONSTRAINT_UNIQUE`. */
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
  /** Whether the engine reports each changed row. */
  readonly updateHook: boolean;
}
