import type { ColumnHolds, RelationDeclaration } from '../schema/index.js';
import { decoratedField, noteHook, openNotes } from '../schema/index.js';
import { rowChanges } from './row-changes.js';

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
  /** Only for the compiler: what the field holds. */
  readonly [related]?: Value;
  /** Only for the compiler: what the class has to have. */
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
  /** Only for the compiler: what the field holds. */
  readonly [related]?: Value | null;
  /** Only for the compiler: what the class has to have. */
  readonly [ownedBy]?: (owner: Record<Key, unknown>) => void;
}

/** A relation to any number of instances, as a decorator and as a value for `relate`. */
export interface RelationToMany<Value, Key extends string = never> {
  (target: unknown, context: OwnerContext<Key>): ColumnHolds<Value[]>;
  <Property extends string | symbol>(
    target: { [Name in Property]: Value[] } & Record<Key, unknown>,
    property: Property,
    descriptor?: unknown,
  ): void;
  /** Only for the compiler: what the field holds. */
  readonly [related]?: Value[];
  /** Only for the compiler: what the class has to have. */
  readonly [ownedBy]?: (owner: Record<Key, unknown>) => void;
}

/** What `relate` takes for a field. */
export interface RelationFor<Instance, Value> {
  /** Only for the compiler: what the field holds. */
  readonly [related]?: Value;
  /** Only for the compiler: what the class has to have. */
  readonly [ownedBy]?: (owner: Instance) => void;
}

const declarations = new WeakMap<object, RelationDeclaration>();

/** The declaration that a decorator was made of. */
export const declarationBehind = (decorator: object): RelationDeclaration | undefined => declarations.get(decorator);

/** A decorator for both dialects and for `relate`. */
export function decorator(declaration: RelationDeclaration): never {
  const decorate = (target: unknown, at: object | string | symbol, descriptor?: PropertyDescriptor): void => {
    const { name, holder } = decoratedField(target, at, descriptor);
    openNotes(holder).relations.set(name, declaration);
    noteHook(holder, rowChanges, name);
  };
  declarations.set(decorate, declaration);
  return decorate as never; // callers give it its type, as with columns
}
