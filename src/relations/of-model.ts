import type { Combination, Where } from '../query/index.js';
import type { ModelClass } from '../schema/index.js';

/** That a relation to one of several models leads to one of them, and what that has to be like. */
export class OfModel {
  /** @internal */
  readonly model: ModelClass;
  /** @internal */
  readonly where: unknown;

  /** @internal */
  constructor(model: ModelClass, where: unknown) {
    this.model = model;
    this.where = where;
  }
}

/**
 * What a relation to one of several models leads to, is one of this model, and meets the conditions.
 *
 *     Comment.filter({ subject: ofModel(Post, { title: like('A%') }) })
 *     // … WHERE "subject_type" = ? AND EXISTS (SELECT 1 FROM "posts" WHERE "posts"."id" = "comments"."subject_id" AND …)
 */
export const ofModel = <Any, One extends Any>(
  model: { readonly prototype: One },
  where: NoInfer<Where<One>> = {},
): Combination<Any> => new OfModel(model as unknown as ModelClass, where) as never;
