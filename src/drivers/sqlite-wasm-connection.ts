import type { Capabilities, EngineFailure, ImageConnection, PreparedStatement } from '../driver/contract.js';
import { checkSql, exportInTransaction, manyStatements, noStatement } from './misuse.js';
import { explainSqliteWasm, noMemory, openingError } from './sqlite-wasm-failure.js';
import { engineOf, Handle, type Engine, type Place } from './sqlite-wasm-handle.js';
import { asReadable } from './sqlite-wasm-image.js';
import type { SqliteWasmModule } from './sqlite-wasm-module.js';
import { SqliteWasmStatement } from './sqlite-wasm-statement.js';

/**
 * Opens a database in memory: an empty one, or a copy of an image, which is the bytes of a SQLite file.
 *
 *     const connection = connectSqliteWasm(await loadSqliteWasm());
 *
 * Throws `UnsupportedError` for an image whose text is UTF-16, which this SQLite is compiled without, and
 * `DriverUnavailableError` for a build that is not SQLite's own.
 */
export function connectSqliteWasm(module: SqliteWasmModule, image?: Uint8Array): ImageConnection {
  const readable = image === undefined || image.length === 0 ? undefined : asReadable(image);
  return connect(module, { path: ':memory:' }, { wal: false }, (database) => {
    if (readable !== undefined) deserialize(database, readable);
  });
}

/**
 * Opens a file of one of SQLite's file systems, and has it for itself until it is closed: there is no other way to WAL
 * without shared memory. The file is looked at by the first statement.
 */
export function connectSqliteWasmFile(module: SqliteWasmModule, place: Place, onClose?: () => void): ImageConnection {
  return connect(module, place, { wal: true, onClose }, holdLock);
}

interface ConnectionTraits {
  readonly wal: boolean;
  readonly onClose?: (() => void) | undefined;
}

function connect(
  module: SqliteWasmModule,
  place: Place,
  traits: ConnectionTraits,
  begin: (database: Handle) => void,
): ImageConnection {
  const engine = engineOf(module);
  let database: Handle | undefined;
  try {
    database = new Handle(engine, place);
    begin(database);
    return new SqliteWasmConnection(database, traits);
  } catch (error) {
    database?.close();
    throw openingError(place.path, error);
  }
}

class SqliteWasmConnection implements ImageConnection {
  readonly capabilities: Capabilities;
  readonly #database: Handle;
  readonly #onClose: (() => void) | undefined;

  constructor(database: Handle, { wal, onClose }: ConnectionTraits) {
    this.#database = database;
    this.#onClose = onClose;
    this.capabilities = { ...probe(database.engine), wal };
  }

  get inTransaction(): boolean {
    const database = this.#database;
    return database.isOpen && database.engine.sqlite.sqlite3_get_autocommit(database.address) === 0;
  }

  prepare(sql: string, bigints: boolean): PreparedStatement {
    return prepare(this.#database, checkSql(sql), bigints);
  }

  execute(script: string): void {
    execute(this.#database, checkSql(script));
  }

  explain(error: unknown): EngineFailure | undefined {
    return explainSqliteWasm(error);
  }

  export(): Uint8Array {
    if (this.inTransaction) throw exportInTransaction();
    return serialize(this.#database);
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.#database.close();
    this.#onClose?.();
  }
}

/** SQLITE_PREPARE_PERSISTENT: it will be used again and again. */
const persistent = 1;

function prepare(database: Handle, sql: string, bigints: boolean): PreparedStatement {
  const { sqlite, memory } = database.engine;
  return memory.lendText(sql, (start, size) => {
    const first = compile(database, start, size);
    if (first.statement === 0) throw noStatement();
    const rest = start + size - first.tail;
    if (rest > 0 && hasStatement(database, first.tail, rest)) {
      sqlite.sqlite3_finalize(first.statement);
      throw manyStatements();
    }
    return new SqliteWasmStatement(database, first.statement, bigints);
  });
}

/** Compiles the first statement of a text; its address is 0 where there is only a comment, or nothing. */
function compile(database: Handle, sql: number, size: number): { statement: number; tail: number } {
  const { sqlite, memory } = database.engine;
  return memory.lendWords(2, (out) => {
    database.check(sqlite.sqlite3_prepare_v3(database.address, sql, size, persistent, out, out + 8));
    return { statement: memory.readWord(out), tail: memory.readWord(out + 8) };
  });
}

/** Whether there is more than spaces, comments and semicolons. */
function hasStatement(database: Handle, sql: number, size: number): boolean {
  const end = sql + size;
  try {
    for (let start = sql; start < end;) {
      const { statement, tail } = compile(database, start, end - start);
      database.engine.sqlite.sqlite3_finalize(statement); // 0 is none, and harmless
      if (statement !== 0) return true;
      start = tail;
    }
    return false;
  } catch {
    return true; // it does not compile, for which it must be something
  }
}

function execute(database: Handle, script: string): void {
  const { sqlite, memory } = database.engine;
  const { address } = database;
  memory.lendText(script, (text) => database.check(sqlite.sqlite3_exec(address, text, 0, 0, 0)));
}

function serialize(database: Handle): Uint8Array {
  const { sqlite, memory } = database.engine;
  const { address } = database;
  return memory.lendText('main', (schema) =>
    memory.lendWords(1, (size) => {
      const image = sqlite.sqlite3_serialize(address, schema, size, 0);
      if (image === 0) throw noMemory();
      try {
        return memory.readBytes(image, memory.readWord(size));
      } finally {
        memory.free(image);
      }
    }),
  );
}

/** SQLITE_DESERIALIZE_FREEONCLOSE and SQLITE_DESERIALIZE_RESIZEABLE: the image is SQLite's from here on. */
const handedOver = 1 | 2;

/** Keeps the database to one connection, which then need not ask before each statement whether it changed. */
function holdLock(database: Handle): void {
  execute(database, 'PRAGMA locking_mode = exclusive');
}

function deserialize(database: Handle, image: Uint8Array): void {
  const { sqlite, memory } = database.engine;
  const size = BigInt(image.length);
  const resultCode = memory.lendText('main', (schema) =>
    sqlite.sqlite3_deserialize(database.address, schema, memory.store(image), size, size, handedOver),
  );
  database.check(resultCode);
  holdLock(database);
}

const probed = new WeakMap<Engine, Omit<Capabilities, 'wal'>>();

function probe(engine: Engine): Omit<Capabilities, 'wal'> {
  const known = probed.get(engine);
  if (known !== undefined) return known;
  const database = new Handle(engine, { path: ':memory:' });
  const column = (sql: string) =>
    prepare(database, sql, false)
      .all([])
      .map(([value]) => value);
  const modules = column('PRAGMA module_list');
  const capabilities = {
    driver: 'sqlite-wasm',
    sqliteVersion: String(column('SELECT sqlite_version()')[0]),
    sync: true,
    interactiveTransactions: true,
    userVersion: true,
    attach: false, // a path of SQL's own would reach neither the pool's count of files nor its names
    fts5: modules.includes('fts5'),
    rtree: modules.includes('rtree'),
    strictNames: true,
    updateHook: 'sqlite3_update_hook' in engine.sqlite,
  };
  database.close();
  probed.set(engine, capabilities);
  return capabilities;
}
