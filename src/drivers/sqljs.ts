import type { Capabilities, EngineFailure, ImageConnection, PreparedStatement } from '../driver/contract.js';
import { checkSql, exportInTransaction, manyStatements, noStatement, notOpen } from './misuse.js';
import { engineOf, readColumn, type Engine } from './sqljs-engine.js';
import { explainSqlJs, keepResultCodes } from './sqljs-failure.js';
import type { RawDatabase, RawStatement, SqlJsModule } from './sqljs-module.js';
import { LiveStatement, SqlJsStatement } from './sqljs-statement.js';

export {
  loadSqlJs,
  type InitSqlJs,
  type SqlJsConfiguration,
  type SqlJsDatabase,
  type SqlJsModule,
  type SqlJsOptions,
} from './sqljs-module.js';

/** Opens an empty database, or a copy of an image: the bytes of a SQLite file. */
export function connectSqlJs(module: SqlJsModule, image?: Uint8Array): ImageConnection {
  return new SqlJsConnection(engineOf(module), image);
}

/** SQLITE_DONE: what a step returns when there are no more rows. */
const done = 101;

/** Pragmas of the connection and not of the file: builds up to 1.15 open it anew to export it, and lose them. */
const connectionPragmas = [
  'busy_timeout',
  'locking_mode',
  'journal_mode',
  'synchronous',
  'foreign_keys',
  'recursive_triggers',
  'trusted_schema',
  'cell_size_check',
  'cache_size',
  'temp_store',
  'journal_size_limit',
];

class SqlJsConnection implements ImageConnection {
  readonly capabilities: Capabilities;
  readonly #engine: Engine;
  readonly #database: RawDatabase;
  #isOpen = true;
  readonly #begin: LiveStatement;
  readonly #commit: LiveStatement;
  readonly #counters: LiveStatement;

  constructor(engine: Engine, image: Uint8Array | undefined) {
    this.#engine = engine;
    this.capabilities = engine.capabilities;
    this.#database = new engine.module.Database(image);
    keepResultCodes(this.#database);
    this.#begin = this.#live('BEGIN');
    this.#commit = this.#live('COMMIT');
    this.#counters = this.#live('SELECT total_changes(), last_insert_rowid()');
    this.#keepToMemory();
  }

  /** sql.js does not show SQLite's own flag, but BEGIN fails exactly when it is set, and touches nothing until it is used. */
  get inTransaction(): boolean {
    if (!this.#isOpen) return false;
    if (!this.#control(this.#begin)) return true;
    this.#control(this.#commit);
    return false;
  }

  prepare(sql: string, bigints: boolean): PreparedStatement {
    return new SqlJsStatement(this.#live(checkSql(sql)), this.#engine, this.#database, this.#counters, bigints);
  }

  execute(script: string): void {
    if (!this.#isOpen) throw notOpen();
    this.#database.run(checkSql(script));
  }

  explain(error: unknown): EngineFailure | undefined {
    return explainSqlJs(error);
  }

  export(): Uint8Array {
    if (!this.#isOpen) throw notOpen();
    if (this.inTransaction) throw exportInTransaction();
    const settings = connectionPragmas.map(
      (name) => `PRAGMA ${name} = ${String(readColumn(this.#database, `PRAGMA ${name}`)[0])}`,
    );
    const image = this.#database.export();
    this.execute(settings.join(';'));
    return image;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#database.close();
  }

  #live(sql: string): LiveStatement {
    return new LiveStatement(() => this.#compile(sql), this.#engine.addressOf);
  }

  /** sql.js compiles the first statement and ignores the rest. */
  #compile(sql: string): RawStatement {
    if (!this.#isOpen) throw notOpen();
    const statement = this.#prepareFirst(sql);
    const mark = sql.startsWith('\uFEFF') ? 1 : 0; // SQLite takes a byte order mark for a space, and sql.js does not decode it
    const rest = sql.slice(mark + statement.getSQL().length);
    if (rest.trim() === '' || !this.#hasStatement(rest)) return statement;
    statement.free();
    throw manyStatements();
  }

  #prepareFirst(sql: string): RawStatement {
    try {
      return this.#database.prepare(sql);
    } catch (error) {
      throw typeof error === 'string' ? noStatement() : error; // it throws the text 'Nothing to prepare'
    }
  }

  /** Whether there is more than spaces, comments and semicolons. */
  #hasStatement(sql: string): boolean {
    const statements = this.#database.iterateStatements(sql);
    try {
      return statements.next().done !== true;
    } catch {
      return true;
    } finally {
      statements.return?.();
    }
  }

  /** Runs BEGIN or COMMIT, and tells whether it succeeded. */
  #control(statement: LiveStatement): boolean {
    const { _sqlite3_step: step, _sqlite3_reset: reset } = this.#engine.module;
    const address = this.#engine.addressOf(statement.ready());
    const succeeded = step(address) === done;
    reset(address);
    return succeeded;
  }

  /**
   * Nobody else can reach the image, so that locks and a journal in sql.js's own file system only cost time: half of an
   * insert. A damaged image says so at its first statement, as it does with the other drivers.
   */
  #keepToMemory(): void {
    try {
      this.#database.run('PRAGMA locking_mode = exclusive; PRAGMA journal_mode = memory');
    } catch {}
  }
}
