/**
 * Databases on node:sqlite, the SQLite inside of Node itself: files and memory, synchronously, with nothing to install.
 *
 * @module
 */
import { checkPath } from './driver/path.js';
import { connectNodeSqlite, type NodeSqliteOptions } from './drivers/node-sqlite.js';
import { Database, type OpenOptions } from './model/index.js';

export type { BoundValue } from './driver/contract.js';
export type { NodeSqliteDatabase, NodeSqliteOptions, NodeSqliteStatement } from './drivers/node-sqlite.js';

/**
 * Opens a file, or `:memory:`, and makes it ready for its models.
 *
 *     const db = open('app.db', { models: [User, Post] });
 *
 * A file that does not exist is made. Throws `CannotOpenError`, `NotADatabaseError`, `SchemaDriftError`, `AlreadyOpenError`,
 * and `DriverUnavailableError` before Node 22.16, and in Node 23.
 */
export function open(path: string, options: OpenOptions & NodeSqliteOptions = {}): Database {
  const connection = connectNodeSqlite(checkPath(path), options);
  return new Database(connection, { onDisk: path !== ':memory:' }, options);
}
