import type { EngineFailure } from '../driver/contract.js';
import { CannotOpenError, DatabaseError } from '../errors/index.js';
import { explainMisuse } from './misuse.js';

/** A result code of SQLite that says it failed. */
export class ResultError extends Error {
  /** The extended result code by name. */
  readonly sqliteCode: string;

  constructor(sqliteCode: string, message: string) {
    super(message);
    this.sqliteCode = sqliteCode;
  }
}

/** The WebAssembly cannot grow any more. */
export const noMemory = () => new ResultError('SQLITE_NOMEM', 'out of memory');

/** What an error of this driver says. */
export function explainSqliteWasm(error: unknown): EngineFailure | undefined {
  if (!(error instanceof ResultError)) return explainMisuse(error);
  return { sqliteCode: error.sqliteCode, message: error.message };
}

/** What SQLite said while a database was opened, as ours; there is no connection yet that could explain it. */
export function openingError(path: string, cause: unknown): unknown {
  if (!(cause instanceof ResultError)) return cause;
  const { sqliteCode, message } = cause;
  const Kind = sqliteCode.startsWith('SQLITE_CANTOPEN') ? CannotOpenError : DatabaseError;
  return new Kind(`"${path}" cannot be opened: ${message}.`, { sqliteCode, cause });
}
