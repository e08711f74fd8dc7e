import { RecursiveHookError } from '../errors/index.js';
import type { Program } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import type { QueryState, Relation } from './query-state.js';
import type { RelationLoad, RelationLoadHook, RelationLoadHooks } from './relation-load.js';

/** Loads a relation of instances that were read, with what features do before and after. */
export function loadRelated(
  relation: Relation,
  table: BoundTable,
  owners: readonly object[],
  state: QueryState,
): Program<void> {
  const hooks = table.loadHooks;
  return hooks === undefined
    ? relation.load(table, owners, state)
    : loadWithHooks(hooks, relation, table, owners, state);
}

function* loadWithHooks(
  { beforeLoadRelation: before, afterLoadRelation: after }: RelationLoadHooks,
  relation: Relation,
  table: BoundTable,
  owners: readonly object[],
  state: QueryState,
): Program<void> {
  const load = { table, relation: relation.property, reason: state.loadReason, owners, related: [] };
  if (before !== undefined) yield* tellBefore(before, load, table.database.isLate);
  yield* relation.load(table, owners, state);
  if (after !== undefined) yield* after({ ...load, related: relatedOf(relation, owners) });
}

/** The loads of which listeners are being told by synchronous code, one in the other. */
const underway: RelationLoad[] = [];

/** Tells of a load that is to come. A listener that asks for just that, without waiting for anything, would do so for ever. */
function* tellBefore(before: RelationLoadHook, load: RelationLoad, isLate: boolean): Program<void> {
  if (isLate) return yield* before(load); // others may load the same meanwhile
  if (underway.some((other) => isSame(other, load))) throw new RecursiveHookError(load.table.schema.modelName, 'load');
  underway.push(load);
  try {
    yield* before(load);
  } finally {
    underway.pop();
  }
}

function isSame(one: RelationLoad, other: RelationLoad): boolean {
  if (one.relation !== other.relation) return false;
  const owners = new Set(one.owners);
  return other.owners.some((owner) => owners.has(owner));
}

/** What is loaded of a relation, each once: not what an owner was given instead meanwhile. */
function relatedOf(relation: Relation, owners: readonly object[]): readonly object[] {
  const found = new Set<object>();
  for (const owner of owners) {
    const given = relation.awaits(owner) === undefined ? relation.given(owner) : undefined;
    if (Array.isArray(given)) for (const each of given) found.add(each as object);
    else if (given !== undefined && given !== null) found.add(given);
  }
  return [...found];
}
