import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import {
  blob,
  boolean,
  CheckViolation,
  choice,
  datetime,
  decimal,
  DefinitionError,
  defineModel,
  id,
  integer,
  json,
  MissingFieldError,
  Model,
  real,
  ReadOnlyFieldError,
  sql,
  table,
  text,
  UniqueViolation,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const ddlOf = (db: Database, name: string): unknown =>
  db.first(sql`SELECT sql FROM sqlite_schema WHERE name = ${name}`)!['sql'];

describe.each(drivers)('$name', ({ open }) => {
  describe('default', () => {
    const bytes = Uint8Array.of(0, 39, 255);
    const at = new Date('2026-11-21T05:41:00.000Z');
    const hostile = "'); DROP TABLE other; --";

    it('that is a value stands in the DDL and in each insert, whatever characters it has', async () => {
      const Kept = defineModel('kept', {
        id: id(),
        name: text({ default: "O'Brien" }),
        hostile: text({ default: hostile }),
        nul: text({ default: 'a\0b' }),
        empty: text({ default: '' }),
        n: integer({ default: -7 }),
        r: real({ default: -1.5e-7 }),
        active: boolean({ default: true }),
        at: datetime({ default: at }),
        price: decimal(5, 2, { default: '9.90' }),
        bytes: blob({ default: bytes }),
        settings: json<object>({ default: { "it's": [1, '"', null] } }),
        status: choice(["O'Brien", 'b'], { default: "O'Brien" }),
        note: text({ nullable: true }),
      });
      const db = await open({ models: [Kept] });
      expect(ddlOf(db, 'kept')).toBe(
        [
          'CREATE TABLE "kept" (',
          '  "id" INTEGER NOT NULL PRIMARY KEY,',
          `  "name" TEXT NOT NULL DEFAULT 'O''Brien',`,
          `  "hostile" TEXT NOT NULL DEFAULT '''); DROP TABLE other; --',`,
          `  "nul" TEXT NOT NULL DEFAULT ('a' || char(0) || 'b'),`,
          `  "empty" TEXT NOT NULL DEFAULT '',`,
          '  "n" INTEGER NOT NULL DEFAULT -7,',
          '  "r" REAL NOT NULL DEFAULT -1.5e-7,',
          '  "active" INTEGER NOT NULL DEFAULT 1 CHECK ("active" IN (0, 1)),',
          `  "at" TEXT NOT NULL DEFAULT '2026-11-21T05:41:00.000Z',`,
          '  "price" INTEGER NOT NULL DEFAULT 990,',
          `  "bytes" BLOB NOT NULL DEFAULT x'0027ff',`,
          `  "settings" TEXT NOT NULL DEFAULT '{"it''s":[1,"\\"",null]}' CHECK (json_valid("settings")),`,
          `  "status" TEXT NOT NULL DEFAULT 'O''Brien' CHECK ("status" IN ('O''Brien', 'b')),`,
          '  "note" TEXT',
          ') STRICT',
        ].join('\n'),
      );
      const expected = {
        name: "O'Brien",
        hostile,
        nul: 'a\0b',
        empty: '',
        n: -7,
        r: -1.5e-7,
        active: true,
        at,
        price: '9.90',
        bytes,
        settings: { "it's": [1, '"', null] },
        status: "O'Brien",
        note: null,
      };

      const made = Kept.create({});
      db.run(sql`INSERT INTO kept DEFAULT VALUES`);

      expect({ ...made }).toEqual({ id: 1, ...expected });
      expect(
        Kept.query()
          .orderBy('id')
          .all()
          .map((each) => ({ ...each })),
      ).toEqual([
        { id: 1, ...expected },
        { id: 2, ...expected },
      ]);
      expect(
        db.all(sql`SELECT typeof(n) AS n, typeof(bytes) AS bytes, typeof(nul) AS nul, hex(nul) AS hex FROM kept`),
      ).toEqual(Array(2).fill({ n: 'integer', bytes: 'blob', nul: 'text', hex: '610062' }));
    });

    it('that is an object is given to each instance anew', async () => {
      const Kept = defineModel('kept', {
        id: id(),
        settings: json<{ tags: string[] }>({ default: { tags: [] } }),
        at: datetime({ default: at }),
        bytes: blob({ default: bytes }),
      });
      const db = await open({ models: [Kept] });
      const first = Kept.create({});
      first.settings.tags.push('a');
      first.at.setUTCFullYear(1999);
      first.bytes[0] = 9;
      first.save();
      const second = Kept.create({});
      expect({ ...second }).toEqual({ id: 2, settings: { tags: [] }, at, bytes });
      expect(db.all(sql`SELECT settings, at, hex(bytes) AS bytes FROM kept`)).toEqual([
        { settings: '{"tags":["a"]}', at: '1999-11-21T05:41:00.000Z', bytes: '0927FF' },
        { settings: '{"tags":[]}', at: '2026-11-21T05:41:00.000Z', bytes: '0027FF' },
      ]);
    });

    it('that is a function is called at each insert, and is not in the DDL', async () => {
      let n = 0;
      const make = vi.fn(() => `token ${++n}`);
      const Kept = defineModel('kept', { id: id(), token: text({ default: make }) });
      const db = await open({ models: [Kept] });
      expect(ddlOf(db, 'kept')).toContain('"token" TEXT NOT NULL\n');
      const made = [Kept.create({}), Kept.create({ token: 'mine' }), Kept.build().save()];
      expect(made.map(({ token }) => token)).toEqual(['token 1', 'mine', 'token 2']);
      expect(db.all(sql`SELECT token FROM kept`)).toEqual(made.map(({ token }) => ({ token })));
      expect(make).toHaveBeenCalledTimes(2);
    });

    it('that is a function returning nothing is a missing field', async () => {
      const Kept = defineModel('kept', { id: id(), token: text({ default: () => undefined as never }) });
      const db = await open({ models: [Kept] });
      expect(statementsOf(db, () => expect(() => Kept.create({})).toThrow(MissingFieldError))).toEqual([]);
    });

    it('that is SQL is evaluated by SQLite and read back in the same statement', async () => {
      const Kept = defineModel('kept', {
        id: id(),
        code: text({ default: sql`lower(hex(x'ABCD'))` }),
        at: datetime({ default: sql`strftime('%Y-%m-%dT%H:%M:%fZ', 'now')` }),
        name: text({ default: sql`${"O'Brien"} || '!'` }),
      });
      const db = await open({ models: [Kept] });
      expect(ddlOf(db, 'kept')).toContain(`"name" TEXT NOT NULL DEFAULT ('O''Brien' || '!')`);
      let made!: InstanceType<typeof Kept>;
      const before = Date.now();
      expect(statementsOf(db, () => (made = Kept.create({})))).toEqual([
        'INSERT INTO "kept" DEFAULT VALUES RETURNING "id", "code", "at", "name"',
      ]);
      expect({ ...made }).toEqual({ id: 1, code: 'abcd', at: expect.any(Date) as Date, name: "O'Brien!" });
      expect(made.at.getTime()).toBeGreaterThanOrEqual(before - 1);
      expect(statementsOf(db, () => made.save())).toEqual([]);
      expect(statementsOf(db, () => Kept.create({ id: 9, code: 'x', at, name: 'n' }))).toEqual([
        'INSERT INTO "kept" ("id", "code", "at", "name") VALUES (?, ?, ?, ?)',
      ]);
      expect(db.all(sql`SELECT id, code, name FROM kept`)).toEqual([
        { id: 1, code: 'abcd', name: "O'Brien!" },
        { id: 9, code: 'x', name: 'n' },
      ]);
    });

    it('that its column cannot hold is refused when the class is defined', () => {
      for (const [column, message] of [
        [integer({ default: 1.5 }), 'The default of kept.value is not a whole number within ±(2^53 - 1).'],
        [
          datetime({ default: new Date(NaN) }),
          'The default of kept.value is not a valid Date within the years 0 to 9999.',
        ],
        [choice(['a'], { default: 'b' as 'a' }), 'The default of kept.value is not one of "a".'],
        [json({ default: { n: NaN } as never }), 'The default of kept.value is not a value that JSON can hold.'],
      ] as const) {
        expect(() => defineModel('kept', { id: id(), value: column })).toThrow(new DefinitionError(message));
      }
    });
  });

  it('unique refuses a second row with the value, and any number of NULLs passes', async () => {
    const Kept = defineModel('kept', { id: id(), email: text({ unique: true, nullable: true }) });
    const db = await open({ models: [Kept] });
    expect(ddlOf(db, 'kept')).toContain('"email" TEXT UNIQUE');
    Kept.create({ email: 'a' });
    expect(() => Kept.create({ email: 'a' })).toThrow(UniqueViolation);
    Kept.create({ email: null });
    Kept.create({});
    expect(Kept.query().orderBy('id').pluck('email')).toEqual(['a', null, null]);
  });

  it('index makes an index that SQLite uses', async () => {
    const Kept = defineModel('kept', { id: id(), createdOn: text({ index: true }) });
    const db = await open({ models: [Kept] });
    expect(ddlOf(db, 'kept_created_on_index')).toBe('CREATE INDEX "kept_created_on_index" ON "kept" ("created_on")');
    const { sql: select, parameters } = Kept.filter({ createdOn: 'x' }).toSQL();
    expect(parameters).toEqual(['x']);
    expect(db.all(sql`EXPLAIN QUERY PLAN ${sql.raw(select.replace('?', "'x'"))}`)[0]!['detail']).toBe(
      'SEARCH kept USING COVERING INDEX kept_created_on_index (created_on=?)',
    );
  });

  it('check is evaluated at each write', async () => {
    const Kept = defineModel('kept', { id: id(), age: integer({ check: sql`age BETWEEN ${0} AND ${150}` }) });
    const db = await open({ models: [Kept] });
    expect(ddlOf(db, 'kept')).toContain('"age" INTEGER NOT NULL CHECK (age BETWEEN 0 AND 150)');
    const ann = Kept.create({ age: 40 });
    expect(() => Kept.create({ age: 151 })).toThrow(CheckViolation);
    ann.age = -1;
    expect(() => ann.save()).toThrow(CheckViolation);
    ann.age = 41;
    expect(statementsOf(db, () => ann.save())).toEqual(['UPDATE "kept" SET "age" = ? WHERE "id" = ?']);
    expect(db.all(sql`SELECT age FROM kept`)).toEqual([{ age: 41 }]);
  });

  it('collate decides what is equal, unique and in which order', async () => {
    const Kept = defineModel('kept', {
      id: id(),
      name: text({ collate: 'NOCASE', unique: true }),
      exact: text({ nullable: true }),
    });
    const db = await open({ models: [Kept] });
    expect(ddlOf(db, 'kept')).toContain('"name" TEXT NOT NULL UNIQUE COLLATE "NOCASE"');
    for (const name of ['b', 'A', 'C']) Kept.create({ name, exact: name });
    expect(() => Kept.create({ name: 'a' })).toThrow(UniqueViolation);
    expect(Kept.filter({ name: 'a' }).pluck('name')).toEqual(['A']);
    expect(Kept.filter({ exact: 'a' }).count()).toBe(0);
    expect(Kept.query().orderBy('name').pluck('name')).toEqual(['A', 'b', 'C']);
    expect(Kept.query().orderBy('exact').pluck('name')).toEqual(['A', 'C', 'b']);
    const made = Kept.filter({ name: 'B' }).one();
    made.name = 'B';
    expect(statementsOf(db, () => made.save())).toEqual(['UPDATE "kept" SET "name" = ? WHERE "id" = ?']);
    expect(Kept.findById(1)!.name).toBe('B');
  });

  it.each([
    ['virtual', false, 'VIRTUAL'],
    ['stored', true, 'STORED'],
  ])('generated (%s) is never written, and read back after insert and save', async (_, stored, word) => {
    const Rectangle = defineModel('rectangles', {
      id: id(),
      width: integer(),
      area: integer({ generated: sql`width * height`, stored }),
      height: integer({ default: 2 }),
      isFlat: boolean({ generated: sql`height < ${1}`, stored }),
    });
    const db = await open({ models: [Rectangle] });
    expect(ddlOf(db, 'rectangles')).toContain(`"area" INTEGER NOT NULL GENERATED ALWAYS AS (width * height) ${word}`);
    let made!: InstanceType<typeof Rectangle>;
    expect(statementsOf(db, () => (made = Rectangle.create({ width: 3 } as never)))).toEqual([
      'INSERT INTO "rectangles" ("width", "height") VALUES (?, ?) RETURNING "id", "area", "is_flat"',
    ]);
    expect({ ...made }).toEqual({ id: 1, width: 3, area: 6, height: 2, isFlat: false });
    made.height = 0;
    expect(statementsOf(db, () => made.save())).toEqual([
      'UPDATE "rectangles" SET "height" = ? WHERE "id" = ? RETURNING "area", "is_flat"',
    ]);
    expect({ ...made }).toEqual({ id: 1, width: 3, area: 0, height: 0, isFlat: true });
    const read = Rectangle.findById(1)!;
    expect(statementsOf(db, () => (made.save(), read.save()))).toEqual([]);
    expect(db.all(sql`SELECT area, is_flat FROM rectangles`)).toEqual([{ area: 0, is_flat: 1 }]);

    const message = 'rectangles.area cannot be written: SQLite computes it.';
    const statements = statementsOf(db, () => {
      made.area = 7;
      expect(() => made.save()).toThrow(new ReadOnlyFieldError('rectangles.area', 'SQLite computes it'));
      expect(() => Rectangle.create({ width: 1, area: 7 } as never)).toThrow(message);
      expect(() => Rectangle.filter({ id: 1 }).update({ area: 7 })).toThrow(message);
    });
    expect(statements).toEqual([]);
    expect(Rectangle.filter({ area: 0 }).count()).toBe(1);
  });

  it('generated takes neither a default nor the primary key', () => {
    const message = 'A generated column has no default and is no primary key.';
    expect(() => integer({ generated: sql`1`, default: 1 })).toThrow(new DefinitionError(message));
    expect(() => integer({ generated: sql`1`, primaryKey: true })).toThrow(message);
  });

  it('name is the column in SQL, and the field everywhere else', async () => {
    const Kept = defineModel('kept', {
      key: integer({ primaryKey: true, name: 'KEY no.' }),
      name: text({ name: 'the "name"' }),
      order: integer({ name: 'group', nullable: true }),
    });
    const db = await open({ models: [Kept] });
    const made = Kept.create({ key: 1, name: 'Ann' });
    made.name = 'Bea';
    expect(
      statementsOf(db, () => {
        made.save();
        Kept.filter({ name: 'Bea' }).orderBy('order').select('key', 'order').all();
      }),
    ).toEqual([
      'UPDATE "kept" SET "the ""name""" = ? WHERE "KEY no." = ?',
      'SELECT "KEY no." AS "key", "group" AS "order" FROM "kept" WHERE "the ""name""" = ? ORDER BY "kept"."group"',
    ]);
    expect(db.all(sql`SELECT * FROM kept`)).toEqual([{ 'KEY no.': 1, 'the "name"': 'Bea', group: null }]);
    expect(() => Kept.filter({ group: 1 } as never)).toThrow('kept has no field "group"');
  });

  it('hidden is in neither toJSON nor inspect, and everywhere else', async () => {
    @table('users')
    class User extends Model {
      @id() id!: Generated<number>;
      @text() name!: string;
      @text({ hidden: true }) password!: string;
    }
    const db = await open({ models: [User] });
    const ann = User.create({ name: 'Ann', password: 'secret' });
    for (const each of [ann, User.findById(1)!]) {
      expect(each.password).toBe('secret');
      expect(each.toJSON()).toEqual({ id: 1, name: 'Ann' });
      expect(JSON.stringify([each])).toBe('[{"id":1,"name":"Ann"}]');
      expect(inspect(each)).toBe("User { id: 1, name: 'Ann' }");
      expect(inspect({ deep: [each] }, { depth: 5, showHidden: true })).not.toContain('secret');
    }
    expect(User.filter({ password: 'secret' }).select('password').all()).toEqual([{ password: 'secret' }]);
    ann.password = 'other';
    ann.save();
    expect(db.all(sql`SELECT password FROM users`)).toEqual([{ password: 'other' }]);
  });

  it('readOnly is never written by us, and read back', async () => {
    const Kept = defineModel('kept', { id: id(), name: text(), version: integer({ readOnly: true, nullable: true }) });
    const db = await open({ models: [Kept] });
    db.execute(
      'CREATE TRIGGER counted AFTER UPDATE OF name ON kept BEGIN ' +
        'UPDATE kept SET version = coalesce(version, 0) + 1 WHERE id = new.id; END',
    );
    let made!: InstanceType<typeof Kept>;
    expect(statementsOf(db, () => (made = Kept.create({ name: 'a' })))).toEqual([
      'INSERT INTO "kept" ("name") VALUES (?) RETURNING "id", "version"',
    ]);
    expect({ ...made }).toEqual({ id: 1, name: 'a', version: null });
    made.name = 'b';
    expect(statementsOf(db, () => made.save())).toEqual([
      'UPDATE "kept" SET "name" = ? WHERE "id" = ? RETURNING "version"',
    ]);
    expect(made.reload().version).toBe(1); // RETURNING shows what was there before AFTER triggers ran
    const message = 'kept.version cannot be written: it is read-only.';
    expect(
      statementsOf(db, () => {
        made.version = 9;
        expect(() => made.save()).toThrow(message);
        expect(() => Kept.create({ name: 'x', version: 1 })).toThrow(message);
        expect(() => Kept.filter({ id: 1 }).update({ version: 1 })).toThrow(message);
      }),
    ).toEqual([]);
    expect(db.all(sql`SELECT * FROM kept`)).toEqual([{ id: 1, name: 'b', version: 1 }]);
  });

  it('writeOnce keeps the value of the insert', async () => {
    const Kept = defineModel('kept', {
      id: id(),
      slug: text({ writeOnce: true }),
      at: datetime({ writeOnce: true, default: () => new Date(0) }),
    });
    const db = await open({ models: [Kept] });
    const made = Kept.create({ slug: 'a' });
    const message = 'kept.slug cannot be written: it keeps its first value.';
    expect(
      statementsOf(db, () => {
        made.slug = 'b';
        expect(() => made.save()).toThrow(message);
        expect(() => Kept.filter({ id: 1 }).update({ slug: 'b' })).toThrow(message);
        made.slug = 'a';
        made.save();
        made.at.setTime(1);
        expect(() => made.save()).toThrow('kept.at cannot be written: it keeps its first value.');
      }),
    ).toEqual([]);
    expect(db.all(sql`SELECT slug FROM kept`)).toEqual([{ slug: 'a' }]);
  });

  it('an unknown option is refused, with the one that was meant', () => {
    expect(() => text({ uniqe: true } as never)).toThrow(
      new DefinitionError('@text has no option "uniqe".', 'Did you mean "unique"?'),
    );
    expect(() => integer({ __proto__: null, hasOwnProperty: 1 } as never)).toThrow('has no option "hasOwnProperty"');
  });
});
