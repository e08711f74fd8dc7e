import { describe, expect, it } from 'vitest';
import {
  blob,
  id,
  integer,
  InvalidValueError,
  json,
  Model,
  NotFoundError,
  QueryError,
  sql,
  subtype,
  table,
  text,
  UnloadedColumnError,
  updatedAt,
  type Generated,
} from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { allow } from 'litemodel/electron-main';
import { dialects, run } from '../dialects/compile.js';
import { ddlOf } from '../dialects/ddl.js';
import { openMain, openWindow } from '../electron/window.js';
import { drivers, statementsOf } from '../open-database.js';

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @blob({ nullable: true, deferred: true }) photo!: Uint8Array | null;
  @text() name!: string;
  @json<{ a: number }>({ deferred: true, default: { a: 0 } }) settings!: Generated<{ a: number }>;
}

@table('pages', { primaryKey: ['book', 'number'] })
class Page extends Model {
  @text() book!: string;
  @integer() number!: number;
  @text({ deferred: true, hidden: true }) body!: string;
  @updatedAt() updatedAt!: Generated<Date>;
}

const photo = Uint8Array.of(1, 2, 3);

it('makes the column behind the others, where it is in no way when they are read', () => {
  expect(ddlOf([User])).toEqual([
    `CREATE TABLE "users" (
  "id" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "photo" BLOB,
  "settings" TEXT NOT NULL DEFAULT '{"a":0}' CHECK (json_valid("settings"))
) STRICT`,
  ]);
});

it('refuses what has to be known with the row', () => {
  const message = 'A deferred column is no primary key, is not generated, and has no default that SQLite makes.';
  expect(() => text({ deferred: true, primaryKey: true })).toThrow(message);
  expect(() => text({ deferred: true, generated: sql`x` })).toThrow(message);
  expect(() => text({ deferred: true, default: sql`x` })).toThrow(message);
});

describe.each(drivers)('a deferred column on $name', ({ open }) => {
  const filled = async (options = {}) => {
    const db = await open({ models: [User, Page], ...options });
    for (const name of ['Ann', 'Bob', 'Eve']) User.create({ name, photo: name === 'Eve' ? null : photo });
    return db;
  };

  it('is not read with the row', async () => {
    const db = await filled();
    const statements = statementsOf(db, () => {
      expect(Object.keys(User.query().orderBy('id').first()!)).toEqual(['id', 'name']);
      expect(JSON.stringify(User.findById(1))).toBe('{"id":1,"name":"Ann"}');
      expect([...User.query().iterate()]).toHaveLength(3);
      expect(User.query().distinct().all()).toHaveLength(3);
      expect(User.filter({ name: 'Ann' }).returning().update({ photo: null })).toHaveLength(1);
    });
    expect(statements).toEqual([
      'SELECT "id", "name" FROM "users" ORDER BY "id" LIMIT 1',
      'SELECT "id", "name" FROM "users" WHERE "id" = ?',
      'SELECT "id", "name" FROM "users" ORDER BY "id" LIMIT 256',
      'SELECT DISTINCT "id", "name" FROM "users"',
      'UPDATE "users" SET "photo" = ? WHERE "name" = ? RETURNING "id", "name"',
    ]);
  });

  it('is read for all siblings when one is touched', async () => {
    const db = await filled();
    const users = User.query().orderBy('id').all();
    const statements = statementsOf(db, () => {
      expect(users.map((user) => user.photo)).toEqual([photo, photo, null]);
      expect(users[1]!.settings).toEqual({ a: 0 });
      expect(users[0]!.toJSON()).toEqual({ id: 1, name: 'Ann', photo: 'AQID', settings: { a: 0 } });
    });
    expect(statements).toEqual([
      'SELECT "id", "photo" FROM "users" WHERE "id" IN (SELECT "value" FROM json_each(?))',
      'SELECT "id", "settings" FROM "users" WHERE "id" IN (SELECT "value" FROM json_each(?))',
    ]);
    expect(statementsOf(db, () => expect(User.findById(2)!.photo).toEqual(photo))).toHaveLength(2);
  });

  it('is written only where it was assigned, and not read for that', async () => {
    const db = await filled();
    const [ann, bob, eve] = User.query().orderBy('id').all() as [User, User, User];
    const statements = statementsOf(db, () => {
      ann.name = 'Anna';
      ann.save();
      bob.photo = Uint8Array.of(9);
      bob.save();
      bob.save();
      expect(bob.photo).toEqual(Uint8Array.of(9));
      bob.photo = Uint8Array.of(9);
      bob.save();
      eve.photo = null;
      eve.save();
      eve.settings = { a: 1 };
      eve.save();
    });
    expect(statements).toEqual([
      'UPDATE "users" SET "name" = ? WHERE "id" = ?',
      'UPDATE "users" SET "photo" = ? WHERE "id" = ?',
      'UPDATE "users" SET "photo" = ? WHERE "id" = ?', // what is stored was never read
      'UPDATE "users" SET "settings" = ? WHERE "id" = ?',
    ]);
    expect(User.query().orderBy('id').pluck('photo')).toEqual([photo, Uint8Array.of(9), null]);
    expect(User.filter({ settings: { a: 1 } }).pluck('name')).toEqual(['Eve']);
  });

  it('is seen to change inside once it is read', async () => {
    const db = await filled();
    const user = User.findById(1)!;
    user.settings.a = 7;
    user.photo![0] = 8;
    expect(statementsOf(db, () => user.save())).toEqual([
      'UPDATE "users" SET "photo" = ?, "settings" = ? WHERE "id" = ?',
    ]);
    expect(statementsOf(db, () => user.save())).toEqual([]);
    expect(User.query().select('photo', 'settings').first()).toEqual({
      photo: Uint8Array.of(8, 2, 3),
      settings: { a: 7 },
    });
  });

  it('is known of what was created, and read anew after reload', async () => {
    const db = await filled();
    const user = User.create({ name: 'Joe', photo });
    const statements = statementsOf(db, () => {
      expect([user.photo, user.settings]).toEqual([photo, { a: 0 }]);
      user.settings = { a: 3 };
      user.save();
      user.reload();
      expect(Object.keys(user)).not.toContain('photo');
      expect(user.settings).toEqual({ a: 3 });
    });
    expect(statements).toEqual([
      'UPDATE "users" SET "settings" = ? WHERE "id" = ?',
      'SELECT "id", "name" FROM "users" WHERE "id" = ?',
      'SELECT "id", "settings" FROM "users" WHERE "id" IN (SELECT "value" FROM json_each(?))',
    ]);
    user.photo = null;
    user.reload();
    expect(user.photo).toEqual(photo);
    expect(User.build().photo).toBeUndefined();
  });

  it('is loaded by name, and not twice', async () => {
    const db = await filled({ strictLoading: true });
    const users = User.query().orderBy('id').all();
    expect(statementsOf(db, () => expect(() => users[0]!.photo).toThrow(UnloadedColumnError))).toEqual([]);
    expect(() => users[0]!.photo).toThrow(new UnloadedColumnError('User', 'photo'));
    const statements = statementsOf(db, () => {
      users[0]!.load('photo').load('photo');
      expect(users[1]!.photo).toEqual(photo);
    });
    expect(statements).toHaveLength(1);
    expect(User.query().strictLoading(false).first()!.photo).toEqual(photo);
    expect(() => users[0]!.load('name')).toThrow(
      new QueryError('User.name is a column, and always loaded.', 'Only relations are named in with(…).'),
    );
    users[2]!.settings = { a: 5 };
    users[2]!.save();
    expect(users[2]!.settings).toEqual({ a: 5 });
  });

  it('is found by a composite key, and out of what is hidden', async () => {
    const db = await filled();
    for (const number of [1, 2]) Page.create({ book: "o'wl", number, body: `page ${number}` });
    const pages = Page.query().orderBy('number').all();
    const statements = statementsOf(db, () => expect(pages.map(({ body }) => body)).toEqual(['page 1', 'page 2']));
    expect(statements).toHaveLength(1);
    expect(statements[0]).toContain('("book", "number") IN (');
    expect(pages[0]!.toJSON()).not.toHaveProperty('body');
    pages[0]!.body = 'x';
    pages[0]!.save();
    expect(Page.filter({ body: 'x' }).count()).toBe(1);
  });

  it('says when the row is gone, or holds what it cannot', async () => {
    const db = await filled();
    const [ann, bob] = User.query().orderBy('id').all() as [User, User];
    db.run(sql`DELETE FROM users WHERE id = 1`);
    expect(() => ann.photo).toThrow(NotFoundError);
    expect(bob.photo).toEqual(photo);
    db.run(sql`UPDATE users SET photo = NULL, settings = 'null' WHERE id = 2`);
    const page = Page.create({ book: 'x', number: 1, body: 'x' });
    page.delete();
    expect(page.body).toBe('x');
  });

  it('is not lost in a transaction that is rolled back', async () => {
    const db = await filled();
    const user = User.findById(1)!;
    expect(() =>
      db.transaction(() => {
        user.photo = null;
        user.save();
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(User.findById(1)!.photo).toEqual(photo);
    user.save();
    expect(User.findById(1)!.photo).toBeNull();
  });

  it('waits to be loaded in the asynchronous face', async () => {
    const db = await filled();
    const users = await User.async().query().orderBy('id').all();
    expect(() => users[0]!.photo).toThrow(UnloadedColumnError);
    const statements: string[] = [];
    db.onStatement(({ sql }) => statements.push(sql));
    await users[0]!.async.load('photo');
    expect(users.map((user) => user.photo)).toEqual([photo, photo, null]);
    expect(statements).toHaveLength(1);
  });
});

@table('files')
class File extends AsyncModel {
  @id() id!: Generated<number>;
  @text() name!: string;
  @blob({ deferred: true }) bytes!: Uint8Array;
}

it.each(drivers)('is loaded by name in models that promise, on $name', async ({ open }) => {
  await open({ models: [File] });
  await File.create({ name: 'a', bytes: photo });
  const file = (await File.findById(1))!;
  expect(() => file.bytes).toThrow(UnloadedColumnError);
  file.name = 'b';
  await file.save();
  await file.load('bytes');
  expect(file.bytes).toEqual(photo);
  file.bytes = Uint8Array.of(4);
  await file.save();
  expect(await File.query().pluck('bytes')).toEqual([Uint8Array.of(4)]);
  await file.reload();
  expect(() => file.bytes).toThrow(UnloadedColumnError);
});

@table('media', { discriminator: 'kind' })
abstract class Medium extends Model {
  @id() id!: Generated<number>;
  @blob({ deferred: true }) bytes!: Uint8Array;
  @text() title!: string;
}

@subtype('song')
class Song extends Medium {
  @integer() seconds!: number;
}

@subtype('film')
class Film extends Medium {
  @text({ deferred: true }) script!: string;
  @integer() scenes!: number;
}

it.each(drivers)('is deferred in subtypes, too, on $name', async ({ open }) => {
  const db = await open({ models: [Medium], lenient: false });
  Song.create({ title: 'La', bytes: photo, seconds: 3 });
  Film.create({ title: 'Oh', bytes: photo, script: 'x', scenes: 4 });
  const all = Medium.query().orderBy('id').all();
  expect(all.map((each) => JSON.stringify(each))).toEqual([
    '{"id":1,"kind":"song","title":"La","seconds":3}',
    '{"id":2,"kind":"film","title":"Oh","scenes":4}',
  ]);
  const statements = statementsOf(db, () => {
    expect(all.map(({ bytes }) => bytes)).toEqual([photo, photo]);
    expect((all[1] as Film).script).toBe('x');
  });
  expect(statements).toHaveLength(3);
  all[0]!.bytes = Uint8Array.of(7);
  all[0]!.save();
  expect(Medium.query().orderBy('id').pluck('bytes')).toEqual([Uint8Array.of(7), photo]);
  expect(() => Medium.query().strictLoading().first()!.bytes).toThrow(UnloadedColumnError);
});

it('is nothing to the other subtypes', async () => {
  await drivers[0]!.open({ models: [Medium] });
  Song.create({ title: 'La', bytes: photo, seconds: 3 });
  const song = Medium.query().one();
  expect([(song as object as Film).script, 'scenes' in song, 'script' in Medium.prototype]).toEqual([
    undefined,
    false,
    false,
  ]);
});

const program = `
import { blob, id, Model, table, text } from 'litemodel';

@table('things')
class Thing extends Model {
  @blob({ nullable: true, deferred: true }) data!: Uint8Array | null;
  @id() id!: number;
  @text({ deferred: true }) accessor long: string = 'x';
  @text() short!: string;
}
export { Thing };
`;

it.each(dialects)('is declared the same with $name', async (dialect) => {
  const { Thing } = run(dialect, program) as { Thing: typeof User };
  const db = await drivers[0]!.open({ alias: dialect.name, models: [Thing] });
  const made = Thing.using(db).create({ short: 'a' } as never) as unknown as Record<string, unknown>;
  expect([made['data'], made['long']]).toEqual([null, 'x']);
  const read = Thing.using(db).findById(1) as unknown as Record<string, unknown>;
  expect(JSON.stringify(read)).toBe('{"id":1,"short":"a"}');
  expect([read['data'], read['long']]).toEqual([null, 'x']);
  read['long'] = 'y';
  (read as unknown as User).save();
  expect(
    Thing.using(db)
      .query()
      .pluck('long' as 'name'),
  ).toEqual(['y']);
  expect((Thing.using(db).findById(1) as unknown as Record<string, unknown>)['long']).toBe('y');
});

it('is loaded by a window', async () => {
  const db = openMain({ models: [User] });
  User.using(db).create({ name: 'Ann', photo });
  const { window } = await openWindow(db, { models: [allow(User, ['read', 'update'])] }, { models: [User] });
  const user = (await User.using(window).findById(1))!;
  expect(() => user.photo).toThrow(UnloadedColumnError);
  await user.async.load('photo');
  expect(user.photo).toEqual(photo);
  user.photo = null;
  await user.async.save();
  expect(User.using(db).query().pluck('photo')).toEqual([null]);
});

describe.each(drivers)('undefined in a deferred column on $name', ({ open }) => {
  it('is refused as in any other one, and not taken for what was not touched', async () => {
    const db = await open({ models: [User, Page] });
    User.create({ name: 'Ann', photo });
    for (const isRead of [false, true]) {
      const ann = User.query().one();
      if (isRead) ann.photo?.at(0);
      ann.photo = undefined as never;
      const message = 'User.photo takes a Uint8Array, or null, not undefined.';
      expect(statementsOf(db, () => expect(() => ann.save()).toThrow(InvalidValueError))).toEqual([]);
      expect(() => ann.save()).toThrow(message);
      ann.photo = null;
      ann.name = 'Anna';
      ann.save();
    }
    expect(User.query().one()).toMatchObject({ name: 'Anna', photo: null });
    const untouched = User.query().one();
    expect(statementsOf(db, () => untouched.save())).toEqual([]);
  });
});
