import { QueryError } from '../errors/index.js';
import { relationOf, Stored, type Relation } from '../query/index.js';
import { isPlainObject, toTable, type ModelClass, type TableSchema } from '../schema/index.js';
import { Sketch, type Rows } from './sketch.js';

type Fields = Record<string, unknown>;

/** Makes a new instance of its columns' values. */
export type Build = (schema: TableSchema, fields: Fields) => object;

/** What is at work on a graph. */
interface Planting {
  readonly sketch: Sketch;
  readonly build: Build;
  /** What was made of fields, which may be met again. */
  planted: Map<object, object> | undefined;
}

/**
 * Makes the instances of a graph of fields: those of a model, and in its relations those of others. Of a graph that contradicts
 * itself, or has a row that does not fit, nothing is added to the rows that are written.
 */
export function plant(rows: Rows, schema: TableSchema, fields: Fields, build: Build): object {
  if (typeof (fields as unknown) !== 'object' || (fields as unknown) === null || Array.isArray(fields)) {
    throw new QueryError(`A ${schema.modelName} is made of an object of its fields.`, 'Write { field: value }.');
  }
  if (!isGraph(schema, fields)) {
    const instance = build(schema, fields);
    rows.include(instance, schema);
    return instance;
  }
  const sketch = new Sketch();
  const root = plantRow({ sketch, build, planted: undefined }, schema, fields);
  sketch.copyTo(rows);
  return root;
}

/** Whether anything is said of relations, which in a unit of work is not of most rows. */
function isGraph({ relations }: TableSchema, fields: Fields): boolean {
  for (const name of relations.keys()) if (name in fields) return true;
  return false;
}

function plantRow(planting: Planting, schema: TableSchema, fields: Fields): object {
  const columns: Fields = {};
  let related: string[] | undefined;
  for (const name of Object.keys(fields)) {
    if (!schema.relations.has(name)) columns[name] = fields[name];
    else if (fields[name] !== undefined) (related ??= []).push(name);
  }
  const instance = planting.build(schema, columns);
  planting.sketch.include(instance, schema);
  if (related === undefined) {
    planting.planted?.set(fields, instance);
    return instance;
  }
  (planting.planted ??= new Map()).set(fields, instance);
  for (const name of related) {
    const [relation, value] = [relationOf(schema, name), fields[name]];
    if (value === null && !relation.isMany)
      (instance as Fields)[name] = null; // which one that is not nullable refuses
    else if (relation.isMany) plantMany(planting, relation, instance, value);
    else plantOne(planting, relation, instance, value);
  }
  return instance;
}

function plantMany(planting: Planting, relation: Relation, owner: object, value: unknown): void {
  if (!Array.isArray(value)) throw misfit(relation, 'takes an array');
  const planted = [...new Set(Array.from(value, (each: unknown) => instanceOf(planting, relation, owner, each)))];
  for (const each of planted) relation.connect(planting.sketch, owner, each);
  planting.sketch.give(relation, owner, planted);
}

function plantOne(planting: Planting, relation: Relation, owner: object, value: unknown): void {
  if (Array.isArray(value)) throw misfit(relation, 'takes one row and no array');
  const instance = instanceOf(planting, relation, owner, value);
  relation.connect(planting.sketch, owner, instance);
  planting.sketch.give(relation, owner, instance);
}

/** An instance as it is, or a new one of fields. */
function instanceOf(planting: Planting, relation: Relation, owner: object, value: unknown): object {
  const instance = isPlainObject(value) ? planting.planted?.get(value) : value;
  const target = relation.targetFor?.(owner, instance) ?? relation.target;
  if (instance === undefined && isPlainObject(value)) return plantRow(planting, target, value as Fields);
  const table = (instance as { readonly constructor?: ModelClass } | null | undefined)?.constructor?.[toTable]?.();
  if (table === undefined || !target.covers(table)) {
    throw misfit(relation, `was given something that is no ${target.modelName}`);
  }
  if (instance === value)
    planting.sketch.include(instance as object, Stored.table(instance as object)?.schema ?? table);
  return instance as object;
}

const misfit = ({ property }: Relation, what: string): QueryError =>
  new QueryError(`The relation ${property} ${what}.`, 'Give objects of fields, or instances.');
