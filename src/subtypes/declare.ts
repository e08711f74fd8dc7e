import { DefinitionError } from '../errors/index.js';
import type { ModelClass, TableOptions, TableSchema } from '../schema/index.js';
import { Family } from './family.js';

/** The families by the classes whose `@table` has a discriminator. */
const families = new WeakMap<object, Family>();

/** Lets a class be extended by models that share its table; returns what gives the table once they are all there. */
export function declareFamily(
  root: ModelClass,
  name: string | undefined,
  options: TableOptions,
  discriminator: string,
  metadata: object | undefined,
): () => TableSchema {
  if (typeof discriminator !== 'string' || discriminator === '') {
    throw new DefinitionError(
      `The discriminator of ${root.name} is the name of the column that tells subtypes apart.`,
      "Write @table('vehicles', { discriminator: 'kind' }).",
    );
  }
  const family = new Family(root, name, options, discriminator, metadata);
  families.set(root, family);
  return () => family.whole;
}

/** Makes a class a model of the table of the class that it extends; returns what gives its part of the table. */
export function declareSubtype(model: ModelClass, subtype: string): () => TableSchema {
  const family = familyOf(model);
  if (typeof subtype !== 'string' || subtype === '') {
    throw new DefinitionError(
      `@subtype of ${model.name} takes the name that its rows have in the column "${family.discriminator}".`,
      "Write @subtype('car').",
    );
  }
  family.add(subtype, model);
  return () => family.members.get(subtype)!;
}

function familyOf(model: ModelClass): Family {
  for (let parent = parentOf(model); parent !== null; parent = parentOf(parent)) {
    const family = families.get(parent);
    if (family !== undefined) return family;
  }
  throw new DefinitionError(
    `${model.name} is a subtype, but extends no model that has any.`,
    'Say on the class that it extends which column tells them apart: @table("…", { discriminator: "kind" }).',
  );
}

const parentOf = (model: object): object | null => Object.getPrototypeOf(model) as object | null;
