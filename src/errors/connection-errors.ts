import { OrmError } from './orm-error.js';

/** The database was closed. */
export class ClosedError extends OrmError {
  constructor(alias: string) {
    super('ORM_CLOSED', `The database "${alias}" is closed.`, { hint: 'Open it again with open().' });
  }
}

/** A database is already open under this alias. */
export class AlreadyOpenError extends OrmError {
  constructor(alias: string) {
    super('ORM_ALREADY_OPEN', `A database is already open as "${alias}".`, {
      hint: 'Close it first, open this one with another alias, or pass { replace: true }.',
    });
  }
}

/** Another tab or worker, or another connection of this one, has the database, and it cannot be shared. */
export class DatabaseLockedError extends OrmError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('ORM_DATABASE_LOCKED', message, { hint, cause });
  }
}

/** No open database holds the model. */
export class NoDatabaseError extends OrmError {
  constructor(model: string, alias: string) {
    super('ORM_NO_DATABASE', `No database is open for ${model}.`, {
      hint: `Call open(path, { models: [${model}] })${alias === 'default' ? '' : ` or open one as "${alias}"`}, or say ${model}.using(db).`,
    });
  }
}

/** Several open databases list the model, and none of them is its default. */
export class AmbiguousDatabaseError extends OrmError {
  constructor(model: string, aliases: readonly string[]) {
    super('ORM_AMBIGUOUS_DATABASE', `${model} is in several open databases: ${aliases.join(', ')}.`, {
      hint: `Say which with ${model}.using(db), or with @table(name, { database: alias }).`,
    });
  }
}

/** A table in the file is not as its model declares it. */
export class SchemaDriftError extends OrmError {
  /** The table's name. */
  readonly table: string;
  /** Each difference in a sentence. */
  readonly differences: readonly string[];

  constructor(table: string, differences: readonly string[]) {
    super('ORM_SCHEMA_DRIFT', `Table "${table}" differs from its model:\n  - ${differences.join('\n  - ')}\n`, {
      hint: 'Migrate the table, correct the model, or open with { schema: "off" } to look away.',
    });
    this.table = table;
    this.differences = differences;
  }
}

/** A transaction is used in a way that would lose or mix writes. */
export class TransactionError extends OrmError {
  constructor(message: string, hint?: string, cause?: unknown) {
    super('ORM_TRANSACTION', message, { hint, cause });
  }
}

/** An asynchronous transaction kept something waiting that could not wait, or waited too long. */
export class TransactionQueueError extends OrmError {
  private constructor(message: string, hint: string) {
    super('ORM_TRANSACTION_QUEUE', message, { hint });
  }

  /** Of a statement or transaction that waited too long behind a transaction. @internal */
  static after(milliseconds: number): TransactionQueueError {
    return new TransactionQueueError(
      `This waited ${milliseconds} ms for a transaction of the same connection to end.`,
      'What belongs to that transaction is run with its tx: Model.using(tx). What does not waits for it, so keep ' +
        'transactions short, or open the database with a longer queueTimeout.',
    );
  }

  /** Of code inside a transaction that waits for that transaction. @internal */
  static itself(): TransactionQueueError {
    return new TransactionQueueError(
      'This would wait for a transaction inside of which it runs.',
      'Use the innermost tx, or end that transaction first.',
    );
  }

  /** Of an asynchronous statement in the callback of a synchronous transaction. @internal */
  static inCallback(): TransactionQueueError {
    return new TransactionQueueError(
      'A synchronous transaction does not wait, so what is asynchronous cannot be part of it.',
      'Use the synchronous face in its callback, or db.async.transaction().',
    );
  }

  /** Of a synchronous statement, which cannot wait. @internal */
  static synchronous(): TransactionQueueError {
    return new TransactionQueueError(
      'An asynchronous transaction is open on this connection, and a synchronous call cannot wait for it.',
      'Use the asynchronous face, which waits, or run it inside with Model.using(tx).',
    );
  }
}

/** The worker, tab or process that has the database is gone; what it was doing may or may not have been done. */
export class ConnectionLostError extends OrmError {
  constructor(cause?: unknown) {
    super('ORM_CONNECTION_LOST', 'The worker or process that has the database is gone.', {
      hint:
        'A transaction that was open is rolled back; a single write that was not answered may have been done or not. Look, ' +
        'and run it again.',
      cause,
    });
  }
}

/** The worker, tab or process that has the database did not answer in time. What was asked is not done, and changed nothing. */
export class NoAnswerError extends OrmError {
  constructor(milliseconds: number) {
    super('ORM_NO_ANSWER', `The worker or process that has the database did not answer within ${milliseconds} ms.`, {
      hint: 'Nothing was written. Ask again later, read less at a time, or open the database with a longer answerTimeout.',
    });
  }
}

/** The worker, tab or process that has the database has failed so often that it is not asked for now. Nothing was sent to it. */
export class BreakerOpenError extends OrmError {
  /** When the next request is let through, to find out whether it answers again. */
  readonly retryAt: Date;

  constructor(failures: number, retryAt: Date, cause?: unknown) {
    const often = failures === 1 ? 'once' : `${failures} times in a row`;
    super(
      'ORM_BREAKER_OPEN',
      `The worker or process that has the database failed ${often}, and is not asked for now.`,
      {
        hint: 'Nothing was sent, so run it again after retryAt, when one request is let through to try. The cause is the last failure.',
        cause,
      },
    );
    this.retryAt = retryAt;
  }
}

/** A synchronous transaction's callback, a listener or a rule returned a promise; what it was part of was undone. */
export class AsyncCallbackError extends OrmError {
  constructor(
    message = 'A synchronous transaction cannot wait for a promise; it was rolled back.',
    hint = 'Make the callback synchronous: what runs after its first await would be outside of the transaction.',
  ) {
    super('ORM_ASYNC_CALLBACK', message, { hint });
  }
}

/** A synchronous method was called on a database whose engine is asynchronous. */
export class SyncUnavailableError extends OrmError {
  constructor(driver: string) {
    super('ORM_SYNC_UNAVAILABLE', `The ${driver} driver has no synchronous calls.`, {
      hint: 'Use the asynchronous face: query.async, instance.async, Model.async(), or import the models from litemodel/async.',
    });
  }
}

/** The driver's package is not installed, or its version cannot run on this platform. */
export class DriverUnavailableError extends OrmError {
  constructor(message: string, hint: string, cause?: unknown) {
    super('ORM_DRIVER_UNAVAILABLE', message, { hint, cause });
  }
}

/** The SQLite of this driver lacks a feature, or is too old. */
export class UnsupportedError extends OrmError {
  constructor(message: string, hint: string) {
    super('ORM_UNSUPPORTED', message, { hint });
  }
}
