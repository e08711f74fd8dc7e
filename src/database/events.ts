import type { SqlValue } from '../sql/index.js';

/** What `onStatement` reports of each statement, after it ran. */
export interface StatementEvent {
  readonly sql: string;
  /** In milliseconds, the fetching of all rows included. */
  readonly duration: number;
  /** Rows returned by a query, or changed by another statement. */
  readonly rows: number;
  /** The bound values: only for a listener that asked for them, since they may be secret. */
  readonly parameters: readonly SqlValue[] | undefined;
  /** What the statement failed with. */
  readonly error: Error | undefined;
}

/** What a listener wants to know. */
export interface StatementListenerOptions {
  /** Whether events carry the bound values; `false` unless said. */
  readonly values?: boolean;
}

/** The listeners of one database. */
export class StatementListeners {
  readonly #listeners = new Map<object, { listen: (event: StatementEvent) => void; values: boolean }>();
  #isReporting = false;

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** Whether listeners are running: what they start is not reported. */
  get isReporting(): boolean {
    return this.#isReporting;
  }

  /** Adds a listener; the returned function removes it. */
  add(listen: (event: StatementEvent) => void, { values = false }: StatementListenerOptions = {}): () => void {
    const key = {};
    this.#listeners.set(key, { listen, values });
    return () => void this.#listeners.delete(key);
  }

  /** Tells every listener. A statement that one of them runs is not reported, for that would never end. */
  report(event: StatementEvent): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    const withoutValues = { ...event, parameters: undefined };
    for (const { listen, values } of [...this.#listeners.values()]) {
      try {
        listen(values ? event : withoutValues);
      } catch (error) {
        throwLater(error);
      }
    }
    this.#isReporting = false;
  }
}

/** As an error in a listener of an EventTarget: nobody catches it, but what was reported keeps its outcome. */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
