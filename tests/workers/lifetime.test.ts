import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ClosedError, sql, type AsyncDatabase } from 'litemodel';
import { compileProgram, RunningProgram } from '../databases/programs.js';
import { Counters, counting, deferred, failureOf, newPath, numbers, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript();
const folder = 'tests/workers/programs';

const open = (readers = 1, path = newPath()) => openWorkers({ readers, script: script() }, { path });

describe('close', () => {
  it('comes after what was asked for before, and takes the log into the file', async () => {
    const path = newPath();
    const db = await open(2, path);
    const asked = [
      Counters.create({ n: 1 }),
      Counters.create({ n: 2 }),
      db.all(numbers(20_000)),
      db.all(counting(300_000)),
      db.transaction(() => Counters.create({ n: 3 })),
    ];
    expect(existsSync(`${path}-wal`)).toBe(true);
    await db.close();
    expect(existsSync(`${path}-wal`)).toBe(false); // the last connection takes it along
    expect((await Promise.all(asked)).length).toBe(5);
    expect([db.isOpen, db.state.name]).toEqual([false, 'closed']);
    const again = await open(0, path);
    expect(await again.all(sql`SELECT n FROM counters`)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('can be called twice, at once and later', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    await Promise.all([db.close(), db.close()]);
    await db.close();
    expect(await failureOf(db.all(sql`SELECT 1`))).toBeInstanceOf(ClosedError);
  });

  it('refuses what comes later', async () => {
    const db = await open();
    const closed = db.close();
    const late = [failureOf(db.run(sql`DELETE FROM counters`)), failureOf(db.transaction(() => undefined))];
    await closed;
    for (const error of await Promise.all(late)) expect(error).toBeInstanceOf(ClosedError);
    expect(await failureOf(db.all(sql`SELECT 1`))).toBeInstanceOf(ClosedError);
    expect(await failureOf(db.snapshot(() => undefined))).toBeInstanceOf(ClosedError);
  });

  it('does not wait for a worker that is starting and that nobody needs', async () => {
    const db = await open(3);
    await db.all(sql`SELECT 1`);
    const reads = Promise.all([db.all(counting(100_000)), db.all(sql`SELECT 2`)]); // for the second, another is started
    await db.close();
    await reads;
    expect(db.workers).toMatchObject({ inFlight: 0, leftBehind: 0 });
  });

  it('waits for a read whose worker is still starting', async () => {
    const db = await open();
    const read = db.all(sql`SELECT 1 AS one`);
    await db.close();
    expect(await read).toEqual([{ one: 1 }]);
  });

  it('ends a snapshot with an error, and one that waits for its turn, too', async () => {
    const db = await open();
    const [held, begun] = [deferred(), deferred()];
    const first = failureOf(
      db.snapshot(async () => {
        begun.resolve();
        await held.promise;
        return await db.all(sql`SELECT 1`);
      }),
    );
    await begun.promise;
    const second = failureOf(db.snapshot(() => 'never'));
    await db.close();
    held.resolve();
    expect(await first).toBeInstanceOf(ClosedError);
    expect(await second).toBeInstanceOf(ClosedError);
  });

  it('follows an open that fails', async () => {
    const path = newPath();
    await open(1, path).then((db) => db.close());
    const error = await failureOf(openWorkers({ script: script() }, { path, journalMode: 'nonsense' as 'wal' }));
    expect((error as Error).name).toBe('UnsupportedError');
    await open(1, path); // under the same alias
  });
});

describe('a program', () => {
  const end = compileProgram('end', { folder });
  const often = compileProgram('open-often', { folder });

  it.each(['closed', 'not closed', 'with a transaction open', 'while a write runs'])(
    'ends by itself: %s',
    async (how) => {
      const path = newPath();
      const running = new RunningProgram(end, [path, script().href, how]);
      expect(await running.ended).toBe(0);
      expect(running.lines).toEqual(['[{"n":1}]', ...(how === 'while a write runs' ? ['written'] : [])]);
      if (how === 'closed') expect(existsSync(`${path}-wal`)).toBe(false); // else it is read when the file is opened next
      const db: AsyncDatabase = await open(1, path);
      expect(await db.all(sql`SELECT count(*) AS n FROM t`)).toEqual([{ n: how === 'while a write runs' ? 2 : 1 }]);
    },
  );

  it.runIf(existsSync('/proc/self/task'))(
    'keeps neither threads nor files nor memory of 200 databases that it opened and closed',
    async () => {
      const running = new RunningProgram(often, [newPath(), script().href, '200']);
      expect([await running.ended, running.lines.length]).toEqual([0, 1]);
      const left = JSON.parse(running.output) as { threads: number; files: number; megabytes: number };
      expect([left.threads, left.files]).toEqual([0, 0]);
      expect(left.megabytes).toBeLessThan(60); // 200 threads have 600 heaps or so of several each
    },
    120_000,
  );
});
