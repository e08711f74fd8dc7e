import { toTable, type FamilySchema, type HookFeature, type TableSchema } from '../schema/index.js';
import type { Occasion } from './occasion.js';
import type { Home } from './origin.js';
import type { RelationLoadHooks } from './relation-load.js';
import type { Program, Row } from '../sql/index.js';

/** The points in the life of an instance at which features take part, in the order in which a save passes them. */
export type HookPoint =
  | 'beforeValidate'
  | 'validate'
  | 'afterValidate'
  | 'beforeSave'
  | 'beforeCreate'
  | 'beforeUpdate'
  | 'beforeDelete'
  | 'beforeRestore'
  | 'afterCreate'
  | 'afterUpdate'
  | 'afterDelete'
  | 'afterRestore'
  | 'afterSave'
  | 'beforeCommit'
  | 'afterCommit'
  | 'afterRollback';

/** What is done to an instance. */
export type Verb = 'create' | 'update' | 'delete' | 'restore';

/**
 * What brought a write about: a verb of the model, the instance or a relation; a graph or a unit of work that wrote it along with
 * others; or SQLite, by ON DELETE CASCADE.
 */
export type WriteSource = 'call' | 'flush' | 'cascade';

/** One write of an instance: the same object from the first point that it passes to the last. */
export interface InstanceWrite {
  /** The table: a `BoundTable`. */
  readonly table: Home;
  readonly instance: object;
  readonly verb: Verb;
  readonly source: WriteSource;
  /** The transaction that it is in, and who does it; known for good when it is written. */
  occasion: Occasion;
  /** Whether it is a delete that leaves the row in its table. */
  readonly isSoft: boolean;
  /** The row as it was stored; `undefined` for a new one. */
  readonly before: Row | undefined;
  /** The row as it was written; `undefined` until it is, and where it is gone. */
  after: Row | undefined;
}

/** What a feature does at one point. What it throws undoes the write, as long as that is not committed. */
export type Hook = (write: InstanceWrite) => Program<void>;

/** What a feature does for the instances of one table. */
export interface Hooks {
  readonly at: Readonly<Partial<Record<HookPoint, Hook>>>;
  /** What it does when instances were read, or read again: all of them by one statement. */
  readonly loaded?: LoadedHook | undefined;
}

/** What is done when instances were read. */
export type LoadedHook = (instances: readonly object[]) => Program<void>;

/** A feature that takes part in the life of instances, as the decorators that write it down make it. */
export interface InstanceFeature extends HookFeature {
  /** What it does for a table, given what its decorators wrote down; `undefined` where that is nothing. */
  hooksOf(table: Home, noted: readonly unknown[]): Hooks | undefined;
  /** What it does when relations of a model lead elsewhere; `undefined` where that is nothing. */
  relationHooksOf?(schema: TableSchema, database: object): RelationHooks | undefined;
  /** What it does when relations of instances of a table are loaded; `undefined` where that is nothing. */
  relationLoadHooksOf?(table: Home): RelationLoadHooks | undefined;
}

/** The points between which a feature may write, so that they and the statement are one transaction. */
const writingPoints: Readonly<Record<Verb, readonly HookPoint[]>> = {
  create: ['beforeValidate', 'afterValidate', 'beforeSave', 'beforeCreate', 'afterCreate', 'afterSave', 'beforeCommit'],
  update: ['beforeValidate', 'afterValidate', 'beforeSave', 'beforeUpdate', 'afterUpdate', 'afterSave', 'beforeCommit'],
  delete: ['beforeDelete', 'afterDelete', 'beforeCommit'],
  restore: ['beforeRestore', 'afterRestore', 'beforeCommit'],
};

/** What all features together do for the instances of one table. */
export class TableHooks {
  /** What is done when instances were read; `undefined` for nothing. */
  readonly loaded: LoadedHook | undefined;
  readonly #at = new Map<HookPoint, Hook[]>();

  constructor(features: readonly Hooks[]) {
    for (const [point, hook] of features.flatMap(({ at }) => Object.entries(at) as [HookPoint, Hook][])) {
      this.#at.set(point, [...(this.#at.get(point) ?? []), hook]);
    }
    const loaded = features.flatMap((hooks) => hooks.loaded ?? []);
    this.loaded = loaded.length < 2 ? loaded[0] : (instances) => inTurn(loaded, instances);
  }

  /** Whether anything is done at one of these points. */
  has(...points: readonly HookPoint[]): boolean {
    return points.some((point) => this.#at.has(point));
  }

  /** Whether something is done along with a write that may write, too. */
  mayWrite(verb: Verb): boolean {
    return this.has(...writingPoints[verb]);
  }

  /** Does what there is to do at a point. */
  *run(point: HookPoint, write: InstanceWrite): Program<void> {
    for (const hook of this.#at.get(point) ?? []) yield* hook(write);
  }
}

function* inTurn(hooks: readonly LoadedHook[], instances: readonly object[]): Program<void> {
  for (const hook of hooks) yield* hook(instances);
}

/** The points at which features take part when a relation of one row begins to lead to another one, or ceases to. */
export type RelationPoint = 'beforeAdd' | 'afterAdd' | 'beforeRemove' | 'afterRemove';

/** One of the two rows of such a change. */
export interface RelationEnd {
  /** Its primary key, as users give it; `undefined` for a row that is still to be inserted. */
  readonly key: unknown;
  /** `undefined` where nobody has it at hand. */
  readonly instance: object | undefined;
}

/** That a relation of one row begins to lead to another one, or ceases to. */
export interface RelationChange {
  /** The table of the model that has the relation. */
  readonly schema: TableSchema;
  /** The database: a `TableHome`. */
  readonly database: object;
  /** The field of the relation. */
  readonly relation: string;
  readonly owner: RelationEnd;
  readonly related: RelationEnd;
  /** What the row between is given besides, where there is one. */
  readonly pivot: Readonly<Record<string, unknown>>;
  readonly source: WriteSource;
  readonly occasion: Occasion;
}

/** What a feature does at such points: for several changes at once. What it throws undoes what brought them about. */
export type RelationHooks = Readonly<
  Partial<Record<RelationPoint, (changes: readonly RelationChange[]) => Program<void>>>
>;

/** What features do when relations of a model lead elsewhere. There is one feature that does anything: the events. */
export const relationHooks = (
  schema: TableSchema,
  database: { readonly features?: readonly InstanceFeature[] },
): RelationHooks | undefined =>
  (database.features ?? []).flatMap((feature) => feature.relationHooksOf?.(schema, database) ?? [])[0];

/** The same where they are loaded. */
export const relationLoadHooks = (table: Home, everywhere: readonly InstanceFeature[]): RelationLoadHooks | undefined =>
  everywhere.flatMap((feature) => feature.relationLoadHooksOf?.(table) ?? [])[0];

/** Grows whenever a feature may do something else than before. */
export let hooksEpoch = 0;

/** Makes every table ask its features anew what they do. */
export function changeHooks(): void {
  hooksEpoch++;
}

/** What the features of a table do for its instances; `undefined` where that is nothing. */
export function tableHooks(table: Home, everywhere: readonly InstanceFeature[]): TableHooks | undefined {
  const { model, hooks: noted, family, subtype } = table.schema.options;
  if (family !== undefined && subtype === undefined) return familyHooks(table, family);
  const ofAll = model?.[toTable] === undefined ? [] : everywhere; // rows without a model are no instances
  const features = new Set([...ofAll, ...(noted.keys() as Iterable<InstanceFeature>)]);
  const found = [...features].flatMap((feature) => feature.hooksOf(table, noted.get(feature) ?? []) ?? []);
  return found.length === 0 ? undefined : new TableHooks(found);
}

/** Rows of a table that several models share are read as instances of each, and written as those: each has its own features. */
function familyHooks(table: Home, { members }: FamilySchema): TableHooks | undefined {
  const heard = [...members.values()].flatMap((member) => {
    const loaded = table.relative!(member).hooks?.loaded;
    return loaded === undefined ? [] : [{ model: member.options.model, loaded }];
  });
  if (heard.length === 0) return undefined;
  function* loaded(instances: readonly object[]): Program<void> {
    for (const { model, loaded: tell } of heard) {
      const own = instances.filter((instance) => instance.constructor === model);
      if (own.length > 0) yield* tell(own);
    }
  }
  return new TableHooks([{ at: {}, loaded }]);
}
