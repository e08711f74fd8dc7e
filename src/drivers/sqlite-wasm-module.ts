import { DriverUnavailableError } from '../errors/index.js';

/**
 * SQLite's own WebAssembly after it has started: what `await sqlite3InitModule()` of `@sqlite.org/sqlite-wasm` gives.
 */
export interface SqliteWasmModule {
  /** SQLite's C interface for JavaScript. */
  readonly capi: object;
  /** The WebAssembly: its memory and what it exports. */
  readonly wasm: object;
}

/** What `@sqlite.org/sqlite-wasm` exports: a function that starts its WebAssembly. */
export type InitSqliteWasm = (configuration?: never) => Promise<SqliteWasmModule>;

/** How the WebAssembly is found. */
export interface SqliteWasmConfiguration {
  /** Where a file of the package is, such as `sqlite3.wasm`. */
  locateFile?(file: string): string;
  /** The bytes of `sqlite3.wasm`, where they are at hand already. */
  readonly wasmBinary?: ArrayBuffer | Uint8Array;
}

/** Which SQLite is started, and from where. */
export interface SqliteWasmOptions extends SqliteWasmConfiguration {
  /** A build to use instead of the installed package's: its `sqlite3InitModule`, or what that gave. */
  readonly sqlite3?: SqliteWasmModule | InitSqliteWasm | undefined;
}

/** The same module, with the part of it that we use. An address is a number; an unset one is 0. */
export interface RawModule extends SqliteWasmModule {
  readonly capi: {
    readonly sqlite3_js_rc_str: (resultCode: number) => string | undefined;
    readonly sqlite3_db_config: (database: number, option: number, value: number, was: number) => number;
    /** `sqlite3_free` as an address, for SQLite to call. */
    readonly SQLITE_WASM_DEALLOC: number;
  };
  readonly wasm: {
    readonly exports: SqliteFunctions;
    readonly memory: { readonly buffer: ArrayBuffer };
    readonly bigIntEnabled: boolean;
    readonly ptr?: { readonly size: number };
  };
  readonly installOpfsSAHPoolVfs?: (options: PoolOptions) => Promise<Pool>;
}

/** What SQLite exports as it is, so that a call costs no more than a call. */
export interface SqliteFunctions {
  sqlite3_libversion_number(): number;
  sqlite3_malloc(size: number): number;
  sqlite3_free(address: number): void;
  sqlite3_open_v2(path: number, database: number, flags: number, vfs: number): number;
  sqlite3_close_v2(database: number): number;
  sqlite3_errmsg(database: number): number;
  sqlite3_extended_errcode(database: number): number;
  sqlite3_exec(database: number, script: number, each: number, argument: number, message: number): number;
  sqlite3_get_autocommit(database: number): number;
  sqlite3_changes(database: number): number;
  sqlite3_total_changes(database: number): number;
  sqlite3_last_insert_rowid(database: number): bigint;
  sqlite3_serialize(database: number, schema: number, size: number, flags: number): number;
  sqlite3_deserialize(
    database: number,
    schema: number,
    bytes: number,
    size: bigint,
    room: bigint,
    flags: number,
  ): number;
  sqlite3_prepare_v3(
    database: number,
    sql: number,
    size: number,
    flags: number,
    statement: number,
    tail: number,
  ): number;
  sqlite3_finalize(statement: number): number;
  sqlite3_stmt_readonly(statement: number): number;
  sqlite3_stmt_status(statement: number, counter: number, reset: number): number;
  sqlite3_step(statement: number): number;
  sqlite3_reset(statement: number): number;
  sqlite3_clear_bindings(statement: number): number;
  sqlite3_bind_parameter_count(statement: number): number;
  sqlite3_bind_null(statement: number, index: number): number;
  sqlite3_bind_int(statement: number, index: number, value: number): number;
  sqlite3_bind_int64(statement: number, index: number, value: bigint): number;
  sqlite3_bind_double(statement: number, index: number, value: number): number;
  sqlite3_bind_text(statement: number, index: number, text: number, size: number, destructor: number): number;
  sqlite3_bind_blob(statement: number, index: number, bytes: number, size: number, destructor: number): number;
  sqlite3_column_count(statement: number): number;
  sqlite3_column_name(statement: number, column: number): number;
  sqlite3_column_type(statement: number, column: number): number;
  sqlite3_column_int64(statement: number, column: number): bigint;
  sqlite3_column_double(statement: number, column: number): number;
  sqlite3_column_text(statement: number, column: number): number;
  sqlite3_column_blob(statement: number, column: number): number;
  sqlite3_column_bytes(statement: number, column: number): number;
}

/** Options of the pool of files. https://sqlite.org/wasm/doc/trunk/persistence.md#vfs-opfs-sahpool */
export interface PoolOptions {
  readonly name: string;
  readonly directory: string;
  readonly initialCapacity: number;
  readonly preserveOnInitFailure: boolean;
  readonly forceReinitIfPreviouslyFailed: boolean;
  readonly verbosity: number;
}

/** The pool of files that SQLite keeps open in the browser's private file system. */
export interface Pool {
  reserveMinimumCapacity(count: number): Promise<number>;
  getFileCount(): number;
  getFileNames(): string[];
  importDb(path: string, bytes: Uint8Array): number;
  unlink(path: string): boolean;
  isPaused(): boolean;
  pauseVfs(): unknown;
  unpauseVfs(): Promise<unknown>;
}

/** Starts SQLite; `load` is where the package comes from when no build is given. */
export async function loadSqliteWasm(
  options: SqliteWasmOptions = {},
  load: () => Promise<unknown> = () => import('@sqlite.org/sqlite-wasm'),
): Promise<SqliteWasmModule> {
  const { sqlite3, ...configuration } = options;
  if (sqlite3 !== undefined && 'capi' in sqlite3) return sqlite3;
  const initialize = sqlite3 ?? (await importSqliteWasm(load));
  try {
    return await withoutSharedMemory(() => initialize(configuration as never));
  } catch (cause) {
    throw new DriverUnavailableError(
      'The WebAssembly of SQLite did not start.',
      'Say where sqlite3.wasm is with locateFile, or pass its bytes as wasmBinary.',
      cause,
    );
  }
}

async function importSqliteWasm(load: () => Promise<unknown>): Promise<InitSqliteWasm> {
  try {
    return ((await load()) as { default: InitSqliteWasm }).default;
  } catch (cause) {
    const hint = 'Run "npm install @sqlite.org/sqlite-wasm", or pass a build of it as { sqlite3 }.';
    throw new DriverUnavailableError('The package @sqlite.org/sqlite-wasm is not installed.', hint, cause);
  }
}

/**
 * Leaves out the file systems of SQLite that we do not use: each start would look for them, warn in the console of
 * every page that is not isolated from others, and start one more worker on one that is. SQLite takes this from a
 * global and deletes it.
 */
async function withoutSharedMemory<Result>(start: () => Promise<Result>): Promise<Result> {
  const realm = globalThis as { sqlite3ApiConfig?: object };
  const unused = { kvvfs: true, opfs: true, 'opfs-vfs': true, 'opfs-wl': true };
  const configuration = realm.sqlite3ApiConfig ?? { disable: { vfs: unused } };
  realm.sqlite3ApiConfig = configuration;
  try {
    return await start();
  } finally {
    if (realm.sqlite3ApiConfig === configuration) delete realm.sqlite3ApiConfig;
  }
}
