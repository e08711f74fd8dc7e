import { UndefinedConditionError } from '../errors/index.js';
import type { Fragment, SqlChunk, toSyntax } from '../sql/index.js';
import { Condition, type Operand, type TextCondition } from './condition.js';

/** What SQLite compares as one value. */
export type Scalar = string | number | bigint | boolean | Date | Uint8Array;

/** A function of any kind: the type of a method, which is no column. */
export type AnyFunction = (...parameters: never[]) => unknown;

/** Only for the compiler: the mark by which it tells an instance of a model from any other object. */
export interface AnyModel {
  readonly [isModel]: true;
}
declare const isModel: unique symbol;

/** Conditions on the instance that a relation leads to, or that instance; another model's has fields of the same names, too. */
type RelatedWhere<Value> = (Where<NonNullable<Value>> & { readonly [isModel]?: never }) | Value;

/** What the rows of a relation to many have to be like: from `some`, `every` and `none`. */
export interface Quantified<Instance> {
  /** Only for the compiler. */
  readonly [ofRows]: (row: Instance) => void;
}
declare const ofRows: unique symbol;

/**
 * What a column can be compared with: a value, a condition, another column; inside JSON, its parts. A relation takes conditions
 * on what it leads to.
 */
export type Match<Value> = [Value] extends [string | null | undefined]
  ? Operand<Value> | Condition<Value> | TextCondition
  : [Value] extends [Scalar | null | undefined]
    ? Operand<Value> | Condition<Value>
    : [Value] extends [AnyFunction]
      ? never
      : [Value] extends [AnyModel | null | undefined]
        ? RelatedWhere<Value>
        : [Value] extends [readonly (infer Element extends AnyModel)[]]
          ? Quantified<Element>
          : SqlChunk<Value> | Condition<Value> | MatchParts<Value>;

/** Conditions on the keys of a JSON object, to any depth; an object with methods is a value that a codec knows. */
type MatchParts<Value> = Value extends readonly unknown[]
  ? Value
  : { readonly [Key in keyof Value]?: Value[Key] extends AnyFunction ? Value[Key] : Match<Value[Key]> };

/**
 * Conditions on the fields of a model; all of them must hold.
 *
 *     User.filter({ age: gte(18), name: 'Ann' });       // … WHERE "age" >= ? AND "name" = ?
 */
export type Where<Instance> = {
  readonly [Field in OwnMember<Instance>]?: Match<Instance[Field]>;
} & Combination<Instance>;

/** The members that every instance has besides its columns. */
export type InstanceMember =
  | 'save'
  | 'delete'
  | 'restore'
  | 'forceDelete'
  | 'isSoftDeleted'
  | 'reload'
  | 'load'
  | 'related'
  | 'validate'
  | 'fill'
  | 'toJSON'
  | 'async';

/** The members of a class that are its own, and not `Model`'s. `Exclude` would cost the compiler more: it looks at both lists anew. */
export type OwnMember<Instance, Member = keyof Instance> = Member extends keyof AnyModel | InstanceMember
  ? never
  : Member;

/** What `and`, `or` and `not` make of conditions. */
export interface Combination<Instance> {
  /** @internal */
  readonly [combined]?: ((row: Instance) => void) | undefined;
  /** Lets a fragment stand for conditions without a union, after which the compiler would suggest no spelling. */
  readonly [toSyntax]?: () => Fragment;
}

/** Where a combination keeps its parts: under a symbol, which no parsed JSON can have. */
export const combined: unique symbol = Symbol('litemodel.combined');

/** The parts of a combination, as they are at run time. */
export interface CombinedParts {
  readonly operator: 'and' | 'or' | 'not';
  readonly parts: readonly (object | undefined)[];
}

function combine(operator: CombinedParts['operator'], parts: readonly unknown[]): never {
  if (parts.length === 0) throw new UndefinedConditionError(`${operator}() without conditions says nothing.`);
  const checked: CombinedParts = { operator, parts: parts as readonly object[] };
  return { [combined]: checked } as never; // typed by the functions below, for which rows it is about
}

/** All of the conditions hold: `(… AND …)`. */
export const and = <Instance>(...parts: NoInfer<Where<Instance>>[]): Combination<Instance> => combine('and', parts);

/**
 * At least one of the conditions holds: `(… OR …)`.
 *
 *     User.filter(or({ age: gte(65) }, { active: false }));       // … WHERE ("age" >= ? OR "active" = ?)
 */
export const or = <Instance>(...parts: NoInfer<Where<Instance>>[]): Combination<Instance> => combine('or', parts);

/**
 * The condition does not hold: `NOT (…)`, of a value or of a whole row. As in SQL, what is NULL satisfies neither a condition
 * nor its opposite.
 *
 *     User.filter({ name: not(like('A%')) });
 *     User.filter(not({ age: gte(18), active: true }));
 */
// this one first: tried after another, TypeScript no longer tells the conditions inside what rows they are about
export function not<Instance>(conditions: NoInfer<Where<Instance>>): Combination<Instance>;
export function not(condition: TextCondition): TextCondition;
export function not<Value>(condition: Condition<Value>): Condition<Value>;
export function not(condition: unknown): unknown {
  if (condition instanceof Condition) return new Condition({ kind: 'not', condition });
  return combine('not', [condition]);
}
