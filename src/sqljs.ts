/**
 * Databases on sql.js: SQLite as WebAssembly, in memory, synchronously, in browsers and Node.
 *
 * @module
 */
import { ImageFile } from './drivers/image-file.js';
import type { ImageStorage } from './driver/image-storage.js';
import { checkPath } from './driver/path.js';
import { connectSqlJs, loadSqlJs, type SqlJsOptions } from './drivers/sqljs.js';
import type { StoredDatabase } from './model/index.js';
import { closeReplaced, ImageDatabase, openStored, type OpenOptions, type StoreOptions } from './model/index.js';

export { indexedDb, opfs } from './drivers/image-storages.js';
export type { ImageStorage, KeptImage } from './driver/image-storage.js';
export { StoredDatabase, type StoreOptions } from './model/index.js';

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
export function open(source: string | Uint8Array, options?: OpenOptions & SqlJsOptions): Promise<ImageDatabase>;
/**
 * Opens a database that is kept in the browser: loaded into memory, and saved soon after each change.
 *
 *     const db = await open('notes', { storage: opfs(), models: [Note] });
 *     Note.create({ title: 'kept' });          // synchronous; on the disk a moment later
 *     await db.flush();                        // on the disk now
 *
 * Throws `DatabaseLockedError` while another page has it, unless `whenLocked` says otherwise.
 */
export function open(
  name: string,
  options: OpenOptions & SqlJsOptions & StoreOptions & { readonly storage: ImageStorage },
): Promise<StoredDatabase>;
export async function open(
  source: string | Uint8Array,
  options: OpenOptions & SqlJsOptions & StoreOptions & { readonly storage?: ImageStorage } = {},
): Promise<ImageDatabase | StoredDatabase> {
  const { sqlJs, locateFile, wasmBinary, storage } = options;
  if (!ArrayBuffer.isView(source)) checkPath(source);
  const module = await loadSqlJs({ sqlJs, ...(locateFile && { locateFile }), ...(wasmBinary && { wasmBinary }) });
  const connect = (image?: Uint8Array) => connectSqlJs(module, image);
  await closeReplaced(options);
  if (storage !== undefined) return await openStored(String(source), storage, connect, options);
  const path = typeof source === 'string' && source !== ':memory:' ? source : undefined;
  ImageDatabase.saveReplaced(options);
  const file = path === undefined ? undefined : new ImageFile(path);
  const image = typeof source === 'string' ? file?.read(options.readonly) : source;
  return new ImageDatabase(connect(image), file && ((bytes) => file.write(bytes)), options, image);
}
