import type { NotedField } from './column-schema.js';
import type { ScopeSchema } from './scope.js';
import type { IndexOptions } from './table-options.js';
import type { RelationDeclaration } from './table-schema.js';

/** A feature that takes part in the life of instances; what it then does is the query layer's affair. */
export interface HookFeature {
  readonly name: string;
}

/** What decorators of such features wrote down, by feature. */
export type NotedHooks = ReadonlyMap<HookFeature, readonly unknown[]>;

/** What decorators wrote down about one class, before its table is put together. */
export interface ClassNotes {
  readonly columns: Map<string, NotedField>;
  /** Fields whose column type is neither said nor emitted. */
  readonly untyped: string[];
  readonly indexes: IndexOptions[];
  readonly relations: Map<string, RelationDeclaration>;
  readonly hooks: Map<HookFeature, unknown[]>;
  readonly scopes: ScopeSchema[];
  /** The getters that `toJSON` reads, too. */
  readonly getters: string[];
  /** Whether the class's table was put together from them, so that what is noted later comes too late. */
  isRead: boolean;
}

// Standard decorators hand their notes on by the class's metadata object, which the language gives no engine yet by itself.
(Symbol as { metadata?: symbol }).metadata ??= Symbol.for('Symbol.metadata');

/** By the metadata object of a class (standard decorators) or by its prototype (legacy ones). */
const notesByHolder = new WeakMap<object, ClassNotes>();

/** The notes of one class alone: a subclass never writes into those of its parent. */
export function openNotes(holder: object): ClassNotes {
  const existing = notesByHolder.get(holder);
  if (existing !== undefined) return existing;
  const notes: ClassNotes = {
    columns: new Map(),
    untyped: [],
    indexes: [],
    relations: new Map(),
    hooks: new Map(),
    scopes: [],
    getters: [],
    isRead: false,
  };
  notesByHolder.set(holder, notes);
  return notes;
}

/** Writes down for a class what a decorator of a feature says. */
export function noteHook(holder: object, feature: HookFeature, noted: unknown): void {
  const { hooks } = openNotes(holder);
  hooks.set(feature, [...(hooks.get(feature) ?? []), noted]);
}

/** What was written down by feature, the furthest ancestor first. */
export function collectHooks(notes: readonly CollectedNotes[]): NotedHooks {
  const collected = new Map<HookFeature, readonly unknown[]>();
  for (const [feature, noted] of notes.flatMap((each) => [...each.notes.hooks])) {
    collected.set(feature, [...(collected.get(feature) ?? []), ...noted]);
  }
  return collected;
}

/** What was written down, but for that of a method of which a subclass says the same anew: there is one method to call. */
export const latest = <Noted>(noted: readonly Noted[], keyOf: (one: Noted) => string | undefined): readonly Noted[] =>
  noted.filter((one, at) => {
    const key = keyOf(one);
    return key === undefined || !noted.slice(at + 1).some((other) => keyOf(other) === key);
  });

/** Notes of a class, and whether they are its own or those of a class that it extends. */
export interface CollectedNotes {
  readonly notes: ClassNotes;
  /** The prototype of the class. */
  readonly prototype: object;
  readonly isOwn: boolean;
}

/**
 * The notes of a class and of those it extends, the furthest ancestor first. `metadata` is that of the class itself, which has
 * none yet while its decorators run.
 */
export function collectNotes(model: { readonly prototype: object }, metadata: object | undefined): CollectedNotes[] {
  const collected: CollectedNotes[] = [];
  for (let prototype: object | null = model.prototype; prototype !== null; prototype = parentOf(prototype)) {
    const isOwn = prototype === model.prototype;
    const own = (isOwn ? metadata : undefined) ?? ownMetadata(prototype.constructor);
    for (const holder of [own, prototype]) {
      const notes = holder === undefined ? undefined : notesByHolder.get(holder);
      if (notes !== undefined) collected.unshift({ notes, prototype, isOwn });
    }
  }
  return collected;
}

const parentOf = (prototype: object): object | null => Object.getPrototypeOf(prototype) as object | null;

function ownMetadata(model: object): object | undefined {
  const key = Symbol.for('Symbol.metadata');
  const symbol = (Symbol as { metadata?: symbol }).metadata ?? key;
  return Object.hasOwn(model, symbol) ? ((model as Record<symbol, unknown>)[symbol] as object) : undefined;
}
