import type { EngineFailure } from '../driver/contract.js';
import {
  BusyError,
  CannotOpenError,
  CheckViolation,
  ConstraintViolation,
  CorruptError,
  DatabaseError,
  DatatypeViolation,
  DiskFullError,
  ForeignKeyViolation,
  InterruptedError,
  IoError,
  LockedError,
  NotADatabaseError,
  NotNullViolation,
  ReadOnlyError,
  SqlError,
  TooBigError,
  TriggerViolation,
  UniqueViolation,
  type SqliteFailure,
} from '../errors/index.js';

/** The error of ours for what an engine said about a statement. https://sqlite.org/rescode.html */
export function translateError(failure: EngineFailure, sql: string | undefined, cause: unknown): DatabaseError {
  const { sqliteCode } = failure;
  const message = withoutValues(failure.message);
  // what is left out of the message must not be printed with the cause
  const known: SqliteFailure = { sqliteCode, sql, cause: message === failure.message ? cause : undefined };
  switch (primaryCode(sqliteCode)) {
    case 'SQLITE_ERROR':
    case 'SQLITE_RANGE':
      return new SqlError(message, message.startsWith('no such module: ') ? { ...known, hint: ofModule } : known);
    case 'SQLITE_CONSTRAINT':
      return translateConstraint(message, known);
    case 'SQLITE_MISMATCH':
      return new DatatypeViolation(message, known);
    case 'SQLITE_BUSY':
      return new BusyError(known);
    case 'SQLITE_LOCKED':
      return new LockedError(message, known);
    case 'SQLITE_READONLY':
      return new ReadOnlyError(known);
    case 'SQLITE_FULL':
      return new DiskFullError(known);
    case 'SQLITE_IOERR':
      return new IoError(message, known);
    case 'SQLITE_CORRUPT':
      return new CorruptError(message, known);
    case 'SQLITE_NOTADB':
      return new NotADatabaseError(known);
    case 'SQLITE_CANTOPEN':
      return new CannotOpenError(message, known);
    case 'SQLITE_INTERRUPT':
      return new InterruptedError(known);
    case 'SQLITE_TOOBIG':
      return new TooBigError(message, known);
    default:
      return new DatabaseError(message, known);
  }
}

/** Of full-text search, R-trees and the like, which a build of SQLite may leave out. */
const ofModule =
  'The SQLite of this driver was built without it: db.capabilities says what it has. Open the file with another driver, or ' +
  'give sql.js a build that has it: { sqlJs }.';

function translateConstraint(message: string, failure: SqliteFailure): ConstraintViolation {
  const subject = afterColon(message);
  const { table, columns } = columnsOf(subject);
  switch (failure.sqliteCode) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
    case 'SQLITE_CONSTRAINT_ROWID':
      return new UniqueViolation(table, columns, failure);
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return new NotNullViolation(table, columns, failure);
    case 'SQLITE_CONSTRAINT_CHECK':
      return new CheckViolation(subject, failure);
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
      return new ForeignKeyViolation(failure);
    case 'SQLITE_CONSTRAINT_DATATYPE':
      return datatypeViolation(message, failure);
    case 'SQLITE_CONSTRAINT_TRIGGER':
      // as newer versions of SQLite have ON DELETE RESTRICT, which they keep by a trigger of their own
      if (message === 'FOREIGN KEY constraint failed') return new ForeignKeyViolation(failure);
      return new TriggerViolation(message, failure);
    default:
      return new ConstraintViolation(message, failure);
  }
}

/** From `cannot store TEXT value in INTEGER column users.age`. */
function datatypeViolation(message: string, failure: SqliteFailure): DatatypeViolation {
  const { table, columns } = columnsOf(/ value in \w+ column (.+)$/s.exec(message)?.[1] ?? '');
  return new DatatypeViolation(message, table === undefined ? failure : { ...failure, table, columns });
}

/** From `users.email, users.country`; an index on an expression is named as `index 'name'` and has no columns to tell. */
function columnsOf(subject: string): { table: string | undefined; columns: string[] } {
  const dot = subject.indexOf('.');
  if (dot === -1 || /^index '.*'$/s.test(subject)) return { table: undefined, columns: [] };
  const table = subject.slice(0, dot);
  return { table, columns: subject.slice(dot + 1).split(`, ${table}.`) };
}

const afterColon = (message: string): string => message.slice(message.indexOf(': ') + 2);

/** `SQLITE_BUSY` of `SQLITE_BUSY_SNAPSHOT`: no primary code has two underscores. */
const primaryCode = (sqliteCode: string): string => sqliteCode.split('_', 2).join('_');

/** Where SQLite quotes a JSON path or a full-text pattern, which are bound, the quotation is left out. */
function withoutValues(message: string): string {
  return /^(bad JSON path|malformed MATCH expression|fts5: syntax error near)/.exec(message)?.[0] ?? message;
}
