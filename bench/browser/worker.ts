import sqliteWasmFile from '@sqlite.org/sqlite-wasm/sqlite3.wasm?url';
import type { SqlJsStatic } from 'sql.js';
import sqlJsFile from 'sql.js/dist/sql-wasm.wasm?url';
import { connectSqliteWasm, loadSqliteWasm, openOpfsDirectory } from '../../src/drivers/sqlite-wasm.js';
import { connectSqlJs, loadSqlJs } from '../../src/drivers/sqljs.js';

/** Milliseconds, round by round, by engine and workload. */
export type Figures = Readonly<Record<string, Record<Workload, number[]>>>;

export type Workload = keyof typeof workloads;

/** The part of a connection that the workloads use. */
interface Contender {
  prepare(sql: string, bigints: boolean): Statement;
  execute(script: string): void;
  close(): void;
}

interface Statement {
  all(parameters: (number | string)[]): unknown[][];
  run(parameters: (number | string)[]): unknown;
  finalize(): void;
}

const rows = 10_000;
const rounds = 25;
const warmUps = 3;

const workloads = {
  'insert 10,000 rows in one transaction': (connection: Contender) => {
    const insert = connection.prepare('INSERT INTO items VALUES (?, ?, ?, ?, ?)', false);
    connection.execute('BEGIN IMMEDIATE');
    for (let id = 1; id <= rows; id++) {
      insert.run([id, `item number ${id}`, id * 1.5, id % 100, '2026-11-21T09:00:00.000Z']);
    }
    connection.execute('COMMIT');
    insert.finalize();
  },
  'get 10,000 rows, each by itself': (connection: Contender) => {
    const select = connection.prepare('SELECT id, name, price, quantity, made FROM items WHERE id = ?', false);
    let found = 0;
    for (let index = 0; index < rows; index++) found += select.all([1 + ((index * 7919) % rows)]).length;
    select.finalize();
    if (found !== rows) throw new Error(`${found} rows were found.`);
  },
  'get all 10,000 rows at once': (connection: Contender) => {
    const select = connection.prepare('SELECT id, name, price, quantity, made FROM items', false);
    if (select.all([]).length !== rows) throw new Error('Rows are missing.');
    select.finalize();
  },
  'insert 100 rows, each committed': (connection: Contender) => {
    const insert = connection.prepare('INSERT INTO items (name, price) VALUES (?, ?)', false);
    for (let index = 0; index < 100; index++) insert.run(['one more', index]);
    insert.finalize();
  },
};

const sqlJs = await loadSqlJs({ locateFile: () => sqlJsFile });
const sqlite3 = await loadSqliteWasm({ locateFile: () => sqliteWasmFile });
const directory = await openOpfsDirectory(sqlite3, { directory: 'bench' });

/** sql.js as its documentation shows it: with the locks and the journal that it has by itself. */
function connectByHand(): Contender {
  const database = new (sqlJs as unknown as SqlJsStatic).Database();
  return {
    prepare(sql) {
      const statement = database.prepare(sql);
      return {
        all(parameters) {
          statement.bind(parameters);
          const found: unknown[][] = [];
          while (statement.step()) found.push(statement.get());
          statement.reset();
          return found;
        },
        run(parameters) {
          statement.run(parameters);
        },
        finalize: () => statement.free(),
      };
    },
    execute: (script) => void database.run(script),
    close: () => database.close(),
  };
}

const engines: Record<string, () => Promise<Contender>> = {
  'sql.js in memory, by hand': async () => connectByHand(),
  'sql.js in memory': async () => connectSqlJs(sqlJs),
  'sqlite-wasm in memory': async () => connectSqliteWasm(sqlite3),
  'sqlite-wasm on OPFS': async () => {
    directory.delete('bench.db');
    const connection = await directory.connect('bench.db');
    connection.execute('PRAGMA journal_mode = wal; PRAGMA synchronous = normal');
    return connection;
  },
};

const names = Object.keys(workloads) as Workload[];
const figures = Object.fromEntries(
  Object.keys(engines).map((engine) => [engine, Object.fromEntries(names.map((name) => [name, [] as number[]]))]),
) as Record<string, Record<Workload, number[]>>;

for (let round = -warmUps; round < rounds; round++) {
  for (const [engine, connect] of Object.entries(engines)) {
    const connection = await connect();
    connection.execute(
      'CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, price REAL, quantity INTEGER, made TEXT)',
    );
    for (const name of names) {
      const started = performance.now();
      workloads[name](connection);
      if (round >= 0) figures[engine]![name].push(performance.now() - started);
    }
    connection.close();
  }
}

postMessage(figures);
