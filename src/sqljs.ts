/**
 * Databases on sql.js: SQLite as WebAssembly, in memory, synchronously, in browsers and Node.
 *
 * @module
 */
import { readImage, writeImage } from './drivers/image-file.js';
import { connectSqlJs, loadSqlJs, type SqlJsOptions } from './drivers/sqljs.js';
import { ImageDatabase, type OpenOptions } from './model/index.js';

export { ImageDatabase } from './model/index.js';
export type { InitSqlJs, SqlJsConfiguration, SqlJsDatabase, SqlJsModule, SqlJsOptions } from './drivers/sqljs.js';

/**
 * Opens a database in memory: empty (`:memory:`), from the bytes of a file, or in Node from a file by its path, which `save`
 * and `close` write back.
 *
 *     const db = await open(':memory:', { models: [Note] });
 *     localFile.write(db.serialize());
 *
 * It waits for the WebAssembly to load; everything after that is synchronous. Throws `DriverUnavailableError` where sql.js is
 * not installed and none is passed as `sqlJs`.
 */
export async function open(
  source: string | Uint8Array,
  options: OpenOptions & SqlJsOptions = {},
): Promise<ImageDatabase> {
  const { sqlJs, locateFile, wasmBinary } = options;
  const module = await loadSqlJs({ sqlJs, ...(locateFile && { locateFile }), ...(wasmBinary && { wasmBinary }) });
  const path = typeof source === 'string' && source !== ':memory:' && source !== '' ? source : undefined;
  ImageDatabase.saveReplaced(options);
  const image =
    typeof source !== 'string' ? source : path === undefined ? undefined : readImage(path, options.readonly);
  const save = path === undefined ? undefined : (bytes: Uint8Array) => writeImage(path, bytes);
  return new ImageDatabase(connectSqlJs(module, image), save, options, image);
}
