/** Listeners hear of every statement once, and what they do themselves does not come back to them. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { defineModel, id, text } from 'litemodel/async';
import { sql, type AsyncDatabase } from 'litemodel';
import { asyncModels, AsyncUser as User, driversInTurn, slowEngines } from './engines.js';

const Log = defineModel('logs', { id: id(), statement: text() }, { modelName: 'Log' });

describe.each([...driversInTurn, ...slowEngines])('on $name', ({ open }) => {
  let db: AsyncDatabase;
  beforeEach(async () => {
    db = await open({ models: [...asyncModels, Log] });
  });
  const logged = async () =>
    (await db.all<{ statement: string }>(sql`SELECT statement FROM logs ORDER BY id`)).map(
      ({ statement }) => statement,
    );

  it('one may write what it hears into a table of the same database', async () => {
    const writes: Promise<unknown>[] = [];
    const stop = db.onStatement(({ sql }) => void writes.push(Log.create({ statement: sql.split(' ', 1)[0]! })));
    await User.count();
    await User.create({ name: 'Ann' });
    await db.transaction(async () => {
      await User.create({ name: 'Ben' });
    });
    await Promise.all(writes);
    stop();
    expect(writes).toHaveLength(5);
    expect((await logged()).sort()).toEqual(['BEGIN', 'COMMIT', 'INSERT', 'INSERT', 'SELECT']);
  });

  it('one that throws leaves every statement its outcome, and its error uncaught', async () => {
    const uncaught: string[] = [];
    const others = process.rawListeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', ({ message }) => uncaught.push(message));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other as () => void);
    });
    const stop = db.onStatement(() => {
      throw new Error('of the listener');
    });
    const transaction = db.transaction(() => User.create({ name: 'Ann' }));
    const behind = User.count();
    await transaction;
    expect(await behind).toBe(1);
    stop();
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(uncaught).toEqual(Array(4).fill('of the listener'));
    await db.transaction(() => User.create({ name: 'in order' }));
  });
});
