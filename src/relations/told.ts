import { decoder, type RelationChange, type RelationEnd, type RelationPoint, type TableHome } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import type { Key } from './keys.js';
import type { Fields, SteppedRelation } from './relation.js';
import { checkAdded, checkBeforeCommit } from './relation-rules.js';
import type { Watch } from './watch.js';

/** That a relation of somebody begins to lead somewhere, or ceases to. */
export interface Change {
  readonly watch: Watch;
  readonly kind: 'add' | 'remove';
  readonly owner: RelationEnd;
  readonly related: RelationEnd;
  /** The primary key of the owner, as it is stored. */
  readonly ownerKey: Key;
}

/** What all changes of one write have in common. */
export type Circumstances = Pick<RelationChange, 'source' | 'occasion' | 'pivot'>;

const points: Readonly<Record<'before' | 'after', Readonly<Record<Change['kind'], RelationPoint>>>> = {
  before: { add: 'beforeAdd', remove: 'beforeRemove' },
  after: { add: 'afterAdd', remove: 'afterRemove' },
};

/** Tells of changes, of what is removed first. */
export function* tell(
  database: TableHome,
  when: 'before' | 'after',
  changes: readonly Change[],
  circumstances: Circumstances,
): Program<void> {
  for (const kind of ['remove', 'add'] as const) {
    for (const [watch, some] of byWatch(changes.filter((change) => change.kind === kind))) {
      const hook = watch.hooks?.[points[when][kind]];
      if (hook === undefined) continue;
      const { relation } = watch;
      const pivot = kind === 'add' ? circumstances.pivot : {};
      yield* hook(
        some.map(({ owner, related }) => ({
          ...circumstances,
          pivot,
          schema: relation.owner,
          database,
          relation: relation.property,
          owner,
          related,
        })),
      );
    }
  }
}

/** Refuses what breaks the rules of relations, once it is written: at once, or before the commit. */
export function* checkRules(
  database: TableHome,
  changes: readonly Change[],
  source: Circumstances['source'],
): Program<void> {
  const ruled = changes.filter(({ watch }) => watch.relation.rules !== undefined);
  for (const [{ relation }, some] of byWatch(ruled)) {
    const keysOf = (kind: Change['kind']) =>
      some.filter((change) => change.kind === kind).map(({ ownerKey }) => ownerKey);
    checkBeforeCommit(database, relation as SteppedRelation, keysOf('remove'));
    yield* checkAdded(database, relation as SteppedRelation, keysOf('add'), source);
  }
}

function byWatch(changes: readonly Change[]): Map<Watch, Change[]> {
  const groups = new Map<Watch, Change[]>();
  for (const change of changes) groups.set(change.watch, [...(groups.get(change.watch) ?? []), change]);
  return groups;
}

/** A key that is stored, as users give keys: one value, or an object of its fields. */
export function keyAsGiven({ primaryKey }: TableSchema, key: Key): unknown {
  const values = primaryKey.map((column, at) => decoder(column, true)(key[at]!));
  return asGiven(primaryKey, values);
}

/** The key of an instance; `undefined` where it has none yet. */
export function keyOfInstance({ primaryKey }: TableSchema, instance: object): unknown {
  const values = primaryKey.map(({ property }) => (instance as Fields)[property]);
  return values.includes(undefined) ? undefined : asGiven(primaryKey, values);
}

const asGiven = (primaryKey: TableSchema['primaryKey'], values: readonly unknown[]): unknown =>
  values.length === 1 ? values[0] : Object.fromEntries(primaryKey.map(({ property }, at) => [property, values[at]]));
