import { describe, expect, it } from 'vitest';
import { SchemaDriftError } from '../../src/errors/index.js';
import { sql } from '../../src/sql/index.js';
import {
  blob,
  boolean,
  createdAt,
  id,
  integer,
  real,
  text,
  type TableOptions,
  type TableSchema,
} from '../../src/schema/index.js';
import { applySchema } from '../../src/schema/apply-schema.js';
import { engines, runProgram, type RawDatabase } from '../run-program.js';
import { declare } from './declare.js';

const readAll = `SELECT type, tbl_name, sql FROM "main".sqlite_schema WHERE (type <> 'trigger' OR name LIKE '%_own_insert') AND sql IS NOT NULL`;

const users = (more: Readonly<Record<string, object>> = {}, options: TableOptions = {}): TableSchema =>
  declare(
    'users',
    { id: id(), email: text({ unique: true }), age: integer({ default: 0, index: true }), ...more },
    options,
  );

const createUsers =
  'CREATE TABLE "main"."users" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "email" TEXT NOT NULL UNIQUE,\n' +
  '  "age" INTEGER NOT NULL DEFAULT 0\n) STRICT';
const indexUsers = 'CREATE INDEX "main"."users_age_index" ON "users" ("age")';

describe.each(Object.entries(engines))('applySchema on %s', (_, open) => {
  /** The statements that applying took. */
  const apply = (database: RawDatabase, tables: readonly TableSchema[], mode: 'create' | 'verify' = 'create') => {
    const before = database.log.length;
    runProgram(database, applySchema(tables, mode));
    return database.log.slice(before);
  };
  const databaseWith = (...ddl: readonly string[]): RawDatabase => {
    const database = open();
    for (const statement of ddl) database.all(statement);
    return database;
  };
  /** What is different, and proof that nothing was changed. */
  const drift = (
    database: RawDatabase,
    table: TableSchema,
    mode: 'create' | 'verify' = 'create',
  ): readonly string[] => {
    const texts = () => database.all('SELECT sql FROM sqlite_schema');
    const before = texts();
    try {
      apply(database, [table], mode);
    } catch (error) {
      expect(error).toBeInstanceOf(SchemaDriftError);
      expect(texts()).toEqual(before);
      expect((error as SchemaDriftError).table).toBe(table.name);
      return (error as SchemaDriftError).differences;
    }
    return [];
  };

  it('creates what is missing, and knows it again with one statement', () => {
    const database = databaseWith();
    expect(apply(database, [users()])).toEqual([readAll, createUsers, indexUsers]);
    expect(database.all('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL')).toEqual(
      [createUsers, indexUsers].map((statement) => [statement.replace('"main".', '')]),
    );
    expect(apply(database, [users()])).toEqual([readAll]);
    expect(apply(database, [users()], 'verify')).toEqual([readAll]);
    expect(apply(database, [])).toEqual([]);
  });

  it('does not take a temporary table for one of the file', () => {
    const database = databaseWith('CREATE TEMP TABLE users (id)');
    apply(database, [users()]);
    expect(database.all('SELECT count(*) FROM main.users')).toEqual([[0]]);
  });

  it('creates in the attached file that it is given', () => {
    const database = databaseWith(`ATTACH ':memory:' AS "lo""gs"`);
    runProgram(database, applySchema([users()], 'create', 'lo"gs'));
    expect(database.all('SELECT name FROM "lo""gs".sqlite_schema WHERE sql IS NOT NULL')).toEqual([
      ['users'],
      ['users_age_index'],
    ]);
    const before = database.log.length;
    runProgram(database, applySchema([users()], 'verify', 'lo"gs'));
    expect(database.log.length - before).toBe(1);
  });

  it('accepts a table written by hand that does the same, without changing it', () => {
    const database = databaseWith(
      `create table Users ( -- all users
        [id] integer primary key, EMAIL varchar(80) not null, \`age\` int default (0) not null, note text, kind text not null
        default 'x', twice as (age * 2), unique (Email) )`,
      'create index other_name on users (AGE)',
      'create index more on users (note)',
      'create trigger t after insert on users begin select 1; end',
    );
    const statements = apply(database, [users({}, { strict: false })]);
    expect(statements).toHaveLength(4);
    expect(statements.every((statement) => statement.startsWith('SELECT'))).toBe(true);
  });

  it('accepts a unique index for UNIQUE, and a constraint for a unique index', () => {
    const columns = 'id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INTEGER NOT NULL DEFAULT 0';
    const byIndex = databaseWith(
      `CREATE TABLE users (${columns}) STRICT`,
      'CREATE UNIQUE INDEX u ON users (email)',
      'CREATE INDEX i ON users (age)',
    );
    expect(drift(byIndex, users())).toEqual([]);
    const byConstraint = databaseWith(
      `CREATE TABLE users (${columns}, UNIQUE (email), UNIQUE (age, email)) STRICT`,
      'CREATE INDEX i ON users (age)',
    );
    expect(drift(byConstraint, users({}, { indexes: [{ on: ['email', 'age'], unique: true }] }), 'verify')).toEqual([]);
  });

  it('adds missing columns and indexes natively, and keeps the rows', () => {
    const database = databaseWith();
    apply(database, [users()]);
    database.all(`INSERT INTO users (email) VALUES ('ann@x.org')`);
    const grown = users(
      {
        bio: text({ nullable: true }),
        active: boolean({ default: true }),
        shout: text({ nullable: true, generated: sql`upper(email)` }),
      },
      { indexes: [{ on: ['active', 'age'] }] },
    );
    expect(apply(database, [grown]).slice(-5)).toEqual([
      expect.stringContaining('pragma_index_list'),
      'ALTER TABLE "main"."users" ADD COLUMN "bio" TEXT',
      'ALTER TABLE "main"."users" ADD COLUMN "active" INTEGER NOT NULL DEFAULT 1 CHECK ("active" IN (0, 1))',
      'ALTER TABLE "main"."users" ADD COLUMN "shout" TEXT GENERATED ALWAYS AS (upper(email)) VIRTUAL',
      'CREATE INDEX "main"."users_active_age_index" ON "users" ("active", "age")',
    ]);
    expect(database.all('SELECT email, bio, active, shout FROM users')).toEqual([['ann@x.org', null, 1, 'ANN@X.ORG']]);
    expect(drift(database, grown, 'verify')).toEqual([]);
  });

  it('adds what SQLite adds to empty tables only while a table is empty', () => {
    const grown = () =>
      users({ createdAt: createdAt(), name: text(), size: integer({ generated: sql`length(email)`, stored: true }) });
    const empty = databaseWith();
    apply(empty, [users()]);
    expect(drift(empty, grown())).toEqual([]);
    expect(drift(empty, grown(), 'verify')).toEqual([]);
    const filled = databaseWith();
    apply(filled, [users()]);
    filled.all(`INSERT INTO users (email) VALUES ('ann@x.org')`);
    expect(drift(filled, grown())).toEqual([
      'column "created_at" is missing, and SQLite can add a column with an expression as default only to an empty table',
      'column "name" is missing, and SQLite can add a NOT NULL column without a default only to an empty table',
      'column "size" is missing, and SQLite can add a STORED column only to an empty table',
    ]);
  });

  it('says why a UNIQUE column cannot be added', () => {
    const database = databaseWith();
    apply(database, [users()]);
    expect(drift(database, users({ login: text({ nullable: true, unique: true }) }))).toEqual([
      'column "login" is missing, and SQLite cannot add a UNIQUE column',
    ]);
  });

  it('checks every table before it changes the first', () => {
    const database = databaseWith('CREATE TABLE posts (id INTEGER PRIMARY KEY, title BLOB NOT NULL) STRICT');
    const posts = declare('posts', { id: id(), title: text() });
    expect(() => apply(database, [users(), posts])).toThrow(SchemaDriftError);
    expect(database.all('SELECT name FROM sqlite_schema')).toEqual([['posts']]);
  });

  it('refuses to create or add anything under verify', () => {
    const database = databaseWith();
    expect(drift(database, users(), 'verify')).toEqual(['it is missing from the file']);
    apply(database, [users()]);
    expect(drift(database, users({ bio: text({ nullable: true }) }), 'verify')).toEqual(['column "bio" is missing']);
    database.all('DROP INDEX users_age_index');
    expect(drift(database, users(), 'verify')).toEqual(['index "users_age_index" is missing']);
  });

  it('names both sides of each difference', () => {
    const database = databaseWith(
      `CREATE TABLE "users" (id INT PRIMARY KEY ON CONFLICT REPLACE, email TEXT NOT NULL COLLATE NOCASE, age TEXT DEFAULT 1,
        size REAL NOT NULL AS (length(email)) STORED, extra NOT NULL, CHECK (age > 0))`,
      'CREATE INDEX users_age_index ON users (age DESC) WHERE age > 1',
      'CREATE UNIQUE INDEX pair ON users (age, extra)',
    );
    const model = users({ size: real({ generated: sql`length(email)` }) }, { checks: [sql`age < 99`] });
    expect(drift(database, model)).toEqual([
      'column "id" is nullable, the model says NOT NULL',
      'the collation of column "email" is nocase, the model says binary',
      'column "age" is TEXT, the model says INTEGER',
      'column "age" is nullable, the model says NOT NULL',
      `the default of column "age" is 1, the model says 0`,
      'column "size" is generated as (length ( email )) stored, the model says generated as (length ( email )) virtual',
      'the file has a NOT NULL column "extra" without a default, the model does not',
      'the primary key is (id), the model says (id) as the rowid',
      'the table is not STRICT, the model says STRICT',
      'the file has ON CONFLICT REPLACE, the model does not',
      'CHECK (age < 99) is missing',
      'the file has CHECK (age > 0), the model does not',
      'UNIQUE on column "email" is missing',
      'the file has UNIQUE (age, extra), the model does not',
      'index "users_age_index" is INDEX (age desc) WHERE age > 1, the model says INDEX (age)',
    ]);
  });

  it('sees AUTOINCREMENT, WITHOUT ROWID and the order of a key', () => {
    const numbered = databaseWith('CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT) STRICT');
    expect(drift(numbered, declare('t', { id: id() }))).toEqual([
      'the table is AUTOINCREMENT, the model says not AUTOINCREMENT',
    ]);
    const pair = databaseWith('CREATE TABLE t (a TEXT NOT NULL, b TEXT NOT NULL, PRIMARY KEY (b, a)) STRICT');
    const columns = { a: text(), b: text() };
    expect(drift(pair, declare('t', columns, { primaryKey: ['a', 'b'], withoutRowid: true }))).toEqual([
      'the primary key is (b, a), the model says (a, b)',
      'the table is not WITHOUT ROWID, the model says WITHOUT ROWID',
    ]);
    expect(drift(pair, declare('t', columns, { primaryKey: ['b', 'a'] }))).toEqual([]);
  });

  it('sees a unique index that was added to a table of ours', () => {
    const database = databaseWith();
    apply(database, [users()]);
    database.all('CREATE INDEX harmless ON users (email, age)');
    expect(apply(database, [users()])).toEqual([readAll]);
    database.all('CREATE UNIQUE INDEX implied ON users (email, age)');
    expect(drift(database, users())).toEqual([]);
    database.all('CREATE UNIQUE INDEX sneaky ON users (age) WHERE age > 0');
    expect(drift(database, users())).toEqual(['the file has UNIQUE (age) WHERE age > 0, the model does not']);
  });

  it('reads the schema of a file that trusts nothing', () => {
    const database = databaseWith('PRAGMA trusted_schema = OFF');
    apply(database, [users()]);
    expect(drift(database, users({}, { strict: false }))).toEqual(['the table is STRICT, the model says not STRICT']);
  });

  it('refuses views and virtual tables', () => {
    expect(drift(databaseWith('CREATE VIEW users AS SELECT 1 AS id'), users())).toEqual([
      'it is a view, which models cannot be of yet',
    ]);
    expect(drift(databaseWith('CREATE VIRTUAL TABLE users USING fts4 (id)'), users())).toEqual([
      'it is a virtual table',
    ]);
  });

  it('compares types by what they store', () => {
    const fits = (type: string, column: object) =>
      drift(
        databaseWith(`CREATE TABLE t (id INTEGER PRIMARY KEY, c ${type})`),
        declare('t', { id: id(), c: column }, { strict: false }),
      );
    for (const type of ['VARCHAR(10)', 'NCHAR', 'clob']) expect(fits(type, text({ nullable: true }))).toEqual([]);
    for (const type of ['', 'BLOB']) expect(fits(type, blob({ nullable: true }))).toEqual([]);
    for (const type of ['BIGINT', 'POINT', 'DECIMAL(10, 2)', 'BOOLEAN'])
      expect(fits(type, integer({ nullable: true }))).toEqual([]);
    for (const type of ['DOUBLE PRECISION', 'float', 'NUMERIC'])
      expect(fits(type, real({ nullable: true }))).toEqual([]);
    // NUMERIC makes a number of a text that looks like one
    expect(fits('DATETIME', text({ nullable: true }))).toEqual(['column "c" is DATETIME, the model says TEXT']);
    expect(fits('', text({ nullable: true }))).toEqual(['column "c" is without a type, the model says TEXT']);
  });
});
