/** What asynchronous transactions do about other connections to their file. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BusyError, sql, type AsyncDatabase } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { fileWith, rawConnection, readElsewhere } from '../databases/file.js';
import { compileProgram, RunningProgram } from '../databases/programs.js';
import { closedLater } from '../open-database.js';

const counter = `
  CREATE TABLE counters (id INTEGER NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT;
  INSERT INTO counters VALUES (1, 0)`;
const program = compileProgram('count-up-async');

describe('processes', () => {
  it(
    'increment one number 1,000 times, in transactions that wait, without losing one',
    { timeout: 120_000 },
    async () => {
      const path = fileWith(counter);
      const running = [1, 2, 3, 4].map(() => new RunningProgram(program, [path, '250']));
      const ends = await Promise.all(running.map(({ ended }) => ended));
      expect([ends, running.map(({ output }) => output)]).toEqual([
        [0, 0, 0, 0],
        ['', '', '', ''],
      ]);
      expect(readElsewhere(path, 'SELECT value FROM counters')).toEqual([1000]);
    },
  );
});

describe('a transaction that cannot begin', () => {
  let db: AsyncDatabase;
  let other: ReturnType<typeof rawConnection>;
  beforeEach(() => {
    const path = fileWith(counter);
    db = closedLater(open(path, { busyTimeout: 0, schema: 'off' })).async;
    other = rawConnection(path);
    other.exec('BEGIN IMMEDIATE');
  });
  const increment = () => db.run(sql`UPDATE counters SET value = value + 1`);
  const value = () => db.first(sql`SELECT value FROM counters`);

  it('is a BusyError, and gives way to the next', async () => {
    const results = Promise.allSettled([db.transaction(increment), db.transaction(increment), value()]);
    const [first, second, third] = await results;
    for (const result of [first, second]) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(BusyError) as unknown });
    }
    expect(third).toEqual({ status: 'fulfilled', value: { value: 0 } });
    other.exec('COMMIT');
    await db.transaction(increment);
    expect(await value()).toEqual({ value: 1 });
  });

  it('is tried again by retryFor, with room for others between', async () => {
    const log: string[] = [];
    db.onStatement(({ sql, error }) => {
      log.push(error === undefined ? sql : `${sql}: ${error.name}`);
      if (log.filter((text) => text.endsWith('BusyError')).length === 3 && other.inTransaction) other.exec('COMMIT');
    });
    const incremented = db.transaction(increment, { retryFor: 60_000 });
    const between = await value();
    await incremented;
    expect(between).toEqual({ value: 0 });
    expect(log).toEqual([
      'BEGIN IMMEDIATE: BusyError',
      'SELECT value FROM counters',
      'BEGIN IMMEDIATE: BusyError',
      'BEGIN IMMEDIATE: BusyError',
      'BEGIN IMMEDIATE',
      'UPDATE counters SET value = value + 1',
      'COMMIT',
    ]);
    expect(await value()).toEqual({ value: 1 });
  });
});

describe('a COMMIT that fails', () => {
  it('is rolled back, so that the lock is free and the connection as good as new', async () => {
    const path = fileWith(counter);
    const db = closedLater(open(path, { busyTimeout: 0, schema: 'off', journalMode: 'delete' })).async;
    const other = rawConnection(path);
    other.exec('BEGIN');
    other.prepare('SELECT * FROM counters').all(); // a reader, whom the writer of a rollback journal has to wait for
    const increment = () => db.run(sql`UPDATE counters SET value = value + 1`);
    await expect(db.transaction(increment)).rejects.toThrow(BusyError);
    other.exec('COMMIT; BEGIN IMMEDIATE; UPDATE counters SET value = value + 10; COMMIT');
    await db.transaction(increment);
    expect(readElsewhere(path, 'SELECT value FROM counters')).toEqual([11]);
  });

  it('keeps the lock in plain SQL, until the process ends', async () => {
    const path = fileWith(counter);
    const db = closedLater(open(path, { busyTimeout: 0, schema: 'off', journalMode: 'delete' })).async;
    const other = rawConnection(path);
    other.exec('BEGIN');
    other.prepare('SELECT * FROM counters').all();
    await db.execute('BEGIN IMMEDIATE; UPDATE counters SET value = value + 1');
    await expect(db.execute('COMMIT')).rejects.toThrow(BusyError);
    other.exec('COMMIT');
    expect(() => other.exec('BEGIN IMMEDIATE')).toThrow('database is locked');
  });
});
