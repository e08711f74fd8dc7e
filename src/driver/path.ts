import { CannotOpenError, describe } from '../errors/index.js';

/**
 * Refuses what is no path of a database. SQLite would make a temporary one for an empty path, such as that of a setting nobody
 * made, and lose it at closing; and of a path with NUL it would open what stands before that.
 */
export function checkPath(path: string): string {
  if (typeof (path as unknown) !== 'string') throw notAPath(`A path is a string, not ${describe(path)}.`);
  if (path === '') throw notAPath('The path of the database is empty.');
  if (path.includes('\0')) throw notAPath('The path of the database has a NUL character.');
  return path;
}

const notAPath = (message: string): CannotOpenError =>
  new CannotOpenError(message, {
    sqliteCode: 'SQLITE_CANTOPEN',
    hint: 'Give the path of a file, or ":memory:" for a database without one.',
  });
