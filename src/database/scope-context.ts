/** A scope, as far as this file knows it: by the database that it belongs to. */
interface Owned {
  readonly owner: object;
}

/** The scope that code runs in, and the one of another database around it. */
interface Context {
  readonly scope: Owned;
  readonly around: Context | undefined;
}

/** The part of Node's AsyncLocalStorage that we use. */
export interface ContextStorage<Store> {
  getStore(): Store | undefined;
  run<Result>(store: Store, work: () => Result): Result;
}

let storage: ContextStorage<Context> | undefined;

/** Node, Deno and Bun have it; browsers do not yet, and bundlers do not see it here. */
export function findStorage<Store>(): ContextStorage<Store> | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const hooks = process?.getBuiltinModule?.('node:async_hooks') as
    { AsyncLocalStorage: new () => ContextStorage<Store> } | undefined;
  return hooks && new hooks.AsyncLocalStorage();
}

/** Runs a function so that whatever it starts, after any number of awaits, finds itself in the scope, where the platform can. */
export function runInScope<Result>(scope: Owned, work: () => Result): Result {
  storage ??= findStorage<Context>();
  if (storage === undefined) return work();
  return storage.run({ scope, around: storage.getStore() }, work);
}

/** The scope of a database that the code which asks runs in; none outside of asynchronous transactions. */
export function scopeOf(owner: object): Owned | undefined {
  for (let context = storage?.getStore(); context !== undefined; context = context.around) {
    if (context.scope.owner === owner) return context.scope;
  }
  return undefined;
}
