import { UndefinedConditionError } from '../errors/index.js';
import type { Quantified, Where } from '../query/index.js';

/** What the rows of a relation to many have to be like. */
export class Quantifier<Instance> {
  /** @internal */
  readonly quantifier: 'some' | 'every' | 'none';
  /** @internal */
  readonly where: unknown;
  /** Only for the compiler: which rows it is about. */
  declare protected readonly rows: (row: Instance) => void;

  /** @internal */
  constructor(quantifier: 'some' | 'every' | 'none', where: unknown) {
    this.quantifier = quantifier;
    this.where = where;
  }
}

const quantified = (quantifier: 'some' | 'every' | 'none', where: unknown): never =>
  new Quantifier(quantifier, where) as never; // typed by the functions below

/**
 * At least one related row meets the conditions; without any, there is at least one.
 *
 *     User.filter({ posts: some({ title: like('A%') }) })
 *     // … WHERE EXISTS (SELECT 1 FROM "posts" WHERE "users"."id" = "posts"."author_id" AND "posts"."title" LIKE ? ESCAPE '\')
 */
export function some<Instance>(...where: [where?: NoInfer<Where<Instance>>]): Quantified<Instance> {
  return quantified('some', said('some', where));
}

/**
 * There is no related row that does not meet the conditions, be it that they are false or NULL. Where there are no related rows at
 * all every one of them does, so that a bulk `update` or `delete` refuses it without a `some()` beside it.
 */
export const every = <Instance>(where: NoInfer<Where<Instance>>): Quantified<Instance> => quantified('every', where);

/** No related row meets the conditions; without any, there is none: `NOT EXISTS (…)`. */
export function none<Instance>(...where: [where?: NoInfer<Where<Instance>>]): Quantified<Instance> {
  return quantified('none', said('none', where));
}

/** What is undefined by accident would say something about any related row. */
function said(quantifier: string, given: readonly unknown[]): unknown {
  if (given.length === 0 || given[0] !== undefined) return given[0];
  throw new UndefinedConditionError(
    `The conditions of ${quantifier}() are undefined.`,
    `Write ${quantifier}() to ask whether there are any related rows.`,
  );
}
