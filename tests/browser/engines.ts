import sqliteWasmFile from '@sqlite.org/sqlite-wasm/sqlite3.wasm?url';
import sqlJsFile from 'sql.js/dist/sql-wasm.wasm?url';
import type { Pool, RawModule } from '../../src/drivers/sqlite-wasm-module.js';
import { connectSqliteWasm, connectSqliteWasmFile, loadSqliteWasm } from '../../src/drivers/sqlite-wasm.js';
import { loadSqlJs } from '../../src/drivers/sqljs.js';
import type { Connection } from '../../src/driver/contract.js';
import type { Engine } from '../drivers/engines.js';

/*
 * What `tests/drivers/engines.ts` is in Node: vitest.browser.config.ts puts this file in its place, so that a dedicated
 * worker can run the tests of `tests/drivers/conformance.test.ts`.
 */

/** sql.js, started once for all tests. */
export const sqlJs = await loadSqlJs({ locateFile: () => sqlJsFile });

const sqliteWasm = await loadSqliteWasm({ locateFile: () => sqliteWasmFile });

const pool: Pool = await (sqliteWasm as RawModule).installOpfsSAHPoolVfs!({
  name: 'conformance',
  directory: 'conformance',
  initialCapacity: 12,
  preserveOnInitFailure: true,
  forceReinitIfPreviouslyFailed: true,
  verbosity: 1,
});

/** The engine of a worker: in memory, and on files. */
export const engines: readonly Engine[] = [
  { name: 'sqlite-wasm in memory', isUtf8Only: true, connect: (image) => connectSqliteWasm(sqliteWasm, image) },
  { name: 'sqlite-wasm on OPFS', isUtf8Only: true, takesDatabasesOnly: true, connect: connectFile },
];

/** A file that is new, whatever the test before left in it. */
function connectFile(image?: Uint8Array): Connection {
  for (const path of pool.getFileNames()) pool.unlink(path);
  if (image !== undefined) pool.importDb('/test.db', image);
  const connection = connectSqliteWasmFile(sqliteWasm, { path: '/test.db', vfs: 'conformance' });
  if (image === undefined) connection.execute('PRAGMA journal_mode = wal; PRAGMA synchronous = normal');
  return connection;
}
