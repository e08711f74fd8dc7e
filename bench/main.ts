/**
 * `npm run bench`: the built package beside hand-written better-sqlite3.
 *
 * Each workload runs in rounds: raw, ours, and raw again as a control that shows how far to trust a ratio. The order turns
 * round with each round, garbage is collected before each sample, and results are compared with raw's: a wrong one ends the
 * run with exit code 1. A goal that is missed does not.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleName, measureBundle } from './bundle-size.js';
import { compileAll, compiled, modelModules, root } from './compile.js';
import type { MeasureReply, MeasureRequest } from './measure.js';
import {
  coldStartGoal,
  coldStartName,
  measureColdStart,
  measureStreamMemory,
  streamMemoryName,
} from './measure-processes.js';
import { measureWorkers, workerNames } from './measure-workers.js';
import { Item } from './models.js';
import { jsonOf, tableOf, timeResult, type Result } from './report.js';
import { ownCopy, seedFile } from './seed.js';
import type { Workload } from './workload.js';
import { workloads } from './workloads.js';

const usage = `npm run bench -- [options]

  --only NAME     only the rows whose name has this in it; may be given several times
  --rounds N      how many rounds are measured after 2 to warm up; 15 unless said, at least 3
  --cpu           counts processor time instead of time on the clock, for a machine that is busy with other things
  --json FILE     writes { "<workload>": { "raw_us", "ours_us", "ratio" } }
  --help          this

Rows: ${[...workloads.map(({ name }) => name), streamMemoryName, coldStartName, ...workerNames, bundleName].join('; ')}.`;

interface Choice {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly json: string | undefined;
  readonly cpu: boolean;
}

async function main(): Promise<number> {
  let choice: Choice | undefined;
  try {
    choice = readCommandLine();
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
  if (choice === undefined) {
    console.log(usage);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'litemodel-bench-'));
  try {
    compileAll();
    const results = await measureChosen(choice, folder);
    if (results.length === 0) throw new Error(`No row's name has ${choice.only.join(' or ')} in it.\n\n${usage}`);
    console.log(tableOf(results));
    if (choice.json !== undefined) writeFileSync(choice.json, jsonOf(results));
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCommandLine(): Choice | undefined {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      json: { type: 'string' },
      cpu: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return undefined;
  const rounds = Number(values.rounds ?? 15);
  if (!Number.isSafeInteger(rounds) || rounds < 3) throw new Error('--rounds is a whole number of at least 3.');
  return { only: values.only ?? [], rounds, json: values.json, cpu: values.cpu };
}

async function measureChosen({ only, rounds, cpu }: Choice, folder: string): Promise<Result[]> {
  const isChosen = (name: string) => only.length === 0 || only.some((part) => name.includes(part));
  const results: Result[] = [];
  // models compiled in another way would change the shapes that the engine has seen, so each has a process of its own
  for (const dialect of ['standard', 'esbuild', 'legacy'] as const) {
    const chosen = workloads.filter(
      (workload) => isChosen(workload.name) && (workload.compiled ?? 'standard') === dialect,
    );
    if (chosen.length > 0) results.push(...(await measureInProcess(chosen, { rounds, cpu, folder }, dialect)));
  }
  if (isChosen(streamMemoryName)) {
    tell(streamMemoryName);
    results.push(measureStreamMemory(ownCopy(folder, seedFile(folder, 100_000, Item), 'stream'), 5));
  }
  if (isChosen(coldStartName)) {
    tell(coldStartName);
    const file = ownCopy(folder, seedFile(folder, 1000, Item), 'cold-start');
    results.push(timeResult(measureColdStart(file, Math.max(15, rounds)), coldStartGoal));
  }
  if (workerNames.some(isChosen)) {
    tell(workerNames[0]!);
    const file = ownCopy(folder, seedFile(folder, 10_000, Item), 'workers');
    results.push(...measureWorkers(file, rounds).filter(({ name }) => isChosen(name)));
  }
  if (isChosen(bundleName)) results.push(await measureBundle());
  return results;
}

/** Runs workloads in a fresh process, which under tsx compiles the models while it loads them. */
function measureInProcess(
  chosen: readonly Workload[],
  how: Pick<MeasureRequest, 'rounds' | 'cpu' | 'folder'>,
  dialect: keyof typeof modelModules,
): Promise<Result[]> {
  const loader = dialect === 'esbuild' ? ['--import', 'tsx'] : [];
  const script = join(compiled, 'standard', 'measure.js');
  const child = fork(script, { execArgv: ['--expose-gc', ...loader], cwd: root });
  const names = chosen.map(({ name }) => name);
  child.send({ ...how, names, models: modelModules[dialect] } satisfies MeasureRequest);
  tell(names[0]!);
  return new Promise((resolve, reject) => {
    const results: Result[] = [];
    child.on('message', (reply: MeasureReply) => {
      if ('failure' in reply) return reject(new Error(reply.failure));
      results.push(timeResult(reply.measured, chosen[results.length]!.goal));
      if (results.length < names.length) tell(names[results.length]!);
    });
    child.on('exit', (code) => {
      if (results.length === names.length && code === 0) resolve(results);
      else reject(new Error(`The measuring process ended with code ${code} before all was measured.`));
    });
  });
}

function tell(name: string): void {
  console.error(`measuring ${name}`);
}

process.exitCode = await main();
