import type { ImageConnection } from '../driver/contract.js';
import { connectSqliteWasm } from './sqlite-wasm-connection.js';
import { loadSqliteWasm, type SqliteWasmOptions } from './sqlite-wasm-module.js';
import { openOpfsDirectory } from './sqlite-wasm-opfs.js';
import type { SqliteWasmStart } from './sqlite-wasm-place.js';

/** What a worker has opened. */
export interface SqliteWasmOpened {
  readonly connection: ImageConnection;
  readonly onDisk: boolean;
  /** Gives the directory back, for the next worker to have it at once. */
  release(): Promise<void>;
}

/** Opens the database that a worker was told to, in memory or as a file; waits for a worker that has it to go. */
export async function openInWorker(start: unknown, options: SqliteWasmOptions): Promise<SqliteWasmOpened> {
  const { name, directory, fileMustExist } = start as SqliteWasmStart;
  const module = await loadSqliteWasm(options);
  if (directory === undefined) {
    return { connection: connectSqliteWasm(module), onDisk: false, release: () => Promise.resolve() };
  }
  const opened = await openOpfsDirectory(module, { directory, wait: true });
  try {
    const connection = await opened.connect(name, { fileMustExist });
    return { connection, onDisk: true, release: () => opened.close() };
  } catch (error) {
    await opened.close(); // others may have more luck
    throw error;
  }
}
