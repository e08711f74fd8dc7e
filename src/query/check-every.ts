import { QueryError } from '../errors/index.js';
import type { Expression } from '../sql/index.js';

/**
 * Refuses a write for rows of which every related row is something where nothing says that there are any: those that have none
 * meet it, too, which is seldom meant.
 */
export function checkEvery(condition: Expression | undefined, verb: string): void {
  if (condition !== undefined) checkConjunction([condition], [], verb);
}

function checkConjunction(operands: readonly Expression[], known: readonly string[], verb: string): void {
  const all = operands.flatMap(conjuncts);
  const some = [
    ...known,
    ...all.flatMap((each) => (each.kind === 'exists' && each.quantifier === 'some' ? each.relation : [])),
  ];
  for (const each of all) {
    if (each.kind === 'or') for (const operand of each.operands) checkConjunction([operand], some, verb);
    if (each.kind !== 'exists' || each.quantifier !== 'every' || some.includes(each.relation)) continue;
    throw new QueryError(
      `This ${verb} would reach rows that have no ${each.relation}, too, for of none every one is as you like.`,
      'Say that there are some: and({ … : some() }, { … : every(…) }); or say none(…) of what they are not.',
    );
  }
}

const conjuncts = (expression: Expression): readonly Expression[] =>
  expression.kind === 'and' ? expression.operands.flatMap(conjuncts) : [expression];
