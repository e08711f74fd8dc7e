import { describe, expect, it } from 'vitest';
import { ConnectionLostError, ReadTimeoutError, sql, type AsyncDatabase } from 'litemodel';
import { Gate } from './gate.js';
import { Counters, failureOf, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript('tests/workers/scripts/failing.ts');

/** Reads one counter, by a statement that is quick at one time, waits at another, and may end the thread. */
const read = (n: number, how = '', pipe = '') =>
  Counters.filter({ n }).filter(
    sql`CASE ${how} WHEN 'crash' THEN crash() WHEN 'wait' THEN wait_for(${pipe}) = 'opened' ELSE 1 END`,
  );

/** What comes of reading some counters. */
const readAll = async (from: number, to: number): Promise<number[]> =>
  (await Promise.all(numbers(from, to).map((n) => read(n).all()))).flat().map(({ n }) => n);

/** A database whose only reader is busy, and knows that statement for a quick one, and the function that frees the reader. */
async function openBusy(readTimeout?: number): Promise<{ db: AsyncDatabase; go(): Promise<unknown> }> {
  const db = await openWorkers({ readers: 1, script: script(), ...(readTimeout !== undefined && { readTimeout }) });
  await db.transaction(() => Promise.all(numbers(0, 50).map((n) => Counters.create({ n }))));
  for (let time = 0; time < 40; time++) await read(7).all();
  const gate = new Gate();
  const busy = Counters.filter(gate.condition).all();
  await gate.reached();
  return { db, go: () => (gate.open(), busy) };
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe.runIf(Gate.isPossible)('quick reads that go to a reader together', () => {
  it('are answered each with its own', async () => {
    const { db, go } = await openBusy();
    const answers = readAll(0, 50);
    await go();
    expect(await answers).toEqual(numbers(0, 50));
    expect(db.workers).toEqual({ readers: 1, lent: 0, idle: 1, waiting: 0, inFlight: 0, lost: 0, leftBehind: 0 });
  });

  it('do not wait for one of them that is given up, be it the first', async () => {
    const { db, go } = await openBusy();
    const gate = new Gate();
    const abortion = new AbortController();
    const endless = failureOf(read(0, 'wait', gate.path).abortSignal(abortion.signal).all());
    const behind = readAll(1, 6);
    await go();
    await gate.reached();
    abortion.abort(new Error('enough'));
    expect(await endless).toEqual(new Error('enough'));
    expect(await behind).toEqual(numbers(1, 6));
    expect(db.workers).toMatchObject({ leftBehind: 1, lost: 0 });
  });

  it('do not wait for one of them that is given up, be it in their midst', async () => {
    const { db, go } = await openBusy();
    const gate = new Gate();
    const abortion = new AbortController();
    const before = readAll(1, 3);
    const endless = failureOf(read(0, 'wait', gate.path).abortSignal(abortion.signal).all());
    const behind = readAll(3, 6);
    await go();
    await gate.reached();
    abortion.abort(new Error('enough'));
    expect(await endless).toEqual(new Error('enough'));
    expect([await before, await behind]).toEqual([numbers(1, 3), numbers(3, 6)]);
    expect(db.workers).toMatchObject({ leftBehind: 1, lost: 0 });
  });

  it('go on where one of them is given up before its turn', async () => {
    const { db, go } = await openBusy();
    const gate = new Gate();
    const abortion = new AbortController();
    const slow = read(0, 'wait', gate.path).all();
    const unwanted = failureOf(read(1).abortSignal(abortion.signal).all());
    const behind = readAll(2, 6);
    await go();
    await gate.reached();
    abortion.abort(new Error('enough'));
    expect(await unwanted).toEqual(new Error('enough'));
    gate.open();
    expect((await slow).map(({ n }) => n)).toEqual([0]);
    expect(await behind).toEqual(numbers(2, 6));
    expect(db.workers).toMatchObject({ readers: 1, leftBehind: 0, lost: 0 });
  });

  it('are timed each by itself', async () => {
    const { db, go } = await openBusy(1000);
    const gate = new Gate();
    const before = readAll(1, 3);
    const endless = failureOf(read(0, 'wait', gate.path).all());
    const behind = readAll(3, 6);
    await go();
    expect(await endless).toBeInstanceOf(ReadTimeoutError);
    expect([await before, await behind]).toEqual([numbers(1, 3), numbers(3, 6)]);
    expect(db.workers).toMatchObject({ lost: 0 });
  });

  it('do not fail with one of them that ends the reader', async () => {
    const { db, go } = await openBusy();
    const before = readAll(1, 3);
    const fatal = failureOf(read(0, 'crash').all());
    const behind = readAll(3, 6);
    await go();
    expect(await fatal).toBeInstanceOf(ConnectionLostError);
    expect([await before, await behind]).toEqual([numbers(1, 3), numbers(3, 6)]);
    expect(db.workers).toMatchObject({ lost: 2 });
  });

  it('are waited for by close', async () => {
    const { db, go } = await openBusy();
    const answers = readAll(0, 20);
    await go();
    await db.close();
    expect(await answers).toEqual(numbers(0, 20));
  });
});
