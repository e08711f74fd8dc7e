import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sql } from 'litemodel';
import { Counters, failureOf, numbers, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript();

describe.each([true, false])('worker threads with { lookOut: %s }', (lookOut) => {
  const open = (readers: number) => openWorkers({ readers, script: script(), lookOut });

  it.each([0, 1, 2])('answer one after the other, and all at once, with %i readers', async (readers) => {
    const db = await open(readers);
    for (let n = 0; n < 200; n++) {
      await Counters.create({ n });
      expect((await Counters.findById(n + 1))?.n).toBe(n);
    }
    const ids = Array.from({ length: 200 }, (_, index) => index + 1);
    expect((await Promise.all(ids.map((id) => Counters.findById(id)))).map((one) => one?.n)).toEqual(
      ids.map((id) => id - 1),
    );
    await db.transaction(async () => {
      for (const id of ids) await Counters.filter({ id }).update({ note: `note ${id}` });
    });
    expect((await Counters.query().all()).map(({ note }) => note)).toEqual(ids.map((id) => `note ${id}`));
  });

  it('send long answers whole and in order, before and behind short ones', async () => {
    const db = await open(1);
    const expected = Array.from({ length: 12_000 }, (_, index) => ({ i: index + 1 }));
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 30; n++) expect(await db.all(sql`SELECT ${n} AS n`)).toEqual([{ n }]);
      const [before, long, behind] = await Promise.all([
        db.all(sql`SELECT 'before' AS place`),
        db.all(numbers(12_000)),
        db.all(sql`SELECT 'behind' AS place`),
      ]);
      expect([before, behind]).toEqual([[{ place: 'before' }], [{ place: 'behind' }]]);
      expect(long).toEqual(expected);
    }
  });

  it('keep nobody waiting who has a timer', async () => {
    const db = await open(1);
    let isOver = false;
    const timer = sleep(20).then(() => (isOver = true));
    while (!isOver) await db.all(sql`SELECT 1`);
    await timer;
    expect(isOver).toBe(true);
  });

  it('sleep while there is nothing to do', async () => {
    const db = await open(2);
    for (let n = 0; n < 300; n++) await db.all(sql`SELECT 1`);
    await sleep(50);
    const before = process.cpuUsage();
    await sleep(400);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(200); // a thread that looks out all the time takes 400
  });

  it('tell why they refuse', async () => {
    const db = await open(1);
    for (let n = 0; n < 50; n++) await db.all(sql`SELECT 1`);
    expect(await failureOf(db.all(sql`SELECT * FROM nothing`))).toMatchObject({ code: 'ORM_SQL' });
  });
});

/** How often messages are taken before their event while something is done. */
async function takenEarly(act: (taken: () => number) => Promise<void>): Promise<number> {
  const receive = vi.spyOn(process.getBuiltinModule('node:worker_threads'), 'receiveMessageOnPort');
  onTestFinished(() => receive.mockRestore());
  const taken = (): number => receive.mock.results.filter(({ value }) => value !== undefined).length;
  await act(taken);
  return taken();
}

describe('looking out', () => {
  it('takes answers before their event has come', async () => {
    const early = await takenEarly(async (taken) => {
      const db = await openWorkers({ script: script() });
      while (taken() === 0) await db.all(sql`SELECT 1`);
    });
    expect(early).toBeGreaterThan(0);
  });

  it('can be turned off', async () => {
    const early = await takenEarly(async () => {
      const db = await openWorkers({ script: script(), lookOut: false });
      for (let n = 0; n < 300; n++) await db.all(sql`SELECT 1`);
    });
    expect(early).toBe(0);
  });
});
