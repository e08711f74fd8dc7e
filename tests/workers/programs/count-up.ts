/** Adds 1 to one row of a file so many times, in worker threads, each in a transaction that reads it first. */
import { id, integer, Model, table, text, type Generated } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';

@table('counters')
class Counter extends Model {
  @id() id!: Generated<number>;
  @integer({ unique: true }) n!: number;
  @text({ default: '' }) note!: Generated<string>;
}

const [path, script, times] = process.argv.slice(2) as [string, string, string];

await using db = await open(path, {
  models: [Counter],
  queueTimeout: 120_000,
  busyTimeout: 60_000,
  workers: { readers: 2, script: new URL(script) },
});
const Counters = Counter.using(db);

const add = () =>
  db.transaction(async () => {
    const counter = (await Counters.findById(1))!;
    counter.n++;
    await counter.async.save();
  });
const read = async () => {
  const { n } = (await Counters.findById(1))!;
  if (n < 0) throw new Error('This cannot be.');
};

await Promise.all(Array.from({ length: Number(times) }, () => [add(), read()]).flat());
