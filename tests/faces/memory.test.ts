/** Transactions that have ended leave nothing behind, whatever was around them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { AsyncDatabase } from 'litemodel';
import { AsyncUser as User, driversInTurn } from './engines.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const used = () => {
  collect();
  return process.memoryUsage().heapUsed;
};

const { open } = driversInTurn[0]!;
const undo = new Error('undo');

const { signal } = new AbortController();

type Transact = (db: AsyncDatabase, ann: InstanceType<typeof User>, number: number) => Promise<unknown>;

const kinds: [string, Transact][] = [
  ['kept', (db) => db.transaction(() => User.count())],
  ['undone', (db) => db.transaction(() => Promise.reject(undo)).catch(() => undefined)],
  ['with savepoints', (db) => db.transaction((tx) => tx.transaction(() => User.count()))],
  [
    'that others wait for',
    (db) => Promise.all([db.transaction(() => User.count()), User.count(), db.transaction(() => User.count())]),
  ],
  [
    'with a signal that outlives them',
    (db) => Promise.all([db.transaction(() => User.count(), { signal }), User.query().abortSignal(signal).count()]),
  ],
  [
    'in each of which an instance is saved that outlives them',
    async (db, ann, number) => {
      ann.age = number;
      await db.transaction(() => ann.save());
    },
  ],
];

it.each(kinds)('100,000 transactions %s', { timeout: 120_000 }, async (_, transact) => {
  const db = await open();
  const ann = await User.create({ name: 'Ann' });
  const run = async (times: number) => {
    for (let number = 0; number < times; number++) await transact(db, ann, number);
  };
  await run(2000); // what is compiled once
  const before = used();
  await run(100_000);
  expect(used() - before).toBeLessThan(4_000_000); // 40 bytes for each
});
