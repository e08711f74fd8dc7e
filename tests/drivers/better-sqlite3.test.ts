import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { translateError } from '../../src/database/translate-error.js';
import {
  connectBetterSqlite3,
  type BetterSqlite3Options,
  type RawDatabaseConstructor,
} from '../../src/drivers/better-sqlite3.js';
import type { Connection } from '../../src/driver/contract.js';
import { BusyError, CannotOpenError, ReadOnlyError } from '../../src/errors/index.js';
import { temporaryFolder } from './temporary-folder.js';

const failure = (connection: Connection, action: () => unknown): unknown => {
  try {
    return action();
  } catch (error) {
    return translateError(connection.explain(error)!, undefined, error);
  }
};

describe('better-sqlite3', () => {
  it('creates a file, and finds its rows again', () => {
    const path = join(temporaryFolder(), 'new.db');
    const first = connectBetterSqlite3(path);
    first.execute('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    first.close();
    const second = connectBetterSqlite3(path, { fileMustExist: true });
    expect(second.prepare('SELECT x FROM t', false).all([])).toEqual([[1]]);
    second.close();
  });

  it('can be in WAL mode on disk, and not in memory', () => {
    for (const [path, wal] of [[join(temporaryFolder(), 'a.db'), true] as const, [':memory:', false] as const]) {
      const connection = connectBetterSqlite3(path);
      const [[mode]] = connection.prepare('PRAGMA journal_mode = wal', false).all([]) as [[string]];
      expect([connection.capabilities.wal, mode === 'wal']).toEqual([wal, wal]);
      connection.close();
    }
  });

  it.each<[string, string, BetterSqlite3Options]>([
    ['in a folder that does not exist', 'missing/a.db', {}],
    ['that is a folder', 'folder', {}],
    ['that must exist', 'absent.db', { fileMustExist: true }],
    ['that does not exist, read-only', 'absent.db', { readonly: true }],
  ])('cannot open a path %s', (_, path, options) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    const attempt = () => connectBetterSqlite3(join(folder, path), options);
    expect(attempt).toThrow(CannotOpenError);
    expect(attempt).toThrow(path);
    expect(existsSync(join(folder, 'absent.db'))).toBe(false);
  });

  it('refuses to write to a database that was opened read-only', () => {
    const path = join(temporaryFolder(), 'a.db');
    connectBetterSqlite3(path).close();
    const writer = connectBetterSqlite3(path);
    writer.execute('CREATE TABLE t (x)');
    const reader = connectBetterSqlite3(path, { readonly: true });
    expect(failure(reader, () => reader.execute('INSERT INTO t VALUES (1)'))).toBeInstanceOf(ReadOnlyError);
    expect(reader.prepare('SELECT * FROM t', false).all([])).toEqual([]);
    writer.close();
    reader.close();
  });

  it('reports the lock of another connection', () => {
    const path = join(temporaryFolder(), 'a.db');
    const [one, two] = [connectBetterSqlite3(path), connectBetterSqlite3(path)];
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
    const [one, two] = [connectBetterSqlite3(path), connectBetterSqlite3(path)];
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

  it('lets onOpen run before any statement of ours, with the constructor that is given', () => {
    const log: string[] = [];
    class Spied extends (Database as RawDatabaseConstructor) {
      override prepare(sql: string) {
        if (!this.memory) log.push(sql);
        return super.prepare(sql);
      }
    }
    const path = join(temporaryFolder(), 'a.db');
    const connection = connectBetterSqlite3(path, {
      Database: Spied,
      onOpen: (raw: Database.Database) => log.push(`opened ${raw.name}`),
    });
    connection.prepare('SELECT 1', false);
    expect(log).toEqual([`opened ${path}`, 'SELECT 1']);
    connection.close();
  });

  it('closes the file when onOpen throws', () => {
    let raw: Database.Database | undefined;
    const onOpen = (opened: Database.Database) => {
      raw = opened;
      throw new Error('wrong key');
    };
    expect(() => connectBetterSqlite3(':memory:', { onOpen })).toThrow('wrong key');
    expect(raw?.open).toBe(false);
  });

  it('hands the parameters to one call of better-sqlite3: as arguments, and as one array where they are many', () => {
    const calls: unknown[][] = [];
    const many = Array.from({ length: 65 }, (_, index) => index);
    const connection = connectBetterSqlite3(':memory:', {
      onOpen(raw) {
        const prepare = raw.prepare.bind(raw);
        raw.prepare = (sql) => {
          const statement = prepare(sql);
          const all = statement.all.bind(statement) as (...given: readonly unknown[]) => unknown[];
          statement.all = (...given: readonly unknown[]) => (calls.push([...given]), all(...given));
          return statement;
        };
      },
    });
    connection.prepare('SELECT ?, ?', false).all([1, 'a']);
    connection.prepare(`SELECT ${many.map(() => '?').join(', ')}`, false).all(many);
    expect(calls).toEqual([[1, 'a'], [many]]);
    connection.close();
  });
});
