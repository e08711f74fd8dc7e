import { actorIn, isPromiseLike, type Frame, type TransactionStack } from '../database/index.js';
import { AsyncCallbackError } from '../errors/index.js';

/** The transaction of a write: the same object for everything in it, that of its savepoints included. */
export interface WriteTransaction {
  /** Whether it was committed. */
  readonly isKept: boolean;
  /** Whether it was rolled back. */
  readonly isUndone: boolean;
}

/** In which transaction something happens, and who does it: as it was when that began, whoever asks later. */
export class Occasion {
  readonly #transactions: TransactionStack;
  readonly #frame: Frame | undefined;
  #actor: unknown;
  #isAsked = false;

  constructor(transactions: TransactionStack, frame: Frame | undefined) {
    this.#transactions = transactions;
    this.#frame = frame;
  }

  get transaction(): WriteTransaction | undefined {
    return this.#frame?.outermost;
  }

  /** Who does it: asked once, and only if anybody wants to know. */
  get actor(): unknown {
    if (!this.#isAsked) {
      this.#actor = ask(this.#transactions, this.#frame);
      this.#isAsked = true;
    }
    return this.#actor;
  }

  /** Whether it is in this transaction or savepoint itself. */
  isIn(frame: Frame | undefined): boolean {
    return this.#frame === frame;
  }
}

/** What happens now on a connection. */
export const occasionNow = ({ transactions }: { readonly transactions: TransactionStack }): Occasion =>
  new Occasion(transactions, transactions.innermost);

function ask(transactions: TransactionStack, frame: Frame | undefined): unknown {
  const said = actorIn(transactions, frame);
  if (said !== undefined) return said;
  const answer = transactions.askActor?.();
  if (!isPromiseLike(answer)) return answer;
  if (answer instanceof Promise) answer.catch(() => undefined); // its failure has nobody else to go to
  throw new AsyncCallbackError(
    'The "actor" of open() returned a promise, and nobody can wait for it.',
    'Let it answer with what it knows, or give { actor } to the transaction.',
  );
}
