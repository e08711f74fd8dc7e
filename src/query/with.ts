import type { RelatedTo, RelationOf } from './fields.js';
import type { OrderBy } from './order.js';
import type { Where } from './where.js';

/** A path of relations, such as `posts.comments`, or the relations there are where it is none. */
export type RelationPath<Instance, Path> = Path extends `${infer Name}.${infer Rest}`
  ? Name extends RelationOf<Instance>
    ? Rest extends RelationPath<RelatedTo<Instance[Name]>, Rest>
      ? Path
      : `${Name}.${RelationPath<RelatedTo<Instance[Name]>, Rest> & string}`
    : RelationOf<Instance>
  : RelationOf<Instance>;

/** What `with` takes by relation: `true`, or which of the related rows, and what along with them. */
export type With<Instance> = {
  readonly [Field in RelationOf<Instance>]?: true | WithOptions<RelatedTo<Instance[Field]>>;
};

/** Which related rows are read along. */
export interface WithOptions<Instance> {
  /** Only those that meet these conditions; the field then holds only them. */
  readonly filter?: Where<Instance>;
  /** One term, or an array of them: `'title'`, `['id', 'desc']`, `[['likes', 'desc'], 'id']`. */
  readonly orderBy?: OrderBy<Instance> | readonly OrderBy<Instance>[];
  /** At most so many for each owner. */
  readonly limit?: number;
  /** Whether deleted rows are among them, of a model whose deleted rows stay in the table. */
  readonly withDeleted?: boolean;
  /** What is read along with them. */
  readonly with?: With<Instance> | RelationOf<Instance>;
}
