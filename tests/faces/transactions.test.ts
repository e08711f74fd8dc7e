import { beforeEach, describe, expect, it } from 'vitest';
import {
  defineModel,
  ForeignKeyViolation,
  id,
  NotFoundError,
  sql,
  text,
  TransactionError,
  TriggerViolation,
  UniqueViolation,
  type Generated,
} from 'litemodel';
import { statementsOf, type User } from './engines.js';
import { attempt, faces, inOrder, type Awaitable, type Opened, type TestModel } from './faces.js';

const insert = 'INSERT INTO "users" ("name", "settings") VALUES (?, ?) RETURNING "id", "age"';
const update = (...columns: string[]) =>
  `UPDATE "users" SET ${columns.map((column) => `"${column}" = ?`).join(', ')} WHERE "id" = ?`;
const [begin, commit, rollBack] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'];

describe.each(faces)('transactions, $name', ({ open, waits }) => {
  let db: Opened['db'];
  let User: Opened['User'];
  let of: Opened['of'];
  beforeEach(async () => {
    ({ db, User, of } = await open());
  });
  const names = async () =>
    (await db.all<{ name: string }>(sql`SELECT name FROM users ORDER BY id`)).map(({ name }) => name);
  const add = (name: string) => User.create({ name });
  const fail = (message = 'undo'): never => {
    throw new Error(message);
  };
  /** Runs steps in a transaction that is rolled back. */
  const undone = async (...steps: (() => unknown)[]) => {
    const error = new Error('roll back');
    const failing = () =>
      inOrder(...steps, (): never => {
        throw error;
      });
    expect(await attempt(() => db.transaction(failing))).toBe(error);
  };
  const expectNothingOpen = async () => {
    expect(await statementsOf(db, () => db.transaction(() => 1))).toEqual([begin, commit]);
  };

  it('are kept when the callback has returned, and give what that returned', async () => {
    const log = await statementsOf(db, async () => {
      expect(
        (
          await db.transaction(() =>
            inOrder(
              () => add('a'),
              () => add('b'),
            ),
          )
        ).name,
      ).toBe('b');
    });
    expect(log).toEqual([begin, insert, insert, commit]);
    expect(await names()).toEqual(['a', 'b']);
    await expectNothingOpen();
  });

  it('are undone when it fails, and the error goes on as it is', async () => {
    const error = new Error('mine');
    const failing = (): never => {
      throw error;
    };
    const log = await statementsOf(db, async () => {
      expect(await attempt(() => db.transaction(() => inOrder(() => add('a'), failing)))).toBe(error);
      expect(await attempt(() => db.transaction(failing))).toBe(error);
    });
    expect(log).toEqual([begin, insert, rollBack, begin, rollBack]);
    expect(await names()).toEqual([]);
    await expectNothingOpen();
  });

  it('are undone by an error of SQLite, unless the callback catches it', async () => {
    await add('taken');
    const twice = () =>
      inOrder(
        () => add('new'),
        () => add('taken'),
      );
    expect(await attempt(() => db.transaction(twice))).toBeInstanceOf(UniqueViolation);
    expect(await names()).toEqual(['taken']);
    await db.transaction(() =>
      inOrder(
        () => attempt(() => add('taken')),
        () => add('new'),
      ),
    );
    expect(await names()).toEqual(['taken', 'new']);
  });

  it.each([
    ['deferred', 'BEGIN'],
    ['immediate', 'BEGIN IMMEDIATE'],
    ['exclusive', 'BEGIN EXCLUSIVE'],
  ] as const)('of mode %s begin with %s', async (mode, first) => {
    expect(await statementsOf(db, () => db.transaction(() => 1, { mode }))).toEqual([first, commit]);
    const byHand = async () => await (await db.begin(mode)).rollBack();
    expect(await statementsOf(db, byHand)).toEqual([first, rollBack]);
  });

  it('are savepoints inside another, and can fail by themselves', async () => {
    const inner = () =>
      db.transaction(() =>
        inOrder(
          () => add('inside'),
          () => fail(),
        ),
      );
    const log = await statementsOf(db, () =>
      db.transaction(() =>
        inOrder(
          () => add('before'),
          () => attempt(inner),
          () => add('after'),
        ),
      ),
    );
    expect(log).toEqual([
      begin,
      insert,
      'SAVEPOINT "litemodel_1"',
      insert,
      'ROLLBACK TO "litemodel_1"',
      'RELEASE "litemodel_1"',
      insert,
      commit,
    ]);
    expect(await names()).toEqual(['before', 'after']);
    await expectNothingOpen();
  });

  it('are undone with what is around them', async () => {
    await undone(() =>
      db.transaction(() =>
        inOrder(
          () => add('kept so far'),
          () => db.transaction(() => add('deep')),
        ),
      ),
    );
    expect(await names()).toEqual([]);
    await expectNothingOpen();
  });

  it('have the tables in them that are made for a model at its first use', async () => {
    const Tag = defineModel('tags', { id: id(), label: text() }, { modelName: 'Tag' });
    const Tags = (waits ? Tag.async() : Tag) as unknown as TestModel<{ id: Generated<number>; label: string }>;
    await undone(() => Tags.using(db).create({ label: 'a' }));
    const tables = sql`SELECT name FROM sqlite_schema WHERE name = 'tags'`;
    expect(await db.all(tables)).toEqual([]);
    await Tags.using(db).create({ label: 'b' });
    expect(await db.all(sql`SELECT id, label FROM tags`)).toEqual([{ id: 1, label: 'b' }]);
  });

  it('can be read row by row while they write', async () => {
    for (const name of ['a', 'b', 'c']) await add(name);
    await using transaction = await db.begin();
    const Inside = waits ? User.using(transaction) : User;
    for await (const { name } of Inside.query().iterate({ batch: 1 })) {
      if (name.length < 3) await Inside.create({ name: `${name}${name}` });
    }
    await transaction.commit();
    expect(await names()).toEqual(['a', 'b', 'c', 'aa', 'bb', 'cc', 'aaaa', 'bbbb', 'cccc']);
  });

  describe('begun by hand', () => {
    /** Models follow a function by themselves, but in the asynchronous face no one knows what follows a call. */
    const inside = (transaction: unknown) => (waits ? User.using(transaction) : User);

    it('are kept by commit, and undone by rollBack', async () => {
      const log = await statementsOf(db, async () => {
        const kept = await db.begin();
        await inside(kept).create({ name: 'kept' });
        expect(kept.isOpen).toBe(true);
        await kept.commit();
        expect(kept.isOpen).toBe(false);
        const lost = await db.begin();
        await inside(lost).create({ name: 'lost' });
        await lost.rollBack();
        expect(lost.isOpen).toBe(false);
      });
      expect(log).toEqual([begin, insert, commit, begin, insert, rollBack]);
      expect(await names()).toEqual(['kept']);
      await expectNothingOpen();
    });

    it('are undone by leaving their block, and by an error', async () => {
      const forgotten = async () => {
        await using transaction = await db.begin();
        await inside(transaction).create({ name: 'a' });
      };
      const failing = async () => {
        await using transaction = await db.begin();
        await inside(transaction).create({ name: 'b' });
        fail('mine');
      };
      expect(await statementsOf(db, forgotten)).toEqual([begin, insert, rollBack]);
      expect(await attempt(failing)).toEqual(new Error('mine'));
      expect(await names()).toEqual([]);
      await expectNothingOpen();
    });

    it('end once', async () => {
      for (const end of ['commit', 'rollBack'] as const) {
        const transaction = await db.begin();
        await transaction[end]();
        for (const again of ['commit', 'rollBack'] as const) {
          const error = await attempt(() => transaction[again]());
          expect(error).toBeInstanceOf(TransactionError);
          expect((error as Error).message).toBe('This transaction has ended. Begin another.');
        }
      }
      await expectNothingOpen();
    });
  });

  describe('that SQLite ends by itself', () => {
    const boom = () => db.run(sql`INSERT INTO doomed VALUES (1)`);
    beforeEach(() =>
      db.execute(`
        CREATE TABLE doomed (x);
        CREATE TRIGGER doom BEFORE INSERT ON doomed BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END`),
    );

    it('let the error through that did it', async () => {
      const log = await statementsOf(db, async () => {
        const error = await attempt(() => db.transaction(() => inOrder(() => add('a'), boom)));
        expect(error).toBeInstanceOf(TriggerViolation);
      });
      expect(log).not.toContain(rollBack);
      expect(await names()).toEqual([]);
      await expectNothingOpen();
    });

    it('run nothing more when it is caught', async () => {
      let refused: Awaitable<unknown>;
      const error = await attempt(() =>
        db.transaction(() =>
          inOrder(
            () => add('before'),
            () => attempt(boom),
            () => (refused = attempt(() => add('outside'))),
          ),
        ),
      );
      for (const each of [await refused, error]) {
        expect(each).toBeInstanceOf(TransactionError);
        expect((each as Error).message).toContain('SQLite rolled this transaction back after an error within it');
        expect((each as Error).cause).toBeInstanceOf(TriggerViolation);
      }
      expect(await names()).toEqual([]);
      await expectNothingOpen();
    });

    it('cannot be ended by SQL of one’s own, either', async () => {
      const own = () =>
        inOrder(
          () => add('a'),
          () => db.execute('COMMIT'),
          () => add('b'),
        );
      const error = await attempt(() => db.transaction(own));
      expect((error as Error).message).toContain('A COMMIT or ROLLBACK of your own ended this transaction');
      expect(await names()).toEqual(['a']);
      await expectNothingOpen();
    });
  });

  describe('whose COMMIT fails', () => {
    beforeEach(() =>
      db.execute('CREATE TABLE children (parent INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)'),
    );
    const orphan = () => db.run(sql`INSERT INTO children VALUES (7)`);

    it('in plain SQL stay open, with their lock', async () => {
      await db.execute('BEGIN IMMEDIATE; INSERT INTO children VALUES (7)');
      expect(await attempt(() => db.execute('COMMIT'))).toBeInstanceOf(ForeignKeyViolation);
      expect(await attempt(() => db.execute('BEGIN'))).toMatchObject({
        message: expect.stringContaining('cannot start a transaction within a transaction') as string,
      });
      await db.execute('ROLLBACK');
    });

    it('are rolled back, and the next one can begin', async () => {
      const log = await statementsOf(db, async () => {
        const error = await attempt(() => db.transaction(() => inOrder(orphan, () => add('a'))));
        expect(error).toBeInstanceOf(ForeignKeyViolation);
      });
      // a worker thread has rolled back by itself when it answers
      const ours = log.filter((text) => text !== rollBack);
      expect(ours).toEqual([begin, 'INSERT INTO children VALUES (7)', insert, commit]);
      expect(await names()).toEqual([]);
      await expectNothingOpen();
    });

    it('begun by hand, too', async () => {
      const transaction = await db.begin();
      const home = (waits ? transaction : db) as unknown as Opened['db'];
      await home.run(sql`INSERT INTO children VALUES (7)`);
      expect(await attempt(() => transaction.commit())).toBeInstanceOf(ForeignKeyViolation);
      expect(transaction.isOpen).toBe(false);
      expect(await db.all(sql`SELECT * FROM children`)).toEqual([]);
      await expectNothingOpen();
    });
  });

  describe('that were rolled back, leave instances', () => {
    let ann: User;
    beforeEach(async () => {
      ann = await add('Ann');
    });
    const rows = () => db.all(sql`SELECT id, name, age FROM users ORDER BY id`);

    it('that write again what was undone', async () => {
      await undone(
        () => (ann.age = 5),
        () => of(ann).save(),
      );
      expect(await rows()).toEqual([{ id: 1, name: 'Ann', age: 18 }]);
      expect(ann.age).toBe(5);
      expect(await statementsOf(db, () => of(ann).save())).toEqual([update('age')]);
      expect(await rows()).toEqual([{ id: 1, name: 'Ann', age: 5 }]);
      expect(await statementsOf(db, () => of(ann).save())).toEqual([]);
    });

    it('that are new again, without the key that SQLite made', async () => {
      let ben!: User;
      await undone(
        () => (ben = User.build({ name: 'Ben' })),
        () => of(ben).save(),
        () => expect(ben.id).toBe(2),
      );
      await add('another takes the number');
      expect(await attempt(() => of(ben).reload())).toBeInstanceOf(NotFoundError);
      expect(await statementsOf(db, () => of(ben).save())).toEqual([insert]);
      expect(ben.id).toBe(3);
      expect(await rows()).toEqual([
        { id: 1, name: 'Ann', age: 18 },
        { id: 2, name: 'another takes the number', age: 18 },
        { id: 3, name: 'Ben', age: 18 },
      ]);
    });

    it('that can be saved although they were deleted', async () => {
      await undone(() => of(ann).delete());
      ann.age = 3;
      await of(ann).save();
      expect(await rows()).toEqual([{ id: 1, name: 'Ann', age: 3 }]);
    });

    it('that know which savepoint was undone, and which was not', async () => {
      const inner = () =>
        db.transaction(() =>
          inOrder(
            () => (ann.name = 'undone'),
            () => of(ann).save(),
            () => fail(),
          ),
        );
      await db.transaction(() =>
        inOrder(
          () => (ann.age = 5),
          () => of(ann).save(),
          () => attempt(inner),
        ),
      );
      expect(await rows()).toEqual([{ id: 1, name: 'Ann', age: 5 }]);
      expect(await statementsOf(db, () => of(ann).save())).toEqual([update('name')]);
    });
  });
});
