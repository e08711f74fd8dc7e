import type { Operand } from './condition.js';
import type { AnyFunction, AnyModel, OwnMember, Scalar } from './where.js';

declare const generated: unique symbol;

/**
 * A field that has a value without being given one: `create` does not ask for it. It reads and writes as the plain type.
 *
 *     @id() id!: Generated<number>;
 *     @integer({ default: 0 }) age!: Generated<number>;
 */
export type Generated<Value> = Value & { readonly [generated]?: 'generated' };

/** What no column holds: methods, and related models. */
type NoColumn = AnyFunction | AnyModel | readonly AnyModel[] | null | undefined;

/** The fields that can be columns: those of the class's own members that are neither methods nor related models. */
export type FieldOf<Instance> = {
  [Field in OwnMember<Instance>]: Instance[Field] extends NoColumn
    ? unknown[] extends Instance[Field] // any[] extends everything, and is JSON
      ? Field
      : never
    : Field;
}[OwnMember<Instance>] &
  string;

/** The plain type of a field: without the mark of `Generated`. */
export type Plain<Value> = Value extends Generated<infer Unmarked> ? Unmarked : Value;

/** Fields that have no value of their own, as far as their types tell. */
type FieldWithoutValue<Instance> = {
  [Field in FieldOf<Instance>]: Instance[Field] extends NonNullable<unknown>
    ? typeof generated extends keyof Instance[Field]
      ? never
      : Field
    : never;
}[FieldOf<Instance>];

type IsSame<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

type Writable<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] };

type WritableField<Fields> = {
  [Field in keyof Fields]: IsSame<Pick<Fields, Field>, Writable<Pick<Fields, Field>>> extends true ? Field : never;
}[keyof Fields];

/** Leaves out `readonly` fields, getters among them; all are looked at at once, since most models have none. */
type WithoutReadonly<Fields> = IsSame<Fields, Writable<Fields>> extends true ? keyof Fields : WritableField<Fields>;

/** Fields that `create` must be given: those without a default that may not be null. */
export type RequiredField<Instance> = WithoutReadonly<Pick<Instance, FieldWithoutValue<Instance>>>;

/** What `update` and `fill` take: some fields' values. */
export type Changes<Instance> = { readonly [Field in FieldOf<Instance>]?: Instance[Field] };

/** What `create` takes: fields' values, and those that have none of their own by all means. */
export type Input<Instance> = Changes<Instance> & { readonly [Field in RequiredField<Instance>]: Instance[Field] };

/** What `update` of a query takes: values, or SQL that computes them from the row. */
export type Assignments<Instance> = { readonly [Field in FieldOf<Instance>]?: Operand<Instance[Field]> };

/** The fields of embedded objects, as `orderBy` names them: `address.city`. */
export type PartOf<Instance> = {
  [Field in FieldOf<Instance>]: NonNullable<Instance[Field]> extends Scalar | readonly unknown[]
    ? never
    : `${Field}.${keyof NonNullable<Instance[Field]> & string}`;
}[FieldOf<Instance>];

/** The primary key as `findById` takes it: the value of `id`, or for other keys one value or an object of the key's fields. */
export type KeyOf<Instance> = Instance extends { id: infer Id }
  ? Plain<Id> | { readonly id: Id; readonly [field: string]: unknown } // spelling out the other fields costs as much as a filter
  : Scalar | Changes<Instance>;

/** What a relation's field holds. */
type RelatedValue = AnyModel | readonly AnyModel[] | null | undefined;

/** The fields that are relations. */
export type RelationOf<Instance> = {
  [Field in OwnMember<Instance>]: Instance[Field] extends RelatedValue
    ? unknown[] extends Instance[Field] // any[] extends everything, and is JSON
      ? never
      : Field
    : never;
}[OwnMember<Instance>] &
  string;

/** The model that the field of a relation leads to. */
export type RelatedTo<Value> = NonNullable<Value> extends readonly (infer Element)[] ? Element : NonNullable<Value>;

/** The primary key as the verbs of relations take and give it: the value of `id`, or for other keys one value or an object. */
export type KeyValue<Instance> = Instance extends { id: infer Id } ? Plain<Id> : Scalar | Changes<Instance>;
