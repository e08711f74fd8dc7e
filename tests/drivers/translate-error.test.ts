import { describe, expect, it } from 'vitest';
import { translateError } from '../../src/database/translate-error.js';
import * as errors from '../../src/errors/index.js';

type Kind = new (...parameters: never[]) => errors.DatabaseError;

const table: readonly (readonly [Kind, ...string[]])[] = [
  [errors.SqlError, 'ERROR', 'ERROR_MISSING_COLLSEQ', 'ERROR_RETRY', 'ERROR_SNAPSHOT', 'RANGE'],
  [errors.UniqueViolation, 'CONSTRAINT_UNIQUE', 'CONSTRAINT_PRIMARYKEY', 'CONSTRAINT_ROWID'],
  [errors.NotNullViolation, 'CONSTRAINT_NOTNULL'],
  [errors.CheckViolation, 'CONSTRAINT_CHECK'],
  [errors.ForeignKeyViolation, 'CONSTRAINT_FOREIGNKEY'],
  [errors.DatatypeViolation, 'CONSTRAINT_DATATYPE', 'MISMATCH'],
  [errors.TriggerViolation, 'CONSTRAINT_TRIGGER'],
  [errors.ConstraintViolation, 'CONSTRAINT', 'CONSTRAINT_VTAB', 'CONSTRAINT_FUNCTION', 'CONSTRAINT_COMMITHOOK'],
  [errors.BusyError, 'BUSY', 'BUSY_RECOVERY', 'BUSY_SNAPSHOT', 'BUSY_TIMEOUT'],
  [errors.LockedError, 'LOCKED', 'LOCKED_SHAREDCACHE', 'LOCKED_VTAB'],
  [errors.ReadOnlyError, 'READONLY', 'READONLY_DBMOVED', 'READONLY_DIRECTORY', 'READONLY_RECOVERY'],
  [errors.DiskFullError, 'FULL'],
  [errors.IoError, 'IOERR', 'IOERR_READ', 'IOERR_SHORT_READ', 'IOERR_FSYNC', 'IOERR_CORRUPTFS'],
  [errors.CorruptError, 'CORRUPT', 'CORRUPT_VTAB', 'CORRUPT_INDEX', 'CORRUPT_SEQUENCE'],
  [errors.NotADatabaseError, 'NOTADB'],
  [errors.CannotOpenError, 'CANTOPEN', 'CANTOPEN_ISDIR', 'CANTOPEN_FULLPATH', 'CANTOPEN_SYMLINK'],
  [errors.InterruptedError, 'INTERRUPT'],
  [errors.TooBigError, 'TOOBIG'],
  [errors.DatabaseError, 'INTERNAL', 'PERM', 'ABORT', 'ABORT_ROLLBACK', 'NOMEM', 'NOTFOUND', 'PROTOCOL', 'SCHEMA'],
  [errors.DatabaseError, 'MISUSE', 'NOLFS', 'AUTH', 'AUTH_USER', 'FORMAT', 'NOTICE', 'WARNING', 'UNKNOWN'],
];

const rows = table.flatMap(([kind, ...codes]) => codes.map((code) => [`SQLITE_${code}`, kind] as const));

describe('translateError', () => {
  it('knows a foreign key by what SQLite says where it restricts', () => {
    const failure = { sqliteCode: 'SQLITE_CONSTRAINT_TRIGGER', message: 'FOREIGN KEY constraint failed' };
    expect(translateError(failure, 'DELETE', undefined)).toBeInstanceOf(errors.ForeignKeyViolation);
  });

  it.each(rows)('%s', (sqliteCode, kind) => {
    const cause = new Error('what SQLite said');
    const error = translateError({ sqliteCode, message: cause.message }, 'SELECT ?', cause);
    expect(error.constructor).toBe(kind);
    expect(error).toMatchObject({ sqliteCode, sql: 'SELECT ?', cause });
    expect(error.message).toContain('SELECT ?');
    expect(error.code).toMatch(/^ORM_/);
  });

  it.each([
    ['UNIQUE constraint failed: users.email', 'users', ['email']],
    ['UNIQUE constraint failed: users.email, users.country', 'users', ['email', 'country']],
    ['UNIQUE constraint failed: users.last, first, users.x', 'users', ['last, first', 'x']],
    ["UNIQUE constraint failed: index 'users_lower.email'", undefined, []],
    ['constraint failed', undefined, []],
  ])('reads table and columns from %j', (message, tableName, columns) => {
    const error = translateError({ sqliteCode: 'SQLITE_CONSTRAINT_UNIQUE', message }, undefined, undefined);
    expect(error).toMatchObject({ table: tableName, columns });
  });

  it.each([
    ['bad JSON path: \'$."secret"\'', 'bad JSON path'],
    ['malformed MATCH expression: [secret]', 'malformed MATCH expression'],
    ['fts5: syntax error near "secret"', 'fts5: syntax error near'],
  ])('leaves the bound value out of %j', (message, shown) => {
    expect(translateError({ sqliteCode: 'SQLITE_ERROR', message }, undefined, undefined).message).toBe(shown);
  });

  it('tells how to avoid a busy snapshot', () => {
    const failure = { sqliteCode: 'SQLITE_BUSY_SNAPSHOT', message: 'database is locked' };
    expect(translateError(failure, undefined, undefined).hint).toContain('immediate');
  });
});
