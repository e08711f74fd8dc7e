import type { ImageConnection } from '../driver/contract.js';
import { CannotOpenError, DatabaseLockedError, UnsupportedError } from '../errors/index.js';
import { connectSqliteWasmFile } from './sqlite-wasm-connection.js';
import { storageError } from './storage-error.js';
import { engineOf } from './sqlite-wasm-handle.js';
import { checkImage } from './sqlite-wasm-image.js';
import { takeLock, waitForLock } from './browser-lock.js';
import type { Pool, RawModule, SqliteWasmModule } from './sqlite-wasm-module.js';
import { nameOf, pathOf } from './sqlite-wasm-path.js';

/** Where databases are kept in a browser, and what happens when somebody else has them. */
export interface OpfsOptions {
  /** A directory of the origin's private file system that holds databases and nothing else; `litemodel` unless said. */
  readonly directory?: string;
  /** Waits until another tab or worker gives the directory back, instead of throwing; `false` unless said. */
  readonly wait?: boolean;
}

/** How a database of a directory is opened. */
export interface OpfsFileOptions {
  /** Throws instead of creating the file. */
  readonly fileMustExist?: boolean;
}

/** The oldest SQLite whose pool keeps its files when it cannot start: older ones delete them. */
const oldestVersion = 3_054_000;

/** Where SQLite keeps what a database has not taken in yet, beside it. */
const companions = ['-wal', '-journal'];

/** How many files an open database may have. */
const filesOfDatabase = 1 + companions.length;

/**
 * Opens a directory of databases in the browser's private file system. One dedicated worker of all tabs has it at a
 * time, and every database in it.
 *
 *     const directory = await openOpfsDirectory(await loadSqliteWasm());
 *     const connection = await directory.connect('app.db');
 *
 * Throws `DatabaseLockedError` while another tab or worker has it, `UnsupportedError` outside of a dedicated worker,
 * and `CannotOpenError` where the browser refuses. https://sqlite.org/wasm/doc/trunk/persistence.md#vfs-opfs-sahpool
 */
export async function openOpfsDirectory(
  module: SqliteWasmModule,
  { directory = 'litemodel', wait = false }: OpfsOptions = {},
): Promise<OpfsDirectory> {
  const raw = engineOf(module).module;
  checkPlatform(raw);
  const path = directory.split('/').filter(Boolean).join('/'); // one directory has one lock, however it is written
  const lock = `litemodel:opfs:${path}`;
  const release = wait ? await waitForLock(lock) : await takeLock(lock);
  if (release === undefined) throw inUse(directory);
  try {
    return new OpfsDirectory(raw, path, await startPool(raw, path), release);
  } catch (cause) {
    release();
    throw isHeld(cause) ? inUse(directory, cause) : storageError(`The directory "${directory}"`, cause);
  }
}

/** SQLite's name for the files of a directory. */
const vfsOf = (directory: string): string => `litemodel:${directory}`;

async function startPool(module: RawModule, directory: string): Promise<Pool> {
  const pool = await module.installOpfsSAHPoolVfs!({
    name: vfsOf(directory),
    directory,
    initialCapacity: 2 * filesOfDatabase,
    preserveOnInitFailure: true,
    forceReinitIfPreviouslyFailed: true,
    verbosity: 1, // what SQLite says about a failed read or write goes to the console only
  });
  if (pool.isPaused()) await pool.unpauseVfs(); // this worker closed it before
  return pool;
}

/** A directory of databases that this worker has for itself. */
export class OpfsDirectory {
  /** Its path in the origin's private file system. */
  readonly directory: string;
  readonly #module: SqliteWasmModule;
  readonly #pool: Pool;
  readonly #release: () => void;
  readonly #connections = new Map<string, ImageConnection | undefined>();
  #reserved: Promise<unknown> = Promise.resolve();
  #isOpen = true;

  /** @internal */
  constructor(module: SqliteWasmModule, directory: string, pool: Pool, release: () => void) {
    this.directory = directory;
    this.#module = module;
    this.#pool = pool;
    this.#release = release;
  }

  /** The names of the databases in it. */
  get names(): readonly string[] {
    this.#checkOpen();
    const databases = this.#pool.getFileNames().filter((path) => databaseOf(path) === path);
    return databases.map(nameOf).sort();
  }

  /**
   * Opens a database, which only one connection can have at a time. A file that does not exist is made.
   *
   * Throws `DatabaseLockedError` where it is open already, and `CannotOpenError` for a name that cannot be one.
   */
  async connect(name: string, { fileMustExist = false }: OpfsFileOptions = {}): Promise<ImageConnection> {
    const path = this.#claim(name);
    try {
      if (fileMustExist) this.#checkExists(name, path);
      await this.#reserve();
      const place = { path, vfs: vfsOf(this.directory), fileMustExist };
      const connection = connectSqliteWasmFile(this.#module, place, () => this.#connections.delete(path));
      this.#connections.set(path, connection);
      return connection;
    } catch (error) {
      this.#connections.delete(path);
      throw error;
    }
  }

  /** The whole database as the bytes of a file. Throws `CannotOpenError` where there is none of that name. */
  async export(name: string): Promise<Uint8Array> {
    this.#checkOpen();
    const open = this.#connections.get(pathOf(name));
    if (open !== undefined) return open.export();
    const connection = await this.connect(name, { fileMustExist: true }); // for what stands in its journal, too
    try {
      return connection.export();
    } finally {
      connection.close();
    }
  }

  /**
   * Makes a database of the bytes of a file.
   *
   * Throws `CannotOpenError` where one of that name exists, and `NotADatabaseError` for bytes that are none.
   */
  async import(name: string, image: Uint8Array): Promise<void> {
    checkImage(image);
    const path = this.#claim(name);
    try {
      if (this.#pool.getFileNames().includes(path)) throw cannotOpen(name, 'it exists already', 'Delete it first.');
      await this.#reserve();
      for (const suffix of companions) this.#pool.unlink(path + suffix);
      this.#pool.importDb(path, image);
    } catch (cause) {
      throw storageError(`"${name}"`, cause);
    } finally {
      this.#connections.delete(path);
    }
  }

  /** Deletes a database for good; says whether there was one. Throws `DatabaseLockedError` where it is open. */
  delete(name: string): boolean {
    const path = this.#claim(name);
    try {
      const existed = this.#pool.unlink(path); // first, for a journal without a database is nothing to SQLite
      for (const suffix of companions) this.#pool.unlink(path + suffix);
      return existed;
    } finally {
      this.#connections.delete(path);
    }
  }

  /** Closes what is open in it, and lets other tabs and workers have it. Closing twice is harmless. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#reserved; // what was opened in between would stay open
    for (const connection of [...this.#connections.values()]) connection?.close();
    this.#pool.pauseVfs();
    this.#release();
  }

  /**
   * Takes a name until it is given back: neither two connections may have one file, nor may it be deleted under one.
   */
  #claim(name: string): string {
    this.#checkOpen();
    const path = pathOf(name);
    if (this.#connections.has(path)) {
      throw new DatabaseLockedError(`"${name}" is open already.`, 'Close the connection that has it.');
    }
    this.#connections.set(path, undefined);
    return path;
  }

  #checkExists(name: string, path: string): void {
    if (!this.#pool.getFileNames().includes(path)) throw cannotOpen(name, 'it does not exist');
  }

  /** Makes room for every file that the claimed databases may come to have, which SQLite cannot do by itself. */
  async #reserve(): Promise<void> {
    const reserved = this.#reserved.then(() => {
      const others = this.#pool.getFileNames().filter((path) => !this.#connections.has(databaseOf(path)));
      return this.#pool.reserveMinimumCapacity(others.length + this.#connections.size * filesOfDatabase);
    });
    this.#reserved = reserved.catch(() => undefined);
    await reserved;
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw cannotOpen(this.directory, 'the directory is closed', 'Open it again.');
  }
}

/** The path of the database that a file belongs to. */
function databaseOf(path: string): string {
  const suffix = companions.find((ending) => path.endsWith(ending));
  return suffix === undefined ? path : path.slice(0, -suffix.length);
}

function checkPlatform({ installOpfsSAHPoolVfs, wasm }: RawModule): void {
  const { FileSystemFileHandle: file } = globalThis as { FileSystemFileHandle?: { prototype: object } };
  if (file === undefined || !('createSyncAccessHandle' in file.prototype)) {
    throw new UnsupportedError(
      "The browser's private file system can be used in a dedicated worker only, on a page from https or localhost.",
      'Open the database in a worker, or one in memory here.',
    );
  }
  if (installOpfsSAHPoolVfs === undefined || wasm.exports.sqlite3_libversion_number() < oldestVersion) {
    throw new UnsupportedError(
      'This build of SQLite has no pool of files, or an old one that deletes them when it cannot start.',
      'Use @sqlite.org/sqlite-wasm 3.54 or newer.',
    );
  }
}

/** Whether the browser says that somebody else has a file open: one that does not take our lock. */
const isHeld = (cause: unknown): boolean =>
  ['NoModificationAllowedError', 'InvalidStateError'].includes((cause as Error | undefined)?.name ?? '');

const inUse = (directory: string, cause?: unknown): DatabaseLockedError =>
  new DatabaseLockedError(
    `The databases in "${directory}" are open in another tab or worker.`,
    'Close them there, or open with { wait: true } to have them next.',
    cause,
  );

const cannotOpen = (name: string, reason: string, hint?: string): CannotOpenError =>
  new CannotOpenError(`"${name}" cannot be opened: ${reason}.`, { sqliteCode: 'SQLITE_CANTOPEN', hint });
