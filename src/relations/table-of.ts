import { DefinitionError, describe } from '../errors/index.js';
import { toTable, type ColumnSchema, type ModelClass, type TableSchema } from '../schema/index.js';
import type { FieldRelation } from './relation.js';

/** The table of the model that a relation's function returns. */
export function tableOf({ name }: Pick<FieldRelation, 'name'>, thunk: () => unknown): TableSchema {
  if (typeof (thunk as unknown) !== 'function' || toTable in thunk) {
    const given = typeof (thunk as unknown) === 'function' ? 'a model' : describe(thunk);
    throw new DefinitionError(
      `${name} was given ${given} instead of a function.`,
      'Give one that returns the model: () => User.',
    );
  }
  const model = thunk() as ModelClass | undefined;
  if (typeof model?.[toTable] === 'function') return model[toTable]();
  throw new DefinitionError(
    `${name} leads to ${model === undefined ? 'undefined' : 'something that is no model'}.`,
    'Its function returns a model: () => User.',
  );
}

/** A STRICT table keeps types apart, so that keys of different ones are never equal. */
export function checkTypes(
  name: string,
  field: string,
  { type }: ColumnSchema,
  to: TableSchema,
  key: ColumnSchema,
): void {
  if (type.storage === key.type.storage) return;
  throw new DefinitionError(
    `${name} goes by ${field}, which is ${type.storage}, while ${to.field(key)} is ${key.type.storage}.`,
    'Give both columns the same type.',
  );
}
