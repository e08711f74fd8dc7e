import { UnsupportedError } from '../errors/index.js';

/** A constraint that a row does not keep, in SQLite's words. */
export class ConstraintFailure extends Error {
  readonly sqliteCode: string;

  constructor(sqliteCode: 'SQLITE_CONSTRAINT_NOTNULL' | 'SQLITE_CONSTRAINT_UNIQUE', message: string) {
    super(message);
    this.sqliteCode = sqliteCode;
  }
}

/** What takes a SQLite to answer. */
export const unsupported = (what: string): UnsupportedError =>
  new UnsupportedError(
    `A database in memory without SQLite has no ${what}.`,
    'Test what needs it on SQLite: open(":memory:") of litemodel/better-sqlite3 or another driver.',
  );
