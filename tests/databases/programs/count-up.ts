/** Reads a counter and writes it back one higher, again and again, each time in a transaction. */
import { id, integer, Model, table, type Generated } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';

@table('counters')
class Counter extends Model {
  @id() id!: Generated<number>;
  @integer() value!: number;
}

const [path, times] = process.argv.slice(2) as [string, string];
const db = open(path, { models: [Counter] });
for (let count = 0; count < Number(times); count++) {
  db.transaction(() => {
    const counter = Counter.query().one();
    counter.value++;
    counter.save();
  });
}
db.close();
