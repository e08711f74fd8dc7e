import { decoratedField, decoratedMethod, isPlainObject, noteHook } from '../schema/index.js';
import { DefinitionError } from '../errors/index.js';
import type { Check, CheckFunction, CheckMethod, FieldRules, Outcome } from './failures.js';
import { Rule } from './rule.js';
import { schemaRule, type StandardSchema } from './standard-schema.js';
import { validation } from './validation.js';

/** A decorator of fields that hold what the rules are for, in both dialects. */
export interface FieldValidation<Value> {
  // `get` is a method, so that the compiler asks whether what the field holds is a `Value`, and not the other way round
  (target: unknown, context: { readonly access: { get(instance: unknown): Value | null | undefined } }): void;
  <Key extends string | symbol>(
    target: { readonly [Property in Key]?: Value | null | undefined },
    key: Key,
    descriptor?: unknown,
  ): void;
}

/** When a method checks an instance. */
export interface ValidationOptions {
  /**
   * `save` asks before it is written, `commit` when the transaction is about to be committed: everything that belongs together is
   * written by then, and what is wrong rolls back all of it. `save` unless said.
   */
  readonly at: 'save' | 'commit';
}

/** A decorator of methods that check fields together, in both dialects. */
export interface MethodValidation {
  <Instance>(
    method: (this: Instance, check: Check) => Outcome | PromiseLike<Outcome>,
    context: ClassMethodDecoratorContext<Instance>,
  ): void;
  <Method extends CheckFunction>(target: object, name: string | symbol, method: TypedPropertyDescriptor<Method>): void;
}

/**
 * The rules that a field must meet before it is saved. They stand beside its column, and are typed by what it holds.
 *
 *     @validate(rules.email(), rules.maxLength(80)) @text() email!: string;
 *     @validate(z.string().startsWith('#')) @text({ nullable: true }) color!: string | null;
 *
 * A save that does not meet them throws `ValidationError` with all that is wrong, before any SQL.
 */
export function validate<Value>(
  first: Rule<Value> | StandardSchema<Value>,
  ...more: readonly (Rule<Value> | StandardSchema<Value>)[]
): FieldValidation<Value>;
/**
 * Makes a method check fields together: it returns what is wrong, or nothing. In the asynchronous face it may be asynchronous.
 *
 *     @validate() endsLater() {
 *       if (this.end <= this.start) return { path: 'end', message: 'must be later than start' };
 *     }
 *
 * With `{ at: 'commit' }` it is asked about what a transaction has saved when that is about to be committed, and looks at the rows
 * of other models as they are then; what is wrong rolls all of it back.
 */
export function validate(options?: ValidationOptions): MethodValidation;
export function validate(...all: readonly (Given | ValidationOptions | undefined)[]): never {
  const options = all.find(isOptions);
  const given = all.filter((each): each is Given => each !== undefined && !isOptions(each));
  checkOptions(options, given.length);
  const rules = given.map((each) => (each instanceof Rule ? each : schemaRule(each)));
  const decorate = (target: unknown, at: object | string | symbol, descriptor?: PropertyDescriptor): void => {
    if (rules.length === 0) {
      const { name, holder, key, call } = decoratedMethod('validate', target, at, descriptor);
      const check = { method: name, key, call: call as CheckMethod['call'], atCommit: options?.at === 'commit' };
      noteHook(holder, validation, check satisfies CheckMethod);
    } else {
      const { name, holder } = decoratedField(target, at, descriptor);
      noteHook(holder, validation, { field: name, rules } satisfies FieldRules);
    }
  };
  return decorate as never; // typed by the signatures above, of which each is both dialects'
}

type Given = Rule<never> | StandardSchema<unknown>;

const isOptions = (given: Given | ValidationOptions | undefined): given is ValidationOptions =>
  isPlainObject(given) && 'at' in given && !('~standard' in given);

function checkOptions(options: ValidationOptions | undefined, rules: number): void {
  if (options === undefined || (rules === 0 && (options.at === 'save' || options.at === 'commit'))) return;
  throw new DefinitionError(
    rules > 0 ? '@validate says when rules of a field are asked.' : '@validate knows no such time.',
    "Methods can be asked at 'save' or at 'commit': @validate({ at: 'commit' }) isBalanced() { … }.",
  );
}
