import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { defineModel, gte, id, integer, InvalidValueError, sql, text } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const Row = defineModel('rows', { id: id(), n: integer(), name: text() }, { modelName: 'Row' });

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe.each(drivers)('$name', ({ open }) => {
  const fill = (db: { run(command: ReturnType<typeof sql>): unknown }, count: number) =>
    db.run(sql`
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
      INSERT INTO rows (n, name) SELECT n, 'row ' || n FROM numbers`);

  it('reads in batches, each behind the one before', async () => {
    const db = await open({ models: [Row] });
    fill(db, 5);
    const seen: number[] = [];
    const all = 'SELECT "id", "n", "name" FROM "rows"';
    expect(
      statementsOf(db, () => {
        for (const row of Row.filter({ n: gte(2) }).iterate({ batch: 2 })) seen.push(row.n);
      }),
    ).toEqual([
      `${all} WHERE "n" >= ? ORDER BY "id" LIMIT 2`,
      `${all} WHERE "n" >= ? AND "id" > ? ORDER BY "id" LIMIT 2`,
      `${all} WHERE "n" >= ? AND "id" > ? ORDER BY "id" LIMIT 2`,
    ]);
    expect(seen).toEqual([2, 3, 4, 5]);
    expect(statementsOf(db, () => [...Row.query().limit(2).iterate()])).toEqual([`${all} ORDER BY "id" LIMIT 2`]);
    expect(statementsOf(db, () => [...Row.query().limit(0).iterate()])).toEqual([]);
  });

  it('runs nothing before the first row is asked for, and no more than is asked for', async () => {
    const db = await open({ models: [Row] });
    fill(db, 10);
    expect(statementsOf(db, () => Row.query().iterate())).toEqual([]);
    expect(
      statementsOf(db, () => {
        for (const row of Row.query().iterate({ batch: 3 })) if (row.id === 3) break;
      }),
    ).toHaveLength(1);
    expect(statementsOf(db, () => void [...Row.query().iterate()])).toHaveLength(1);
    expect(() => [...Row.query().iterate({ batch: 1.5 })]).toThrow(InvalidValueError);
  });

  it('what cannot be read in batches is read whole, at the first row', async () => {
    const db = await open({ models: [Row] });
    fill(db, 3);
    for (const query of [Row.query().orderBy(sql`n % 2`), Row.query().distinct()]) {
      expect(statementsOf(db, () => expect([...query.iterate({ batch: 1 })]).toHaveLength(3))).toHaveLength(1);
    }
    expect([...Row.query().select('n').iterate({ batch: 1 })]).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('leaves the connection free to write in the loop', async () => {
    const db = await open({ models: [Row] });
    fill(db, 1000);
    let seen = 0;
    for (const row of Row.query().iterate({ batch: 64 })) {
      seen++;
      if (row.n % 3 === 0) row.delete();
      else {
        row.n = -row.n;
        row.save();
      }
      if (seen === 500) Row.create({ n: 5000, name: 'late' });
    }
    expect(seen).toBe(1001); // the late row has the largest id, so it is still ahead
    expect(db.first(sql`SELECT count(*) AS n, sum(n < 0) AS negative FROM rows`)).toEqual({ n: 668, negative: 668 });
  });

  it('sees a row once, though its place in the order moves behind the loop', async () => {
    const db = await open({ models: [Row] });
    fill(db, 20);
    const seen = new Map<number, number>();
    for (const row of Row.query().orderBy('n').iterate({ batch: 4 })) {
      seen.set(row.id, (seen.get(row.id) ?? 0) + 1);
      row.n -= 100;
      row.save();
    }
    expect([...seen.values()]).toEqual(Array(20).fill(1));
    expect(db.first(sql`SELECT max(n) AS most FROM rows`)).toEqual({ most: -80 });
  });

  it('goes on where a transaction is open, and through a rollback', async () => {
    const db = await open({ models: [Row] });
    fill(db, 10);
    const seen: number[] = [];
    for (const row of Row.query().iterate({ batch: 2 })) {
      seen.push(row.id);
      try {
        db.transaction(() => {
          Row.deleteAll();
          throw new Error('roll back');
        });
      } catch {
        // the rows are there again
      }
    }
    expect(seen).toHaveLength(10);
  });

  it('keeps memory flat over 100,000 rows', async () => {
    const db = await open({ models: [Row] });
    fill(db, 100_000);
    const used = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    for (const row of Row.query().limit(2000).iterate()) void row; // what is compiled once
    const before = used();
    let most = 0;
    let sum = 0;
    for (const row of Row.query().iterate()) {
      sum += row.n;
      if (row.n % 20_000 === 0) most = Math.max(most, used() - before);
    }
    expect(sum).toBe(5_000_050_000);
    expect(most).toBeLessThan(4_000_000); // all of them at once take more than 20 MB
  }, 30_000);
});
