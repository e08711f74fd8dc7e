import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { translateError } from '../../src/database/translate-error.js';
import type { Connection } from '../../src/driver/contract.js';
import { BusyError, CannotOpenError, ReadOnlyError } from '../../src/errors/index.js';
import { fileEngines, type FileOptions } from './engines.js';
import { temporaryFolder } from './temporary-folder.js';

const failure = (connection: Connection, action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return translateError(connection.explain(error)!, undefined, error);
  }
};

describe.each(fileEngines)('files of $name', ({ connect }) => {
  it('creates a file, and finds its rows again', () => {
    const path = join(temporaryFolder(), 'new.db');
    const first = connect(path);
    first.execute('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    first.close();
    const second = connect(path, { fileMustExist: true });
    expect(second.prepare('SELECT x FROM t', false).all([])).toEqual([[1]]);
    second.close();
  });

  it('can be in WAL mode on disk, and not in memory', () => {
    for (const [path, wal] of [[join(temporaryFolder(), 'a.db'), true] as const, [':memory:', false] as const]) {
      const connection = connect(path);
      const [[mode]] = connection.prepare('PRAGMA journal_mode = wal', false).all([]) as [[string]];
      expect([connection.capabilities.wal, mode === 'wal']).toEqual([wal, wal]);
      connection.close();
    }
  });

  it.each<[string, string, FileOptions]>([
    ['in a folder that does not exist', 'missing/a.db', {}],
    ['that is a folder', 'folder', {}],
    ['that must exist', 'absent.db', { fileMustExist: true }],
    ['that does not exist, read-only', 'absent.db', { readonly: true }],
  ])('cannot open a path %s', (_, path, options) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    const attempt = () => connect(join(folder, path), options);
    expect(attempt).toThrow(CannotOpenError);
    expect(attempt).toThrow(path);
    expect(existsSync(join(folder, 'absent.db'))).toBe(false);
  });

  it('refuses to write to a database that was opened read-only', () => {
    const path = join(temporaryFolder(), 'a.db');
    connect(path).close();
    const writer = connect(path);
    writer.execute('CREATE TABLE t (x)');
    const reader = connect(path, { readonly: true });
    expect(failure(reader, () => reader.execute('INSERT INTO t VALUES (1)'))).toBeInstanceOf(ReadOnlyError);
    expect(reader.prepare('SELECT * FROM t', false).all([])).toEqual([]);
    writer.close();
    reader.close();
  });

  it('reports the lock of another connection', () => {
    const path = join(temporaryFolder(), 'a.db');
    const [one, two] = [connect(path), connect(path)];
    two.execute('PRAGMA busy_timeout = 1');
    one.execute('CREATE TABLE t (x); BEGIN IMMEDIATE');
    expect(failure(two, () => two.execute('BEGIN IMMEDIATE'))).toBeInstanceOf(BusyError);
    expect(two.inTransaction).toBe(false);
    one.execute('COMMIT');
    two.execute('BEGIN IMMEDIATE; COMMIT');
    one.close();
    two.close();
  });

  it('reports a snapshot that another connection wrote past', () => {
    const path = join(temporaryFolder(), 'a.db');
    const [one, two] = [connect(path), connect(path)];
    one.execute('PRAGMA journal_mode = wal; CREATE TABLE t (x)');
    two.execute('BEGIN; SELECT * FROM t');
    one.execute('INSERT INTO t VALUES (1)');
    expect(failure(two, () => two.execute('INSERT INTO t VALUES (2)'))).toMatchObject({
      code: 'ORM_BUSY',
      sqliteCode: 'SQLITE_BUSY_SNAPSHOT',
    });
    one.close();
    two.close();
  });

  it.each(['file:odd.db', 'a ? b.db', 'a # b.db', '50%41.db', 'é &mode=memory.db', '-'])(
    'opens a file named %j',
    (name) => {
      const folder = temporaryFolder();
      const here = process.cwd();
      onTestFinished(() => process.chdir(here));
      process.chdir(folder);
      const first = connect(name);
      first.execute('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
      first.close();
      expect(readdirSync(folder)).toEqual([name]);
      for (const options of [
        {},
        { fileMustExist: true },
        { readonly: true },
        { readonly: true, fileMustExist: true },
      ]) {
        const again = connect(name, options);
        expect(again.prepare('SELECT x FROM t', false).all([])).toEqual([[1]]);
        again.close();
      }
      expect(readdirSync(folder)).toEqual([name]);
    },
  );

  it('has no file to miss in memory, and nothing to read only', () => {
    for (const path of [':memory:', '']) {
      const connection = connect(path, { fileMustExist: true });
      connection.execute('CREATE TABLE t (x)');
      expect(connection.capabilities.wal).toBe(false);
      connection.close();
      expect(() => connect(path, { readonly: true })).toThrow();
    }
  });

  it('waits for a lock for five seconds where nobody says otherwise', () => {
    const connection = connect(join(temporaryFolder(), 'a.db'));
    expect(connection.prepare('PRAGMA busy_timeout', false).all([])).toEqual([[5000]]);
    connection.close();
  });

  it('rolls back what is not committed when it closes', () => {
    const path = join(temporaryFolder(), 'a.db');
    const first = connect(path);
    first.execute('CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (1)');
    first.close();
    const second = connect(path);
    expect(second.prepare('SELECT * FROM t', false).all([])).toEqual([]);
    second.close();
  });

  it('sees what another connection did to the schema', () => {
    const path = join(temporaryFolder(), 'a.db');
    const [one, two] = [connect(path), connect(path)];
    one.execute("CREATE TABLE t (x); INSERT INTO t VALUES ('a')");
    two.prepare('ATTACH ? AS "the other"', false).run([path]);
    const select = two.prepare('SELECT * FROM t', false);
    const insert = two.prepare("INSERT INTO t (x) VALUES ('b') RETURNING *", false);
    const other = two.prepare('SELECT * FROM "the other".t', false);
    expect([select.all([]), other.all([])]).toEqual([[['a']], [['a']]]);
    one.execute('ALTER TABLE t ADD COLUMN y DEFAULT 2');
    expect(other.all([])).toEqual([['a', 2]]);
    expect(insert.all([])).toEqual([['b', 2]]);
    one.execute('ALTER TABLE t DROP COLUMN x');
    expect(select.all([])).toEqual([[2], [2]]);
    expect([select.columns, insert.columns]).toEqual([['y'], ['x', 'y']]);
    one.close();
    two.close();
  });
});
