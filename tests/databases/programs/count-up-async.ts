/** Counts up in transactions that are all asked for at once, each of which waits between reading and writing. */
import { id, integer, table, type Generated } from 'litemodel';
import { Model } from 'litemodel/async';
import { open } from 'litemodel/better-sqlite3';

@table('counters')
class Counter extends Model {
  @id() id!: Generated<number>;
  @integer() value!: number;
}

const [path, times] = process.argv.slice(2) as [string, string];
const db = open(path, { models: [Counter], queueTimeout: 60_000 }).async;
const increment = () =>
  db.transaction(async () => {
    const counter = await Counter.query().one();
    await new Promise((resolve) => setImmediate(resolve));
    counter.value++;
    await counter.save();
  });
await Promise.all(Array.from({ length: Number(times) }, increment));
await db.close();
