import type { ColumnHolds, ForeignKeyAction } from '../schema/index.js';
import { decoratedField, openNotes, type RelationDeclaration } from '../schema/index.js';
import { DefinitionError } from '../errors/index.js';
import { keyRelation } from './declaration.js';
import { checkedAction, type KeyRelationOptions, type ModelThunk } from './key-relation.js';

declare const related: unique symbol;
declare const ownedBy: unique symbol;

/** What stands on a class that has the field of a foreign key. */
interface OwnerContext<Key extends string> {
  // a method, so that TypeScript asks of the class no more than the fields that are named
  readonly access: { has(owner: Record<Key, unknown>): boolean };
}

/** A relation to one instance, as a decorator and as a value for `relate`. `Key` are the owner's fields that it goes by. */
export interface RelationToOne<Value, Key extends string = never> {
  (target: unknown, context: OwnerContext<Key>): ColumnHolds<Value>;
  <Property extends string | symbol>(
    target: { [Name in Property]: Value } & Record<Key, unknown>,
    property: Property,
    descriptor?: unknown,
  ): void;
  readonly [related]?: Value;
  readonly [ownedBy]?: (owner: Record<Key, unknown>) => void;
}

/** A relation to one instance or none. */
export interface NullableRelation<Value, Key extends string = never> {
  (target: unknown, context: OwnerContext<Key>): ColumnHolds<Value | null>;
  <Property extends string | symbol, Target extends { [Name in Property]: Value | null } & Record<Key, unknown>>(
    target: Target,
    property: null extends Target[Property] ? Property : 'the type of a nullable relation must allow null',
    descriptor?: unknown,
  ): void;
  readonly [related]?: Value | null;
  readonly [ownedBy]?: (owner: Record<Key, unknown>) => void;
}

/** A relation to any number of instances, as a decorator and as a value for `relate`. */
export interface RelationToMany<Value> {
  (target: unknown, context: object): ColumnHolds<Value[]>;
  <Property extends string | symbol>(
    target: { [Name in Property]: Value[] },
    property: Property,
    descriptor?: unknown,
  ): void;
  readonly [related]?: Value[];
}

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

const fieldsOf = (key: string | readonly string[]): readonly string[] => (typeof key === 'string' ? [key] : key);

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
export function belongsTo(
  model: ModelThunk<unknown>,
  key: KeyFields<string>,
  { nullable = false, constraint = true, ...rules }: BelongsToOptions = {},
): never {
  const { onDelete = 'no action', onUpdate = 'no action', deferrable = false } = rules;
  checkedAction('onDelete', onDelete);
  checkedAction('onUpdate', onUpdate);
  return decorator({
    kind: 'belongsTo',
    model,
    key: fieldsOf(key),
    nullable,
    constraint: constraint ? { onDelete, onUpdate, deferrable } : undefined,
  });
}

/**
 * The instances that refer to this one.
 *
 *     @hasMany(() => Post, 'authorId') posts!: Post[];
 *
 * The second parameter is the field of the other model that holds this one's primary key; its `belongsTo` makes the foreign key.
 */
export const hasMany = <Target>(
  model: ModelThunk<Target>,
  key: KeyFields<MemberOf<NoInfer<Target>>>,
): RelationToMany<Target> =>
  decorator({ kind: 'hasMany', model, key: fieldsOf(key), nullable: false, constraint: undefined });

/**
 * The one instance that refers to this one, or null.
 *
 *     @hasOne(() => Profile, 'userId') profile!: Profile | null;
 *
 * Of several, which a UNIQUE on the key prevents, it is the one with the smallest primary key.
 */
export const hasOne = <Target>(
  model: ModelThunk<Target>,
  key: KeyFields<MemberOf<NoInfer<Target>>>,
): NullableRelation<Target> =>
  decorator({ kind: 'hasOne', model, key: fieldsOf(key), nullable: true, constraint: undefined });

const declarations = new WeakMap<object, RelationDeclaration>();

/** One function for both dialects and for `relate`. */
function decorator(options: KeyRelationOptions): never {
  const declaration = keyRelation(options);
  const decorate = (target: unknown, at: object | string | symbol, descriptor?: PropertyDescriptor): void => {
    const { name, holder } = decoratedField(target, at, descriptor);
    openNotes(holder).relations.set(name, declaration);
  };
  declarations.set(decorate, declaration);
  return decorate as never; // callers give it its type, as with columns
}

/** What `relate` takes for a field. */
interface RelationFor<Instance, Value> {
  readonly [related]?: Value;
  readonly [ownedBy]?: (owner: Instance) => void;
}

/**
 * Adds relations to a class that extends what `defineModel` made, without decorators.
 *
 *     class User extends defineModel('users', { id: id(), name: text() }) {
 *       declare posts: Post[];
 *       static { relate(User, { posts: hasMany(() => Post, 'authorId') }); }
 *     }
 *
 * Throws `DefinitionError` once the class was used.
 */
export function relate<Instance>(
  model: { readonly prototype: Instance },
  relations: { readonly [Field in keyof Instance]?: RelationFor<Instance, Instance[Field]> },
): void {
  const { name, prototype } = model as unknown as { readonly name: string; readonly prototype: object };
  const notes = openNotes(prototype);
  if (notes.isRead) {
    throw new DefinitionError(
      `relate(${name}, …) comes too late: the table of ${name} is defined already.`,
      `Call it in the class: class ${name} extends defineModel(…) { static { relate(${name}, { … }); } }.`,
    );
  }
  for (const [field, relation] of Object.entries(relations)) {
    const declaration = declarations.get(relation as object);
    if (declaration === undefined) {
      throw new DefinitionError(`${name}.${field} is given no relation.`, 'Use belongsTo(…), hasOne(…) or hasMany(…).');
    }
    notes.relations.set(field, declaration);
  }
}
