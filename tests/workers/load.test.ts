import { describe, expect, it } from 'vitest';
import { AsyncDatabase, sql } from 'litemodel';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { compileProgram, RunningProgram } from '../databases/programs.js';
import { Served } from '../ports/open-port.js';
import { Counter, Counters, newPath, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript();

/** 1,000 operations at once, of which 250 read a row and write what they made of it: every one of those counts. */
async function runThousand(db: AsyncDatabase): Promise<void> {
  const Mine = Counter.using(db);
  const add = () =>
    db.transaction(async () => {
      const counter = (await Mine.findById(1))!;
      counter.n++;
      await counter.async.save();
    });
  const kinds = [
    () => add(),
    (index: number) => Mine.create({ n: 1_000_000 + index }),
    () => Mine.query().orderBy('n').limit(10).all(),
    () => db.first(sql`SELECT count(*) AS n FROM counters`),
  ];
  await Promise.all(Array.from({ length: 1000 }, (_, index) => kinds[index % 4]!(index)));
}

/** How many rows there are, and what the first counter has come to. */
async function sumOf(db: AsyncDatabase): Promise<unknown> {
  return await db.first(sql`SELECT count(*) AS rows, min(n) AS added FROM counters`);
}

describe('a thousand operations at once', () => {
  it.each([0, 1, 4])('are all done, in worker threads with %i readers', async (readers) => {
    const db = await openWorkers({ readers, script: script() });
    await Counters.create({ n: 0 });
    await runThousand(db);
    expect(await sumOf(db)).toEqual({ rows: 251, added: 250 });
    expect(db.workers).toMatchObject({ inFlight: 0, lost: 0, leftBehind: 0 });
    expect(db.workers!.readers).toBeLessThanOrEqual(readers);
  });

  it('are all done over a port, by two clients on one connection', async () => {
    const served = new Served(connectBetterSqlite3(':memory:'));
    const clients = await Promise.all(
      ['one', 'two'].map(async (alias) =>
        AsyncDatabase.open(
          await served.connect(),
          { onDisk: false },
          { alias, models: [Counter], queueTimeout: 30_000 },
        ),
      ),
    );
    const [one, two] = clients as [AsyncDatabase, AsyncDatabase];
    await Counter.using(one).create({ n: 0 });
    const failed: string[] = [];
    served.database.onStatement(({ error }) => error !== undefined && failed.push(error.message));
    const others = Array.from({ length: 250 }, () =>
      two.transaction(async (tx) => {
        const counter = (await Counter.using(tx).findById(1))!;
        counter.n++;
        await counter.async.using(tx).save();
      }),
    );
    await Promise.all([runThousand(one), ...others]);
    expect([await sumOf(one), failed]).toEqual([{ rows: 251, added: 500 }, []]);
    await Promise.all(clients.map((client) => client.close()));
  }, 30_000);
});

describe('eight readers', () => {
  it('read beside a writer that commits, each one state at a time', async () => {
    const db = await openWorkers({ readers: 8, script: script() });
    await Counters.create({ n: 500 });
    await Counters.create({ n: -500 });
    let isWriting = true;
    const sums = new Set<number>();
    const states = new Set<number>();
    const readAll = async () => {
      while (isWriting) {
        const [row] = await db.all<{ sum: number; n: number }>(sql`SELECT sum(n) AS sum, max(n) AS n FROM counters`);
        sums.add(row!.sum);
        states.add(row!.n);
      }
    };
    const reading = Promise.all(Array.from({ length: 16 }, readAll));
    while (db.workers!.readers < 8) await db.first(sql`SELECT 1`);
    for (let time = 0; time < 200; time++) {
      await db.transaction(async () => {
        const [one, other] = await Counters.query().orderBy('id').all();
        one!.n++;
        await one!.async.save();
        other!.n--;
        await other!.async.save();
      });
    }
    isWriting = false;
    await reading;
    expect([...sums]).toEqual([0]);
    expect(states.size).toBeGreaterThan(20); // they did not wait until it was over
    expect(db.workers).toMatchObject({ readers: 8, lost: 0 });
  }, 30_000);
});

describe('four processes', () => {
  const counting = compileProgram('count-up', { folder: 'tests/workers/programs' });

  it('with threads of their own lose no update of one file, and none hears that it is busy', async () => {
    const path = newPath();
    const db = await openWorkers({ readers: 1, script: script() }, { path });
    await Counters.create({ n: 0 });
    const running = Array.from({ length: 4 }, () => new RunningProgram(counting, [path, script().href, '100']));
    expect([await Promise.all(running.map(({ ended }) => ended)), running.map(({ output }) => output)]).toEqual([
      [0, 0, 0, 0],
      ['', '', '', ''],
    ]);
    expect((await Counters.findById(1))!.n).toBe(400);
    expect(await db.all(sql`PRAGMA integrity_check`)).toEqual([{ integrity_check: 'ok' }]);
  }, 120_000);
});
