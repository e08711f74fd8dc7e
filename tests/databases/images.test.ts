import fs, {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import initSqlJs from 'sql.js';
import { describe, expect, it, vi } from 'vitest';
import {
  CannotOpenError,
  ClosedError,
  DriverUnavailableError,
  id,
  Model,
  ReadOnlyError,
  sql,
  table,
  text,
  TransactionError,
  type Generated,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { open } from 'litemodel/sqljs';
import { closedLater } from '../open-database.js';
import { fileWith, hashOf, newPath, readElsewhere, thrownBy } from './file.js';
import { compileProgram, RunningProgram } from './programs.js';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

const notesSql = 'CREATE TABLE "notes" ("id" INTEGER NOT NULL PRIMARY KEY, "title" TEXT NOT NULL) STRICT';
const titles = () => Note.all().map(({ title }) => title);
const titlesIn = (path: string) => readElsewhere(path, 'SELECT title FROM notes');

describe('an image', () => {
  it('is opened from bytes, which stay as they are', async () => {
    const raw = new BetterSqlite3(':memory:');
    raw.exec(`${notesSql}; INSERT INTO notes (title) VALUES ('elsewhere')`);
    const bytes = new Uint8Array(raw.serialize());
    raw.close();
    const before = bytes.slice();
    const db = closedLater(await open(bytes, { models: [Note] }));
    Note.create({ title: 'here' });
    expect(titles()).toEqual(['elsewhere', 'here']);
    expect(bytes).toEqual(before);
    expect(thrownBy(() => db.save())).toBeInstanceOf(TransactionError);
    expect(() => db.save()).toThrow('This database has no file to save to. Keep the bytes of serialize().');
  });

  it('is serialized as the bytes of a file, any time outside of a transaction', async () => {
    const path = newPath();
    const db = closedLater(await open(':memory:', { models: [Note] }));
    Note.create({ title: 'a' });
    const first = db.serialize();
    Note.create({ title: 'b' }); // statements, pragmas and hooks work on
    expect(db.all(sql`PRAGMA foreign_keys`)).toEqual([{ foreign_keys: 1 }]);
    writeFileSync(path, first);
    expect(titlesIn(path)).toEqual(['a']);
    const copy = closedLater(await open(db.serialize(), { alias: 'copy', models: [] }));
    expect(Note.using(copy).count()).toBe(2);
  });

  it('can be neither serialized nor saved inside a transaction, which goes on', async () => {
    const path = newPath();
    const db = closedLater(await open(path, { models: [Note] }));
    db.transaction(() => {
      Note.create({ title: 'a' });
      for (const call of [() => db.serialize(), () => db.save()]) {
        expect(thrownBy(call)).toBeInstanceOf(TransactionError);
        expect(call).toThrow('A database cannot be exported while it is in a transaction. Commit or roll back first.');
      }
      Note.create({ title: 'b' });
    });
    db.save();
    expect(titlesIn(path)).toEqual(['a', 'b']);
  });

  it('is gone after closing', async () => {
    const db = await open(newPath());
    db.close();
    expect(() => db.serialize()).toThrow(ClosedError);
    expect(() => db.save()).toThrow(ClosedError);
  });
});

describe('the file of an image', () => {
  const dieWhileSaving = compileProgram('die-while-saving');

  it('is made by saving, and read again', async () => {
    const path = newPath();
    const db = await open(path, { models: [Note] });
    Note.create({ title: 'a' });
    expect(existsSync(path)).toBe(false);
    db.save();
    expect(titlesIn(path)).toEqual(['a']);
    Note.create({ title: 'b' });
    expect(titlesIn(path)).toEqual(['a']);
    db.close();
    expect(titlesIn(path)).toEqual(['a', 'b']);
    closedLater(await open(path, { models: [Note] }));
    expect(titles()).toEqual(['a', 'b']);
    expect(readdirSync(dirname(path))).toEqual(['app.db']);
  });

  it('goes to and fro between the drivers', async () => {
    const path = newPath();
    const native = openFile(path, { models: [Note] });
    Note.create({ title: 'native' });
    native.close();
    const image = await open(path, { models: [Note] });
    Note.create({ title: 'image' });
    image.close();
    closedLater(openFile(path, { models: [Note] }));
    expect(titles()).toEqual(['native', 'image']);
  });

  it('is saved when a using block ends, and not when its opening failed', async () => {
    const path = newPath();
    {
      using db = await open(path, { models: [Note] });
      Note.using(db).create({ title: 'a' });
    }
    expect(titlesIn(path)).toEqual(['a']);
    const drifted = fileWith('CREATE TABLE notes (x)', 'drifted.db');
    const before = hashOf(drifted);
    await expect(open(drifted, { models: [Note] })).rejects.toThrow('differs from its model');
    expect(hashOf(drifted)).toBe(before);
  });

  it('gets what was committed when it is closed inside a transaction, and nothing of that', async () => {
    const path = newPath();
    const db = await open(path, { models: [Note] });
    Note.create({ title: 'committed' });
    db.begin();
    Note.create({ title: 'not yet' });
    db.close();
    expect(titlesIn(path)).toEqual(['committed']);
  });

  it('keeps the old image when writing the new one fails, and the database stays open to be saved elsewhere', async () => {
    const path = newPath();
    const db = closedLater(await open(path, { models: [Note] }));
    Note.create({ title: 'old' });
    db.save();
    const before = hashOf(path);
    Note.create({ title: 'new' });
    const renaming = vi.spyOn(fs, 'renameSync').mockImplementation(() => {
      throw new Error('ENOSPC: no space left on device');
    });
    for (const call of [() => db.save(), () => db.close()]) expect(thrownBy(call)).toBeInstanceOf(CannotOpenError);
    renaming.mockRestore();
    expect(hashOf(path)).toBe(before);
    expect(readdirSync(dirname(path))).toEqual(['app.db']); // no draft is left
    expect(db.isOpen).toBe(true);
    expect(titles()).toEqual(['old', 'new']);
    db.close();
    expect(titlesIn(path)).toEqual(['old', 'new']);
  });

  it('keeps the old image when the process dies before the new one is in its place', async () => {
    const path = newPath();
    const db = await open(path, { models: [Note] });
    Note.create({ title: 'old' });
    db.close();
    const before = hashOf(path);
    const dying = new RunningProgram(dieWhileSaving, [path]);
    expect(await dying.ended).toBe('SIGKILL');
    expect(dying.lines).toEqual(['renaming']);
    expect(hashOf(path)).toBe(before);
    closedLater(await open(path, { models: [Note] }));
    expect(titles()).toEqual(['old']);
  });

  it('stays readable by whom it was, and a link to it stays one', async () => {
    const path = newPath();
    const link = join(dirname(path), 'link.db');
    (await open(path, { models: [Note] })).close();
    chmodSync(path, 0o600);
    symlinkSync(path, link);
    const db = await open(link, { models: [Note] });
    Note.create({ title: 'through the link' });
    db.close();
    expect(titlesIn(path)).toEqual(['through the link']);
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not lost when the database is replaced by itself', async () => {
    const path = newPath();
    await open(path, { models: [Note] });
    Note.create({ title: 'of the first, not saved yet' });
    const second = await open(path, { models: [Note], replace: true });
    Note.create({ title: 'of the second' });
    second.close();
    expect(titlesIn(path)).toEqual(['of the first, not saved yet', 'of the second']);
  });

  it('cannot be a folder, nor be in one that does not exist', async () => {
    const path = newPath();
    mkdirSync(path);
    await expect(open(path)).rejects.toThrow(CannotOpenError);
    const missing = join(dirname(path), 'missing', 'app.db');
    await expect(open(missing)).rejects.toThrow(`The file ${missing} cannot be read or written.`);
  });

  it('may lose its folder: saving fails, and works again when the folder is back', async () => {
    const folder = join(dirname(newPath()), 'folder');
    const path = join(folder, 'app.db');
    mkdirSync(folder);
    const db = closedLater(await open(path, { models: [Note] }));
    Note.create({ title: 'a' });
    rmSync(folder, { recursive: true });
    for (const call of [() => db.save(), () => db.close()]) expect(call).toThrow(CannotOpenError);
    mkdirSync(folder);
    db.save();
    expect(titlesIn(path)).toEqual(['a']);
  });
});

describe('an image opened read-only', () => {
  it('takes no write, and its file is as it was', async () => {
    const path = fileWith(`${notesSql}; INSERT INTO notes (title) VALUES ('a')`);
    const before = hashOf(path);
    const db = await open(path, { models: [Note], readonly: true });
    expect(titles()).toEqual(['a']);
    for (const write of [
      () => Note.create({ title: 'b' }),
      () => Note.deleteAll(),
      () => db.execute('DROP TABLE notes'),
      () => db.transaction(() => Note.create({ title: 'c' })),
    ]) {
      expect(thrownBy(write)).toBeInstanceOf(ReadOnlyError);
    }
    expect(db.inTransaction).toBe(false);
    expect(thrownBy(() => db.save())).toBeInstanceOf(TransactionError);
    db.close();
    expect(hashOf(path)).toBe(before);
  });

  it('must exist, and have its tables', async () => {
    const path = newPath();
    await expect(open(path, { readonly: true })).rejects.toThrow(CannotOpenError);
    expect(existsSync(path)).toBe(false);
    await expect(open(fileWith('CREATE TABLE t (x)'), { readonly: true, models: [Note] })).rejects.toThrow(
      'it is missing from the file',
    );
  });
});

describe('the builds of sql.js', () => {
  it('are told apart by what they can do, as better-sqlite3 is', async () => {
    const image = closedLater(await open(':memory:'));
    const native = closedLater(openFile(':memory:', { alias: 'native' }));
    const known = { sync: true, interactiveTransactions: true, userVersion: true };
    expect(image.capabilities).toMatchObject({ ...known, driver: 'sqljs', fts5: false, attach: false, wal: false });
    expect(native.capabilities).toMatchObject({ ...known, driver: 'better-sqlite3', fts5: true, attach: true });
    const index = 'CREATE VIRTUAL TABLE search USING fts5 (title)';
    native.execute(index);
    expect(() => image.execute(index)).toThrow(
      expect.objectContaining({
        name: 'SqlError',
        message: expect.stringContaining('no such module: fts5') as string,
        hint: expect.stringMatching(/^The SQLite of this driver was built without it: .*\{ sqlJs \}\.$/) as string,
      }) as Error,
    );
  });

  it('can be given: started, or how to start one, or where its bytes are', async () => {
    const started = await initSqlJs();
    const made: unknown[] = [];
    class Watched extends (started.Database as unknown as new (image?: Uint8Array) => object) {
      constructor(image?: Uint8Array) {
        super(image);
        made.push(this);
      }
    }
    const sqlJs = { ...started, Database: Watched } as never;
    closedLater(await open(':memory:', { sqlJs, models: [Note] }));
    expect(made.length).toBeGreaterThan(0);
    Note.create({ title: 'a' });
    expect(titles()).toEqual(['a']);
    closedLater(await open(':memory:', { sqlJs: initSqlJs as never, replace: true, models: [Note] }));
    const wasmBinary = readFileSync(new URL(import.meta.resolve('sql.js/dist/sql-wasm.wasm')));
    closedLater(await open(':memory:', { wasmBinary, replace: true, models: [Note] }));
    expect(Note.count()).toBe(0);
  });
});

describe('a driver whose package is not installed', () => {
  const program = compileProgram('open-any', { withPackages: false });

  it.each([
    ['better-sqlite3', 'The package better-sqlite3 is not installed. Run "npm install better-sqlite3".'],
    ['sql.js', 'The package sql.js is not installed. Run "npm install sql.js", or pass a build of it as { sqlJs }.'],
  ])('%s is asked for by an error with the command', async (driver, message) => {
    const running = new RunningProgram(program, [driver]);
    expect(await running.ended).toBe(0);
    expect(running.lines).toEqual([`${DriverUnavailableError.name} ORM_DRIVER_UNAVAILABLE ${message}`]);
  });
});
