import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ConnectionLostError, SqlError, TransactionError, UniqueViolation } from 'litemodel';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { messagesAhead } from '../../src/port/messages.js';
import type { EngineCommand } from '../../src/sql/index.js';
import { SlowConnection } from '../slow-connection.js';
import { failureOf } from '../workers/open-workers.js';
import { begin, commit, numbers, openLine, query, rollBack, script, Served, settle, write } from './open-port.js';

const table = 'CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER UNIQUE)';
const count = query('SELECT count(*) FROM t');
const insert = (n: number) => write('INSERT INTO t (n) VALUES (?)', n);

describe('requests and answers', () => {
  it('are sent together where they were made together: 1,000 queries take a few messages', async () => {
    const line = openLine();
    const connection = await new Served().connect(line);
    const [requests, replies] = [line.sent.client.length, line.sent.host.length];
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, n) => connection.perform(query('SELECT ?', n), 0)),
    );
    expect(answers).toEqual(Array.from({ length: 1000 }, (_, n) => [[n]]));
    expect(line.sent.client.length - requests).toBe(1);
    expect(line.sent.host.length - replies).toBeLessThan(10); // one, unless the machine stumbles
  });

  it('do not wait for what takes longer, unless nobody could know', async () => {
    const line = openLine();
    const served = new Served();
    const connection = await served.connect(line);
    await connection.perform(query('SELECT 1'), 0);
    await connection.perform(numbers(1), 0);
    const sentBefore: number[] = [];
    const start = line.sent.host.length;
    served.database.onStatement(({ sql }) => sql === 'SELECT 1' || sentBefore.push(line.sent.host.length - start));
    await Promise.all([
      connection.perform(query('SELECT 1'), 0),
      connection.perform(query('SELECT 2'), 0), // has not been run before
      connection.perform(query('SELECT 2'), 0),
      connection.perform(numbers(1), 0),
    ]);
    expect([sentBefore[0], line.sent.host.length - start]).toEqual([1, 2]);
  });

  it('come back to whoever asked, errors with their class', async () => {
    const connection = await new Served().connect();
    await connection.perform(script(table), 0);
    const [first, twice, wrong, rows] = await Promise.all([
      connection.perform(insert(1), 0),
      failureOf(connection.perform(insert(1), 0)),
      failureOf(connection.perform(query('SELECT nothing'), 0)),
      connection.perform(query('SELECT * FROM t'), 0),
    ]);
    expect(first).toEqual({ changes: 1, lastInsertRowid: 1 });
    expect(twice).toBeInstanceOf(UniqueViolation);
    expect(twice).toMatchObject({ table: 't', columns: ['n'], sql: 'INSERT INTO t (n) VALUES (?)' });
    expect(wrong).toBeInstanceOf(SqlError);
    expect(rows).toEqual([[1, 1]]);
  });

  it('that cannot be sent fail alone', async () => {
    const connection = await new Served().connect();
    const impossible = { ...query('SELECT ?'), parameters: [(() => 1) as never] };
    const [one, error, two] = await Promise.all([
      connection.perform(query('SELECT 1'), 0),
      failureOf(connection.perform(impossible, 0)),
      connection.perform(query('SELECT 2'), 0),
    ]);
    expect([one, (error as Error).name, two]).toEqual([[[1]], 'DataCloneError', [[2]]]);
    expect(connection.load).toBe(0);
  });

  it('carry every kind of value', async () => {
    const connection = await new Served().connect();
    const values = [null, 1.5, 2n ** 62n, 'Ægir \u0000 😀', new Uint8Array([0, 255])];
    const statement = { sql: 'SELECT ?, ?, ?, ?, ?', bigints: true };
    const command: EngineCommand = { method: 'all', statement, parameters: values };
    expect(await connection.perform(command, 0)).toEqual([values]);
  });

  it('keep the order of one scope on an engine that answers later', async () => {
    const connection = await new Served(new SlowConnection(connectBetterSqlite3(':memory:'))).connect();
    await connection.perform(script(table), 0);
    await Promise.all(Array.from({ length: 20 }, (_, n) => connection.perform(insert(n), 0)));
    expect(await connection.perform(query('SELECT n FROM t ORDER BY id'), 0)).toEqual(
      Array.from({ length: 20 }, (_, n) => [n]),
    );
  });
});

describe('a long answer', () => {
  it('comes in pieces, whole and in order, two at once', async () => {
    const line = openLine();
    const connection = await new Served().connect(line);
    const [long, short] = (await Promise.all([
      connection.perform(numbers(100_000), 0),
      connection.perform(numbers(30_001), 0),
    ])) as number[][][];
    expect([long!.length, short!.length]).toEqual([100_000, 30_001]);
    expect(long!.every(([i, double], index) => i === index + 1 && double === 2 * i)).toBe(true);
    expect(short!.at(-1)).toEqual([30_001, 60_002]);
    const largest = Math.max(...line.sent.host.flat().map((reply) => (reply as { rows?: [] }).rows?.length ?? 0));
    expect(largest).toBe(1000);
  });

  it('waits for a client that is busy', async () => {
    const line = openLine();
    const connection = await new Served().connect(line);
    const before = line.sent.host.length;
    const letGo = line.holdClient();
    const asked = connection.perform(numbers(50_000), 0);
    await settle();
    expect(line.sent.host.length - before).toBe(messagesAhead);
    letGo();
    expect(await asked).toHaveLength(50_000);
    expect(line.sent.host.length - before).toBe(50);
  });

  it('stops when it is given up', async () => {
    const line = openLine();
    const connection = await new Served().connect(line);
    const before = line.sent.host.length;
    const letGo = line.holdClient();
    const abortion = new AbortController();
    const asked = failureOf(connection.perform(numbers(50_000), 0, abortion.signal));
    await settle();
    abortion.abort(new Error('enough'));
    expect(await asked).toEqual(new Error('enough'));
    expect([connection.load, connection.isStuck]).toEqual([1, true]); // until the host has heard of it
    letGo();
    await settle();
    expect(line.sent.host.length - before).toBeLessThanOrEqual(messagesAhead + 2);
    expect([connection.load, connection.isStuck]).toEqual([0, false]);
    expect(await connection.perform(query('SELECT 1'), 0)).toEqual([[1]]);
  });

  it('of a write comes whole, though it was given up', async () => {
    const line = openLine();
    const connection = await new Served().connect(line);
    await connection.perform(script(table), 0);
    const letGo = line.holdClient();
    const abortion = new AbortController();
    const { sql } = numbers(20_000).statement;
    const returning = { ...query(`INSERT INTO t ${sql} RETURNING id`), method: 'named' as const };
    const asked = connection.perform(
      { ...returning, statement: { ...returning.statement, reads: false } },
      0,
      abortion.signal,
    );
    await settle();
    abortion.abort();
    await settle();
    letGo();
    expect(((await asked) as { rows: unknown[] }).rows).toHaveLength(20_000);
    expect(await connection.perform(count, 0)).toEqual([[20_000]]);
  });
});

describe('giving up', () => {
  it('leaves no listener behind', async () => {
    const connection = await new Served().connect();
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 50 }, () => connection.perform(query('SELECT 1'), 0, signal)));
    await failureOf(connection.perform(query('SELECT nothing'), 0, signal));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('many at once by one signal makes Node warn of no leak', async () => {
    const warnings: string[] = [];
    const warn = (warning: Error) => warnings.push(warning.message);
    process.on('warning', warn);
    const connection = await new Served().connect();
    const abortion = new AbortController();
    const asked = Array.from({ length: 50 }, () => failureOf(connection.perform(numbers(10), 0, abortion.signal)));
    abortion.abort(new Error('all of them'));
    expect(await Promise.all(asked)).toEqual(Array(50).fill(new Error('all of them')));
    await settle();
    process.off('warning', warn);
    expect([warnings, connection.load]).toEqual([[], 0]);
  });

  it('before it was asked asks nothing', async () => {
    const line = openLine();
    const connection = await new Served().connect(line);
    const before = line.sent.client.length;
    expect(await failureOf(connection.perform(insert(1), 0, AbortSignal.abort(new Error('no'))))).toEqual(
      new Error('no'),
    );
    await settle();
    expect(line.sent.client.length).toBe(before);
  });

  it('a write that has not begun undoes nothing, and one that has tells what became of it', async () => {
    const served = new Served();
    const [connection, other] = [await served.connect(), await served.connect()];
    await connection.perform(script(table), 0);
    await other.perform(begin(), 1);
    const abortion = new AbortController();
    const waiting = failureOf(connection.perform(insert(1), 0, abortion.signal));
    await settle();
    abortion.abort(new Error('too late'));
    expect(await waiting).toEqual(new Error('too late'));
    await other.perform(commit(), 1);
    expect(await connection.perform(count, 0)).toEqual([[0]]);
    const late = new AbortController();
    const begun = connection.perform(insert(2), 0, late.signal);
    await Promise.resolve().then(() => late.abort()); // both are sent at once
    expect(await begun).toMatchObject({ changes: 1 });
    expect(await connection.perform(count, 0)).toEqual([[1]]);
  });
});

describe('transactions', () => {
  it('of several clients wait for each other', async () => {
    const served = new Served();
    const [one, two] = [await served.connect(), await served.connect()];
    await one.perform(script(table), 0);
    const log: string[] = [];
    const work = async (connection: typeof one, name: string, n: number) => {
      await connection.perform(begin(), n);
      log.push(`${name} began`);
      await connection.perform(insert(n), n);
      await settle();
      log.push(`${name} ends`);
      await connection.perform(commit(), n);
    };
    await Promise.all([work(one, 'one', 1), work(two, 'two', 2), work(one, 'three', 3)]);
    const whole = ['one', 'two', 'three'].map((name) => [`${name} began`, `${name} ends`]);
    expect(log).toHaveLength(6);
    for (const [began, ends] of whole) expect(log.indexOf(ends!)).toBe(log.indexOf(began!) + 1);
    expect([one.inTransaction, two.inTransaction]).toEqual([false, false]);
  });

  it('nest', async () => {
    const connection = await new Served().connect();
    await connection.perform(script(table), 0);
    await connection.perform(begin(), 1);
    await connection.perform(insert(1), 1);
    await connection.perform(begin('inner'), 2);
    await connection.perform(insert(2), 2);
    await connection.perform(rollBack('inner'), 2);
    await connection.perform(commit('inner'), 2);
    await connection.perform(begin('second'), 3);
    await connection.perform(insert(3), 3);
    await connection.perform(commit('second'), 3);
    expect(connection.inTransaction).toBe(true);
    await connection.perform(commit(), 1);
    expect(await connection.perform(query('SELECT n FROM t'), 0)).toEqual([[1], [3]]);
  });

  it('that nobody has begun are neither committed nor begun halfway', async () => {
    const connection = await new Served().connect();
    await connection.perform(script(table), 0);
    for (const command of [commit(), begin('inner'), insert(1)]) {
      expect(await failureOf(connection.perform(command, 7))).toBeInstanceOf(TransactionError);
    }
    expect(await connection.perform(count, 0)).toEqual([[0]]);
  });

  it.each(['open', 'with a savepoint', 'about to be begun'])(
    'of a client that is gone are rolled back: %s',
    async (how) => {
      const served = new Served(new SlowConnection(connectBetterSqlite3(':memory:')));
      const line = openLine();
      const [gone, other] = [await served.connect(line), await served.connect()];
      await other.perform(script(table), 0);
      const begun = gone.perform(begin(), 1);
      if (how === 'about to be begun') {
        begun.catch(() => undefined);
        await new Promise((resolve) => setImmediate(resolve));
      } else {
        await begun;
        await gone.perform(insert(1), 1);
        if (how === 'with a savepoint') await gone.perform(begin('inner'), 2);
        gone.perform(insert(2), how === 'open' ? 1 : 2).catch(() => undefined);
      }
      const waiting = other.perform(insert(3), 0);
      await gone.hangUp();
      await waiting;
      expect(await other.perform(query('SELECT n FROM t'), 0)).toEqual([[3]]);
      expect(served.database.inTransaction).toBe(false);
    },
  );

  it('of a client that is gone while it waits are never begun', async () => {
    const served = new Served();
    const [gone, other] = [await served.connect(), await served.connect()];
    await other.perform(script(table), 0);
    await other.perform(begin(), 1);
    const waiting = failureOf(gone.perform(begin(), 1));
    await settle();
    await gone.hangUp();
    expect(await waiting).toBeInstanceOf(ConnectionLostError);
    await other.perform(commit(), 1);
    await settle();
    expect(served.database.root.isFree).toBe(true);
  });
});

describe('a host that is gone', () => {
  it('fails what was asked and what is asked, and tells why no more than once', async () => {
    const line = openLine();
    const connection = await new Served(new SlowConnection(connectBetterSqlite3(':memory:'))).connect(line);
    let losses = 0;
    connection.onLost = () => losses++;
    const asked = [failureOf(connection.perform(query('SELECT 1'), 0)), failureOf(connection.perform(begin(), 1))];
    line.cut();
    for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(ConnectionLostError);
    expect(await failureOf(connection.perform(query('SELECT 1'), 0))).toBeInstanceOf(ConnectionLostError);
    expect([losses, connection.isLost, connection.load, connection.states.current.name]).toEqual([
      1,
      true,
      0,
      'closed',
    ]);
    await connection.close();
    await connection.close();
  });

  it('leaves its transaction open until that is rolled back, so that nothing in it passes for done', async () => {
    const line = openLine();
    const connection = await new Served().connect(line);
    await connection.perform(begin(), 1);
    line.cut();
    await settle();
    expect(connection.inTransaction).toBe(true);
    expect(await failureOf(connection.perform(query('SELECT 1'), 1))).toBeInstanceOf(ConnectionLostError);
    expect(await failureOf(connection.perform(commit(), 1))).toBeInstanceOf(ConnectionLostError);
    await connection.perform(rollBack('inner'), 2);
    await connection.perform(commit('inner'), 2);
    expect(connection.inTransaction).toBe(true);
    await connection.perform(rollBack(), 1);
    expect(connection.inTransaction).toBe(false);
  });

  it('is an error while one waits for it', async () => {
    const { PortConnection } = await import('../../src/port/index.js');
    const line = openLine();
    const connecting = failureOf(PortConnection.connect(line.client));
    line.cut();
    expect(await connecting).toBeInstanceOf(ConnectionLostError);
  });
});

describe('hanging up', () => {
  it('waits for the answers', async () => {
    const connection = await new Served().connect();
    const rows = connection.perform(numbers(10_000), 0);
    const closed = Promise.all([connection.close(), connection.close()]);
    expect(await rows).toHaveLength(10_000);
    await closed;
    expect(await failureOf(connection.perform(query('SELECT 1'), 0))).toBeInstanceOf(ConnectionLostError);
  });
});
