/** Closing waits for what was asked for before, refuses what is behind it, and leaves nothing open. */
import { beforeEach, describe, expect, it } from 'vitest';
import { AlreadyOpenError, ClosedError, sql, type AsyncDatabase, type OrmError } from 'litemodel';
import { AsyncUser as User, driversInTurn, slowEngines, statementsOf } from './engines.js';

const pause = (milliseconds = 1) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const closed = 'The database "default" is closed. Open it again with open().';

/** What became of a promise. */
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: OrmError) => error.message,
  );

describe.each([...driversInTurn, ...slowEngines])('on $name', ({ open }) => {
  let db: AsyncDatabase;
  beforeEach(async () => {
    db = await open();
  });

  it('lets what was asked for before finish', async () => {
    const log = await statementsOf(db, async () => {
      const results = [
        db.transaction(async () => {
          await pause();
          await User.create({ name: 'Ann' });
          return 'committed';
        }),
        User.query().pluck('name'),
        db.transaction(() => User.count()),
        db.close(),
      ].map(outcome);
      expect(await Promise.all(results)).toEqual(['committed', ['Ann'], 1, undefined]);
    });
    expect(log.filter((text) => text === 'COMMIT')).toHaveLength(2);
    expect(db.isOpen).toBe(false);
  });

  it('refuses what is behind it, whatever that is', async () => {
    const ann = await User.using(db).create({ name: 'Ann' });
    ann.age = 1;
    const before = db.transaction(() => pause(5));
    const results = [
      db.close(),
      db.transaction(() => 'committed'),
      db.begin(),
      User.using(db).count(),
      ann.save(),
      db.all(sql`SELECT 1`),
      db.table('users'),
    ].map(outcome);
    await before;
    expect(await Promise.all(results)).toEqual([undefined, ...(Array(6).fill(closed) as string[])]);
    expect(db.isOpen).toBe(false);
  });

  it('happens once, however often it is asked for', async () => {
    const before = db.transaction(() => pause(5));
    await Promise.all([db.close(), db.close(), before]);
    await db.close();
    expect(db.isOpen).toBe(false);
    const again = await open();
    expect(await User.using(again).count()).toBe(0);
  });

  it('can be tried again after it was given up', async () => {
    await db.close();
    db = await open({ queueTimeout: 20 });
    const tx = await db.begin();
    await expect(db.close()).rejects.toMatchObject({ code: 'ORM_TRANSACTION_QUEUE' });
    await User.using(tx).create({ name: 'Ann' });
    await tx.commit();
    expect(await User.count()).toBe(1);
    await db.close();
    expect(db.isOpen).toBe(false);
  });

  it('is over when the alias is free, and not before', async () => {
    const before = db.transaction(() => pause(5));
    const closing = db.close();
    await expect(open()).rejects.toThrow(AlreadyOpenError);
    await Promise.all([before, closing]);
    const again = await open();
    expect(again.isOpen).toBe(true);
  });

  it('is final: nothing runs afterwards, not even from a loop or a transaction that knows it from before', async () => {
    for (const name of ['a', 'b']) await User.create({ name });
    const rows = User.using(db).query().iterate({ batch: 1 })[Symbol.asyncIterator]();
    expect((await rows.next()).value).toMatchObject({ name: 'a' });
    const begun = await db.begin();
    await begun.rollBack();
    await db.close();
    await expect(rows.next()).rejects.toThrow(ClosedError);
    await expect(begun.rollBack()).rejects.toThrow('This transaction has ended.');
    await expect(db.attach(':memory:', 'extra')).rejects.toMatchObject({
      name: expect.stringMatching(/Error$/) as string,
    });
  });
});
