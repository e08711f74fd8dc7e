import { QueryError, UndefinedConditionError } from '../errors/index.js';
import {
  comparedAs,
  compileWhere,
  encodeValue,
  nestedTable,
  noScopes,
  scopeConditions,
  selectAll,
  standingOf,
} from '../query/index.js';
import { toTable, type ModelClass, type TableSchema } from '../schema/index.js';
import { and, binary, call, constant, isNull, not, or, parameter, type Expression } from '../sql/index.js';
import { areFixed, columnsIn } from './keys.js';
import { Quantifier } from './quantifier.js';
import type { FieldRelation, Fields, Step, SteppedRelation } from './relation.js';

/** What `filter` says of a relation: conditions on the instance that it leads to, that instance, null, or a quantifier. */
export function relationCondition(relation: SteppedRelation, condition: unknown): Expression {
  const { name, isMany } = relation;
  checkIsSaid(relation, condition);
  if (condition instanceof Quantifier) {
    if (isMany) return exists(relation, condition.quantifier, condition.where);
    throw new QueryError(`${name} leads to one row at most.`, 'Write { field: value } for what it has to be like.');
  }
  if (isMany) {
    throw new QueryError(
      `${name} leads to any number of rows.`,
      'Write some({ … }), every({ … }) or none({ … }) of what they have to be like.',
    );
  }
  if (condition === null) return leadsNowhere(relation);
  return isInstance(condition) ? leadsTo(relation, condition) : exists(relation, 'some', condition);
}

/** Refuses a condition that would match every row. */
export function checkIsSaid({ name }: FieldRelation, condition: unknown): void {
  if (condition !== undefined) return;
  throw new UndefinedConditionError(
    `The condition on ${name} is undefined, which would match every row.`,
    'Leave the field out.',
  );
}

/** Whether a value is an instance of a model. */
export const isInstance = (value: unknown): value is Fields =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value.constructor as { [toTable]?: unknown } | undefined)?.[toTable] === 'function';

/** Whether an instance is one of a table's model. */
export const isOf = (target: TableSchema, instance: object): boolean =>
  target.covers((instance.constructor as ModelClass)[toTable]!());

function leadsNowhere(relation: SteppedRelation): Expression {
  const { reference, steps } = relation;
  if (reference.length === 0 || steps.length > 1) return exists(relation, 'none', undefined);
  return or(reference.map((column) => isNull(column.reference)));
}

/** The row with the primary key of an instance. */
function leadsTo(relation: SteppedRelation, instance: Fields): Expression {
  const { name, target, steps, reference } = relation;
  if (!isOf(target, instance)) {
    const { modelName } = (instance.constructor as unknown as ModelClass)[toTable]!();
    throw new QueryError(`${name} is compared with an instance of ${modelName}.`, `It leads to ${target.modelName}.`);
  }
  const key = savedKey(relation, target, instance);
  if (reference.length > 0 && steps.length === 1) {
    const [{ from, referred }] = steps as readonly [Step];
    return and(comparedAs(from, referred).map((operand, at) => binary(operand, '=', key[at]!)));
  }
  return existsAlong(name, relation.owner, steps, 'some', (inner) =>
    and(columnsIn(inner, target.primaryKey).map((column, at) => binary(column.reference, '=', key[at]!))),
  );
}

/** The primary key of an instance that something is compared with, which means its row only in its own database. */
function savedKey({ name }: FieldRelation, target: TableSchema, instance: Fields): Expression[] {
  const table = standingOf(instance);
  return target.primaryKey.map((column) => {
    const given = instance[column.property];
    if (given !== undefined) {
      const value = encodeValue(target.field(column), column, given);
      return table === undefined ? parameter(value) : { kind: 'keyValue', value, table };
    }
    throw new QueryError(`${name} is compared with an instance that has no key yet.`, 'Save it first.');
  });
}

function exists(relation: SteppedRelation, quantifier: 'some' | 'every' | 'none', where: unknown): Expression {
  const { name, owner, steps } = relation;
  return existsAlong(name, owner, steps, quantifier, (inner) => {
    const condition = where === undefined ? undefined : compileWhere(inner, where);
    if (quantifier !== 'every') return condition;
    if (condition === undefined) {
      throw new UndefinedConditionError(
        `every() of ${name} says nothing.`,
        'Give conditions, or use some() or none() to ask whether there are any.',
      );
    }
    return not(call('coalesce', condition, constant(0))); // NULL is not what every row is to be
  });
}

/** `EXISTS (SELECT 1 FROM …)` of the rows that steps lead to, each inside of the one before. */
export function existsAlong(
  relation: string,
  outer: TableSchema,
  [step, ...further]: readonly Step[],
  quantifier: 'some' | 'every' | 'none',
  conditionOn: (inner: TableSchema) => Expression | undefined,
  scopes = noScopes,
): Expression {
  const inner = nestedTable(step!.table, outer);
  const condition =
    further.length === 0 ? conditionOn(inner) : existsAlong(relation, inner, further, 'some', conditionOn, scopes);
  const operands = [
    joined(outer, step!, inner),
    ...areFixed(inner, step!.fixed),
    ...scopeConditions(inner, scopes),
    ...(condition === undefined ? [] : [condition]),
  ];
  const one = [{ expression: constant(1), alias: undefined }];
  return {
    kind: 'exists',
    quantifier,
    relation,
    select: { ...selectAll(inner), columns: one, where: and(operands) },
  };
}

/** That rows belong together: `"users"."id" = "posts"."author_id"`, compared as the primary key is. */
export function joined(outer: TableSchema, { from, to, referred }: Step, inner: TableSchema): Expression {
  const others = columnsIn(inner, to);
  return and(
    columnsIn(outer, from).map(({ reference }, at) => {
      const other = others[at]!.reference;
      return to === referred ? binary(other, '=', reference) : binary(reference, '=', other);
    }),
  );
}

/**
 * That rows of a table are led to by steps, which begin with a condition on the first table:
 * `"id" IN (SELECT "tags_id" FROM "posts_tags" WHERE "posts_id" = ?)`.
 */
export function areLedTo(
  steps: readonly Step[],
  table: TableSchema,
  begin: (first: TableSchema) => readonly Expression[],
): Expression {
  const { from, to, referred, fixed } = steps.at(-1)!;
  if (steps.length === 1) return and([...begin(table), ...areFixed(table, fixed)]);
  const before = nestedTable(steps.at(-2)!.table, table);
  const select = {
    ...selectAll(before),
    columns: columnsIn(before, from).map(({ reference }) => ({ expression: reference, alias: undefined })),
    where: and([areLedTo(steps.slice(0, -1), before, begin), ...scopeConditions(before, noScopes)]),
  };
  const operands = comparedAs(columnsIn(table, to), referred);
  const operand: Expression = operands.length === 1 ? operands[0]! : { kind: 'row', operands };
  const isAmong: Expression = { kind: 'in', operand, negated: false, among: { kind: 'select', select } };
  return and([isAmong, ...areFixed(table, fixed)]);
}
