import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import initSqliteWasm from '@sqlite.org/sqlite-wasm';
import { describe, expect, it } from 'vitest';
import { translateError } from '../../src/database/translate-error.js';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { connectSqlJs } from '../../src/drivers/sqljs.js';
import { connectSqliteWasm, loadSqliteWasm, openOpfsDirectory } from '../../src/drivers/sqlite-wasm.js';
import type { RawModule } from '../../src/drivers/sqlite-wasm-module.js';
import { nameOf, pathOf } from '../../src/drivers/sqlite-wasm-path.js';
import type { Connection } from '../../src/driver/contract.js';
import { CannotOpenError, DriverUnavailableError, TransactionError, UnsupportedError } from '../../src/errors/index.js';
import { sqliteWasm, sqlJs } from './engines.js';
import { temporaryFolder } from './temporary-folder.js';

const require = createRequire(import.meta.url);

const all = (connection: Connection, sql: string) => connection.prepare(sql, false).all([]);

describe('images', () => {
  it('are exported, and open again here and with other drivers', () => {
    const connection = connectSqliteWasm(sqliteWasm);
    connection.execute('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const image = connection.export();
    connection.execute('INSERT INTO t VALUES (2)');
    expect(all(connection, 'SELECT x FROM t')).toEqual([[1], [2]]);
    connection.close();
    const copies = [connectSqliteWasm(sqliteWasm, image), connectSqlJs(sqlJs, image)];
    for (const copy of copies) {
      expect(all(copy, 'SELECT x FROM t')).toEqual([[1]]);
      copy.execute('INSERT INTO t VALUES (3)');
      expect(all(copy, 'PRAGMA integrity_check')).toEqual([['ok']]);
      copy.close();
    }
    expect(connectSqliteWasm(sqliteWasm, image).export()).toEqual(image);
  });

  it('are of an empty database, too', () => {
    for (const empty of [undefined, new Uint8Array()]) {
      const image = connectSqliteWasm(sqliteWasm, empty).export();
      const copy = connectSqliteWasm(sqliteWasm, image);
      copy.execute('CREATE TABLE t (x)');
      expect(all(copy, 'SELECT count(*) FROM sqlite_schema')).toEqual([[1]]);
      copy.close();
    }
  });

  it('grow as far as there is memory', () => {
    const source = connectSqliteWasm(sqliteWasm);
    source.execute('CREATE TABLE t (x)');
    const copy = connectSqliteWasm(sqliteWasm, source.export());
    copy.execute(
      'WITH n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO t SELECT zeroblob(1e6) FROM n',
    );
    expect(copy.export().length).toBeGreaterThan(40e6);
    copy.close();
    source.close();
  });

  it('may be of a file in WAL mode', () => {
    const path = join(temporaryFolder(), 'wal.db');
    const source = connectBetterSqlite3(path);
    source.execute('PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    source.close();
    const file = readFileSync(path);
    const connection = connectSqliteWasm(sqliteWasm, file);
    connection.execute('INSERT INTO t VALUES (2)');
    expect(all(connection, 'SELECT x FROM t')).toEqual([[1], [2]]);
    expect(file).toEqual(readFileSync(path));
    connection.close();
  });

  it('are refused where text is UTF-16, which this SQLite would garble', () => {
    const source = connectSqlJs(sqlJs);
    source.execute("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (x)");
    const image = source.export();
    expect(() => connectSqliteWasm(sqliteWasm, image)).toThrow(UnsupportedError);
    source.close();
  });

  it('are not exported inside a transaction, which stays open', () => {
    const connection = connectSqliteWasm(sqliteWasm);
    connection.execute('CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (1)');
    expect(() => connection.export()).toThrow(TransactionError);
    expect(connection.inTransaction).toBe(true);
    connection.execute('COMMIT');
    expect(connection.export().length).toBeGreaterThan(0);
    connection.close();
    expect(() => connection.export()).toThrow('The database connection is not open');
  });

  it('leave statements and pragmas as they are', () => {
    const connection = connectSqliteWasm(sqliteWasm);
    connection.execute('PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; CREATE TABLE t (x)');
    const insert = connection.prepare('INSERT INTO t VALUES (?)', false);
    insert.run([1]);
    connection.export();
    insert.run([2]);
    expect(all(connection, 'SELECT x FROM t')).toEqual([[1], [2]]);
    expect(all(connection, 'PRAGMA foreign_keys')).toEqual([[1]]);
    connection.close();
  });
});

describe('memory', () => {
  const sizeOfMemory = () => (sqliteWasm as RawModule).wasm.memory.buffer.byteLength;

  it('keeps values that are larger than what is lent to SQLite', () => {
    const connection = connectSqliteWasm(sqliteWasm);
    connection.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b BLOB, c TEXT)');
    const insert = connection.prepare('INSERT INTO t VALUES (?, ?, ?, ?)', false);
    const select = connection.prepare('SELECT a, b, c FROM t WHERE id = ?', false);
    for (const [id, length] of [1, 21_845, 21_846, 65_536, 65_537].entries()) {
      const values = ['é'.repeat(length), new Uint8Array(length).fill(id), 'x'.repeat(length)];
      insert.run([id, ...values]);
      expect(select.all([id])).toEqual([values]);
    }
    connection.close();
  });

  it('may grow, and so move, while a value is bound and while a row is read', async () => {
    const connection = connectSqliteWasm(await loadSqliteWasm());
    const select = connection.prepare(
      "SELECT ?, length(?), 'é' || ?, length(zeroblob(? * 1000000)), x'00ff', ?",
      false,
    );
    for (const megabytes of [1, 10, 50, 100]) {
      const [row] = select.all(['first', new Uint8Array(megabytes * 1e6), 'z'.repeat(50), megabytes, 'last']);
      const read = ['first', megabytes * 1e6, `é${'z'.repeat(50)}`, megabytes * 1e6, Uint8Array.of(0, 255), 'last'];
      expect(row).toEqual(read);
    }
    connection.close();
  });

  it('does not grow with each value', () => {
    const connection = connectSqliteWasm(sqliteWasm);
    const select = connection.prepare('SELECT length(?), length(?)', false);
    const values = [new Uint8Array(4e6), 'y'.repeat(4e6)];
    select.all(values);
    const before = sizeOfMemory();
    for (let round = 0; round < 20; round++) select.all(values);
    for (let round = 0; round < 20; round++) expect(() => select.all([values[0]!, 2n ** 63n])).toThrow();
    expect(sizeOfMemory()).toBe(before);
    connection.close();
  });

  it('takes a statement with more values than it lends at once', () => {
    const connection = connectSqliteWasm(sqliteWasm);
    const values = Array.from({ length: 5000 }, (_, index) => `value ${index} é`);
    const select = connection.prepare(`VALUES ${values.map(() => '(?)').join()}`, false);
    for (let round = 0; round < 3; round++) expect(select.all(values)).toEqual(values.map((value) => [value]));
    connection.close();
  });

  it('is given back by databases with full-text search, whose own statements are not ours to finalize', () => {
    for (let round = 0; round < 20; round++) {
      const connection = connectSqliteWasm(sqliteWasm);
      connection.execute(`CREATE VIRTUAL TABLE f USING fts5 (x); CREATE VIRTUAL TABLE r USING rtree (id, a, b);
        INSERT INTO f VALUES ('some words'); INSERT INTO r VALUES (1, 2, 3)`);
      const search = connection.prepare('SELECT x FROM f WHERE f MATCH ?', false);
      expect(search.all(['words'])).toEqual([['some words']]);
      connection.close();
      search.finalize();
    }
  });

  it('is shared by databases that are open at once', () => {
    const connections = Array.from({ length: 5 }, () => connectSqliteWasm(sqliteWasm));
    for (const [index, connection] of connections.entries()) {
      connection.execute(`CREATE TABLE t (x); INSERT INTO t VALUES ('${'long '.repeat(9000)}${index}')`);
    }
    const read = connections.map((connection) => all(connection, "SELECT replace(x, 'long ', '') FROM t"));
    expect(read).toEqual([[['0']], [['1']], [['2']], [['3']], [['4']]]);
    for (const connection of connections) connection.close();
  });
});

describe('statements', () => {
  it('tell whether they only read', () => {
    const connection = connectSqliteWasm(sqliteWasm);
    connection.execute('CREATE TABLE t (x)');
    const reads = (sql: string) => connection.prepare(sql, false).reads;
    expect(['SELECT 1', 'SELECT * FROM t', 'PRAGMA user_version'].map(reads)).toEqual([true, true, true]);
    expect(['DELETE FROM t', 'DELETE FROM t RETURNING x', 'BEGIN', 'CREATE TABLE u (x)'].map(reads)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    connection.close();
  });

  it('refuse what better-sqlite3 refuses of a schema: text in double quotes, and damage to it', () => {
    const connection = connectSqliteWasm(sqliteWasm);
    const failure = (sql: string) => {
      try {
        connection.execute(sql);
        return undefined;
      } catch (error) {
        return translateError(connection.explain(error)!, sql, error).sqliteCode;
      }
    };
    connection.execute('CREATE TABLE t (x)');
    expect(failure('SELECT "nothing"')).toBe('SQLITE_ERROR');
    expect(failure('CREATE INDEX i ON t ("nothing")')).toBe('SQLITE_ERROR');
    expect(failure("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ''")).toBe('SQLITE_ERROR');
    connection.close();
  });
});

describe('starting', () => {
  it('takes a build that is started already, or how to start one, or its bytes', async () => {
    const started = await initSqliteWasm();
    expect(await loadSqliteWasm({ sqlite3: started })).toBe(started);
    expect(await loadSqliteWasm({ sqlite3: initSqliteWasm })).toHaveProperty('capi');
    const wasmBinary = readFileSync(require.resolve('@sqlite.org/sqlite-wasm/sqlite3.wasm'));
    const own = await loadSqliteWasm({ wasmBinary, locateFile: (file) => file });
    expect(all(connectSqliteWasm(own), 'SELECT 1')).toEqual([[1]]);
  });

  it('leaves nothing behind where everybody would see it', async () => {
    await loadSqliteWasm();
    expect(globalThis).not.toHaveProperty('sqlite3ApiConfig');
    Object.assign(globalThis, { sqlite3ApiConfig: { disable: {} } });
    await expect(loadSqliteWasm({ sqlite3: () => Promise.reject(new Error('no')) })).rejects.toThrow();
    expect(globalThis).not.toHaveProperty('sqlite3ApiConfig');
  });

  it('says how to find a WebAssembly that does not start, and a package that is not installed', async () => {
    const broken = loadSqliteWasm({ sqlite3: () => Promise.reject(new Error('404')) });
    await expect(broken).rejects.toThrow(DriverUnavailableError);
    await expect(broken).rejects.toThrow(/locateFile/);
    const missing = loadSqliteWasm({}, () => import(/* @vite-ignore */ join(temporaryFolder(), 'sqlite-wasm')));
    await expect(missing).rejects.toThrow(DriverUnavailableError);
    await expect(missing).rejects.toThrow('npm install @sqlite.org/sqlite-wasm');
  });

  it('refuses a build that it does not know, or whose addresses are not numbers', async () => {
    expect(() => connectSqliteWasm({ capi: {}, wasm: {} })).toThrow(DriverUnavailableError);
    const { capi, wasm } = sqliteWasm;
    expect(() => connectSqliteWasm({ capi, wasm: { ...wasm, ptr: { size: 8 } } })).toThrow(DriverUnavailableError);
    expect(() => connectSqliteWasm({ capi, wasm: { ...wasm, bigIntEnabled: false } })).toThrow(DriverUnavailableError);
  });

  it('opens no file where there is no private file system of a browser', async () => {
    await expect(openOpfsDirectory(sqliteWasm)).rejects.toThrow(UnsupportedError);
  });
});

describe('paths in the pool', () => {
  it.each([
    ['app.db', '/app.db'],
    ['/app.db', '/app.db'],
    ['folder/my app.db', '/folder/my%20app.db'],
    ['a?b#c', '/a%3Fb%23c'],
    ['ä', '/%C3%A4'],
    ['%41', '/%2541'],
  ])('%s is at %s', (name, path) => {
    expect(pathOf(name)).toBe(path);
    expect(new URL(path, 'file://localhost/').pathname).toBe(path); // as the pool reads it
    expect(nameOf(path)).toBe(name.replace(/^\//, ''));
  });

  it.each([
    '',
    '/',
    'a//b',
    'a/',
    '.',
    '..',
    'a/../b',
    './a',
    'app.db-wal',
    'a-journal',
    'a-shm',
    'x'.repeat(600),
    '\uD800',
  ])('are none for %.20j', (name) => {
    expect(() => pathOf(name)).toThrow(CannotOpenError);
  });

  it('are read also where another app did not escape them', () => {
    expect(['/100%.db', '/my app.db'].map(nameOf)).toEqual(['100%.db', 'my app.db']);
  });
});
