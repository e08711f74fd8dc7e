import { onAbort } from '../driver/on-abort.js';
import { TransactionQueueError } from '../errors/index.js';

/** The longest that a timer can wait, in milliseconds. */
export const longestTimer = 2 ** 31 - 1;

/** Who waits for a place. */
interface Waiting {
  readonly admit: () => void;
  readonly refuse: (error: unknown) => void;
}

/** So many places, and those who wait for one, in order. */
export class Places {
  readonly #timeout: number;
  readonly #waiting = new Set<Waiting>();
  #free: number;

  /** Whoever has waited for so many milliseconds is refused. */
  constructor(count: number, timeout: number) {
    this.#free = count;
    this.#timeout = timeout;
  }

  /** How many wait for a place. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes a place, as soon as there is one. Throws `TransactionQueueError` where nobody gives one back in time. */
  async take(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
  }

  /** Gives a place back: to whoever has waited longest, or for whoever comes next. */
  give(): void {
    for (const { admit } of this.#waiting) return admit();
    this.#free++;
  }

  /** Refuses everybody who waits. */
  refuseAll(error: unknown): void {
    for (const { refuse } of this.#waiting) refuse(error);
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(timer);
        unlisten?.();
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        admit: () => (leave(), resolve()),
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what the signal was given
        refuse: (error) => (leave(), reject(error)),
      };
      const refuse = () => waiting.refuse(TransactionQueueError.after(this.#timeout));
      const timer = setTimeout(refuse, Math.min(this.#timeout, longestTimer));
      const unlisten = signal && onAbort(signal, () => waiting.refuse(signal.reason));
      this.#waiting.add(waiting);
    });
  }
}
