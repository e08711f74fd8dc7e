import type { ForeignKeyAction } from '../schema/index.js';
import { keyRelation } from './declaration.js';
import { rulesOf, type RelationBounds, type SharedFields } from './relation-rules.js';
import { decorator, type NullableRelation, type RelationToMany, type RelationToOne } from './decorator.js';
import { checkedAction } from './key-relation.js';
import type { ModelThunk } from './relation.js';

/** The options of `belongsTo`. */
export interface BelongsToOptions {
  /** Whether there may be none; the columns of the key are then nullable, and the field's type is `… | null`. */
  readonly nullable?: boolean;
  /** What happens to the row when the one that it refers to is deleted; `no action` unless said, which refuses it. */
  readonly onDelete?: ForeignKeyAction;
  /** What happens to the row when the key that it refers to changes. */
  readonly onUpdate?: ForeignKeyAction;
  /** Whether SQLite checks the key only when the transaction is committed. https://sqlite.org/foreignkeys.html#fk_deferred */
  readonly deferrable?: boolean;
  /** `false` makes no foreign key, so that the table may stand in another file. */
  readonly constraint?: boolean;
}

/** One field, or the fields of a composite key in the order of the primary key that it refers to. */
export type KeyFields<Field extends string> = Field | readonly Field[];

/** The names of a model's members, of which run time knows the columns. */
export type MemberOf<Instance> = keyof Instance & string;

/** One name or several, as several. */
export const fieldsOf = (key: string | readonly string[]): readonly string[] => (typeof key === 'string' ? [key] : key);

/**
 * The instance that this one refers to, by a foreign key in its own table.
 *
 *     @integer() authorId!: number;
 *     @belongsTo(() => User, 'authorId', { onDelete: 'cascade' }) author!: User;
 *     // FOREIGN KEY ("author_id") REFERENCES "users" ("id") ON DELETE CASCADE, and an index of "author_id"
 *
 * Where the column is nullable: `{ nullable: true }` and a field of type `User | null`. https://sqlite.org/foreignkeys.html
 */
export function belongsTo<Target, const Key extends string>(
  model: ModelThunk<Target>,
  key: KeyFields<Key>,
  options: BelongsToOptions & { readonly nullable: true },
): NullableRelation<Target, Key>;
export function belongsTo<Target, const Key extends string>(
  model: ModelThunk<Target>,
  key: KeyFields<Key>,
  options?: BelongsToOptions & { readonly nullable?: false },
): RelationToOne<Target, Key>;
export function belongsTo<Target, const Key extends string, const Same extends MemberOf<Target>>(
  model: ModelThunk<Target>,
  key: KeyFields<Key>,
  options: BelongsToOptions & SharedFields<Same> & { readonly nullable: true },
): NullableRelation<Target, Key | Same>;
export function belongsTo<Target, const Key extends string, const Same extends MemberOf<Target>>(
  model: ModelThunk<Target>,
  key: KeyFields<Key>,
  options: BelongsToOptions & SharedFields<Same> & { readonly nullable?: false },
): RelationToOne<Target, Key | Same>;
export function belongsTo(
  model: ModelThunk<unknown>,
  key: KeyFields<string>,
  { nullable = false, constraint = true, ...options }: BelongsToOptions & Partial<SharedFields<string>> = {},
): never {
  const { onDelete = 'no action', onUpdate = 'no action', deferrable = false, same = [] } = options;
  checkedAction('onDelete', onDelete);
  checkedAction('onUpdate', onUpdate);
  return decorator(
    keyRelation({
      kind: 'belongsTo',
      model,
      key: fieldsOf(key),
      nullable,
      constraint: constraint ? { onDelete, onUpdate, deferrable } : undefined,
      rules: rulesOf({ same }),
    }),
  );
}

/**
 * The instances that refer to this one.
 *
 *     @hasMany(() => Post, 'authorId') posts!: Post[];
 *     @hasMany(() => Line, 'orderId', { min: 1, max: 10, same: ['tenantId'] }) lines!: Line[];
 *
 * The second parameter is the field of the other model that holds this one's primary key; its `belongsTo` makes the foreign key. What
 * breaks the rules of the third is a `ValidationError`, and undone.
 */
export function hasMany<Target>(
  model: ModelThunk<Target>,
  key: KeyFields<MemberOf<NoInfer<Target>>>,
  options?: RelationBounds,
): RelationToMany<Target>;
export function hasMany<Target, const Same extends MemberOf<Target>>(
  model: ModelThunk<Target>,
  key: KeyFields<MemberOf<NoInfer<Target>>>,
  options: RelationBounds & SharedFields<Same>,
): RelationToMany<Target, Same>;
export function hasMany(
  model: ModelThunk<unknown>,
  key: KeyFields<string>,
  options: RelationBounds & Partial<SharedFields<string>> = {},
): never {
  return decorator(
    keyRelation({
      kind: 'hasMany',
      model,
      key: fieldsOf(key),
      nullable: false,
      constraint: undefined,
      rules: rulesOf(options),
    }),
  );
}

/**
 * The one instance that refers to this one, or null.
 *
 *     @hasOne(() => Profile, 'userId') profile!: Profile | null;
 *
 * Of several, which a UNIQUE on the key prevents, it is the one with the smallest primary key.
 */
export function hasOne<Target>(
  model: ModelThunk<Target>,
  key: KeyFields<MemberOf<NoInfer<Target>>>,
): NullableRelation<Target>;
export function hasOne<Target, const Same extends MemberOf<Target>>(
  model: ModelThunk<Target>,
  key: KeyFields<MemberOf<NoInfer<Target>>>,
  options: SharedFields<Same>,
): NullableRelation<Target, Same>;
export function hasOne(
  model: ModelThunk<unknown>,
  key: KeyFields<string>,
  { same = [] }: Partial<SharedFields<string>> = {},
): never {
  return decorator(
    keyRelation({
      kind: 'hasOne',
      model,
      key: fieldsOf(key),
      nullable: true,
      constraint: undefined,
      rules: rulesOf({ same }),
    }),
  );
}
