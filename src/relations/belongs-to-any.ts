import { AnyRelation } from './any-relation.js';
import { declarationOf } from './declaration.js';
import { decorator, type NullableRelation, type RelationToOne } from './decorator.js';

/** Models by name, as the function of `belongsToAny` returns them: called late, so that files may import each other. */
export type ModelsByName = Readonly<Record<string, { readonly prototype: object }>>;

/** The options of `belongsToAny`. */
export interface BelongsToAnyOptions {
  /** Whether there may be none; both columns are then nullable, and the field's type is `… | null`. */
  readonly nullable?: boolean;
}

/**
 * The instance of one of several models that this one refers to: a column says of which, and another one holds its primary key.
 *
 *     @choice(['post', 'photo']) subjectType!: 'post' | 'photo';
 *     @integer() subjectId!: number;
 *     @belongsToAny(() => ({ post: Post, photo: Photo }), 'subjectType', 'subjectId') subject!: Post | Photo;
 *
 * The others have `@hasMany(() => Comment, 'subject') comments!: Comment[]`. SQLite knows no foreign key to one of several tables:
 * nothing keeps the row that is referred to from being deleted, and the field is then null.
 */
export function belongsToAny<Models extends ModelsByName, const Type extends string, const Key extends string>(
  models: () => Models,
  type: Type,
  key: Key,
  options: BelongsToAnyOptions & { readonly nullable: true },
): NullableRelation<Models[keyof Models]['prototype'], Type | Key>;
export function belongsToAny<Models extends ModelsByName, const Type extends string, const Key extends string>(
  models: () => Models,
  type: Type,
  key: Key,
  options?: BelongsToAnyOptions & { readonly nullable?: false },
): RelationToOne<Models[keyof Models]['prototype'], Type | Key>;
export function belongsToAny(
  models: () => ModelsByName,
  type: string,
  key: string,
  { nullable = false }: BelongsToAnyOptions = {},
): never {
  return decorator(
    declarationOf((owner, property) => new AnyRelation(owner, property, { models, type, key, nullable }), [type, key]),
  );
}
