import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { id, integer, Model, sql, table, text, type AsyncDatabase, type Generated, type OpenOptions } from 'litemodel';
import { open, type WorkerOptions } from 'litemodel/better-sqlite3';
import { temporaryFolder } from '../drivers/temporary-folder.js';

@table('counters')
export class Counter extends Model {
  @id() id!: Generated<number>;
  @integer({ unique: true }) n!: number;
  @text({ default: '' }) note!: Generated<string>;
}

/** The model in the asynchronous face. */
export const Counters = Counter.async();

/** A database in worker threads that is closed when the test ends. */
export async function openWorkers(
  workers: WorkerOptions,
  { path = newPath(), ...options }: OpenOptions & { readonly path?: string } = {},
): Promise<AsyncDatabase> {
  const db = await open(path, { models: [Counter], queueTimeout: 20_000, ...options, workers });
  onTestFinished(() => db.close());
  return db;
}

/** The path of a file in a new folder, which is deleted when the test ends. */
export const newPath = (): string => join(temporaryFolder(), 'app.db');

/** A query that counts so far, without reading anything: a million take a third of a second or so. */
export const counting = (steps: number) =>
  sql`WITH RECURSIVE x (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < ${steps}) SELECT max(i) AS top FROM x`;

/** As many rows, in order. */
export const numbers = (count: number) =>
  sql`WITH RECURSIVE x (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < ${count}) SELECT i FROM x`;

/** Waits until a database has entered a state. */
export async function entered(db: AsyncDatabase, name: string): Promise<void> {
  if (db.state.name === name) return;
  await new Promise<void>((resolve) => {
    const stop = db.onState((state) => {
      if (state.name !== name) return;
      stop();
      resolve();
    });
  });
}

/** What a promise is rejected with. */
export const failureOf = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    (value) => {
      throw new Error(`It was fulfilled, with ${String(value)}.`);
    },
    (error: unknown) => error,
  );

/** A promise, and what fulfills it. */
export function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve!: () => void;
  const promise = new Promise<void>((fulfill) => (resolve = fulfill));
  return { promise, resolve };
}
