import { createRequire } from 'node:module';
import type {
  BoundValue,
  Capabilities,
  Connection,
  EngineFailure,
  Outcome,
  PreparedStatement,
} from '../driver/contract.js';
import { CannotOpenError, DatabaseError, DriverUnavailableError } from '../errors/index.js';
import { checkSql, explainMisuse } from './misuse.js';

/** The part of better-sqlite3's `Statement` that we use. */
export interface RawStatement {
  /** Whether it returns rows. */
  readonly reader: boolean;
  /** Whether it writes nothing. */
  readonly readonly: boolean;
  /** Whether rows come as arrays. */
  raw(toggle: boolean): this;
  /** Whether integers come as bigint. */
  safeIntegers(toggle: boolean): this;
  /** The result columns. */
  columns(): { readonly name: string }[];
  /** Every row. */
  all(parameters: readonly BoundValue[]): unknown[];
  /** Runs it for its effect. */
  run(parameters: readonly BoundValue[]): Outcome;
}

/** The part of better-sqlite3's `Database` that we use, and what an `onOpen` callback is likely to. */
export interface RawDatabase {
  /** Whether it has no file. */
  readonly memory: boolean;
  /** Whether a transaction is open. */
  readonly inTransaction: boolean;
  /** Compiles one statement. */
  prepare(sql: string): RawStatement;
  /** Runs a script. */
  exec(script: string): unknown;
  /** Closes the file. */
  close(): unknown;
  /** Runs a PRAGMA: `raw.pragma("key = 'secret'")`. */
  pragma(source: string, options?: { simple?: boolean }): unknown;
  /** Loads an extension of SQLite from a shared library. */
  loadExtension(path: string): unknown;
}

/** better-sqlite3, or a package with the same face such as better-sqlite3-multiple-ciphers. */
export type RawDatabaseConstructor = new (
  path: string,
  options?: { readonly?: boolean; fileMustExist?: boolean },
) => RawDatabase;

/** What `open` of `litemodel/better-sqlite3` takes besides the options of every driver. */
export interface BetterSqlite3Options {
  /** Refuses every write; the file must exist. */
  readonly readonly?: boolean;
  /** Throws instead of creating the file. */
  readonly fileMustExist?: boolean;
  /** The constructor to use instead of the installed better-sqlite3's. */
  readonly Database?: RawDatabaseConstructor | undefined;
  /** Runs before any statement of ours, so that a key can be given to an encrypted file. */
  onOpen?(raw: RawDatabase): void;
}

/** How a package is loaded: Node's `require`. */
export type LoadPackage = (name: string) => unknown;

/** Opens a file, or `:memory:`. `load` is where the package comes from when no constructor is given. */
export function connectBetterSqlite3(path: string, options: BetterSqlite3Options = {}, load?: LoadPackage): Connection {
  const Database = options.Database ?? loadBetterSqlite3(load ?? createRequire(import.meta.url));
  const database = openDatabase(Database, path, options);
  try {
    options.onOpen?.(database);
    return new BetterSqlite3Connection(database, { ...probe(Database), wal: !database.memory });
  } catch (error) {
    database.close();
    throw error;
  }
}

class BetterSqlite3Connection implements Connection {
  readonly capabilities: Capabilities;
  readonly #database: RawDatabase;

  constructor(database: RawDatabase, capabilities: Capabilities) {
    this.#database = database;
    this.capabilities = capabilities;
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  prepare(sql: string, bigints: boolean): PreparedStatement {
    const statement = this.#database.prepare(checkSql(sql));
    if (bigints) statement.safeIntegers(true);
    return statement.reader ? new ReadingStatement(statement.raw(true)) : new WritingStatement(statement);
  }

  execute(script: string): void {
    this.#database.exec(checkSql(script));
  }

  explain(error: unknown): EngineFailure | undefined {
    const sqliteCode = codeOf(error);
    if (sqliteCode === undefined || !/^(UNKNOWN_)?SQLITE_/.test(sqliteCode)) return explainMisuse(error);
    return { sqliteCode, message: (error as Error).message };
  }

  close(): void {
    this.#database.close();
  }
}

/** better-sqlite3 takes values as arguments faster than in an array, but a call does not take any number of them. */
const mostArguments = 64;

/** The same statement, as it takes values one by one. */
interface SpreadStatement {
  all(...parameters: readonly unknown[]): unknown[];
  run(...parameters: readonly unknown[]): Outcome;
}

const allWith = (statement: RawStatement, parameters: readonly BoundValue[]): unknown[] =>
  parameters.length > mostArguments
    ? statement.all(parameters)
    : (statement as unknown as SpreadStatement).all(...parameters);

const runWith = (statement: RawStatement, parameters: readonly BoundValue[]): Outcome =>
  parameters.length > mostArguments
    ? statement.run(parameters)
    : (statement as unknown as SpreadStatement).run(...parameters);

class ReadingStatement implements PreparedStatement {
  readonly #statement: RawStatement;

  constructor(statement: RawStatement) {
    this.#statement = statement;
  }

  get columns(): readonly string[] {
    return this.#statement.columns().map((column) => column.name);
  }

  get reads(): boolean {
    return this.#statement.readonly;
  }

  all(parameters: readonly BoundValue[]): unknown[][] {
    return allWith(this.#statement, parameters) as unknown[][];
  }

  run(parameters: readonly BoundValue[]): Outcome {
    return runWith(this.#statement, parameters);
  }

  finalize(): void {} // better-sqlite3 finalizes what the garbage collector finds
}

/** A statement without result columns, whose `all` better-sqlite3 refuses. */
class WritingStatement implements PreparedStatement {
  readonly columns: readonly string[] = [];
  readonly #statement: RawStatement;

  constructor(statement: RawStatement) {
    this.#statement = statement;
  }

  all(parameters: readonly BoundValue[]): unknown[][] {
    runWith(this.#statement, parameters);
    return [];
  }

  run(parameters: readonly BoundValue[]): Outcome {
    return runWith(this.#statement, parameters);
  }

  finalize(): void {}
}

const capabilitiesByConstructor = new WeakMap<RawDatabaseConstructor, Capabilities>();

/** Asked of a database in memory: the same questions to a file would read it, before its key and its busy timeout are set. */
function probe(Database: RawDatabaseConstructor): Capabilities {
  const known = capabilitiesByConstructor.get(Database);
  if (known !== undefined) return known;
  const database = new Database(':memory:');
  const column = (sql: string) =>
    database
      .prepare(sql)
      .raw(true)
      .all([])
      .map((row) => (row as [string])[0]);
  const version = column('SELECT sqlite_version()')[0]!;
  const modules = column('PRAGMA module_list');
  const capabilities: Capabilities = {
    driver: 'better-sqlite3',
    sqliteVersion: version,
    sync: true,
    packsRows: packsRows(database, version),
    interactiveTransactions: true,
    userVersion: true,
    attach: true,
    wal: true,
    fts5: modules.includes('fts5'),
    rtree: modules.includes('rtree'),
    strictNames: true,
    updateHook: false,
  };
  database.close();
  capabilitiesByConstructor.set(Database, capabilities);
  return capabilities;
}

/** From version 13 on, which can explain, better-sqlite3 makes rows twice as fast. SQLite has `octet_length` since 3.43. */
const packsRows = (database: RawDatabase, sqliteVersion: string): boolean =>
  !('explain' in database) && Number(sqliteVersion.split('.')[1]) >= 43;

function loadBetterSqlite3(load: LoadPackage): RawDatabaseConstructor {
  let version: string;
  try {
    ({ version } = load('better-sqlite3/package.json') as { version: string });
  } catch (cause) {
    throw new DriverUnavailableError(
      'The package better-sqlite3 is not installed.',
      'Run "npm install better-sqlite3".',
      cause,
    );
  }
  checkRuntime(version, process.versions.node);
  return load('better-sqlite3') as RawDatabaseConstructor;
}

/** better-sqlite3 13 needs Node-API 10; under an older Node its first `new Database()` ends the process without an error. */
export function checkRuntime(packageVersion: string, nodeVersion: string): void {
  if (Number.parseInt(packageVersion) < 13 || Number.parseInt(nodeVersion) >= 22) return;
  throw new DriverUnavailableError(
    `better-sqlite3 ${packageVersion} needs Node 22 or newer, and this is Node ${nodeVersion}.`,
    'Run "npm install better-sqlite3@12", or use Node 22.',
  );
}

function openDatabase(Database: RawDatabaseConstructor, path: string, options: BetterSqlite3Options): RawDatabase {
  const { readonly = false, fileMustExist = false } = options;
  try {
    return new Database(path, { readonly, fileMustExist });
  } catch (cause) {
    throw openingError(path, cause);
  }
}

/** What `new Database()` threw, as ours; there is no connection yet that could explain it. */
function openingError(path: string, cause: unknown): unknown {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = codeOf(cause) ?? '';
  if (code === 'ERR_DLOPEN_FAILED' || message.startsWith('Could not locate the bindings file')) {
    return new DriverUnavailableError(
      'better-sqlite3 is installed, but its binary does not fit this platform.',
      'Run "npm rebuild better-sqlite3", or electron-rebuild inside of Electron.',
      cause,
    );
  }
  if (code.startsWith('SQLITE_CANTOPEN') || message.endsWith('the directory does not exist')) {
    const sqliteCode = code === '' ? 'SQLITE_CANTOPEN' : code;
    return new CannotOpenError(`"${path}" cannot be opened: ${message}.`, { sqliteCode, cause });
  }
  if (!code.startsWith('SQLITE_')) return cause;
  return new DatabaseError(`"${path}" cannot be opened: ${message}.`, { sqliteCode: code, cause });
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
