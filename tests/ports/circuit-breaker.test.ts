import { describe, expect, it } from 'vitest';
import { BreakerOpenError, UnsupportedError } from 'litemodel';
import { breakerSettings, CircuitBreaker, type BreakerOptions } from '../../src/port/circuit-breaker.js';

/** A breaker with a clock that only the test moves, and the states that it told of. */
function watched(options: BreakerOptions = { failures: 3, resetAfter: 1000, answerTimeout: 100 }) {
  const clock = { now: 0 };
  const told: string[] = [];
  const breaker: CircuitBreaker = new CircuitBreaker(
    breakerSettings(options),
    () => told.push(breaker.figures.state),
    () => clock.now,
  );
  const refusal = (): BreakerOpenError => {
    try {
      breaker.admit();
    } catch (error) {
      return error as BreakerOpenError;
    }
    throw new Error('It was let through.');
  };
  let failed = 0;
  const fail = (times: number): void => {
    for (let time = 0; time < times; time++) breaker.admit().fail(new Error(`failure ${++failed}`));
  };
  return { breaker, clock, told, refusal, fail };
}

describe('a circuit breaker', () => {
  it('opens after so many failures in a row, and refuses what comes then', () => {
    const { breaker, told, refusal, fail } = watched();
    fail(2);
    expect(breaker.figures).toEqual({ state: 'closed', failures: 2, retryAt: undefined, opened: 0, refused: 0 });
    fail(1);
    const error = refusal();
    expect(error).toBeInstanceOf(BreakerOpenError);
    expect(error.message).toBe(
      'The worker or process that has the database failed 3 times in a row, and is not asked for now. Nothing was sent, so ' +
        'run it again after retryAt, when one request is let through to try. The cause is the last failure.',
    );
    expect([error.code, (error.cause as Error).message]).toEqual(['ORM_BREAKER_OPEN', 'failure 3']);
    expect(Math.abs(error.retryAt.getTime() - Date.now() - 1000)).toBeLessThan(500);
    expect(breaker.figures).toMatchObject({ state: 'open', failures: 3, opened: 1, refused: 1 });
    expect(told).toEqual(['open']);
  });

  it('counts anew after each answer', () => {
    const { breaker, told, fail } = watched();
    fail(2);
    breaker.admit().succeed();
    fail(2);
    expect([breaker.figures.state, breaker.figures.failures, told]).toEqual(['closed', 2, []]);
  });

  it('lets exactly one request through after a while, whose answer closes it', () => {
    const { breaker, clock, told, refusal, fail } = watched();
    fail(3);
    clock.now = 999;
    refusal();
    clock.now = 1000;
    const trial = breaker.admit();
    expect(breaker.figures.state).toBe('half-open');
    for (let time = 0; time < 5; time++) expect(refusal()).toBeInstanceOf(BreakerOpenError);
    clock.now = 50_000; // however long that takes
    refusal();
    trial.succeed();
    breaker.admit();
    expect(breaker.figures).toEqual({ state: 'closed', failures: 0, retryAt: undefined, opened: 1, refused: 7 });
    expect(told).toEqual(['open', 'half-open', 'closed']);
  });

  it('opens again where that one fails, for as long', () => {
    const { breaker, clock, told, refusal, fail } = watched();
    fail(3);
    clock.now = 1500;
    breaker.admit().fail(new Error('still'));
    clock.now = 2499;
    expect((refusal().cause as Error).message).toBe('still');
    clock.now = 2500;
    breaker.admit();
    expect(breaker.figures).toMatchObject({ state: 'half-open', failures: 4, opened: 2 });
    expect(told).toEqual(['open', 'half-open', 'open', 'half-open']);
  });

  it('says when it will know more', () => {
    const { breaker, clock, fail } = watched();
    fail(3);
    const inMilliseconds = () => Math.round((breaker.figures.retryAt!.getTime() - Date.now()) / 50) * 50;
    expect(inMilliseconds()).toBe(1000);
    clock.now = 400;
    expect(inMilliseconds()).toBe(600);
    clock.now = 1400;
    expect(inMilliseconds()).toBe(0);
    breaker.admit();
    expect(inMilliseconds()).toBe(100);
  });

  it('gives the trial to the next one where nobody waited for the first', () => {
    const { breaker, clock, refusal, fail } = watched();
    fail(3);
    clock.now = 1000;
    breaker.admit().withdraw();
    const second = breaker.admit();
    refusal();
    second.succeed();
    expect(breaker.figures.state).toBe('closed');
  });

  it('does not believe what was asked before it opened', () => {
    const { breaker, clock, fail } = watched();
    const [late, later, latest] = [breaker.admit(), breaker.admit(), breaker.admit()];
    fail(3);
    late.succeed();
    expect(breaker.figures.state).toBe('open');
    clock.now = 1000;
    const trial = breaker.admit();
    later.fail(new Error('old'));
    latest.withdraw();
    expect(breaker.figures).toMatchObject({ state: 'half-open', failures: 3 });
    trial.succeed();
    expect(breaker.figures).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('judges each request once', () => {
    const { breaker } = watched();
    const attempt = breaker.admit();
    for (let time = 0; time < 5; time++) attempt.fail(new Error('once'));
    attempt.succeed();
    attempt.withdraw();
    expect(breaker.figures).toMatchObject({ state: 'closed', failures: 1 });
  });

  it('takes one loss for one failure, however many requests were under way', () => {
    const { breaker } = watched();
    const lose = (times: number): void => {
      const attempts = Array.from({ length: times }, () => breaker.admit());
      for (const attempt of attempts) attempt.lose(new Error('gone'));
    };
    lose(10);
    expect(breaker.figures).toMatchObject({ state: 'closed', failures: 1 });
    lose(10);
    lose(10);
    expect(breaker.figures).toMatchObject({ state: 'open', failures: 3, opened: 1 });
  });

  it('may open at the first failure', () => {
    const { fail, refusal } = watched({ failures: 1 });
    fail(1);
    expect(refusal().message).toMatch(/failed once, and is not asked for now/);
  });

  it.each([
    { failures: 0 },
    { failures: 1.5 },
    { failures: Number.NaN },
    { resetAfter: 0 },
    { resetAfter: -1 },
    { resetAfter: Infinity },
    { answerTimeout: 0 },
    { answerTimeout: 'long' as unknown as number },
  ])('refuses %o', (options) => {
    const [name] = Object.keys(options);
    expect(() => breakerSettings(options)).toThrow(UnsupportedError);
    expect(() => breakerSettings(options)).toThrow(
      name === 'failures'
        ? 'breaker.failures is a whole number, from 1 on. Give it as one, or leave it out.'
        : `breaker.${name} is a number of milliseconds. Give it as one, or leave it out.`,
    );
  });

  it('has defaults', () => {
    expect(breakerSettings({})).toEqual({ failures: 5, resetAfter: 30_000, answerTimeout: 10_000 });
  });
});
