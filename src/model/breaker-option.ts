import type { AsyncConnection } from '../driver/contract.js';
import { breakerSettings, GuardedConnection, type BreakerOptions } from '../port/index.js';

/** What can be said of every database that somebody else has: a thread, a tab, a process. */
export interface BreakerOption {
  /**
   * Fails at once, with a `BreakerOpenError`, while whoever has the database does not answer, and tries again after a while; see
   * `docs/async.md`. Off unless said, for only you know how long your slowest query may take: a busy database is as silent as a dead
   * one, and one that is known to be gone fails at once anyway.
   *
   *     await open(port, { models: [Note], breaker: { failures: 5, resetAfter: 30_000, answerTimeout: 10_000 } });
   */
  readonly breaker?: BreakerOptions;
}

/** Throws `UnsupportedError` for what a breaker cannot be told, before anything is opened. */
export function checkBreaker({ breaker }: BreakerOption): void {
  if (breaker !== undefined) breakerSettings(breaker);
}

/** The connection, behind a breaker where one is asked for. */
export const guarded = (connection: AsyncConnection, { breaker }: BreakerOption): AsyncConnection =>
  breaker === undefined ? connection : new GuardedConnection(connection, breaker);
