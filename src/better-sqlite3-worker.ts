/**
 * What runs in the worker threads of `open(path, { workers: … })`. Only a script of your own, for options that cannot be sent to
 * a thread, imports it.
 *
 * @module
 */
import { ConnectedDatabase } from './database/index.js';
import { connectBetterSqlite3, type BetterSqlite3Options } from './drivers/better-sqlite3.js';
import { parentOf } from './drivers/node-worker.js';
import { serve as serveTo, serveFailure, type WorkerStart } from './port/index.js';

/**
 * Opens the file that this worker was started for, and answers whoever started it.
 *
 *     // worker.js, named by open('app.db', { workers: { script: new URL('./worker.js', import.meta.url) } })
 *     import { serve } from 'litemodel/better-sqlite3-worker';
 *     serve({ onOpen: (raw) => raw.pragma(`key = '${process.env.KEY}'`) });
 */
export function serve(options: BetterSqlite3Options = {}): void {
  const { channel, value } = parentOf();
  const start = value as WorkerStart;
  try {
    const connection = connectBetterSqlite3(start.path, { ...options, ...start.options });
    const database = new ConnectedDatabase(connection, { alias: start.path, ...start });
    serveTo(channel, database, { isPrompt: start.isReader });
  } catch (error) {
    serveFailure(channel, error);
  }
}
