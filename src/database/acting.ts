import { findStorage, type ContextStorage } from './scope-context.js';

/** A transaction or savepoint, as far as this file knows it: by who does what is done in it. */
interface Acted {
  readonly actor: unknown;
}

/** For whom code goes on with something when the transaction that it is about has ended. */
interface Acting {
  /** What the transaction was of, which others have nothing to do with. */
  readonly owner: object;
  /** What is open there meanwhile: what begins later knows by itself who does it. */
  readonly within: Acted | undefined;
  readonly actor: unknown;
  readonly around: Acting | undefined;
}

let storage: ContextStorage<Acting> | undefined;
let here: Acting | undefined;

const current = (): Acting | undefined => storage?.getStore() ?? here;

/** Runs a function so that whatever it starts is done by the same one, after any number of awaits where the platform can. */
export function actFor<Result>(acting: Omit<Acting, 'around'>, work: () => Result): Result {
  const next: Acting = { ...acting, around: current() };
  storage ??= findStorage<Acting>();
  if (storage !== undefined) return storage.run(next, work);
  const before = here;
  here = next;
  try {
    return work();
  } finally {
    here = before;
  }
}

/** Who was said to do what is done now in a transaction or savepoint, or outside of any; `undefined` for nobody. */
export function actorIn(owner: object, frame: Acted | undefined): unknown {
  for (let acting = current(); acting !== undefined; acting = acting.around)
    if (acting.owner === owner && acting.within === frame) return acting.actor;
  return frame?.actor;
}
