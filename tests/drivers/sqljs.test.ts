import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import initSqlJs from 'sql.js';
import { describe, expect, it } from 'vitest';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { connectSqlJs, loadSqlJs, type SqlJsModule } from '../../src/drivers/sqljs.js';
import { DriverUnavailableError, TransactionError, UnsupportedError } from '../../src/errors/index.js';
import { sqlJs } from './engines.js';
import { temporaryFolder } from './temporary-folder.js';

const require = createRequire(import.meta.url);

describe('sql.js', () => {
  it('exports an image that opens again, here and in a file', async () => {
    const connection = connectSqlJs(sqlJs);
    connection.execute('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const image = connection.export();
    connection.execute('INSERT INTO t VALUES (2)');
    connection.close();
    const copy = connectSqlJs(sqlJs, image);
    expect(copy.prepare('SELECT x FROM t', false).all([])).toEqual([[1]]);
    copy.execute('INSERT INTO t VALUES (3)');
    expect(image).toEqual(connectSqlJs(sqlJs, image).export());
    copy.close();
  });

  it('opens the image of a file that is in WAL mode', () => {
    const path = join(temporaryFolder(), 'wal.db');
    const source = connectBetterSqlite3(path);
    source.execute('PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    source.close();
    const connection = connectSqlJs(sqlJs, readFileSync(path));
    connection.execute('INSERT INTO t VALUES (2)');
    expect(connection.prepare('SELECT x FROM t', false).all([])).toEqual([[1], [2]]);
    connection.close();
  });

  it('refuses to export inside a transaction, and leaves it open', () => {
    const connection = connectSqlJs(sqlJs);
    connection.execute('CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (1)');
    expect(() => connection.export()).toThrow(TransactionError);
    expect(connection.inTransaction).toBe(true);
    connection.execute('COMMIT');
    expect(connection.export().length).toBeGreaterThan(0);
    connection.close();
  });

  it('keeps statements and pragmas over an export', () => {
    expectToSurviveExport(sqlJs);
  });

  it('keeps them also where export opens the database anew, as builds up to 1.15 do', () => {
    expectToSurviveExport(reopening(sqlJs));
  });

  it('takes a build that is started already, or how to start one, or its bytes', async () => {
    const started = await initSqlJs();
    expect(await loadSqlJs({ sqlJs: started })).toBe(started);
    expect(await loadSqlJs({ sqlJs: initSqlJs })).toHaveProperty('Database');
    const wasmBinary = readFileSync(require.resolve('sql.js/dist/sql-wasm.wasm'));
    expect(await loadSqlJs({ wasmBinary, locateFile: (file) => file })).toHaveProperty('Database');
  });

  it('reads text that a build cut off at NUL or at its byte order mark', () => {
    const connection = connectSqlJs(sqlJs);
    const values = ['\uFEFFa', 'b\0c'];
    expect(connection.prepare('SELECT ?, ?', false).all(values)).toEqual([values]);
    connection.close();
  });

  it('refuses text with NUL where the build would cut it off', () => {
    const connection = connectSqlJs(cutting(sqlJs));
    const select = connection.prepare('SELECT ?', false);
    expect(() => select.all(['a\0b'])).toThrow(UnsupportedError);
    expect(select.all(['ab'])).toEqual([['ab']]);
    connection.close();
  });

  it('refuses a build whose functions it does not know', () => {
    const unknown: SqlJsModule = { Database: sqlJs.Database };
    expect(() => connectSqlJs(unknown)).toThrow(DriverUnavailableError);
  });
});

function expectToSurviveExport(module: SqlJsModule): void {
  const connection = connectSqlJs(module);
  const pragmas = [
    'foreign_keys',
    'recursive_triggers',
    'locking_mode',
    'journal_mode',
    'busy_timeout',
    'trusted_schema',
  ];
  const read = () => pragmas.map((name) => connection.prepare(`PRAGMA ${name}`, false).all([])[0]![0]);
  connection.execute('PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF');
  connection.execute('PRAGMA busy_timeout = 1234; CREATE TABLE t (x)');
  const insert = connection.prepare('INSERT INTO t VALUES (?)', false);
  insert.run([1]);
  const before = read();
  expect(before).toEqual([1, 1, 'exclusive', 'memory', 1234, 0]);

  connection.export();

  expect(read()).toEqual(before);
  expect(connection.inTransaction).toBe(false);
  expect(insert.run([2]).changes).toBe(1);
  insert.finalize();
  expect(connection.prepare('SELECT x FROM t', false).all([])).toEqual([[1], [2]]);
  connection.close();
}

/** A build whose `export` frees every statement and forgets the connection's pragmas. */
function reopening(module: SqlJsModule): SqlJsModule {
  interface Freeable {
    free(): void;
  }
  const Original = module.Database as new (image?: Uint8Array) => {
    export(): Uint8Array;
    prepare(sql: string): Freeable;
    run(sql: string): void;
  };
  class Database extends Original {
    readonly prepared: Freeable[] = [];

    override prepare(sql: string): Freeable {
      const statement = super.prepare(sql);
      this.prepared.push(statement);
      return statement;
    }

    override export(): Uint8Array {
      for (const statement of this.prepared) statement.free();
      this.run('PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF; PRAGMA trusted_schema = ON');
      this.run('PRAGMA locking_mode = normal; PRAGMA journal_mode = delete; PRAGMA busy_timeout = 0');
      return super.export();
    }
  }
  return { ...module, Database };
}

/** A build whose statements bind text up to its first NUL. */
function cutting(module: SqlJsModule): SqlJsModule {
  const Original = module.Database as new (image?: Uint8Array) => {
    export(): Uint8Array;
    prepare(sql: string): { bind(values: readonly unknown[]): boolean };
  };
  class Database extends Original {
    override prepare(sql: string) {
      const statement = super.prepare(sql);
      const bind = statement.bind.bind(statement);
      statement.bind = (values) =>
        bind(values.map((value) => (typeof value === 'string' ? value.split('\0')[0] : value)));
      return statement;
    }
  }
  return { ...module, Database };
}
