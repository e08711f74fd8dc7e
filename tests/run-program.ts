import BetterSqlite3 from 'better-sqlite3';
import initSqlJs from 'sql.js';
import type { Program, SqlValue } from '../src/sql/index.js';

/** An open engine without a driver of ours: what a program needs of it, and the statements that it ran. */
export interface RawDatabase {
  readonly log: string[];
  all(sql: string, parameters?: readonly SqlValue[]): unknown[][];
  close(): void;
}

const sqlJs = await initSqlJs();

/** What opens an empty database in memory, by engine. */
export const engines: Readonly<Record<string, () => RawDatabase>> = {
  'better-sqlite3': () => {
    const engine = new BetterSqlite3(':memory:');
    return logged(engine, (sql, parameters) => {
      const prepared = engine.prepare<SqlValue[], unknown[]>(sql);
      if (prepared.reader) return prepared.raw().all(...parameters);
      prepared.run(...parameters);
      return [];
    });
  },
  'sql.js': () => {
    const engine = new sqlJs.Database();
    return logged(engine, (sql, parameters) => {
      const rows: unknown[][] = [];
      const prepared = engine.prepare(sql, parameters as number[]);
      while (prepared.step()) rows.push(prepared.get());
      prepared.free();
      return rows;
    });
  },
};

function logged(
  engine: { close(): void },
  all: (sql: string, parameters: readonly SqlValue[]) => unknown[][],
): RawDatabase {
  const log: string[] = [];
  return { log, all: (sql, parameters = []) => (log.push(sql), all(sql, parameters)), close: () => engine.close() };
}

/** Drives a program over an engine. */
export function runProgram<Result>(database: RawDatabase, program: Program<Result>): Result {
  let step = program.next();
  while (!step.done) {
    if (step.value.method !== 'all' && step.value.method !== 'run') throw new Error(`No ${step.value.method} here.`);
    const { method, statement, parameters } = step.value;
    const rows = database.all(statement.sql, parameters);
    step = program.next(method === 'all' ? rows : { changes: 0, lastInsertRowid: 0 });
  }
  return step.value;
}
