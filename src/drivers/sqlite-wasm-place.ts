import type { DispatchingPort } from '../driver/channel.js';
import { pathOf } from './sqlite-wasm-path.js';

/** What `open` of `litemodel/sqlite-wasm` takes besides the options of every driver. */
export interface SqliteWasmOpenOptions {
  /** Starts the worker, where the package's own script is not found or is not the one to run. */
  readonly worker?: (() => DispatchingPort) | undefined;
  /**
   * A directory of the origin's private file system, in which each database has one of its own; `litemodel` unless said. What
   * else is in it does not matter.
   */
  readonly directory?: string | undefined;
  /** Throws instead of creating the file. */
  readonly fileMustExist?: boolean | undefined;
}

/** Which database a worker is to open. */
export interface SqliteWasmStart {
  readonly name: string;
  /** Where its file is, in the origin's private file system; none for a database in memory. */
  readonly directory: string | undefined;
  readonly fileMustExist: boolean;
}

/**
 * Where a database is: two names have two directories, for a directory has one worker. Throws `CannotOpenError` for a name that
 * cannot be one.
 */
export function placeOf(
  name: string,
  { directory = 'litemodel', fileMustExist = false }: SqliteWasmOpenOptions,
): SqliteWasmStart {
  if (name === ':memory:') return { name, directory: undefined, fileMustExist };
  pathOf(name); // which throws for what is no name
  const parts = [...directory.split('/').filter(Boolean), encodeURIComponent(name)];
  return { name, directory: parts.join('/'), fileMustExist };
}
