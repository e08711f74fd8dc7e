import { beforeEach, describe, expect, it } from 'vitest';
import { ClosedError, gte, NoDatabaseError, QueryError, sql, UnsupportedError } from 'litemodel';
import { statementsOf } from './engines.js';
import { attempt, faces, type Opened } from './faces.js';

describe.each(faces)('databases, $name', ({ open }) => {
  let db: Opened['db'];
  let User: Opened['User'];
  beforeEach(async () => {
    ({ db, User } = await open());
  });

  it('run SQL of one’s own', async () => {
    const log = await statementsOf(db, async () => {
      const { changes, lastInsertRowid } = await db.run(
        sql`INSERT INTO users (name, settings) VALUES (${'Ann'}, '{}')`,
      );
      expect([changes, Number(lastInsertRowid)]).toEqual([1, 1]);
      expect(await db.all(sql`SELECT name, age FROM users WHERE age > ${1}`)).toEqual([{ name: 'Ann', age: 18 }]);
      expect(await db.first(sql`SELECT name FROM users`)).toEqual({ name: 'Ann' });
      expect(await db.first(sql`SELECT name FROM users WHERE 0`)).toBeUndefined();
      await db.execute('UPDATE users SET age = 1; UPDATE users SET age = age + 1');
    });
    expect(log).toEqual([
      `INSERT INTO users (name, settings) VALUES (?, '{}')`,
      'SELECT name, age FROM users WHERE age > ?',
      'SELECT name FROM users',
      'SELECT name FROM users WHERE 0',
      'UPDATE users SET age = 1; UPDATE users SET age = age + 1',
    ]);
    expect(await db.all(sql`SELECT age FROM users`)).toEqual([{ age: 2 }]);
  });

  it('run SQL that writes and returns rows', async () => {
    const query = sql`INSERT INTO users (name, settings) VALUES ('Ann', '{}') RETURNING id, name`;
    expect(await db.all(query)).toEqual([{ id: 1, name: 'Ann' }]);
    expect(await attempt(() => db.all(sql`SELECT 1 AS n, 2 AS n`))).toBeInstanceOf(QueryError);
  });

  it('have queries over tables without a model', async () => {
    await db.execute('CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT, size INTEGER)');
    await db.execute(`INSERT INTO cities VALUES (1, 'Ulm', 5), (2, 'Rom', 9)`);
    const cities = await db.table<{ id: number; name: string; size: number }>('cities');
    const log = await statementsOf(db, async () => {
      expect(await cities.filter({ size: gte(6) }).all()).toEqual([{ id: 2, name: 'Rom', size: 9 }]);
      expect(await cities.filter({ id: 1 }).update({ size: 6 })).toBe(1);
      expect(await cities.orderBy('id').pluck('size')).toEqual([6, 9]);
    });
    expect(log).toEqual([
      'SELECT "id", "name", "size" FROM "cities" WHERE "size" >= ?',
      'UPDATE "cities" SET "size" = ? WHERE "id" = ?',
      'SELECT "size" FROM "cities" ORDER BY "id"',
    ]);
    expect(await attempt(() => db.table('nothing'))).toBeInstanceOf(QueryError);
  });

  it('attach files, and let them go', async () => {
    if (!db.capabilities.attach) {
      expect(await attempt(() => db.attach(':memory:', 'extra'))).toBeInstanceOf(UnsupportedError);
      return;
    }
    await db.attach(':memory:', 'extra');
    await db.execute(`CREATE TABLE extra.t (x); INSERT INTO extra.t VALUES (7)`);
    expect(await db.all(sql`SELECT x FROM extra.t`)).toEqual([{ x: 7 }]);
    await db.detach('extra');
    expect(await attempt(() => db.all(sql`SELECT x FROM extra.t`))).toMatchObject({ code: 'ORM_SQL' });
    const inside = await attempt(() => db.transaction(() => db.attach(':memory:', 'extra')));
    expect((inside as Error).message).toBe('A file cannot be attached inside a transaction.');
  });

  it('say what they are, and what they can do', () => {
    expect([db.alias, db.isOpen]).toEqual(['default', true]);
    expect(db.capabilities.sqliteVersion).toMatch(/^3\.\d+\.\d+$/);
    expect(db.pragmas).toMatchObject({ foreignKeys: true, recursiveTriggers: true, trustedSchema: false });
    db.require('interactiveTransactions');
    expect(() => db.require('nothing' as never)).toThrow(UnsupportedError);
  });

  it('tell listeners of statements, with values where they ask for them, and of failures', async () => {
    const heard: unknown[] = [];
    const stop = db.onStatement(
      ({ sql, rows, parameters, error }) => heard.push([sql, rows, parameters, error?.name]),
      {
        values: true,
      },
    );
    await User.filter({ age: 1 }).count();
    await attempt(() => db.run(sql`INSERT INTO nothing VALUES (1)`));
    stop();
    await User.count();
    expect(heard).toEqual([
      ['SELECT count(*) FROM "users" WHERE "age" = ?', 1, [1], undefined],
      ['INSERT INTO nothing VALUES (1)', 0, [], 'SqlError'],
    ]);
  });

  it('close once, and are not found afterwards', async () => {
    await db.close();
    await db.close();
    expect(db.isOpen).toBe(false);
    expect(await attempt(() => db.all(sql`SELECT 1`))).toBeInstanceOf(ClosedError);
    expect(await attempt(() => User.count())).toBeInstanceOf(NoDatabaseError);
    expect(await attempt(() => User.using(db).count())).toBeInstanceOf(ClosedError);
    const again = await open();
    expect(await again.User.count()).toBe(0);
  });

  it('close at the end of a block', async () => {
    await db.close();
    {
      await using inner = (await open()).db;
      expect(inner.isOpen).toBe(true);
      db = inner;
    }
    expect(db.isOpen).toBe(false);
  });
});
