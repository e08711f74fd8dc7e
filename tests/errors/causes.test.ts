import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as litemodel from 'litemodel';
import {
  AfterCommitError,
  AlreadyOpenError,
  AmbiguousDatabaseError,
  AsyncCallbackError,
  BreakerOpenError,
  BusyError,
  CancelledError,
  CannotOpenError,
  CheckViolation,
  ClosedError,
  ConnectionLostError,
  ConstraintViolation,
  CorruptError,
  CyclicReferenceError,
  DatabaseError,
  DatabaseLockedError,
  DatatypeViolation,
  DecodeError,
  DefinitionError,
  defineModel,
  DiskFullError,
  DriverUnavailableError,
  ForbiddenError,
  ForeignKeyViolation,
  id,
  integer,
  InterruptedError,
  InvalidCursorError,
  InvalidValueError,
  IoError,
  LockedError,
  MassAssignmentError,
  MissingFieldError,
  NoAnswerError,
  NoDatabaseError,
  NotADatabaseError,
  NotFoundError,
  NotNullViolation,
  NotUniqueError,
  OrmError,
  QueryError,
  ReadOnlyError,
  ReadOnlyFieldError,
  ReadTimeoutError,
  RecursiveHookError,
  SchemaDriftError,
  sql,
  SqlError,
  StaleRecordError,
  SyncUnavailableError,
  text,
  TooBigError,
  TransactionError,
  TransactionQueueError,
  TriggerViolation,
  UnconditionalWriteError,
  UndefinedConditionError,
  UniqueViolation,
  UnknownFieldError,
  UnloadedColumnError,
  UnloadedRelationError,
  UnsupportedError,
  ValidationError,
  type Database,
} from 'litemodel';
import { open as openBetterSqlite3 } from 'litemodel/better-sqlite3';
import { open as openSqlJs } from 'litemodel/sqljs';
import { translateError } from '../../src/database/translate-error.js';
import { closedLater, drivers } from '../open-database.js';
import { temporaryFolder } from '../drivers/temporary-folder.js';

type ErrorClass = abstract new (...parameters: never[]) => OrmError;
type Provocation = readonly [type: ErrorClass, code: string, provoke: (db: Database) => unknown];

const User = defineModel(
  'users',
  {
    id: id(),
    name: text({ unique: true }),
    age: integer({ check: sql`age >= 0` }),
    twice: integer({ generated: sql`age * 2` }),
  },
  { modelName: 'User', fillable: ['name'] },
);
const ann = { name: 'Ann', age: 1 } as never;

/** What each error is thrown for, by what a user can write. */
const provocations: readonly Provocation[] = [
  [UniqueViolation, 'ORM_UNIQUE_VIOLATION', () => [User.create(ann), User.create(ann)]],
  [NotNullViolation, 'ORM_NOT_NULL_VIOLATION', (db) => db.run(sql`INSERT INTO users (name) VALUES ('x')`)],
  [CheckViolation, 'ORM_CHECK_VIOLATION', () => User.create({ name: 'x', age: -1 } as never)],
  [DatatypeViolation, 'ORM_DATATYPE_VIOLATION', (db) => db.run(sql`INSERT INTO users (name, age) VALUES ('x', 'y')`)],
  [
    ForeignKeyViolation,
    'ORM_FOREIGN_KEY_VIOLATION',
    (db) => {
      db.execute('CREATE TABLE children (parent INTEGER REFERENCES users(id))');
      db.run(sql`INSERT INTO children VALUES (9)`);
    },
  ],
  [
    TriggerViolation,
    'ORM_TRIGGER_VIOLATION',
    (db) => {
      db.execute(`CREATE TRIGGER no BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'never'); END`);
      User.create(ann);
    },
  ],
  [SqlError, 'ORM_SQL', (db) => db.all(sql`SELECT nope FROM users`)],
  [TooBigError, 'ORM_TOO_BIG', (db) => db.all(sql`SELECT zeroblob(2147483647)`)],
  [
    DiskFullError,
    'ORM_DISK_FULL',
    (db) => {
      db.all(sql`PRAGMA max_page_count = 1`);
      db.run(sql`INSERT INTO users (name, age) VALUES (${'x'.repeat(100_000)}, 1)`);
    },
  ],
  [DefinitionError, 'ORM_DEFINITION', () => defineModel('x', {})],
  [UnknownFieldError, 'ORM_UNKNOWN_FIELD', () => User.filter({ nmae: 'x' } as never)],
  [MissingFieldError, 'ORM_MISSING_FIELD', () => User.create({ age: 1 } as never)],
  [InvalidValueError, 'ORM_INVALID_VALUE', () => User.filter({ age: NaN })],
  [
    DecodeError,
    'ORM_DECODE',
    (db) => {
      db.run(sql`INSERT INTO users (name, age) VALUES ('x', 9007199254740992)`);
      User.all();
    },
  ],
  [MassAssignmentError, 'ORM_MASS_ASSIGNMENT', () => User.build().fill({ age: 1 })],
  [ReadOnlyFieldError, 'ORM_READ_ONLY_FIELD', () => User.filter({ id: 1 }).update({ twice: 1 })],
  [QueryError, 'ORM_QUERY', () => User.filter([] as never)],
  [UndefinedConditionError, 'ORM_UNDEFINED_CONDITION', () => User.filter({ age: undefined as never })],
  [UnconditionalWriteError, 'ORM_UNCONDITIONAL_WRITE', () => User.query().delete()],
  [NotFoundError, 'ORM_NOT_FOUND', () => User.filter({ age: 5 }).one()],
  [
    NotUniqueError,
    'ORM_NOT_UNIQUE',
    () => {
      for (const name of ['a', 'b']) User.create({ name, age: 1 } as never);
      User.query().one();
    },
  ],
  [InvalidCursorError, 'ORM_INVALID_CURSOR', () => User.query().page({ size: 1, after: 'x' })],
  [
    ClosedError,
    'ORM_CLOSED',
    (db) => {
      db.close();
      db.all(sql`SELECT 1`);
    },
  ],
  [
    NoDatabaseError,
    'ORM_NO_DATABASE',
    () => defineModel('lonely', { id: id() }, { database: 'nowhere', modelName: 'Lonely' }).all(),
  ],
  [
    TransactionError,
    'ORM_TRANSACTION',
    (db) => {
      const transaction = db.begin();
      transaction.commit();
      transaction.commit();
    },
  ],
  [
    TransactionQueueError as unknown as ErrorClass,
    'ORM_TRANSACTION_QUEUE',
    (db) => {
      void db.async.begin();
      User.count();
    },
  ],
  [
    AsyncCallbackError,
    'ORM_ASYNC_CALLBACK',
    // @ts-expect-error -- which the compiler says first
    (db) => db.transaction(async () => undefined),
  ],
];

describe.each(drivers)('$name', ({ open }) => {
  it.each(provocations.map(([type, ...rest]) => [type.name, type, ...rest] as const))(
    '%s',
    async (name, type, code, provoke) => {
      const db = await open({ models: [User] });
      const error = thrownBy(() => provoke(db));
      expect(error).toBeInstanceOf(type);
      expect(error).toBeInstanceOf(OrmError);
      expect(error).toBeInstanceOf(Error);
      expect((error as OrmError).code).toBe(code);
      expect((error as OrmError).name).toBe(name);
      expect((error as OrmError).message).not.toBe('');
      if (error instanceof DatabaseError) expect(error.sqliteCode).toMatch(/^SQLITE_[A-Z_]+$/);
    },
  );

  it('a constraint names its table and columns, where SQLite does', async () => {
    const Pair = defineModel(
      'pairs',
      { a: text(), b: text(), c: text({ nullable: true }) },
      {
        primaryKey: ['a', 'b'],
        checks: { sorted: sql`a <= b` },
        indexes: [{ on: sql`lower(c)`, unique: true, name: 'c_nocase' }],
      },
    );
    const db = await open({ models: [Pair, User] });
    Pair.create({ a: 'a', b: 'b', c: 'x' });
    const detail = (work: () => unknown) => {
      const { table, columns, sqliteCode, sql: statement, message } = thrownBy(work) as ConstraintViolation;
      return { table, columns, sqliteCode, statement, message };
    };
    const insert = 'INSERT INTO "pairs" ("a", "b", "c") VALUES (?, ?, ?)';

    expect(detail(() => Pair.create({ a: 'a', b: 'b' }))).toEqual({
      table: 'pairs',
      columns: ['a', 'b'],
      sqliteCode: expect.stringMatching(/^SQLITE_CONSTRAINT_(PRIMARYKEY|UNIQUE)$/) as string, // sql.js does not say which
      statement: insert,
      message: `Another row already has this value in pairs(a, b).\n  in: ${insert}\n`,
    });
    expect(detail(() => Pair.create({ a: 'a', b: 'c', c: 'X' }))).toEqual({
      table: undefined,
      columns: [],
      sqliteCode: 'SQLITE_CONSTRAINT_UNIQUE',
      statement: insert,
      message: `Another row already has this value in a unique index.\n  in: ${insert}\n`,
    });
    expect(detail(() => db.run(sql`UPDATE pairs SET b = NULL`))).toEqual({
      table: 'pairs',
      columns: ['b'],
      sqliteCode: 'SQLITE_CONSTRAINT_NOTNULL',
      statement: 'UPDATE pairs SET b = NULL',
      message: 'pairs.b may not be NULL.\n  in: UPDATE pairs SET b = NULL\n',
    });
    expect(detail(() => db.run(sql`INSERT INTO users (name, age) VALUES (x'00', 1)`))).toMatchObject({
      table: 'users',
      columns: ['name'],
      sqliteCode: 'SQLITE_CONSTRAINT_DATATYPE',
    });
    const check = thrownBy(() => Pair.create({ a: 'b', b: 'a' })) as CheckViolation;
    expect([check.constraint, check.message]).toEqual(['sorted', `The row fails the check sorted.\n  in: ${insert}\n`]);
    User.create(ann);
    User.create({ name: 'Bea', age: 2 } as never);
    const bea = User.filter({ name: 'Bea' }).one();
    bea.id = 1;
    expect(detail(() => bea.save())).toMatchObject({ table: 'users', columns: ['id'] });
  });

  it('an error that a callback throws passes as it is', async () => {
    const db = await open({ models: [User] });
    const mine = new RangeError('mine');
    expect(
      thrownBy(() =>
        db.transaction(() => {
          throw mine;
        }),
      ),
    ).toBe(mine);
  });

  it('two databases under one alias, and two that list a model, are errors', async () => {
    const first = await open({ models: [User], alias: 'one' });
    const again = await open({ alias: 'one' }).catch((error: unknown) => error);
    expect(again).toBeInstanceOf(AlreadyOpenError);
    expect((again as OrmError).code).toBe('ORM_ALREADY_OPEN');
    await open({ models: [User], alias: 'two' });
    const error = thrownBy(() => User.count());
    expect(error).toBeInstanceOf(AmbiguousDatabaseError);
    expect((error as OrmError).code).toBe('ORM_AMBIGUOUS_DATABASE');
    expect((error as OrmError).message).toBe(
      'User is in several open databases: one, two. Say which with User.using(db), or with @table(name, { database: alias }).',
    );
    expect(User.using(first).count()).toBe(0);
  });

  it('a table that is not as its model says is a SchemaDriftError', async () => {
    const error = await open({ models: [User], schema: 'verify', alias: 'drift' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SchemaDriftError);
    expect(error).toMatchObject({
      code: 'ORM_SCHEMA_DRIFT',
      table: 'users',
      differences: ['it is missing from the file'],
    });
  });
});

describe('files', () => {
  it.each([
    ['better-sqlite3', (path: string, options?: object) => closedLater(openBetterSqlite3(path, options))],
    ['sql.js', async (path: string, options?: object) => closedLater(await openSqlJs(path, options))],
  ] as const)('that cannot be opened, are none, or are read-only: %s', async (_, open) => {
    const folder = temporaryFolder();
    const file = (name: string) => join(folder, name);
    const failure = async (path: string, options?: object) => {
      try {
        return await open(path, options);
      } catch (error) {
        return error;
      }
    };
    const missing = await failure(file('no/such/folder/x.db'), { alias: 'missing' });
    expect(missing).toBeInstanceOf(CannotOpenError);
    expect((missing as OrmError).code).toBe('ORM_CANNOT_OPEN');

    writeFileSync(file('text.db'), 'this is no database, however long it may be'.repeat(100));
    const none = await failure(file('text.db'), { alias: 'none' });
    expect(none).toBeInstanceOf(NotADatabaseError);
    expect((none as OrmError).code).toBe('ORM_NOT_A_DATABASE');

    const whole = (await failure(file('damaged.db'), { alias: 'whole', models: [User] })) as Database;
    whole.run(sql`
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
      INSERT INTO users (name, age) SELECT 'row ' || n, n FROM numbers`);
    whole.close();
    const image = readFileSync(file('damaged.db'));
    writeFileSync(file('damaged.db'), image.fill(0xff, 3 * 4096));
    const damaged = (await failure(file('damaged.db'), { alias: 'damaged', models: [User] })) as Database;
    const corrupt = thrownBy(() => User.using(damaged).all());
    expect(corrupt).toBeInstanceOf(CorruptError);
    expect((corrupt as OrmError).message).toContain(
      'Copy the file and its -wal file before anything else, then restore a backup or recover it.',
    );

    const writable = (await failure(file('real.db'), { alias: 'writable', models: [User] })) as Database;
    writable.close();
    const readonly = (await failure(file('real.db'), {
      alias: 'readonly',
      models: [User],
      readonly: true,
    })) as Database;
    const refused = thrownBy(() => User.using(readonly).create(ann));
    expect(refused).toBeInstanceOf(ReadOnlyError);
    expect((refused as OrmError).code).toBe('ORM_READ_ONLY');
  });

  it('that another connection has locked are busy', () => {
    const path = join(temporaryFolder(), 'busy.db');
    const [first, second] = ['a', 'b'].map((alias) =>
      closedLater(openBetterSqlite3(path, { alias, busyTimeout: 0, models: [User] })),
    );
    const transaction = first!.begin();
    const error = thrownBy(() => User.using(second!).create(ann));
    transaction.rollBack();
    expect(error).toBeInstanceOf(BusyError);
    expect((error as OrmError).message).toBe(
      'The database is locked by another connection.\n  in: INSERT INTO "users" ("name", "age") VALUES (?, ?) RETURNING "id", "twice"\n ' +
        'Keep write transactions short, or raise the busyTimeout option of open().',
    );
  });
});

describe('the tree', () => {
  const exported = Object.entries<unknown>({ ...litemodel }).flatMap(([name, value]): [string, ErrorClass][] =>
    typeof value === 'function' && value.prototype instanceof OrmError ? [[name, value as unknown as ErrorClass]] : [],
  );

  /** Thrown by what a test of one engine in memory cannot bring about: shown above for files, in tests/drivers, or here. */
  const elsewhere = new Map<ErrorClass, OrmError>([
    [AfterCommitError, new AfterCommitError(new Error('x'))],
    [AlreadyOpenError, new AlreadyOpenError('a')],
    [CancelledError, new CancelledError('User', 'beforeSave', undefined)],
    [RecursiveHookError, new RecursiveHookError('User', 'save')],
    [UnloadedRelationError, new UnloadedRelationError('User', 'posts')],
    [ValidationError, new ValidationError('User', [])],
    [AmbiguousDatabaseError, new AmbiguousDatabaseError('User', ['a', 'b'])],
    [DatabaseLockedError, new DatabaseLockedError('m', 'h')],
    [SchemaDriftError, new SchemaDriftError('users', [])],
    [CannotOpenError, translated('SQLITE_CANTOPEN_ISDIR')],
    [CorruptError, translated('SQLITE_CORRUPT_VTAB')],
    [NotADatabaseError, translated('SQLITE_NOTADB')],
    [ReadOnlyError, translated('SQLITE_READONLY_DBMOVED')],
    [BusyError, translated('SQLITE_BUSY_SNAPSHOT')],
    [LockedError, translated('SQLITE_LOCKED_SHAREDCACHE')],
    [IoError, translated('SQLITE_IOERR_FSYNC')],
    [InterruptedError, translated('SQLITE_INTERRUPT')],
    [DatabaseError, translated('SQLITE_PERM')],
    [ConstraintViolation, translated('SQLITE_CONSTRAINT_VTAB')],
    [DriverUnavailableError, new DriverUnavailableError('m', 'h')],
    [SyncUnavailableError, new SyncUnavailableError('d')],
    [UnsupportedError, new UnsupportedError('m', 'h')],
    [ConnectionLostError, new ConnectionLostError()],
    [NoAnswerError, new NoAnswerError(10)],
    [BreakerOpenError, new BreakerOpenError(5, new Date())],
    [ReadTimeoutError, new ReadTimeoutError(10, 'SELECT 1')],
    [ForbiddenError, new ForbiddenError('m')],
    [CyclicReferenceError, new CyclicReferenceError(['a', 'b'])],
    [StaleRecordError, new StaleRecordError('m', 'save')],
    [UnloadedRelationError, new UnloadedRelationError('m', 'r')],
    [UnloadedColumnError, new UnloadedColumnError('User', 'photo')],
  ]);

  function translated(sqliteCode: string): OrmError {
    return translateError({ sqliteCode, message: 'what SQLite says' }, 'SELECT 1', undefined);
  }

  it('is known to the last class, and each is provoked', () => {
    const known = [...provocations.map(([type]) => type), ...elsewhere.keys()];
    expect(new Set(known).size).toBe(known.length);
    expect(known.map(({ name }) => name).sort()).toEqual(exported.map(([name]) => name).sort());
    for (const [type, error] of elsewhere) expect(error.constructor).toBe(type);
  });

  it('has a code of its own for each class, which says its name', () => {
    const codes = new Map<string, string>([
      ...provocations.map(([type, code]): [string, string] => [type.name, code]),
      ...[...elsewhere].map(([type, { code }]): [string, string] => [type.name, code]),
    ]);
    expect(new Set(codes.values()).size).toBe(codes.size);
    for (const [name, code] of codes) {
      const words = name
        .replace(/Error$/, '')
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2');
      expect(code).toBe(`ORM_${words.toUpperCase()}`);
    }
  });

  it('keeps what a class is called when the code is minified', () => {
    for (const [name, type] of exported) expect(type.name).toBe(name);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
