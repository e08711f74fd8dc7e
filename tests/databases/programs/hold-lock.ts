/** Holds the write lock of a file for some time, and then commits. */
import { writeSync } from 'node:fs';
import { sql } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';

const [path, milliseconds] = process.argv.slice(2) as [string, string];
const db = open(path, { schema: 'off' });
db.transaction(() => {
  db.run(sql`UPDATE counters SET value = value + 1`);
  writeSync(1, 'locked\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(milliseconds));
});
db.close();
