import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConnectionLostError, DriverUnavailableError, sql, type AsyncDatabase, type AsyncTransaction } from 'litemodel';
import { Counter, Counters, entered, failureOf, newPath, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript('tests/workers/scripts/failing.ts');

const open = (readers = 1, path = newPath()) => openWorkers({ readers, script: script() }, { path });
/** A statement that a reader does not take. */
const crashOnWriter = sql`UPDATE counters SET note = crash() WHERE n >= 0`;

/** Ends the writer's thread while nothing runs on it. */
async function loseIdleWriter(db: AsyncDatabase, home: AsyncDatabase | AsyncTransaction = db): Promise<void> {
  await home.run(sql`UPDATE counters SET note = crash_later()`);
  await entered(db, 'recovering');
}

const notes = async (): Promise<string[]> => (await Counters.query().orderBy('n').all()).map(({ note }) => note);

describe('a writer that is lost in a transaction', () => {
  it('fails the transaction, and everything that is still tried in it', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    const later: unknown[] = [];
    const error = await failureOf(
      db.transaction(async (tx) => {
        await Counters.create({ n: 2 });
        const first = await failureOf(tx.run(crashOnWriter));
        later.push(await failureOf(Counters.create({ n: 3 })));
        later.push(await failureOf(Counter.using(tx).count()));
        later.push(await failureOf(tx.transaction(() => Counters.create({ n: 4 }))));
        throw first;
      }),
    );
    expect([error, ...later].map((each) => (each as Error).name)).toEqual(Array(4).fill('ConnectionLostError'));
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ code: 'ORM_CONNECTION_LOST', cause: new Error('It ended with code 3.') });
    expect([db.isOpen, db.connected.inTransaction, await Counters.query().pluck('n')]).toEqual([true, false, [1]]);
  });

  it('is found out by the COMMIT of one that caught the errors', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    const error = await failureOf(
      db.transaction(async (tx) => {
        await Counters.create({ n: 2 });
        await tx.run(crashOnWriter).catch(() => undefined);
      }),
    );
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(await Counters.count()).toBe(1);
  });

  it('is replaced for the next one, by a writer with the same pragmas', async () => {
    const db = await openWorkers({ script: script() }, { synchronous: 'full', busyTimeout: 1234 });
    await Counters.create({ n: 1 });
    await failureOf(db.transaction((tx) => tx.run(crashOnWriter)));
    await db.transaction(async (tx) => {
      await Counters.create({ n: 2 });
      expect(await tx.first(sql`PRAGMA foreign_keys`)).toEqual({ foreign_keys: 1 });
      expect(await tx.first(sql`PRAGMA synchronous`)).toEqual({ synchronous: 2 });
      expect(await tx.first(sql`PRAGMA busy_timeout`)).toEqual({ timeout: 1234 });
    });
    expect(await Counters.query().pluck('n')).toEqual([1, 2]);
    expect(db.workers).toMatchObject({ lost: 1 });
  });

  it.each(['statement', 'savepoint', 'COMMIT'])('between two statements fails the next one: a %s', async (next) => {
    const db = await open();
    await Counters.create({ n: 1 });
    const error = await failureOf(
      db.transaction(async (tx) => {
        await Counters.create({ n: 2 });
        await loseIdleWriter(db, tx);
        if (next === 'statement') await Counters.create({ n: 3 });
        if (next === 'savepoint') await tx.transaction(() => Counters.create({ n: 3 }));
      }),
    );
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(await Counters.query().pluck('n')).toEqual([1]);
    await Counters.create({ n: 4 });
    expect(await Counters.query().pluck('n')).toEqual([1, 4]);
  });

  it('takes what was begun by hand along', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    const tx = await db.begin();
    await loseIdleWriter(db, tx);
    expect(await failureOf(tx.commit())).toBeInstanceOf(ConnectionLostError);
    expect([tx.isOpen, db.connected.inTransaction]).toEqual([false, false]);
    {
      await using other = await db.begin();
      await loseIdleWriter(db, other);
    } // which rolls back
    expect(await notes()).toEqual(['']);
  });

  it('makes instances new again that it had inserted', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    const made = Counter.build({ n: 2 });
    await failureOf(
      db.transaction(async (tx) => {
        await made.async.using(tx).save();
        await tx.run(crashOnWriter);
      }),
    );
    await made.async.save();
    expect(await Counters.query().pluck('n')).toEqual([1, 2]);
  });
});

describe('a writer that is lost elsewhere', () => {
  it('fails the statement that it ran, and is replaced for the next', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    await Counters.create({ n: 2 });
    const [lost, behind] = await Promise.all([failureOf(db.run(crashOnWriter)), failureOf(Counters.create({ n: 3 }))]);
    expect([lost, behind].every((error) => error instanceof ConnectionLostError)).toBe(true);
    expect(await notes()).toEqual(['', '']); // not of one row only
    await Counters.create({ n: 4 });
    expect(await Counters.query().pluck('n')).toEqual([1, 2, 4]);
  });

  it('fails a transaction wholly or not at all that begins just then', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    await db.run(sql`UPDATE counters SET note = crash_later()`);
    const outcome: unknown = await db
      .transaction(() => Counters.create({ n: 2 }))
      .then(
        () => 'committed',
        (error: unknown) => error,
      );
    await entered(db, 'recovering');
    if (outcome !== 'committed') expect(outcome).toBeInstanceOf(ConnectionLostError);
    await db.transaction(() => Counters.create({ n: 3 }));
    expect(await Counters.query().pluck('n')).toEqual(outcome === 'committed' ? [1, 2, 3] : [1, 3]);
  });

  it('says so to whoever has begun a transaction with SQL, and does not commit the rest of it piece by piece', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    await db.execute('BEGIN');
    await Counters.create({ n: 2 });
    await db.run(sql`UPDATE counters SET note = break_later()`);
    await entered(db, 'recovering');
    const error = await failureOf(Counters.create({ n: 3 }));
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(error).toMatchObject({ cause: new Error('a bug of the app') });
    expect(await Counters.query().pluck('n')).toEqual([1]);
    await Counters.create({ n: 4 });
    expect(await Counters.query().pluck('n')).toEqual([1, 4]);
  });

  it('does not keep a transaction inside of one that was begun with SQL from the new one', async () => {
    const db = await open();
    await Counters.create({ n: 1 });
    await failureOf(db.transaction((tx) => tx.run(crashOnWriter)));
    await db.execute('BEGIN');
    await db.transaction(() => Counters.create({ n: 2 })); // a savepoint
    await db.execute('COMMIT');
    expect(await Counters.query().pluck('n')).toEqual([1, 2]);
  });

  it('takes a database in memory along, which is never replaced by an empty one', async () => {
    const db = await openWorkers({ readers: 0, script: script() }, { path: ':memory:' });
    await Counters.create({ n: 1 });
    await loseIdleWriter(db);
    for (let time = 0; time < 2; time++) {
      expect(await failureOf(Counters.count())).toBeInstanceOf(ConnectionLostError);
      expect(await failureOf(Counters.create({ n: 2 }))).toBeInstanceOf(ConnectionLostError);
      expect(await failureOf(db.transaction(() => undefined))).toBeInstanceOf(ConnectionLostError);
    }
    await db.close();
  });
});

describe('a writer that cannot be started again', () => {
  it('says why, each time that it is tried, and is there once it can be', async () => {
    const path = newPath();
    const db = await open(1, path);
    await Counters.create({ n: 1 });
    writeFileSync(`${path}.crash`, '');
    await loseIdleWriter(db);
    for (let time = 0; time < 2; time++) {
      const error = (await failureOf(Counters.create({ n: 2 }))) as Error;
      expect(error).toBeInstanceOf(DriverUnavailableError);
      expect(error.message).toMatch(
        /^A worker that was to have the database ended before it had opened it\. The cause/,
      );
      expect(error.cause).toEqual(new Error('It ended with code 4.'));
    }
    expect(db.state.name).toBe('recovering');
    rmSync(`${path}.crash`);
    await Counters.create({ n: 2 });
    expect([await Counters.count(), db.state.name]).toEqual([2, 'ready']);
  });

  it('throws what the script throws', async () => {
    const path = newPath();
    const db = await open(1, path);
    await Counters.create({ n: 1 });
    writeFileSync(`${path}.refuse`, '');
    await loseIdleWriter(db);
    expect(await failureOf(Counters.create({ n: 2 }))).toEqual(new Error('The key is wrong.'));
    await db.close(); // does not need it
    expect(await failureOf(open(1, path))).toEqual(new Error('The key is wrong.'));
  });

  it('starts one at a time, for however many wait', async () => {
    const path = newPath();
    const db = await open(0, path);
    await Counters.create({ n: 1 });
    writeFileSync(`${path}.crash`, '');
    await loseIdleWriter(db);
    const errors = await Promise.all([2, 3, 4].map((n) => failureOf(Counters.create({ n }))));
    expect(new Set(errors.map((error) => (error as Error).cause)).size).toBe(1);
  });
});

describe('a script that is gone', () => {
  const doomed = compileWorkerScript('tests/workers/scripts/failing.ts');

  it('is an error with the way out: at once, and after a loss', async () => {
    const nowhere = new URL('./no-such-script.mjs', import.meta.url);
    const error = (await failureOf(openWorkers({ script: nowhere }))) as Error;
    expect(error).toBeInstanceOf(DriverUnavailableError);
    expect(error.message).toMatch(/name it: \{ workers: \{ script \} \}\.$/);
    expect((error.cause as Error).message).toMatch(/no-such-script/);
    const db = await openWorkers({ readers: 1, script: doomed() });
    await Counters.create({ n: 1 });
    expect(await Counters.count()).toBe(1);
    rmSync(fileURLToPath(doomed()));
    await loseIdleWriter(db);
    expect(await failureOf(Counters.create({ n: 2 }))).toBeInstanceOf(DriverUnavailableError);
    expect(await Counters.count()).toBe(1); // the reader lives
    expect(await failureOf(db.all(sql`SELECT crash()`))).toBeInstanceOf(DriverUnavailableError);
    expect(await failureOf(Counters.count())).toBeInstanceOf(DriverUnavailableError);
  });
});

describe('a reader that is lost', () => {
  it('is replaced, and its read is run again', async () => {
    const path = newPath();
    const db = await open(1, path);
    writeFileSync(`${path}.once`, '');
    expect(await db.all(sql`SELECT crash_once(${`${path}.once`}) AS state`)).toEqual([{ state: 'alive' }]);
    expect(db.workers).toMatchObject({ readers: 1, lost: 1 });
  });

  it('runs again what waited behind that', async () => {
    const path = newPath();
    const db = await open(1, path);
    await Counters.create({ n: 1 });
    writeFileSync(`${path}.once`, '');
    const behind = Array.from({ length: 50 }, () => Counters.count());
    const [state, ...counts] = await Promise.all([
      db.all(sql`SELECT crash_once(${`${path}.once`}) AS state`),
      ...behind,
    ]);
    expect(state).toEqual([{ state: 'alive' }]);
    expect(counts).toEqual(Array(50).fill(1));
  });

  it('is not replaced for ever under a read that ends it each time', async () => {
    const db = await open(1);
    expect(await failureOf(db.all(sql`SELECT crash()`))).toBeInstanceOf(ConnectionLostError);
    expect(db.workers).toMatchObject({ lost: 2 });
    expect(await Counters.count()).toBe(0);
  });

  it('fails the snapshot that has it, and no other', async () => {
    const db = await open(1);
    await Counters.create({ n: 1 });
    const error = await failureOf(
      db.snapshot(async (tx) => {
        await failureOf(tx.all(sql`SELECT crash()`));
        return await Counter.using(tx).count(); // of another state, it would be
      }),
    );
    expect(error).toBeInstanceOf(ConnectionLostError);
    expect(await db.snapshot(() => Counters.count())).toBe(1);
    expect(db.workers).toMatchObject({ lent: 0, lost: 1 });
  });

  it('does not matter where it was idle', async () => {
    const db = await open(1);
    await Counters.create({ n: 1 });
    await db.all(sql`SELECT crash_later()`);
    while (db.workers!.lost === 0) await Counters.count();
    expect(await Counters.count()).toBe(1);
  });
});
