/** What would deadlock, mix or lose writes: told at once where it can be told, and by `queueTimeout` where it cannot. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  AsyncCallbackError,
  QueryError,
  sql,
  TransactionError,
  TransactionQueueError,
  UnsupportedError,
  type AsyncDatabase,
  type AsyncTransaction,
  type Database,
} from 'litemodel';
import { drivers } from '../open-database.js';
import { AsyncUser as User, driversInTurn, slowEngines, syncModels, SyncUser } from './engines.js';

/** Waits for timers, and so lets everything else run. */
const pause = (milliseconds = 1) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const itself =
  'This would wait for a transaction inside of which it runs. Use the innermost tx, or end that transaction first.';
const hasEnded =
  'This transaction has ended, so nothing more can run in it. ' +
  'Await everything that its callback starts before it returns.';
const unfinished = 'A transaction inside this one is still open. Finish the inner one first.';
const undone =
  'This transaction was rolled back with the one around it. Await everything that a callback starts before it returns.';
const synchronous =
  'An asynchronous transaction is open on this connection, and a synchronous call cannot wait for it. ' +
  'Use the asynchronous face, which waits, or run it inside with Model.using(tx).';

/** A promise, and how to fulfill it. */
function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

/** The error that a promise is rejected with. */
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
  const names = async () =>
    (await db.all<{ name: string }>(sql`SELECT name FROM users ORDER BY id`)).map((row) => row.name);
  const expectOrder = async () => {
    const count = await User.count();
    await db.transaction(() => User.create({ name: 'in order' }));
    await User.create({ name: 'in order, too' });
    expect(await User.count()).toBe(count + 2);
  };

  describe('inside of a transaction', () => {
    const fromOutside: [string, (outer: AsyncTransaction) => Promise<unknown>][] = [
      ['a model', (outer) => User.using(outer).count()],
      ['SQL', (outer) => outer.all(sql`SELECT 1`)],
      ['a transaction', (outer) => outer.transaction(() => 1)],
      ['begin', (outer) => outer.begin()],
      ['an instance', (outer) => User.build({ name: 'x' }).async.using(outer).save()],
    ];
    it.each(fromOutside)('the one around it cannot be used: %s', async (_, use) => {
      let error: Error | undefined;
      await db.transaction(async (outer) => {
        await outer.transaction(async (inner) => {
          error = await rejection(use(outer));
          await User.using(inner).create({ name: 'goes on' });
        });
        expect(await User.using(outer).count()).toBe(1);
      });
      expect(error).toBeInstanceOf(TransactionQueueError);
      expect(error!.message).toBe(itself);
      expect(await names()).toEqual(['goes on']);
    });

    it('the database cannot be closed', async () => {
      const error = await rejection(db.transaction(() => db.close()));
      expect([error.name, error.message]).toEqual(['TransactionQueueError', itself]);
      expect(db.isOpen).toBe(true);
      await expectOrder();
    });

    it('one on another database is another transaction, and one on this database in there a savepoint', async () => {
      const other = await open({ alias: 'other' });
      await db.transaction(async (tx) => {
        await other.transaction(async (inOther) => {
          await User.using(tx).create({ name: 'here' });
          await User.using(inOther).create({ name: 'there' });
          await db.transaction(async (inner) => {
            await User.using(inner).create({ name: 'in a savepoint' });
            await User.using(other).create({ name: 'there, too' });
          });
        });
        const undo = new Error('undo');
        const failing = other.transaction(async () => {
          await User.using(other).create({ name: 'undone' });
          await User.using(db).create({ name: 'stays' });
          throw undo;
        });
        expect(await rejection(failing)).toBe(undo);
      });
      expect(await names()).toEqual(['here', 'in a savepoint', 'stays']);
      expect(await User.using(other).query().pluck('name')).toEqual(['there', 'there, too']);
    });
  });

  describe('once it has ended', () => {
    it.each(['committed', 'rolled back'])('a transaction that was %s runs nothing more', async (how) => {
      let tx!: AsyncTransaction;
      const ann = await User.create({ name: 'Ann' });
      const transaction = db.transaction((given) => {
        tx = given;
        if (how === 'rolled back') throw new Error('undo');
      });
      await transaction.catch(() => undefined);
      expect(tx.isOpen).toBe(false);
      ann.age = 1;
      for (const use of [
        () => User.using(tx).count(),
        () => User.using(tx).create({ name: 'late' }),
        () => ann.async.using(tx).save(),
        () => ann.async.using(tx).reload(),
        () => ann.async.using(tx).delete(),
        () => User.build({ name: 'late' }).async.using(tx).save(),
        () => tx.all(sql`SELECT 1`),
        () => tx.first(sql`SELECT 1`),
        () => tx.run(sql`DELETE FROM users`),
        () => tx.execute('DELETE FROM users'),
        () => tx.table('users'),
        () => tx.transaction(() => 1),
        () => tx.begin(),
      ]) {
        const error = await rejection(use());
        expect([error.name, error.message]).toEqual(['TransactionError', hasEnded]);
      }
      expect(await names()).toEqual(['Ann']);
    });

    it('what its callback started and did not await is refused, not run outside', async () => {
      let late!: Promise<Error>;
      const { open: end, opened: ended } = gate();
      await db.transaction(async () => {
        late = rejection(ended.then(() => User.create({ name: 'late' })));
        await User.create({ name: 'kept' });
      });
      end();
      expect((await late).message).toBe(hasEnded);
      expect(await names()).toEqual(['kept']);
    });

    it('what it started and did not await shares its fate, where it has begun', async () => {
      let started!: Promise<unknown>;
      const error = await rejection(
        db.transaction(() => {
          started = User.create({ name: 'started' }).catch(() => undefined);
          throw new Error('undo');
        }),
      );
      await started;
      expect(error.message).toBe('undo');
      expect(await names()).toEqual([]);
      await expectOrder();
    });

    it.each<[string, (inner: () => void) => unknown]>([
      ['which has not begun', (inner) => inner()],
      ['that has just begun', async (inner) => inner()],
    ])('a transaction in it that nobody awaited does not begin by itself: one %s', async (_, start) => {
      let inner!: Promise<unknown>;
      const outer = db.transaction((tx) =>
        start(() => {
          inner = rejection(tx.transaction((deep) => User.using(deep).create({ name: 'inner' })));
        }),
      );
      await outer.catch((error: Error) => expect(error.message).toBe(unfinished));
      expect(await inner).toBeInstanceOf(TransactionError);
      expect(await names()).toEqual([]);
      await expectOrder();
    });

    it('a transaction in it that nobody awaited is rolled back with it, and told so', async () => {
      let inner!: Promise<Error>;
      let statement!: Promise<Error>;
      const { open: write, opened: written } = gate();
      const { open: end, opened: ended } = gate();
      const outer = db.transaction(async (tx) => {
        inner = rejection(
          tx.transaction(async (deep) => {
            await User.using(deep).create({ name: 'inner' });
            write();
            await ended;
            statement = rejection(User.using(deep).create({ name: 'late' }));
            await statement;
          }),
        );
        await written;
      });
      expect((await rejection(outer)).message).toBe(unfinished);
      end();
      expect((await inner).message).toBe(undone);
      expect((await statement).message).toBe(hasEnded);
      expect(await names()).toEqual([]);
      await expectOrder();
    });
  });

  describe('begun by hand', () => {
    it('an outer transaction cannot end before the inner one', async () => {
      const outer = await db.begin();
      const inner = await outer.begin();
      await User.using(inner).create({ name: 'a' });
      for (const end of [() => outer.commit(), () => outer.rollBack()]) {
        expect((await rejection(end())).message).toBe(unfinished);
      }
      expect([outer.isOpen, inner.isOpen]).toEqual([true, true]);
      await inner.commit();
      await outer.commit();
      expect(await names()).toEqual(['a']);
    });

    it('an outer transaction takes the inner one along when its block is left', async () => {
      let inner: Awaited<ReturnType<typeof db.begin>> | undefined;
      const failing = async () => {
        await using outer = await db.begin();
        inner = await outer.begin(); // without using
        await User.using(inner).create({ name: 'a' });
        throw new Error('mine');
      };
      expect((await rejection(failing())).message).toBe('mine');
      expect(inner!.isOpen).toBe(false);
      expect((await rejection(inner!.commit())).message).toBe('This transaction has ended. Begin another.');
      expect((await rejection(User.using(inner!).count())).message).toBe(hasEnded);
      expect(await names()).toEqual([]);
      await expectOrder();
    });

    it('a transaction cannot outlive the callback that it was begun in', async () => {
      let inner: Awaited<ReturnType<typeof db.begin>> | undefined;
      const leaking = db.transaction(async (tx) => {
        inner = await tx.begin();
        await User.using(inner).create({ name: 'a' });
      });
      expect((await rejection(leaking)).message).toBe(unfinished);
      expect(inner!.isOpen).toBe(false);
      expect(await names()).toEqual([]);
      await expectOrder();
    });
  });

  describe('an instance', () => {
    it('of another database is not written in a transaction of this one', async () => {
      const other = await open({ alias: 'other' });
      const ann = await User.using(db).create({ name: 'Ann' });
      ann.name = 'Bea';
      const error = await rejection(other.transaction((tx) => ann.async.using(tx).save()));
      expect(error).toBeInstanceOf(TransactionError);
      expect(error.message).toBe(
        'This User is in the database "default", and the transaction in "other". ' +
          'Use a transaction of "default", or insert another one with User.using(tx).create(…).',
      );
      expect(await names()).toEqual(['Ann']);
    });

    it('that is new is inserted where the transaction is', async () => {
      const other = await open({ alias: 'other' });
      await other.transaction((tx) => User.build({ name: 'new' }).async.using(tx).save());
      expect(await User.using(other).query().pluck('name')).toEqual(['new']);
      expect(await names()).toEqual([]);
    });

    it('that is saved while it is inserted is not inserted twice', async () => {
      await using held = await db.begin(); // so that the insert waits, on every engine
      const ann = User.build({ name: 'Ann' });
      const first = ann.save();
      const second = await rejection(ann.save());
      expect(second).toBeInstanceOf(QueryError);
      expect(second.message).toBe('This instance is being inserted already. Await its first save before the next.');
      await held.commit();
      await first;
      ann.age = 5;
      await ann.save();
      expect(await db.all(sql`SELECT id, name, age FROM users`)).toEqual([{ id: 1, name: 'Ann', age: 5 }]);
    });

    it('whose saves overlap knows what is stored', async () => {
      const ann = await User.create({ name: 'a' });
      const held = await db.begin(); // so that both saves wait, on every engine
      ann.name = 'b';
      const first = ann.save();
      ann.name = 'a';
      ann.age = 5;
      const second = ann.save(); // to which the name has not changed, for what is stored is still "a"
      await held.commit();
      await Promise.all([first, second]);
      expect(await db.all(sql`SELECT name, age FROM users`)).toEqual([{ name: 'b', age: 5 }]);
      await ann.save();
      expect(await db.all(sql`SELECT name, age FROM users`)).toEqual([{ name: 'a', age: 5 }]);
    });
  });

  describe('queueTimeout', () => {
    const after = (milliseconds: number) =>
      `This waited ${milliseconds} ms for a transaction of the same connection to end. ` +
      'What belongs to that transaction is run with its tx: Model.using(tx). What does not waits for it, so keep ' +
      'transactions short, or open the database with a longer queueTimeout.';
    const reopen = async (queueTimeout: number) => {
      await db.close();
      db = await open({ queueTimeout });
    };

    it('ends the wait for a transaction that waits for what waits for it', async () => {
      await reopen(20);
      const begun = await db.begin();
      // whoever forgets using(begun) waits for the transaction that is to be committed afterwards
      const outside = rejection(User.create({ name: 'forgotten' }));
      const transaction = rejection(db.transaction(() => User.count()));
      for (const error of [await outside, await transaction]) {
        expect(error).toBeInstanceOf(TransactionQueueError);
        expect(error.message).toBe(after(20));
      }
      await begun.commit();
      expect(await names()).toEqual([]);
      await expectOrder();
    });

    it('ends the wait for a transaction that awaits itself', async () => {
      await reopen(20);
      let release!: () => void;
      const released = new Promise<void>((resolve) => (release = resolve));
      const transaction: Promise<void> = db.transaction(async () => {
        await Promise.race([transaction, released]);
      });
      expect((await rejection(User.count())).message).toBe(after(20));
      expect((await rejection(db.close())).message).toBe(after(20));
      release();
      await transaction;
      await expectOrder();
    });

    it('ends the wait inside of a transaction, too', async () => {
      await reopen(20);
      await db.transaction(async () => {
        const inner = await db.begin();
        expect((await rejection(User.count())).message).toBe(after(20));
        await inner.commit();
        expect(await User.count()).toBe(0);
      });
    });

    it('is no limit for a long queue of short transactions', async () => {
      await reopen(400);
      const short = () => db.transaction(() => pause(10));
      const statements = Array.from({ length: 20 }, async (_, index) => {
        await pause(index * 30);
        return await User.count();
      });
      await Promise.all([...Array.from({ length: 80 }, short), ...statements]);
      await expectOrder();
    });

    it('can be Infinity, and has to be a number', async () => {
      await reopen(Infinity);
      const warnings: Error[] = [];
      const hear = (warning: Error) => void warnings.push(warning);
      process.on('warning', hear);
      onTestFinished(() => void process.off('warning', hear));
      await Promise.all([db.transaction(() => pause(20)), User.count()]);
      expect(warnings).toEqual([]); // Node warns of a timer that is too long, and lets it end at once
      for (const queueTimeout of [NaN, -1]) {
        const error = await rejection(open({ queueTimeout, alias: 'wrong' }));
        expect(error).toBeInstanceOf(UnsupportedError);
        expect(error.message).toBe('queueTimeout is a number of milliseconds, or Infinity. Give it as one.');
      }
    });
  });
});

describe.each(drivers)('synchronous calls on $name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: syncModels });
  });
  const Users = SyncUser.async();
  const names = () => db.all<{ name: string }>(sql`SELECT name FROM users ORDER BY id`).map(({ name }) => name);

  it.each<[string, () => unknown]>([
    ['a model', () => SyncUser.count()],
    ['a query', () => SyncUser.filter({ age: 1 }).all()],
    ['a write', () => SyncUser.create({ name: 'swept along' })],
    ['an instance', () => SyncUser.build({ name: 'swept along' }).save()],
    ['SQL', () => db.run(sql`DELETE FROM users`)],
    ['a script', () => db.execute('DELETE FROM users')],
    ['a transaction', () => db.transaction(() => 1)],
    ['begin', () => db.begin()],
  ])('throw at once while an asynchronous transaction is open: %s', async (_, call) => {
    const tx = await db.async.begin();
    expect(call).toThrow(TransactionQueueError);
    expect(call).toThrow(synchronous);
    await tx.rollBack();
    expect(call).not.toThrow();
  });

  it('may run inside of the transaction, as savepoints do', async () => {
    const ann = SyncUser.create({ name: 'Ann' });
    const transaction = db.async.transaction(async () => {
      ann.age = 1;
      ann.save();
      await pause();
      db.transaction(() => SyncUser.create({ name: 'in a savepoint' }));
      expect(names()).toEqual(['Ann', 'in a savepoint']);
      throw new Error('undo');
    });
    expect((await rejection(transaction)).message).toBe('undo');
    expect(names()).toEqual(['Ann']);
    expect(ann.save().reload().age).toBe(1);
  });

  it('keep what is asynchronous waiting for a transaction begun by hand', async () => {
    const held = db.begin();
    const created = Users.create({ name: 'outside' });
    const transaction = db.async.transaction(() => Users.count());
    SyncUser.create({ name: 'inside' });
    await pause();
    expect(names()).toEqual(['inside']);
    held.rollBack();
    expect((await created).name).toBe('outside');
    expect(await transaction).toBe(1);
    expect(names()).toEqual(['outside']);
  });

  it('keep it waiting even where they begin between its turn and its waking up', async () => {
    let begun = 0;
    for (let turns = 0; turns < 30; turns++) {
      const transaction = db.async.transaction(() => Promise.resolve());
      const outside = Users.create({ name: `outside ${turns}` });
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      let held: ReturnType<Database['begin']> | undefined;
      try {
        held = db.begin();
      } catch (error) {
        expect(error).toBeInstanceOf(TransactionQueueError); // the asynchronous one is still open
      }
      await transaction;
      await pause();
      if (held !== undefined) begun++;
      held?.rollBack();
      expect((await outside).id).toBe(turns + 1);
    }
    expect(begun).toBeGreaterThan(5);
    expect(names()).toHaveLength(30);
  });

  describe('that run a callback', () => {
    const inCallback =
      'A synchronous transaction does not wait, so what is asynchronous cannot be part of it. ' +
      'Use the synchronous face in its callback, or db.async.transaction().';

    it('have nothing asynchronous inside, nor let it run once they are rolled back', async () => {
      let refused!: Promise<Error>;
      const careless = (): unknown => {
        const created = Users.create({ name: 'outside of it' });
        refused = rejection(created);
        return created;
      };
      expect(() => db.transaction(careless)).toThrow(AsyncCallbackError);
      expect((await refused).message).toBe(inCallback);
      expect(await refused).toBeInstanceOf(TransactionQueueError);
      expect(names()).toEqual([]);
    });

    it('may start what is asynchronous on another database', async () => {
      const other = await open({ models: syncModels, alias: 'other' });
      let created!: Promise<unknown>;
      db.transaction(() => {
        created = Users.using(other.async).create({ name: 'there' });
      });
      await created;
      expect(SyncUser.using(other).count()).toBe(1);
    });
  });

  it('tell those who close that a transaction is gone', async () => {
    let late!: Promise<Error>;
    const { open: end, opened: ended } = gate();
    const transaction = rejection(
      db.async.transaction(async () => {
        await Users.create({ name: 'undone' });
        await ended;
        late = rejection(Users.using(db.async).create({ name: 'late' }));
        await late;
      }),
    );
    const waiting = [Users.count(), db.async.transaction(() => 1), db.async.close()].map(rejection);
    onTestFinished(() => db.close());
    await pause();
    db.close();
    end();
    const closed = 'The database "default" is closed. Open it again with open().';
    expect((await transaction).message).toBe(closed);
    expect((await late).message).toBe(closed);
    expect((await Promise.all(waiting)).map(({ message }) => message)).toEqual([closed, closed, 'It was fulfilled.']);
    expect(db.isOpen).toBe(false);
  });
});
