import { describe, expect, it } from 'vitest';
import {
  blob,
  CheckViolation,
  column,
  createdAt,
  DefinitionError,
  defineModel,
  id,
  index,
  integer,
  json,
  Model,
  sql,
  table,
  text,
  UniqueViolation,
  updatedAt,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const schemaOf = (db: Database) =>
  db.all(sql`SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid`);

describe.each(drivers)('$name', ({ open }) => {
  it('keeps the order of the fields, whatever order decorators run in', async () => {
    @table()
    class BlogPost extends Model {
      @id() id!: Generated<number>;
      @text() title!: string;
      @text() accessor subTitle!: string;
      @integer({ default: 0 }) accessor readCount!: Generated<number>;
      @createdAt() createdAt!: Generated<Date>;
      @json<string[]>() tags!: string[];
      @updatedAt() updatedAt!: Generated<Date>;
    }
    const db = await open({ models: [BlogPost] });
    expect(schemaOf(db)).toEqual([
      {
        name: 'blog_post',
        sql: [
          'CREATE TABLE "blog_post" (',
          '  "id" INTEGER NOT NULL PRIMARY KEY,',
          '  "title" TEXT NOT NULL,',
          '  "sub_title" TEXT NOT NULL,',
          '  "read_count" INTEGER NOT NULL DEFAULT 0,',
          `  "created_at" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),`,
          '  "tags" TEXT NOT NULL CHECK (json_valid("tags")),',
          `  "updated_at" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`,
          ') STRICT',
        ].join('\n'),
      },
    ]);
    const made = BlogPost.create({ title: 'a', subTitle: 'b', tags: [] });
    made.subTitle = 'c';
    expect(statementsOf(db, () => made.save())).toEqual([
      'UPDATE "blog_post" SET "sub_title" = ?, "updated_at" = ? WHERE "id" = ?',
    ]);
    const read = BlogPost.findById(1)!;
    expect([read.subTitle, read.readCount]).toEqual(['c', 0]);
    read.readCount++;
    read.save();
    expect(db.all(sql`SELECT sub_title, read_count FROM blog_post`)).toEqual([{ sub_title: 'c', read_count: 1 }]);
  });

  it('makes the same table from decorators and from defineModel', async () => {
    @table('users', { checks: { named: sql`name <> ''` }, indexes: [{ on: ['name', 'age'] }] })
    class User extends Model {
      @id() id!: Generated<number>;
      @text({ unique: true }) name!: string;
      @integer({ default: 0, check: sql`age >= 0` }) age!: Generated<number>;
      @blob({ nullable: true }) photo!: Uint8Array | null;
    }
    const Defined = defineModel(
      'users',
      {
        id: id(),
        name: text({ unique: true }),
        age: integer({ default: 0, check: sql`age >= 0` }),
        photo: blob({ nullable: true }),
      },
      { checks: { named: sql`name <> ''` }, indexes: [{ on: ['name', 'age'] }] },
    );
    const [first, second] = [
      await open({ models: [User], alias: 'decorated' }),
      await open({ models: [Defined], alias: 'defined' }),
    ];
    expect(schemaOf(first)).toEqual(schemaOf(second));
    expect(schemaOf(first)).toHaveLength(2);
  });

  it('makes plain, unique, partial and expression indexes', async () => {
    @table('users', {
      indexes: [
        { on: ['lastName', 'firstName'] },
        { on: 'email', unique: true },
        { on: 'email', where: sql`active = ${1}` },
        { on: ['lastName', sql`length("email") DESC`], name: 'by length' },
      ],
    })
    @index({ on: sql`lower(email)`, unique: true, name: 'users_email_nocase' })
    class User extends Model {
      @id() id!: Generated<number>;
      @text({ index: true }) firstName!: string;
      @text() lastName!: string;
      @text() email!: string;
      @integer({ default: 1 }) active!: Generated<number>;
    }
    const db = await open({ models: [User] });
    expect(schemaOf(db).slice(1)).toEqual([
      {
        name: 'users_first_name_index',
        sql: 'CREATE INDEX "users_first_name_index" ON "users" ("first_name")',
      },
      {
        name: 'users_email_nocase',
        sql: 'CREATE UNIQUE INDEX "users_email_nocase" ON "users" (lower(email))',
      },
      {
        name: 'users_last_name_first_name_index',
        sql: 'CREATE INDEX "users_last_name_first_name_index" ON "users" ("last_name", "first_name")',
      },
      { name: 'users_email_unique', sql: 'CREATE UNIQUE INDEX "users_email_unique" ON "users" ("email")' },
      {
        name: 'users_email_partial_index',
        sql: 'CREATE INDEX "users_email_partial_index" ON "users" ("email") WHERE active = 1',
      },
      { name: 'by length', sql: 'CREATE INDEX "by length" ON "users" ("last_name", length("email") DESC)' },
    ]);
    User.create({ firstName: 'a', lastName: 'b', email: 'X@y' });
    expect(() => User.create({ firstName: 'a', lastName: 'b', email: 'x@Y' })).toThrow(UniqueViolation);
    expect(User.count()).toBe(1);
  });

  it('refuses an index that is none', () => {
    const columns = { id: id(), email: text() };
    expect(() => defineModel('users', columns, { indexes: [{ on: 'mail' as 'email' }] })).toThrow(
      new DefinitionError('An index of users names "mail", which is no field of it.'),
    );
    expect(() => defineModel('users', columns, { indexes: [{ on: sql`lower(email)` }] })).toThrow(
      new DefinitionError('An index of users over an expression has no name.', 'Give it one: { name: "…" }.'),
    );
  });

  it('keeps checks of the table, named and unnamed', async () => {
    const columns = { id: id(), low: integer(), high: integer() };
    const Named = defineModel('named', columns, { checks: { in_order: sql`low <= high`, "it's": sql`low <> ${13}` } });
    const Unnamed = defineModel('unnamed', columns, { checks: [sql`low <= high`] });
    const db = await open({ models: [Named, Unnamed] });
    expect(schemaOf(db).map((row) => row['sql'])).toEqual([
      expect.stringContaining(
        '  "high" INTEGER NOT NULL,\n  CONSTRAINT "in_order" CHECK (low <= high),\n  CONSTRAINT "it\'s" CHECK (low <> 13)\n) STRICT',
      ),
      expect.stringContaining('  "high" INTEGER NOT NULL,\n  CHECK (low <= high)\n) STRICT'),
    ]);
    for (const [Ranges, constraint] of [
      [Named, 'in_order'],
      [Unnamed, 'low <= high'],
    ] as const) {
      const range = Ranges.create({ low: 1, high: 2 });
      range.high = 0;
      expect(() => range.save()).toThrow(CheckViolation);
      expect(() => Ranges.create({ low: 2, high: 1 })).toThrow(`The row fails the check ${constraint}.`);
      expect(Ranges.query().select('low', 'high').all()).toEqual([{ low: 1, high: 2 }]);
    }
  });

  it('is STRICT unless said otherwise', async () => {
    const columns = { id: id(), n: integer() };
    const Strict = defineModel('strict_one', columns);
    const Loose = defineModel('loose_one', columns, { strict: false });
    const db = await open({ models: [Strict, Loose] });
    expect(
      db.all(
        sql`SELECT name, strict, wr FROM pragma_table_list WHERE name IN ('strict_one', 'loose_one') ORDER BY name`,
      ),
    ).toEqual([
      { name: 'loose_one', strict: 0, wr: 0 },
      { name: 'strict_one', strict: 1, wr: 0 },
    ]);
    db.run(sql`INSERT INTO loose_one (n) VALUES ('x')`);
    expect(() => db.run(sql`INSERT INTO strict_one (n) VALUES ('x')`)).toThrow(
      'cannot store TEXT value in INTEGER column strict_one.n',
    );
    const any = column<string>({ storage: 'ANY', encode: String, decode: String });
    expect(() => defineModel('loose', { id: id(), value: any }, { strict: false })).toThrow(
      new DefinitionError('loose.value holds any type, which only a STRICT table can keep apart.'),
    );
  });

  it('names columns in snake_case, or as they are written', async () => {
    const columns = {
      id: id(),
      HTTPServer2: text(),
      createdAt: text(),
      a: text(),
      isX: text(),
      snake_case: text(),
      ÄrgerÖl: text(),
    };
    const Snake = defineModel('snake', columns);
    const Written = defineModel('written', columns, { naming: 'as written' });
    const db = await open({ models: [Snake, Written] });
    const namesOf = (name: string) =>
      db.all(sql`SELECT name FROM pragma_table_info(${name})`).map((row) => row['name']);
    expect(namesOf('snake')).toEqual(['id', 'http_server2', 'created_at', 'a', 'is_x', 'snake_case', 'ärgeröl']);
    expect(namesOf('written')).toEqual(Object.keys(columns));
  });

  it('names a table after its class, unless that is too short to be its real name', async () => {
    @table()
    class UserProfile extends Model {
      @id() id!: Generated<number>;
    }
    @table('profiles')
    class Other extends Model {
      @id() id!: Generated<number>;
    }
    @table(undefined, { naming: 'as written' })
    class AsWritten extends Model {
      @id() id!: Generated<number>;
    }
    const db = await open({ models: [UserProfile, Other, AsWritten] });
    expect(schemaOf(db).map((row) => row['name'])).toEqual(['user_profile', 'profiles', 'AsWritten']);

    expect(() => {
      @table()
      class Us extends Model {
        @id() id!: Generated<number>;
      }
      return Us;
    }).toThrow(
      new DefinitionError(
        'The class name "Us" is too short to name a table by.',
        'Minifiers shorten class names, so give the table its own: @table("users").',
      ),
    );
    expect(() => {
      @table('users')
      class Us extends Model {
        @id() id!: Generated<number>;
      }
      return Us;
    }).not.toThrow();
  });

  it('refuses a table that SQLite would refuse or take for something else', () => {
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => defineModel('users', {}), 'users has no columns. Decorate its fields: @text() name!: string.'],
      [
        () => defineModel('users', { id: id(), userName: text(), user_Name: text() }),
        'users.userName and users.user_Name both have the column name "user_name". Give one of them another: { name: "…" }.',
      ],
      [
        () => defineModel('users', { id: id(), a: text(), b: text({ name: 'A' }) }),
        'users.a and users.b both have the column name "A". Give one of them another: { name: "…" }.',
      ],
      [
        () => defineModel('users', { id: id(), a: 'text' as never }),
        'This is not a column. Use text(), integer() and the like.',
      ],
      [
        () => defineModel('users', { id: id(), a: text() }, { index: [{ on: 'a' }] } as never),
        '@table has no option "index". There are: database, primaryKey, strict, withoutRowid, indexes, checks,',
      ],
      [
        () => defineModel('users', { id: id(), a: text() }, { indexes: [{ on: 'a', uniqe: true } as never] }),
        '@index has no option "uniqe". Did you mean "unique"?',
      ],
      [
        () => defineModel('users', { a: text() }, { primaryKey: 'a' as never }),
        "The primary key of users is no array of names of fields. Write @table('memberships', {",
      ],
      [
        () => defineModel('users', { id: id(), a: text() }, { fillable: ['b' as 'a'] }),
        'users has no field "b". Did you mean "a"?',
      ],
    ];
    for (const [define, message] of cases) expect(define).toThrow(message);
    expect(() => {
      @table('users')
      class User extends Model {
        @id() id!: Generated<number>;
        readonly name: string;
        constructor(name: string) {
          super();
          this.name = name;
        }
      }
      return User;
    }).toThrow(
      'User has a constructor with required parameters, but loaded instances are made without any. ' +
        'Give them defaults, or pass { construct: false } to @table.',
    );
  });
});
