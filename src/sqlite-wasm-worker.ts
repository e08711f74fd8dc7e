/**
 * What runs in the worker of `open` of `litemodel/sqlite-wasm`. Only a script of your own imports it, where the package's own is
 * not found or SQLite is another build.
 *
 * @module
 */
import { browserWorker } from './drivers/browser-tabs.js';
import { openInWorker, type SqliteWasmOptions } from './drivers/sqlite-wasm.js';
import { serveTabs } from './port/index.js';

export type {
  InitSqliteWasm,
  SqliteWasmConfiguration,
  SqliteWasmModule,
  SqliteWasmOptions,
} from './drivers/sqlite-wasm.js';

/**
 * Opens the database that this worker is told, and answers every tab that asks for it.
 *
 *     // worker.js, started by open('app.db', { worker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }) })
 *     import { serve } from 'litemodel/sqlite-wasm-worker';
 *     serve({ locateFile: (file) => `/assets/${file}` });
 */
export function serve(options: SqliteWasmOptions = {}): void {
  serveTabs(browserWorker(), (database) => openInWorker(database, options));
}
