/** Programs that nobody waits for but whoever closes the database: those whose reads run beside its transactions. */
export class Visitors {
  #count = 0;
  #isClosed = false;
  #onEmpty: (() => void) | undefined;

  /** Whether no more are let in. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  enter(): void {
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
