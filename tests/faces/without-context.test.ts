/** A platform that does not know what code belongs to what: browsers, as long as they have no AsyncLocalStorage. */
import { beforeEach, describe, expect, it } from 'vitest';
import { sql, TransactionQueueError, type AsyncDatabase } from 'litemodel';
import { AsyncUser as User, driversInTurn, slowEngines, statementsOf, syncModels, SyncUser } from './engines.js';
import { drivers } from '../open-database.js';

// before the first transaction of this file, which has a process for itself
process.getBuiltinModule = () => undefined;

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
const [begin, commit] = ['BEGIN IMMEDIATE', 'COMMIT'];
const insert = 'INSERT INTO "users" ("name", "settings") VALUES (?, ?) RETURNING "id", "age"';

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    () => new Error('It was fulfilled.'),
    (error: unknown) => error as Error,
  );

describe.each([...driversInTurn, ...slowEngines])('on $name', ({ open }) => {
  let db: AsyncDatabase;
  beforeEach(async () => {
    db = await open();
  });
  /** Opens the database anew, so that nobody waits for long where waiting does not help. */
  const reopen = async () => {
    await db.close();
    db = await open({ queueTimeout: 50 });
  };
  const names = async () =>
    (await db.all<{ name: string }>(sql`SELECT name FROM users ORDER BY id`)).map((row) => row.name);

  it('what belongs to a transaction says so by using(tx)', async () => {
    const statements = await statementsOf(db, () =>
      db.transaction(async (tx) => {
        const ann = await User.using(tx).create({ name: 'Ann' });
        await pause();
        ann.age = 40;
        await ann.async.using(tx).save();
        const ben = User.using(tx).build({ name: 'Ben' });
        await ben.async.using(tx).save();
        await User.build({ name: 'Cid' }).async.using(tx).save();
        await tx.transaction((inner) => User.using(inner).create({ name: 'Dan' }));
        for await (const user of User.using(tx).query().iterate({ batch: 2 })) expect(user.name).toHaveLength(3);
        expect(await User.using(tx).findOrCreate({ name: 'Eva' })).toMatchObject({ id: 5 });
        expect(await tx.first(sql`SELECT count(*) AS n FROM users`)).toEqual({ n: 5 });
      }),
    );
    expect(statements.slice(0, 4)).toEqual([begin, insert, 'UPDATE "users" SET "age" = ? WHERE "id" = ?', insert]);
    expect(statements.filter((text) => text === begin || text === commit)).toEqual([begin, commit]);
    expect(await names()).toEqual(['Ann', 'Ben', 'Cid', 'Dan', 'Eva']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a model', () => User.create({ name: 'forgotten' })],
    ['an instance', () => User.build({ name: 'forgotten' }).save()],
    ['a query', () => User.query().all()],
    ['findOrCreate', () => User.findOrCreate({ name: 'forgotten' })],
  ])('to forget it is an error, not a statement in the transaction: %s', async (_, forgetful) => {
    await reopen();
    const transaction = db.transaction(async (tx) => {
      await User.using(tx).create({ name: 'Ann' });
      await forgetful();
    });
    const error = await rejection(transaction);
    expect(error).toBeInstanceOf(TransactionQueueError);
    expect(error.message).toContain('What belongs to that transaction is run with its tx: Model.using(tx).');
    expect(await names()).toEqual([]);
    await db.transaction((tx) => User.using(tx).create({ name: 'in order' }));
    expect(await names()).toEqual(['in order']);
  });

  it('others wait as they do elsewhere', async () => {
    const undo = new Error('undo');
    const transaction = db.transaction(async (tx) => {
      await User.using(tx).create({ name: 'mine' });
      await pause();
      throw undo;
    });
    const outside = User.create({ name: 'outside' });
    expect(await rejection(transaction)).toBe(undo);
    await outside;
    expect(await names()).toEqual(['outside']);
  });

  it('savepoints beside each other queue up', async () => {
    await db.transaction((tx) =>
      Promise.all(['a', 'b', 'c'].map((name) => tx.transaction((inner) => User.using(inner).create({ name })))),
    );
    expect(await names()).toEqual(['a', 'b', 'c']);
  });

  it('the transaction around it is used from inside for as long as it takes to tell', async () => {
    await reopen();
    const error = await rejection(db.transaction((tx) => tx.transaction(() => User.using(tx).count())));
    expect(error).toBeInstanceOf(TransactionQueueError);
    expect((await rejection(db.transaction(() => db.close()))).name).toBe('TransactionQueueError');
    expect(db.isOpen).toBe(true);
  });

  it('a listener says by using(event.database) that it belongs to the save that it listens to', async () => {
    const stop = db.on('afterCreate', async ({ instance, database }) => {
      await pause();
      const { name } = instance as unknown as { readonly name: string };
      if (name.length < 5) await User.using(database).create({ name: `${name}!` });
    });
    const statements = await statementsOf(db, () => User.create({ name: 'Ann' }));
    expect(statements.filter((text) => text === begin || text === commit)).toEqual([begin, commit]);
    await db.transaction(async (tx) => void (await User.using(tx).create({ name: 'Ben' })));
    expect(await names()).toEqual(['Ann', 'Ann!', 'Ann!!', 'Ben', 'Ben!', 'Ben!!']);
    stop();
  });

  it('a listener that forgets it waits for the save that waits for it, until it is told', async () => {
    await reopen();
    db.on('afterCreate', () => User.create({ name: 'forgotten' }));
    expect(await rejection(User.create({ name: 'Ann' }))).toBeInstanceOf(TransactionQueueError);
    expect(await names()).toEqual([]);
  });

  it('who acts in a transaction is known by using(tx), but not in what its listeners do when it has ended', async () => {
    const told: string[] = [];
    for (const name of ['afterCreate', 'afterCommit'] as const)
      db.on(name, async ({ instance, actor, database }) => {
        const who = (instance as unknown as { readonly name: string }).name;
        told.push(`${name} of ${who} by ${String(actor)}`);
        if (name === 'afterCommit' && who === 'Ann') await User.using(database).create({ name: 'Ben' });
      });
    await db.transaction((tx) => User.using(tx).create({ name: 'Ann' }), { actor: 'Cid' });
    expect(told.slice(0, 3)).toEqual([
      'afterCreate of Ann by Cid',
      'afterCommit of Ann by Cid',
      'afterCreate of Ben by undefined',
    ]);
  });

  it('a transaction inside of a callback, without its tx, waits for itself until it is told', async () => {
    await reopen();
    const error = await rejection(db.transaction(() => db.transaction(() => 1)));
    expect(error).toBeInstanceOf(TransactionQueueError);
  });
});

describe.each(drivers)('on $name', ({ open }) => {
  it('synchronous calls throw while a transaction is open, even in its callback', async () => {
    const db = await open({ models: syncModels });
    const error = await rejection(db.async.transaction(() => SyncUser.count()));
    expect(error).toBeInstanceOf(TransactionQueueError);
    expect(error.message).toContain('a synchronous call cannot wait for it');
    expect(SyncUser.count()).toBe(0);
  });

  it('what synchronous listeners do after a transaction is done by the one who wrote in it', async () => {
    const db = await open({ models: syncModels });
    const told: string[] = [];
    db.on('afterCommit', ({ instance, actor }) => {
      const { name } = instance as unknown as { readonly name: string };
      told.push(`${name} by ${String(actor)}`);
      if (name === 'Ann') SyncUser.create({ name: 'Ben' });
    });
    db.transaction(() => void SyncUser.create({ name: 'Ann' }), { actor: 'Cid' });
    SyncUser.create({ name: 'Dan' });
    expect(told).toEqual(['Ann by Cid', 'Ben by Cid', 'Dan by undefined']);
  });
});
