import { existsSync, statSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AlreadyOpenError,
  AmbiguousDatabaseError,
  ClosedError,
  id,
  Model,
  NoDatabaseError,
  sql,
  table,
  text,
  type Database,
  type Generated,
  type OpenOptions,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { closedLater, drivers, statementsOf } from '../open-database.js';
import { newPath, readElsewhere, thrownBy } from './file.js';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

@table('entries', { database: 'logs' })
class Entry extends Model {
  @id() id!: Generated<number>;
  @text() line!: string;
}

const titles = (db: Database): unknown[] => db.all(sql`SELECT title FROM notes`).map((row) => Object.values(row)[0]);

describe.each(drivers)('aliases on $name', ({ open }) => {
  it("make the first database the default one, under the name 'default'", async () => {
    const db = await open();
    expect(db.alias).toBe('default');
    Note.create({ title: 'here' });
    expect(titles(db)).toEqual(['here']);
  });

  it('are taken once: a second open throws, and the first stays what it was', async () => {
    const db = await open({ alias: 'notes', models: [Note] });
    await expect(open({ alias: 'notes' })).rejects.toThrow(AlreadyOpenError);
    await expect(open({ alias: 'notes' })).rejects.toThrow(
      'A database is already open as "notes". Close it first, open this one with another alias, or pass { replace: true }.',
    );
    expect(db.isOpen).toBe(true);
    Note.create({ title: 'still here' });
    expect(titles(db)).toEqual(['still here']);
  });

  it('are given on with replace, which closes the database that had it', async () => {
    const first = await open({ models: [Note] });
    Note.create({ title: 'in the first' });
    const second = await open({ models: [Note], replace: true });
    expect([first.isOpen, second.isOpen]).toEqual([false, true]);
    expect(Note.count()).toBe(0);
    expect(() => first.all(sql`SELECT 1`)).toThrow(ClosedError);
    first.close(); // which must not take the alias from the second
    expect(Note.count()).toBe(0);
    await open({ alias: 'unused', replace: true });
  });

  it('stay with the first when what was to replace it cannot be opened', async () => {
    const first = await open({ models: [Note] });
    await expect(open({ replace: true, journalMode: 'wal' })).rejects.toThrow('journalMode');
    expect(first.isOpen).toBe(true);
    expect(Note.count()).toBe(0);
  });

  it('are free again after closing', async () => {
    (await open({ models: [Note] })).close();
    const db = await open({ models: [Note] });
    Note.create({ title: 'in the second' });
    expect(titles(db)).toEqual(['in the second']);
  });
});

describe('an open that is refused for its alias', () => {
  it('has not touched the file', () => {
    const path = newPath();
    closedLater(openFile(':memory:'));
    expect(() => openFile(path, { models: [Note] })).toThrow(AlreadyOpenError);
    expect(existsSync(path) ? statSync(path).size : 0).toBe(0);
  });

  it('is about the alias and not about the file, which may be open twice', () => {
    const path = newPath();
    const one = closedLater(openFile(path, { models: [Note], alias: 'one' }));
    const two = closedLater(openFile(path, { alias: 'two' }));
    Note.create({ title: 'written by one' });
    expect([titles(one), titles(two)]).toEqual([['written by one'], ['written by one']]);
  });
});

describe.each(drivers)('a model on $name', ({ open }) => {
  const openAs = (alias: string, options: OpenOptions = {}) => open({ alias, ...options });

  it('has no database before one is open, and the error says how to open one', async () => {
    expect(thrownBy(() => Note.count())).toBeInstanceOf(NoDatabaseError);
    expect(() => Note.count()).toThrow(
      'No database is open for Note. Call open(path, { models: [Note] }), or say Note.using(db).',
    );
    expect(() => Entry.count()).toThrow(
      'No database is open for Entry. Call open(path, { models: [Entry] }) or open one as "logs", or say Entry.using(db).',
    );
    const query = Note.filter({ title: 'x' }); // which needs none yet
    const note = Note.build({ title: 'x' });
    expect(() => note.save()).toThrow(NoDatabaseError);
    await open({ models: [Note] });
    note.save();
    expect(query.count()).toBe(1);
  });

  it('stands where it is listed', async () => {
    await open();
    const archive = await openAs('archive', { models: [Note] });
    Note.create({ title: 'listed' });
    expect(titles(archive)).toEqual(['listed']);
  });

  it('stands in the database that its table names, if none lists it', async () => {
    const main = await open({ models: [Note] });
    const logs = await openAs('logs');
    Entry.create({ line: 'started' });
    expect(logs.all(sql`SELECT line FROM entries`)).toEqual([{ line: 'started' }]);
    expect(main.all(sql`SELECT name FROM sqlite_schema`)).toEqual([{ name: 'notes' }]);
  });

  it('stands in neither of two that list it, unless one of them is its own', async () => {
    await openAs('a', { models: [Note, Entry] });
    const logs = await openAs('logs', { models: [Note, Entry] });
    expect(thrownBy(() => Note.count())).toBeInstanceOf(AmbiguousDatabaseError);
    expect(() => Note.count()).toThrow(
      'Note is in several open databases: a, logs. ' +
        'Say which with Note.using(db), or with @table(name, { database: alias }).',
    );
    Entry.create({ line: 'in logs' });
    expect(Entry.using(logs).count()).toBe(1);
    const main = await open({ models: [Note] });
    Note.create({ title: 'in the default one' });
    expect(titles(main)).toEqual(['in the default one']);
  });

  it('stands elsewhere for one call with using', async () => {
    const main = await open({ models: [Note] });
    const archive = await openAs('archive', { models: [] });
    const Archived = Note.using(archive);
    const old = Archived.create({ title: 'old' });
    Note.create({ title: 'new' });
    expect(old).toBeInstanceOf(Note);
    expect([titles(main), titles(archive)]).toEqual([['new'], ['old']]);
    expect(Archived.findById(1)?.title).toBe('old');
    expect(Note.findById(1)?.title).toBe('new');
    expect(Archived.filter({ title: 'old' }).count()).toBe(1);
    old.title = 'older'; // an instance stays with the database that it came from
    expect(statementsOf(main, () => old.save())).toEqual([]);
    expect(titles(archive)).toEqual(['older']);
    old.delete();
    expect([titles(main), titles(archive)]).toEqual([['new'], []]);
  });

  it('is found anew whenever databases come and go', async () => {
    const first = await open({ models: [Note] });
    const query = Note.query();
    Note.create({ title: 'in the first' });
    first.close();
    expect(() => query.all()).toThrow(NoDatabaseError);
    const second = await open({ models: [Note] });
    Note.create({ title: 'in the second' });
    expect(query.all().map(({ title }) => title)).toEqual(['in the second']);
    second.close();
    await open({ models: [Note], alias: 'other' });
    expect(query.count()).toBe(0);
  });

  it('leaves the instances of a closed database behind, rather than write them elsewhere', async () => {
    const first = await open({ models: [Note] });
    const note = Note.create({ title: 'of the first' });
    first.close();
    const second = await open({ models: [Note] });
    Note.create({ title: 'of the second' });
    note.title = 'changed';
    expect(() => note.save()).toThrow(ClosedError);
    expect(() => note.delete()).toThrow(ClosedError);
    expect(titles(second)).toEqual(['of the second']);
  });
});

describe('two modules', () => {
  it('share the default database', async () => {
    closedLater(openFile(':memory:', { models: [Note] }));
    const again = (await import('litemodel')).Model;
    expect(again).toBe(Model);
    Note.create({ title: 'x' });
    expect(Note.count()).toBe(1);
  });
});

describe('two files', () => {
  let files: [string, string];
  beforeEach(() => {
    files = [newPath('app.db'), newPath('logs.db')];
    closedLater(openFile(files[0], { models: [Note] }));
    closedLater(openFile(files[1], { models: [Entry], alias: 'logs' }));
  });

  it('each hold the rows of their model', () => {
    Note.create({ title: 'a note' });
    Entry.create({ line: 'a line' });
    expect(Note.findById(1)?.title).toBe('a note');
    expect(Entry.findById(1)?.line).toBe('a line');
    expect(readElsewhere(files[0], 'SELECT name FROM sqlite_schema')).toEqual(['notes']);
    expect(readElsewhere(files[1], 'SELECT name FROM sqlite_schema')).toEqual(['entries']);
  });
});
