/** How long somebody looks out, and by which clock. */
export interface LookoutOptions {
  /** For how many microseconds at most; for 0, never. */
  readonly window: number;
  /** The time, in milliseconds. */
  now(): number;
}

/** What is saved where nobody has to be woken up, in milliseconds. */
const saved = 0.04;

/** How much of what was saved may be lost again without a rest, in milliseconds. */
const mostCredit = 5;

/** What may be lost for each message where nothing is saved, in milliseconds. */
const lossPerMessage = 0.002;

/** After how many milliseconds a rest ends at the latest: others may have needed the core for a moment only. */
const longestRest = 15;

/**
 * Looks out for what comes soon, without sleeping: on a machine that is idle, waking a thread up takes several times as long as
 * most of what it is woken for. The time in which nothing has come is set off against what was saved; where it is more, be it
 * that others need the core, a rest follows that makes it little for each message.
 */
export class Lookout {
  readonly #options: LookoutOptions;
  #credit = mostCredit;
  /** For how many messages it rests, and until when at the latest. */
  #resting = 0;
  #restsUntil = 0;

  constructor(options: LookoutOptions) {
    this.#options = options;
  }

  /** Whether what is next would probably come in time; asked once for each message. */
  isWorthwhile(): boolean {
    const { window, now } = this.#options;
    if (window === 0) return false;
    if (this.#resting > 0) this.#resting = now() < this.#restsUntil ? this.#resting - 1 : 0;
    return this.#resting === 0;
  }

  /** Whether something has come by the end of the window. What is there at the first glance needed no looking out, and proves nothing. */
  waitFor(hasCome: () => boolean): boolean {
    if (hasCome()) return true;
    const { window, now } = this.#options;
    const start = now();
    const end = start + window / 1000;
    let time: number;
    let isThere: boolean;
    do isThere = hasCome();
    while ((time = now()) < end && !isThere);
    if (time < end) this.#credit = Math.min(this.#credit + saved, mostCredit);
    else this.#lose(time - start, time); // be it there: a thread that others take the core from loses more than the window
    return isThere;
  }

  #lose(lost: number, time: number): void {
    this.#credit -= lost;
    if (this.#credit >= 0) return;
    this.#resting = Math.ceil(-this.#credit / lossPerMessage);
    this.#restsUntil = time + longestRest;
    this.#credit = 0;
  }
}
