import { QueryError } from '../errors/index.js';
import { membershipIn, oncePerTable, relationOf, Stored, type Relation } from '../query/index.js';
import { isPlainObject, toTable, type ModelClass, type RelationSchema, type TableSchema } from '../schema/index.js';
import { CheckedRows, Sketch, type Rows } from './sketch.js';

type Fields = Record<string, unknown>;

/** Makes a new instance of its columns' values, of which some fields are none: they are named after relations. */
export type Build = (schema: TableSchema, fields: Fields, others: number) => object;

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
  const related = relationsIn(schema, fields);
  if (related.length === 0) {
    const instance = build(schema, fields, 0);
    rows.include(instance, schema);
    return instance;
  }
  const only = related.length === 1 ? referenceIn(schema, fields, related[0]!) : undefined;
  if (only !== undefined) return plantReferring(rows, schema, only, fields, build);
  const sketch = new Sketch();
  const root = plantRow({ sketch, build, planted: undefined }, schema, fields);
  sketch.copyTo(rows);
  return root;
}

/** The relations by which rows of a table refer to others. */
const referencesOf = oncePerTable(
  ({ relations }): ReadonlySet<RelationSchema> =>
    new Set([...relations.values()].filter(({ foreignKey }) => foreignKey !== undefined)),
);

/** The relation by a name, where fields give it the instance that the row refers to. */
function referenceIn(schema: TableSchema, fields: Fields, name: string): Relation | undefined {
  const relation = relationOf(schema, name);
  const value = fields[name];
  const isInstance = typeof value === 'object' && value !== null && !holdsFields(value);
  return isInstance && referencesOf(schema).has(relation) ? relation : undefined;
}

/** The same for a row alone, in which nothing can contradict anything but its own key. */
function plantReferring(rows: Rows, schema: TableSchema, relation: Relation, fields: Fields, build: Build): object {
  const instance = build(schema, fields, 1);
  const value = fields[relation.property] as object;
  checkTarget(relation, relation.targetFor?.(instance, value) ?? relation.target, value);
  try {
    relation.connect(new CheckedRows(rows), instance, value);
  } catch (error) {
    if (membershipIn(rows, instance) !== undefined) rows.delete(instance);
    throw error;
  }
  if (relation.awaits(instance) === undefined) relation.give(instance, value);
  return instance;
}

function plantRow(planting: Planting, schema: TableSchema, fields: Fields): object {
  const related = relationsIn(schema, fields);
  const instance = planting.build(schema, fields, related.length);
  planting.sketch.include(instance, schema);
  for (const name of related) if (holdsFields(fields[name])) planting.planted ??= new Map();
  planting.planted?.set(fields, instance);
  for (const name of related) plantRelated(planting, relationOf(schema, name), instance, fields[name]);
  return instance;
}

const none: readonly string[] = [];

/** The relations that fields are named after, in their order. */
function relationsIn({ relations }: TableSchema, fields: Fields): readonly string[] {
  let [first, count]: [string | undefined, number] = [undefined, 0];
  for (const name of relations.keys()) {
    if (!Object.hasOwn(fields, name)) continue;
    first ??= name;
    count++;
  }
  if (count > 1) return Object.keys(fields).filter((name) => relations.has(name));
  return first === undefined ? none : [first];
}

/** Whether instances are to be made of a relation's value. */
const holdsFields = (value: unknown): boolean => Array.isArray(value) || isPlainObject(value);

function plantRelated(planting: Planting, relation: Relation, owner: object, value: unknown): void {
  if (value === undefined) return;
  if (relation.isMany) plantMany(planting, relation, owner, value);
  else if (value === null)
    (owner as Fields)[relation.property] = null; // which one that is not nullable refuses
  else plantOne(planting, relation, owner, value);
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
  const table = checkTarget(relation, target, instance);
  if (instance === value)
    planting.sketch.include(instance as object, Stored.table(instance as object)?.schema ?? table);
  return instance as object;
}

/** The table of an instance that a relation is given, which has to be its target. */
function checkTarget(relation: Relation, target: TableSchema, instance: unknown): TableSchema {
  const table = (instance as { readonly constructor?: ModelClass } | null | undefined)?.constructor?.[toTable]?.();
  if (table !== undefined && target.covers(table)) return table;
  throw misfit(relation, `was given something that is no ${target.modelName}`);
}

const misfit = ({ property }: Relation, what: string): QueryError =>
  new QueryError(`The relation ${property} ${what}.`, 'Give objects of fields, or instances.');
