import { DefinitionError } from '../errors/index.js';
import type { ColumnDeclaration, EmbeddedDeclaration, NotedField } from './column-schema.js';
import { unknownType } from './column.js';
import { collectHooks, collectNotes, type CollectedNotes, type NotedHooks } from './notes.js';
import type { ScopeSchema } from './scope.js';
import type { IndexOptions } from './table-options.js';
import type { ModelClass, RelationDeclaration } from './table-schema.js';

/** An index as a decorator has it. */
export interface DeclaredIndex extends IndexOptions {
  /** Whether a class was decorated that this one extends: others may extend it, and an index's name exists once in a file. */
  readonly isInherited?: boolean;
}

/** All that decorators say of a class, those of the classes that it extends included. */
export interface DeclaredClass {
  /** By field, in the order of the table. */
  readonly columns: ReadonlyMap<string, ColumnDeclaration>;
  readonly indexes: readonly DeclaredIndex[];
  readonly relations: ReadonlyMap<string, RelationDeclaration>;
  /** The default scopes; of two with the same name, the one that stands nearer. */
  readonly scopes: readonly ScopeSchema[];
  /** The getters that belong to what the instance is as JSON. */
  readonly getters: readonly string[];
  /** The fields that hold embedded objects; their columns are among those above. */
  readonly embedded: ReadonlyMap<string, EmbeddedDeclaration>;
  /** What is said of features that take part in the life of instances. */
  readonly hooks: NotedHooks;
}

/** Gathers what was noted of a class. Throws `DefinitionError` for a column whose type is neither said nor emitted. */
export function declaredClass(model: ModelClass, metadata: object | undefined): DeclaredClass {
  const columns = new Map<string, ColumnDeclaration>();
  const indexes: DeclaredIndex[] = [];
  const relations = new Map<string, RelationDeclaration>();
  const scopes = new Map<string, ScopeSchema>();
  const embedded = new Map<string, EmbeddedDeclaration>();
  const getters = new Set<string>();
  const collected = collectNotes(model, metadata);
  for (const { notes, prototype, isOwn } of collected) {
    if (notes.untyped.length > 0) throw unknownType(`${model.name}.${notes.untyped[0]!}`);
    for (const [property, declaration] of inClassOrder(notes.columns)) {
      if (!('embedded' in declaration)) {
        if (!isOwn && !declaration.definition.deferred) checkIsSeen(model, collected, property, prototype);
        columns.set(property, declaration);
        continue;
      }
      embedded.set(property, declaration.embedded);
      for (const [path, part] of declaration.embedded.columns(property)) columns.set(path, part);
    }
    for (const index of notes.indexes) indexes.push(isOwn ? index : { ...index, isInherited: true });
    for (const [property, relation] of notes.relations) relations.set(property, relation);
    for (const scope of notes.scopes) scopes.set(scope.name, scope);
    for (const getter of notes.getters) getters.add(getter);
  }
  const ordered = collected.every(({ isOwn }) => isOwn) ? columns : keyFirst(columns);
  return {
    columns: ordered,
    indexes,
    relations,
    scopes: [...scopes.values()],
    getters: [...getters],
    embedded,
    hooks: collectHooks(collected),
  };
}

/** Refuses a getter or method in the place of a column of a class above, which would be seen here and there and not elsewhere. */
function checkIsSeen(
  model: ModelClass,
  collected: readonly CollectedNotes[],
  property: string,
  declaring: object,
): void {
  let prototype: object = model.prototype;
  while (prototype !== declaring && !Object.hasOwn(prototype, property)) {
    prototype = Object.getPrototypeOf(prototype) as object;
  }
  const isAnew = collected.some((each) => each.prototype === prototype && each.notes.columns.has(property));
  if (prototype === declaring || isAnew) return; // an accessor that is a column itself
  throw new DefinitionError(
    `${prototype.constructor.name}.${property} hides the column of that name, which ${declaring.constructor.name} declares.`,
    'Give it another name.',
  );
}

/** Columns as they stand in the class. Their decorators were called in that order, but for those that ran early. */
function inClassOrder(columns: ReadonlyMap<string, NotedField>): [string, NotedField][] {
  const early = [...columns].filter(([, { ranEarly }]) => ranEarly);
  const ordered = [...columns].filter(([, { ranEarly }]) => !ranEarly);
  for (const column of early) {
    const next = ordered.findIndex(([, { sequence }]) => sequence > column[1].sequence);
    ordered.splice(next === -1 ? ordered.length : next, 0, column);
  }
  return ordered;
}

/** The key of a class stands before what a mixin gives it, as everybody who looks at a table expects it. */
function keyFirst(columns: ReadonlyMap<string, ColumnDeclaration>): ReadonlyMap<string, ColumnDeclaration> {
  const isKey = ([, { definition }]: [string, ColumnDeclaration]): boolean => definition.primaryKey;
  const all = [...columns];
  return new Map([...all.filter(isKey), ...all.filter((column) => !isKey(column))]);
}
