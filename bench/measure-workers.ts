import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compiled } from './compile.js';
import { duration, median, rounded, timeResult, type Result } from './report.js';

/** Times in microseconds, by round. */
export interface WorkerTimes {
  readonly raw: number[];
  readonly ours: number[];
  readonly control: number[];
}

/** A time at most, or a share of the other's, or so many microseconds more than it. */
type Goal = { microseconds: number } | { ratio: number } | { more: number } | undefined;

/** The rows, by what the process calls them. */
const rows = {
  awaited: { name: 'async: get by primary key, beside the synchronous', goal: { more: 0.5 } },
  get: { name: 'worker: get by primary key, beside a thread by hand', goal: { microseconds: 30 } },
  hundred: { name: 'worker: gets, 100 at a time, beside this thread', goal: undefined },
  together: { name: 'worker: 2,000 gets at once, beside this thread', goal: undefined },
  load: { name: 'worker: load 10,000, beside this thread', goal: { ratio: 2 } },
  hold: { name: 'worker: longest hold of the event loop, query of 1 s', goal: { microseconds: 20_000 } },
} satisfies Record<string, { name: string; goal: Goal }>;

export const workerNames: readonly string[] = Object.values(rows).map(({ name }) => name);

/** What worker threads cost, in a process of their own. */
export function measureWorkers(path: string, rounds: number): Result[] {
  const script = join(compiled, 'standard', 'processes', 'workers.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', script, path, String(rounds)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`workers failed:\n${stderr}`);
  const measured = JSON.parse(stdout) as Record<keyof typeof rows, WorkerTimes>;
  return (Object.keys(rows) as (keyof typeof rows)[]).map((row) => resultOf(row, measured[row]));
}

function resultOf(row: keyof typeof rows, times: WorkerTimes): Result {
  const { name, goal } = rows[row];
  const result = timeResult({ name, ...times }, goal !== undefined && 'ratio' in goal ? goal.ratio : undefined);
  if (goal === undefined || 'ratio' in goal) return result;
  const ours = median(times.ours);
  const most = 'more' in goal ? median(times.raw) + goal.more : goal.microseconds;
  return {
    ...result,
    goal: 'more' in goal ? `<= +${duration(goal.more)}` : `<= ${duration(most)}`,
    isMet: ours <= most,
    json: { ...result.json, ours_us: rounded(ours) },
  };
}
