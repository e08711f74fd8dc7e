import Table from 'cli-table3';
import colors from 'picocolors';
import type { Measured } from './measure.js';

/** A line of the table, and what `--json` keeps of it. */
export interface Result {
  readonly name: string;
  readonly cells: { readonly raw: string; readonly ours: string; readonly ratio: string; readonly control: string };
  readonly goal: string;
  /** `undefined` where there is no goal. */
  readonly isMet: boolean | undefined;
  readonly json: Readonly<Record<string, number>>;
}

/** Times of both sides, round by round, as a result: the ratio is the median of the rounds', not that of the medians. */
export function timeResult({ name, raw, ours, control }: Measured, goal: number | undefined): Result {
  const ratios = ours.map((time, round) => time / raw[round]!);
  const ratio = median(ratios);
  const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  return {
    name,
    cells: {
      raw: duration(median(raw)),
      ours: duration(median(ours)),
      ratio: `${ratio.toFixed(3)} (${spread})`,
      control: control.length === 0 ? '' : median(control.map((time, round) => time / raw[round]!)).toFixed(2),
    },
    goal: goal === undefined ? '' : `<= ${goal.toFixed(2)}`,
    isMet: goal === undefined ? undefined : ratio <= goal,
    json: { raw_us: rounded(median(raw)), ours_us: rounded(median(ours)), ratio: rounded(ratio) },
  };
}

export function tableOf(results: readonly Result[]): string {
  const table = new Table({
    head: ['workload', 'raw', 'ours', 'ours / raw', 'raw / raw', 'goal', 'met'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, cells, goal, isMet } of results) {
    table.push([name, cells.raw, cells.ours, cells.ratio, cells.control, goal, verdict(isMet)]);
  }
  return table.toString();
}

function verdict(isMet: boolean | undefined): string {
  if (isMet === undefined) return '';
  return isMet ? colors.green('yes') : colors.red('no');
}

export function jsonOf(results: readonly Result[]): string {
  return `${JSON.stringify(Object.fromEntries(results.map(({ name, json }) => [name, json])), undefined, 2)}\n`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const rounded = (value: number): number => Number(value.toPrecision(5));

/** A time as people read it. */
export function duration(microseconds: number): string {
  return microseconds < 1000 ? `${microseconds.toFixed(2)} µs` : `${(microseconds / 1000).toFixed(2)} ms`;
}
