import { describe, QueryError } from '../errors/index.js';

/** What is wrong with something that is to be called and is no function, of callers without types; nothing where it is one. */
export function notCallable(method: string, work: unknown): QueryError | undefined {
  if (typeof work === 'function') return undefined;
  return new QueryError(
    `${method} takes a function, not ${describe(work)}.`,
    `Write db.${method}(() => { … }): what it does is done together.`,
  );
}

/** Throws what is wrong with something that is to be called. */
export function checkCallable(method: string, work: unknown): void {
  const error = notCallable(method, work);
  if (error !== undefined) throw error;
}
