import type { EngineFailure } from '../driver/contract.js';
import { TransactionError } from '../errors/index.js';

/*
 * Mistakes in a call that better-sqlite3 finds before SQLite does. The other drivers throw them in the same words, so that
 * one list explains them for all.
 */
const codes: Readonly<Record<string, string>> = {
  'The supplied SQL string contains no statements': 'SQLITE_ERROR',
  'The supplied SQL string contains more than one statement': 'SQLITE_ERROR',
  'The supplied SQL string contains a NUL character': 'SQLITE_ERROR',
  'Too few parameter values were provided': 'SQLITE_RANGE',
  'Too many parameter values were provided': 'SQLITE_RANGE',
  'Missing named parameters': 'SQLITE_RANGE',
  'The bound string, buffer, or bigint is too big': 'SQLITE_TOOBIG',
  'This statement is busy executing a query': 'SQLITE_LOCKED',
  'This database connection is busy executing a query': 'SQLITE_LOCKED',
  'The database connection is not open': 'SQLITE_MISUSE',
};

export const noStatement = () => new RangeError('The supplied SQL string contains no statements');
export const manyStatements = () => new RangeError('The supplied SQL string contains more than one statement');
export const tooFewParameters = () => new RangeError('Too few parameter values were provided');
export const tooManyParameters = () => new RangeError('Too many parameter values were provided');
export const tooBigInteger = () => new RangeError('The bound string, buffer, or bigint is too big');
export const notOpen = () => new TypeError('The database connection is not open');

export const exportInTransaction = () =>
  new TransactionError('A database cannot be exported while it is in a transaction.', 'Commit or roll back first.');

/** SQL is a C string to both engines: what follows a NUL would silently not run. */
export function checkSql(sql: string): string {
  if (sql.includes('\0')) throw new RangeError('The supplied SQL string contains a NUL character');
  return sql;
}

/** What an error of this list says in SQLite's terms. */
export function explainMisuse(error: unknown): EngineFailure | undefined {
  const message = (error as { message?: unknown } | null | undefined)?.message;
  if (typeof message !== 'string' || !Object.hasOwn(codes, message)) return undefined;
  return { sqliteCode: codes[message]!, message };
}
