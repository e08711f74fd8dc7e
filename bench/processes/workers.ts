/** Measures the asynchronous face beside the synchronous one, and worker threads beside hand-written ones, and beside the same queries in this thread; prints the times as JSON. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { sql, type AsyncDatabase } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { Item } from '../models.js';
import type { WorkerTimes } from '../measure-workers.js';

const [path, rounds] = [process.argv[2]!, Number(process.argv[3])];
const rows = 10_000;
const gets = 2000;
/** What takes 120 ms in a worker and here, as samples of other rows do: the collection before each is not to be most of it. */
const [getsThere, getsHere] = [3 * gets, 10 * gets];

const here = open(path, { alias: 'here', models: [Item] });
const there: AsyncDatabase = await open(path, { alias: 'there', models: [Item], workers: { readers: 2 } });
const [Here, There] = [Item.using(here), Item.using(there)];
const HereLater = Item.using(here.async);

const thread = new Worker(new URL('./raw-worker.js', import.meta.url), { workerData: path });
let answered: (row: unknown) => void;
thread.on('message', (row) => answered(row));
const getByHand = (id: number): Promise<unknown> =>
  new Promise((resolve) => {
    answered = resolve;
    thread.postMessage(id);
  });

const scatteredKey = (index: number): number => ((index * 7919) % rows) + 1;

/** The time of a piece of work in microseconds, after a collection of garbage. */
async function timeOf(work: () => unknown): Promise<number> {
  gc!();
  const start = performance.now();
  await work();
  return (performance.now() - start) * 1000;
}

async function oneAfterTheOther(get: (id: number) => Promise<unknown>, times = gets): Promise<void> {
  for (let index = 0; index < times; index++) await get(scatteredKey(index));
}

async function hundredAtATime(get: (id: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const goOn = async (): Promise<void> => {
    while (next < gets) await get(scatteredKey(next++));
  };
  await Promise.all(Array.from({ length: 100 }, goOn));
}

/** Raw, ours and raw again in each round, in an order that turns round; two rounds to warm up are not counted. */
async function compare(raw: () => unknown, ours: () => unknown, operations = 1): Promise<WorkerTimes> {
  const times = { raw: [] as number[], ours: [] as number[], control: [] as number[] };
  const sides = [['raw', raw] as const, ['ours', ours] as const, ['control', raw] as const];
  for (let round = -2; round < rounds; round++) {
    for (const [side, work] of round % 2 === 0 ? sides : sides.toReversed()) {
      const time = (await timeOf(work)) / operations;
      if (round >= 0) times[side].push(time);
    }
  }
  return times;
}

/** How long the event loop stands still at most while a query runs, in microseconds. */
async function holdDuring(query: () => unknown): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await sleep(20);
  delay.enable();
  await sleep(20);
  await query();
  await sleep(20);
  delay.disable();
  return delay.max / 1000;
}

const counting = (steps: number) =>
  sql`WITH RECURSIVE x (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < ${steps}) SELECT max(i) AS top FROM x`;
const calibration = await timeOf(() => here.all(counting(1_000_000)));
const oneSecond = counting(Math.round(1e12 / calibration));

if ((await There.findById(7))?.name !== Here.findById(7)?.name) throw new Error('The worker has other rows.');
if ((await There.all()).length !== rows) throw new Error('The worker has not all the rows.');

const holds: WorkerTimes = { raw: [], ours: [], control: [] };
const measured = {
  awaited: await compare(
    () => {
      for (let index = 0; index < getsHere; index++) Here.findById(scatteredKey(index));
    },
    () => oneAfterTheOther((id) => HereLater.findById(id), getsHere),
    getsHere,
  ),
  get: await compare(
    () => oneAfterTheOther(getByHand, getsThere),
    () => oneAfterTheOther((id) => There.findById(id), getsThere),
    getsThere,
  ),
  hundred: await compare(
    () => Array.from({ length: gets }, (_, index) => Here.findById(scatteredKey(index))),
    () => hundredAtATime((id) => There.findById(id)),
    gets,
  ),
  together: await compare(
    () => Array.from({ length: gets }, (_, index) => Here.findById(scatteredKey(index))),
    () => Promise.all(Array.from({ length: gets }, (_, index) => There.findById(scatteredKey(index)))),
    gets,
  ),
  load: await compare(
    () => Here.all(),
    () => There.all(),
  ),
  hold: holds,
};
for (let round = 0; round < 3; round++) {
  holds.raw.push(await holdDuring(() => here.all(oneSecond)));
  holds.ours.push(await holdDuring(() => there.all(oneSecond)));
}
await Promise.all([there.close(), thread.terminate()]);
here.close();
console.log(JSON.stringify(measured));
