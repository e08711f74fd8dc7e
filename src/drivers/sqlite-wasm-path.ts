import { CannotOpenError } from '../errors/index.js';

/** SQLite's pool keeps a path in so many bytes, the ending of a journal and a NUL included. */
const longestPath = 512 - '-journal\0'.length;

/** What SQLite calls the files beside a database. */
const ofSqlite = /-(wal|shm|journal)$/;

/**
 * The path under which SQLite's pool keeps a database. The pool reads it as a URL: `a?b` and the journal of it,
 * `a?b-journal`, would be one file, so that what has a meaning in a URL is escaped.
 *
 * Throws `CannotOpenError` for a name that cannot be one.
 */
export function pathOf(name: string): string {
  const parts = name.replace(/^\//, '').split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw notAName(name, 'has an empty part or dots');
  if (ofSqlite.test(name)) throw notAName(name, 'ends as a file of SQLite beside a database does');
  if (/\p{Surrogate}/u.test(name)) throw notAName(name, 'has half of a character');
  const path = parts.map((part) => `/${encodeURIComponent(part)}`).join('');
  if (path.length > longestPath) throw notAName(name, `is longer than ${longestPath} bytes`);
  return path;
}

/** The name of the database at a path, which may be of an app that did not escape it. */
export function nameOf(path: string): string {
  const name = path.replace(/^\//, '');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

const notAName = (name: string, reason: string): CannotOpenError =>
  new CannotOpenError(`"${name}" cannot be the name of a database: it ${reason}.`, {
    sqliteCode: 'SQLITE_CANTOPEN',
    hint: 'Name it as a file: "app.db", or "folder/app.db".',
  });
