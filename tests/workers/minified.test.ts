import { expect, it } from 'vitest';
import { DecodeError, ReadOnlyError, sql, SqlError, UniqueViolation } from 'litemodel';
import { Counter, Counters, failureOf, openWorkers } from './open-workers.js';
import { compileWorkerScript } from './worker-script.js';

const script = compileWorkerScript('src/better-sqlite3-worker-script.ts', { minify: true });

it('a script whose classes a minifier has renamed throws errors of ours, with their names', async () => {
  const db = await openWorkers({ script: script() });
  await Counters.create({ n: 1 });
  const unique = await failureOf(Counters.create({ n: 1 }));
  expect(unique).toBeInstanceOf(UniqueViolation);
  expect(unique).toMatchObject({ name: 'UniqueViolation', code: 'ORM_UNIQUE_VIOLATION', columns: ['n'] });
  const wrong = await failureOf(db.all(sql`SELECT nothing`));
  expect([wrong instanceof SqlError, wrong instanceof UniqueViolation]).toEqual([true, false]);
  const readonly = await failureOf(db.snapshot((tx) => Counter.using(tx).create({ n: 2 })));
  expect([readonly instanceof ReadOnlyError, readonly instanceof DecodeError]).toEqual([true, false]);
});

it('errors tell where they were called, and not where the worker found them', async () => {
  const db = await openWorkers({ script: script() });
  async function callsFromHere(): Promise<void> {
    await db.run(sql`INSERT INTO nowhere VALUES (1)`);
  }
  const error = (await failureOf(callsFromHere())) as Error;
  expect(error.stack).toMatch(/^SqlError: no such table: nowhere/);
  expect(error.stack).toMatch(/at async callsFromHere|at callsFromHere/);
  expect(error.stack).not.toMatch(/worker\.mjs/);
});
