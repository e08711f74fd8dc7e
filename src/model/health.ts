import { runAsync } from '../database/index.js';
import type { BreakerFigures, WorkerFigures } from '../driver/contract.js';
import type { DatabaseState } from '../driver/state-trace.js';
import { ForbiddenError } from '../errors/index.js';
import { all, type CompiledStatement } from '../sql/index.js';
import type { ModelDatabase } from './model-database.js';

/** How a database is. */
export interface DatabaseHealth {
  /** Whether it has just answered. */
  readonly isHealthy: boolean;
  /** How long that took, in milliseconds. */
  readonly duration: number;
  /** Why it did not answer; `undefined` where it did. */
  readonly error: unknown;
  /** What it is doing, and since when. */
  readonly state: DatabaseState;
  /** How its worker threads are doing, where it has some. */
  readonly workers: WorkerFigures | undefined;
  /** What its circuit breaker does, where it has one. */
  readonly breaker: BreakerFigures | undefined;
}

/** Reads the file, which is the least that a database has to be able to do. */
const leastRead: CompiledStatement = { sql: 'SELECT 1 FROM sqlite_schema LIMIT 1', bigints: false, reads: true };

/** Asks a database for something small, and says how it is. */
export async function healthOf(connected: ModelDatabase, signal: AbortSignal | undefined): Promise<DatabaseHealth> {
  const start = performance.now();
  let error: unknown;
  try {
    await runAsync(connected, all(leastRead), undefined, signal);
  } catch (thrown) {
    if (!(thrown instanceof ForbiddenError)) error = thrown; // a window may not read that, and has been answered
  }
  const duration = performance.now() - start;
  const { state, workers, breaker } = connected;
  return { isHealthy: error === undefined, duration, error, state, workers, breaker };
}
