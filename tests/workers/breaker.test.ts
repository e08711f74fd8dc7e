import { rmSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  BreakerOpenError,
  ConnectionLostError,
  DriverUnavailableError,
  NoAnswerError,
  ReadTimeoutError,
  sql,
  UnsupportedError,
  type AsyncDatabase,
  type BreakerOptions,
} from 'litemodel';
import type { WorkerOptions } from 'litemodel/better-sqlite3';
import { open as openPort } from 'litemodel/electron-renderer';
import { Gate } from './gate.js';
import { Counter, Counters, failureOf, newPath, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript('tests/workers/scripts/failing.ts');
const sharing = compileWorkerScript('tests/workers/scripts/sharing.ts');

/** A statement that a reader does not take. */
const crashOnWriter = sql`UPDATE counters SET note = crash() WHERE n >= 0`;

let threads = 0;

/** A thread that shares its database, with what wakes it up after `SELECT hang()`. */
async function openShared(breaker: BreakerOptions) {
  const state = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(sharing(), { workerData: state.buffer });
  onTestFinished(() => void thread.terminate());
  const db = await openPort(thread, { alias: `thread ${++threads}`, models: [Counter], breaker });
  const wake = (): void => {
    Atomics.store(state, 0, 1);
    Atomics.notify(state, 0);
  };
  return { db, thread, wake, Shared: Counter.async().using(db) };
}

/** Asks again and again until there is an answer. */
async function answered<Answer>(ask: () => PromiseLike<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof BreakerOpenError || error instanceof NoAnswerError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.max(5, Number(stateOf(error)) - Date.now())));
    }
  }
}

const stateOf = (error: BreakerOpenError | NoAnswerError): Date =>
  error instanceof BreakerOpenError ? error.retryAt : new Date();

describe('a thread that shares a database and hangs', () => {
  it('is not waited for once the breaker is open, and used again when it goes on', async () => {
    const told: string[] = [];
    const { db, wake, Shared } = await openShared({
      failures: 2,
      resetAfter: 300,
      answerTimeout: 1000,
      onChange: ({ state }) => told.push(state),
    });
    await Shared.create({ n: 1 });
    expect(db.breaker).toEqual({ state: 'closed', failures: 0, retryAt: undefined, opened: 0, refused: 0 });
    const hanging = failureOf(Shared.filter(sql`hang() = 'awake'`).all());
    const writing = Shared.create({ n: 2 });
    expect(await hanging).toBeInstanceOf(NoAnswerError);
    while (db.breaker!.state !== 'open') await new Promise((resolve) => setTimeout(resolve, 5));

    const before = performance.now();
    const [read, write, transaction, begun] = await Promise.all([
      failureOf(Shared.count()),
      failureOf(Shared.create({ n: 3 })),
      failureOf(db.transaction((tx) => Counter.async().using(tx).create({ n: 4 }))),
      failureOf(db.begin()),
    ]);
    for (const error of [read, write, transaction, begun]) expect(error).toBeInstanceOf(BreakerOpenError);
    expect(performance.now() - before).toBeLessThan(1000); // nothing waited
    const health = await db.health();
    expect(health).toMatchObject({ isHealthy: false, breaker: { state: 'open' } });
    expect(health.error).toBeInstanceOf(BreakerOpenError);

    wake();
    expect((await writing).n).toBe(2); // sent before, and done once
    expect(await answered(() => Shared.query().orderBy('n').pluck('n'))).toEqual([1, 2]);
    await db.transaction((tx) => Counter.async().using(tx).create({ n: 5 }));
    expect(await db.health()).toMatchObject({ isHealthy: true, error: undefined, breaker: { state: 'closed' } });
    expect(await Shared.query().orderBy('n').pluck('n')).toEqual([1, 2, 5]);
    expect([told[0], told.at(-1)]).toEqual(['open', 'closed']);
    await db.close();
  });

  it('is closed when it has done what it was asked for', async () => {
    const { db, wake, Shared } = await openShared({ failures: 1, resetAfter: 60_000, answerTimeout: 500 });
    const reading = failureOf(Shared.create({ n: 1 }).then(() => db.all(sql`SELECT hang()`)));
    expect(await reading).toBeInstanceOf(NoAnswerError);
    const { db: other, wake: wakeOther, Shared: Other } = await openShared({ failures: 1, answerTimeout: 500 });
    await Other.create({ n: 1 });
    const writing = other.run(sql`UPDATE counters SET note = hang()`);
    while (other.breaker!.state !== 'open') await new Promise((resolve) => setTimeout(resolve, 5));
    const closing = Promise.all([db.close(), other.close()]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    wake();
    wakeOther();
    await closing;
    expect([(await writing).changes, db.isOpen, other.isOpen]).toEqual([1, false, false]);
  });

  it('loses no transaction that is open, and begins none meanwhile', async () => {
    const { db, wake, Shared } = await openShared({ failures: 1, resetAfter: 60_000, answerTimeout: 500 });
    const tx = await db.begin();
    await Counter.async().using(tx).create({ n: 1 });
    const hanging = tx.all(sql`SELECT hang() AS state`);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(db.breaker!.state).toBe('closed');
    wake();
    expect(await hanging).toEqual([{ state: 'awake' }]);
    await tx.commit();
    expect(await Shared.count()).toBe(1);
    await db.close();
  });

  it('is gone when it ends, which is said at once and needs no breaker', async () => {
    const { db, thread, Shared } = await openShared({ failures: 1 });
    await thread.terminate();
    for (let time = 0; time < 3; time++) expect(await failureOf(Shared.count())).toBeInstanceOf(ConnectionLostError);
    expect(await db.health()).toMatchObject({ isHealthy: false, state: { name: 'closed' } });
  });
});

describe('worker threads with a breaker', () => {
  const openGuarded = ({ readTimeout, ...breaker }: BreakerOptions & WorkerOptions, path = newPath()) =>
    openWorkers({ readers: 1, script: script(), breaker, ...(readTimeout !== undefined && { readTimeout }) }, { path });
  const opened = (db: AsyncDatabase) => [db.breaker!.state, db.breaker!.opened];

  it('are not started again for the writer while it is open; the readers have one of their own', async () => {
    const db = await openGuarded({ failures: 2, resetAfter: 300 });
    await Counters.create({ n: 1 });
    for (let time = 0; time < 2; time++) {
      expect(await failureOf(db.run(crashOnWriter))).toBeInstanceOf(ConnectionLostError);
    }
    expect(opened(db)).toEqual(['open', 1]);
    expect(await failureOf(Counters.create({ n: 2 }))).toBeInstanceOf(BreakerOpenError);
    expect([await Counters.count(), db.workers!.lost, db.breaker!.refused]).toEqual([1, 2, 1]);
    await answered(() => Counters.create({ n: 3 }));
    expect(await Counters.query().orderBy('n').pluck('n')).toEqual([1, 3]);
    expect(opened(db)).toEqual(['closed', 1]);
  });

  it('write while the readers are refused', async () => {
    const db = await openGuarded({ failures: 2, resetAfter: 60_000 });
    await Counters.create({ n: 1 });
    for (let time = 0; time < 2; time++) {
      expect(await failureOf(Counters.filter(sql`crash() = 1`).all())).toBeInstanceOf(ConnectionLostError);
    }
    expect(await failureOf(Counters.count())).toBeInstanceOf(BreakerOpenError);
    expect(await failureOf(db.snapshot(() => Counters.count()))).toBeInstanceOf(BreakerOpenError);
    await Counters.create({ n: 2 });
    expect(await db.transaction(() => Counters.count())).toBe(2);
    expect(opened(db)).toEqual(['open', 1]);
  });

  it('open it where none can be started', async () => {
    const path = newPath();
    const db = await openGuarded({ failures: 2, resetAfter: 300 }, path);
    await Counters.create({ n: 1 });
    await failureOf(db.run(crashOnWriter));
    writeFileSync(`${path}.crash`, '');
    expect(await failureOf(Counters.create({ n: 2 }))).toBeInstanceOf(DriverUnavailableError);
    expect(await failureOf(Counters.create({ n: 2 }))).toBeInstanceOf(BreakerOpenError);
    rmSync(`${path}.crash`);
    await answered(() => Counters.create({ n: 2 }));
    expect(await Counters.count()).toBe(2);
  });

  it('count a crash once, whatever was under way', async () => {
    const db = await openGuarded({ failures: 2 });
    await Counters.create({ n: 1 });
    const errors = await Promise.all([1, 2, 3, 4].map(() => failureOf(db.run(crashOnWriter))));
    expect(errors.every((error) => error instanceof ConnectionLostError)).toBe(true);
    await Counters.create({ n: 2 });
    expect(opened(db)).toEqual(['closed', 0]);
  });

  it.runIf(Gate.isPossible)(
    'leave a reader that does not answer in time, and mind no read that the app gives up',
    async () => {
      const db = await openGuarded({ failures: 2, answerTimeout: 500 });
      const gate = new Gate();
      await Counters.create({ n: 1 });
      const reads = Counters.filter(gate.condition);
      const given = failureOf(reads.abortSignal(AbortSignal.timeout(50)).all());
      expect(((await given) as Error).name).toBe('TimeoutError');
      expect(db.breaker!.failures).toBe(0);
      expect(await failureOf(reads.all())).toBeInstanceOf(NoAnswerError);
      expect(db.breaker).toMatchObject({ state: 'closed', failures: 1 });
      gate.open();
      expect([await Counters.count(), db.breaker!.failures]).toEqual([1, 0]);
    },
  );

  it.runIf(Gate.isPossible)('learn nothing from a read that took too long', async () => {
    const db = await openGuarded({ failures: 2, readTimeout: 300 });
    await Counters.create({ n: 1 });
    await failureOf(Counters.filter(sql`crash() = 1`).all());
    const gate = new Gate();
    expect(await failureOf(Counters.filter(gate.condition).all())).toBeInstanceOf(ReadTimeoutError);
    expect(db.breaker).toMatchObject({ state: 'closed', failures: 1 });
  });

  it('have none unless it is asked for', async () => {
    const db = await openWorkers({ script: script() });
    expect(db.breaker).toBeUndefined();
  });

  it('refuse what a breaker cannot be told, before any thread is started', async () => {
    const error = await failureOf(openWorkers({ script: '/nowhere.js', breaker: { failures: 0 } }));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect((error as Error).message).toMatch(/^breaker\.failures is a whole number/);
  });
});
