import { describe, expect, it } from 'vitest';
import {
  boolean,
  id,
  integer,
  Model,
  NoDatabaseError,
  SchemaDriftError,
  sql,
  table,
  text,
  type Database,
  type Generated,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { closedLater, drivers, statementsOf } from '../open-database.js';
import { fileWith, hashOf, readElsewhere, thrownBy } from './file.js';

@table('users', { indexes: [{ on: ['name'] }] })
class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @boolean({ default: true }) active!: Generated<boolean>;
}

@table('tags')
class Tag extends Model {
  @id() id!: Generated<number>;
  @text() label!: string;
}

const usersSql =
  'CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, active INTEGER NOT NULL DEFAULT 1 ' +
  'CHECK (active IN (0, 1))) STRICT; CREATE INDEX users_name_index ON users (name)';
const tagsSql = 'CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY, label TEXT NOT NULL) STRICT';

const ddlOf = (db: Database) =>
  db
    .all<{ sql: string }>(sql`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid`)
    .map((row) => row.sql);

describe.each(drivers)("the schema option on $name: 'create'", ({ open }) => {
  it('adds what is missing in one transaction, and says that it means main', async () => {
    const log: string[] = [];
    const db = await open({ models: [User, Tag], onStatement: ({ sql }) => log.push(sql) });
    expect(log.slice(log.indexOf('BEGIN'))).toEqual([
      'BEGIN',
      `SELECT type, tbl_name, sql FROM "main".sqlite_schema WHERE (type <> 'trigger' OR name LIKE '%_own_insert') AND sql IS NOT NULL`,
      'CREATE TABLE "main"."users" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "name" TEXT NOT NULL,\n' +
        '  "active" INTEGER NOT NULL DEFAULT 1 CHECK ("active" IN (0, 1))\n) STRICT',
      'CREATE INDEX "main"."users_name_index" ON "users" ("name")',
      'CREATE TABLE "main"."tags" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "label" TEXT NOT NULL\n) STRICT',
      'COMMIT',
    ]);
    expect(ddlOf(db)).toHaveLength(3);
    expect(User.create({ name: 'Ann' }).active).toBe(true);
  });

  it('is the default, also for a model that is not listed: its table comes with its first use', async () => {
    const db = await open();
    const uses = [() => Tag.using(db), () => Tag.query().limit(1).toSQL(), () => Tag.build({ label: 'x' })];
    for (const use of uses) expect(statementsOf(db, use)).toEqual([]);
    expect(ddlOf(db)).toEqual([]);
    expect(Tag.count()).toBe(0);
    expect(ddlOf(db)).toHaveLength(1);
  });

  it('changes the table of the file, where a temporary one has its name', async () => {
    const db = await open();
    db.execute('CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT');
    db.execute('CREATE TEMP TABLE users (id INTEGER PRIMARY KEY, name TEXT)');
    db.execute('ALTER TABLE users ADD COLUMN hazard');
    const columns = (schema: string) =>
      db.all<{ name: string }>(sql`SELECT name FROM pragma_table_info('users', ${schema})`).map(({ name }) => name);
    expect([columns('main'), columns('temp')]).toEqual([
      ['id', 'name'],
      ['id', 'name', 'hazard'],
    ]);
    User.count();
    expect([columns('main'), columns('temp')]).toEqual([
      ['id', 'name', 'active'],
      ['id', 'name', 'hazard'],
    ]);
    expect(ddlOf(db).at(-1)).toBe('CREATE INDEX "users_name_index" ON "users" ("name")');
  });

  it('looks at the file once, and at a table never again', async () => {
    const db = await open();
    Tag.count();
    expect(statementsOf(db, () => Tag.count())).toEqual(['SELECT count(*) FROM "tags"']);
  });

  it('creates a table again when the transaction that first used it was rolled back', async () => {
    const db = await open();
    let draft: Tag | undefined;
    const attempt = () =>
      db.transaction(() => {
        draft = Tag.create({ label: 'gone' });
        throw new Error('undo');
      });
    expect(attempt).toThrow('undo');
    expect(ddlOf(db)).toEqual([]);
    draft!.save();
    expect(ddlOf(db)).toHaveLength(1);
    expect(attempt).toThrow('undo');
    expect(Tag.all().map(({ label }) => label)).toEqual(['gone']);
  });

  it('creates it again after a savepoint, too, and before the transaction is over', async () => {
    const db = await open();
    db.transaction(() => {
      expect(() =>
        db.transaction(() => {
          Tag.create({ label: 'inner' });
          throw new Error('undo');
        }),
      ).toThrow('undo');
      Tag.create({ label: 'outer' });
    });
    expect(Tag.all().map(({ label }) => label)).toEqual(['outer']);
  });
});

describe('an existing file under create', () => {
  const opening = (path: string) => () => closedLater(openFile(path, { models: [Tag, User], journalMode: 'delete' }));

  it('is not written to when nothing is missing', () => {
    const path = fileWith(`${usersSql}; ${tagsSql}`);
    const before = hashOf(path);
    const log: string[] = [];
    openFile(path, { models: [Tag, User], journalMode: 'delete', onStatement: ({ sql }) => log.push(sql) }).close();
    expect(
      log.filter((sql) => /CREATE|ALTER|INSERT|UPDATE|DELETE/.test(sql.replace('journal_mode = delete', ''))),
    ).toEqual([]);
    expect(hashOf(path)).toBe(before);
  });

  it('is given the table, index and column that it lacks, and keeps its rows', () => {
    const path = fileWith(
      `CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT; INSERT INTO users (name) VALUES ('Ann')`,
    );
    opening(path)();
    expect(readElsewhere(path, 'SELECT sql FROM sqlite_schema ORDER BY rowid')).toEqual([
      'CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, ' +
        '"active" INTEGER NOT NULL DEFAULT 1 CHECK ("active" IN (0, 1))) STRICT',
      'CREATE TABLE "tags" (\n  "id" INTEGER NOT NULL PRIMARY KEY,\n  "label" TEXT NOT NULL\n) STRICT',
      'CREATE INDEX "users_name_index" ON "users" ("name")',
    ]);
    expect(User.all().map(({ name, active }) => [name, active])).toEqual([['Ann', true]]);
  });

  it('whose table lacks what SQLite cannot add is left alone, and the error names it', () => {
    const path = fileWith(
      `CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)))
       STRICT; INSERT INTO users (id) VALUES (1)`,
    );
    const before = hashOf(path);
    const error = thrownBy(opening(path));
    expect(error).toBeInstanceOf(SchemaDriftError);
    expect((error as Error).message).toBe(
      'Table "users" differs from its model:\n' +
        '  - column "name" is missing, and SQLite can add a NOT NULL column without a default only to an empty table\n' +
        '  - index "users_name_index" is missing\n ' +
        'Migrate the table, correct the model, or open with { schema: "off" } to look away.',
    );
    expect(hashOf(path)).toBe(before); // not even "tags", whose turn came first
    expect(() => User.count()).toThrow(NoDatabaseError);
  });

  it('is left alone as a whole when only the last of several models differs', () => {
    const path = fileWith('CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name BLOB NOT NULL) STRICT');
    const before = hashOf(path);
    expect(thrownBy(opening(path))).toMatchObject({
      table: 'users',
      differences: [
        'column "name" is BLOB, the model says TEXT',
        'column "active" is missing',
        'index "users_name_index" is missing',
      ],
    });
    expect(hashOf(path)).toBe(before);
    expect(readElsewhere(path, 'SELECT name FROM sqlite_schema')).toEqual(['users']);
  });

  it('is left alone by a model that is not listed, when its turn comes', () => {
    const path = fileWith('CREATE TABLE tags (id INTEGER NOT NULL PRIMARY KEY, label BLOB) STRICT');
    const before = hashOf(path);
    const db = closedLater(openFile(path, { journalMode: 'delete' }));
    for (const use of [() => Tag.count(), () => Tag.create({ label: 'x' }), () => Tag.count()]) {
      expect(use).toThrow(SchemaDriftError);
    }
    expect(db.inTransaction).toBe(false);
    db.close();
    expect(hashOf(path)).toBe(before);
  });
});

describe("the schema option: 'verify'", () => {
  const verifying = (script: string) => () =>
    closedLater(openFile(fileWith(script), { models: [User], schema: 'verify', journalMode: 'delete' }));

  it('takes a file that is as the model says, and writes nothing', () => {
    const path = fileWith(usersSql);
    const before = hashOf(path);
    openFile(path, { models: [User], schema: 'verify', journalMode: 'delete' }).close();
    expect(hashOf(path)).toBe(before);
  });

  it.each([
    ['a missing table', 'CREATE TABLE other (x)', ['it is missing from the file']],
    ['a missing index', `${usersSql}; DROP INDEX users_name_index`, ['index "users_name_index" is missing']],
    [
      'a missing column',
      'CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT; CREATE INDEX i ON users (name)',
      ['column "active" is missing'],
    ],
  ])('refuses %s that create would add', (_, script, differences) => {
    expect(thrownBy(verifying(script))).toMatchObject({ code: 'ORM_SCHEMA_DRIFT', table: 'users', differences });
  });

  it('holds for a model that is not listed, too', () => {
    closedLater(openFile(':memory:', { schema: 'verify' }));
    expect(thrownBy(() => Tag.count())).toMatchObject({ table: 'tags', differences: ['it is missing from the file'] });
  });
});

describe("the schema option: 'off'", () => {
  it('reads nothing of the schema, and SQLite says what does not fit', () => {
    const log: string[] = [];
    const path = fileWith('CREATE TABLE tags (id INTEGER PRIMARY KEY)');
    closedLater(openFile(path, { models: [User, Tag], schema: 'off', onStatement: ({ sql }) => log.push(sql) }));
    expect(log.every((sql) => sql.startsWith('PRAGMA '))).toBe(true);
    expect(() => Tag.all()).toThrow('no such column: "label"');
    expect(() => User.all()).toThrow('no such table: users');
    expect(Tag.count()).toBe(0);
  });
});

describe('a table that lacks a column', () => {
  @table('people')
  class Person extends Model {
    @id() id!: Generated<number>;
    @integer() age!: number;
  }

  it('is a drift with its name, and not "no such column" later', () => {
    const path = fileWith(
      'CREATE TABLE people (id INTEGER NOT NULL PRIMARY KEY) STRICT; INSERT INTO people VALUES (1)',
    );
    expect(thrownBy(() => openFile(path, { models: [Person] }))).toMatchObject({
      name: 'SchemaDriftError',
      table: 'people',
      differences: [
        'column "age" is missing, and SQLite can add a NOT NULL column without a default only to an empty table',
      ],
    });
  });
});
