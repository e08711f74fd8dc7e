import { QueryError } from '../errors/index.js';
import { isInstance, isOf } from './condition.js';
import type { FieldRelation } from './relation.js';

/** Refuses what the field of a relation cannot hold whose rows are elsewhere, for callers without types. */
export function checkValue(relation: FieldRelation, value: unknown): void {
  const { name, isMany } = relation;
  if (value === undefined || (value === null && !isMany)) return;
  const wanted = (each: unknown): boolean => isInstance(each) && isOf(relation.target, each);
  if (isMany ? Array.isArray(value) && value.every(wanted) : wanted(value)) return;
  const { modelName } = relation.target;
  throw new QueryError(
    `${name} was assigned something that is no ${modelName}.`,
    isMany ? `Assign an array of instances of ${modelName}.` : 'Assign an instance, or null.',
  );
}
