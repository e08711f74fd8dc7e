import type { Capabilities, Connection, EngineFailure, PreparedStatement } from '../driver/contract.js';
import { CannotOpenError, DatabaseError, UnsupportedError } from '../errors/index.js';
import { quote } from '../sql/index.js';
import { checkSql, manyStatements, noStatement, notOpen } from './misuse.js';
import { explainNodeSqlite } from './node-sqlite-failure.js';
import {
  loadBuiltin,
  loadNodeSqlite,
  type LoadBuiltin,
  type NodeSqliteConstructor,
  type NodeSqliteDatabase,
  type NodeSqliteStatement,
} from './node-sqlite-module.js';
import { NodeStatement, type NodeSqliteFlaws } from './node-sqlite-statement.js';

export type { NodeSqliteDatabase, NodeSqliteStatement } from './node-sqlite-module.js';

/** What `open` of `litemodel/node-sqlite` takes besides the options of every driver. */
export interface NodeSqliteOptions {
  /** Refuses every write; the file must exist. */
  readonly readonly?: boolean;
  /** Throws instead of creating the file. */
  readonly fileMustExist?: boolean;
  /** Lets `onOpen` load extensions of SQLite; `false` unless said. */
  readonly allowExtension?: boolean;
  /** Runs before any statement of ours, with the `DatabaseSync`: to load an extension, or to define functions. */
  onOpen?(raw: NodeSqliteDatabase): void;
}

/** Opens a file, or `:memory:`. `load` is where node:sqlite comes from. */
export function connectNodeSqlite(
  path: string,
  options: NodeSqliteOptions = {},
  load: LoadBuiltin = loadBuiltin,
): Connection {
  const { DatabaseSync } = loadNodeSqlite(load);
  const engine = engineOf(DatabaseSync);
  const database = openDatabase(DatabaseSync, path, options, load);
  try {
    options.onOpen?.(database);
    return new NodeSqliteConnection(database, engine, { ...engine.capabilities, wal: isOnDisk(path) });
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
}

class NodeSqliteConnection implements Connection {
  readonly capabilities: Capabilities;
  readonly #database: NodeSqliteDatabase;
  readonly #flaws: NodeSqliteFlaws;

  constructor(database: NodeSqliteDatabase, flaws: NodeSqliteFlaws, capabilities: Capabilities) {
    this.#database = database;
    this.#flaws = flaws;
    this.capabilities = capabilities;
  }

  get inTransaction(): boolean {
    return this.#database.isOpen && this.#database.isTransaction;
  }

  prepare(sql: string, bigints: boolean): PreparedStatement {
    checkSql(sql);
    const compile = () => this.#compile(sql);
    const compileAnew = () => {
      this.#readSchemas();
      return this.#compile(sql);
    };
    return new NodeStatement({ compile, compileAnew }, sql, bigints, this.#flaws);
  }

  execute(script: string): void {
    this.#database.exec(checkSql(script));
  }

  explain(error: unknown): EngineFailure | undefined {
    return explainNodeSqlite(error);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Node compiles the first statement and ignores the rest. */
  #compile(sql: string): NodeSqliteStatement {
    if (!this.#database.isOpen) throw notOpen();
    const statement = this.#compileFirst(sql);
    if (statement === undefined) throw noStatement();
    const rest = sql.slice(statement.sourceSQL.length);
    if (!/^[ \t\n\f\r;]*$/.test(rest) && this.#hasStatement(rest)) throw manyStatements();
    return statement;
  }

  /** The first statement; a text of spaces and comments has none, which Node tells at once or when it is used. */
  #compileFirst(sql: string): NodeSqliteStatement | undefined {
    try {
      const statement = this.#database.prepare(sql);
      return typeof statement.sourceSQL === 'string' ? statement : undefined;
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'ERR_INVALID_STATE' || code === 'ERR_INVALID_ARG_VALUE') return undefined;
      throw error;
    }
  }

  /** SQLite looks whether its knowledge of a file is stale when a statement of it runs, and not when one is compiled. */
  #readSchemas(): void {
    for (const name of readColumn(this.#database.prepare('SELECT name FROM pragma_database_list'))) {
      this.#database.prepare(`SELECT 1 FROM ${quote(name as string)}.sqlite_schema LIMIT 1`).all();
    }
  }

  /** Whether there is more than spaces, comments and semicolons. */
  #hasStatement(sql: string): boolean {
    try {
      return this.#compileFirst(sql) !== undefined;
    } catch {
      return true;
    }
  }
}

/** What is known of one version of node:sqlite. */
interface Engine extends NodeSqliteFlaws {
  readonly capabilities: Capabilities;
}

const engines = new WeakMap<NodeSqliteConstructor, Engine>();

/** Asked of a database in memory: the same questions to a file would read it, before its busy timeout is set. */
function engineOf(DatabaseSync: NodeSqliteConstructor): Engine {
  const known = engines.get(DatabaseSync);
  if (known !== undefined) return known;
  const database = new DatabaseSync(':memory:', { readOnly: false, allowExtension: false, timeout: 0 });
  const engine: Engine = {
    capabilities: probe(database),
    losesValues: readColumn(database.prepare("SELECT 'a' || char(0)"))[0] === 'a',
    countsColumnsEarly: countsColumnsEarly(database),
  };
  database.close();
  engines.set(DatabaseSync, engine);
  return engine;
}

function probe(database: NodeSqliteDatabase): Capabilities {
  const modules = readColumn(database.prepare('SELECT name FROM pragma_module_list'));
  return {
    driver: 'node-sqlite',
    sqliteVersion: String(readColumn(database.prepare('SELECT sqlite_version()'))[0]),
    sync: true,
    interactiveTransactions: true,
    userVersion: true,
    attach: true,
    wal: true,
    fts5: modules.includes('fts5'),
    rtree: modules.includes('rtree'),
    strictNames: true,
    updateHook: false,
  };
}

function countsColumnsEarly(database: NodeSqliteDatabase): boolean {
  database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
  const statement = database.prepare('SELECT * FROM t');
  database.exec('ALTER TABLE t ADD COLUMN b');
  statement.setReturnArrays(true);
  return (statement.all()[0] as unknown[]).length === 1;
}

/** The values of the first column. */
function readColumn(statement: NodeSqliteStatement): unknown[] {
  statement.setReturnArrays(true);
  return (statement.all() as unknown[][]).map((row) => row[0]);
}

const isOnDisk = (path: string): boolean => path !== ':memory:' && path !== '';

function openDatabase(
  DatabaseSync: NodeSqliteConstructor,
  path: string,
  { readonly = false, fileMustExist = false, allowExtension = false }: NodeSqliteOptions,
  load: LoadBuiltin,
): NodeSqliteDatabase {
  if (readonly && !isOnDisk(path)) {
    throw new UnsupportedError('A database in memory cannot be read-only.', 'Leave readonly out, or open a file.');
  }
  const location = fileMustExist && !readonly && isOnDisk(path) ? existing(path, load) : literal(path);
  try {
    // better-sqlite3 waits as long, too, for the statements of onOpen
    return new DatabaseSync(location, { readOnly: readonly, allowExtension, timeout: 5000 });
  } catch (cause) {
    throw openingError(path, cause);
  }
}

/** The path of a file whatever its name: SQLite would take one that begins so for a URI. */
const literal = (path: string): string => (path.startsWith('file:') ? `./${path}` : path);

/** The only way to tell node:sqlite to make no file. https://sqlite.org/uri.html */
function existing(path: string, load: LoadBuiltin): URL {
  const { pathToFileURL } = load('node:url') as { pathToFileURL(path: string): URL };
  const location = pathToFileURL(path);
  location.searchParams.set('mode', 'rw');
  return location;
}

/** What `new DatabaseSync()` threw, as ours; there is no connection yet that could explain it. */
function openingError(path: string, cause: unknown): unknown {
  const failure = explainNodeSqlite(cause);
  if (failure === undefined) return cause;
  const { sqliteCode, message } = failure;
  const OpeningError = sqliteCode.startsWith('SQLITE_CANTOPEN') ? CannotOpenError : DatabaseError;
  return new OpeningError(`"${path}" cannot be opened: ${message}.`, { sqliteCode, cause });
}
