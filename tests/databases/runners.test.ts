import { describe, expect, it, onTestFinished } from 'vitest';
import {
  AsyncDatabase,
  Database,
  id,
  index,
  integer,
  json,
  Model,
  NotUniqueError,
  sql,
  table,
  text,
  UniqueViolation,
  type Generated,
  type ModelHome,
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
import { readRows } from '../../src/model/raw-sql.js';
import type { ModelDatabase } from '../../src/model/model-database.js';
import { run, statement, type Program } from '../../src/sql/index.js';
import { engines, type Engine } from '../drivers/engines.js';
import { SlowConnection } from '../slow-connection.js';
import { thrownBy } from './file.js';

@table('users')
@index({ on: ['age'] })
class User extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @integer({ default: 18 }) age!: Generated<number>;
  @json<Record<string, unknown>>({ default: () => ({}) }) settings!: Generated<Record<string, unknown>>;
}

const where = (condition: Record<string, unknown>): QueryState => ({
  ...everyRow,
  where: [compileWhere(schemaOf(User), condition)!],
});

type Work = (table: BoundTable, db: ModelDatabase, home: ModelHome) => Program<unknown>;

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
  *'callback of the user'(table, db, home) {
    return yield* inTransaction(db, function* () {
      const called: unknown = yield {
        method: 'call',
        work: () => User.using(home as never).create({ name: 'called' }),
      };
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

/** What runs a program on a database of its own: at once, or waiting for each answer. */
interface Opened {
  readonly db: ModelDatabase;
  readonly home: ModelHome;
  readonly table: BoundTable;
  readonly statements: [string, number][];
  run<Result>(program: Program<Result>): Promise<Result>;
}

const memory = { onDisk: false };

async function openWaiting(engine: Engine, schema: 'create' | 'off'): Promise<Omit<Opened, 'table' | 'statements'>> {
  const home = await AsyncDatabase.open(new SlowConnection(engine.connect()), memory, { alias: 'waiting', schema });
  onTestFinished(() => home.close());
  return { db: home.connected, home, run: (program) => runAsync(home.connected, program) };
}

function openDirect(engine: Engine, schema: 'create' | 'off'): Omit<Opened, 'table' | 'statements'> {
  const db = new Database(engine.connect(), memory, { alias: 'direct', schema });
  onTestFinished(() => db.close());
  return { db, home: db, run: async (program) => runSync(db, program) };
}

async function opened(engine: Engine, isDirect: boolean, name = ''): Promise<Opened> {
  const schema = name === 'applySchema' ? 'off' : 'create';
  const database = isDirect ? openDirect(engine, schema) : await openWaiting(engine, schema);
  const table = await database.run(database.db.tableOf(schemaOf(User)));
  const statements: [string, number][] = [];
  database.db.onStatement(({ sql, rows }) => statements.push([sql, rows]));
  return { ...database, table, statements };
}

describe.each(engines)('on $name, programs', (engine) => {
  it.each(Object.entries(programs))('run alike with and without waiting: %s', async (name, work) => {
    const direct = await opened(engine, true, name);
    const waiting = await opened(engine, false, name);
    const result = runSync(direct.db, work(direct.table, direct.db, direct.home));
    const promised = waiting.run(work(waiting.table, waiting.db, waiting.home));
    expect(promised).toBeInstanceOf(Promise);
    expect(waiting.statements).toEqual([]); // the first answer is still to come
    expect(plain(await promised)).toEqual(plain(result));
    expect(waiting.statements).toEqual(direct.statements);
    expect(direct.statements.length).toBeGreaterThan(0);
    expect(result).not.toBe('nothing was thrown');
    if (name === 'applySchema') return;
    const rows = sql`SELECT * FROM users`;
    expect(await waiting.run(readRows(waiting.db, rows))).toEqual(await direct.run(readRows(direct.db, rows)));
  });

  describe.each([
    ['runSync', true],
    ['runAsync', false],
  ])('under %s', (_, isDirect) => {
    it('get the error of a command where they wait for it, and may go on', async () => {
      const { run: drive, table } = await opened(engine, isDirect);
      const steps: string[] = [];
      const result = await drive(
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
      const { run: drive, table, statements } = await opened(engine, isDirect);
      const work = function* (): Program<void> {
        try {
          yield* insertNamed(table, 'ann');
          yield* insertNamed(table, 'ann');
        } finally {
          yield* run(statement('DELETE FROM users'));
        }
      };
      await expect(drive(work())).rejects.toThrow(UniqueViolation);
      expect(statements.at(-1)).toEqual(['DELETE FROM users', 1]);
    });

    it('may fail before, between and after their commands', async () => {
      const { run: drive, table } = await opened(engine, isDirect);
      const early = function* (): Program<void> {
        throw new Error('early');
      };
      await expect(drive(early())).rejects.toThrow('early');
      await drive(three(table));
      await expect(drive(readOne(table, everyRow))).rejects.toThrow(NotUniqueError);
    });

    it('get what a callback throws, roll back, and hand it on as it is', async () => {
      const { run: drive, db, home, table, statements } = await opened(engine, isDirect);
      const error = new Error('of the callback');
      const work = () => {
        const created: unknown = User.using(home as never).create({ name: 'x' });
        if (!(created instanceof Promise)) throw error;
        return created.then(() => {
          throw error;
        });
      };
      const transaction = inTransaction(db, function* () {
        return yield { method: 'call', work };
      });
      await expect(drive(transaction)).rejects.toBe(error);
      expect(statements.map(([text]) => text.split(' ')[0])).toEqual(['BEGIN', 'INSERT', 'ROLLBACK']);
      expect([db.inTransaction, await drive(readCount(table, everyRow))]).toEqual([false, 0]);
    });
  });

  it('wait for the promise of a callback only where there is waiting', async () => {
    const work = (home: ModelHome) => async () => {
      await (User.using(home as never).create({ name: 'before' }) as unknown);
      await new Promise((resolve) => setTimeout(resolve, 2));
      await (User.using(home as never).create({ name: 'after' }) as unknown);
      return 'done';
    };
    const transaction = ({ db, home }: Opened) =>
      inTransaction(db, function* () {
        return yield { method: 'call', work: work(home) };
      });
    const waiting = await opened(engine, false);
    expect(await waiting.run(transaction(waiting))).toBe('done');
    expect(waiting.statements.map(([text]) => text.split(' ')[0])).toEqual(['BEGIN', 'INSERT', 'INSERT', 'COMMIT']);

    const direct = await opened(engine, true);
    expect(thrownBy(() => runSync(direct.db, transaction(direct)))).toMatchObject({ code: 'ORM_ASYNC_CALLBACK' });
    expect(await direct.run(readCount(direct.table, everyRow))).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 10)); // what follows the await is outside, as the error says
    expect(await direct.run(readColumn(direct.table, everyRow, 'name'))).toEqual(['after']);
  });
});
