/** Lets only so many messages of one answer be under way, so that none piles up at a side that is busy. */
export class SendingWindow {
  #left: number;
  #isClosed = false;
  #go: (() => void) | undefined;

  constructor(size: number) {
    this.#left = size;
  }

  /** Whether nobody takes messages any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes a place for one message; a promise where it has to wait for one. */
  take(): Promise<void> | undefined {
    this.#left--;
    if (this.#left >= 0 || this.#isClosed) return undefined;
    return new Promise((resolve) => (this.#go = resolve));
  }

  /** Gives a place back. */
  give(): void {
    this.#left++;
    this.#go?.();
    this.#go = undefined;
  }

  /** Says that nobody takes messages any more. */
  close(): void {
    this.#isClosed = true;
    this.give();
  }
}
