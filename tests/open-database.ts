import { afterEach } from 'vitest';
import { open as openBetterSqlite3 } from 'litemodel/better-sqlite3';
import { open as openNodeSqlite } from 'litemodel/node-sqlite';
import { open as openSqlJs } from 'litemodel/sqljs';
import type { Database, OpenOptions } from 'litemodel';
import { connectSqliteWasm, loadSqliteWasm } from '../src/drivers/sqlite-wasm.js';
import { ImageDatabase } from '../src/model/index.js';
import { hasNodeSqlite } from './has-node-sqlite.js';

/** A driver under test, and how it opens an empty database in memory. */
export interface TestDriver {
  readonly name: string;
  open(options?: OpenOptions): Promise<Database>;
}

const nodeSqlite: TestDriver = {
  name: 'node:sqlite',
  open: async (options) => closedLater(openNodeSqlite(':memory:', options)),
};

/** SQLite's own WebAssembly, started by the first test that opens a database on it. */
let sqliteWasm: ReturnType<typeof loadSqliteWasm> | undefined;

async function openSqliteWasm(options: OpenOptions = {}): Promise<Database> {
  return new ImageDatabase(connectSqliteWasm(await (sqliteWasm ??= loadSqliteWasm())), undefined, options);
}

/** Every driver that behaviour tests run on: `describe.each(drivers)('…', ({ open }) => …)`. Closed after each test. */
export const drivers: readonly TestDriver[] = [
  { name: 'better-sqlite3', open: async (options) => closedLater(openBetterSqlite3(':memory:', options)) },
  ...(hasNodeSqlite ? [nodeSqlite] : []),
  { name: 'sql.js', open: async (options) => closedLater(await openSqlJs(':memory:', options)) },
  { name: 'sqlite-wasm', open: async (options) => closedLater(await openSqliteWasm(options)) },
];

const opened: Database[] = [];

export function closedLater<Opened extends Database>(database: Opened): Opened {
  opened.push(database);
  return database;
}

afterEach(() => {
  for (const database of opened.splice(0)) database.close();
});

/** The SQL of the statements that a function runs, in order. */
export function statementsOf(database: Database, work: () => unknown): string[] {
  const statements: string[] = [];
  const stop = database.onStatement(({ sql }) => statements.push(sql));
  try {
    work();
  } finally {
    stop();
  }
  return statements;
}
