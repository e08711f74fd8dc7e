/** A worker thread as somebody would write it by hand: a message with an id comes in, one with the row goes out. */
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const byId = new Database(workerData as string, { readonly: true }).prepare(
  'SELECT id, name, category, note, quantity, price, active, created_at, attributes FROM items WHERE id = ?',
);
parentPort!.on('message', (id: number) => parentPort!.postMessage(byId.get(id)));
