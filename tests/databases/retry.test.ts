import { describe, expect, it } from 'vitest';
import { BusyError } from 'litemodel';
import { retryWhileBusy, type Chance } from '../../src/database/retry-while-busy.js';
import type { Program } from '../../src/sql/index.js';

const busy = new BusyError({ sqliteCode: 'SQLITE_BUSY' });

/** A program that is busy so many times, and then returns how often it was tried. */
function busyTimes(count: number): () => Program<number> {
  let tries = 0;
  return function* () {
    if (++tries <= count) throw busy;
    return tries;
  };
}

/** A clock that only pauses move, and chance as it is given. */
class Pauses implements Chance {
  readonly pauses: number[] = [];
  readonly #chances: readonly number[];
  #now = 0;
  #drawn = 0;

  constructor(...chances: readonly number[]) {
    this.#chances = chances;
  }

  readonly now = (): number => this.#now;
  readonly random = (): number => this.#chances[this.#drawn++ % this.#chances.length]!;

  /** Runs a program to its end, and the clock on while it sleeps. */
  run<Result>(program: Program<Result>): Result {
    for (;;) {
      const step = program.next();
      if (step.done === true) return step.value;
      if (step.value.method !== 'sleep') throw new Error('It asks for more than a pause.');
      this.pauses.push(step.value.milliseconds);
      this.#now += step.value.milliseconds;
    }
  }
}

describe('retryWhileBusy', () => {
  it('succeeds after three that were busy, with pauses that double', () => {
    const chance = new Pauses(0);
    expect(chance.run(retryWhileBusy(5000, busyTimes(3), chance))).toBe(4);
    expect(chance.pauses).toEqual([1, 2, 4]);
  });

  it('shortens each pause by up to a half, as chance has it', () => {
    const chance = new Pauses(0, 0.5, 0.99, 0.2);
    chance.run(retryWhileBusy(5000, busyTimes(4), chance));
    expect(chance.pauses).toEqual([1, 2 * 0.75, 4 * 0.505, 8 * 0.9]);
  });

  it('pauses for a tenth of a second at most, and not beyond the deadline', () => {
    const chance = new Pauses(0);
    expect(() => chance.run(retryWhileBusy(400, busyTimes(Infinity), chance))).toThrow(busy);
    expect(chance.pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 100, 100, 73]);
    expect(chance.now()).toBe(400);
  });

  it('does not wait where there is no time to', () => {
    const chance = new Pauses(0);
    expect(() => chance.run(retryWhileBusy(0, busyTimes(1), chance))).toThrow(busy);
    expect(chance.pauses).toEqual([]);
  });

  it('is for no other error', () => {
    const chance = new Pauses(0);
    const failing = function* (): Program<never> {
      throw new Error('mine');
    };
    expect(() => chance.run(retryWhileBusy(5000, failing, chance))).toThrow('mine');
    expect(chance.pauses).toEqual([]);
  });
});
