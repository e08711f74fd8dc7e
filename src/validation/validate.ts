import { decoratedField, decoratedMethod, noteHook } from '../schema/index.js';
import type { CheckFunction, CheckMethod, FieldRules, Outcome } from './failures.js';
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

/** A decorator of methods that check fields together, in both dialects. */
export interface MethodValidation {
  <Instance>(
    method: (this: Instance) => Outcome | PromiseLike<Outcome>,
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
 */
export function validate(): MethodValidation;
export function validate(...given: readonly (Rule<never> | StandardSchema<unknown>)[]): never {
  const rules = given.map((each) => (each instanceof Rule ? each : schemaRule(each)));
  const decorate = (target: unknown, at: object | string | symbol, descriptor?: PropertyDescriptor): void => {
    if (rules.length === 0) {
      const { name, holder, key, call } = decoratedMethod('validate', target, at, descriptor);
      noteHook(holder, validation, { method: name, key, call: call as CheckMethod['call'] } satisfies CheckMethod);
    } else {
      const { name, holder } = decoratedField(target, at, descriptor);
      noteHook(holder, validation, { field: name, rules } satisfies FieldRules);
    }
  };
  return decorate as never; // typed by the signatures above, of which each is both dialects'
}
