import { afterEach } from 'vitest';
import { open as openBetterSqlite3 } from 'litemodel/better-sqlite3';
import { open as openNodeSqlite } from 'litemodel/node-sqlite';
import { open as openSqlJs } from 'litemodel/sqljs';
import type { Database, OpenOptions } from 'litemodel';
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

/** Every driver that behaviour tests run on: `describe.each(drivers)('…', ({ open }) => …)`. Closed after each test. */
export const drivers: readonly TestDriver[] = [
  { name: 'better-sqlite3', open: async (options) => closedLater(openBetterSqlite3(':memory:', options)) },
  ...(hasNodeSqlite ? [nodeSqlite] : []),
  { name: 'sql.js', open: async (options) => closedLater(await openSqlJs(':memory:', options)) },
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
