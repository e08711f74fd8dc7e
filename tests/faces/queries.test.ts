import { beforeEach, describe, expect, it } from 'vitest';
import {
  desc,
  gte,
  InvalidCursorError,
  like,
  NotFoundError,
  NotUniqueError,
  oneOf,
  QueryError,
  scope,
  sql,
  UnconditionalWriteError,
} from 'litemodel';
import { shown, statementsOf, type Note } from './engines.js';
import { attempt, faces, type Awaitable, type Opened } from './faces.js';

const users = 'SELECT "id", "name", "age", "settings" FROM "users"';
const notes = 'SELECT "id", "title", "user_id", "hidden" FROM "notes"';

describe.each(faces)('queries, $name', ({ open, waits }) => {
  let db: Opened['db'];
  let User: Opened['User'];
  let Note: Opened['Note'];
  beforeEach(async () => {
    ({ db, User, Note } = await open());
    await db.execute(`
      INSERT INTO users (name, age, settings) VALUES ('Ann', 40, '{}'), ('Ben', 30, '{}'), ('Cid', 20, '{}');
      INSERT INTO notes (title, user_id, hidden) VALUES ('a', 1, 0), ('b', 1, 0), ('c', 2, 0), ('d', 2, 1)`);
  });
  const names = async (users: Awaitable<readonly { name: string }[]>) => (await users).map(({ name }) => name);
  const age = (least: number) => User.filter({ age: gte(least) });

  it('filter, order and cut', async () => {
    const log = await statementsOf(db, async () => {
      expect(
        await names(
          age(25)
            .filter({ name: like('%') })
            .orderBy('name')
            .all(),
        ),
      ).toEqual(['Ann', 'Ben']);
      expect(await names(User.query().orderBy('name').reorder(desc('age')).limit(1).offset(1).all())).toEqual(['Ben']);
    });
    expect(log).toEqual([
      `${users} WHERE "age" >= ? AND "name" LIKE ? ESCAPE '\\' ORDER BY "name"`,
      `${users} ORDER BY "age" DESC LIMIT 1 OFFSET ?`,
    ]);
  });

  it('give one row or none', async () => {
    const log = await statementsOf(db, async () => {
      expect((await age(35).first())?.name).toBe('Ann');
      expect(await age(90).first()).toBeUndefined();
      expect((await age(35).one()).name).toBe('Ann');
      expect(await attempt(() => age(90).one())).toBeInstanceOf(NotFoundError);
      expect(await attempt(() => age(1).one())).toBeInstanceOf(NotUniqueError);
    });
    const where = `${users} WHERE "age" >= ?`;
    expect(log).toEqual([1, 1, 2, 2, 2].map((limit) => `${where} LIMIT ${limit}`));
  });

  it('count, and look whether there is any', async () => {
    const log = await statementsOf(db, async () => {
      expect([await age(30).count(), await age(90).count()]).toEqual([2, 0]);
      expect([await age(30).exists(), await age(90).exists()]).toEqual([true, false]);
    });
    const count = 'SELECT count(*) FROM "users" WHERE "age" >= ?';
    const exists = 'SELECT 1 FROM "users" WHERE "age" >= ? LIMIT 1';
    expect(log).toEqual([count, count, exists, exists]);
  });

  it('pluck and select', async () => {
    const log = await statementsOf(db, async () => {
      expect(await User.query().orderBy('id').pluck('name')).toEqual(['Ann', 'Ben', 'Cid']);
      expect(await age(35).select('id', 'name').all()).toEqual([{ id: 1, name: 'Ann' }]);
      expect(
        await age(35)
          .select({ name: true, size: sql<number>`length(name)` })
          .first(),
      ).toEqual({
        name: 'Ann',
        size: 3,
      });
      expect(await Note.query().distinct().select('userId').all()).toEqual([{ userId: 1 }, { userId: 2 }]);
    });
    expect(log).toEqual([
      'SELECT "name" FROM "users" ORDER BY "id"',
      'SELECT "id", "name" FROM "users" WHERE "age" >= ?',
      'SELECT "name", length(name) AS "size" FROM "users" WHERE "age" >= ? LIMIT 1',
      'SELECT DISTINCT "user_id" AS "userId" FROM "notes" WHERE "hidden" = ?',
    ]);
  });

  it('are under scopes, and taken out of them', async () => {
    const mine = scope<Note>('mine', { userId: 2 });
    const log = await statementsOf(db, async () => {
      expect((await Note.query().use(mine).all()).map(({ title }) => title)).toEqual(['c']);
      expect(await Note.query().use(mine).unscoped(shown).pluck('title')).toEqual(['c', 'd']);
      expect(await Note.query().use(mine).unscoped().count()).toBe(4);
    });
    expect(log).toEqual([
      `${notes} WHERE "hidden" = ? AND "user_id" = ?`,
      'SELECT "title" FROM "notes" WHERE "user_id" = ?',
      'SELECT count(*) FROM "notes"',
    ]);
  });

  it('stand in other queries, and show their SQL', async () => {
    const authors = User.filter({ id: oneOf(Note.filter({ title: 'a' }).select('userId')) });
    const titled =
      'SELECT "notes"."user_id" AS "userId" FROM "notes" WHERE "notes"."title" = ? AND "notes"."hidden" = ?';
    const text = `${users} WHERE "id" IN (${titled})`;
    expect(authors.toSQL()).toEqual({ sql: text, parameters: ['a', 0] });
    expect(authors.toRunnableSQL()).toBe(`${text.replace('?', "'a'").replace('?', '0')};`);
    const log = await statementsOf(db, async () => expect(await names(authors.all())).toEqual(['Ann']));
    expect(log).toEqual([text]);
  });

  it('iterate in batches', async () => {
    const found: string[] = [];
    const log = await statementsOf(db, async () => {
      for await (const { name } of User.query().orderBy('name').iterate({ batch: 2 })) found.push(name);
    });
    expect(found).toEqual(['Ann', 'Ben', 'Cid']);
    expect(log).toEqual([
      `${users} ORDER BY "name", "id" LIMIT 2`,
      `${users} WHERE "name" >= ? AND ("name" > ? OR ("name" = ? AND "id" > ?)) ORDER BY "name", "id" LIMIT 2`,
    ]);
  });

  it('stop iterating where the loop is left, and see what was written meanwhile', async () => {
    const log = await statementsOf(db, async () => {
      for await (const user of User.query().iterate({ batch: 1 })) {
        if (user.name === 'Ben') break;
        await User.filter({ id: 2 }).update({ age: 31 });
      }
      const ages: number[] = [];
      for await (const user of User.query().limit(2).iterate({ batch: 1 })) {
        ages.push(user.age);
        await User.filter({ id: 2 }).update({ age: sql`age + 1` });
      }
      expect(ages).toEqual([40, 32]);
    });
    expect(log.filter((text) => text.startsWith('SELECT'))).toHaveLength(4);
  });

  it('come in pages, by number and by cursor', async () => {
    const log = await statementsOf(db, async () => {
      const second = await User.query().page({ size: 2, number: 2 });
      expect([second.rows.map(({ name }) => name), second.total, second.pages]).toEqual([['Cid'], 3, 2]);
      const first = await User.query().page({ size: 2 });
      expect(await names(first.rows)).toEqual(['Ann', 'Ben']);
      const next = await User.query().page({ size: 2, after: first.next });
      expect([await names(next.rows), next.next]).toEqual([['Cid'], undefined]);
    });
    expect(log).toEqual([
      'SELECT count(*) FROM "users"',
      `${users} LIMIT 2 OFFSET ?`,
      `${users} ORDER BY "id" LIMIT 3`,
      `${users} WHERE "id" > ? ORDER BY "id" LIMIT 3`,
    ]);
  });

  it('update and delete the rows that they find', async () => {
    const log = await statementsOf(db, async () => {
      expect(await age(30).update({ age: sql`age + 1`, settings: { theme: 'dark' } })).toBe(2);
      expect(await User.filter({ name: 'Cid' }).delete()).toBe(1);
    });
    expect(log).toEqual([
      'UPDATE "users" SET "age" = age + 1, "settings" = ? WHERE "age" >= ?',
      'DELETE FROM "users" WHERE "name" = ?',
    ]);
    expect(await db.all(sql`SELECT name, age FROM users`)).toEqual([
      { name: 'Ann', age: 41 },
      { name: 'Ben', age: 31 },
    ]);
  });

  it('return what they wrote', async () => {
    const log = await statementsOf(db, async () => {
      const [user] = await User.filter({ name: 'Ann' }).returning().update({ age: 1 });
      expect({ ...user }).toEqual({ id: 1, name: 'Ann', age: 1, settings: {} });
      expect(await User.filter({ name: 'Ann' }).returning('id').delete()).toEqual([{ id: 1 }]);
    });
    expect(log).toEqual([
      'UPDATE "users" SET "age" = ? WHERE "name" = ? RETURNING "id", "name", "age", "settings"',
      'DELETE FROM "users" WHERE "name" = ? RETURNING "id"',
    ]);
  });

  it('fail as they would answer: at once, or in the promise', async () => {
    const calls: [() => unknown, abstract new (...parameters: never[]) => Error][] = [
      [() => User.query().delete(), UnconditionalWriteError],
      [() => User.query().update({ age: 1 }), UnconditionalWriteError],
      [() => User.query().page({ size: 0 }), QueryError],
      [() => User.query().page({ size: 1, number: 0 }), QueryError],
      [() => User.query().limit(1).page({ size: 1 }), QueryError],
      [() => User.query().page({ size: 1, after: 'x' }), InvalidCursorError],
      [() => User.query().distinct().delete(), QueryError],
    ];
    const log = await statementsOf(db, async () => {
      for (const [call, type] of calls) {
        const promised = waits ? call() : undefined;
        expect(promised instanceof Promise).toBe(waits);
        expect(await attempt(() => promised ?? call())).toBeInstanceOf(type);
      }
    });
    expect(log).toEqual([]);
  });
});
