/** An AbortSignal gives up what has not begun, and undoes what has. */
import { getEventListeners } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { sql, type AsyncDatabase } from 'litemodel';
import { AsyncUser as User, driversInTurn, slowEngines, statementsOf } from './engines.js';

const reason = new Error('nobody wants it any more');
const aborted = () => AbortSignal.abort(reason);

const calls: [string, (db: AsyncDatabase, signal: AbortSignal) => Promise<unknown>][] = [
  ['all', (_, signal) => User.query().abortSignal(signal).all()],
  ['a filtered query', (_, signal) => User.query().abortSignal(signal).filter({ age: 1 }).orderBy('name').first()],
  ['one', (_, signal) => User.query().abortSignal(signal).one()],
  ['count', (_, signal) => User.query().abortSignal(signal).count()],
  ['pluck', (_, signal) => User.query().abortSignal(signal).pluck('name')],
  ['page', (_, signal) => User.query().abortSignal(signal).page({ size: 1 })],
  ['update', (_, signal) => User.filter({ age: 18 }).abortSignal(signal).update({ age: 1 })],
  ['returning', (_, signal) => User.filter({ age: 18 }).abortSignal(signal).returning().delete()],
  ['SQL', (db, signal) => db.all(sql`SELECT 1`, { signal })],
  ['a row of SQL', (db, signal) => db.first(sql`SELECT 1`, { signal })],
  ['SQL that writes', (db, signal) => db.run(sql`DELETE FROM users`, { signal })],
  ['a transaction', (db, signal) => db.transaction(() => User.deleteAll(), { signal })],
];

describe.each([...driversInTurn, ...slowEngines])('on $name', ({ open }) => {
  let db: AsyncDatabase;
  beforeEach(async () => {
    db = await open();
    await User.create({ name: 'Ann' });
  });
  const log = (work: () => unknown) => statementsOf(db, work);
  const people = () => db.all(sql`SELECT name, age FROM users`);
  const ann = { name: 'Ann', age: 18 };

  it.each(calls)('that was given before, nothing runs: %s', async (_, call) => {
    const statements = await log(() => expect(call(db, aborted())).rejects.toBe(reason));
    expect(statements).toEqual([]);
    expect(await people()).toEqual([ann]);
  });

  it.each(calls)('that is given while it waits, it gives up its place: %s', async (_, call) => {
    const controller = new AbortController();
    const tx = await db.begin();
    const statements = await log(async () => {
      const first = User.count();
      const waiting = call(db, controller.signal);
      const behind = db.transaction(() => User.count());
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      await tx.commit();
      expect(await Promise.all([first, behind])).toEqual([1, 1]);
    });
    const count = 'SELECT count(*) FROM "users"';
    expect(statements).toEqual(['COMMIT', count, 'BEGIN IMMEDIATE', count, 'COMMIT']);
    expect(await people()).toEqual([ann]);
  });

  it('that is given after the commit, listeners of that are called all the same', async () => {
    const controller = new AbortController();
    const told: string[] = [];
    db.on('afterCommit', () => void told.push('first'), { priority: 1 });
    db.on('afterCommit', async () => {
      controller.abort(reason);
      await Promise.resolve();
      told.push('second');
    });
    db.on('afterCommit', () => void told.push('third'));
    await db.transaction(() => User.create({ name: 'Ben' }), { signal: controller.signal });
    expect(told).toEqual(['first', 'second', 'third']);
    expect(await people()).toHaveLength(2);
  });

  it('that is given afterwards, nothing happens', async () => {
    const controller = new AbortController();
    await db.transaction(() => User.create({ name: 'Ben' }), { signal: controller.signal });
    controller.abort(reason);
    expect(await people()).toEqual([ann, { name: 'Ben', age: 18 }]);
  });

  it('that is given inside of a transaction, it is rolled back, and the database stays open', async () => {
    const controller = new AbortController();
    const statements = await log(async () => {
      const transaction = db.transaction(
        async () => {
          await User.create({ name: 'Ben' });
          controller.abort(reason);
          await User.create({ name: 'Cid' }); // whoever does not look at the signal goes on for nothing
        },
        { signal: controller.signal },
      );
      await expect(transaction).rejects.toBe(reason);
    });
    const insert = 'INSERT INTO "users" ("name", "settings") VALUES (?, ?) RETURNING "id", "age"';
    expect(statements).toEqual(['BEGIN IMMEDIATE', insert, insert, 'ROLLBACK']);
    expect([db.isOpen, await people()]).toEqual([true, [ann]]);
    await db.transaction(() => User.create({ name: 'in order' }));
  });

  it('that is given inside of a savepoint undoes only that', async () => {
    await db.transaction(async (tx) => {
      await User.create({ name: 'kept' });
      const controller = new AbortController();
      const inner = tx.transaction(
        async () => {
          await User.create({ name: 'undone' });
          controller.abort(reason);
        },
        { signal: controller.signal },
      );
      await expect(inner).rejects.toBe(reason);
    });
    expect(await people()).toEqual([ann, { name: 'kept', age: 18 }]);
  });

  it('ends a loop at its next batch', async () => {
    await User.create({ name: 'Ben' });
    const controller = new AbortController();
    const seen: string[] = [];
    const loop = async () => {
      for await (const { name } of User.query().abortSignal(controller.signal).iterate({ batch: 1 })) {
        seen.push(name);
        controller.abort(reason);
      }
    };
    await expect(loop()).rejects.toBe(reason);
    expect(seen).toEqual(['Ann']);
  });

  it('is not listened to any more when what waited is done', async () => {
    const { signal } = new AbortController();
    const tx = await db.begin();
    const waiting = Promise.all(calls.slice(3, 9).map(([, call]) => call(db, signal)));
    expect(getEventListeners(signal, 'abort').length).toBeGreaterThan(0);
    await tx.commit();
    await waiting;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
