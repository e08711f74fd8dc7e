import { describe, expect, it } from 'vitest';
import { sql, type DatabaseState } from 'litemodel';
import { open as openHere } from 'litemodel/better-sqlite3';
import { closedLater } from '../open-database.js';
import { Gate } from './gate.js';
import { Counters, entered, failureOf, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript('tests/workers/scripts/failing.ts');

describe('the state of a database in worker threads', () => {
  it('goes from opening to closed, with all that comes between', async () => {
    const trace: DatabaseState[] = [];
    const db = await openWorkers({ script: script() }, { onState: (state) => trace.push(state) });
    expect(trace.map(({ name }) => name)).toEqual(['opening', 'ready']);
    expect(db.state).toBe(trace.at(-1));
    await Counters.create({ n: 1 });
    await Promise.all([Counters.count(), Counters.count()]);
    expect(trace.splice(0).map(({ name }) => name)).toEqual(['opening', 'ready', 'busy', 'ready', 'busy', 'ready']);
    await db.run(sql`UPDATE counters SET note = crash_later()`);
    await entered(db, 'recovering');
    await Counters.count(); // the readers live
    await Counters.create({ n: 2 });
    await db.close();
    expect(trace.map(({ name }) => name)).toEqual([
      'busy',
      'ready',
      'recovering',
      'busy',
      'ready',
      'busy', // PRAGMA optimize
      'ready',
      'closed',
    ]);
    const times = trace.map(({ since }) => since.getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Date.now() - times.at(-1)!).toBeLessThan(60_000);
    expect(db.state.name).toBe('closed');
  });

  it('is told to as many as want to hear of it, until they do not', async () => {
    const db = await openWorkers({ script: script() });
    const names: string[] = [];
    const listen = ({ name }: DatabaseState) => names.push(name);
    const [stop] = [db.onState(listen), db.onState(listen)];
    await Counters.count();
    stop();
    await Counters.count();
    expect(names).toEqual(['busy', 'busy', 'ready', 'ready', 'busy', 'ready']);
  });

  it('does not mind a listener that throws', async () => {
    const db = await openWorkers({ script: script() });
    const uncaught: unknown[] = [];
    const catchIt = (error: unknown) => uncaught.push(error);
    const others = process.rawListeners('uncaughtException') as ((error: unknown) => void)[];
    process.removeAllListeners('uncaughtException').on('uncaughtException', catchIt);
    const stop = db.onState(() => {
      throw new Error('mine');
    });
    expect(await Counters.count()).toBe(0);
    stop();
    process.off('uncaughtException', catchIt);
    for (const other of others) process.on('uncaughtException', other);
    expect(uncaught).toEqual([new Error('mine'), new Error('mine')]);
  });

  it('is closed where it cannot be opened', async () => {
    const names: string[] = [];
    const onState = ({ name }: DatabaseState) => names.push(name);
    await failureOf(openWorkers({ script: script() }, { journalMode: 'nonsense' as 'wal', onState }));
    expect(names).toEqual(['opening', 'closed']);
  });
});

describe('the state of a database in this thread', () => {
  it('is ready until it is closed', async () => {
    const names: string[] = [];
    const onState = ({ name }: DatabaseState) => names.push(name);
    const db = closedLater(openHere(':memory:', { onState }));
    db.run(sql`CREATE TABLE t (n INTEGER)`);
    await db.async.transaction((tx) => tx.run(sql`INSERT INTO t VALUES (1)`));
    expect([db.state.name, db.async.state]).toEqual(['ready', db.state]);
    expect(db.async.workers).toBeUndefined();
    db.close();
    expect([names, db.state.name]).toEqual([['opening', 'ready', 'closed'], 'closed']);
  });
});

describe.runIf(Gate.isPossible)('the figures of the workers', () => {
  it('tell what they are busy with', async () => {
    const db = await openWorkers({ readers: 2, script: script() });
    const gate = new Gate();
    expect(db.workers).toEqual({ readers: 0, lent: 0, idle: 0, waiting: 0, inFlight: 0, lost: 0, leftBehind: 0 });
    const reading = db.all(gate.query);
    await gate.reached();
    expect(db.workers).toEqual({ readers: 1, lent: 0, idle: 0, waiting: 0, inFlight: 1, lost: 0, leftBehind: 0 });
    await db.snapshot(async () => {
      expect(await Counters.count()).toBe(0);
      expect(db.workers).toMatchObject({ readers: 2, lent: 1 });
    });
    gate.open();
    await reading;
    expect(db.workers).toEqual({ readers: 2, lent: 0, idle: 2, waiting: 0, inFlight: 0, lost: 0, leftBehind: 0 });
    await failureOf(db.all(sql`SELECT crash()`));
    expect(db.workers).toMatchObject({ lost: 2 });
    await db.close();
  });

  it('tell how many wait for a reader, statements and snapshots', async () => {
    const db = await openWorkers({ readers: 1, script: script() });
    const gate = new Gate();
    const reading = db.all(gate.query);
    await gate.reached();
    const counting = Counters.count();
    const snapshot = db.snapshot(() => Counters.count());
    const other = db.snapshot(() => Counters.count());
    await new Promise((resolve) => setImmediate(resolve));
    expect(db.workers).toMatchObject({ readers: 1, idle: 0, waiting: 3 });
    gate.open();
    await Promise.all([reading, counting, snapshot, other]);
    expect(db.workers).toMatchObject({ readers: 1, idle: 1, waiting: 0 });
  });
});
