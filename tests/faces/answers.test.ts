/** Engines answer when they like: what they say late, in one go or about something else must not be taken for something. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { AsyncDatabase, ClosedError, sql, UniqueViolation, type OpenOptions } from 'litemodel';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { newPath } from '../databases/file.js';
import { asyncModels, AsyncUser as User } from './engines.js';
import { HeldConnection } from './held-connection.js';

const pause = (milliseconds = 1) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

async function opened(connection: HeldConnection, options: OpenOptions = {}): Promise<AsyncDatabase> {
  const db = await AsyncDatabase.open(connection, { onDisk: true }, { models: asyncModels, ...options });
  onTestFinished(() => db.close());
  connection.asked.length = 0;
  return db;
}

const heldConnection = () => new HeldConnection(connectBetterSqlite3(newPath()));

/** A file that is read by another connection than the one that writes. */
async function readAside() {
  const path = newPath();
  const writer = connectBetterSqlite3(path);
  writer.execute('PRAGMA journal_mode = wal');
  const connection = new HeldConnection(writer, connectBetterSqlite3(path));
  return { connection, db: await opened(connection) };
}

describe('a read on another connection', () => {
  const reads: [string, (db: AsyncDatabase) => Promise<unknown>][] = [
    ['SQL', (db) => db.all(sql`SELECT 1`)],
    ['a query', () => User.count()],
    ['one that fails', (db) => db.all(sql`SELECT * FROM nothing`).catch(() => undefined)],
  ];

  it.each(reads)('says nothing of a transaction that is about to begin: %s', async (_, read) => {
    const { connection, db } = await readAside();
    connection.held = ['begin'];
    const transaction = db.transaction(() => User.create({ name: 'Ann' }));
    await connection.isAskedFor('begin');
    await read(db);
    connection.answer();
    await transaction;
    expect(await User.count()).toBe(1);
  });

  it.each(reads)('nor of one that is about to end: %s', async (_, read) => {
    const { connection, db } = await readAside();
    connection.held = ['commit'];
    const transaction = db.transaction(() => User.create({ name: 'Ann' }));
    await connection.isAskedFor('commit');
    await read(db);
    connection.answer();
    await transaction;
    expect(await User.count()).toBe(1);
    await db.transaction(() => User.create({ name: 'Ben' }));
    expect(await User.count()).toBe(2);
  });

  it('does not wait for a transaction, and does not see what it has not committed', async () => {
    const { db } = await readAside();
    await using tx = await db.begin();
    await User.using(tx).create({ name: 'Ann' });
    expect([await User.count(), await db.all(sql`SELECT name FROM users`)]).toEqual([0, []]);
    expect(await User.using(tx).count()).toBe(1);
    await tx.commit();
    expect(await User.count()).toBe(1);
  });
});

describe('answers that come in one batch', () => {
  it('do not let a statement that nobody awaited break the connection behind its transaction', async () => {
    const connection = heldConnection();
    const db = await opened(connection);
    await User.create({ name: 'Ann' });
    connection.held = ['all', 'commit'];
    let forgotten!: Promise<unknown>;
    const transaction = db.transaction(() => {
      forgotten = User.create({ name: 'Ann' }).catch((error: unknown) => error);
    });
    await connection.isAskedFor('commit');
    connection.answer();
    expect(await forgotten).toBeInstanceOf(UniqueViolation);
    await transaction;
    await db.transaction(() => User.create({ name: 'Ben' }));
    expect(await User.query().pluck('name')).toEqual(['Ann', 'Ben']);
  });
});

describe('a statement that takes long', () => {
  it('is no transaction, so whoever waits for it is not told that one lasts too long', async () => {
    const connection = heldConnection();
    const db = await opened(connection, { queueTimeout: 20 });
    connection.held = ['all'];
    const slow = User.count();
    const transaction = db.transaction(() => 'done');
    const behind = db.execute('SELECT 1').then(() => 'done');
    await pause(100);
    connection.answer();
    expect(await Promise.all([slow, transaction, behind])).toEqual([0, 'done', 'done']);
  });
});

describe('a statement that is answered when others want to begin', () => {
  it('is over before they do, for what is learned of a row is not learned in their transaction', async () => {
    const connection = heldConnection();
    const db = await opened(connection);
    connection.held = ['all'];
    const creation = User.create({ name: 'Ann' });
    const transaction = db.transaction(() => Promise.reject(new Error('undo')));
    const outcome = transaction.catch((error: Error) => error.message);
    await pause();
    expect(connection.asked.map(({ method }) => method)).toEqual(['all']); // no BEGIN before it is answered
    connection.answer();
    const ann = await creation;
    expect(await outcome).toBe('undo');
    ann.age = 1;
    await ann.save();
    expect(await db.all(sql`SELECT id, name, age FROM users`)).toEqual([{ id: 1, name: 'Ann', age: 1 }]);
  });
});

describe('a database that is being closed', () => {
  it('is closed for everybody who asked when the engine says so', async () => {
    const connection = heldConnection();
    const db = await opened(connection);
    let release!: () => void;
    const released = new Promise<void>((resolve) => (release = resolve));
    const close = connection.close.bind(connection);
    connection.close = () => released.then(close);
    const over: string[] = [];
    const both = ['first', 'second'].map((name) => db.close().then(() => over.push(name)));
    await pause(5);
    expect(over).toEqual([]);
    release();
    await Promise.all(both);
    expect(over).toEqual(['first', 'second']);
  });
});

describe('a signal', () => {
  it('cuts off statements, but never what opens or ends a transaction', async () => {
    const connection = heldConnection();
    const db = await opened(connection);
    const { signal } = new AbortController();
    await db.transaction(() => User.query().abortSignal(signal).count(), { signal });
    await db.transaction(() => Promise.reject(new Error('undo')), { signal }).catch(() => undefined);
    await db.all(sql`SELECT 1`, { signal });
    expect(connection.asked.map(({ method, signal: given }) => `${method} ${given === signal}`)).toEqual([
      'begin false',
      'all true',
      'commit false',
      'begin false',
      'rollBack false',
      'names true',
      'named true',
    ]);
  });

  it.each(['begin', 'commit'] as const)('given while %s is under way leaves no transaction behind', async (method) => {
    const connection = heldConnection();
    const db = await opened(connection);
    connection.held = [method];
    const controller = new AbortController();
    const transaction = db.transaction(() => User.create({ name: 'Ann' }), { signal: controller.signal });
    const outcome = transaction.then(
      () => 'kept',
      (error: Error) => error.message,
    );
    await connection.isAskedFor(method);
    controller.abort(new Error('stop'));
    connection.answer();
    expect(await outcome).toBe(method === 'begin' ? 'stop' : 'kept'); // a COMMIT that was sent is not taken back
    expect(await User.count()).toBe(method === 'begin' ? 0 : 1);
    await db.transaction(() => User.create({ name: 'Ben' }));
  });
});

describe('a transaction that can neither be kept nor undone', () => {
  it('closes the connection, which would else keep its lock, and refuses who waits', async () => {
    const connection = heldConnection();
    const db = await opened(connection);
    const broken = new Error('the engine is gone');
    connection.breaks = ({ method }) => (method === 'commit' || method === 'rollBack' ? broken : undefined);
    const transaction = db.transaction(async () => {
      await User.create({ name: 'Ann' });
      await pause();
    });
    const waiting = [db.execute('SELECT 1'), db.transaction(() => 1)].map((each) =>
      each.then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    await expect(transaction).rejects.toBe(broken);
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(ClosedError);
    expect(db.isOpen).toBe(false);
  });
});
