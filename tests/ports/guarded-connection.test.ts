import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BreakerOpenError,
  ConnectionLostError,
  NoAnswerError,
  SqlError,
  UniqueViolation,
  type BreakerFigures,
  type BreakerOptions,
} from 'litemodel';
import type { Channel } from '../../src/driver/channel.js';
import { GuardedConnection } from '../../src/port/index.js';
import type { EngineCommand } from '../../src/sql/index.js';
import { failureOf } from '../workers/open-workers.js';
import { begin, commit, openLine, query, rollBack, script, Served, settle, write } from './open-port.js';

const count = query('SELECT count(*) FROM t');
const insert = (n: number) => write('INSERT INTO t (n) VALUES (?)', n);

/** A host that can stop listening, as a process does that hangs: what is sent meanwhile, it hears when it goes on. */
function hanging(host: Channel): { readonly channel: Channel; stop(): void; goOn(): void; readonly unheard: number } {
  let unheard: unknown[] | undefined;
  let receive: (message: unknown) => void;
  return {
    channel: {
      ...host,
      listen: (listener) => {
        receive = listener;
        host.listen((message) => (unheard === undefined ? listener(message) : void unheard.push(message)));
      },
    },
    stop: () => void (unheard ??= []),
    goOn: () => {
      const messages = unheard ?? [];
      unheard = undefined;
      for (const message of messages) receive(message);
    },
    get unheard() {
      return unheard?.length ?? 0;
    },
  };
}

/** A guarded client of a database in memory, whose host can hang. */
async function openGuarded(options: BreakerOptions = {}) {
  const line = openLine();
  const host = hanging(line.host);
  const served = new Served();
  const told: string[] = [];
  const inner = await served.connect({ ...line, host: host.channel });
  const connection = new GuardedConnection(inner, {
    failures: 3,
    resetAfter: 30_000,
    answerTimeout: 1000,
    onChange: ({ state }) => told.push(state),
    ...options,
  });
  await connection.perform(script('CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER UNIQUE)'), 0);
  const ask = (command: EngineCommand = count, scope = 0, signal?: AbortSignal) =>
    connection.perform(command, scope, signal);
  return { line, host, served, inner, connection, told, ask, sent: () => line.sent.client.flat() };
}

/** Lets so many milliseconds go by on the clock of the test, and what is under way arrive. */
async function pass(milliseconds: number): Promise<void> {
  await settle();
  await vi.advanceTimersByTimeAsync(milliseconds + 1); // a turn more
  await settle();
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

describe('a guarded connection', () => {
  it('passes on what is asked and answered', async () => {
    const { inner, connection, ask, told } = await openGuarded();
    expect(await ask(insert(1))).toEqual({ changes: 1, lastInsertRowid: 1 });
    expect(await ask()).toEqual([[1]]);
    expect(connection.capabilities).toBe(inner.capabilities);
    expect([connection.states, connection.takesSyntax, connection.workers]).toEqual([inner.states, false, undefined]);
    await ask(begin(), 1);
    expect(connection.inTransaction).toBe(true);
    await ask(rollBack(), 1);
    expect(await connection.lease()).toBeUndefined();
    expect([vi.getTimerCount(), told]).toEqual([0, []]); // nothing is timed any more
  });

  it('takes errors of SQL for the answers that they are', async () => {
    const { connection, ask, told } = await openGuarded();
    await ask(insert(1));
    for (let time = 0; time < 10; time++) {
      expect(await failureOf(ask(insert(1)))).toBeInstanceOf(UniqueViolation);
      expect(await failureOf(ask(query('SELECT nothing')))).toBeInstanceOf(SqlError);
    }
    expect([connection.breaker.state, connection.breaker.failures, told]).toEqual(['closed', 0, []]);
  });
});

describe('a side that does not answer', () => {
  it('fails reads when their time is over, then everything at once, and is asked by one request after a while', async () => {
    const { connection, host, ask, told, sent } = await openGuarded();
    host.stop();
    for (let time = 1; time <= 3; time++) {
      const reading = failureOf(ask());
      await pass(999);
      expect(connection.breaker.failures).toBe(time - 1);
      await pass(1);
      const error = (await reading) as NoAnswerError;
      expect(error).toBeInstanceOf(NoAnswerError);
      expect([error.code, error.message]).toEqual([
        'ORM_NO_ANSWER',
        'The worker or process that has the database did not answer within 1000 ms. Nothing was written. Ask again later, ' +
          'read less at a time, or open the database with a longer answerTimeout.',
      ]);
    }
    const before = sent().length;
    for (const command of [count, insert(1), script('SELECT 1'), begin()]) {
      const error = (await failureOf(ask(command, command.method === 'begin' ? 7 : 0))) as BreakerOpenError;
      expect([error.name, error.cause]).toEqual(['BreakerOpenError', expect.any(NoAnswerError)]);
      expect(error.retryAt).toEqual(connection.breaker.retryAt);
    }
    expect(sent().length - before).toBe(0);
    expect(connection.breaker).toMatchObject({ state: 'open', failures: 3, refused: 4 });

    await pass(30_000);
    const trial = failureOf(ask());
    for (let time = 0; time < 5; time++) expect(await failureOf(ask())).toBeInstanceOf(BreakerOpenError);
    await settle();
    expect([connection.breaker.state, sent().length - before]).toEqual(['half-open', 1]);
    await pass(1000);
    expect(await trial).toBeInstanceOf(NoAnswerError);
    expect(connection.breaker.state).toBe('open');
    await pass(29_000);
    await failureOf(ask());
    host.goOn();
    await pass(1000);
    expect(await ask()).toEqual([[0]]);
    expect(await ask(insert(1))).toMatchObject({ changes: 1 });
    expect(told).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
    expect(connection.breaker).toEqual({ state: 'closed', failures: 0, retryAt: undefined, opened: 2, refused: 10 });
  });

  it('has done what it is told to do once: a write is waited for, and says what became of it', async () => {
    const { connection, host, ask, sent } = await openGuarded();
    host.stop();
    const writing = [1, 2, 3].map((n) => ask(insert(n)));
    let settled = 0;
    for (const each of writing) void each.finally(() => settled++);
    await pass(1000);
    expect([connection.breaker.state, settled]).toEqual(['open', 0]);
    expect(await failureOf(ask(insert(4)))).toBeInstanceOf(BreakerOpenError);
    host.goOn();
    expect(await Promise.all(writing)).toEqual([1, 2, 3].map((n) => ({ changes: 1, lastInsertRowid: n })));
    expect(connection.breaker.state).toBe('open'); // what comes late proves nothing
    await pass(30_000);
    expect(await ask()).toEqual([[3]]);
    const inserts = sent().filter((request) => JSON.stringify(request).includes('INSERT'));
    expect(inserts).toHaveLength(3);
  });

  it('takes back what it has not begun: a write that waits for the transaction of somebody else', async () => {
    const { served, connection, ask } = await openGuarded();
    const other = await served.connect();
    await other.perform(begin(), 1);
    const writing = failureOf(ask(insert(1)));
    await pass(1000);
    expect(await writing).toBeInstanceOf(NoAnswerError);
    await other.perform(commit(), 1);
    expect([await ask(), connection.breaker.failures]).toEqual([[[0]], 0]);
  });

  it('is waited for at a BEGIN, which is only counted: whether one that is cut off has begun, nobody would know', async () => {
    const { served, connection, ask } = await openGuarded();
    const other = await served.connect();
    await other.perform(begin(), 1);
    const beginning = ask(begin(), 1);
    await pass(1000);
    expect(connection.breaker.failures).toBe(1);
    await other.perform(commit(), 1);
    await beginning;
    await ask(insert(1), 1);
    await ask(commit(), 1);
    expect(await ask()).toEqual([[1]]);
  });

  it('is not cut off in a transaction, whose statements are neither timed nor refused', async () => {
    const { connection, host, ask } = await openGuarded();
    await ask(begin(), 1);
    host.stop();
    const inside = [ask(insert(1), 1), ask(insert(2), 1), ask(begin('inner'), 2)];
    await pass(60_000);
    expect(connection.breaker).toMatchObject({ state: 'closed', failures: 0 });
    host.goOn();
    await Promise.all(inside);
    await ask(commit('inner'), 2);
    await ask(commit(), 1);
    expect(await ask()).toEqual([[2]]);
  });

  it('ends a transaction while the breaker is open, so that none is left', async () => {
    const { served, connection, ask, host } = await openGuarded({ failures: 1 });
    const beginning = ask(begin(), 1);
    host.stop();
    await pass(1000); // the answer to BEGIN is late
    host.goOn();
    await beginning;
    expect(connection.breaker.state).toBe('open');
    await ask(insert(1), 1);
    await ask(commit(), 1);
    expect(await failureOf(ask())).toBeInstanceOf(BreakerOpenError);
    const other = await served.connect();
    expect(await other.perform(count, 0)).toEqual([[1]]);
  });

  it('is asked within a transaction that SQL has begun', async () => {
    const { served, connection, ask, host } = await openGuarded({ failures: 1 });
    await ask(script('BEGIN'));
    host.stop();
    const inside = ask(insert(1));
    await pass(60_000);
    expect(connection.breaker.failures).toBe(0);
    host.goOn();
    await inside;
    await ask(script('COMMIT'));
    expect(served.database.inTransaction).toBe(false);
    expect(await ask()).toEqual([[1]]);
  });

  it('is not blamed for what the caller gives up, and the next request is the trial', async () => {
    const { connection, host, ask } = await openGuarded({ failures: 1 });
    host.stop();
    const reason = new Error('enough');
    for (let time = 0; time < 3; time++) {
      const abortion = new AbortController();
      const reading = failureOf(ask(count, 0, abortion.signal));
      await pass(500);
      abortion.abort(reason);
      expect(await reading).toBe(reason);
    }
    expect(connection.breaker).toMatchObject({ state: 'closed', failures: 0 });
    expect(await failureOf(ask(count, 0, AbortSignal.abort(reason)))).toBe(reason);

    const failing = failureOf(ask());
    await pass(1000);
    await failing;
    await pass(30_000);
    const abortion = new AbortController();
    const trial = failureOf(ask(count, 0, abortion.signal));
    expect(await failureOf(ask())).toBeInstanceOf(BreakerOpenError);
    abortion.abort(reason);
    expect(await trial).toBe(reason);
    expect(connection.breaker.state).toBe('half-open');
    host.goOn();
    expect([await ask(), connection.breaker.state]).toEqual([[[0]], 'closed']);
  });

  it('is waited for a turn more, in which an answer is heard that has waited for this thread', async () => {
    const { connection, ask, line } = await openGuarded({ failures: 1 });
    const release = line.holdClient();
    const reading = ask();
    await settle();
    vi.advanceTimersByTime(1000); // this thread was busy for so long
    release();
    expect(await reading).toEqual([[0]]);
    await pass(10);
    expect(connection.breaker.failures).toBe(0);
  });
});

describe('a side that is gone', () => {
  it('says so itself, for it will not come back', async () => {
    const { connection, line, ask, told } = await openGuarded({ failures: 1 });
    line.cut();
    expect(await failureOf(ask())).toBeInstanceOf(ConnectionLostError);
    expect(await failureOf(ask())).toBeInstanceOf(ConnectionLostError);
    expect([connection.breaker.state, told]).toEqual(['open', ['open']]);
  });

  it('is one failure, however many requests were under way', async () => {
    const { connection, line, ask } = await openGuarded({ failures: 3 });
    const reading = [1, 2, 3, 4, 5].map(() => failureOf(ask()));
    line.cut();
    expect((await Promise.all(reading)).every((error) => error instanceof ConnectionLostError)).toBe(true);
    expect(connection.breaker).toMatchObject({ state: 'closed', failures: 1 });
  });
});

describe('the listener of a breaker', () => {
  it('hears of each state, and what it throws is nobody’s', async () => {
    const heard: BreakerFigures[] = [];
    const uncaught: unknown[] = [];
    const catchIt = (error: unknown) => uncaught.push(error);
    const others = process.rawListeners('uncaughtException') as ((error: unknown) => void)[];
    process.removeAllListeners('uncaughtException').on('uncaughtException', catchIt);
    const { host, ask } = await openGuarded({
      failures: 1,
      onChange: (figures) => {
        heard.push(figures);
        throw new Error('mine');
      },
    });
    host.stop();
    const reading = failureOf(ask());
    await pass(1000);
    expect(await reading).toBeInstanceOf(NoAnswerError);
    process.off('uncaughtException', catchIt);
    for (const other of others) process.on('uncaughtException', other);
    expect(heard).toEqual([{ state: 'open', failures: 1, retryAt: expect.any(Date) as Date, opened: 1, refused: 0 }]);
    expect(uncaught).toEqual([new Error('mine')]);
  });
});
