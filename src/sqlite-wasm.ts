/**
 * Databases of browsers on SQLite's own WebAssembly: files that survive, in a worker, shared by every tab. Asynchronous.
 *
 * @module
 */
import type { DispatchingPort } from './driver/channel.js';
import { checkPath } from './driver/path.js';
import { browserTab } from './drivers/browser-tabs.js';
import { placeOf, type SqliteWasmOpenOptions } from './drivers/sqlite-wasm-place.js';
import { openInTabs } from './model/tabs.js';
import type { AsyncDatabase, BreakerOption, OpenOptions } from './model/index.js';

export type { DispatchingPort } from './driver/channel.js';
export type { SqliteWasmOpenOptions } from './drivers/sqlite-wasm-place.js';

/** Of browsers; written out below as bundlers look for it. */
declare const Worker: new (script: URL, options: { readonly type: 'module' }) => DispatchingPort;

/**
 * Opens a database that the browser keeps, or `:memory:`, in a worker.
 *
 *     const db = await open('app.db', { models: [Note] });
 *     await Note.async().create({ title: 'kept' });
 *
 * Every tab of the origin that opens it uses the same worker, which belongs to one of them; when that one is closed, another takes
 * over. Throws `UnsupportedError` where the browser cannot keep files, `SchemaDriftError`, and `AlreadyOpenError`.
 */
export async function open(
  name: string,
  { worker, directory, fileMustExist, ...options }: OpenOptions & SqliteWasmOpenOptions & BreakerOption = {},
): Promise<AsyncDatabase> {
  const database = placeOf(checkPath(name), { directory, fileMustExist: fileMustExist ?? options.readonly });
  const startWorker =
    worker ?? (() => new Worker(new URL('./sqlite-wasm-worker-script.js', import.meta.url), { type: 'module' }));
  return await openInTabs({
    name: database.directory ?? crypto.randomUUID(), // nobody else has a database in memory
    options,
    platform: browserTab(startWorker),
    onDisk: database.directory !== undefined,
    database,
  });
}
