import { ClosedError } from '../errors/index.js';

/** Programs that read beside the transactions of a database, for which nobody waits but whoever closes it. */
export class Visitors {
  readonly #alias: string;
  #count = 0;
  #isClosed = false;
  #onEmpty: (() => void) | undefined;
  /** A visit that lives as long: when the last one is collected, V8 drops the code made for their shape. @internal */
  readonly kept = new Visit(this);

  constructor(alias: string) {
    this.#alias = alias;
  }

  enter(): void {
    if (this.#isClosed) throw new ClosedError(this.#alias);
    this.#count++;
  }

  leave(): void {
    this.#count--;
    if (this.#count === 0) this.#onEmpty?.();
  }

  /** Lets nobody in any more, and waits until all have left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#count > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
  }
}

/** One program, which is among the visitors for as long as it reads, and not while it waits for the transactions. */
export class Visit {
  readonly #visitors: Visitors;
  #isIn = false;

  constructor(visitors: Visitors) {
    this.#visitors = visitors;
  }

  /** Throws `ClosedError` where the database is being closed. */
  enter(): void {
    if (!this.#isIn) this.#visitors.enter();
    this.#isIn = true;
  }

  leave(): void {
    if (this.#isIn) this.#visitors.leave();
    this.#isIn = false;
  }
}
