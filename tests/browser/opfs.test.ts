import { describe, expect, it } from 'vitest';
import { loadSqliteWasm, openOpfsDirectory } from '../../src/drivers/sqlite-wasm.js';
import { UnsupportedError } from '../../src/errors/index.js';
import { DirectoryWorker, newDirectory } from './directory.js';

/** A worker that has a directory, with a database in it. */
async function opened(directory = newDirectory(), name = 'app.db'): Promise<DirectoryWorker> {
  const worker = new DirectoryWorker();
  await worker.ask('open', { directory });
  await worker.ask('connect', name);
  return worker;
}

const inUse = { name: 'DatabaseLockedError', code: 'ORM_DATABASE_LOCKED' };

describe('a database on OPFS', () => {
  it('keeps its rows when it is closed, and when its worker ends', async () => {
    const directory = newDirectory();
    const first = await opened(directory);
    await first.ask('execute', 'app.db', "CREATE TABLE t (x); INSERT INTO t VALUES ('kept')");
    await first.ask('close');
    const second = await opened(directory);
    expect(await second.ask('all', 'app.db', 'SELECT x FROM t')).toEqual([['kept']]);
    await second.ask('execute', 'app.db', "INSERT INTO t VALUES ('in the journal')");
    second.kill();
    const third = new DirectoryWorker();
    await third.ask('open', { directory, wait: true });
    await third.ask('connect', 'app.db', { fileMustExist: true });
    expect(await third.ask('all', 'app.db', 'SELECT x FROM t')).toEqual([['kept'], ['in the journal']]);
  });

  it('is in WAL mode, with one connection that has it for itself', async () => {
    const worker = await opened();
    const pragma = async (name: string) => (await worker.ask('all', 'app.db', `PRAGMA ${name}`))[0]![0];
    expect([await pragma('journal_mode'), await pragma('locking_mode'), await pragma('synchronous')]).toEqual([
      'wal',
      'exclusive',
      1,
    ]);
    await expect(worker.ask('connect', 'app.db')).rejects.toMatchObject({
      ...inUse,
      message: '"app.db" is open already. Close the connection that has it.',
    });
  });

  it('searches full text', async () => {
    const worker = await opened();
    await worker.ask(
      'execute',
      'app.db',
      `CREATE VIRTUAL TABLE notes USING fts5 (body, tokenize = 'trigram');
       INSERT INTO notes VALUES ('a dedicated worker'), ('the page')`,
    );
    const found = await worker.ask('all', 'app.db', 'SELECT body FROM notes WHERE notes MATCH ?', ['"dicat"']);
    expect(found).toEqual([['a dedicated worker']]);
  });

  it('loses no row that was committed when the worker is killed while it inserts', async () => {
    const directory = newDirectory();
    const first = await opened(directory);
    await first.ask('execute', 'app.db', 'CREATE TABLE t (x INTEGER PRIMARY KEY)');
    const committed = await first.insertUntil('app.db', (count) => count >= 500);
    first.kill();
    const second = new DirectoryWorker();
    await second.ask('open', { directory, wait: true });
    await second.ask('connect', 'app.db');
    const [[count, last]] = (await second.ask('all', 'app.db', 'SELECT count(*), max(x) FROM t')) as [[number, number]];
    expect(count).toBe(last);
    expect(count).toBeGreaterThanOrEqual(committed);
    expect(await second.ask('all', 'app.db', 'PRAGMA integrity_check')).toEqual([['ok']]);
  });
});

describe('a directory', () => {
  it('is refused to a second worker until the first closes it', async () => {
    const directory = newDirectory();
    const first = await opened(directory);
    await first.ask('execute', 'app.db', 'CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const second = new DirectoryWorker();
    await expect(second.ask('open', { directory })).rejects.toEqual({
      ...inUse,
      message:
        `The databases in "${directory}" are open in another tab or worker. ` +
        'Close them there, or open with { wait: true } to have them next.',
    });
    await first.ask('close');
    await second.ask('open', { directory });
    await second.ask('connect', 'app.db');
    expect(await second.ask('all', 'app.db', 'SELECT x FROM t')).toEqual([[1]]);
    await expect(first.ask('open', { directory })).rejects.toMatchObject(inUse);
    await second.ask('close');
    await first.ask('open', { directory });
    expect(await first.ask('names')).toEqual(['app.db']);
  });

  it('comes to the next one who waits, also when a worker ends without closing it', async () => {
    const directory = newDirectory();
    const first = await opened(directory);
    await first.ask('execute', 'app.db', 'CREATE TABLE t (x)');
    const [second, third] = [new DirectoryWorker(), new DirectoryWorker()];
    const order: string[] = [];
    const waiting = [second, third].map((worker, index) =>
      worker.ask('open', { directory, wait: true }).then(() => {
        order.push(['second', 'third'][index]!);
        return worker;
      }),
    );
    await first.ask('all', 'app.db', 'SELECT 1');
    expect(order).toEqual([]);
    first.kill();
    const next = await Promise.race(waiting);
    expect(order).toHaveLength(1);
    expect(await next.ask('names')).toEqual(['app.db']);
    await next.ask('close');
    await Promise.all(waiting);
  });

  it('that is new is made by one of two workers that open it at once', async () => {
    const directory = newDirectory();
    const workers = [new DirectoryWorker(), new DirectoryWorker()];
    const outcomes = await Promise.allSettled(workers.map((worker) => worker.ask('open', { directory })));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: inUse });
  });

  it('is refused, too, while somebody has it who does not ask for our lock', async () => {
    const directory = newDirectory();
    const stranger = new DirectoryWorker();
    await stranger.ask('openPlainly', directory);
    const worker = new DirectoryWorker();
    await expect(worker.ask('open', { directory, wait: true })).rejects.toMatchObject(inUse);
  });

  it('is deleted by SQLite when it cannot be opened once, and not by us', async () => {
    const [theirs, ours] = [newDirectory(), newDirectory()];
    for (const directory of [theirs, ours]) {
      const first = await opened(directory);
      await first.ask('execute', 'app.db', 'CREATE TABLE t (x); INSERT INTO t VALUES (1)');
      await first.ask('close');
    }
    const worker = new DirectoryWorker();
    await worker.ask('refuseOneFile');
    await expect(worker.ask('openPlainly', theirs)).rejects.toMatchObject({ name: 'NoModificationAllowedError' });
    await worker.ask('refuseOneFile');
    await expect(worker.ask('open', { directory: ours })).rejects.toMatchObject(inUse);

    await worker.ask('open', { directory: theirs });
    expect(await worker.ask('names')).toEqual([]);
    await worker.ask('open', { directory: ours });
    await worker.ask('connect', 'app.db');
    expect(await worker.ask('all', 'app.db', 'SELECT x FROM t')).toEqual([[1]]);
  });

  it('holds any number of databases at once', async () => {
    const worker = new DirectoryWorker();
    await worker.ask('open', { directory: newDirectory() });
    const names = Array.from({ length: 12 }, (_, index) => `${String(index).padStart(2, '0')}.db`);
    await Promise.all(names.map((name) => worker.ask('connect', name)));
    for (const name of names) await worker.ask('execute', name, `CREATE TABLE t (x); INSERT INTO t VALUES ('${name}')`);
    for (const name of names) expect(await worker.ask('all', name, 'SELECT x FROM t')).toEqual([[name]]);
    expect(await worker.ask('names')).toEqual(names);
  });

  it('closes a database that is about to be opened', async () => {
    const directory = newDirectory();
    const first = await opened(directory);
    await expect(first.ask('closeWhileConnecting', 'late.db')).rejects.toMatchObject({ code: 'ORM_CANNOT_OPEN' });
    await opened(directory);
    await expect(first.ask('names')).rejects.toMatchObject({ message: /the directory is closed/ });
  });

  it('opens in a dedicated worker only', async () => {
    const attempt = openOpfsDirectory(await loadSqliteWasm(), { directory: newDirectory() });
    await expect(attempt).rejects.toThrow(UnsupportedError);
  });
});

describe('names', () => {
  it('can be any text, each with a journal of its own', async () => {
    const names = ['a?b', 'a?c', 'a#b', 'a b%20c', 'ä/ö/😀.db', "';--", '%2e%2e', 'C:\\x', 'folder/app.db'];
    const directory = newDirectory();
    const first = new DirectoryWorker();
    await first.ask('open', { directory });
    for (const name of names) {
      await first.ask('connect', name);
      await first.ask('execute', name, 'PRAGMA journal_mode = delete; CREATE TABLE t (x)');
      await first.ask('all', name, 'INSERT INTO t VALUES (?)', [name]);
      await first.ask('execute', name, "PRAGMA cache_spill = 1; BEGIN; UPDATE t SET x = 'not committed'");
    }
    first.kill();
    const second = new DirectoryWorker();
    await second.ask('open', { directory, wait: true });
    expect(await second.ask('names')).toEqual([...names].sort());
    for (const name of names) {
      await second.ask('connect', `/${name}`, { fileMustExist: true });
      expect(await second.ask('all', `/${name}`, 'SELECT x FROM t')).toEqual([[name]]);
    }
  });

  it('are of files that must exist where that is asked for', async () => {
    const worker = await opened();
    await expect(worker.ask('connect', 'absent.db', { fileMustExist: true })).rejects.toMatchObject({
      name: 'CannotOpenError',
      message: '"absent.db" cannot be opened: it does not exist.',
    });
    expect(await worker.ask('names')).toEqual(['app.db']);
  });
});

describe('files', () => {
  const rows = "CREATE TABLE t (x); INSERT INTO t VALUES ('a'), ('b')";

  it('are exported with what stands in the journal, open or closed, and imported under another name', async () => {
    const directory = newDirectory();
    const worker = await opened(directory);
    await worker.ask('execute', 'app.db', rows);
    const images = [await worker.ask('image', 'app.db'), await worker.ask('export', 'app.db')];
    await worker.ask('disconnect', 'app.db');
    images.push(await worker.ask('export', 'app.db'));
    for (const [index, image] of images.entries()) {
      const name = `copy ${index}.db`;
      await worker.ask('import', name, image);
      await worker.ask('connect', name);
      expect(await worker.ask('all', name, 'SELECT x FROM t')).toEqual([['a'], ['b']]);
      expect(await worker.ask('all', name, 'PRAGMA integrity_check')).toEqual([['ok']]);
    }
  });

  it('are not exported inside a transaction', async () => {
    const worker = await opened();
    await worker.ask('execute', 'app.db', `${rows}; BEGIN; INSERT INTO t VALUES ('c')`);
    await expect(worker.ask('export', 'app.db')).rejects.toMatchObject({ name: 'TransactionError' });
  });

  it('are not imported over others, nor when they are no databases', async () => {
    const worker = await opened();
    await worker.ask('execute', 'app.db', rows);
    const image = await worker.ask('image', 'app.db');
    await expect(worker.ask('import', 'app.db', image)).rejects.toMatchObject(inUse);
    await worker.ask('disconnect', 'app.db');
    await expect(worker.ask('import', 'app.db', image)).rejects.toMatchObject({
      message: '"app.db" cannot be opened: it exists already. Delete it first.',
    });
    for (const bytes of [new Uint8Array(4096).fill(77), image.slice(0, 700), new Uint8Array()]) {
      await expect(worker.ask('import', 'other.db', bytes)).rejects.toMatchObject({ name: 'NotADatabaseError' });
    }
    image[59] = 2; // UTF-16
    await expect(worker.ask('import', 'other.db', image)).rejects.toMatchObject({ name: 'UnsupportedError' });
    expect(await worker.ask('names')).toEqual(['app.db']);
  });

  it('are deleted for good, and not while they are open', async () => {
    const directory = newDirectory();
    const worker = await opened(directory);
    await worker.ask('execute', 'app.db', rows);
    await expect(worker.ask('delete', 'app.db')).rejects.toMatchObject(inUse);
    await worker.ask('disconnect', 'app.db');
    expect([await worker.ask('delete', 'app.db'), await worker.ask('delete', 'app.db')]).toEqual([true, false]);
    await worker.ask('connect', 'app.db');
    expect(await worker.ask('all', 'app.db', 'SELECT count(*) FROM sqlite_schema')).toEqual([[0]]);
  });
});
