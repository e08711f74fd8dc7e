import {
  because,
  deferredValue,
  everyRow,
  loadRelated,
  readAlong,
  readDeferred,
  type BoundTable,
  type RelatedRead,
  type QueryState,
} from '../query/index.js';
import type { Program } from '../sql/index.js';
import { byTable } from './members.js';

/** Loads relations and deferred columns of instances, as far as each lacks them: with one statement for all. */
export function* loadMembers(instances: readonly object[], paths: readonly string[]): Program<void> {
  for (const [table, group] of byTable(instances)) {
    const { columnsByProperty } = table.schema;
    const relations = paths.filter((path) => columnsByProperty.get(path)?.deferred !== true);
    const reads = readAlong(table.schema, [], relations);
    for (const path of paths) {
      const column = columnsByProperty.get(path);
      if (column?.deferred !== true) continue;
      const lacking = group.filter((instance) => deferredValue(instance, column) === undefined);
      if (lacking.length > 0) yield* readDeferred(table, lacking, column);
    }
    yield* loadReads(table, group, reads);
  }
}

/** Loads relations, and then what they lead to of all that they lead to. */
function* loadReads(table: BoundTable, owners: readonly object[], reads: readonly RelatedRead[]): Program<void> {
  for (const { relation, state } of reads) {
    const lacking = owners.filter((owner) => relation.given(owner) === undefined);
    if (lacking.length > 0) yield* loadRelated(relation, table, lacking, because('load', withoutFurther(state)));
    if (state.related.length === 0) continue;
    const found = new Set(owners.flatMap((owner) => relation.given(owner) ?? []) as object[]);
    for (const [further, group] of byTable(found)) yield* loadReads(further, group, state.related);
  }
}

/** What a relation leads to without what that leads to: it is loaded for those that had it before, too. */
const withoutFurther = (state: QueryState): QueryState =>
  state.related.length === 0 ? state : { ...state, related: everyRow.related };
