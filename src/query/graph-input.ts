import type { Changes, RelationOf, RequiredField } from './fields.js';

/**
 * What `createGraph` takes: fields' values, and in relations the fields of other rows, or instances. The foreign key of a relation
 * may be left out where it is called after the relation: `authorId` beside `author`, `subjectType` and `subjectId` beside `subject`.
 */
export type GraphInput<Instance, Filled extends string = `${RelationOf<Instance>}Id`> = Changes<Instance> & {
  readonly [Field in Exclude<RequiredField<Instance>, Filled | `${RelationOf<Instance>}Type`>]: Instance[Field];
} & { readonly [Field in RelationOf<Instance>]?: GraphValue<Instance[Field]> };

/** What a relation takes: for each row its fields or an instance. Its foreign keys may be left out. */
export type GraphValue<Value> = [Value] extends [readonly (infer Element)[]]
  ? readonly (Element | GraphInput<Element, `${string}Id`>)[]
  : Value | (GraphInput<NonNullable<Value>, `${string}Id`> & { readonly [Symbol.iterator]?: never }); // and no array
