import type { BreakerFigures, BreakerState } from '../driver/contract.js';
import { BreakerOpenError, UnsupportedError } from '../errors/index.js';

/** When whoever has the database is no longer asked, and when again. */
export interface BreakerOptions {
  /** After how many failures in a row nothing is asked any more; 5 unless said. */
  readonly failures?: number;
  /** How long, in milliseconds, nothing is asked before one request is let through to try; 30,000 unless said. */
  readonly resetAfter?: number;
  /**
   * How long, in milliseconds, an answer may take before that is a failure; 10,000 unless said. A statement outside of a
   * transaction is then given up as by a signal, with a `NoAnswerError`. Choose it longer than your slowest query and than the
   * `queueTimeout` of whoever has the database: a busy one is as silent as a dead one.
   */
  readonly answerTimeout?: number;
  /** Called whenever the state has changed, with what `db.breaker` says now. */
  readonly onChange?: (figures: BreakerFigures) => void;
}

/** The options of a breaker, with what they are unless said. */
export type BreakerSettings = Required<Omit<BreakerOptions, 'onChange'>>;

/** The options as they are in force. Throws `UnsupportedError` for what they cannot be. */
export function breakerSettings(options: BreakerOptions): BreakerSettings {
  const { failures = 5, resetAfter = 30_000, answerTimeout = 10_000 } = options;
  if (!Number.isSafeInteger(failures) || failures < 1) {
    throw new UnsupportedError('breaker.failures is a whole number, from 1 on.', 'Give it as one, or leave it out.');
  }
  for (const [name, milliseconds] of Object.entries({ resetAfter, answerTimeout })) {
    if (milliseconds > 0 && Number.isFinite(milliseconds)) continue;
    throw new UnsupportedError(`breaker.${name} is a number of milliseconds.`, 'Give it as one, or leave it out.');
  }
  return { failures, resetAfter, answerTimeout };
}

/** Takes what became of a request that was let through; only the first counts. */
export interface Attempt {
  /** There was an answer, were it that the statement is wrong. */
  succeed(): void;
  /** There was none in time. */
  fail(error: unknown): void;
  /** Whoever was asked is gone: one failure, however many requests were under way. */
  lose(error: unknown): void;
  /** Nobody waited for it long enough to know. */
  withdraw(): void;
}

/**
 * Says whether somebody is asked who may be gone. It is closed as long as there are answers, opens after so many failures in a
 * row, and lets one request through after a while, whose outcome closes it or opens it again.
 */
export class CircuitBreaker {
  readonly #settings: BreakerSettings;
  readonly #onChange: () => void;
  readonly #now: () => number;
  #state: BreakerState = 'closed';
  /** Whether a request is out that finds out whether there are answers again. */
  #isTrying = false;
  #failures = 0;
  #lastFailure: unknown;
  /** When the next request is let through, on our clock. */
  #until = 0;
  #opened = 0;
  #refused = 0;
  /** Counts the states, for a request tells nothing about one that came after it was made. */
  #era = 0;

  /** The clock is one in milliseconds that never goes back. */
  constructor(settings: BreakerSettings, onChange: () => void = () => {}, now: () => number = () => performance.now()) {
    this.#settings = settings;
    this.#onChange = onChange;
    this.#now = now;
  }

  get figures(): BreakerFigures {
    const isClosed = this.#state === 'closed';
    return {
      state: this.#state,
      failures: this.#failures,
      retryAt: isClosed ? undefined : this.#retryAt,
      opened: this.#opened,
      refused: this.#refused,
    };
  }

  /** Refuses a request that is not to find out what is right, and says why; none while it is closed. */
  refuse(): BreakerOpenError | undefined {
    if (this.#state === 'closed') return undefined;
    this.#refused++;
    return new BreakerOpenError(this.#failures, this.#retryAt, this.#lastFailure);
  }

  /** Lets a request through. Throws `BreakerOpenError` where it is not. */
  admit(): Attempt {
    if (this.#state !== 'closed') this.#try();
    return this.#attempt();
  }

  get #retryAt(): Date {
    return new Date(Date.now() + Math.max(0, this.#until - this.#now()));
  }

  #try(): void {
    if (this.#isTrying || this.#now() < this.#until) throw this.refuse()!;
    this.#isTrying = true;
    this.#until = this.#now() + this.#settings.answerTimeout; // by then its outcome is known
    this.#enter('half-open');
  }

  #attempt(): Attempt {
    const era = this.#era;
    const failures = this.#failures;
    let isJudged = false;
    const judge = (conclude: () => void): void => {
      if (!isJudged && era === this.#era) conclude();
      isJudged = true;
    };
    return {
      succeed: () => judge(() => this.#succeed()),
      fail: (error) => judge(() => this.#fail(error)),
      lose: (error) => judge(() => void (failures === this.#failures && this.#fail(error))),
      withdraw: () => judge(() => this.#withdraw()),
    };
  }

  #succeed(): void {
    this.#failures = 0;
    this.#lastFailure = undefined;
    this.#isTrying = false;
    this.#enter('closed');
  }

  #fail(error: unknown): void {
    this.#failures++;
    this.#lastFailure = error;
    if (this.#state === 'closed' && this.#failures < this.#settings.failures) return;
    this.#isTrying = false;
    this.#opened++;
    this.#until = this.#now() + this.#settings.resetAfter;
    this.#enter('open');
  }

  /** The next request is the one that finds out. */
  #withdraw(): void {
    this.#isTrying = false;
    this.#until = this.#now();
  }

  #enter(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#era++;
    this.#onChange();
  }
}
