/**
 * Databases on better-sqlite3: files and memory in Node and Electron, synchronously.
 *
 * @module
 */
import { connectBetterSqlite3, type BetterSqlite3Options } from './drivers/better-sqlite3.js';
import { Database, type OpenOptions } from './model/index.js';

export type { BoundValue, Outcome } from './driver/contract.js';
export type {
  BetterSqlite3Options,
  RawDatabase,
  RawDatabaseConstructor,
  RawStatement,
} from './drivers/better-sqlite3.js';

/**
 * Opens a file, or `:memory:`, and makes it ready for its models.
 *
 *     const db = open('app.db', { models: [User, Post] });
 *
 * A file that does not exist is made. Throws `CannotOpenError`, `NotADatabaseError`, `SchemaDriftError`, `AlreadyOpenError`,
 * and `DriverUnavailableError` where better-sqlite3 is not installed or cannot run on this version of Node.
 */
export function open(path: string, options: OpenOptions & BetterSqlite3Options = {}): Database {
  const connection = connectBetterSqlite3(path, options);
  return new Database(connection, { onDisk: path !== ':memory:' && path !== '' }, options);
}
