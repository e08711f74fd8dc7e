import { QueryError, UndefinedConditionError } from '../errors/index.js';
import { compileWhere, encodeValue, nestedTable, noScopes, scopeConditions, selectAll } from '../query/index.js';
import { toTable, type ModelClass, type TableSchema } from '../schema/index.js';
import { and, binary, call, constant, isNull, not, or, parameter, type Expression } from '../sql/index.js';
import type { KeyRelation } from './key-relation.js';
import { Quantifier } from './quantifier.js';

/** What `filter` says of a relation: conditions on the instance that it leads to, that instance, null, or a quantifier. */
export function relationCondition(relation: KeyRelation, condition: unknown): Expression {
  const { name, isMany } = relation;
  if (condition === undefined) {
    throw new UndefinedConditionError(
      `The condition on ${name} is undefined, which would match every row.`,
      'Leave the field out.',
    );
  }
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

const isInstance = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value.constructor as { [toTable]?: unknown } | undefined)?.[toTable] === 'function';

function leadsNowhere(relation: KeyRelation): Expression {
  if (!relation.refers) return exists(relation, 'none', undefined);
  return or(relation.keys.owner.map(({ reference }) => isNull(reference)));
}

/** The row with the primary key of an instance. */
function leadsTo(relation: KeyRelation, instance: Record<string, unknown>): Expression {
  const { name, target, keys, refers } = relation;
  const columns = target.primaryKey;
  const given = (instance.constructor as ModelClass)[toTable]!();
  const { subtype } = target.options;
  const isOther = subtype !== undefined && given.options.subtype !== subtype;
  if (isOther || given.reference.owner !== target.reference.owner) {
    throw new QueryError(
      `${name} is compared with an instance of ${given.modelName}.`,
      `It leads to ${target.modelName}.`,
    );
  }
  const values = columns.map((column) => {
    const value = instance[column.property];
    if (value !== undefined) return encodeValue(target.field(column), column, value);
    throw new QueryError(`${name} is compared with an instance that has no key yet.`, 'Save it first.');
  });
  if (refers) return and(keys.owner.map(({ reference }, at) => binary(reference, '=', parameter(values[at]!))));
  return exists(relation, 'some', Object.fromEntries(columns.map(({ property }) => [property, instance[property]])));
}

function exists(relation: KeyRelation, quantifier: 'some' | 'every' | 'none', where: unknown): Expression {
  const inner = nestedTable(relation.target, relation.owner);
  const condition = where === undefined ? undefined : compileWhere(inner, where);
  if (quantifier === 'every' && condition === undefined) {
    throw new UndefinedConditionError(
      `every() of ${relation.name} says nothing.`,
      'Give conditions, or use some() or none() to ask whether there are any.',
    );
  }
  const operands = [joined(relation, inner), ...scopeConditions(inner, noScopes)];
  // NULL is not what every row is to be
  if (condition !== undefined) {
    operands.push(quantifier === 'every' ? not(call('coalesce', condition, constant(0))) : condition);
  }
  const one = [{ expression: constant(1), alias: undefined }];
  return {
    kind: 'exists',
    quantifier,
    relation: relation.name,
    select: { ...selectAll(inner), columns: one, where: and(operands) },
  };
}

/** That rows belong together: `"users"."id" = "posts"."author_id"`, compared as the primary key is. */
export function joined({ keys, refers }: KeyRelation, inner: TableSchema): Expression {
  return and(
    keys.owner.map(({ reference }, at) => {
      const other = inner.column(keys.target[at]!.property).reference;
      return refers ? binary(other, '=', reference) : binary(reference, '=', other);
    }),
  );
}
