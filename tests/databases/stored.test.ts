import { describe, expect, it, onTestFinished } from 'vitest';
import {
  DatabaseLockedError,
  DiskFullError,
  TransactionQueueError,
  id,
  Model,
  ReadOnlyError,
  sql,
  table,
  text,
  type Generated,
  type OpenOptions,
} from 'litemodel';
import { open, type ImageStorage, type StoredDatabase, type StoreOptions } from 'litemodel/sqljs';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

/** A storage in memory that takes as long as it is told to, and fails when it is told to. */
class Shelf implements ImageStorage {
  readonly writes: number[] = [];
  failure: Error | undefined;
  image: Uint8Array | undefined;
  #version = 0;
  #isLocked = false;
  #writing = false;

  async lock() {
    if (this.#isLocked) return undefined;
    this.#isLocked = true;
    let version = this.#version;
    return {
      read: () => this.read(),
      write: async (image: Uint8Array) => {
        version = await this.#write(image, version);
      },
      release: () => {
        if (this.#writing) throw new Error('Released in the middle of a write.');
        this.#isLocked = false;
      },
    };
  }

  async read() {
    return this.image;
  }

  async #write(image: Uint8Array, replaced: number): Promise<number> {
    if (this.#writing) throw new Error('Two writes at once.');
    this.#writing = true;
    await new Promise((resolve) => setTimeout(resolve, 2));
    this.#writing = false;
    if (this.failure !== undefined) throw this.failure;
    if (replaced !== this.#version) throw new DatabaseLockedError('Replaced.', 'Open it again.');
    this.image = image;
    this.writes.push(image.length);
    return ++this.#version;
  }

  /** Another page that does not care for locks. */
  intrude(image: Uint8Array): void {
    this.image = image;
    this.#version++;
  }
}

async function openNotes(storage: ImageStorage, options: OpenOptions & StoreOptions = {}) {
  const db = await open('notes', { storage, models: [Note], saveDelay: 5, ...options });
  onTestFinished(async () => db.close({ save: false }));
  return db;
}

async function titlesOf(storage: Shelf): Promise<string[]> {
  const db = await open(storage.image!, { alias: 'copy', models: [Note] });
  const titles = Note.using(db).query().orderBy('id').pluck('title');
  db.close();
  return titles;
}

const saved = async (db: StoredDatabase) => {
  while (db.isDirty) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('a database that a storage keeps', () => {
  it('is saved by itself after changes, and is there when it is opened again', async () => {
    const shelf = new Shelf();
    const db = await openNotes(shelf);
    Note.create({ title: 'kept' });
    expect(db.isDirty).toBe(true);
    await saved(db);
    expect(await titlesOf(shelf)).toEqual(['kept']);
    await db.close();
    await openNotes(shelf);
    expect(Note.query().pluck('title')).toEqual(['kept']);
  });

  it('saves many changes once', async () => {
    const shelf = new Shelf();
    const db = await openNotes(shelf);
    await db.flush();
    for (let n = 0; n < 100; n++) Note.create({ title: `${n}` });
    await saved(db);
    expect(shelf.writes).toHaveLength(2);
    expect(await titlesOf(shelf)).toHaveLength(100);
  });

  it('does not save what was only read, loaded or undone', async () => {
    const shelf = new Shelf();
    const first = await openNotes(shelf);
    Note.create({ title: 'a' });
    await first.close();
    const writes = shelf.writes.length;
    const db = await openNotes(shelf);
    Note.all();
    db.all(sql`SELECT * FROM notes`);
    expect(() =>
      db.transaction(() => {
        Note.create({ title: 'b' });
        throw new Error('undo');
      }),
    ).toThrow('undo');
    await db.flush();
    expect(shelf.writes).toHaveLength(writes);
  });

  it('never saves what is not committed', async () => {
    const shelf = new Shelf();
    const db = await openNotes(shelf);
    Note.create({ title: 'committed' });
    const tx = db.begin();
    Note.create({ title: 'not yet' });
    const flushed = db.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(shelf.image).toBeUndefined();
    tx.commit();
    await flushed;
    expect(await titlesOf(shelf)).toEqual(['committed', 'not yet']);
  });

  it('does not say that it is saved while a transaction keeps it from being', async () => {
    const db = await openNotes(new Shelf(), { queueTimeout: 20 });
    Note.create({ title: 'committed' });
    const tx = db.begin();
    await expect(db.flush()).rejects.toThrow(TransactionQueueError);
    expect(db.isDirty).toBe(true);
    tx.rollBack();
    await db.flush();
    expect(db.isDirty).toBe(false);
  });

  it('saves what is written while it is being closed, and never gives it back in the middle of a write', async () => {
    const shelf = new Shelf();
    const db = await openNotes(shelf);
    Note.create({ title: 'first' });
    const closing = db.close();
    Note.create({ title: 'second' });
    await closing;
    expect(await titlesOf(shelf)).toEqual(['first', 'second']);
    const again = await openNotes(shelf);
    Note.create({ title: 'third' });
    const flushing = again.flush();
    await again.close({ save: false });
    await flushing;
    expect(await titlesOf(shelf)).toEqual(['first', 'second', 'third']);
  });

  it('is saved and closed where another database takes its alias', async () => {
    const shelf = new Shelf();
    await openNotes(shelf);
    Note.create({ title: 'first' });
    await openNotes(shelf, { replace: true });
    Note.create({ title: 'second' });
    const memory = await open(':memory:', { replace: true, models: [Note] });
    onTestFinished(() => memory.close());
    expect([await titlesOf(shelf), Note.count()]).toEqual([['first', 'second'], 0]);
  });

  it('saves again what was changed while it was being saved', async () => {
    const shelf = new Shelf();
    const db = await openNotes(shelf);
    Note.create({ title: 'first' });
    const flushing = db.flush();
    Note.create({ title: 'second' });
    await flushing;
    await saved(db);
    expect(await titlesOf(shelf)).toEqual(['first', 'second']);
  });

  it('tells that it could not be saved, and saves later', async () => {
    const shelf = new Shelf();
    const errors: unknown[] = [];
    const db = await openNotes(shelf, { onSaveError: (error) => errors.push(error) });
    shelf.failure = new DiskFullError({ sqliteCode: 'SQLITE_FULL' });
    Note.create({ title: 'a' });
    await expect(db.flush()).rejects.toThrow(DiskFullError);
    Note.create({ title: 'b' });
    while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(errors[0]).toBeInstanceOf(DiskFullError);
    await expect(db.close()).rejects.toThrow(DiskFullError);
    expect([db.isOpen, Note.count()]).toEqual([true, 2]);
    shelf.failure = undefined;
    await db.close();
    expect(db.isOpen).toBe(false);
    expect(await titlesOf(shelf)).toEqual(['a', 'b']);
  });

  it('is refused while another page has it, or read only (DL-28)', async () => {
    const shelf = new Shelf();
    const db = await openNotes(shelf);
    Note.create({ title: 'a' });
    await db.flush();
    await expect(openNotes(shelf, { alias: 'second' })).rejects.toThrow(DatabaseLockedError);
    const second = await openNotes(shelf, { alias: 'second', whenLocked: 'readonly' });
    expect(Note.using(second).count()).toBe(1);
    expect(() => Note.using(second).create({ title: 'b' })).toThrow(ReadOnlyError);
    await second.close();
    await db.close();
    await openNotes(shelf, { alias: 'third' });
  });

  it('is not saved over what somebody else saved (DL-28)', async () => {
    const shelf = new Shelf();
    const db = await openNotes(shelf);
    Note.create({ title: 'mine' });
    await db.flush();
    const theirs = await open(shelf.image!, { alias: 'theirs', models: [Note] });
    Note.using(theirs).create({ title: 'theirs' });
    shelf.intrude(theirs.serialize());
    theirs.close();
    Note.create({ title: 'mine, too' });
    await expect(db.flush()).rejects.toThrow(DatabaseLockedError);
    expect(await titlesOf(shelf)).toEqual(['mine', 'theirs']);
    expect(Note.count()).toBe(2);
  });

  it('has its pragmas after it was saved (DL-29)', async () => {
    const db = await openNotes(new Shelf());
    Note.create({ title: 'a' });
    await db.flush();
    expect(db.first(sql`PRAGMA foreign_keys`)).toEqual({ foreign_keys: 1 });
  });
});
