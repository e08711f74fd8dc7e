/**
 * Opens a file in worker threads and closes it again, many times, and says what is left of it: threads and open files of this
 * process before and after, and by how many megabytes it has grown meanwhile.
 */
import { readdirSync } from 'node:fs';
import { id, integer, Model, table, type Generated } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';

@table('counters')
class Counter extends Model {
  @id() id!: Generated<number>;
  @integer() n!: number;
}

const [path, script, times] = process.argv.slice(2) as [string, string, string];

const count = (what: 'task' | 'fd'): number => readdirSync(`/proc/self/${what}`).length;

async function useOnce(n: number): Promise<void> {
  await using db = await open(path, { models: [Counter], workers: { readers: 1, script: new URL(script) } });
  await Counter.using(db).create({ n });
  await Counter.using(db).count();
}

for (let n = 0; n < 20; n++) await useOnce(n); // for what is loaded and kept once
const before = { threads: count('task'), files: count('fd'), megabytes: process.memoryUsage.rss() / 2 ** 20 };
for (let n = 0; n < Number(times); n++) await useOnce(n);
console.log(
  JSON.stringify({
    threads: count('task') - before.threads,
    files: count('fd') - before.files,
    megabytes: Math.round(process.memoryUsage.rss() / 2 ** 20 - before.megabytes),
  }),
);
