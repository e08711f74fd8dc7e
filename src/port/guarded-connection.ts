import type { AsyncConnection, BreakerFigures, Capabilities, Lease, WorkerFigures } from '../driver/contract.js';
import { onAbort } from '../driver/on-abort.js';
import { tell, type StateTrace } from '../driver/state-trace.js';
import { ConnectionLostError, DriverUnavailableError, NoAnswerError, ReadTimeoutError } from '../errors/index.js';
import { isRead, type EngineCommand } from '../sql/index.js';
import { breakerSettings, CircuitBreaker, type Attempt, type BreakerOptions } from './circuit-breaker.js';
import { longestTimer } from './places.js';

/** How one request is made. */
interface Asking {
  readonly attempt: Attempt;
  /** Whether it is given up where no answer comes in time, and not only counted as a failure. */
  readonly isGivenUp: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * A connection that is not asked while it does not answer. What is inside of a transaction is passed on as it is, neither refused
 * nor given up: the other side would be left with half of a transaction.
 */
export class GuardedConnection implements AsyncConnection {
  readonly #connection: AsyncConnection;
  readonly #answerTimeout: number;
  readonly #breaker: CircuitBreaker;
  /** Of the workers that only read: their answers say nothing about the one that writes. */
  readonly #readingBreaker: CircuitBreaker | undefined;

  constructor(connection: AsyncConnection, options: BreakerOptions) {
    const settings = breakerSettings(options);
    const { onChange } = options;
    const onTurn = onChange && (() => tell(onChange, this.breaker));
    const readsAside = connection.workers !== undefined && connection.capabilities.concurrentReads === true;
    this.#connection = connection;
    this.#answerTimeout = settings.answerTimeout;
    this.#breaker = new CircuitBreaker(settings, onTurn);
    this.#readingBreaker = readsAside ? new CircuitBreaker(settings, onTurn) : undefined;
  }

  get capabilities(): Capabilities {
    return this.#connection.capabilities;
  }

  get inTransaction(): boolean {
    return this.#connection.inTransaction;
  }

  get takesSyntax(): boolean {
    return this.#connection.takesSyntax === true;
  }

  get states(): StateTrace | undefined {
    return this.#connection.states;
  }

  get workers(): WorkerFigures | undefined {
    return this.#connection.workers;
  }

  /** Where there are two, of the one that is worse off, with what both have refused. */
  get breaker(): BreakerFigures {
    const { figures } = this.#breaker;
    const reading = this.#readingBreaker?.figures;
    if (reading === undefined) return figures;
    const lead = badness[reading.state] - badness[figures.state] || reading.failures - figures.failures;
    const worse = lead > 0 ? reading : figures;
    return { ...worse, opened: figures.opened + reading.opened, refused: figures.refused + reading.refused };
  }

  /** What would wait for a transaction, or with one for a write, would wait for the same silence. */
  refusal(): Error | undefined {
    return this.#breaker.refuse();
  }

  async perform(command: EngineCommand, scope: number, signal?: AbortSignal): Promise<unknown> {
    const perform = (given: AbortSignal | undefined) => this.#connection.perform(command, scope, given);
    const readsAside = scope === 0 && this.#readingBreaker !== undefined && isRead(command);
    const isBeginning = command.method === 'begin' && command.savepoint === undefined;
    const isInside = !isBeginning && !readsAside && (scope !== 0 || this.inTransaction);
    if (isInside || this.#isOver) return await perform(signal);
    signal?.throwIfAborted();
    const attempt = (readsAside ? this.#readingBreaker : this.#breaker).admit();
    // whether a BEGIN that is cut off has begun, nobody would know
    return await this.#ask({ attempt, isGivenUp: !isBeginning, signal }, perform);
  }

  async lease(signal?: AbortSignal): Promise<Lease | undefined> {
    if (this.#readingBreaker === undefined) return await this.#connection.lease?.(signal);
    signal?.throwIfAborted();
    const asking = { attempt: this.#readingBreaker.admit(), isGivenUp: true, signal };
    return await this.#ask(asking, async (given) => await this.#connection.lease?.(given));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Whether it will never answer again, and says so at once. */
  get #isOver(): boolean {
    return this.#connection.states?.name === 'closed';
  }

  async #ask<Answer>(
    { attempt, isGivenUp, signal }: Asking,
    ask: (signal: AbortSignal | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    const abortion = isGivenUp ? new AbortController() : undefined;
    const unlisten = abortion && signal && onAbort(signal, () => abortion.abort(signal.reason));
    const giveUp = (): void => {
      const error = new NoAnswerError(this.#answerTimeout);
      attempt.fail(error);
      abortion?.abort(error);
    };
    // in the turn more an answer is received that has been waiting for this thread
    const oneTurnMore = () => void (timer = setTimeout(giveUp));
    let timer = setTimeout(oneTurnMore, Math.min(this.#answerTimeout, longestTimer));
    try {
      const answer = await ask(abortion?.signal ?? signal);
      attempt.succeed();
      return answer;
    } catch (error) {
      judge(attempt, error, signal);
      throw error;
    } finally {
      clearTimeout(timer);
      unlisten?.();
    }
  }
}

const badness = { closed: 0, 'half-open': 1, open: 2 };

/** An error of SQLite is an answer; what ended before there could be one says nothing. */
function judge(attempt: Attempt, error: unknown, signal: AbortSignal | undefined): void {
  const isLost = error instanceof ConnectionLostError || error instanceof DriverUnavailableError;
  const isUnknown = error instanceof ReadTimeoutError || (signal?.aborted === true && error === signal.reason);
  if (isLost) attempt.lose(error);
  else if (isUnknown) attempt.withdraw();
  else attempt.succeed();
}
