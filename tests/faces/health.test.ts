import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ClosedError, NotADatabaseError, TransactionQueueError } from 'litemodel';
import { open as openBetterSqlite3 } from 'litemodel/better-sqlite3';
import { allow, shareDatabase } from 'litemodel/electron-main';
import { open as openPort } from 'litemodel/electron-renderer';
import { open as openSqlJs } from 'litemodel/sqljs';
import { MessageChannel } from 'node:worker_threads';
import { closedLater } from '../open-database.js';
import { Counter, newPath, openWorkers } from '../workers/open-workers.js';
import { compileWorkerScript } from '../workers/worker-script.js';

const script = compileWorkerScript('tests/workers/scripts/failing.ts');

describe('the health of a database', () => {
  it('is that of its file, for which one statement is enough', async () => {
    const options = { models: [Counter], replace: true };
    const opens = [() => openBetterSqlite3(':memory:', options), () => openSqlJs(':memory:', options)];
    for (const open of opens) {
      const db = closedLater(await open());
      const statements: string[] = [];
      db.onStatement(({ sql }) => statements.push(sql));
      const health = await db.async.health();
      expect(health).toEqual({
        isHealthy: true,
        duration: expect.any(Number) as number,
        error: undefined,
        state: db.state,
        workers: undefined,
        breaker: undefined,
      });
      expect(health.duration).toBeLessThan(10_000);
      expect(statements).toEqual(['SELECT 1 FROM sqlite_schema LIMIT 1']);
    }
  });

  it('is told, not thrown, where the file is broken or the database is closed', async () => {
    const path = newPath();
    const db = closedLater(openBetterSqlite3(path, { models: [Counter], journalMode: 'delete' }));
    writeFileSync(
      path,
      'no database at all, but long enough to be taken for the header of a file that is one'.repeat(100),
    );
    const broken = await db.async.health();
    expect([broken.isHealthy, broken.error]).toEqual([false, expect.any(NotADatabaseError)]);
    db.close();
    const closed = await db.async.health();
    expect([closed.isHealthy, closed.error, closed.state.name]).toEqual([false, expect.any(ClosedError), 'closed']);
  });

  it('waits its turn, for as long as a signal says', async () => {
    const db = closedLater(openBetterSqlite3(':memory:', { queueTimeout: 100 }));
    const tx = await db.async.begin();
    const { isHealthy, error } = await db.async.health({ signal: AbortSignal.timeout(5) });
    expect([isHealthy, (error as Error).name]).toEqual([false, 'TimeoutError']);
    expect((await db.async.health()).error).toBeInstanceOf(TransactionQueueError);
    await tx.rollBack();
    expect((await db.async.health()).isHealthy).toBe(true);
  });

  it('tells of the workers, of which a reader is asked', async () => {
    const db = await openWorkers({ readers: 2, script: script(), breaker: {} });
    const tx = await db.begin(); // the writer is taken
    const { isHealthy, workers, breaker } = await db.health();
    expect([isHealthy, breaker?.state]).toEqual([true, 'closed']);
    expect(workers).toEqual({ readers: 1, lent: 0, idle: 1, waiting: 0, inFlight: 0, lost: 0, leftBehind: 0 });
    await tx.rollBack();
  });

  it('is good where a window may read nothing: the other side has said so', async () => {
    const db = closedLater(openBetterSqlite3(':memory:', { alias: 'main', models: [Counter] }));
    const { port1, port2 } = new MessageChannel();
    shareDatabase(db, port1, { models: [allow(Counter, ['create'])] });
    const window = await openPort(port2, { alias: 'window', models: [Counter], breaker: {} });
    expect(await window.health()).toMatchObject({ isHealthy: true, error: undefined, breaker: { failures: 0 } });
    port1.close();
    const { isHealthy, error } = await window.health();
    expect([isHealthy, (error as Error).name]).toEqual([false, 'ConnectionLostError']);
  });
});
