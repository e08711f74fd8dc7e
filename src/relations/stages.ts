import { comparedAs, nestedTable, selectAll, type StageOnTheWay } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Expression } from '../sql/index.js';
import { joined } from './condition.js';
import { columnsIn } from './keys.js';
import type { Step } from './relation.js';

/** The tables that steps lead over, each with the owners that a row of it concerns. */
export const stagesOf = (owner: TableSchema, steps: readonly Step[]): StageOnTheWay[] =>
  steps.map((step, at) => ({
    table: step.table,
    columns: [...step.to, ...step.fixed.map(({ column }) => column), ...(steps[at + 1]?.from ?? [])],
    owners: (row) => leadTo(owner, steps.slice(0, at), step, row),
  }));

/** That rows of a table are led to a row by some steps and a last one. */
function leadTo(outer: TableSchema, [step, ...further]: readonly Step[], last: Step, row: TableSchema): Expression {
  if (step === undefined) return joined(outer, last, row);
  const inner = nestedTable(step.table, outer);
  const select = {
    ...selectAll(inner),
    columns: columnsIn(inner, step.to).map(({ reference }) => ({ expression: reference, alias: undefined })),
    where: leadTo(inner, further, last, row),
  };
  const operands = comparedAs(columnsIn(outer, step.from), step.referred);
  const operand: Expression = operands.length === 1 ? operands[0]! : { kind: 'row', operands };
  return { kind: 'in', operand, negated: false, among: { kind: 'select', select } };
}
