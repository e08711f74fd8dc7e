import type { RelationOf } from '../query/index.js';
import { declarationOf } from './declaration.js';
import { fieldsOf, type MemberOf } from './declare.js';
import { decorator, type RelationToMany } from './decorator.js';
import { LinkRelation } from './link-relation.js';
import type { ModelThunk } from './relation.js';
import { rulesOf, type RelationBounds, type SharedFields } from './relation-rules.js';

/** How the implied join table of `manyToMany` is called. */
export interface ManyToManyOptions extends RelationBounds {
  /** Its name; those of both tables in alphabetical order, such as `posts_tags`, unless said. */
  readonly table?: string;
  /** Its columns that refer to this model, such as `posts_id`, in the order of the primary key. */
  readonly from?: string | readonly string[];
  /** Its columns that refer to the other model. */
  readonly to?: string | readonly string[];
}

/** The join model of `manyToMany`. */
export interface ThroughOptions<Link> extends RelationBounds {
  /** The model whose rows link the others: it has a `belongsTo` of each. */
  readonly through: ModelThunk<Link>;
  /** The field of its `belongsTo` of this model, where it has several. */
  readonly from?: RelationOf<NoInfer<Link>>;
  /** The field of its `belongsTo` of the other model, where it has several. */
  readonly to?: RelationOf<NoInfer<Link>>;
}

type AnyOptions = ManyToManyOptions & { readonly through?: ModelThunk<unknown> } & Partial<SharedFields<string>>;

/**
 * The instances that rows of a third table link with this one.
 *
 *     @manyToMany(() => Tag) tags!: Tag[];                             // by a table "posts_tags", which is made along
 *     @manyToMany(() => Tag, { through: () => PostTag }) tags!: Tag[]; // by the table of a model of yours
 *
 *     @manyToMany(() => Tag, { max: 5, same: ['tenantId'] }) tags!: Tag[];
 *
 * Both models may declare it, and mean the same implied table. `related('tags')` attaches and detaches.
 */
export function manyToMany<Target, Link>(
  model: ModelThunk<Target>,
  options: ThroughOptions<Link>,
): RelationToMany<Target>;
export function manyToMany<Target>(model: ModelThunk<Target>, options?: ManyToManyOptions): RelationToMany<Target>;
export function manyToMany<Target, Link, const Same extends MemberOf<Target>>(
  model: ModelThunk<Target>,
  options: ThroughOptions<Link> & SharedFields<Same>,
): RelationToMany<Target, Same>;
export function manyToMany<Target, const Same extends MemberOf<Target>>(
  model: ModelThunk<Target>,
  options: ManyToManyOptions & SharedFields<Same>,
): RelationToMany<Target, Same>;
export function manyToMany(model: ModelThunk<unknown>, { table, through, from, to, ...rules }: AnyOptions = {}): never {
  const columns = (given: string | readonly string[] | undefined) =>
    given === undefined ? undefined : fieldsOf(given);
  const options = { model, through, table, from: columns(from), to: columns(to), rules: rulesOf(rules) };
  return decorator(declarationOf((owner, property) => new LinkRelation(owner, property, options)));
}
