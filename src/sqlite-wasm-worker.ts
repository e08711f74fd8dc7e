/**
 * What runs in the worker of `open` of `litemodel/sqlite-wasm`. Only a script of your own imports it, where the package's own is
 * not found or SQLite is another build.
 *
 * @module
 */
import { ConnectedDatabase } from './database/index.js';
import { pageOf } from './drivers/browser-tabs.js';
import { openInWorker, type SqliteWasmOptions } from './drivers/sqlite-wasm.js';
import { Multiplexer, serve as serveTo, serveFailure } from './port/index.js';

/**
 * Opens the database that this worker is told, and answers every tab that asks for it.
 *
 *     // worker.js, started by open('app.db', { worker: () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }) })
 *     import { serve } from 'litemodel/sqlite-wasm-worker';
 *     serve({ locateFile: (file) => `/assets/${file}` });
 */
export function serve(options: SqliteWasmOptions = {}): void {
  const parties = new Multiplexer(pageOf());
  parties.onFirst = (start) => {
    const opening = openInWorker(start, options).then(
      (connection) => new ConnectedDatabase(connection, { alias: 'worker' }),
    );
    parties.onParty = (channel) => {
      void opening.then(
        (database) => serveTo(channel, database),
        (error: unknown) => serveFailure(channel, error),
      );
    };
  };
}
