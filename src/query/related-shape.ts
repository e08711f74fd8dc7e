import { QueryError } from '../errors/index.js';
import { isPlainObject, TableSchema, type ColumnSchema } from '../schema/index.js';
import { isSqlChunk, type Program, type Row, type SqlValue } from '../sql/index.js';
import { BoundTable } from './bound-table.js';
import { narrow } from './hydrate.js';
import { everyRow, type RelatedShape, type Shape } from './query-state.js';
import { relationOf } from './related-values.js';
import { selectShape } from './selection.js';

type Fields = Record<string, unknown>;
type Wanted = Readonly<Record<string, unknown>>;

/** Whether a shape for `select` holds shapes of related rows. */
export const isRelatedShape = (schema: TableSchema, wanted: unknown): wanted is Wanted =>
  isPlainObject(wanted) &&
  Object.entries(wanted as Wanted).some(([name, value]) => schema.relations.has(name) && !isSqlChunk(value));

/** A shape for `select` that holds shapes of related rows. */
export function relatedShape(schema: TableSchema, wanted: Wanted): Shape {
  const entries = Object.entries(wanted).filter(([, value]) => value !== undefined);
  if (entries.length === 0) throw new QueryError(`select names no field of ${schema.modelName}.`);
  const related = entries.flatMap(([name, value]) =>
    schema.relations.has(name) && !isSqlChunk(value) ? [shapeOf(schema, name, value)] : [],
  );
  const others = entries.filter(([name]) => !related.some((each) => each.name === name));
  const fields = others.flatMap(([name, value]) => (value === true ? [schema.column(name).property] : []));
  const rest = others.filter(([, value]) => value !== true);
  const keys = related.flatMap(({ relation }) => relation.from.map(({ property }) => property));
  return {
    names: entries.map(([name]) => name),
    schema: narrowed(schema, [...fields, ...keys]),
    selection: rest.length === 0 ? undefined : selectShape(schema, Object.fromEntries(rest)),
    related,
    isOutermost: true,
  };
}

function shapeOf(schema: TableSchema, name: string, wanted: unknown): RelatedShape {
  const relation = relationOf(schema, name);
  if (isPlainObject(wanted)) return { name, relation, shape: relatedShape(relation.target, wanted as Wanted) };
  throw new QueryError(
    `select takes a shape for the relation ${schema.modelName}.${name}.`,
    `Say which fields are wanted of it: { ${name}: { ${relation.target.primaryKey[0]!.property}: true } }.`,
  );
}

/** A shape of which these fields are read, too. */
export const withKeys = (shape: Shape, whole: TableSchema, keys: readonly ColumnSchema[]): Shape => ({
  ...shape,
  schema: narrowed(
    whole,
    [...shape.schema.columns, ...keys].map(({ property }) => property),
  ),
});

const narrowedTables = new WeakMap<TableSchema, Map<string, TableSchema>>();

/** A table with its primary key and some of its columns, whose rows are plain objects. */
function narrowed(schema: TableSchema, fields: readonly string[]): TableSchema {
  const wanted = schema.columns.filter((column) => column.primaryKey || fields.includes(column.property));
  const key = wanted.map(({ property }) => property).join('\0');
  const known = narrowedTables.get(schema) ?? new Map<string, TableSchema>();
  narrowedTables.set(schema, known);
  let found = known.get(key);
  if (found === undefined) {
    const { family, embedded, ...options } = schema.options;
    void [family, embedded]; // of instances only
    found = new TableSchema(
      { ...options, model: undefined, relations: new Map() },
      schema.reference,
      wanted.map((column, position) => ({ ...column, position, deferred: false })),
      schema.primaryKey.map(({ property }) => property),
      schema.columns.filter((column) => !wanted.includes(column)),
    );
    known.set(key, found);
  }
  return found;
}

/** What was read of SQL beside a row, by the object that was made of the row. */
const besides = new WeakMap<object, Row>();

/** Makes objects of rows: each as it was read, with what its relations lead to behind their names only. */
export function* readShape(table: BoundTable, { schema, selection, related }: Shape, rows: Row[]): Program<object[]> {
  const tails = selection === undefined ? [] : rows.map((row) => row.splice(schema.columns.length));
  // read as bigint only for the SQL beside them
  if (selection?.bigints === true && !schema.bigints)
    rows = rows.map((row) => row.map((value) => narrow(value as SqlValue)));
  const home = new BoundTable(schema, table.database);
  const objects = home.hydrate(rows, home);
  tails.forEach((tail, at) => {
    selection!.decode(tail, table.onUndecodable);
    besides.set(objects[at]!, tail);
  });
  if (objects.length === 0) return objects;
  for (const { relation, shape } of related) {
    yield* relation.load(home, objects, { ...everyRow, shape: { ...shape, isOutermost: false } });
  }
  return objects;
}

/** The objects that a shape makes of what was read. */
export function projected(shape: Shape, objects: readonly object[]): object[] {
  return objects.map((object) => projectedOne(shape, object));
}

function projectedOne({ names, selection, related }: Shape, object: object): object {
  const valueOf = (name: string): unknown => {
    const leading = related.find((each) => each.name === name);
    if (leading !== undefined) return projectedRelated(leading, object);
    const at = selection?.names.indexOf(name) ?? -1;
    return at === -1 ? (object as Fields)[name] : besides.get(object)![at];
  };
  return Object.fromEntries(names.map((name) => [name, valueOf(name)]));
}

function projectedRelated({ relation, shape }: RelatedShape, object: object): unknown {
  const found = relation.given(object);
  if (Array.isArray(found)) return projected(shape, found as object[]);
  return found === null || found === undefined ? null : projectedOne(shape, found);
}
