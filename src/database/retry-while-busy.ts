import { BusyError } from '../errors/index.js';
import type { Program } from '../sql/index.js';

/** Runs a program again while the database is busy, for so many milliseconds, with ever longer pauses. */
export function* retryWhileBusy<Result>(milliseconds: number, program: () => Program<Result>): Program<Result> {
  const deadline = performance.now() + milliseconds;
  for (let attempt = 0; ; attempt++) {
    try {
      return yield* program();
    } catch (error) {
      const left = deadline - performance.now();
      if (!(error instanceof BusyError) || left <= 0) throw error;
      yield { method: 'sleep', milliseconds: Math.min(2 ** attempt, 100, left) };
    }
  }
}
