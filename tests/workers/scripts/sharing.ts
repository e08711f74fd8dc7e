/** A thread that has a database and shares it over its port, until it hangs: as deaf as a process that is busy for good. */
import { parentPort, workerData } from 'node:worker_threads';
import { open } from '../../../src/better-sqlite3.js';
import { shareDatabase } from '../../../src/electron-main.js';

/** The part of better-sqlite3 that makes functions of SQL. */
interface Functions {
  function(name: string, body: () => unknown): void;
}

const state = new Int32Array(workerData as SharedArrayBuffer);

const db = open(':memory:', {
  onOpen: (raw) =>
    (raw as unknown as Functions).function('hang', () => {
      Atomics.wait(state, 0, 0);
      return 'awake';
    }),
});
db.execute(
  "CREATE TABLE counters (id INTEGER PRIMARY KEY, n INTEGER NOT NULL UNIQUE, note TEXT NOT NULL DEFAULT '') STRICT",
);
shareDatabase(db, parentPort!, { sql: true });
