import { describe, expect, it } from 'vitest';
import { ReadTimeoutError, sql, type AsyncDatabase } from 'litemodel';
import { Gate } from './gate.js';
import { Counters, counting, deferred, failureOf, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript('tests/workers/scripts/failing.ts');

const open = (readers: number, readTimeout?: number) =>
  openWorkers({ readers, script: script(), ...(readTimeout !== undefined && { readTimeout }) });

/** Some work, whose end the test has to see. */
const long = counting(300_000);

describe('a signal', () => {
  it('that has aborted before keeps everything from being asked', async () => {
    const db = await open(1);
    const statements: string[] = [];
    db.onStatement(({ sql: text }) => statements.push(text));
    const signal = AbortSignal.abort(new Error('no'));
    const errors = await Promise.all([
      failureOf(db.all(sql`SELECT 1`, { signal })),
      failureOf(db.run(sql`DELETE FROM counters`, { signal })),
      failureOf(Counters.query().abortSignal(signal).count()),
      failureOf(db.transaction(() => Counters.create({ n: 1 }), { signal })),
      failureOf(db.snapshot(() => Counters.count(), { signal })),
    ]);
    expect(errors).toEqual(Array(5).fill(new Error('no')));
    expect(statements).toEqual([]);
  });

  it('gives up what waits behind a transaction, and keeps it from being run', async () => {
    const db = await open(1);
    await Counters.create({ n: 1 });
    const tx = await db.begin();
    const abortion = new AbortController();
    const { signal } = abortion;
    const waiting = [
      failureOf(db.run(sql`DELETE FROM counters`, { signal })),
      failureOf(Counters.filter({ n: 1 }).abortSignal(signal).update({ n: 2 })),
      failureOf(db.transaction(() => Counters.create({ n: 3 }), { signal })),
    ];
    abortion.abort(new Error('enough'));
    expect(await Promise.all(waiting)).toEqual(Array(3).fill(new Error('enough')));
    await tx.rollBack();
    expect(await Counters.query().pluck('n')).toEqual([1]);
  });

  it('waits for the outcome of a write that has begun', async () => {
    const db = await open(1);
    await Counters.create({ n: 1 });
    const abortion = new AbortController();
    const writing = db.run(sql`UPDATE counters SET n = (${long})`, { signal: abortion.signal });
    setImmediate(() => abortion.abort());
    expect(await writing).toMatchObject({ changes: 1 });
    expect(await Counters.query().pluck('n')).toEqual([300_000]);
  });

  it('rolls a transaction back that it aborts, whatever runs in it', async () => {
    const db = await open(1);
    await Counters.create({ n: 1 });
    const abortion = new AbortController();
    const error = failureOf(
      db.transaction(
        async (tx) => {
          await Counters.create({ n: 2 });
          setImmediate(() => abortion.abort(new Error('enough')));
          await tx.run(sql`UPDATE counters SET note = (${long})`);
        },
        { signal: abortion.signal },
      ),
    );
    expect(await error).toEqual(new Error('enough'));
    expect([await Counters.query().pluck('n'), db.connected.inTransaction]).toEqual([[1], false]);
    await db.transaction(() => Counters.create({ n: 3 }));
    expect(await Counters.count()).toBe(2);
  });

  it('gives up a read in a transaction, which can go on', async () => {
    const db = await open(1);
    await db.transaction(async (tx) => {
      const abortion = new AbortController();
      const reading = failureOf(tx.all(long, { signal: abortion.signal }));
      setImmediate(() => abortion.abort(new Error('enough')));
      expect(await reading).toEqual(new Error('enough'));
      await Counters.create({ n: 1 });
    });
    expect(await Counters.count()).toBe(1);
  });

  it('gives up waiting for a snapshot', async () => {
    const db = await open(1);
    const abortion = new AbortController();
    const held = deferred();
    const first = db.snapshot(() => held.promise);
    const second = failureOf(db.snapshot(() => 'second', { signal: abortion.signal }));
    const third = db.snapshot(() => 'third');
    abortion.abort(new Error('enough'));
    expect(await second).toEqual(new Error('enough'));
    held.resolve();
    await first;
    expect(await third).toBe('third');
  });
});

describe.runIf(Gate.isPossible)('a read that does not end', () => {
  /** Gives a query up once a reader is in it, and returns what it is rejected with. */
  async function giveUp(gate: Gate, read: (signal: AbortSignal) => Promise<unknown>, reached = 1): Promise<unknown> {
    const abortion = new AbortController();
    const reading = failureOf(read(abortion.signal));
    await gate.reached(reached);
    abortion.abort(new Error('enough'));
    return await reading;
  }

  it.each([
    ['raw SQL', (db: AsyncDatabase, gate: Gate, signal: AbortSignal) => db.all(gate.query, { signal })],
    [
      'a query of a model',
      (_: AsyncDatabase, gate: Gate, signal: AbortSignal) => Counters.filter(gate.condition).abortSignal(signal).all(),
    ],
  ])('is given up by a signal, and the next one is served by another reader: %s', async (_, read) => {
    const db = await open(1);
    const gate = new Gate();
    await Counters.create({ n: 1 });
    expect(await giveUp(gate, (signal) => read(db, gate, signal))).toEqual(new Error('enough'));
    expect(db.workers).toMatchObject({ readers: 1, leftBehind: 0, inFlight: 0 }); // for nobody needs it yet
    expect(await Counters.count()).toBe(1);
    expect(db.workers).toMatchObject({ readers: 1, leftBehind: 1, lost: 0 });
  });

  it('does not keep those waiting that are behind it', async () => {
    const db = await open(1);
    const gate = new Gate();
    await Counters.create({ n: 1 });
    const abortion = new AbortController();
    const reading = failureOf(db.all(gate.query, { signal: abortion.signal }));
    await gate.reached();
    const behind = Array.from({ length: 20 }, () => Counters.count());
    abortion.abort(new Error('enough'));
    expect(await reading).toEqual(new Error('enough'));
    expect(await Promise.all(behind)).toEqual(Array(20).fill(1));
    expect(db.workers).toMatchObject({ leftBehind: 1, lost: 0 });
  });

  it('takes no more threads than there may be readers: further reads wait for the end of one', async () => {
    const db = await open(2);
    const gate = new Gate();
    await Counters.create({ n: 1 });
    for (let time = 1; time <= 4; time++) {
      const read = (signal: AbortSignal) => Counters.filter(gate.condition).abortSignal(signal).all();
      expect(await giveUp(gate, read, time)).toEqual(new Error('enough'));
    }
    expect(db.workers).toMatchObject({ readers: 2, leftBehind: 2, inFlight: 0 });
    const waiting = Counters.count();
    const first = await Promise.race([waiting, new Promise((resolve) => setImmediate(() => resolve('waits')))]);
    expect([first, db.workers!.leftBehind]).toEqual(['waits', 2]);
    gate.open();
    expect(await waiting).toBe(1);
  });

  it('ends its snapshot at once', async () => {
    const db = await open(1);
    const gate = new Gate();
    await Counters.create({ n: 1 });
    expect(await giveUp(gate, (signal) => db.snapshot((tx) => tx.all(gate.query, { signal })))).toEqual(
      new Error('enough'),
    );
    expect(db.workers).toMatchObject({ lent: 0, leftBehind: 1 });
    expect(await db.snapshot(() => Counters.count())).toBe(1);
  });

  it('is waited for by close', async () => {
    const db = await open(1);
    const gate = new Gate();
    await Counters.create({ n: 1 });
    await giveUp(gate, (signal) => Counters.filter(gate.condition).abortSignal(signal).all());
    expect(await Counters.count()).toBe(1);
    const closed = db.close();
    expect(db.workers!.leftBehind).toBe(1);
    gate.open();
    await closed;
    expect(db.workers!.leftBehind).toBe(0);
  });

  it('is given up after the readTimeout, with the statement that it was', async () => {
    const db = await open(1, 50);
    const gate = new Gate();
    await Counters.create({ n: 1 });
    const error = await failureOf(db.all(gate.query));
    expect(error).toBeInstanceOf(ReadTimeoutError);
    expect(error).toMatchObject({
      code: 'ORM_READ_TIMEOUT',
      sqliteCode: 'SQLITE_INTERRUPT',
      sql: 'SELECT wait_for(?) AS gate',
      message:
        'This read took longer than 50 ms.\n  in: SELECT wait_for(?) AS gate\n ' +
        'Make the query faster, by an index or by reading less, or open the database with a longer readTimeout.',
    });
    expect(await Counters.count()).toBe(1);
    expect(db.workers).toMatchObject({ leftBehind: 1 });
  });

  it('is given up after the readTimeout in a snapshot, which can do no more', async () => {
    const db = await open(1, 50);
    const gate = new Gate();
    await Counters.create({ n: 1 });
    expect(await failureOf(db.snapshot(() => db.all(gate.query)))).toBeInstanceOf(ReadTimeoutError);
    expect(await db.snapshot(() => Counters.count())).toBe(1);
  });
});

describe('readTimeout', () => {
  it('does not count the time that a read waits behind others', async () => {
    const db = await open(1, 1000);
    const reads = Array.from({ length: 6 }, () => db.all(sql`SELECT rest(250)`).then(() => performance.now()));
    const ends = await Promise.all(reads); // the last of them after more than a second
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(ends[5]! - ends[0]!).toBeGreaterThan(1000); // and each was answered when it was done
  });

  it('does not count the time in which this thread is busy', async () => {
    await open(1, 100);
    await Counters.create({ n: 1 });
    await Counters.count();
    const reading = Counters.count();
    await Promise.resolve(); // it is sent
    const until = performance.now() + 300;
    while (performance.now() < until);
    expect(await reading).toBe(1);
  });

  it('counts neither in a transaction nor for a write', async () => {
    const db = await open(1, 1);
    await Counters.create({ n: 1 });
    await db.transaction((tx) => tx.all(long));
    await db.run(sql`UPDATE counters SET n = (${long})`);
  });
});
