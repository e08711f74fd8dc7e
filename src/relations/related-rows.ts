import { byPrimaryKey, nestedTable, noScopes, scopeConditions, selectAll, type RelatedRows } from '../query/index.js';
import { and } from '../sql/index.js';
import { areLedTo, joined } from './condition.js';
import type { SteppedRelation } from './relation.js';

/** The rows that a relation leads to, for a subquery in a query of its owner, as far as the default scopes let them. */
export function relatedRows({ owner, target, steps, takesFirst }: SteppedRelation): RelatedRows {
  const table = nestedTable(target, owner);
  const led = areLedTo(steps, table, (first) => [joined(owner, steps[0]!, first)]);
  const select = { ...selectAll(table), where: and([led, ...scopeConditions(table, noScopes)]) };
  return { table, select: takesFirst ? { ...select, orderBy: byPrimaryKey(table), limit: 1 } : select };
}
