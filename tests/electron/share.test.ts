import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  asc,
  ClosedError,
  columns,
  ConnectionLostError,
  ForbiddenError,
  gt,
  InvalidValueError,
  like,
  MissingFieldError,
  oneOf,
  QueryError,
  ReadOnlyFieldError,
  SchemaDriftError,
  sql,
  SyncUnavailableError,
  TransactionQueueError,
  UndefinedConditionError,
  UniqueViolation,
  UnknownFieldError,
} from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { allow, shareDatabase } from 'litemodel/electron-main';
import { open as openPort } from 'litemodel/electron-renderer';
import { temporaryFolder } from '../drivers/temporary-folder.js';
import { compileWorkerScript } from '../workers/worker-script.js';
import { models, Note, Secret, Tag } from './models.js';
import { openMain, openWindow, ports } from './window.js';

const everything = { models: [allow(Note, ['create', 'read', 'update', 'delete']), allow(Tag, ['create', 'read'])] };

describe('a window', () => {
  it('creates, reads, changes and deletes what main sees', async () => {
    const db = openMain();
    const { window } = await openWindow(db, everything);
    const Notes = Note.using(window);
    const note = await Notes.create({ title: 'First', settings: { theme: 'dark' }, data: Uint8Array.of(1, 2) });
    expect(note.id).toBe(1);
    expect(Note.using(db).findById(1)).toMatchObject({ title: 'First', settings: { theme: 'dark' }, size: 0n });
    note.title = 'Second';
    await note.async.save();
    expect((await Notes.findById(1))!.toJSON()).toEqual(Note.using(db).findById(1)!.toJSON());
    expect(await Notes.filter({ title: like('sec%'), settings: { theme: 'dark' } }).count()).toBe(1);
    expect(await note.async.delete()).toBe(true);
    expect(Note.using(db).count()).toBe(0);
  });

  it('is asynchronous only, and told of the pragmas that main has set', async () => {
    const db = openMain();
    const { window } = await openWindow(db, everything);
    expect(window.pragmas).toEqual(db.pragmas);
    expect(window.capabilities).toMatchObject({ driver: 'better-sqlite3', sync: false, attach: false });
    expect(() => (Note.using(window) as unknown as typeof Note).query().abortSignal).not.toThrow();
    expect(() => window.connected.performSync({ method: 'script', text: '' })).toThrow(SyncUnavailableError);
  });

  it('gives errors their class, code and fields, and says nothing of the files of main', async () => {
    const { window, raw } = await openWindow(openMain(), everything);
    const replies: unknown[] = [];
    raw.on('message', (message: unknown[]) => replies.push(...message));
    await Tag.using(window).create({ name: 'a' });
    const error: unknown = await Tag.using(window)
      .create({ name: 'a' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UniqueViolation);
    expect(error).toMatchObject({ code: 'ORM_UNIQUE_VIOLATION', table: 'tags', columns: ['name'] });
    expect(error).not.toHaveProperty('cause');
    expect(JSON.stringify(replies)).toContain('UniqueViolation');
    expect(JSON.stringify(replies)).not.toContain('src/');
  });

  it('gets bytes, and none of the memory around them', async () => {
    const db = openMain();
    Note.using(db).create({ title: 'a', data: Uint8Array.of(1, 2, 3) });
    const { window, raw } = await openWindow(db, everything);
    const values: unknown[] = [];
    raw.on('message', (replies: { value?: unknown[][] }[]) =>
      values.push(...replies.flatMap(({ value }) => value?.flat())),
    );
    expect(await Note.using(window).query().pluck('data')).toEqual([Uint8Array.of(1, 2, 3)]);
    expect(values.filter((value) => value instanceof Uint8Array).map(({ buffer }) => buffer.byteLength)).toEqual([3]);
  });

  it('gets long results in pieces and in order', async () => {
    const db = openMain();
    db.transaction(() => {
      for (let n = 0; n < 3500; n++) Tag.using(db).create({ name: String(n).padStart(5, '0') });
    });
    const { window } = await openWindow(db, everything);
    const names = await Tag.using(window).query().orderBy('name').pluck('name');
    expect(names).toHaveLength(3500);
    expect(names).toEqual([...names].sort());
  });

  it('neither makes, alters nor looks at tables', async () => {
    const db = openMain({ models: [Note] });
    const statements: string[] = [];
    db.onStatement(({ sql }) => statements.push(sql));
    const { window } = await openWindow(db, { models: [allow(Note, ['read'])] }, { models });
    await Note.using(window).count();
    await window.close();
    expect(statements).toEqual(['SELECT count(*) FROM "notes"']);
  });

  it('is told why there is no database', async () => {
    const db = openMain({ models: [], schema: 'verify' });
    const opening = openWindow(db, { models: [allow(Note, ['read'])] });
    await expect(opening).rejects.toThrow(SchemaDriftError);
  });

  it('opens only where nobody hung up before', async () => {
    const line = ports();
    const stop = shareDatabase(openMain(), line.main, everything);
    stop();
    await expect(openPort(line.window, { alias: 'late' })).rejects.toThrow(ConnectionLostError);
  });

  it('asks for rows of several windows and of main at once, and everybody gets theirs', async () => {
    const db = openMain();
    const windows = await Promise.all([1, 2, 3].map(() => openWindow(db, everything)));
    await Promise.all(
      windows.flatMap(({ window }, number) =>
        Array.from({ length: 30 }, (_, n) => Tag.using(window).create({ name: `${number} ${n}` })),
      ),
    );
    const counts = await Promise.all(
      windows.map(({ window }, number) =>
        Tag.using(window)
          .filter({ name: like(`${number} %`) })
          .count(),
      ),
    );
    expect([...counts, await db.async.first(sql`SELECT count(*) AS n FROM tags`)]).toEqual([30, 30, 30, { n: 90 }]);
  });
});

describe('transactions', () => {
  it('are kept, undone and nested', async () => {
    const db = openMain();
    const { window } = await openWindow(db, everything);
    await window.transaction(async (tx) => {
      await Tag.using(tx).create({ name: 'kept' });
      const inner = tx.transaction(async (innerTx) => {
        await Tag.using(innerTx).create({ name: 'undone' });
        throw new Error('enough');
      });
      await expect(inner).rejects.toThrow('enough');
    });
    expect(Tag.using(db).query().pluck('name')).toEqual(['kept']);
  });

  it('of 300 windows and tasks that read, change and write lose no change', async () => {
    const db = openMain({ queueTimeout: 20_000 });
    const [a, b] = [await openWindow(db, everything), await openWindow(db, everything)];
    Note.using(db).create({ title: 'counter', stars: 0 });
    const increment = (home: typeof db.async) =>
      home.transaction(async (tx) => {
        const counter = (await Note.using(tx).findById(1))!;
        counter.stars!++;
        await counter.async.using(tx).save();
      });
    const homes = [a.window, b.window, db.async];
    await Promise.all(Array.from({ length: 300 }, (_, n) => increment(homes[n % 3]!)));
    expect(Note.using(db).findById(1)!.stars).toBe(300);
  });

  it('of a window that goes away are rolled back, and the others go on', async () => {
    const db = openMain();
    const gone = await openWindow(db, everything);
    const stays = await openWindow(db, everything);
    const tx = await gone.window.begin();
    await Tag.using(tx).create({ name: 'lost' });
    const waiting = Tag.using(stays.window).create({ name: 'waited' });
    gone.raw.close();
    await waiting;
    expect(await Tag.using(stays.window).query().pluck('name')).toEqual(['waited']);
    expect(db.inTransaction).toBe(false);
    await expect(Tag.using(tx).count()).rejects.toThrow(ConnectionLostError);
    await tx.rollBack();
  });

  it('of a window from which the database is taken away are rolled back', async () => {
    const db = openMain();
    const { window, stop } = await openWindow(db, everything);
    const tx = await window.begin();
    await Tag.using(tx).create({ name: 'lost' });
    stop();
    await expect(tx.commit()).rejects.toThrow(ConnectionLostError);
    await expect(Tag.using(window).count()).rejects.toThrow(ConnectionLostError);
    expect(await db.async.all(sql`SELECT * FROM tags`)).toEqual([]);
  });

  it('keep synchronous code of main out, which cannot wait, and let asynchronous code wait', async () => {
    const db = openMain();
    const { window } = await openWindow(db, everything);
    const tx = await window.begin();
    await Tag.using(tx).create({ name: 'a' });
    expect(() => Tag.using(db).count()).toThrow(TransactionQueueError);
    const counted = Tag.using(db.async).count();
    await tx.commit();
    expect(await counted).toBe(1);
    expect(Tag.using(db).count()).toBe(1);
  });
});

describe('hidden columns', () => {
  const shared = { models: [allow(Note, ['create', 'read', 'update'])] };

  it('are left out of what a window reads, and stay as they are', async () => {
    const db = openMain();
    Note.using(db).create({ title: 'a', secret: 'mine' });
    const { window } = await openWindow(db, shared);
    const statements: string[] = [];
    db.onStatement(({ sql }) => statements.push(sql));
    const note = (await Note.using(window).findById(1))!;
    expect(note.secret).toBeUndefined();
    note.title = 'b';
    await note.async.save();
    await note.async.reload();
    expect(Note.using(db).findById(1)).toMatchObject({ title: 'b', secret: 'mine' });
    expect(statements.slice(0, 3).filter((text) => text.includes('secret'))).toEqual([]);
  });

  it('cannot be read, compared, ordered by, returned or written', async () => {
    const db = openMain();
    const { window } = await openWindow(db, shared);
    const Notes = Note.using(window);
    const { secret } = columns(Note);
    const note = await Notes.create({ title: 'a' });
    const forbidden = [
      () => Notes.query().select({ title: secret }).all(),
      () => Notes.filter({ secret: 'HIDDEN' }).count(),
      () => Notes.filter({ title: gt(secret) }).exists(),
      () => Notes.query().orderBy(asc('secret')).all(),
      () => Notes.filter({ id: oneOf(Notes.filter({ secret: like('H%') }).select('id')) }).all(),
      () => Notes.filter({ id: 1 }).update({ title: secret }),
      () => Notes.filter({ id: 1 }).returning('secret').update({ title: 'x' }),
    ];
    for (const ask of forbidden) await expect(ask()).rejects.toThrow(ForbiddenError);
    await expect(forbidden[0]!()).rejects.toThrow(
      'Note has no column "secret" that may be used over this port. ' +
        'Whoever shares the database can show a hidden one: allow(…, { showing: [field] }).',
    );
    // here the window itself knows better
    await expect(Notes.query().pluck('secret')).rejects.toThrow(UnknownFieldError);
    await expect(Notes.filter({ id: 1 }).update({ secret: 'x' })).rejects.toThrow(UnknownFieldError);
    note.secret = 'x';
    await expect(note.async.save()).rejects.toThrow(ReadOnlyFieldError);
    await expect(Notes.create({ title: 'b', secret: 'x' })).rejects.toThrow(UnknownFieldError);
    expect(Note.using(db).query().pluck('secret')).toEqual(['HIDDEN']);
  });

  it('are there like any other where they are shown', async () => {
    const db = openMain();
    const { window } = await openWindow(db, {
      models: [allow(Note, ['create', 'read', 'update'], { showing: ['secret'] })],
    });
    const note = await Note.using(window).create({ title: 'a', secret: 'told' });
    expect(await Note.using(window).filter({ secret: 'told' }).pluck('secret')).toEqual(['told']);
    note.secret = 'changed';
    await note.async.save();
    expect(Note.using(db).findById(1)!.secret).toBe('changed');
  });
});

describe('read-only columns', () => {
  it('are not written by who does not keep to it', async () => {
    const db = openMain();
    const { window } = await openWindow(db, everything);
    await Note.using(window).create({ title: 'a' });
    const { createdAt } = Note.using(db).findById(1)!;
    const write = (column: string) =>
      window.connected.perform({
        method: 'run',
        statement: {
          sql: '',
          bigints: false,
          syntax: {
            kind: 'update',
            table: 'notes',
            set: [{ column, value: { kind: 'parameter' } }],
            returning: [],
          },
        },
        parameters: ['2000-01-01T00:00:00.000Z'],
      }) as Promise<unknown>;
    await expect(write('created_at')).rejects.toThrow(ReadOnlyFieldError);
    await expect(write('shout')).rejects.toThrow(ReadOnlyFieldError);
    const insert = { kind: 'insert', into: 'notes', columns: ['title', 'shout'], returning: [] };
    const values = [0, 1].map((index) => ({ kind: 'parameter', index }));
    const inserted = window.connected.perform({
      method: 'run',
      statement: { sql: '', bigints: false, syntax: { ...insert, values } },
      parameters: ['b', 'B'],
    }) as Promise<unknown>;
    await expect(inserted).rejects.toThrow(ReadOnlyFieldError);
    expect(Note.using(db).count()).toBe(1);
    expect(Note.using(db).findById(1)).toMatchObject({ createdAt, shout: 'A' });
  });
});

describe('values', () => {
  it('that their column could not read are not written', async () => {
    const db = openMain();
    const { window } = await openWindow(db, everything);
    await Note.using(window).create({ title: 'a' });
    const write = (column: string, value: unknown) =>
      window.connected.perform({
        method: 'run',
        statement: {
          sql: '',
          bigints: false,
          syntax: { kind: 'update', table: 'notes', set: [{ column, value: { kind: 'parameter' } }], returning: [] },
        },
        parameters: [value as string],
      }) as Promise<unknown>;
    await expect(write('seen_at', 'yesterday')).rejects.toThrow(InvalidValueError);
    await expect(write('settings', '{')).rejects.toThrow('Note.settings takes a value that JSON can hold');
    await expect(write('title', 7)).rejects.toThrow(InvalidValueError);
    await expect(write('title', '\ud800')).rejects.toThrow(InvalidValueError);
    await expect(write('size', 2n ** 63n)).rejects.toThrow(InvalidValueError);
    await expect(write('title', { toString: 1 })).rejects.toThrow(ForbiddenError);
    await expect(write('title', Number.NaN)).rejects.toThrow(ForbiddenError);
    expect(Note.using(db).findById(1)!.title).toBe('a');
  });
});

describe('rows', () => {
  const shared = { models: [allow(Note, ['create', 'read', 'update', 'delete'], { rows: { ownerId: 7 } })] };

  it('of others are neither found, counted, changed nor deleted', async () => {
    const db = openMain();
    for (const ownerId of [6, 7, 7]) Note.using(db).create({ title: `of ${ownerId}`, ownerId });
    const { window } = await openWindow(db, shared);
    const Notes = Note.using(window);
    const statements: string[] = [];
    const stop = db.onStatement(({ sql }) => statements.push(sql));
    expect(await Notes.query().pluck('id')).toEqual([2, 3]);
    expect(await Notes.findById(1)).toBeUndefined();
    expect(await Notes.filter({ id: oneOf(Notes.filter({ ownerId: oneOf([6, 7]) }).select('id')) }).count()).toBe(2);
    expect(await Notes.query().distinct().select('ownerId').all()).toEqual([{ ownerId: 7 }]);
    expect(await Notes.filter({ title: like('%') }).update({ body: 'changed' })).toBe(2);
    expect(await Notes.filter({ id: oneOf([1, 2]) }).delete()).toBe(1);
    stop();
    expect(statements.slice(0, 2)).toEqual([
      'SELECT "id" FROM "notes" WHERE "owner_id" = ?',
      expect.stringMatching(/^SELECT .* FROM "notes" WHERE "owner_id" = \? AND \("id" = \?\)$/),
    ]);
    expect(Note.using(db).query().orderBy('id').select('id', 'body').all()).toEqual([
      { id: 1, body: null },
      { id: 3, body: 'changed' },
    ]);
  });

  it('cannot be made for others, nor given away', async () => {
    const db = openMain();
    const { window } = await openWindow(db, shared);
    const Notes = Note.using(window);
    await expect(Notes.create({ title: 'a', ownerId: 6 })).rejects.toThrow(
      'Note.ownerId may not be given another value over this port. It says which rows may be used.',
    );
    const note = await Notes.create({ title: 'a', ownerId: 7 });
    note.ownerId = 6;
    await expect(note.async.save()).rejects.toThrow(ForbiddenError);
    await expect(Notes.filter({ id: note.id }).update({ ownerId: columns(Note).stars })).rejects.toThrow(
      ForbiddenError,
    );
    await Notes.filter({ id: note.id }).update({ ownerId: 7, title: 'b' });
    expect(Note.using(db).query().select('title', 'ownerId').all()).toEqual([{ title: 'b', ownerId: 7 }]);
  });

  it('get the value from main where it is hidden from the window', async () => {
    const db = openMain();
    const { window } = await openWindow(db, {
      models: [allow(Note, ['create', 'read'], { rows: { secret: 'room 1' } })],
    });
    const note = await Note.using(window).create({ title: 'a' });
    expect((await Note.using(window).findById(note.id))!.secret).toBeUndefined();
    expect(Note.using(db).findById(note.id)!.secret).toBe('room 1');
  });
});

describe('raw SQL', () => {
  it('is refused, in whatever place', async () => {
    const { window } = await openWindow(openMain(), everything);
    const Notes = Note.using(window);
    const attempts = [
      () => window.all(sql`SELECT * FROM secrets`),
      () => window.run(sql`DELETE FROM notes`),
      () => window.execute('DROP TABLE notes'),
      () => window.table('notes'),
      () => Notes.fromSql(sql`SELECT * FROM notes`),
      () => Notes.filter(sql`1 = 1`).count(),
      () =>
        Notes.query()
          .orderBy(sql`length(title)`)
          .all(),
      () =>
        Notes.query()
          .select({ title: sql`(SELECT code FROM secrets)` })
          .all(),
      () => Notes.filter({ id: 1 }).update({ title: sql`secret` }),
      () => Notes.filter({ id: oneOf(sql`SELECT 1`) }).all(),
      () => Notes.filter({ stars: gt(columns(Note, 'other').stars) }).all(),
    ];
    for (const ask of attempts) {
      const attempt = ask();
      await expect(attempt).rejects.toThrow('SQL of your own may not be run over this port.');
      await expect(attempt).rejects.toThrow(ForbiddenError);
    }
  });

  it('is run where main allows any', async () => {
    const db = openMain();
    const { window } = await openWindow(db, { sql: true });
    await window.run(sql`INSERT INTO secrets (code) VALUES ('x')`);
    expect(
      await Secret.using(window)
        .filter(sql`code = ${'x'}`)
        .count(),
    ).toBe(1);
    expect(await (await window.table('secrets')).pluck('code')).toEqual(['x']);
    await window.close();
  });
});

describe('allow', () => {
  it('refuses limits that could not be kept', () => {
    class Token extends Note {}
    const db = openMain();
    expect(() => allow(Note, ['write' as 'read'])).toThrow(
      new QueryError('"write" is not one of create, read, update, delete.'),
    );
    expect(() => allow(Note, ['read'], { rows: {} })).toThrow(UndefinedConditionError);
    expect(() => allow(Note, ['read'], { rows: { ownerId: undefined as never } })).toThrow(UndefinedConditionError);
    expect(() => allow(Note, ['read'], { rows: { ownerId: 'x' as never } })).toThrow(InvalidValueError);
    expect(() => allow(Note, ['read'], { rows: { shout: 'A' } })).toThrow(QueryError);
    expect(() => allow(Note, ['read'], { rows: { data: Uint8Array.of(1) } })).toThrow(QueryError);
    expect(() => allow(Note, ['read'], { showing: ['nothing' as 'title'] })).toThrow(UnknownFieldError);
    const twice = { models: [allow(Note, ['read']), allow(Token, ['create'])] };
    expect(() => shareDatabase(db, ports().main, twice)).toThrow('The table of Token is allowed twice.');
  });
});

describe('shareDatabase', () => {
  it.each([
    ...[{}, { models: undefined }, { models: Note }, { models: [Note] }, { sql: false }, { sql: 'true' }],
    ...[{ model: [] }, { models: [], sql: true }, { models: [allow(Note, ['read'])], sql: false }],
  ])('opens no door by a slip: %o', (options) => {
    expect(() => shareDatabase(openMain(), ports().main, options as never)).toThrow(QueryError);
  });

  it('allows nothing where no model is allowed', async () => {
    const { window } = await openWindow(openMain(), { models: [] });
    await expect(Note.using(window).count()).rejects.toThrow(
      'The table "notes" may not be used over this port. Whoever shares the database has to allow its model.',
    );
  });
});

describe('main', () => {
  it('can have its database in worker threads', async () => {
    const script = workerScript();
    const path = join(temporaryFolder(), 'app.db');
    const db = await open(path, { models, workers: { readers: 1, script } });
    onTestFinished(() => db.close());
    const { window } = await openWindow(db, everything);
    await Tag.using(window).create({ name: 'a' });
    expect(await Tag.using(window).count()).toBe(1);
    await expect(Secret.using(window).count()).rejects.toThrow(ForbiddenError);
    const gone = await openWindow(db, everything);
    const tx = await gone.window.begin();
    await Tag.using(tx).create({ name: 'lost' });
    const waiting = Tag.using(window).create({ name: 'b' });
    gone.raw.close();
    await waiting;
    await tx.rollBack();
    expect(await Tag.using(db).query().orderBy('name').pluck('name')).toEqual(['a', 'b']);
  });

  it('says that it has closed the database', async () => {
    const db = openMain();
    const { window } = await openWindow(db, everything);
    db.close();
    await expect(Tag.using(window).count()).rejects.toThrow(ClosedError);
  });

  it('still needs what a model needs', async () => {
    const { window } = await openWindow(openMain(), everything);
    await expect(Note.using(window).create({} as { title: string })).rejects.toThrow(MissingFieldError);
  });
});

const workerScript = compileWorkerScript();
