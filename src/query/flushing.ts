import type { Program } from '../sql/index.js';
import type { TableHome } from './bound-table.js';

/** What is to be done when everything of a graph or of a unit of work is written; what it throws undoes that. */
export type Flushing = (() => Program<void>)[];

/** The flushes that are under way in a transaction, one in the other. */
const underway = new WeakMap<object, Flushing[]>();

/** Writes a graph or a unit of work, and then does what was to be done when all of it is written. */
export function* flushing({ transactions }: TableHome, write: () => Program<void>): Program<void> {
  const transaction = transactions.innermost?.outermost;
  if (transaction === undefined) return yield* write();
  const flushes = underway.get(transaction) ?? [];
  underway.set(transaction, flushes);
  const flush: Flushing = [];
  flushes.push(flush);
  try {
    yield* write();
    for (const work of flush) yield* work();
  } finally {
    flushes.splice(flushes.indexOf(flush), 1);
  }
}

/** The flush that is under way; `undefined` for none. */
export const flushUnderWay = ({ transactions }: TableHome): Flushing | undefined =>
  underway.get(transactions.innermost?.outermost ?? transactions)?.at(-1);
