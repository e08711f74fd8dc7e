import BetterSqlite3 from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { BusyError, sql, type Database, type StatementEvent } from 'litemodel';
import { open, type RawDatabaseConstructor } from 'litemodel/better-sqlite3';
import { closedLater, statementsOf } from '../open-database.js';
import { newPath, rawConnection, readElsewhere, thrownBy } from './file.js';
import { compileProgram, RunningProgram } from './programs.js';

const schema = 'CREATE TABLE counters (id INTEGER NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT';

let path: string;
let db: Database;
let other: BetterSqlite3.Database;

const openDb = (options: Parameters<typeof open>[1] = {}): void => {
  path = newPath();
  db = closedLater(open(path, { busyTimeout: 0, ...options }));
  db.execute(`${schema}; INSERT INTO counters VALUES (1, 0)`);
  other = rawConnection(path);
};
const increment = () => db.run(sql`UPDATE counters SET value = value + 1`);
const value = () => readElsewhere(path, 'SELECT value FROM counters')[0];

describe('the lock of another connection', () => {
  beforeEach(() => openDb());

  it('is a BusyError with the code of SQLite and what to do', () => {
    other.exec('BEGIN IMMEDIATE');
    const error = thrownBy(() => db.transaction(increment)) as BusyError;
    expect(error).toBeInstanceOf(BusyError);
    expect([error.code, error.sqliteCode, error.sql]).toEqual(['ORM_BUSY', 'SQLITE_BUSY', 'BEGIN IMMEDIATE']);
    expect(error.message).toBe(
      'The database is locked by another connection.\n  in: BEGIN IMMEDIATE\n ' +
        'Keep write transactions short, or raise the busyTimeout option of open().',
    );
    expect(thrownBy(increment)).toBeInstanceOf(BusyError);
    expect(db.inTransaction).toBe(false);
    other.exec('COMMIT');
    db.transaction(increment);
    expect(value()).toBe(1);
  });

  it('leaves readers alone, in WAL mode', () => {
    other.exec('BEGIN IMMEDIATE; UPDATE counters SET value = 5');
    expect(db.all(sql`SELECT value FROM counters`)).toEqual([{ value: 0 }]);
  });

  it('fails a deferred transaction at once that read before the other wrote, however long it would wait', () => {
    db.execute('PRAGMA busy_timeout = 5000');
    const start = performance.now();
    const error = thrownBy(() =>
      db.transaction(
        () => {
          db.all(sql`SELECT value FROM counters`);
          other.exec('UPDATE counters SET value = value + 10');
          increment();
        },
        { mode: 'deferred' },
      ),
    ) as BusyError;
    expect(error.sqliteCode).toBe('SQLITE_BUSY_SNAPSHOT');
    expect(error.message).toBe(
      'Another connection wrote since this transaction began to read, so it cannot write any more.\n' +
        '  in: UPDATE counters SET value = value + 1\n ' +
        'Begin it as an immediate transaction (the default), or run it again.',
    );
    expect(performance.now() - start).toBeLessThan(1000);
    expect(db.inTransaction).toBe(false);
    expect(value()).toBe(10);
  });

  it('never comes in the middle of an immediate transaction', () => {
    db.transaction(() => {
      db.all(sql`SELECT value FROM counters`);
      expect(() => other.exec('UPDATE counters SET value = value + 10')).toThrow('database is locked');
      increment();
    });
    expect(value()).toBe(1);
  });

  it('keeps readers out under an exclusive transaction with a rollback journal', () => {
    openDb({ alias: 'journal', journalMode: 'delete' });
    db.transaction(() => expect(() => other.prepare('SELECT * FROM counters').all()).toThrow('database is locked'), {
      mode: 'exclusive',
    });
    expect(other.prepare('SELECT value FROM counters').pluck().all()).toEqual([0]);
  });
});

describe('opening and closing under the lock of another connection', () => {
  it('tries the journal mode again, for which SQLite does not wait when two processes want it', () => {
    let failures = 3;
    class Racing extends (BetterSqlite3 as RawDatabaseConstructor) {
      override prepare(text: string) {
        const prepared = super.prepare(text);
        if (text !== 'PRAGMA journal_mode = wal') return prepared;
        const all = prepared.all.bind(prepared) as () => unknown[];
        prepared.all = () => {
          if (failures-- > 0) throw new BetterSqlite3.SqliteError('database is locked', 'SQLITE_BUSY');
          return all();
        };
        return prepared;
      }
    }
    const tries: (Error | undefined)[] = [];
    const onStatement = ({ sql, error }: StatementEvent) => {
      if (sql === 'PRAGMA journal_mode = wal') tries.push(error);
    };
    db = closedLater(open(newPath(), { Database: Racing, onStatement }));
    expect(tries.map((error) => error?.name)).toEqual(['BusyError', 'BusyError', 'BusyError', undefined]);
    expect(db.pragmas.journalMode).toBe('wal');
    failures = Infinity;
    expect(() => open(newPath(), { Database: Racing, alias: 'x', busyTimeout: 20 })).toThrow(BusyError);
  });

  it('closes without what it would have told the planner', () => {
    openDb();
    db.execute(`CREATE INDEX counters_value ON counters (value);
      WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO counters SELECT i, i % 7 FROM n`);
    db.all(sql`SELECT * FROM counters WHERE value = 3`);
    other.exec('BEGIN IMMEDIATE');
    const failed: string[] = [];
    db.onStatement(({ sql, error }) => error !== undefined && failed.push(sql));
    db.close();
    expect(failed).toEqual(['PRAGMA optimize']);
    expect(db.isOpen).toBe(false);
    other.exec('COMMIT');
    expect(readElsewhere(path, 'SELECT count(*) FROM counters')).toEqual([500]);
  });
});

describe('waiting for a lock', () => {
  const program = compileProgram('hold-lock');

  it.each([
    ['an immediate transaction', () => db.transaction(increment)],
    ['a single statement', increment],
  ])('%s waits as long as the busy timeout, for another process', async (_, work) => {
    openDb({ busyTimeout: 10_000 });
    const holder = new RunningProgram(program, [path, '300']);
    await holder.firstLine();
    expect(holder.lines).toEqual(['locked']);
    const start = performance.now();
    work();
    expect(performance.now() - start).toBeGreaterThan(50);
    expect(await holder.ended).toBe(0);
    expect(value()).toBe(2);
  });

  it('ends with a BusyError after the timeout', async () => {
    openDb({ busyTimeout: 100 });
    const holder = new RunningProgram(program, [path, '3000']);
    await holder.firstLine();
    const start = performance.now();
    expect(thrownBy(() => db.transaction(increment))).toBeInstanceOf(BusyError);
    expect(performance.now() - start).toBeGreaterThan(95);
    await holder.kill();
    db.transaction(increment); // a killed process holds nothing
    expect(value()).toBe(1);
  });
});

describe('retryFor', () => {
  const releaseAfter = (failures: number) => {
    let busy = 0;
    db.onStatement(({ error }: StatementEvent) => {
      if (error instanceof BusyError && ++busy === failures) other.exec('COMMIT');
    });
  };
  beforeEach(() => openDb());

  it('runs the whole transaction again until the lock is free', () => {
    other.exec('BEGIN IMMEDIATE');
    releaseAfter(3);
    const log = statementsOf(db, () => expect(db.transaction(() => increment().changes, { retryFor: 5000 })).toBe(1));
    expect(log).toEqual([
      'BEGIN IMMEDIATE',
      'BEGIN IMMEDIATE',
      'BEGIN IMMEDIATE',
      'BEGIN IMMEDIATE',
      'UPDATE counters SET value = value + 1',
      'COMMIT',
    ]);
  });

  it('reads anew what the other wrote: no update is lost', () => {
    let runs = 0;
    const log = statementsOf(db, () =>
      db.transaction(
        () => {
          const { value } = db.first<{ value: number }>(sql`SELECT value FROM counters`)!;
          if (runs++ === 0) other.exec('UPDATE counters SET value = 10');
          db.run(sql`UPDATE counters SET value = ${value + 1}`);
        },
        { mode: 'deferred', retryFor: 5000 },
      ),
    );
    expect(runs).toBe(2);
    expect(log).toEqual([
      'BEGIN',
      'SELECT value FROM counters',
      'UPDATE counters SET value = ?',
      'ROLLBACK',
      'BEGIN',
      'SELECT value FROM counters',
      'UPDATE counters SET value = ?',
      'COMMIT',
    ]);
    expect(value()).toBe(11);
  });

  it('ends at its deadline, with the BusyError', () => {
    other.exec('BEGIN IMMEDIATE');
    const start = performance.now();
    expect(thrownBy(() => db.transaction(increment, { retryFor: 150 }))).toBeInstanceOf(BusyError);
    expect(performance.now() - start).toBeGreaterThanOrEqual(145);
    expect(performance.now() - start).toBeLessThan(1500);
    expect(db.inTransaction).toBe(false);
  });

  it('is not for other errors', () => {
    let runs = 0;
    const attempt = () =>
      db.transaction(
        () => {
          runs++;
          throw new Error('mine');
        },
        { retryFor: 5000 },
      );
    expect(attempt).toThrow('mine');
    expect(runs).toBe(1);
  });

  it('is for the outermost transaction only, and never for a statement in it', () => {
    let runs = 0;
    const inner = () =>
      db.transaction(
        () => {
          runs++;
          increment();
        },
        { retryFor: 5000 },
      );
    const stale = () => {
      db.all(sql`SELECT value FROM counters`);
      other.exec('UPDATE counters SET value = value + 10');
    };
    const inOurs = () =>
      db.transaction(
        () => {
          stale();
          inner();
        },
        { mode: 'deferred' },
      );
    expect(thrownBy(inOurs)).toBeInstanceOf(BusyError);
    expect(runs).toBe(1);
    db.execute('BEGIN');
    stale();
    const start = performance.now();
    expect(thrownBy(inner)).toBeInstanceOf(BusyError); // inside a transaction of your own it is hopeless, too
    expect(performance.now() - start).toBeLessThan(1000);
    db.execute('ROLLBACK');
    expect(runs).toBe(2);
    expect(value()).toBe(20);
  });
});

describe('a COMMIT that is busy, because of a reader of a file with a rollback journal', () => {
  beforeEach(() => {
    openDb({ journalMode: 'delete' });
    other.exec('BEGIN');
    other.prepare('SELECT * FROM counters').all();
  });

  it('in plain SQL stays in its transaction, and keeps the lock until the process ends', () => {
    db.execute('BEGIN IMMEDIATE');
    increment();
    expect(() => db.execute('COMMIT')).toThrow(BusyError);
    expect(db.inTransaction).toBe(true);
    other.exec('COMMIT');
    expect(() => other.exec('BEGIN IMMEDIATE')).toThrow('database is locked');
  });

  it('is rolled back by us: the lock is free, and the connection as good as new', () => {
    const log = statementsOf(db, () => expect(thrownBy(() => db.transaction(increment))).toBeInstanceOf(BusyError));
    expect(log).toEqual(['BEGIN IMMEDIATE', 'UPDATE counters SET value = value + 1', 'COMMIT', 'ROLLBACK']);
    expect(db.inTransaction).toBe(false);
    other.exec('COMMIT; BEGIN IMMEDIATE; UPDATE counters SET value = value + 10; COMMIT');
    db.transaction(increment);
    expect(value()).toBe(11);
  });

  it('is run again as a whole by retryFor', () => {
    let runs = 0;
    db.onStatement(({ sql, error }) => {
      if (sql === 'COMMIT' && error !== undefined) other.exec('COMMIT');
    });
    db.transaction(
      () => {
        runs++;
        increment();
      },
      { retryFor: 5000 },
    );
    expect([runs, value()]).toEqual([2, 1]);
  });

  it('ends a transaction begun by hand, too', () => {
    using transaction = db.begin();
    increment();
    expect(() => transaction.commit()).toThrow(BusyError);
    expect([transaction.isOpen, db.inTransaction]).toEqual([false, false]);
  });
});

describe('processes', () => {
  const opening = compileProgram('open-together');
  const counting = compileProgram('count-up');

  it.each([{}, { journalMode: 'delete' }])(
    'may open and create the same new file at once: %o',
    async (options) => {
      for (let round = 0; round < 3; round++) {
        const file = newPath();
        const at = String(Date.now() + 400);
        const running = Array.from(
          { length: 4 },
          () => new RunningProgram(opening, [file, at, JSON.stringify(options)]),
        );
        const ends = await Promise.all(running.map(({ ended }) => ended));
        expect([ends, running.map(({ output }) => output)]).toEqual([
          [0, 0, 0, 0],
          ['', '', '', ''],
        ]);
        expect(readElsewhere(file, 'SELECT count(*) FROM users UNION ALL SELECT count(*) FROM posts')).toEqual([
          40, 40,
        ]);
        expect(readElsewhere(file, "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")).toEqual([
          'users',
          'users_name_index',
          'posts',
        ]);
        expect(readElsewhere(file, 'PRAGMA integrity_check')).toEqual(['ok']);
      }
    },
    60_000,
  );

  it('read, change and write one row without losing an update', async () => {
    openDb();
    const running = [1, 2, 3].map(() => new RunningProgram(counting, [path, '50']));
    expect(await Promise.all(running.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(value()).toBe(150);
  }, 60_000);
});
