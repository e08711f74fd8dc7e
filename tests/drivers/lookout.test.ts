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
    for (; this.lookout.isWorthwhile(); misses++) this.look(Infinity);
    return misses;
  }

  /** For how many messages it rests, which come after so many microseconds each. */
  rest(apart = 30): number {
    let messages = 0;
    for (; !this.lookout.isWorthwhile(); messages++) this.time += apart;
    return messages;
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
    watch.missUntilRest();
    watch.rest();
    watch.glances = 0;
    for (let time = 0; time < 100; time++) expect(watch.look(0)).toBe(true);
    expect(watch.glances).toBe(100);
    expect(watch.missUntilRest()).toBe(1);
  });

  it('is never worthwhile with a window of 0', () => {
    expect(new Watch(0).lookout.isWorthwhile()).toBe(false);
  });
});

describe('looking out in vain', () => {
  it('is borne for five milliseconds', () => {
    expect(new Watch(60).missUntilRest()).toBe(84);
    expect(new Watch(300).missUntilRest()).toBe(17);
  });

  it('is followed by a rest of one message for each two microseconds that were lost, and one more try', () => {
    const watch = new Watch(250);
    watch.missUntilRest();
    for (let time = 0; time < 3; time++) {
      watch.rest();
      expect(watch.missUntilRest()).toBe(1);
      expect(Math.abs(watch.rest() - 125)).toBeLessThan(3);
    }
  });

  it.each([
    [50, 20],
    [50, 500],
    [250, 20],
    [250, 500],
  ])(
    'takes two microseconds for each message or a fiftieth of the time, where none ever comes within %i µs, and one each %i µs',
    (window, apart) => {
      const watch = new Watch(window);
      watch.missUntilRest();
      let spent = 0;
      for (let message = 0; message < 100_000; message++) {
        const start = watch.time;
        if (watch.lookout.isWorthwhile()) watch.look(Infinity);
        spent += watch.time - start;
        watch.time += apart;
      }
      expect(spent / 100_000).toBeLessThan(Math.max(2.1, apart / 50));
    },
  );

  it('is what a thread does that others take the core from, and the rest is the longer', () => {
    const watch = new Watch(50);
    let glances = 0;
    const found = watch.lookout.waitFor(() => {
      if (++glances === 3) watch.time += 8000;
      return glances >= 3;
    });
    expect(found).toBe(true); // it is not thrown away
    expect(Math.abs(watch.rest(1) - 1500)).toBeLessThan(10);
  });

  it('is followed by 15 ms of rest at most', () => {
    const watch = new Watch(250);
    watch.missUntilRest();
    expect(watch.rest(6000)).toBe(3);
  });

  it('is set off against what was saved', () => {
    const watch = new Watch(250);
    for (let time = 0; time < 1000; time++) {
      watch.look(time % 10 === 0 ? Infinity : 20);
      expect(watch.lookout.isWorthwhile()).toBe(true);
    }
  });

  it('is not borne where it is more than what was saved', () => {
    const watch = new Watch(250);
    let rested = 0;
    for (let time = 0; time < 999; time++) {
      watch.look(time % 3 === 0 ? Infinity : 20);
      rested += watch.rest();
    }
    expect(rested).toBeGreaterThan(999 * 20);
  });

  it('is forgotten once enough was saved', () => {
    const watch = new Watch(300);
    watch.missUntilRest();
    watch.rest();
    for (let time = 0; time < 130; time++) watch.look(20);
    expect(watch.missUntilRest()).toBe(17);
  });
});
