import { byPrimaryKey, nestedTable, noScopes, scopeConditions, selectAll, type RelatedRows } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import { and, constant, type Expression } from '../sql/index.js';
import { joined } from './condition.js';
import { areFixed } from './keys.js';
import type { Step, SteppedRelation } from './relation.js';

/** The rows that a relation leads to, for a subquery in a query of its owner, as far as the default scopes let them. */
export function relatedRows({ owner, target, steps, takesFirst }: SteppedRelation): RelatedRows {
  const table = nestedTable(target, owner);
  const select = { ...selectAll(table), where: and(leadHere(owner, steps, table)) };
  return { table, select: takesFirst ? { ...select, orderBy: byPrimaryKey(table), limit: 1 } : select };
}

/** That steps lead from a row of the owner to one of the table: by rows of the tables between, where there are any. */
function leadHere(owner: TableSchema, steps: readonly Step[], table: TableSchema): Expression[] {
  const last = steps.at(-1)!;
  const ofTable = [...areFixed(table, last.fixed), ...scopeConditions(table, noScopes)];
  if (steps.length === 1) return [joined(owner, last, table), ...ofTable];
  const before = steps.slice(0, -1);
  const between = nestedTable(before.at(-1)!.table, table);
  const where = and([joined(between, last, table), ...leadHere(owner, before, between)]);
  const one = [{ expression: constant(1), alias: undefined }];
  const select = { ...selectAll(between), columns: one, where };
  return [{ kind: 'exists', quantifier: 'some', relation: table.modelName, select }, ...ofTable];
}
