import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { compiled } from './compile.js';
import type { Measured } from './measure.js';
import { median, rounded, type Result } from './report.js';

type Side = 'raw' | 'ours';

export const streamMemoryName = 'stream 100,000, peak memory';
export const coldStartName = 'cold start, whole process';
export const coldStartGoal = 1.05;

/** How much more memory than raw's a stream may take at its peak. */
const memoryGoal = 15;

/** Whole processes: import, open, one model, one query, exit. */
export function measureColdStart(path: string, pairs: number): Measured {
  const times: Record<Side | 'control', number[]> = { raw: [], ours: [], control: [] };
  for (let pair = -1; pair < pairs; pair++) {
    const order = ['raw', 'ours', 'control'] as const;
    for (const side of pair % 2 === 0 ? order : order.toReversed()) {
      const start = performance.now();
      runScript(`cold-start-${side === 'ours' ? 'ours' : 'raw'}`, path);
      if (pair >= 0) times[side].push((performance.now() - start) * 1000); // the pair before the first fills file caches
    }
  }
  return { name: coldStartName, ...times };
}

/** The most memory that a process has while it streams every row, in fresh processes. */
export function measureStreamMemory(path: string, pairs: number): Result {
  const megabytes: Record<Side, number[]> = { raw: [], ours: [] };
  const sums = new Set<number>();
  for (let pair = 0; pair < pairs; pair++) {
    for (const side of ['raw', 'ours'] as const) {
      const { sum, kilobytes } = JSON.parse(runScript(`stream-${side}`, path)) as { sum: number; kilobytes: number };
      megabytes[side].push(kilobytes / 1024);
      sums.add(sum);
    }
  }
  if (sums.size !== 1) throw new Error('The streams of raw and ours do not have the same rows.');
  const raw = median(megabytes.raw);
  const ours = median(megabytes.ours);
  return {
    name: streamMemoryName,
    cells: {
      raw: `${raw.toFixed(1)} MB`,
      ours: `${ours.toFixed(1)} MB`,
      ratio: `+${(ours - raw).toFixed(1)} MB`,
      control: '',
    },
    goal: `<= +${memoryGoal} MB`,
    isMet: ours - raw <= memoryGoal,
    json: { raw_mb: rounded(raw), ours_mb: rounded(ours), ratio: rounded(ours / raw) },
  };
}

function runScript(name: string, path: string): string {
  const script = join(compiled, 'standard', 'processes', `${name}.js`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} failed:\n${stderr}`);
  return stdout;
}
