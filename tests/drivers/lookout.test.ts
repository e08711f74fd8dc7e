import { describe, expect, it } from 'vitest';
import { Lookout } from '../../src/drivers/lookout.js';

/** A look-out whose clock goes on by a microsecond with each glance, and by what a test says. */
class Watch {
  /** In microseconds. */
  time = 0;
  glances = 0;
  readonly lookout: Lookout;

  constructor(window = 50) {
    this.lookout = new Lookout({ window, now: () => this.time / 1000 });
  }

  /** Looks out for what comes after so many microseconds; says whether it has come. */
  look(after: number): boolean {
    const due = this.time + after;
    return this.lookout.waitFor(() => {
      this.glances++;
      return this.time++ >= due;
    });
  }

  /** Looks out for what never comes until that is not worthwhile any more; says how often that was. */
  missUntilRest(): number {
    let misses = 0;
    for (; this.lookout.isWorthwhile; misses++) this.look(Infinity);
    return misses;
  }

  /** For how long it rests, in milliseconds. */
  rest(): number {
    const start = this.time;
    while (!this.lookout.isWorthwhile) this.time += 100;
    return Math.round((this.time - start) / 1000);
  }
}

describe('looking out', () => {
  it('ends when it has come', () => {
    const watch = new Watch();
    expect(watch.look(20)).toBe(true);
    expect(watch.time).toBeLessThan(25);
  });

  it('ends after the window', () => {
    const watch = new Watch(50);
    expect(watch.look(1_000_000)).toBe(false);
    expect(watch.time).toBeGreaterThanOrEqual(50);
    expect(watch.time).toBeLessThan(55);
  });

  it('takes one glance where it is there, which proves nothing', () => {
    const watch = new Watch();
    for (let time = 0; time < 3; time++) watch.look(Infinity);
    watch.glances = 0;
    for (let time = 0; time < 100; time++) expect(watch.look(0)).toBe(true);
    expect(watch.glances).toBe(100);
    expect(watch.missUntilRest()).toBe(1);
  });

  it('is never worthwhile with a window of 0', () => {
    expect(new Watch(0).lookout.isWorthwhile).toBe(false);
  });
});

describe('looking out in vain', () => {
  it('is borne four times', () => {
    expect(new Watch().missUntilRest()).toBe(4);
  });

  it('is followed by a rest, each time a longer one, and two more tries', () => {
    const watch = new Watch();
    watch.missUntilRest();
    const rests: number[] = [];
    for (let time = 0; time < 8; time++) {
      rests.push(watch.rest());
      expect(watch.missUntilRest()).toBe(2);
    }
    expect(rests).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
  });

  it('takes a hundredth of the time at most where nothing ever comes soon', () => {
    const watch = new Watch(100);
    let spent = 0;
    while (watch.time < 60_000_000) {
      const start = watch.time;
      if (watch.lookout.isWorthwhile) watch.look(Infinity);
      spent += watch.time - start;
      watch.time += 300; // what comes late
    }
    expect(spent / watch.time).toBeLessThan(0.01);
  });

  it('is what a thread does that was put aside, though it has come meanwhile', () => {
    const watch = new Watch(50);
    for (let time = 0; time < 4; time++) {
      let glances = 0;
      const found = watch.lookout.waitFor(() => {
        if (++glances === 2) watch.time += 3000;
        return glances >= 2;
      });
      expect(found).toBe(true); // it is not thrown away
    }
    expect(watch.lookout.isWorthwhile).toBe(false);
  });

  it('once in six times is made up for by the others', () => {
    const watch = new Watch();
    for (let time = 0; time < 1000; time++) {
      watch.look(time % 6 === 0 ? Infinity : 20);
      expect(watch.lookout.isWorthwhile).toBe(true);
    }
  });

  it('every third time is not', () => {
    const watch = new Watch();
    let rests = 0;
    for (let time = 0; time < 1000; time++) {
      watch.look(time % 3 === 0 ? Infinity : 20);
      if (watch.rest() > 0) rests++;
    }
    expect(rests).toBeGreaterThan(50);
  });

  it('is forgotten once what comes is in time again', () => {
    const watch = new Watch();
    for (let time = 0; time < 9; time++) {
      watch.missUntilRest();
      watch.rest();
    }
    for (let time = 0; time < 20; time++) watch.look(20);
    expect(watch.missUntilRest()).toBe(4);
    expect(watch.rest()).toBe(1);
  });
});
