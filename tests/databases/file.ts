import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { Database } from 'litemodel';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../drivers/temporary-folder.js';

/** The path of a file that does not exist yet, in a folder that is deleted when the test ends. */
export const newPath = (name = 'app.db'): string => join(temporaryFolder(), name);

/** A connection without anything of ours, closed when the test ends. It never waits for a lock. */
export function rawConnection(path: string): BetterSqlite3.Database {
  const raw = new BetterSqlite3(path, { timeout: 0 });
  onTestFinished(() => void raw.close());
  return raw;
}

/** A file made elsewhere: in the rollback-journal mode that SQLite has unless told otherwise. */
export function fileWith(script: string, name?: string): string {
  const path = newPath(name);
  const raw = new BetterSqlite3(path);
  raw.exec(script);
  raw.close();
  return path;
}

/** One column of what somebody else reads in a file. */
export function readElsewhere(path: string, query: string): unknown[] {
  const raw = new BetterSqlite3(path, { readonly: true });
  try {
    return raw.prepare(query).pluck().all();
  } finally {
    raw.close();
  }
}

export const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The error that a function throws; what it opened instead is closed. */
export function thrownBy(work: () => unknown): unknown {
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    return error;
  }
  if (result instanceof Database) result.close();
  throw new Error('Nothing was thrown.');
}
