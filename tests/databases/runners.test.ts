import { describe, expect, it } from 'vitest';
import {
  id,
  index,
  integer,
  json,
  Model,
  NotUniqueError,
  table,
  text,
  UniqueViolation,
  type Database,
  type Generated,
  type SchemaDriftError,
} from 'litemodel';
import { inTransaction, runAsync, runSync } from '../../src/database/index.js';
import { schemaOf } from '../../src/model/binding.js';
import { findOrCreate, updateOrCreate } from '../../src/model/instance.js';
import {
  compileWhere,
  deleteInstance,
  everyRow,
  insert,
  readAll,
  readColumn,
  readCount,
  readCursorPage,
  readExists,
  readFirst,
  readNumberedPage,
  readOne,
  reload,
  save,
  updateStatement,
  writeRows,
  type BoundTable,
  type QueryState,
} from '../../src/query/index.js';
import { applySchema } from '../../src/schema/index.js';
import { run, statement, type Command, type Program } from '../../src/sql/index.js';
import { drivers } from '../open-database.js';
import { thrownBy } from './file.js';

@table('users')
@index({ on: ['age'] })
class User extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @integer({ default: 18 }) age!: Generated<number>;
  @json<Record<string, unknown>>({ default: () => ({}) }) settings!: Generated<Record<string, unknown>>;
}

/** Answers a command as an engine in another thread would: later, and one at a time. */
const answering = (database: Database) => {
  let busy = false;
  return async (command: Command): Promise<unknown> => {
    if (busy) throw new Error('A command came before the last one was answered.');
    busy = true;
    await new Promise((resolve) => setImmediate(resolve));
    try {
      switch (command.method) {
        case 'all':
          return database.read(command);
        case 'run':
          return database.change(command);
        case 'call':
          busy = false; // what is called may run programs of its own
          return await command.work();
        case 'sleep':
          return await new Promise((resolve) => setTimeout(resolve, command.milliseconds));
      }
    } finally {
      busy = false;
    }
  };
};

const where = (condition: Record<string, unknown>): QueryState => ({
  ...everyRow,
  where: [compileWhere(schemaOf(User), condition)!],
});

type Work = (table: BoundTable, db: Database) => Program<unknown>;

function* insertNamed(table: BoundTable, name: string, age?: number): Program<User> {
  const user = User.build(age === undefined ? { name } : { name, age });
  yield* insert(table, user);
  return user;
}

function* three(table: BoundTable): Program<User[]> {
  return [yield* insertNamed(table, 'ann', 40), yield* insertNamed(table, 'bob'), yield* insertNamed(table, 'cyd', 40)];
}

const programs: Record<string, Work> = {
  *insert(table) {
    return yield* three(table);
  },
  *save(table) {
    const user = yield* insertNamed(table, 'ann');
    user.age = 41;
    user.settings.theme = 'dark';
    yield* save(table, user);
    yield* save(table, user);
    return user;
  },
  *delete(table) {
    const [user] = yield* three(table);
    return [
      yield* deleteInstance(table, user!),
      yield* deleteInstance(table, user!),
      yield* readCount(table, everyRow),
    ];
  },
  *reload(table) {
    const user = yield* insertNamed(table, 'ann');
    yield* run(statement('UPDATE users SET age = 77'));
    yield* reload(table, user);
    return user;
  },
  *findOrCreate(table) {
    const made = yield* findOrCreate(table, { name: 'ann' }, { age: 40 });
    const found = yield* findOrCreate(table, { name: 'ann' }, { age: 50 });
    return [made, found];
  },
  *updateOrCreate(table) {
    const made = yield* updateOrCreate(table, { name: 'ann' }, { age: 40 });
    const updated = yield* updateOrCreate(table, { name: 'ann' }, { age: 50 });
    return [made, updated];
  },
  *read(table) {
    yield* three(table);
    const old = where({ age: 40 });
    return [
      yield* readAll(table, everyRow),
      yield* readAll(table, old),
      yield* readFirst(table, old),
      yield* readOne(table, where({ name: 'bob' })),
      yield* readCount(table, old),
      yield* readExists(table, where({ name: 'dan' })),
      yield* readColumn(table, everyRow, 'name'),
    ];
  },
  *'page by cursor'(table) {
    yield* three(table);
    const first = yield* readCursorPage(table, everyRow, 2, undefined);
    return [first, yield* readCursorPage(table, everyRow, 2, first.next)];
  },
  *'page by number'(table) {
    yield* three(table);
    return yield* readNumberedPage(table, everyRow, 2, 2);
  },
  *'update by query'(table) {
    yield* three(table);
    const changed = yield* writeRows(
      table,
      updateStatement(table.schema, where({ age: 40 }), { age: 41 }, { everyRow: false }),
    );
    return [changed, yield* readColumn(table, everyRow, 'age')];
  },
  *'transaction, with a savepoint that is undone'(table, db) {
    const user = yield* inTransaction(db, function* () {
      const kept = yield* insertNamed(table, 'kept');
      try {
        yield* inTransaction(db, function* (): Program<never> {
          yield* insertNamed(table, 'undone');
          throw new Error('undo');
        });
      } catch {}
      return kept;
    });
    return [user, yield* readColumn(table, everyRow, 'name'), db.inTransaction];
  },
  *'transaction that SQLite refuses'(table, db) {
    yield* insertNamed(table, 'ann');
    try {
      yield* inTransaction(db, function* () {
        yield* insertNamed(table, 'bob');
        yield* insertNamed(table, 'ann');
      });
    } catch (error) {
      return [(error as Error).name, yield* readColumn(table, everyRow, 'name'), db.inTransaction];
    }
    return 'nothing was thrown';
  },
  *'callback of the user'(table, db) {
    return yield* inTransaction(db, function* () {
      const called: unknown = yield { method: 'call', work: () => User.using(db).create({ name: 'called' }) };
      yield { method: 'sleep', milliseconds: 1 };
      return [called, yield* readCount(table, everyRow)];
    });
  },
  *applySchema(_, db) {
    yield* run(statement('CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT'));
    yield* inTransaction(db, () => applySchema([schemaOf(User)], 'create'));
    yield* applySchema([schemaOf(User)], 'verify');
    yield* run(statement('DROP INDEX users_age_index'));
    try {
      yield* applySchema([schemaOf(User)], 'verify');
    } catch (error) {
      return (error as SchemaDriftError).differences;
    }
    return 'nothing was thrown';
  },
};

/** Results as plain values, instances by their fields. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

describe.each(drivers)('on $name, programs', ({ open }) => {
  const opened = async (alias: string, name: string) => {
    const statements: [string, number][] = [];
    const db = await open({ alias, schema: name === 'applySchema' ? 'off' : 'create' });
    const table = db.tableOf(schemaOf(User));
    db.onStatement(({ sql, rows }) => statements.push([sql, rows]));
    return { db, table, statements };
  };

  it.each(Object.entries(programs))('run alike with and without waiting: %s', async (name, work) => {
    const direct = await opened('direct', name);
    const waiting = await opened('waiting', name);
    const result = runSync(direct.db, work(direct.table, direct.db));
    const promised = runAsync(answering(waiting.db), work(waiting.table, waiting.db));
    expect(promised).toBeInstanceOf(Promise);
    expect(waiting.statements).toEqual([]); // the first answer is still to come
    expect(plain(await promised)).toEqual(plain(result));
    expect(waiting.statements).toEqual(direct.statements);
    expect(direct.statements.length).toBeGreaterThan(0);
    expect(result).not.toBe('nothing was thrown');
    if (name === 'applySchema') return;
    const rows = (db: Database) => db.table('users').all();
    expect(rows(waiting.db)).toEqual(rows(direct.db));
  });

  const runners: [string, <Result>(db: Database, program: Program<Result>) => Promise<Result>][] = [
    ['runSync', async (db, program) => runSync(db, program)],
    ['runAsync', async (db, program) => await runAsync(answering(db), program)],
  ];

  describe.each(runners)('under %s', (_, drive) => {
    it('get the error of a command where they wait for it, and may go on', async () => {
      const { db, table } = await opened('errors', '');
      const steps: string[] = [];
      const result = await drive(
        db,
        (function* (): Program<number> {
          yield* insertNamed(table, 'ann');
          try {
            yield* insertNamed(table, 'ann');
          } catch (error) {
            steps.push((error as Error).name);
          } finally {
            yield* insertNamed(table, 'from the finally block');
            steps.push('finally');
          }
          return yield* readCount(table, everyRow);
        })(),
      );
      expect([steps, result]).toEqual([['UniqueViolation', 'finally'], 2]);
    });

    it('run their finally blocks before the error goes on, with commands in them', async () => {
      const { db, table, statements } = await opened('errors', '');
      const work = function* (): Program<void> {
        try {
          yield* insertNamed(table, 'ann');
          yield* insertNamed(table, 'ann');
        } finally {
          yield* run(statement('DELETE FROM users'));
        }
      };
      await expect(drive(db, work())).rejects.toThrow(UniqueViolation);
      expect(statements.at(-1)).toEqual(['DELETE FROM users', 1]);
    });

    it('may fail before, between and after their commands', async () => {
      const { db, table } = await opened('errors', '');
      const early = function* (): Program<void> {
        throw new Error('early');
      };
      await expect(drive(db, early())).rejects.toThrow('early');
      await drive(db, three(table));
      await expect(drive(db, readOne(table, everyRow))).rejects.toThrow(NotUniqueError);
    });

    it('get what a callback throws, roll back, and hand it on as it is', async () => {
      const { db, statements } = await opened('errors', '');
      const error = new Error('of the callback');
      const work = () => {
        User.using(db).create({ name: 'x' });
        throw error;
      };
      const transaction = inTransaction(db, function* () {
        return yield { method: 'call', work };
      });
      await expect(drive(db, transaction)).rejects.toBe(error);
      expect(statements.map(([sql]) => sql.split(' ')[0])).toEqual(['BEGIN', 'INSERT', 'ROLLBACK']);
      expect([db.inTransaction, User.using(db).count()]).toEqual([false, 0]);
    });
  });

  it('wait for the promise of a callback only where there is waiting', async () => {
    const { db, statements } = await opened('promises', '');
    const work = async () => {
      User.using(db).create({ name: 'before' });
      await new Promise((resolve) => setTimeout(resolve, 2));
      User.using(db).create({ name: 'after' });
      return 'done';
    };
    const transaction = () =>
      inTransaction(db, function* () {
        return yield { method: 'call', work };
      });
    expect(await runAsync(answering(db), transaction())).toBe('done');
    expect(statements.map(([sql]) => sql.split(' ')[0])).toEqual(['BEGIN', 'INSERT', 'INSERT', 'COMMIT']);
    User.using(db).deleteAll();
    expect(thrownBy(() => runSync(db, transaction()))).toMatchObject({ code: 'ORM_ASYNC_CALLBACK' });
    expect(User.using(db).count()).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 10)); // what follows the await is outside, as the error says
    expect(
      User.using(db)
        .all()
        .map(({ name }) => name),
    ).toEqual(['after']);
  });
});
