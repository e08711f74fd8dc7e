import { describe, expect, it } from 'vitest';
import { sql } from 'litemodel';
import { Counters, deferred, failureOf, numbers, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript();
const open = (readers = 2) => openWorkers({ readers, script: script() });

const fill = (count: number) => sql`
  WITH RECURSIVE x (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < ${count})
  INSERT INTO counters (n, note) SELECT -i, 'note ' || i FROM x`;

describe('many rows', () => {
  it('come whole and in order, as objects and as instances, two queries at once', async () => {
    const db = await open(1);
    await db.run(fill(100_000));
    const [plain, instances, some] = await Promise.all([
      db.all<{ i: number }>(numbers(100_000)),
      Counters.query().orderBy('id').all(),
      Counters.query().orderBy('n').limit(1500).pluck('n'),
    ]);
    expect(plain.length === 100_000 && plain.every(({ i }, index) => i === index + 1)).toBe(true);
    const isRight = ({ id, n, note }: (typeof instances)[number], index: number) =>
      id === index + 1 && n === -Number(id) && note === `note ${id}`;
    expect(instances.length === 100_000 && instances.every(isRight)).toBe(true);
    expect(some).toEqual(Array.from({ length: 1500 }, (_, index) => index - 100_000));
  }, 30_000);

  it('stop coming when they are given up, and the reader has time for others', async () => {
    const db = await open(1);
    await db.all(sql`SELECT 1`);
    const abortion = new AbortController();
    const reading = failureOf(db.all(numbers(500_000), { signal: abortion.signal }));
    setTimeout(() => abortion.abort(new Error('enough')), 20);
    expect(await reading).toEqual(new Error('enough'));
    expect(await db.all(numbers(3))).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }]);
    expect(db.workers).toMatchObject({ inFlight: 0, lost: 0 });
  });

  it('come from a write, too', async () => {
    const db = await open(0);
    await db.run(fill(5000));
    const changed = await Counters.filter(sql`n < 0`)
      .returning('id')
      .update({ note: 'changed' });
    expect(changed.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1));
    await db.transaction(async (tx) => {
      await tx.run(sql`DELETE FROM counters WHERE id > 4000`);
      expect(await tx.all(sql`SELECT id FROM counters`)).toHaveLength(4000);
    });
  });

  it('can be read in batches while others are written', async () => {
    const db = await open(2);
    await db.run(fill(3000));
    let statements = 0;
    db.onStatement(({ sql: text }) => (statements += text.startsWith('SELECT') ? 1 : 0));
    const ids: number[] = [];
    for await (const { id } of Counters.query().orderBy('id').iterate({ batch: 500 })) {
      ids.push(id);
      if (id % 500 === 250) await Counters.create({ n: id });
    }
    expect(ids).toEqual(Array.from({ length: 3006 }, (_, index) => index + 1)); // what was written meanwhile comes last
    expect(statements).toBe(7);
  });

  it('can be read in batches of one state', async () => {
    const db = await open(1);
    await db.run(fill(2000));
    const [begun, deleted] = [deferred(), deferred()];
    const reading = db.snapshot(async () => {
      const ids: number[] = [];
      for await (const { id } of Counters.query().orderBy('id').iterate({ batch: 500 })) {
        ids.push(id);
        begun.resolve();
        await deleted.promise;
      }
      return ids.length;
    });
    await begun.promise;
    await Counters.deleteAll();
    deleted.resolve();
    expect(await reading).toBe(2000);
    expect(await Counters.count()).toBe(0);
  });
});
