/**
 * Databases on better-sqlite3: files and memory in Node and Electron, synchronously.
 *
 * @module
 */
import { checkPath } from './driver/path.js';
import { connectBetterSqlite3, type BetterSqlite3Options } from './drivers/better-sqlite3.js';
import { absolutePath, workerStarter } from './drivers/node-worker.js';
import { Database, type AsyncDatabase, type OpenOptions, type WorkerOptions } from './model/index.js';

export type { WorkerOptions } from './model/index.js';

export type { BoundValue, Outcome } from './driver/contract.js';
export type {
  BetterSqlite3Options,
  RawDatabase,
  RawDatabaseConstructor,
  RawStatement,
} from './drivers/better-sqlite3.js';

/**
 * Opens a file in worker threads, one that writes and others that read, so that no query holds this thread up.
 *
 *     const db = await open('app.db', { models: [User], workers: { readers: 2 } });
 *     await User.async().filter({ age: gte(18) }).all();
 *
 * Throws `UnsupportedError` for a database in memory with readers.
 */
export function open(
  path: string,
  options: OpenOptions & Omit<BetterSqlite3Options, 'Database' | 'onOpen'> & { readonly workers: WorkerOptions },
): Promise<AsyncDatabase>;
/**
 * Opens a file, or `:memory:`, and makes it ready for its models.
 *
 *     const db = open('app.db', { models: [User, Post] });
 *
 * A file that does not exist is made. Throws `CannotOpenError`, `NotADatabaseError`, `SchemaDriftError`, `AlreadyOpenError`,
 * and `DriverUnavailableError` where better-sqlite3 is not installed or cannot run on this version of Node.
 */
export function open(path: string, options?: OpenOptions & BetterSqlite3Options): Database;
export function open(
  path: string,
  options: OpenOptions & BetterSqlite3Options & { readonly workers?: WorkerOptions } = {},
): Database | Promise<AsyncDatabase> {
  const { workers } = options;
  if (workers !== undefined) {
    const { script = new URL('./better-sqlite3-worker-script.js', import.meta.url), lookOut } = workers;
    const start = workerStarter(script, lookOut);
    const request = { path: absolutePath(path), options, workers, start };
    return import('./model/workers.js').then(({ openInWorkers }) => openInWorkers(request));
  }
  const connection = connectBetterSqlite3(checkPath(path), options);
  return new Database(connection, { onDisk: path !== ':memory:' }, options);
}
