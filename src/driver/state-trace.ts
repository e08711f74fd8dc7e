/**
 * What a database is doing: it is being opened, waits for work, works, replaces a worker that it lost, or is closed for good.
 */
export type StateName = 'opening' | 'ready' | 'busy' | 'recovering' | 'closed';

/** What a database is doing, and since when. */
export interface DatabaseState {
  /** What it is doing. */
  readonly name: StateName;
  /** When it began to. */
  readonly since: Date;
}

/** The state of one connection, and those who want to hear of the next. */
export class StateTrace {
  #name: StateName;
  #since = Date.now();
  /** Made when somebody asks, for a state may last no longer than a statement. */
  #current: DatabaseState | undefined;
  readonly #listeners = new Set<(state: DatabaseState) => void>();

  constructor(name: StateName) {
    this.#name = name;
  }

  get name(): StateName {
    return this.#name;
  }

  get current(): DatabaseState {
    return (this.#current ??= { name: this.#name, since: new Date(this.#since) });
  }

  /** Tells of another state; none comes after `closed`. */
  enter(name: StateName): void {
    if (name === this.#name || this.#name === 'closed') return;
    this.#name = name;
    this.#since = Date.now();
    this.#current = undefined;
    if (this.#listeners.size > 0) for (const listen of [...this.#listeners]) tell(listen, this.current);
  }

  /** Calls a function with each state from now on; the returned one ends that. */
  onChange(listen: (state: DatabaseState) => void): () => void {
    const own = (state: DatabaseState): void => listen(state); // the same function may listen twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }
}

/** Calls a listener. As an error in a listener of an EventTarget, what it throws is nobody's to catch. */
export function tell<Told>(listen: (told: Told) => void, told: Told): void {
  try {
    listen(told);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
