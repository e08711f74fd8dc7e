/**
 * The measuring process: runs the workloads that it is sent and sends back what each took. Started by `main.ts`, compiled
 * and without a loader, so that nothing of the tools that compile is in what is measured.
 */
import { rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { Bench } from 'tinybench';
import type { ItemModel } from './models.js';
import { ownCopy, seedFile } from './seed.js';
import type { Contender, Workload } from './workload.js';
import { workloads } from './workloads.js';

/** What the measuring process is asked for. */
export interface MeasureRequest {
  readonly names: readonly string[];
  readonly rounds: number;
  /** Whether processor time is counted, that of the engine's own threads included. */
  readonly cpu: boolean;
  /** Where database files may be made. */
  readonly folder: string;
  /** The URL of the module with the models. */
  readonly models: string;
}

/** The times of one workload, in microseconds by round. */
export interface Measured {
  readonly name: string;
  readonly raw: readonly number[];
  readonly ours: readonly number[];
  readonly control: readonly number[];
}

/** What comes back: a workload's times, or why its results are wrong. */
export type MeasureReply = { readonly measured: Measured } | { readonly failure: string };

/** Ours is not what raw makes of it: the figures would mean nothing. */
class WrongResult extends Error {}

type Name = 'raw' | 'ours' | 'control';
const names: readonly Name[] = ['raw', 'ours', 'control'];
const warmUps = 2;

/**
 * For how many milliseconds batches are timed to make a sample, and a sample to warm up. A full collection throws away
 * optimized code whose objects are all gone: a sample is long enough for that to cost what it costs a program, not more.
 */
const sampleTime = 120;
const warmUpTime = 400;

process.once('message', (request: MeasureRequest) => {
  void measureAll(request).catch((error: unknown) => {
    const failure = error instanceof WrongResult ? error.message : error instanceof Error ? error.stack : undefined;
    send({ failure: failure ?? String(error) });
  });
});

async function measureAll({ names: wanted, rounds, cpu, folder, models }: MeasureRequest): Promise<void> {
  const { Item } = (await import(models)) as { Item: ItemModel };
  for (const name of wanted) {
    const workload = workloads.find((each) => each.name === name)!;
    const seed = seedFile(folder, workload.rows, Item);
    checkAnswers(folder, seed, workload, Item);
    const paths = contenderPaths(folder, seed);
    const contenders = openContenders(workload, paths, Item);
    try {
      send({ measured: measure(workload, contenders, rounds, cpu ? processorTime : clockTime) });
      checkTables(workload.name, paths);
    } finally {
      for (const each of names) contenders[each].close();
    }
  }
  process.disconnect();
}

function send(reply: MeasureReply): void {
  process.send!(reply);
}

function contenderPaths(folder: string, seed: string): Record<Name, string> {
  const copies = names.map((name) => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${folder}/${name}.db${suffix}`, { force: true });
    return [name, ownCopy(folder, seed, name)];
  });
  return Object.fromEntries(copies) as Record<Name, string>;
}

function openContenders(workload: Workload, paths: Record<Name, string>, Item: ItemModel): Record<Name, Contender> {
  return {
    raw: workload.raw(paths.raw),
    ours: workload.ours(paths.ours, Item),
    control: workload.raw(paths.control),
  };
}

function measure(workload: Workload, contenders: Record<Name, Contender>, rounds: number, now: () => number): Measured {
  const times: Record<Name, number[]> = { raw: [], ours: [], control: [] };
  for (let round = -warmUps; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    const bench = new Bench({
      now,
      iterations: 1,
      time: round < 0 ? warmUpTime : sampleTime,
      warmup: false,
      throws: true,
    });
    for (const name of order) addSample(bench, name, workload, contenders[name]);
    bench.runSync();
    if (round < 0) continue;
    for (const { name, result } of bench.tasks) {
      if (result.state !== 'completed') throw new Error(`${workload.name} did not complete.`);
      times[name as Name].push((result.latency.mean * 1000) / (workload.calls * (workload.operations ?? 1)));
    }
  }
  return { name: workload.name, ...times };
}

const clockTime = (): number => performance.now();

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A sample of one contender: garbage is collected before it, and its batches are timed as wholes. */
function addSample(bench: Bench, name: Name, { calls }: Workload, contender: Contender): void {
  const batch = () => {
    for (let index = 0; index < calls; index++) contender.call(index);
  };
  // told that it is synchronous, tinybench does not call it once more to find out
  bench.add(name, batch, { async: false, beforeAll: collectGarbage, beforeEach: () => contender.prepare?.() });
}

function collectGarbage(): void {
  if (gc === undefined) throw new Error('The measuring process runs with --expose-gc.');
  gc();
}

/** Runs a batch of both and compares what comes of each call, and what is in the tables afterwards. */
function checkAnswers(folder: string, seed: string, workload: Workload, Item: ItemModel): void {
  const paths = contenderPaths(folder, seed);
  const contenders = openContenders(workload, paths, Item);
  const { raw, ours, control } = contenders;
  for (const contender of [raw, ours, control]) contender.prepare?.();
  for (let index = 0; index < workload.calls; index++) {
    const [expected, ...others] = [raw, ours, control].map((contender) =>
      plain(contender.answer === undefined ? contender.call(index) : contender.answer(index)),
    );
    for (const answer of others) {
      if (!isDeepStrictEqual(answer, expected))
        throw new WrongResult(`${workload.name}: call ${index} is not what raw gives.`);
    }
  }
  checkTables(workload.name, paths);
  for (const contender of [raw, ours, control]) contender.close();
}

function checkTables(workload: string, paths: Record<Name, string>): void {
  const [expected, ...others] = names.map((name) => tableOf(paths[name]));
  for (const table of others) {
    if (!isDeepStrictEqual(table, expected))
      throw new WrongResult(`${workload}: the table is not what raw makes of it.`);
  }
}

function tableOf(path: string): unknown[] {
  const database = new BetterSqlite3(path, { readonly: true });
  try {
    return database.prepare('SELECT * FROM items ORDER BY id').raw(true).all();
  } finally {
    database.close();
  }
}

/** Instances as plain objects with the same fields, to be compared by value. */
function plain(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(plain);
  return typeof answer === 'object' && answer !== null ? { ...answer } : answer;
}
