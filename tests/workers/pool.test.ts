import { once } from 'node:events';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  AsyncDatabase,
  id,
  integer,
  Model,
  ReadOnlyError,
  sql,
  SqlError,
  SyncUnavailableError,
  table,
  text,
  TransactionError,
  UniqueViolation,
  UnsupportedError,
  type Generated,
} from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { temporaryFolder } from '../drivers/temporary-folder.js';
import { compileWorkerScript } from './worker-script.js';

@table('counters')
class Counter extends Model {
  @id() id!: Generated<number>;
  @integer({ unique: true }) n!: number;
  @text({ default: '' }) note!: Generated<string>;
}

const script = compileWorkerScript();

async function openPool(readers = 2, path = join(temporaryFolder(), 'app.db')): Promise<AsyncDatabase> {
  const db = await open(path, { models: [Counter], workers: { readers, script: script() }, queueTimeout: 20_000 });
  onTestFinished(() => db.close());
  return db;
}

const Counters = Counter.async();
const slowQuery = (steps: number) =>
  sql`WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < ${steps}) SELECT max(i) AS top FROM x`;
/** Some seconds; what is left behind runs on in its thread, which cannot be stopped inside of SQLite. */
const verySlow = slowQuery(10_000_000);

describe('a database in worker threads', () => {
  it('is asynchronous only, and has its file in WAL mode', async () => {
    const db = await openPool();
    expect(db).toBeInstanceOf(AsyncDatabase);
    expect(db.pragmas).toMatchObject({ journalMode: 'wal', foreignKeys: true });
    expect(db.capabilities).toMatchObject({ sync: false, concurrentReads: true, attach: false });
    expect(() => Counter.count()).toThrow(SyncUnavailableError);
    await expect(db.attach('other.db', 'other')).rejects.toThrow(UnsupportedError);
  });

  it('creates, reads, changes and deletes', async () => {
    await openPool();
    const one = await Counters.create({ n: 1 });
    expect(one.id).toBe(1);
    one.note = 'changed';
    await one.async.save();
    expect(await Counters.findById(1)).toMatchObject({ n: 1, note: 'changed' });
    expect(await one.async.delete()).toBe(true);
    expect(await Counters.count()).toBe(0);
  });

  it('gives errors their class, code and fields', async () => {
    const db = await openPool();
    await Counters.create({ n: 1 });
    const error: unknown = await Counters.create({ n: 1 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UniqueViolation);
    expect(error).toMatchObject({
      code: 'ORM_UNIQUE_VIOLATION',
      name: 'UniqueViolation',
      table: 'counters',
      columns: ['n'],
    });
    await expect(db.all(sql`SELECT * FROM nothing`)).rejects.toThrow(SqlError);
  });

  it('runs 1,000 concurrent transactions that read, change and write, and loses none', async () => {
    const db = await openPool();
    await Counters.create({ n: 0 });
    await Promise.all(
      Array.from({ length: 1000 }, () =>
        db.transaction(async () => {
          const counter = (await Counters.findById(1))!;
          counter.n++;
          await counter.async.save();
        }),
      ),
    );
    expect((await Counters.findById(1))!.n).toBe(1000);
  });

  it('reads beside a transaction that writes, and sees only what was committed', async () => {
    const db = await openPool();
    await Counters.create({ n: 1 });
    const tx = await db.begin();
    await Counter.using(tx).create({ n: 2 });
    expect(await Counters.count()).toBe(1); // another reader, which did not have to wait
    expect(await db.first(sql`SELECT count(*) AS n FROM counters`)).toEqual({ n: 1 });
    expect(await Counter.using(tx).count()).toBe(2);
    await tx.commit();
    expect(await Counters.count()).toBe(2);
  });

  it('reads what was just written', async () => {
    await openPool();
    for (let n = 1; n <= 200; n++) {
      await Counters.create({ n });
      expect(await Counters.count()).toBe(n);
    }
  });

  it('reads one state in a snapshot, whatever is written meanwhile', async () => {
    const db = await openPool(1);
    await Counters.create({ n: 1 });
    const begun = new EventTarget();
    const changed = once(begun, 'changed');
    const read = once(begun, 'read');
    const reading = db.snapshot(async (snapshot) => {
      const before = await Counters.count(); // which follows the snapshot by itself
      begun.dispatchEvent(new Event('read'));
      await changed;
      await expect(Counter.using(snapshot).create({ n: 9 })).rejects.toThrow(ReadOnlyError);
      await expect(snapshot.transaction(() => undefined)).rejects.toThrow(TransactionError);
      return [before, await Counter.using(snapshot).count(), await snapshot.all(sql`SELECT n FROM counters`)];
    });
    await read;
    await Counters.create({ n: 2 });
    expect(await Counters.count()).toBe(2); // by another reader than the one that is lent
    begun.dispatchEvent(new Event('changed'));
    expect(await reading).toEqual([1, 1, [{ n: 1 }]]);
    expect(await Counters.count()).toBe(2);
  });

  it('streams many rows in pieces and in order', async () => {
    const db = await openPool();
    const rows = await db.all<{ i: number }>(
      sql`WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 25500) SELECT i FROM x`,
    );
    expect(rows).toHaveLength(25_500);
    expect(rows.every(({ i }, index) => i === index + 1)).toBe(true);
  });

  it('never holds the event loop while a query runs for long', async () => {
    const db = await openPool();
    await db.all(slowQuery(10));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await db.all(slowQuery(3_000_000));
    delay.disable();
    console.log(`The event loop was held for ${(delay.max / 1e6).toFixed(1)} ms at most.`);
    expect(delay.count).toBeGreaterThan(20); // it went round meanwhile
  });

  it('gives a read up when a signal says so, and goes on with another reader', async () => {
    const db = await openPool(1);
    await Counters.create({ n: 1 });
    await expect(db.all(verySlow, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/i);
    expect(await Counters.count()).toBe(1);
  });

  it('runs reads again that were lost with a reader which another gave up', async () => {
    const db = await openPool(1);
    await Counters.create({ n: 1 });
    const abortion = new AbortController();
    const endless = db.all(verySlow, { signal: abortion.signal });
    const behind = Counters.count();
    setTimeout(() => abortion.abort(new Error('enough')), 50);
    await expect(endless).rejects.toThrow('enough');
    expect(await behind).toBe(1);
  });

  it('refuses a database in memory with readers, and takes one without', async () => {
    const options = { alias: 'memory', workers: { readers: 1, script: script() } };
    await expect(open(':memory:', options)).rejects.toThrow(UnsupportedError);
    const db = await openPool(0, ':memory:');
    await Counters.create({ n: 1 });
    expect([await Counters.count(), db.capabilities.concurrentReads]).toEqual([1, false]);
  });

  it('tells why a file cannot be opened', async () => {
    await expect(openPool(1, join(temporaryFolder(), 'no', 'such', 'app.db'))).rejects.toMatchObject({
      code: 'ORM_CANNOT_OPEN',
    });
  });
});
