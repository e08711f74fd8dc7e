import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import {
  CannotOpenError,
  ClosedError,
  id,
  Model,
  NoDatabaseError,
  NotADatabaseError,
  ReadOnlyError,
  SchemaDriftError,
  sql,
  SqlError,
  table,
  text,
  UnsupportedError,
  type Generated,
  type PragmaOptions,
  type StatementEvent,
} from 'litemodel';
import { open, type RawDatabaseConstructor } from 'litemodel/better-sqlite3';
import { open as openNode } from 'litemodel/node-sqlite';
import { open as openWasm } from 'litemodel/sqlite-wasm';
import { open as openSqlJs } from 'litemodel/sqljs';
import { closedLater, drivers, statementsOf } from '../open-database.js';
import { fileWith, hashOf, newPath, rawConnection, readElsewhere, thrownBy } from './file.js';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

const notesSql = 'CREATE TABLE "notes" ("id" INTEGER NOT NULL PRIMARY KEY, "title" TEXT NOT NULL) STRICT';

/** SQLite before 3.54 makes 0 of a busy timeout beyond 32 bits; later it keeps the one before, better-sqlite3's 5,000. */
const tooLongBecomes = String(new BetterSqlite3(':memory:').pragma('busy_timeout = 3000000000', { simple: true }));

describe('the pragmas of an opened file', () => {
  it('are set before anything else, the busy timeout first, and read back', () => {
    const log: string[] = [];
    closedLater(open(newPath(), { models: [Note], onStatement: ({ sql }) => log.push(sql) }));
    expect(log.slice(0, 17)).toEqual([
      'PRAGMA busy_timeout = 5000',
      'PRAGMA journal_mode',
      'PRAGMA page_count',
      'PRAGMA journal_mode = wal',
      'PRAGMA synchronous = normal',
      'PRAGMA foreign_keys = ON',
      'PRAGMA recursive_triggers = ON',
      'PRAGMA trusted_schema = OFF',
      'PRAGMA journal_size_limit = 67108864',
      'PRAGMA journal_mode',
      'PRAGMA synchronous',
      'PRAGMA foreign_keys',
      'PRAGMA recursive_triggers',
      'PRAGMA trusted_schema',
      'PRAGMA busy_timeout',
      'PRAGMA journal_size_limit',
      'BEGIN',
    ]);
  });

  it('are those that keep data safe unless said otherwise', () => {
    const db = closedLater(open(newPath()));
    expect(db.pragmas).toEqual({
      journalMode: 'wal',
      synchronous: 'normal',
      foreignKeys: true,
      recursiveTriggers: true,
      trustedSchema: false,
      busyTimeout: 5000,
      journalSizeLimit: 67_108_864,
    });
    const asked = (name: string) => Object.values(db.first(sql`PRAGMA ${sql.raw(name)}`)!)[0];
    const names = ['journal_mode', 'synchronous', 'foreign_keys', 'recursive_triggers', 'trusted_schema'];
    expect([...names, 'busy_timeout', 'journal_size_limit'].map(asked)).toEqual(['wal', 1, 1, 1, 0, 5000, 67_108_864]);
  });

  it.each<[PragmaOptions, string, unknown]>([
    [{ journalMode: 'delete' }, 'journal_mode', 'delete'],
    [{ journalMode: 'truncate' }, 'journal_mode', 'truncate'],
    [{ journalMode: 'persist' }, 'journal_mode', 'persist'],
    [{ journalMode: 'memory' }, 'journal_mode', 'memory'],
    [{ synchronous: 'off' }, 'synchronous', 0],
    [{ synchronous: 'full' }, 'synchronous', 2],
    [{ synchronous: 'extra' }, 'synchronous', 3],
    [{ foreignKeys: false }, 'foreign_keys', 0],
    [{ recursiveTriggers: false }, 'recursive_triggers', 0],
    [{ trustedSchema: true }, 'trusted_schema', 1],
    [{ busyTimeout: 0 }, 'busy_timeout', 0],
    [{ busyTimeout: 250 }, 'busy_timeout', 250],
    [{ journalSizeLimit: -1 }, 'journal_size_limit', -1],
    [{ cacheSize: -20_000 }, 'cache_size', -20_000],
  ])('%o is in force', (options, pragma, value) => {
    const db = closedLater(open(newPath(), options));
    expect(Object.values(db.first(sql`PRAGMA ${sql.raw(pragma)}`)!)).toEqual([value]);
    expect(db.pragmas).toMatchObject('cacheSize' in options ? {} : options);
  });

  it('of a file that is in WAL mode survive in it, and can be changed back', () => {
    const path = newPath();
    open(path).close();
    expect(readElsewhere(path, 'PRAGMA journal_mode')).toEqual(['wal']);
    open(path, { journalMode: 'delete' }).close();
    expect(readElsewhere(path, 'PRAGMA journal_mode')).toEqual(['delete']);
  });

  it.each<[PragmaOptions, string]>([
    [
      { journalMode: 'delete; DROP TABLE notes' as 'delete' },
      'journalMode is one of wal, delete, truncate, persist, memory, off. Give it as one of them.',
    ],
    [{ synchronous: '0); --' as 'off' }, 'synchronous is one of off, normal, full, extra. Give it as one of them.'],
    [{ busyTimeout: 1.5 }, 'busyTimeout is a whole number. Give it as one.'],
    [{ busyTimeout: '5; DROP TABLE notes' as never }, 'busyTimeout is a whole number. Give it as one.'],
    [{ cacheSize: Number.NaN }, 'cacheSize is a whole number. Give it as one.'],
    [{ journalSizeLimit: Infinity }, 'journalSizeLimit is a whole number. Give it as one.'],
    [
      { busyTimeout: -1 },
      'This database does not take busyTimeout = -1; it stays 0. Leave the option out, or use a build and a file system that support it.',
    ],
    [
      { busyTimeout: 3_000_000_000 },
      `This database does not take busyTimeout = 3000000000; it stays ${tooLongBecomes}. Leave the option out, or use a build and a file system that support it.`,
    ],
    [
      { foreignKeys: 'OFF' as never },
      'This database does not take foreignKeys = OFF; it stays true. Leave the option out, or use a build and a file system that support it.',
    ],
  ])('refuse %o, and the file is as it was', (options, message) => {
    const path = fileWith(`${notesSql}; INSERT INTO notes (title) VALUES ('kept')`);
    const before = hashOf(path);
    const error = thrownBy(() => open(path, { ...options, journalMode: options.journalMode ?? 'delete' }));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect((error as Error).message).toBe(message);
    expect(hashOf(path)).toBe(before);
    closedLater(open(path)); // the alias is free, too
  });
});

describe.each(drivers)('in memory on $name', ({ open }) => {
  it('a database is not asked for WAL, and has everything else', async () => {
    const log: string[] = [];
    const db = await open({ onStatement: ({ sql }) => log.push(sql) });
    expect(log[0]).toBe('PRAGMA busy_timeout = 5000');
    expect(log).not.toContain('PRAGMA journal_mode = wal');
    expect(db.pragmas).toEqual({
      journalMode: 'memory',
      synchronous: 'normal',
      foreignKeys: true,
      recursiveTriggers: true,
      trustedSchema: false,
      busyTimeout: 5000,
      journalSizeLimit: 67_108_864,
    });
  });

  it('a journal mode that it cannot have is refused, and the alias stays free', async () => {
    await expect(open({ journalMode: 'wal' })).rejects.toThrow(
      'This database does not take journalMode = wal; it stays memory.',
    );
    await open();
  });

  it('foreign keys are enforced, or not where that was asked for', async () => {
    const script = 'CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a); INSERT INTO b VALUES (1)';
    const enforcing = await open({ alias: 'enforcing' });
    expect(() => enforcing.execute(script)).toThrow('A foreign key fails');
    const lenient = await open({ alias: 'lenient', foreignKeys: false });
    lenient.execute(script);
  });

  it('a delete trigger fires for the row that REPLACE takes away', async () => {
    const db = await open();
    db.execute(`CREATE TABLE t (x UNIQUE); CREATE TABLE gone (x);
      CREATE TRIGGER t_deleted AFTER DELETE ON t BEGIN INSERT INTO gone VALUES (old.x); END;
      INSERT INTO t VALUES (1); REPLACE INTO t VALUES (1)`);
    expect(db.all(sql`SELECT x FROM gone`)).toEqual([{ x: 1 }]);
  });
});

describe('a file opened read-only', () => {
  const modes = ['delete', 'wal'];

  it.each(modes)('is byte for byte what it was before, in %s mode', (mode) => {
    const path = fileWith(`PRAGMA journal_mode = ${mode}; ${notesSql}; INSERT INTO notes (title) VALUES ('first')`);
    const before = hashOf(path);
    const db = open(path, { readonly: true, models: [Note] });
    expect(Note.findById(1)?.title).toBe('first');
    expect(Note.filter({ title: 'first' }).count()).toBe(1);
    db.close();
    expect(hashOf(path)).toBe(before);
    expect(existsSync(`${path}-journal`)).toBe(false);
  });

  it.each(modes)('refuses every write, in %s mode', (mode) => {
    const path = fileWith(`PRAGMA journal_mode = ${mode}; ${notesSql}; INSERT INTO notes (title) VALUES ('first')`);
    const db = closedLater(open(path, { readonly: true, models: [Note] }));
    expect(() => Note.create({ title: 'second' })).toThrow(ReadOnlyError);
    expect(() => Note.deleteAll()).toThrow(ReadOnlyError);
    expect(() => db.execute('DROP TABLE notes')).toThrow(ReadOnlyError);
    expect(() => db.transaction(() => Note.create({ title: 'third' }))).toThrow(ReadOnlyError);
    expect(db.inTransaction).toBe(false);
    expect(Note.all().map(({ title }) => title)).toEqual(['first']);
  });

  it('verifies its tables instead of creating them', () => {
    const path = fileWith('CREATE TABLE other (x)');
    const before = hashOf(path);
    const error = thrownBy(() => open(path, { readonly: true, models: [Note], schema: 'create' }));
    expect(error).toMatchObject({
      code: 'ORM_SCHEMA_DRIFT',
      table: 'notes',
      differences: ['it is missing from the file'],
    });
    expect(hashOf(path)).toBe(before);
    closedLater(open(path, { readonly: true, models: [Note], schema: 'off' }));
    expect(() => Note.count()).toThrow(SqlError);
  });

  it('must exist', () => {
    const path = newPath();
    expect(() => open(path, { readonly: true })).toThrow(CannotOpenError);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a path that cannot be opened', () => {
  it('is named by the error, and nothing is created', () => {
    const path = join(dirname(newPath()), 'no', 'such', 'folder', 'app.db');
    const error = thrownBy(() => open(path));
    expect(error).toBeInstanceOf(CannotOpenError);
    expect((error as Error).message).toContain(path);
    expect(existsSync(dirname(path))).toBe(false);
  });

  it.each([
    ['', 'The path of the database is empty.'],
    [undefined, 'A path is a string, not undefined.'],
    [null, 'A path is a string, not null.'],
    [new URL('file:///app.db'), 'A path is a string, not an instance of URL.'],
    ['app.db\0.bak', 'The path of the database has a NUL character.'],
  ])('is %j, of which SQLite would make a temporary database, or another file', async (given, message) => {
    const path = given as string;
    const hint = 'Give the path of a file, or ":memory:" for a database without one.';
    const refused = expect.objectContaining({ name: 'CannotOpenError', message: `${message} ${hint}` }) as Error;
    expect(() => open(path)).toThrow(refused);
    await expect(open(path, { workers: { readers: 0 } })).rejects.toThrow(refused);
    await expect(openSqlJs(path)).rejects.toThrow(refused);
    await expect(openWasm(path)).rejects.toThrow(refused);
    expect(() => openNode(path)).toThrow(refused);
    const db = closedLater(open(':memory:'));
    expect(() => db.attach(path, 'other')).toThrow(refused);
    expect(db.all(sql`SELECT name FROM pragma_database_list`)).toEqual([{ name: 'main' }]);
  });

  it('can be asked to exist', () => {
    const path = newPath();
    expect(() => open(path, { fileMustExist: true })).toThrow(CannotOpenError);
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['better-sqlite3', async (path: string) => open(path, { models: [Note] })],
    ['sql.js', async (path: string) => openSqlJs(path, { models: [Note] })],
  ])('is no database: %s says so, and leaves the file and the alias', async (_, openIt) => {
    const path = newPath('letter.txt');
    writeFileSync(path, 'Dear reader,\n'.repeat(200));
    const before = hashOf(path);
    await expect(openIt(path)).rejects.toThrow(NotADatabaseError);
    expect(hashOf(path)).toBe(before);
    expect(readdirSync(dirname(path))).toEqual(['letter.txt']);
    expect(() => Note.count()).toThrow(NoDatabaseError);
    closedLater(open(':memory:', { models: [Note] }));
    expect(Note.count()).toBe(0);
  });
});

describe('an option that is misspelt', () => {
  it('is refused, and nothing is made', () => {
    const path = newPath();
    expect(() => open(path, { models: [Note], schema: 'Verify' as 'verify' })).toThrow(
      new UnsupportedError('schema is one of create, verify, off.', 'Give it as one of them.'),
    );
    expect(() => open(path, { journalMode: 'WAL' as 'wal' })).toThrow('journalMode is one of wal, delete');
    expect(() => open(path, { models: Note as never })).toThrow('models is an array of models. Give it as one.');
    for (const alias of ['', 5 as never])
      expect(() => open(path, { alias })).toThrow('An alias is a name. Give it as a text.');
    expect(() => open(path, { onStatement: 5 as never })).toThrow('onStatement takes a function.');
    for (const [name, meant] of [
      ['readOnly', 'readonly'],
      ['shema', 'schema'],
      ['busyTimout', 'busyTimeout'],
    ] as const) {
      expect(() => open(path, { [name]: true })).toThrow(
        new UnsupportedError(`open() has no option "${name}".`, `Did you mean "${meant}"?`),
      );
    }
    expect(existsSync(path) && statSync(path).size > 0).toBe(false);
    closedLater(open(path, { somebodyElses: 1 } as object));
  });
});

describe('an open that fails', () => {
  it.runIf(existsSync('/proc/self/fd'))('leaves no handle of the file open, and no lock', () => {
    const path = fileWith('CREATE TABLE notes (id INTEGER PRIMARY KEY, title BLOB)');
    const handles = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
        } catch {
          return false; // the folder's own handle is gone by now
        }
      });
    const kept = closedLater(open(path, { alias: 'kept' }));
    expect(handles()).not.toEqual([]); // the test can see them
    kept.close();
    expect(() => open(path, { models: [Note] })).toThrow(SchemaDriftError);
    expect(handles()).toEqual([]);
    expect(existsSync(`${path}-wal`)).toBe(false);
    rawConnection(path).exec('BEGIN EXCLUSIVE; COMMIT');
  });

  it('leaves the alias and the models free', () => {
    expect(() => open(fileWith('CREATE TABLE notes (x)'), { models: [Note] })).toThrow(SchemaDriftError);
    expect(() => Note.count()).toThrow(NoDatabaseError);
    closedLater(open(':memory:', { models: [Note] }));
    expect(Note.count()).toBe(0);
  });

  it('is what a listener that was given along hears of, too', () => {
    const events: StatementEvent[] = [];
    expect(() =>
      open(fileWith('CREATE TABLE notes (x)'), { models: [Note], onStatement: (event) => events.push(event) }),
    ).toThrow(SchemaDriftError);
    expect(events.length).toBeGreaterThan(0);
    expect(events.map(({ sql }) => sql)).not.toContain('PRAGMA journal_mode = wal');
  });

  it('because a table differs leaves a file that is not in WAL mode as it was, to the byte', () => {
    const path = fileWith('CREATE TABLE notes (x)');
    const before = readFileSync(path);
    expect(() => open(path, { models: [Note] })).toThrow(SchemaDriftError);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readElsewhere(path, 'PRAGMA journal_mode')).toEqual(['delete']);
  });

  it('because SQLite is too old says which it has and which is needed', () => {
    class Old extends (BetterSqlite3 as RawDatabaseConstructor) {
      override prepare(text: string) {
        return super.prepare(text === 'SELECT sqlite_version()' ? `SELECT '3.37.2'` : text);
      }
    }
    const path = newPath();
    const error = thrownBy(() => open(path, { Database: Old }));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect((error as Error).message).toBe(
      'This driver has SQLite 3.37.2, which is older than 3.38.0. ' +
        'Update the driver: STRICT tables, RETURNING and the JSON operators are newer.',
    );
    expect(statSync(path).size).toBe(0); // nothing was written
  });
});

describe.each(drivers)('closing on $name', ({ open }) => {
  it('makes every later call fail, and closing again does nothing', async () => {
    const db = await open({ models: [Note] });
    const note = Note.create({ title: 'kept by whoever has it' });
    const query = Note.filter({ title: 'x' });
    db.close();
    expect(db.isOpen).toBe(false);
    db.close();
    const calls: (() => unknown)[] = [
      () => db.all(sql`SELECT 1`),
      () => db.run(sql`DELETE FROM notes`),
      () => db.execute('SELECT 1'),
      () => db.transaction(() => 1),
      () => db.begin(),
      () => db.table('notes'),
      () => Note.using(db).count(),
      () => note.reload(),
      () => note.delete(),
    ];
    for (const call of calls) {
      expect(call).toThrow(ClosedError);
      expect(call).toThrow('The database "default" is closed. Open it again with open().');
    }
    expect(() => Note.count()).toThrow(NoDatabaseError);
    expect(() => query.all()).toThrow(NoDatabaseError);
    expect(db.inTransaction).toBe(false);
  });

  it('happens at the end of a using block', async () => {
    const opened = await open({ models: [Note] });
    {
      using db = opened;
      expect(db.isOpen).toBe(true);
    }
    expect(() => opened.all(sql`SELECT 1`)).toThrow(ClosedError);
    expect(() => {
      using db = opened;
      throw new Error(`left early, ${String(db.isOpen)}`);
    }).toThrow('left early, false');
  });

  it('lets the planner learn, unless the database is in a transaction that is thrown away', async () => {
    const db = await open();
    expect(statementsOf(db, () => db.close())).toEqual(['PRAGMA optimize']);
    const busy = await open();
    busy.begin();
    expect(statementsOf(busy, () => busy.close())).toEqual(['ROLLBACK', 'PRAGMA optimize']);
  });
});

describe('closing a file', () => {
  it.runIf(existsSync('/proc/self/fd'))('leaves no handle of it open', () => {
    const path = newPath();
    const handles = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
        } catch {
          return false; // that of the listing itself
        }
      });
    {
      using db = open(path, { models: [Note] });
      Note.create({ title: 'a' });
      expect(db.all(sql`SELECT title FROM notes`)).toEqual([{ title: 'a' }]);
      expect(handles()).not.toEqual([]);
    }
    expect(handles()).toEqual([]);
  });

  it('empties the WAL into it, and takes the files beside it away', () => {
    const path = newPath();
    const db = open(path, { models: [Note] });
    Note.create({ title: 'in the WAL' });
    expect(existsSync(`${path}-wal`)).toBe(true);
    db.close();
    expect(readdirSync(dirname(path))).toEqual(['app.db']);
    expect(readElsewhere(path, 'SELECT title FROM notes')).toEqual(['in the WAL']);
  });

  it('rolls back a transaction that is open', () => {
    const path = newPath();
    const db = open(path, { models: [Note] });
    db.begin();
    Note.create({ title: 'not committed' });
    db.close();
    expect(readElsewhere(path, 'SELECT count(*) FROM notes')).toEqual([0]);
  });

  it('does not write to one that was opened read-only', () => {
    const path = fileWith(notesSql);
    const db = open(path, { readonly: true });
    expect(statementsOf(db, () => db.close())).toEqual([]);
  });
});
