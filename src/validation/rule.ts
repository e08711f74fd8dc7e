import { isPromiseLike } from '../database/index.js';
import { AsyncCallbackError, DefinitionError } from '../errors/index.js';
import type { BoundTable } from '../query/index.js';
import { isPlainObject } from '../schema/index.js';
import type { Program } from '../sql/index.js';

/** What a rule found: what is wrong, and with which part of the field. */
export interface Flaw {
  /** The field, or the part of its JSON, that is wrong; empty for all of it. */
  readonly path: string;
  /** What is wrong, to be read after the field's name: `must have a length of at least 2`. */
  readonly message: string;
}

/** Where the value of a field stands that is checked. */
export interface Place {
  readonly table: BoundTable;
  readonly instance: object;
  /** The field's name. */
  readonly field: string;
}

/** What finds out whether a value meets a rule: at once, or by a program that lists what is wrong. */
type Check = (value: unknown, place: Place) => boolean | Program<readonly Flaw[]>;

/** The options that every rule takes. */
export interface RuleOptions {
  /** What is wrong where it is not met, to be read after the field's name, in place of the usual words. */
  readonly message?: string;
}

declare const takes: unique symbol;

/** A condition on the value of a field. But for `required`, null and undefined meet every rule. */
export class Rule<in Value> {
  /** What failures call it: `minLength`. */
  readonly name: string;
  /** What is wrong where it is not met: `must have a length of at least 2`. */
  readonly message: string;
  /** Whether it is asked about null and undefined, too. @internal */
  readonly seesNothing: boolean;
  /** Only for the compiler: on which fields it can stand. */
  declare readonly [takes]: (value: Value) => void;
  readonly #check: Check;

  /** @internal */
  constructor(name: string, message: string, check: Check, seesNothing = false) {
    this.name = name;
    this.message = message;
    this.seesNothing = seesNothing;
    this.#check = check;
  }

  /** What is wrong with a value. @internal */
  *flaws(value: unknown, place: Place): Program<readonly Flaw[]> {
    const found = this.#check(value, place);
    if (typeof found !== 'boolean') return yield* found;
    return found ? [] : [this.flaw];
  }

  /** That all of the value is wrong. @internal */
  get flaw(): Flaw {
    return { path: '', message: this.message };
  }
}

/** A rule of the library's: its test is asked at once, and needs nothing but the value. */
export const plainRule = <Value>(
  name: string,
  message: string,
  test: (value: Value) => boolean,
  options?: RuleOptions,
): Rule<Value> => new Rule(name, optionsOf(name, options).message ?? message, (value) => test(value as Value));

/** The options of a rule, of callers who may have no types. */
export function optionsOf<Options extends RuleOptions>(name: string, options: Options | undefined): Options {
  const given = options ?? ({} as Options);
  check(name, isPlainObject(given), 'an object as its options');
  check(name, given.message === undefined || typeof given.message === 'string', 'a text as its message');
  return given;
}

/** Refuses a rule that is declared with what it does not take. */
export function check(name: string, isTaken: boolean, expected: string): void {
  if (!isTaken) throw new DefinitionError(`rules.${name} takes ${expected}.`);
}

/**
 * A rule of your own.
 *
 *     const even = rule('even', (value: number) => value % 2 === 0, 'must be even');
 *
 * The test is given the value, which is neither null nor undefined, and the instance. In the asynchronous face it may return a
 * promise; what it asks the database is asked in the transaction of the save, if there is one.
 */
export function rule<Value>(
  name: string,
  test: (value: Value, instance: object) => boolean | PromiseLike<boolean>,
  message: string,
): Rule<Value> {
  if (typeof name !== 'string' || typeof test !== 'function' || typeof message !== 'string') {
    throw new DefinitionError(
      'A rule has a name, a test and a message.',
      "Write rule('even', (value) => value % 2 === 0, 'must be even').",
    );
  }
  return new Rule(name, message, function* (value, { instance }) {
    return (yield* asked(name, () => test(value as Value, instance))) ? [] : [{ path: '', message }];
  });
}

/** What a function of the user's answers, waited for where that is possible. */
export function* asked<Answer>(name: string, work: (scope: unknown) => Answer | PromiseLike<Answer>): Program<Answer> {
  return (yield {
    method: 'call',
    work: (scope) => {
      const answer = work(scope);
      if (scope !== undefined || !isPromiseLike(answer)) return answer;
      if (answer instanceof Promise) answer.catch(() => undefined); // its failure has nobody else to go to
      throw new AsyncCallbackError(
        `The rule "${name}" returned a promise, for which nothing synchronous can wait.`,
        'Make it synchronous, or save in the asynchronous face: instance.async.save().',
      );
    },
  }) as Answer;
}
