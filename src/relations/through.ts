import { declarationOf } from './declaration.js';
import { decorator, type NullableRelation, type RelationToMany } from './decorator.js';
import { PathRelation } from './path-relation.js';
import type { ModelThunk } from './relation.js';

/** The first relation of a path, which is a field of the model itself. */
export type FirstOf<Path extends string> = Path extends `${infer First}.${string}` ? First : never;

/**
 * The instances that a path of relations leads to, each once.
 *
 *     @hasMany(() => Post, 'authorId') posts!: Post[];
 *     @hasManyThrough(() => Comment, 'posts.comments') comments!: Comment[];
 *
 * The path is of relations of any kind. Of the tables between only the keys are read.
 */
export const hasManyThrough = <Target, const Path extends string>(
  model: ModelThunk<Target>,
  path: Path & `${string}.${string}`,
): RelationToMany<Target, FirstOf<Path>> => along(model, path, true);

/**
 * The one instance that a path of relations leads to, or null.
 *
 *     @belongsTo(() => Post, 'postId') post!: Post;
 *     @hasOneThrough(() => User, 'post.author') author!: User | null;
 *
 * Of several it is the one with the smallest primary key.
 */
export const hasOneThrough = <Target, const Path extends string>(
  model: ModelThunk<Target>,
  path: Path & `${string}.${string}`,
): NullableRelation<Target, FirstOf<Path>> => along(model, path, false);

const along = (model: ModelThunk<unknown>, path: string, isMany: boolean): never =>
  decorator(
    declarationOf((owner, property) => new PathRelation(owner, property, { model, path: path.split('.'), isMany })),
  );
