import type { Sql } from '../sql/index.js';
import type { AnyFunction, AnyModel, InstanceMember } from './where.js';

declare const generated: unique symbol;

/**
 * A field that has a value without being given one: `create` does not ask for it. It reads and writes as the plain type.
 *
 *     @id() id!: Generated<number>;
 *     @integer({ default: 0 }) age!: Generated<number>;
 */
export type Generated<Value> = Value & { readonly [generated]?: 'generated' };

/** The members of a class that are its own, and not `Model`'s. */
export type OwnMember<Instance> = Exclude<keyof Instance, keyof AnyModel | InstanceMember>;

/** The fields that can be columns: those of the class's own members that are neither methods nor related models. */
export type FieldOf<Instance> = {
  [Field in OwnMember<Instance>]: Instance[Field] extends AnyFunction | AnyModel | readonly AnyModel[] | null
    ? never
    : Field;
}[OwnMember<Instance>] &
  string;

/** The plain type of a field: without the mark of `Generated`. */
export type Plain<Value> = Value extends { readonly [generated]?: 'generated' }
  ? Value extends string
    ? string
    : Value extends number
      ? number
      : Value extends bigint
        ? bigint
        : Value
  : Value;

/** The members that can be assigned. */
type WritableField<Instance, Field extends keyof Instance> = {
  [Name in Field]-?: (<G>() => G extends { [P in Name]: Instance[Name] } ? 1 : 2) extends <G>() => G extends {
    -readonly [P in Name]: Instance[Name];
  }
    ? 1
    : 2
    ? Name
    : never;
}[Field];

type OptionalField<Instance, Field extends keyof Instance> = {
  [Name in Field]-?: undefined extends Instance[Name]
    ? Name
    : null extends Instance[Name]
      ? Name
      : typeof generated extends keyof Instance[Name]
        ? Name
        : never;
}[Field];

/** Fields that `create` must be given: those without a default that may not be null. */
export type RequiredField<Instance> = Exclude<
  WritableField<Instance, FieldOf<Instance>>,
  OptionalField<Instance, FieldOf<Instance>>
>;

/** What `create` and `build` take: each field's value, and those that have none of their own by all means. */
export type Input<Instance> = { readonly [Field in FieldOf<Instance>]?: Instance[Field] } & {
  readonly [Field in RequiredField<Instance>]: Instance[Field];
};

/** What `update` and `fill` take: some fields' values. */
export type Changes<Instance> = { readonly [Field in FieldOf<Instance>]?: Instance[Field] };

/** What `update` of a query takes: values, or SQL that computes them from the row. */
export type Assignments<Instance> = { readonly [Field in FieldOf<Instance>]?: Instance[Field] | Sql };

/** The primary key as `findById` takes it: the value of `id`, or for other keys one value or an object of the key's fields. */
export type KeyOf<Instance> = Instance extends { id: infer Id }
  ? Plain<Id>
  : string | number | bigint | Changes<Instance>;
