import { CannotOpenError, DiskFullError, OrmError } from '../errors/index.js';

/** What the browser said about its files, as ours. */
export function storageError(what: string, cause: unknown): OrmError {
  if (cause instanceof OrmError) return cause;
  const { name, message } = cause as Error;
  if (name === 'QuotaExceededError') return diskFull(cause);
  const sqliteCode = 'SQLITE_CANTOPEN';
  return new CannotOpenError(`${what} cannot be opened: ${message}.`, { sqliteCode, cause });
}

export const diskFull = (cause: unknown): DiskFullError => new DiskFullError({ sqliteCode: 'SQLITE_FULL', cause });
