/** How long somebody looks out, and by which clock. */
export interface LookoutOptions {
  /** For how many microseconds at most; for 0, never. */
  readonly window: number;
  /** The time, in milliseconds. */
  now(): number;
}

/** How many times something has to come in time to make up for once that it did not. */
const missCost = 4;

/** How many misses in a row are borne at most, and how many after a rest, where the first message has often found everybody asleep. */
const [mostCredit, newCredit] = [4 * missCost, 2 * missCost];

/** How long it rests after too many misses, in milliseconds: twice as long each time, up to the longest. */
const [shortestRest, longestRest] = [1, 32];

/**
 * Looks out for what comes soon, without sleeping: on a machine that is idle, waking a thread up takes several times as long as
 * most of what it is woken for. Where that never comes in time, be it that others need the core, it rests so long that it takes a
 * hundredth of the time at most.
 */
export class Lookout {
  readonly #options: LookoutOptions;
  #credit = mostCredit;
  #rest = shortestRest;
  #restsUntil = -Infinity;

  constructor(options: LookoutOptions) {
    this.#options = options;
  }

  /** Whether it would probably come in time. */
  get isWorthwhile(): boolean {
    const { window, now } = this.#options;
    return window > 0 && now() >= this.#restsUntil;
  }

  /** Whether something has come by the end of the window. What is there at the first glance needed no looking out, and proves nothing. */
  waitFor(hasCome: () => boolean): boolean {
    if (hasCome()) return true;
    const { window, now } = this.#options;
    const end = now() + window / 1000;
    let time: number;
    let isThere: boolean;
    do isThere = hasCome();
    while ((time = now()) < end && !isThere);
    if (time < end) this.#noteHit();
    else this.#noteMiss(time); // be it there: a thread that is put aside for others looks out in vain, too
    return isThere;
  }

  #noteHit(): void {
    if (this.#credit < mostCredit) this.#credit++;
    else this.#rest = shortestRest;
  }

  #noteMiss(time: number): void {
    this.#credit -= missCost;
    if (this.#credit > 0) return;
    this.#credit = newCredit;
    this.#restsUntil = time + this.#rest;
    this.#rest = Math.min(this.#rest * 2, longestRest);
  }
}
