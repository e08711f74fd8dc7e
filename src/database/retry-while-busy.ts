import { BusyError } from '../errors/index.js';
import type { Program } from '../sql/index.js';

/** What a test gives instead, so that it knows the pauses. */
export interface Chance {
  /** Milliseconds since any moment. */
  readonly now: () => number;
  /** From 0 to just below 1. */
  readonly random: () => number;
}

const defaultChance: Chance = { now: () => performance.now(), random: () => Math.random() };

/** The longest pause between two tries, in milliseconds. */
const longestPause = 100;

/**
 * Runs a program again while the database is busy, for so many milliseconds. The pauses double from one millisecond on, each
 * shortened by up to a half as chance has it: those who have met once would else meet again and again.
 */
export function* retryWhileBusy<Result>(
  milliseconds: number,
  program: () => Program<Result>,
  { now, random }: Chance = defaultChance,
): Program<Result> {
  const deadline = now() + milliseconds;
  for (let attempt = 0; ; attempt++) {
    try {
      return yield* program();
    } catch (error) {
      const left = deadline - now();
      if (!(error instanceof BusyError) || left <= 0) throw error;
      const pause = Math.min(2 ** attempt, longestPause) * (1 - random() / 2);
      yield { method: 'sleep', milliseconds: Math.min(pause, left) };
    }
  }
}
