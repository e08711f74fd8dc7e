import { describe, expect, it } from 'vitest';
import {
  bigint,
  datetime,
  DefinitionError,
  defineModel,
  id,
  integer,
  InvalidValueError,
  MissingFieldError,
  Model,
  NotFoundError,
  NotNullViolation,
  QueryError,
  sql,
  table,
  text,
  UndefinedConditionError,
  UniqueViolation,
  UnknownFieldError,
  uuid,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('memberships', { primaryKey: ['userId', 'groupId'], withoutRowid: true })
class Membership extends Model {
  @integer() userId!: number;
  @text() groupId!: string;
  @text({ default: 'guest' }) role!: Generated<string>;
}

describe.each(drivers)('$name', ({ open }) => {
  it('a rowid is given by SQLite, and given again after the last row is gone', async () => {
    const Note = defineModel('notes', { id: id(), body: text() });
    const db = await open({ models: [Note] });
    expect(db.first(sql`SELECT sql FROM sqlite_schema WHERE name = 'notes'`)!['sql']).toBe(
      'CREATE TABLE "notes" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "body" TEXT NOT NULL\n) STRICT',
    );
    const statements = statementsOf(db, () => {
      expect(Note.create({ body: 'a' }).id).toBe(1);
      expect(Note.create({ body: 'b', id: 7 }).id).toBe(7);
      expect(Note.create({ body: 'c' }).id).toBe(8);
      expect(Note.create({ body: 'd', id: -3 }).id).toBe(-3);
      expect(Note.create({ body: 'e', id: 0 }).id).toBe(0);
    });
    expect(statements).toEqual([
      'INSERT INTO "notes" ("body") VALUES (?)',
      'INSERT INTO "notes" ("id", "body") VALUES (?, ?)',
      'INSERT INTO "notes" ("body") VALUES (?)',
      'INSERT INTO "notes" ("id", "body") VALUES (?, ?)',
      'INSERT INTO "notes" ("id", "body") VALUES (?, ?)',
    ]);
    expect(db.all(sql`SELECT rowid AS rowid, id, body FROM notes ORDER BY id`)).toEqual([
      { rowid: -3, id: -3, body: 'd' },
      { rowid: 0, id: 0, body: 'e' },
      { rowid: 1, id: 1, body: 'a' },
      { rowid: 7, id: 7, body: 'b' },
      { rowid: 8, id: 8, body: 'c' },
    ]);
    Note.findById(8)!.delete();
    expect(Note.create({ body: 'f' }).id).toBe(8);
    expect(() => Note.create({ id: 7, body: 'again' })).toThrow(UniqueViolation);
  });

  it('autoincrement never gives a number again', async () => {
    const Note = defineModel('notes', { id: id({ autoincrement: true, name: 'no' }), body: text() });
    const db = await open({ models: [Note] });
    expect(db.first(sql`SELECT sql FROM sqlite_schema WHERE name = 'notes'`)!['sql']).toContain(
      '"no" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT',
    );
    Note.create({ body: 'a' });
    Note.create({ body: 'b' }).delete();
    expect(Note.create({ body: 'c' }).id).toBe(3);
    expect(db.all(sql`SELECT no FROM notes`)).toEqual([{ no: 1 }, { no: 3 }]);
  });

  it('a bigint is a rowid, too, exact to 2^63', async () => {
    const Note = defineModel('notes', {
      id: bigint({ primaryKey: true }),
      n: integer(),
      at: datetime({ storage: 'integer' }),
    });
    const db = await open({ models: [Note] });
    const at = new Date(1_700_000_000_000);
    const statements = statementsOf(db, () => {
      expect(Note.create({ n: 1, at } as never).id).toBe(1n);
      expect(Note.create({ id: 2n ** 53n, n: 2, at }).id).toBe(2n ** 53n);
      expect(Note.create({ n: 3, at } as never).id).toBe(2n ** 53n + 1n);
    });
    expect(statements).toEqual([
      'INSERT INTO "notes" ("n", "at") VALUES (?, ?)',
      'INSERT INTO "notes" ("id", "n", "at") VALUES (?, ?, ?)',
      'INSERT INTO "notes" ("n", "at") VALUES (?, ?)',
    ]);
    const third = Note.findById(2n ** 53n + 1n)!;
    expect({ ...third }).toEqual({ id: 2n ** 53n + 1n, n: 3, at });
    expect(statementsOf(db, () => third.save())).toEqual([]);
    third.n = 4;
    third.save();
    expect(db.all(sql`SELECT id, n FROM notes ORDER BY id`)).toEqual([
      { id: 1, n: 1 },
      { id: 2n ** 53n, n: 2 },
      { id: 2n ** 53n + 1n, n: 4 },
    ]);
    expect(third.delete()).toBe(true);
    expect(Note.query().orderBy('id').pluck('id')).toEqual([1n, 2n ** 53n]);
  });

  it('a text is asked for, and found as it is', async () => {
    const Country = defineModel('countries', { code: text({ primaryKey: true }), name: text() });
    const db = await open({ models: [Country] });
    Country.create({ code: "O'", name: 'x' });
    Country.create({ code: '0012', name: 'y' });
    expect(
      statementsOf(db, () => {
        expect(() => Country.create({ name: 'z' } as never)).toThrow(
          new MissingFieldError('countries', ['code']).message,
        );
        expect(() => Country.create({ code: null as never, name: 'z' })).toThrow(InvalidValueError);
      }),
    ).toEqual([]);
    expect(statementsOf(db, () => expect(Country.findById("O'")!.name).toBe('x'))).toEqual([
      'SELECT "code", "name" FROM "countries" WHERE "code" = ?',
    ]);
    expect(Country.findById('12')).toBeUndefined();
    expect(db.all(sql`SELECT code, typeof(code) AS type FROM countries WHERE name = 'y'`)).toEqual([
      { code: '0012', type: 'text' },
    ]);
  });

  it('a uuid is random unless given', async () => {
    const Item = defineModel('items', { id: uuid({ primaryKey: true }), name: text() });
    const db = await open({ models: [Item] });
    const made = [Item.create({ name: 'a' }), Item.create({ name: 'b' })];
    const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    for (const { id: key } of made) expect(key).toMatch(pattern);
    expect(made[0]!.id).not.toBe(made[1]!.id);
    const mine = Item.create({ id: 'f81d4fae-7dec-4bd0-a765-00a0c91e6bf6', name: 'c' });
    expect(Item.findById(mine.id)!.name).toBe('c');
    expect(db.all(sql`SELECT id FROM items ORDER BY name`)).toEqual(
      [...made, mine].map(({ id: key }) => ({ id: key })),
    );
  });

  describe('of several fields', () => {
    it('is a constraint of the table, without a rowid where that is said', async () => {
      const db = await open({ models: [Membership] });
      expect(db.first(sql`SELECT sql FROM sqlite_schema WHERE name = 'memberships'`)!['sql']).toBe(
        [
          'CREATE TABLE "memberships" (',
          '  "user_id" INTEGER NOT NULL,',
          '  "group_id" TEXT NOT NULL,',
          `  "role" TEXT NOT NULL DEFAULT 'guest',`,
          '  PRIMARY KEY ("user_id", "group_id")',
          ') STRICT, WITHOUT ROWID',
        ].join('\n'),
      );
      expect(db.first(sql`SELECT wr, strict FROM pragma_table_list WHERE name = 'memberships'`)).toEqual({
        wr: 1,
        strict: 1,
      });
    });

    it('finds, saves, reloads and deletes by all of them', async () => {
      const db = await open({ models: [Membership] });
      const statements = statementsOf(db, () => {
        Membership.create({ userId: 1, groupId: 'a' });
        Membership.create({ userId: 1, groupId: 'b', role: 'owner' });
        const found = Membership.findById({ groupId: 'b', userId: 1 })!;
        found.role = 'admin';
        found.save();
        found.reload();
        expect({ ...found }).toEqual({ userId: 1, groupId: 'b', role: 'admin' });
        expect(Membership.findById({ userId: 1, groupId: 'a' })!.delete()).toBe(true);
      });
      expect(statements).toEqual([
        'INSERT INTO "memberships" ("user_id", "group_id", "role") VALUES (?, ?, ?)',
        'INSERT INTO "memberships" ("user_id", "group_id", "role") VALUES (?, ?, ?)',
        'SELECT "user_id", "group_id", "role" FROM "memberships" WHERE "user_id" = ? AND "group_id" = ?',
        'UPDATE "memberships" SET "role" = ? WHERE "user_id" = ? AND "group_id" = ?',
        'SELECT "user_id", "group_id", "role" FROM "memberships" WHERE "user_id" = ? AND "group_id" = ?',
        'SELECT "user_id", "group_id", "role" FROM "memberships" WHERE "user_id" = ? AND "group_id" = ?',
        'DELETE FROM "memberships" WHERE "user_id" = ? AND "group_id" = ?',
      ]);
      expect(db.all(sql`SELECT * FROM memberships`)).toEqual([{ user_id: 1, group_id: 'b', role: 'admin' }]);
      expect(() => Membership.create({ userId: 1, groupId: 'b' })).toThrow(UniqueViolation);
    });

    it('asks for each of them, and for nothing else, before any SQL', async () => {
      const db = await open({ models: [Membership] });
      const statements = statementsOf(db, () => {
        for (const [key, error] of [
          [
            1,
            new QueryError('The primary key of Membership is userId, groupId.', 'Write findById({ userId, groupId }).'),
          ],
          [{ userId: 1 }, new MissingFieldError('Membership', ['groupId'])],
          [{ userId: 1, groupId: undefined }, new MissingFieldError('Membership', ['groupId'])],
          [{ userId: 1, groupId: 'a', role: 'x' }, new QueryError('Membership.role is no part of the primary key.')],
          [{ userId: 1, groupID: 'a' }, new UnknownFieldError('Membership', 'groupID', ['userId', 'groupId', 'role'])],
          [
            { userId: '1', groupId: 'a' },
            new InvalidValueError('Membership.userId', 'a whole number within ±(2^53 - 1)', '1'),
          ],
        ] as const) {
          expect(() => Membership.findById(key as never)).toThrow(error);
        }
        expect(() => Membership.create({ userId: 1 } as never)).toThrow(
          new MissingFieldError('Membership', ['groupId']),
        );
      });
      expect(statements).toEqual([]);
    });

    it('can change, and then the old row is the one that is written', async () => {
      const db = await open({ models: [Membership] });
      const member = Membership.create({ userId: 1, groupId: 'a' });
      member.groupId = 'b';
      expect(statementsOf(db, () => member.save())).toEqual([
        'UPDATE "memberships" SET "group_id" = ? WHERE "user_id" = ? AND "group_id" = ?',
      ]);
      member.role = 'x';
      member.save();
      expect(db.all(sql`SELECT * FROM memberships`)).toEqual([{ user_id: 1, group_id: 'b', role: 'x' }]);
    });
  });

  it('a changed key updates the old row', async () => {
    const Note = defineModel('notes', { id: id(), body: text() });
    const db = await open({ models: [Note] });
    const note = Note.create({ body: 'a' });
    note.id = 9;
    expect(statementsOf(db, () => note.save())).toEqual(['UPDATE "notes" SET "id" = ? WHERE "id" = ?']);
    note.body = 'b';
    note.save();
    note.reload();
    expect(db.all(sql`SELECT * FROM notes`)).toEqual([{ id: 9, body: 'b' }]);
    note.id = 10;
    expect(note.delete()).toBe(true); // the stored one, whatever the instance says
    expect(Note.count()).toBe(0);
  });

  it.each([
    [undefined, UndefinedConditionError, 'notes.findById was given undefined.'],
    [null, UndefinedConditionError, 'notes.findById was given null.'],
    ['1', InvalidValueError, 'notes.id takes a whole number within ±(2^53 - 1), not a string.'],
    [1.5, InvalidValueError, 'notes.id takes a whole number within ±(2^53 - 1), not a number.'],
    [NaN, InvalidValueError, 'notes.id takes a whole number within ±(2^53 - 1), not NaN.'],
    [[1], InvalidValueError, 'notes.id takes a whole number within ±(2^53 - 1), not an array.'],
    [{ id: undefined }, MissingFieldError, 'notes cannot be inserted without id.'],
    [{ $ne: 0 }, UnknownFieldError, 'notes has no field "$ne". There are: id, body.'],
  ])('findById refuses %o before any SQL', async (key, type, message) => {
    const Note = defineModel('notes', { id: id(), body: text() });
    const db = await open({ models: [Note] });
    const statements = statementsOf(db, () => {
      expect(() => Note.findById(key as never)).toThrow(type);
      expect(() => Note.findById(key as never)).toThrow(message);
    });
    expect(statements).toEqual([]);
  });

  it('is refused at definition when there are two, none, or a nullable one', () => {
    expect(() => defineModel('notes', { a: id(), b: text({ primaryKey: true }) })).toThrow(
      new DefinitionError(
        'notes has 2 primary keys: a, b.',
        `For one of several columns write @table("…", { primaryKey: ['a', 'b'] }).`,
      ),
    );
    expect(() => defineModel('notes', { a: text() })).toThrow(
      new DefinitionError('notes has no primary key.', 'Add one: @id() id!: Generated<number>.'),
    );
    expect(() => defineModel('notes', { a: text({ primaryKey: true, nullable: true }) })).toThrow(
      new DefinitionError('notes.a is a primary key and cannot be nullable.'),
    );
    expect(() => defineModel('notes', { a: id(), b: text() }, { primaryKey: ['a', 'c' as 'b'] })).toThrow(
      'notes has no field "c".',
    );
    expect(() => defineModel('notes', { a: id({ autoincrement: true }), b: text() }, { withoutRowid: true })).toThrow(
      new DefinitionError('notes has autoincrement without an integer primary key.'),
    );
  });

  it('without a rowid is an integer that is asked for', async () => {
    const Setting = defineModel(
      'settings',
      { id: integer({ primaryKey: true }), value: text() },
      { withoutRowid: true },
    );
    const db = await open({ models: [Setting] });
    expect(() => Setting.create({ value: 'x' } as never)).toThrow(MissingFieldError);
    Setting.create({ id: 5, value: 'x' });
    const found = Setting.findById(5)!;
    found.value = 'y';
    found.save();
    expect(db.all(sql`SELECT * FROM settings`)).toEqual([{ id: 5, value: 'y' }]);
    db.run(sql`DELETE FROM settings`);
    found.value = 'z';
    expect(() => found.save()).toThrow(NotFoundError);
  });

  it('is never NULL, though SQLite would let it (fact 4)', async () => {
    const Country = defineModel('countries', { code: text({ primaryKey: true }) }, { strict: false });
    const db = await open({ models: [Country] });

    db.execute('CREATE TABLE plain (code TEXT PRIMARY KEY)');
    db.run(sql`INSERT INTO plain VALUES (NULL), (NULL)`);
    expect(db.all(sql`SELECT code FROM plain`)).toEqual([{ code: null }, { code: null }]); // the hazard

    expect(() => db.run(sql`INSERT INTO countries VALUES (NULL)`)).toThrow(NotNullViolation);
    expect(() => Country.create({ code: null as never })).toThrow(InvalidValueError);
    expect(Country.count()).toBe(0);
    // a table that has such rows all the same is read whole, and none of them is skipped
    expect([...db.table('plain').iterate({ batch: 1 })]).toEqual([{ code: null }, { code: null }]);
    expect(() => db.table('plain').page({ size: 1 })).toThrow(QueryError);
  });
});
