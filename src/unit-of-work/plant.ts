import { QueryError } from '../errors/index.js';
import { relationOf, type Relation, type RowGraph } from '../query/index.js';
import { isPlainObject, toTable, type ModelClass, type TableSchema } from '../schema/index.js';

type Fields = Record<string, unknown>;

/** Makes a new instance of its columns' values. */
export type Build = (schema: TableSchema, fields: Fields) => object;

/** Makes the instances of a graph of fields: those of a model, and in its relations those of others. */
export function plant(rows: RowGraph, schema: TableSchema, fields: Fields, build: Build): object {
  return new Planter(rows, build).plant(schema, fields);
}

class Planter {
  readonly #rows: RowGraph;
  readonly #build: Build;
  /** What was made of fields that are met again, as they are in a circle. */
  #planted: Map<object, object> | undefined;

  constructor(rows: RowGraph, build: Build) {
    this.#rows = rows;
    this.#build = build;
  }

  plant(schema: TableSchema, fields: Fields): object {
    const columns: Fields = {};
    const related: [Relation, unknown][] = [];
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      if (!schema.relations.has(name)) columns[name] = value;
      else if (value !== undefined) related.push([relationOf(schema, name), value]);
    }
    const instance = this.#build(schema, columns);
    if (related.some(([, value]) => isPlainObject(value) || Array.isArray(value)))
      (this.#planted ??= new Map<object, object>()).set(fields, instance);
    this.#rows.include(instance, schema);
    for (const [relation, value] of related) this.#plantRelated(relation, instance, value);
    return instance;
  }

  #plantRelated(relation: Relation, owner: object, value: unknown): void {
    const { property, isMany, target } = relation;
    if (value === null && !isMany) {
      (owner as Fields)[property] = null; // which a relation that is not nullable refuses
      return;
    }
    if (isMany !== Array.isArray(value)) {
      const taken = isMany ? 'an array' : 'one row and no array';
      throw new QueryError(`The relation ${property} takes ${taken}.`, 'Give objects of fields, or instances.');
    }
    const planted = (isMany ? (value as unknown[]) : [value]).map((each) => this.#plantOne(target, each, property));
    for (const each of planted) relation.connect(this.#rows, owner, each);
    if (relation.awaits(owner) === undefined) relation.give(owner, isMany ? planted : planted[0]);
  }

  /** An instance as it is, or a new one of fields. */
  #plantOne(target: TableSchema, value: unknown, property: string): object {
    if (isPlainObject(value)) return this.#planted?.get(value) ?? this.plant(target, value as Fields);
    const table = (value as { readonly constructor?: ModelClass } | null | undefined)?.constructor?.[toTable]?.();
    if (table !== undefined && table.reference.owner === target.reference.owner) return value as object;
    throw new QueryError(
      `The relation ${property} was given something that is no ${target.modelName}.`,
      'Give objects of fields, or instances.',
    );
  }
}
