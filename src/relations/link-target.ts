import { QueryError, UndefinedConditionError } from '../errors/index.js';
import { checkDatabase, encodeValue, standingOf, type BoundTable } from '../query/index.js';
import { isPlainObject, type ModelClass, toTable } from '../schema/index.js';
import type { SqlValue } from '../sql/index.js';
import { isInstance, isOf } from './condition.js';
import { identity, type Key } from './keys.js';
import type { Fields, SteppedRelation } from './relation.js';

/** The keys of instances or keys that a relation is to lead to, each once. */
export function keysOfTargets(
  relation: SteppedRelation,
  targets: readonly unknown[],
  database: BoundTable['database'],
): Map<unknown, Key> {
  const { primaryKey } = relation.target;
  return new Map(
    targets.map((target) => {
      if (isInstance(target)) checkDatabase(standingOf(target), database, relation.owner);
      const key = keyOfTarget(relation, target);
      return [identity(key, primaryKey), key];
    }),
  );
}

/** The key of an instance, or one that is given. */
export function keyOfTarget(relation: SteppedRelation, given: unknown): Key {
  const { name, target } = relation;
  if (given === undefined || given === null) {
    throw new UndefinedConditionError(
      `${name} was given ${String(given)}.`,
      `Give instances of ${target.modelName}, or keys.`,
    );
  }
  if (isInstance(given)) checkModel(relation, given);
  else if (!isPlainObject(given)) return [valueOf(relation, given)];
  const fields = given as Fields;
  const missing = target.primaryKey.filter(({ property }) => fields[property] === undefined);
  if (missing.length === 0) {
    return target.primaryKey.map((column) => encodeValue(target.field(column), column, fields[column.property]));
  }
  if (isInstance(given)) {
    throw new QueryError(`${name} was given an instance that has no key yet.`, 'Save it first.');
  }
  throw new QueryError(
    `${name} was given an object without ${missing.map(({ property }) => property).join(', ')}.`,
    `Give instances of ${target.modelName}, or keys: { ${target.primaryKey.map(({ property }) => property).join(', ')} }.`,
  );
}

function checkModel({ name, target }: SteppedRelation, instance: Fields): void {
  if (isOf(target, instance)) return;
  const { modelName } = (instance.constructor as unknown as ModelClass)[toTable]!();
  throw new QueryError(`${name} was given an instance of ${modelName}.`, `It leads to ${target.modelName}.`);
}

function valueOf({ name, target }: SteppedRelation, value: unknown): SqlValue {
  const [column, ...further] = target.primaryKey;
  if (further.length === 0) return encodeValue(target.field(column!), column!, value);
  const fields = target.primaryKey.map(({ property }) => property).join(', ');
  throw new QueryError(
    `The primary key of ${target.modelName} is ${fields}.`,
    `Give ${name} objects of these: { ${fields} }.`,
  );
}
