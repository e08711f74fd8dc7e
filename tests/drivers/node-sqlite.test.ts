import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resultCodeName } from '../../src/drivers/node-sqlite-failure.js';
import {
  loadBuiltin,
  type LoadBuiltin,
  type NodeSqliteConstructor,
  type NodeSqliteModule,
} from '../../src/drivers/node-sqlite-module.js';
import { connectNodeSqlite, type NodeSqliteDatabase } from '../../src/drivers/node-sqlite.js';
import { DriverUnavailableError, UnsupportedError } from '../../src/errors/index.js';
import { hasNodeSqlite } from '../has-node-sqlite.js';
import { sqliteWasm } from './engines.js';
import { temporaryFolder } from './temporary-folder.js';

describe.runIf(hasNodeSqlite)('node:sqlite', () => {
  it('lets onOpen run before any statement of ours', () => {
    const path = join(temporaryFolder(), 'a.db');
    const log: string[] = [];
    const connection = connectNodeSqlite(path, {
      onOpen(raw: NodeSqliteDatabase & { location(): string }) {
        log.push(raw.location());
        const prepare = raw.prepare.bind(raw);
        raw.prepare = (sql) => (log.push(sql), prepare(sql));
      },
    });
    connection.prepare('SELECT 1', false);
    expect(log).toEqual([path, 'SELECT 1']);
    connection.close();
  });

  it('runs functions that onOpen defines', () => {
    type Definer = NodeSqliteDatabase & { function(name: string, body: (value: number) => number): void };
    const connection = connectNodeSqlite(':memory:', { onOpen: (raw: Definer) => raw.function('twice', (n) => 2 * n) });
    expect(connection.prepare('SELECT twice(?)', false).all([21])).toEqual([[42]]);
    connection.close();
  });

  it('does not explain what such a function throws', () => {
    type Definer = NodeSqliteDatabase & { function(name: string, body: () => never): void };
    const mine = new Error('mine');
    const fail = (): never => {
      throw mine;
    };
    const connection = connectNodeSqlite(':memory:', { onOpen: (raw: Definer) => raw.function('fail', fail) });
    const statement = connection.prepare('SELECT fail()', false);
    expect(() => statement.all([])).toThrow(mine);
    expect(connection.explain(mine)).toBeUndefined();
    connection.close();
  });

  it('closes the file when onOpen throws, also after it closed the file itself', () => {
    let raw: NodeSqliteDatabase | undefined;
    for (const closesFirst of [false, true]) {
      const onOpen = (opened: NodeSqliteDatabase) => {
        raw = opened;
        if (closesFirst) raw.close();
        throw new Error('wrong key');
      };
      expect(() => connectNodeSqlite(':memory:', { onOpen })).toThrow('wrong key');
      expect(raw?.isOpen).toBe(false);
    }
  });

  it('loads extensions where it is told that it may', () => {
    const attempt = (allowExtension: boolean) => {
      let message = '';
      const onOpen = (raw: NodeSqliteDatabase) => {
        try {
          raw.loadExtension(join(temporaryFolder(), 'absent'));
        } catch (error) {
          ({ message } = error as Error);
        }
      };
      connectNodeSqlite(':memory:', { onOpen, allowExtension }).close();
      return message;
    };
    expect(attempt(false)).toBe('extension loading is not allowed');
    expect(attempt(true)).toMatch(/absent/);
  });

  it('says that a database in memory cannot be read-only', () => {
    const attempt = () => connectNodeSqlite(':memory:', { readonly: true });
    expect(attempt).toThrow(UnsupportedError);
    expect(attempt).toThrow('A database in memory cannot be read-only. Leave readonly out, or open a file.');
  });
});

describe.runIf(hasNodeSqlite)('node:sqlite before Node 24.16', () => {
  /** This Node's, with what was wrong in older ones. */
  const older: LoadBuiltin = (name) => {
    const module = loadBuiltin(name) as NodeSqliteModule;
    return name === 'node:sqlite' ? { ...module, DatabaseSync: withFlaws(module.DatabaseSync) } : module;
  };

  /** Text ends at its first NUL, some empty bytes are NULL, and rows have as many columns as at the run before. */
  const withFlaws = (DatabaseSync: NodeSqliteConstructor): NodeSqliteConstructor =>
    class extends DatabaseSync {
      override prepare(sql: string) {
        const statement = super.prepare(sql);
        const all = statement.all.bind(statement);
        let width = statement.columns().length;
        statement.all = (...values) => {
          const isLost = (value: unknown) => value instanceof Uint8Array && value.buffer.byteLength === 0;
          const rows = all(...values.map((value) => (isLost(value) ? null : value)));
          const read = rows.map((row) => (Array.isArray(row) ? row.slice(0, width).map(withoutEnd) : row));
          width = statement.columns().length;
          return read;
        };
        return statement;
      }
    };

  const withoutEnd = (value: unknown) => (typeof value === 'string' ? value.split('\0', 1)[0] : value);

  it('refuses text with NUL, which it would cut when it reads it', () => {
    const connection = connectNodeSqlite(':memory:', {}, older);
    const attempt = () => connection.prepare('SELECT ?', false).all(['a\0b']);
    expect(attempt).toThrow(UnsupportedError);
    expect(attempt).toThrow(
      'This version of Node would read a text only up to its NUL character. Use Node 24.16 or a newer one, or a blob.',
    );
    expect(connection.prepare('SELECT ?, ?', false).all(['a', 1])).toEqual([['a', 1]]);
    connection.close();
  });

  it('keeps empty bytes', () => {
    const connection = connectNodeSqlite(':memory:', {}, older);
    const statement = connection.prepare('SELECT typeof(?), typeof(?)', false);
    expect(statement.all([new Uint8Array(), Uint8Array.from([]).subarray(0)])).toEqual([['blob', 'blob']]);
    connection.close();
  });

  it('reads the columns of now', () => {
    const connection = connectNodeSqlite(':memory:', {}, older);
    connection.execute('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const select = connection.prepare('SELECT * FROM t', false);
    const insert = connection.prepare('INSERT INTO t (x) VALUES (?) RETURNING *', false);
    connection.execute('ALTER TABLE t ADD COLUMN y DEFAULT 2');
    expect(select.all([])).toEqual([[1, 2]]);
    expect(insert.all([3])).toEqual([[3, 2]]);
    expect(select.columns).toEqual(['x', 'y']);
    expect(select.all([])).toEqual([
      [1, 2],
      [3, 2],
    ]);
    connection.close();
  });
});

describe('a Node without the node:sqlite that is needed', () => {
  const message = new RegExp(
    `^node:sqlite needs Node 22 from 22\\.16 on, or Node 24 or newer, and this is Node ${process.versions.node}\\. ` +
      'Use such a Node, without --no-experimental-sqlite, or open with litemodel/better-sqlite3\\.$',
  );

  it.each<[string, LoadBuiltin]>([
    ['without the module', () => undefined],
    [
      'with one that is too old',
      () => ({
        DatabaseSync: class {
          constructor() {
            throw new Error('opened');
          }
        },
        StatementSync: class {},
      }),
    ],
  ])('is refused before anything is opened: %s', (_, load) => {
    const path = join(temporaryFolder(), 'a.db');
    const attempt = () => connectNodeSqlite(path, {}, load);
    expect(attempt).toThrow(DriverUnavailableError);
    expect(attempt).toThrow(message);
    expect(existsSync(path)).toBe(false);
  });

  it.skipIf(hasNodeSqlite)('is this one', () => {
    expect(() => connectNodeSqlite(':memory:')).toThrow(message);
  });
});

describe('result codes', () => {
  const nameOf = (sqliteWasm.capi as { sqlite3_js_rc_str(code: number): string | undefined }).sqlite3_js_rc_str;

  it('have the names that SQLite gives them', () => {
    const named: number[] = [];
    for (let primary = 1; primary <= 26; primary++) {
      for (let extension = 0; extension < 64; extension++) {
        const code = primary | (extension << 8);
        const name = nameOf(code);
        if (name === undefined) continue;
        named.push(code);
        expect(resultCodeName(code)).toBe(name);
      }
    }
    expect(named.length).toBeGreaterThan(90);
  });

  it.each([
    [1 | (99 << 8), 'SQLITE_ERROR'],
    [19 | (99 << 8), 'SQLITE_CONSTRAINT'],
    [4 | (1 << 8), 'SQLITE_ABORT'],
    [200, 'SQLITE_UNKNOWN'],
  ])('%i, which has no name, is %s', (code, name) => {
    expect(resultCodeName(code)).toBe(name);
  });
});
