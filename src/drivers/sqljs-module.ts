import { DriverUnavailableError } from '../errors/index.js';

/** The part of sql.js's `Statement` that we use. */
export interface RawStatement {
  bind(values: readonly unknown[]): boolean;
  step(): boolean;
  get(values: null, options?: { readonly useBigInt: boolean }): unknown[];
  getBlob(column: number): Uint8Array;
  getColumnNames(): string[];
  getSQL(): string;
  reset(): unknown;
  free(): unknown;
}

/** The part of sql.js's `Database` that we use. */
export interface RawDatabase {
  prepare(sql: string): RawStatement;
  iterateStatements(sql: string): { next(): { readonly done?: boolean }; return?(): unknown };
  run(script: string): unknown;
  export(): Uint8Array;
  close(): void;
  getRowsModified(): number;
  handleError(resultCode: number): unknown;
}

/** sql.js after its WebAssembly has started: what `await initSqlJs()` gives. */
export interface SqlJsModule {
  /** A database in memory, empty or a copy of an image. */
  readonly Database: new (image?: Uint8Array) => SqlJsDatabase;
}

/** What tells a database of sql.js from other objects. */
export interface SqlJsDatabase {
  /** The whole database as the bytes of a file. */
  export(): Uint8Array;
}

/** The same, with what it does not declare: functions of SQLite's C interface, which every build carries. */
export interface RawModule extends SqliteFunctions {
  readonly Database: new (image?: Uint8Array) => RawDatabase;
}

export interface SqliteFunctions {
  _sqlite3_step(statement: number): number;
  _sqlite3_reset(statement: number): number;
  _sqlite3_bind_int(statement: number, index: number, value: number): number;
  _sqlite3_column_bytes(statement: number, column: number): number;
  _sqlite3_column_double(statement: number, column: number): number;
}

/** How the WebAssembly is found. */
export interface SqlJsConfiguration {
  /** Where a file of the package is, such as `sql-wasm.wasm`. */
  locateFile?(file: string): string;
  /** The bytes of `sql-wasm.wasm`, where they are at hand already. */
  readonly wasmBinary?: ArrayBuffer | Uint8Array;
}

/** What `open` of `litemodel/sqljs` takes besides the options of every driver. */
export interface SqlJsOptions extends SqlJsConfiguration {
  /** A build to use instead of the installed sql.js, such as one with FTS5: its `initSqlJs`, or what that gave. */
  readonly sqlJs?: SqlJsModule | InitSqlJs | undefined;
}

/** What a build of sql.js exports: a function that starts its WebAssembly. */
export type InitSqlJs = (configuration?: never) => Promise<SqlJsModule>;

/** Starts sql.js; `load` is where the package comes from when no build is given. */
export async function loadSqlJs(
  options: SqlJsOptions = {},
  load: () => Promise<unknown> = () => import('sql.js'),
): Promise<SqlJsModule> {
  const { sqlJs, ...configuration } = options;
  if (sqlJs !== undefined && 'Database' in sqlJs) return sqlJs;
  const initialize = sqlJs ?? (await importSqlJs(load));
  try {
    // The old extension functions would replace SQLite's own, which the other drivers have.
    return await initialize({ ...configuration, useOldExtensionFunctions: false } as never);
  } catch (cause) {
    throw new DriverUnavailableError(
      'The WebAssembly of sql.js did not start.',
      'Say where sql-wasm.wasm is with locateFile, or pass its bytes as wasmBinary.',
      cause,
    );
  }
}

async function importSqlJs(load: () => Promise<unknown>): Promise<InitSqlJs> {
  try {
    const loaded = (await load()) as { default?: InitSqlJs };
    return loaded.default ?? (loaded as InitSqlJs);
  } catch (cause) {
    const hint = 'Run "npm install sql.js", or pass a build of it as { sqlJs }.';
    throw new DriverUnavailableError('The package sql.js is not installed.', hint, cause);
  }
}
