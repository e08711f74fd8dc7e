import { beforeEach, describe, expect, it } from 'vitest';
import {
  columns,
  MassAssignmentError,
  MissingFieldError,
  NotFoundError,
  sql,
  UndefinedConditionError,
  UniqueViolation,
} from 'litemodel';
import { statementsOf, SyncUser, type User } from './engines.js';
import { attempt, faces, type Opened } from './faces.js';

const insert = 'INSERT INTO "users" ("name", "settings") VALUES (?, ?) RETURNING "id", "age"';
const insertWithAge = 'INSERT INTO "users" ("name", "age", "settings") VALUES (?, ?, ?)';
const select = 'SELECT "id", "name", "age", "settings" FROM "users"';

describe.each(faces)('records, $name', ({ open, waits }) => {
  let db: Opened['db'];
  let User: Opened['User'];
  let of: Opened['of'];
  beforeEach(async () => {
    ({ db, User, of } = await open());
  });
  const rows = () => db.all(sql`SELECT * FROM users ORDER BY id`);
  const ann = { id: 1, name: 'Ann', age: 18, settings: '{}' };

  it('are returned, or promised', async () => {
    const created = User.create({ name: 'Ann' });
    expect(created instanceof Promise).toBe(waits);
    expect({ ...(await created) }).toEqual({ id: 1, name: 'Ann', age: 18, settings: {} });
  });

  it('are created, with what SQLite made of them', async () => {
    let made!: User;
    const log = await statementsOf(db, async () => {
      made = await User.create({ name: 'Ann' });
      await User.create({ name: 'Ben', age: 40, settings: { theme: 'dark' } });
    });
    expect(log).toEqual([insert, insertWithAge]);
    expect({ ...made }).toEqual({ id: 1, name: 'Ann', age: 18, settings: {} });
    expect(await rows()).toEqual([ann, { id: 2, name: 'Ben', age: 40, settings: '{"theme":"dark"}' }]);
  });

  it('are built, filled and saved, and saved again where something changed', async () => {
    const user = User.build({ name: 'Ann' });
    expect(user.fill({ age: 40 })).toBe(user);
    expect(() => user.fill({ id: 7 })).toThrow(MassAssignmentError);
    const log = await statementsOf(db, async () => {
      expect(await of(user).save()).toBe(user);
      expect(await of(user).save()).toBe(user);
      user.age = 41;
      user.settings.sizes = [1, 2];
      await of(user).save();
    });
    expect(log).toEqual([insertWithAge, 'UPDATE "users" SET "age" = ?, "settings" = ? WHERE "id" = ?']);
    expect(await rows()).toEqual([{ ...ann, age: 41, settings: '{"sizes":[1,2]}' }]);
    expect(user.toJSON()).toEqual({ id: 1, name: 'Ann', age: 41, settings: { sizes: [1, 2] } });
  });

  it('are read again, and deleted', async () => {
    const user = await User.create({ name: 'Ann' });
    await db.run(sql`UPDATE users SET age = 77`);
    const log = await statementsOf(db, async () => {
      expect(await of(user).reload()).toBe(user);
      expect(user.age).toBe(77);
      expect(await of(user).delete()).toBe(true);
      expect(await of(user).delete()).toBe(false);
    });
    expect(log).toEqual([`${select} WHERE "id" = ?`, 'DELETE FROM "users" WHERE "id" = ?']);
    expect(await attempt(() => of(user).save())).toBeInstanceOf(NotFoundError);
    expect(await rows()).toEqual([]);
  });

  it('are found by their key', async () => {
    await User.create({ name: 'Ann' });
    const log = await statementsOf(db, async () => {
      expect({ ...(await User.findById(1)) }).toEqual({ id: 1, name: 'Ann', age: 18, settings: {} });
      expect(await User.findById(2)).toBeUndefined();
    });
    expect(log).toEqual([`${select} WHERE "id" = ?`, `${select} WHERE "id" = ?`]);
    expect(await attempt(() => User.findById(undefined as never))).toBeInstanceOf(UndefinedConditionError);
  });

  it('are found or created', async () => {
    const find = `${select} WHERE "name" = ? LIMIT 1`;
    const log = await statementsOf(db, async () => {
      const made = await User.findOrCreate({ name: 'Ann' }, { age: 40 });
      const found = await User.findOrCreate({ name: 'Ann' }, { age: 50 });
      expect([made.id, made.age, found.id, found.age]).toEqual([1, 40, 1, 40]);
    });
    expect(log).toEqual([find, 'BEGIN IMMEDIATE', find, insertWithAge, 'COMMIT', find]);
    expect(await rows()).toEqual([{ ...ann, age: 40 }]);
  });

  it('are updated or created', async () => {
    const find = `${select} WHERE "name" = ? LIMIT 1`;
    const log = await statementsOf(db, async () => {
      const made = await User.updateOrCreate({ name: 'Ann' }, { age: 40 });
      const updated = await User.updateOrCreate({ name: 'Ann' }, { age: 50 });
      expect([made.id, made.age, updated.id, updated.age]).toEqual([1, 40, 1, 50]);
    });
    const update = 'UPDATE "users" SET "age" = ? WHERE "id" = ?';
    const [begin, commit] = ['BEGIN IMMEDIATE', 'COMMIT'];
    expect(log).toEqual([begin, find, insertWithAge, commit, begin, find, update, commit]);
    expect(await rows()).toEqual([{ ...ann, age: 50 }]);
  });

  it('are written and deleted altogether', async () => {
    for (const name of ['Ann', 'Ben']) await User.create({ name });
    const log = await statementsOf(db, async () => {
      expect(await User.updateAll({ age: sql`age + 1` })).toBe(2);
      expect(await User.count()).toBe(2);
      expect((await User.all()).map(({ age }) => age)).toEqual([19, 19]);
      expect(await User.deleteAll()).toBe(2);
    });
    expect(log).toEqual([
      'UPDATE "users" SET "age" = age + 1',
      'SELECT count(*) FROM "users"',
      select,
      'DELETE FROM "users"',
    ]);
    expect(await rows()).toEqual([]);
  });

  it('come from SQL of one’s own', async () => {
    await User.create({ name: 'Ann' });
    const query = sql`SELECT age, name, settings, id FROM ${User} WHERE ${columns(SyncUser).name} = ${'Ann'}`;
    const log = await statementsOf(db, async () => {
      const [user] = await User.fromSql(query);
      user!.age = 20;
      await of(user!).save();
    });
    expect(log).toEqual([
      'SELECT age, name, settings, id FROM "users" WHERE "users"."name" = ?',
      'UPDATE "users" SET "age" = ? WHERE "id" = ?',
    ]);
    expect(await rows()).toEqual([{ ...ann, age: 20 }]);
  });

  it('are used on the database that is named', async () => {
    await User.using(db).create({ name: 'Ann' });
    expect(await User.using(db).count()).toBe(1);
    const built = User.using(db).build({ name: 'Ben' });
    await of(built).save();
    expect(await rows()).toEqual([ann, { ...ann, id: 2, name: 'Ben' }]);
  });

  it('have errors that come as the result would: thrown, or in the promise', async () => {
    await User.create({ name: 'Ann' });
    const calls: [() => unknown, abstract new (...parameters: never[]) => Error][] = [
      [() => User.create({ name: 'Ann' }), UniqueViolation],
      [() => User.create({} as never), MissingFieldError],
      [() => of(User.build()).save(), MissingFieldError],
      [() => User.findOrCreate({}), UndefinedConditionError],
      [() => of(User.build({ name: 'x' })).reload(), NotFoundError],
    ];
    for (const [call, type] of calls) {
      const promised = waits ? call() : undefined;
      expect(promised instanceof Promise).toBe(waits);
      expect(await attempt(() => promised ?? call())).toBeInstanceOf(type);
    }
  });
});
