import type { DispatchingPort } from '../driver/channel.js';
import type { ImageConnection } from '../driver/contract.js';
import { connectSqliteWasm } from './sqlite-wasm-connection.js';
import { loadSqliteWasm, type SqliteWasmOptions } from './sqlite-wasm-module.js';
import { openOpfsDirectory } from './sqlite-wasm-opfs.js';

/** What `open` of `litemodel/sqlite-wasm` takes besides the options of every driver. */
export interface SqliteWasmOpenOptions {
  /** Starts the worker, where the package's own script is not found or is not the one to run. */
  readonly worker?: () => DispatchingPort;
  /** Where the file is, in the origin's private file system: a directory that it has for itself; `litemodel/<name>` unless said. */
  readonly directory?: string;
  /** Throws instead of creating the file. */
  readonly fileMustExist?: boolean;
}

/** Which database a worker is to open. */
export interface SqliteWasmStart {
  readonly name: string;
  /** Where its file is, in the origin's private file system; none for a database in memory. */
  readonly directory: string | undefined;
  readonly fileMustExist: boolean;
}

/** Opens the database that a worker was told to, in memory or as a file; waits for a worker that has it to go. */
export async function openInWorker(start: unknown, options: SqliteWasmOptions): Promise<ImageConnection> {
  const { name, directory, fileMustExist } = start as SqliteWasmStart;
  const module = await loadSqliteWasm(options);
  if (directory === undefined) return connectSqliteWasm(module);
  const opened = await openOpfsDirectory(module, { directory, wait: true });
  try {
    return await opened.connect(name, { fileMustExist });
  } catch (error) {
    await opened.close(); // others may have more luck
    throw error;
  }
}
