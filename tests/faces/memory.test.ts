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

/** How many there are: `TRANSACTIONS=100000 npx vitest run tests/faces/memory.test.ts` for the whole check. */
const times = Number(process.env.TRANSACTIONS ?? 30_000);

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

it.each(kinds)('transactions %s', { timeout: 120_000 }, async (_, transact) => {
  const db = await open();
  const ann = await User.create({ name: 'Ann' });
  const run = async (count: number) => {
    for (let number = 0; number < count; number++) await transact(db, ann, number);
  };
  await run(2000); // what is compiled once
  const before = used();
  await run(times);
  expect(used() - before).toBeLessThan(times * 100); // bytes: a scope alone takes more
});
