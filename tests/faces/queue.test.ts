/** Statements and transactions of one connection wait for each other: what is outside of a transaction stays outside. */
import { beforeEach, describe, expect, it } from 'vitest';
import { sql, type AsyncDatabase, type AsyncTransaction } from 'litemodel';
import { AsyncUser as User, driversInTurn, slowEngines, statementsOf } from './engines.js';

const insert = 'INSERT INTO "users" ("name", "settings") VALUES (?, ?) RETURNING "id", "age"';
const [begin, commit] = ['BEGIN IMMEDIATE', 'COMMIT'];

/** Waits for timers, and so lets everything else run. */
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** A promise, and how to fulfill it. */
function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe.each([...driversInTurn, ...slowEngines])('on $name', ({ open }) => {
  let db: AsyncDatabase;
  beforeEach(async () => {
    db = await open();
  });
  const log = (work: () => unknown) => statementsOf(db, work);
  const names = async () =>
    (await db.all<{ name: string }>(sql`SELECT name FROM users ORDER BY id`)).map((row) => row.name);
  const undo = new Error('undo');

  /** A transaction that has written a row, and waits to be told how it ends. */
  async function halfDone(name = 'mine') {
    const { open: end, opened: ended } = gate();
    const { open: write, opened: written } = gate();
    let fails = false;
    const result = db.transaction(async () => {
      await User.create({ name });
      write();
      await ended;
      if (fails) throw undo;
    });
    const settle = (isKept: boolean) => async () => {
      fails = !isKept;
      end();
      await result.catch((error: unknown) => expect(error).toBe(undo));
    };
    await written;
    return { commit: settle(true), rollBack: settle(false) };
  }

  describe('a transaction', () => {
    it('keeps the connection for itself, however long it waits for something else', async () => {
      const statements = await log(async () => {
        await db.transaction(async () => {
          await User.create({ name: 'before' });
          await pause();
          await User.create({ name: 'after' });
        });
      });
      expect(statements).toEqual([begin, insert, insert, commit]);
    });

    it('has its turn in the order in which it was asked for', async () => {
      const events: string[] = [];
      const one = (name: string) =>
        db.transaction(async () => {
          events.push(`${name} begins`);
          for (let times = events.length % 3; times >= 0; times--) await pause();
          await User.create({ name });
          events.push(`${name} ends`);
        });
      const statements = await log(() => Promise.all(['a', 'b', 'c', 'd'].map(one)));
      expect(events).toEqual(['a', 'b', 'c', 'd'].flatMap((name) => [`${name} begins`, `${name} ends`]));
      expect(statements).toEqual(Array(4).fill([begin, insert, commit]).flat());
      expect(await names()).toEqual(['a', 'b', 'c', 'd']);
    });

    it('lets what was asked for before it finish, and what is asked for behind it wait', async () => {
      const results = await Promise.all([
        User.create({ name: 'before' }),
        db.transaction(async () => {
          await pause();
          return await names();
        }),
        User.create({ name: 'behind' }),
        db.transaction(() => names()),
      ]);
      expect(results.filter(Array.isArray)).toEqual([['before'], ['before', 'behind']]);
    });
  });

  describe('what is outside of a transaction', () => {
    it('is rolled back with it in plain SQL, which does not know whose statement it is', async () => {
      await db.execute('BEGIN'); // somebody has something to wait for in here
      await User.create({ name: 'of somebody else, meanwhile' });
      await db.execute('ROLLBACK');
      expect(await names()).toEqual([]);
    });

    const outside: [string, (db: AsyncDatabase) => Promise<unknown>][] = [
      ['create', () => User.create({ name: 'outside' })],
      ['save', () => User.build({ name: 'outside' }).save()],
      ['findOrCreate', () => User.findOrCreate({ name: 'outside' })],
      ['updateOrCreate', () => User.updateOrCreate({ name: 'outside' }, { age: 18 })],
      ['run', (db) => db.run(sql`INSERT INTO users (name, settings) VALUES ('outside', '{}')`)],
      ['all', (db) => db.all(sql`INSERT INTO users (name, settings) VALUES ('outside', '{}') RETURNING id`)],
      ['execute', (db) => db.execute(`INSERT INTO users (name, settings) VALUES ('outside', '{}')`)],
      ['using', (db) => User.using(db).create({ name: 'outside' })],
      [
        'table',
        async (db) => {
          await User.create({ name: 'elsewhere' });
          await (await db.table('users')).filter({ name: 'elsewhere' }).update({ name: 'outside' });
        },
      ],
      [
        'update',
        async () => {
          await User.create({ name: 'elsewhere' });
          await User.filter({ name: 'elsewhere' }).update({ name: 'outside' });
        },
      ],
      ['transaction', (db) => db.transaction(() => User.create({ name: 'outside' }))],
      [
        'begin',
        async (db) => {
          await using tx = await db.begin();
          await User.using(tx).create({ name: 'outside' });
          await tx.commit();
        },
      ],
    ];
    it.each(outside)('waits for its end, and is not undone with it: %s', async (_, work) => {
      const half = await halfDone();
      let isDone = false;
      const done = work(db).then(() => (isDone = true));
      for (let times = 0; times < 5; times++) await pause();
      expect(isDone).toBe(false);
      await half.rollBack();
      await done;
      expect(await names()).toEqual(['outside']);
    });

    it.each<[string, () => Promise<unknown>]>([
      ['count', () => User.count()],
      ['first', () => User.query().first()],
      [
        'iterate',
        async () => {
          for await (const user of User.query().iterate()) return user;
          return undefined;
        },
      ],
    ])('does not see what may still be undone: %s', async (_, read) => {
      const half = await halfDone();
      const found = read();
      await half.rollBack();
      expect([0, undefined]).toContain(await found);
    });

    it('sees what was committed', async () => {
      const half = await halfDone();
      const found = User.query().pluck('name');
      await half.commit();
      expect(await found).toEqual(['mine']);
    });

    it('runs in the order in which it was asked for', async () => {
      const half = await halfDone('a');
      const rest = ['b', 'c', 'd'].map((name) => User.create({ name }));
      await half.commit();
      await Promise.all(rest);
      expect(await names()).toEqual(['a', 'b', 'c', 'd']);
    });
  });

  describe('what is inside of a transaction', () => {
    it('follows it after any wait, and through functions that know nothing of it', async () => {
      const later = async (name: string) => {
        await pause();
        return await User.create({ name });
      };
      const statements = await log(() =>
        db.transaction(async () => {
          await Promise.all([later('a'), later('b')]);
          await new Promise<void>((resolve, reject) => {
            setTimeout(() => void later('c').then(() => resolve(), reject), 1);
          });
          const ann = (await User.filter({ name: 'a' }).one()).fill({ age: 1 });
          await ann.save();
        }),
      );
      const where = 'SELECT "id", "name", "age", "settings" FROM "users" WHERE "name" = ? LIMIT 2';
      const update = 'UPDATE "users" SET "age" = ? WHERE "id" = ?';
      expect(statements).toEqual([begin, insert, insert, insert, where, update, commit]);
    });

    it('can say so by using(tx), and by the tx itself', async () => {
      const statements = await log(() =>
        db.transaction(async (tx) => {
          expect([tx.alias, tx.face, tx.isOpen]).toEqual(['default', 'async', true]);
          const ann = await User.using(tx).create({ name: 'Ann' });
          await tx.run(sql`UPDATE users SET age = 2`);
          expect(await tx.first(sql`SELECT age FROM users`)).toEqual({ age: 2 });
          await ann.async.using(tx).reload();
          ann.age++;
          await ann.async.using(tx).save();
          await tx.transaction((inner) => User.using(inner).count());
          expect(await (await tx.table('users')).pluck('age')).toEqual([3]);
          expect(await ann.async.using(tx).delete()).toBe(true);
        }),
      );
      expect([statements[0], statements.at(-1)]).toEqual([begin, commit]);
      expect(statements.filter((text) => text === begin)).toHaveLength(1);
    });

    it('queues up where there are several savepoints at once', async () => {
      const savepoint = (tx: AsyncTransaction) => async (name: string, index: number) =>
        await tx
          .transaction(async (inner) => {
            await User.using(inner).create({ name });
            await pause();
            if (index % 2 === 1) throw undo;
          })
          .catch((error: unknown) => expect(error).toBe(undo));
      const statements = await log(() =>
        db.transaction((tx) => Promise.all(['a', 'b', 'c', 'd', 'e'].map(savepoint(tx)))),
      );
      const name = '"litemodel_1"';
      const kept = [`SAVEPOINT ${name}`, insert, `RELEASE ${name}`];
      const undone = [`SAVEPOINT ${name}`, insert, `ROLLBACK TO ${name}`, `RELEASE ${name}`];
      expect(statements).toEqual([begin, ...kept, ...undone, ...kept, ...undone, ...kept, commit]);
      expect(await names()).toEqual(['a', 'c', 'e']);
    });

    it('waits for a savepoint beside it', async () => {
      await db.transaction(async () => {
        const inner = db.transaction(async () => {
          await pause();
          await User.create({ name: 'undone' });
          throw undo;
        });
        const beside = User.create({ name: 'beside' });
        await expect(inner).rejects.toBe(undo);
        await beside;
      });
      expect(await names()).toEqual(['beside']);
    });

    it('sees a loop over rows to its end', async () => {
      for (const name of ['a', 'b', 'c']) await User.create({ name });
      const statements = await log(() =>
        db.transaction(async () => {
          for await (const user of User.query().iterate({ batch: 1 })) {
            user.age = 1;
            await user.save();
          }
        }),
      );
      expect(statements.filter((text) => text.startsWith('UPDATE'))).toHaveLength(3);
      expect([statements[0], statements.at(-1)]).toEqual([begin, commit]);
    });
  });

  it('a snapshot is a transaction that only reads, where there is but one connection', async () => {
    const count = 'SELECT count(*) FROM "users"';
    const statements = await log(async () => {
      const { open: begin, opened: begun } = gate();
      const snapshot = db.snapshot(async (tx) => {
        const before = await User.count();
        begin();
        await pause();
        return [before, await User.using(tx).count()];
      });
      await begun;
      const written = User.create({ name: 'meanwhile' });
      expect(await snapshot).toEqual([0, 0]);
      await written;
    });
    expect(statements).toEqual(['BEGIN', count, count, commit, insert]);
  });

  it('a file is attached when no transaction is open', async () => {
    if (!db.capabilities.attach) return; // see databases.test.ts
    const half = await halfDone();
    const attached = db.attach(':memory:', 'extra').then(() => db.detach('extra'));
    const behind = db.transaction(() => User.count());
    await half.commit();
    await Promise.all([attached, behind]);
    expect(await names()).toEqual(['mine']);
  });
});
