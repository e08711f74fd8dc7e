import { OrmError, type OrmErrorOptions } from './orm-error.js';

/** What SQLite said, and about which statement. */
export interface SqliteFailure extends OrmErrorOptions {
  /** The extended result code by name, such as `SQLITE_CONSTRAINT_UNIQUE`. https://sqlite.org/rescode.html */
  readonly sqliteCode: string;
  /** The statement, with `?` where its values were bound. */
  readonly sql?: string | undefined;
}

/**
 * SQLite refused or failed a statement; the subclass names the cause and is the same on every driver.
 *
 *     try {
 *       db.run(sql`INSERT INTO users (email) VALUES (${email})`);
 *     } catch (error) {
 *       if (error instanceof DatabaseError) console.error(error.sqliteCode, error.sql);
 *     }
 */
export class DatabaseError extends OrmError {
  /** The extended result code by name, such as `SQLITE_CONSTRAINT_UNIQUE`. https://sqlite.org/rescode.html */
  readonly sqliteCode: string;
  /** The statement that failed, with `?` where its values were bound. */
  readonly sql: string | undefined;

  constructor(message: string, failure: SqliteFailure, code: `ORM_${string}` = 'ORM_DATABASE') {
    super(code, failure.sql === undefined ? message : `${message}\n  in: ${failure.sql}\n`, failure);
    this.sqliteCode = failure.sqliteCode;
    this.sql = failure.sql;
  }
}

/** The statement is wrong: a syntax error, or a table, column or function that does not exist. */
export class SqlError extends DatabaseError {
  constructor(message: string, failure: SqliteFailure) {
    super(message, failure, 'ORM_SQL');
  }
}

/** A row breaks a rule of its table; the subclass says which kind. https://sqlite.org/lang_createtable.html#constraints */
export class ConstraintViolation extends DatabaseError {
  /** The table, as SQLite names it, when it says so. */
  readonly table: string | undefined;
  /** The columns, as SQLite names them; empty when it does not say. */
  readonly columns: readonly string[];

  constructor(
    message: string,
    failure: SqliteFailure & { readonly table?: string | undefined; readonly columns?: readonly string[] },
    code: `ORM_${string}` = 'ORM_CONSTRAINT_VIOLATION',
  ) {
    super(message, failure, code);
    this.table = failure.table;
    this.columns = failure.columns ?? [];
  }
}

/** Another row already has these values in `table.columns`, which a unique index or the primary key forbids. */
export class UniqueViolation extends ConstraintViolation {
  constructor(table: string | undefined, columns: readonly string[], failure: SqliteFailure) {
    const where = columns.length === 0 ? 'a unique index' : `${table ?? ''}(${columns.join(', ')})`;
    super(`Another row already has this value in ${where}.`, { ...failure, table, columns }, 'ORM_UNIQUE_VIOLATION');
  }
}

/** A column declared NOT NULL was given NULL. */
export class NotNullViolation extends ConstraintViolation {
  constructor(table: string | undefined, columns: readonly string[], failure: SqliteFailure) {
    const column = `${table ?? ''}.${columns.join(', ')}`;
    super(`${column} may not be NULL.`, { ...failure, table, columns }, 'ORM_NOT_NULL_VIOLATION');
  }
}

/** A CHECK of the table is false for the row. */
export class CheckViolation extends ConstraintViolation {
  /** The name of the constraint, or its expression where it has no name. */
  readonly constraint: string;

  constructor(constraint: string, failure: SqliteFailure) {
    super(`The row fails the check ${constraint}.`, failure, 'ORM_CHECK_VIOLATION');
    this.constraint = constraint;
  }
}

/** The row refers to one that does not exist, or is still referred to by another. https://sqlite.org/foreignkeys.html */
export class ForeignKeyViolation extends ConstraintViolation {
  constructor(failure: SqliteFailure) {
    super(
      'A foreign key fails: the row refers to one that does not exist, or another row still refers to it.',
      failure,
      'ORM_FOREIGN_KEY_VIOLATION',
    );
  }
}

/** A STRICT table was given a value of another type than the column's. https://sqlite.org/stricttables.html */
export class DatatypeViolation extends ConstraintViolation {
  constructor(message: string, failure: SqliteFailure & { readonly table?: string; readonly columns?: string[] }) {
    super(message, failure, 'ORM_DATATYPE_VIOLATION');
  }
}

/** A trigger called `RAISE(ABORT | FAIL | ROLLBACK, message)`. https://sqlite.org/lang_createtrigger.html#raise */
export class TriggerViolation extends ConstraintViolation {
  constructor(message: string, failure: SqliteFailure) {
    super(message, failure, 'ORM_TRIGGER_VIOLATION');
  }
}

/** Another connection holds the lock, and did not release it within the busy timeout. */
export class BusyError extends DatabaseError {
  constructor(failure: SqliteFailure) {
    const snapshot = failure.sqliteCode === 'SQLITE_BUSY_SNAPSHOT';
    super(
      snapshot
        ? 'Another connection wrote since this transaction began to read, so it cannot write any more.'
        : 'The database is locked by another connection.',
      {
        ...failure,
        hint: snapshot
          ? 'Begin it as an immediate transaction (the default), or run it again.'
          : 'Keep write transactions short, or raise the busyTimeout option of open().',
      },
      'ORM_BUSY',
    );
  }
}

/** A table is locked by a statement of this same connection that is still running. */
export class LockedError extends DatabaseError {
  constructor(message: string, failure: SqliteFailure) {
    super(message, failure, 'ORM_LOCKED');
  }
}

/** The database was opened read-only, or the file may not be written. */
export class ReadOnlyError extends DatabaseError {
  constructor(failure: SqliteFailure) {
    super('The database is read-only.', failure, 'ORM_READ_ONLY');
  }
}

/** The disk is full, or a limit of the database's size is reached; nothing of the statement was kept. */
export class DiskFullError extends DatabaseError {
  constructor(failure: SqliteFailure) {
    super('The disk is full.', failure, 'ORM_DISK_FULL');
  }
}

/** The operating system failed a read or a write of the file. */
export class IoError extends DatabaseError {
  constructor(message: string, failure: SqliteFailure) {
    super(message, failure, 'ORM_IO');
  }
}

/** The file is damaged. Keep a copy of it and of its `-wal` file before anything else. https://sqlite.org/recovery.html */
export class CorruptError extends DatabaseError {
  constructor(message: string, failure: SqliteFailure) {
    super(
      message,
      {
        ...failure,
        hint: 'Copy the file and its -wal file before anything else, then restore a backup or recover it.',
      },
      'ORM_CORRUPT',
    );
  }
}

/** The file is no SQLite database, or it is encrypted and the key is missing or wrong. */
export class NotADatabaseError extends DatabaseError {
  constructor(failure: SqliteFailure) {
    super('The file is not a SQLite database, or it is encrypted.', failure, 'ORM_NOT_A_DATABASE');
  }
}

/** The file cannot be opened: its folder does not exist, or the operating system refuses. */
export class CannotOpenError extends DatabaseError {
  constructor(message: string, failure: SqliteFailure) {
    super(message, failure, 'ORM_CANNOT_OPEN');
  }
}

/** The statement was interrupted. */
export class InterruptedError extends DatabaseError {
  constructor(failure: SqliteFailure) {
    super('The statement was interrupted.', failure, 'ORM_INTERRUPTED');
  }
}

/** A read of a reading worker took longer than `readTimeout`; it was given up. */
export class ReadTimeoutError extends DatabaseError {
  constructor(milliseconds: number, sql: string | undefined) {
    super(
      `This read took longer than ${milliseconds} ms.`,
      {
        sqliteCode: 'SQLITE_INTERRUPT',
        sql,
        hint: 'Make the query faster, by an index or by reading less, or open the database with a longer readTimeout.',
      },
      'ORM_READ_TIMEOUT',
    );
  }
}

/** A text or blob, or the statement itself, is larger than SQLite allows. https://sqlite.org/limits.html */
export class TooBigError extends DatabaseError {
  constructor(message: string, failure: SqliteFailure) {
    super(message, failure, 'ORM_TOO_BIG');
  }
}
