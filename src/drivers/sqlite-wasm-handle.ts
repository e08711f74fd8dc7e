import { DriverUnavailableError } from '../errors/index.js';
import { notOpen } from './misuse.js';
import { ResultError } from './sqlite-wasm-failure.js';
import { WasmMemory } from './sqlite-wasm-memory.js';
import type { RawModule, SqliteFunctions, SqliteWasmModule } from './sqlite-wasm-module.js';

/** A build of SQLite that runs, and its memory. */
export interface Engine {
  readonly module: RawModule;
  readonly sqlite: SqliteFunctions;
  readonly memory: WasmMemory;
}

/** Where a database comes from: SQLite's name for it, and how it is opened. https://sqlite.org/c3ref/open.html */
export interface Place {
  readonly path: string;
  /** The file system of SQLite's that the path is in; the default one unless said. */
  readonly vfs?: string | undefined;
  /** Throws instead of creating the file. */
  readonly fileMustExist?: boolean | undefined;
}

const openReadWrite = 0x2;
const openCreate = 0x4;
const openExtendedResultCodes = 0x02000000;

/** No text in double quotes, and nothing that damages the file: as better-sqlite3 is compiled. */
const settings = { defensive: [1010, 1], dqsInStatements: [1013, 0], dqsInSchemas: [1014, 0] } as const;

const engines = new WeakMap<SqliteWasmModule, Engine>();

/** What is known of a build; throws `DriverUnavailableError` for one that is not as we know it. */
export function engineOf(module: SqliteWasmModule): Engine {
  const known = engines.get(module);
  if (known !== undefined) return known;
  if (!isRawModule(module)) {
    throw new DriverUnavailableError(
      'This build of SQLite is not one that litemodel knows.',
      'Use @sqlite.org/sqlite-wasm 3.51 or newer, compiled for 32 bits.',
    );
  }
  const engine = { module, sqlite: module.wasm.exports, memory: new WasmMemory(module) };
  engines.set(module, engine);
  return engine;
}

function isRawModule(module: SqliteWasmModule): module is RawModule {
  const { wasm } = module as Partial<RawModule>;
  if (typeof wasm?.exports?.sqlite3_prepare_v3 !== 'function') return false;
  return wasm.bigIntEnabled && (wasm.ptr?.size ?? 4) === 4;
}

/** A database that SQLite has open. */
export class Handle {
  readonly engine: Engine;
  readonly #statements = new Set<number>();
  #address: number;

  constructor(engine: Engine, { path, vfs, fileMustExist = false }: Place) {
    const { sqlite, memory } = engine;
    const flags = openReadWrite | openExtendedResultCodes | (fileMustExist ? 0 : openCreate);
    this.engine = engine;
    this.#address = 0;
    const resultCode = memory.lendWords(1, (database) =>
      memory.lendText(path, (name) =>
        memory.lendText(vfs ?? '', (vfsName) => {
          const opened = sqlite.sqlite3_open_v2(name, database, flags, vfs === undefined ? 0 : vfsName);
          this.#address = memory.readWord(database); // there is one, too, when it could not be opened
          return opened;
        }),
      ),
    );
    try {
      this.check(resultCode);
      const { sqlite3_db_config: configure } = engine.module.capi;
      for (const [option, value] of Object.values(settings)) this.check(configure(this.#address, option, value, 0));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#address !== 0;
  }

  /** SQLite's own; throws when the database is closed. */
  get address(): number {
    if (this.#address === 0) throw notOpen();
    return this.#address;
  }

  /** Throws what SQLite says about the call that gave this result, unless it is that all is well. */
  check(resultCode: number): void {
    if (resultCode !== 0) throw this.failure(resultCode);
  }

  /** What SQLite says about the call that gave this result. */
  failure(resultCode: number): ResultError {
    const { sqlite, memory, module } = this.engine;
    const { sqlite3_js_rc_str: nameOf } = module.capi;
    const name = nameOf(resultCode) ?? nameOf(resultCode & 0xff) ?? `UNKNOWN_SQLITE_ERROR_${resultCode}`;
    return new ResultError(name, memory.readCString(sqlite.sqlite3_errmsg(this.#address)));
  }

  /** Takes a statement over, to finalize it at the latest when the database is closed. */
  adopt(statement: number): void {
    this.#statements.add(statement);
  }

  /** Finalizes a statement, once. */
  finalize(statement: number): void {
    if (this.#statements.delete(statement)) this.engine.sqlite.sqlite3_finalize(statement);
  }

  /**
   * Closes the database and its statements: ours, for full-text search has some of its own. Closing twice is harmless.
   */
  close(): void {
    const address = this.#address;
    this.#address = 0;
    if (address === 0) return;
    for (const statement of this.#statements) this.finalize(statement);
    this.engine.sqlite.sqlite3_close_v2(address);
  }
}
