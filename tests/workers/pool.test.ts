import { rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  AsyncDatabase,
  ReadOnlyError,
  sql,
  SqlError,
  SyncUnavailableError,
  TransactionError,
  TransactionQueueError,
  UniqueViolation,
  UnsupportedError,
} from 'litemodel';
import { open as openHere, type WorkerOptions } from 'litemodel/better-sqlite3';
import { closedLater } from '../open-database.js';
import { Counter, Counters, counting, deferred, failureOf, newPath, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript();

const open = (readers = 2, path = newPath()) => openWorkers({ readers, script: script() }, { path });

describe('a database in worker threads', () => {
  it('is asynchronous only, and has its file in WAL mode', async () => {
    const db = await open();
    expect(db).toBeInstanceOf(AsyncDatabase);
    expect(db.pragmas).toMatchObject({ journalMode: 'wal', foreignKeys: true });
    expect(db.capabilities).toMatchObject({ sync: false, concurrentReads: true, attach: false });
    expect(() => Counter.count()).toThrow(SyncUnavailableError);
    await expect(db.attach('other.db', 'other')).rejects.toThrow(UnsupportedError);
  });

  it('creates, reads, changes and deletes', async () => {
    await open();
    const one = await Counters.create({ n: 1 });
    expect(one.id).toBe(1);
    one.note = 'changed';
    await one.async.save();
    expect(await Counters.findById(1)).toMatchObject({ n: 1, note: 'changed' });
    expect(await one.async.delete()).toBe(true);
    expect(await Counters.count()).toBe(0);
  });

  it('gives errors their class, code and fields', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    const error = await failureOf(Counters.create({ n: 1 }));
    expect(error).toBeInstanceOf(UniqueViolation);
    const fields = { code: 'ORM_UNIQUE_VIOLATION', name: 'UniqueViolation', table: 'counters', columns: ['n'] };
    expect(error).toMatchObject(fields);
    expect(await failureOf(db.all(sql`SELECT * FROM nothing`))).toBeInstanceOf(SqlError);
  });

  it('reads beside a transaction that writes, and sees only what was committed', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    const tx = await db.begin();
    await Counter.using(tx).create({ n: 2 });
    expect(await Counters.count()).toBe(1); // by a reader, which did not have to wait
    expect(await db.first(sql`SELECT count(*) AS n FROM counters`)).toEqual({ n: 1 });
    expect(await Counter.using(tx).count()).toBe(2);
    await tx.commit();
    expect(await Counters.count()).toBe(2);
  });

  it('reads what was just written', async () => {
    await open();
    for (let n = 1; n <= 200; n++) {
      await Counters.create({ n });
      expect(await Counters.count()).toBe(n);
    }
  });

  it('lets the event loop go round while a query runs for long', async () => {
    const db = await open();
    await db.all(counting(10));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await db.all(counting(3_000_000));
    delay.disable();
    expect(delay.count).toBeGreaterThan(20);
  });

  it('can be one that only reads', async () => {
    const path = newPath();
    closedLater(openHere(path, { alias: 'here', models: [Counter] }));
    const db = await openWorkers({ readers: 1, script: script() }, { path, readonly: true });
    expect(await Counters.using(db).count()).toBe(0);
    expect(await failureOf(Counters.using(db).create({ n: 1 }))).toBeInstanceOf(ReadOnlyError);
    expect(await failureOf(db.run(sql`DELETE FROM counters`))).toBeInstanceOf(ReadOnlyError);
  });

  it('stays with its file when the program changes its directory', async () => {
    const path = newPath();
    const home = process.cwd();
    onTestFinished(() => process.chdir(home));
    process.chdir(dirname(path));
    const db = await open(1, basename(path));
    await Counters.create({ n: 1 });
    process.chdir(home);
    expect(await Counters.count()).toBe(1); // by a reader that is started only now
    expect(await openHereCount(path)).toBe(1);
    await db.close();
  });

  it('does not take the place of a file that was deleted by an empty one', async () => {
    const path = newPath();
    await open(1, path);
    await Counters.create({ n: 1 });
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    expect(await failureOf(Counters.count())).toMatchObject({ code: 'ORM_CANNOT_OPEN' });
  });
});

async function openHereCount(path: string): Promise<number> {
  const db = closedLater(openHere(path, { alias: 'here', models: [Counter] }));
  return await Counter.using(db.async).count();
}

describe('a snapshot', () => {
  it('reads one state, whatever is written meanwhile', async () => {
    const db = await open(1);
    await Counters.create({ n: 1 });
    const [read, changed] = [deferred(), deferred()];
    const reading = db.snapshot(async (snapshot) => {
      const before = await Counters.count(); // which follows the snapshot by itself
      read.resolve();
      await changed.promise;
      return [before, await Counter.using(snapshot).count(), await snapshot.all(sql`SELECT n FROM counters`)];
    });
    await read.promise;
    await Counters.create({ n: 2 });
    expect(await Counters.count()).toBe(2); // by another reader than the one that is lent
    changed.resolve();
    expect(await reading).toEqual([1, 1, [{ n: 1 }]]);
    expect(await Counters.count()).toBe(2);
  });

  it('only reads', async () => {
    const db = await open(1);
    await db.snapshot(async (snapshot) => {
      expect(await failureOf(Counter.using(snapshot).create({ n: 9 }))).toBeInstanceOf(ReadOnlyError);
      expect(await failureOf(snapshot.transaction(() => undefined))).toBeInstanceOf(TransactionError);
    });
    expect(await Counters.count()).toBe(0);
  });

  it('inside another one is the same', async () => {
    const db = await open(1);
    await Counters.create({ n: 1 });
    const [read, deleted] = [deferred(), deferred()];
    const counts = db.snapshot(async () => {
      const before = await Counters.count();
      read.resolve();
      await deleted.promise;
      return [before, await db.snapshot(() => Counters.count())];
    });
    await read.promise;
    await Counters.deleteAll();
    deleted.resolve();
    expect([await counts, await Counters.count(), db.workers!.lent]).toEqual([[1, 1], 0, 0]);
  });

  it('waits where others have as many readers as there may be, and reads do not', async () => {
    const db = await open(2);
    await Counters.create({ n: 1 });
    const begun = [deferred(), deferred()];
    const held = deferred();
    const snapshots = begun.map(({ resolve }) => db.snapshot(() => (resolve(), held.promise)));
    await Promise.all(begun.map(({ promise }) => promise));
    const waiting = Array.from({ length: 10 }, () => db.snapshot(() => Counters.count()));
    expect(await Promise.all(Array.from({ length: 10 }, () => Counters.count()))).toEqual(Array(10).fill(1));
    expect(db.workers).toMatchObject({ readers: 3, lent: 2 });
    held.resolve();
    await Promise.all(snapshots);
    expect(await Promise.all(waiting)).toEqual(Array(10).fill(1));
    expect(db.workers).toMatchObject({ readers: 3, lent: 0 });
  });

  it('that waits for too long is an error', async () => {
    const db = await openWorkers({ readers: 1, script: script() }, { queueTimeout: 50 });
    const held = deferred();
    const first = db.snapshot(() => held.promise);
    expect(await failureOf(db.snapshot(() => 1))).toBeInstanceOf(TransactionQueueError);
    held.resolve();
    await first;
    expect(await db.snapshot(() => 1)).toBe(1);
  });

  it('is a deferred transaction where nobody only reads', async () => {
    const db = await open(0);
    await Counters.create({ n: 1 });
    const statements: string[] = [];
    db.onStatement(({ sql: text }) => statements.push(text));
    expect(await db.snapshot(() => Counters.count())).toBe(1);
    expect(statements.filter((text) => !text.startsWith('SELECT'))).toEqual(['BEGIN', 'COMMIT']);
  });
});

describe('opening in worker threads', () => {
  it('refuses a database in memory with readers, and takes one without', async () => {
    expect(await failureOf(openWorkers({ readers: 1, script: script() }, { path: ':memory:' }))).toBeInstanceOf(
      UnsupportedError,
    );
    const db = await open(0, ':memory:');
    await Counters.create({ n: 1 });
    expect([await Counters.count(), db.capabilities.concurrentReads]).toEqual([1, false]);
  });

  it.each<[WorkerOptions, string]>([
    [{ readers: -1 }, 'workers.readers is a whole number, from 0 on.'],
    [{ readers: 1.5 }, 'workers.readers is a whole number, from 0 on.'],
    [{ readTimeout: 0 }, 'workers.readTimeout is a number of milliseconds.'],
  ])('refuses %o', async (workers, message) => {
    const error = await failureOf(openWorkers({ ...workers, script: script() }));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect((error as Error).message).toContain(message);
  });

  it('refuses what cannot be sent to a thread, rather than to forget the key of a file', async () => {
    const options = { onOpen: () => undefined } as object;
    const error = await failureOf(openWorkers({ script: script() }, options));
    expect((error as Error).message).toBe(
      'onOpen cannot be sent to a worker thread. ' +
        'Give it to serve() in a script of your own, and that as { workers: { script } }.',
    );
  });

  it('tells why a file cannot be opened', async () => {
    const nowhere = `${dirname(newPath())}/no/such/app.db`;
    expect(await failureOf(open(1, nowhere))).toMatchObject({ code: 'ORM_CANNOT_OPEN' });
  });
});
