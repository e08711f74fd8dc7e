/** What is to be done when a signal aborts, and the one listener that does it. */
interface Acts {
  readonly all: Set<() => void>;
  readonly listener: () => void;
}

const actsBySignal = new WeakMap<AbortSignal, Acts>();

/**
 * Calls a function when a signal aborts; the function that is returned takes that back. A signal has one listener however many
 * wait for it, for Node warns of a leak when they are more than ten, which one request of a server easily has.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const acts = actsBySignal.get(signal) ?? listenTo(signal);
  const own = (): void => act(); // the same function may wait twice
  acts.all.add(own);
  return () => {
    acts.all.delete(own);
    if (acts.all.size > 0) return;
    signal.removeEventListener('abort', acts.listener);
    actsBySignal.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Acts {
  const all = new Set<() => void>();
  const acts = { all, listener: () => all.forEach((act) => act()) };
  signal.addEventListener('abort', acts.listener);
  actsBySignal.set(signal, acts);
  return acts;
}
