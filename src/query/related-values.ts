import { QueryError, UnknownFieldError } from '../errors/index.js';
import { isPlainObject, type TableSchema } from '../schema/index.js';
import { and, call, type Expression, type SelectedColumn, type SelectStatement } from '../sql/index.js';
import { compileWhere } from './compile-where.js';
import type { RelatedTo, RelationOf } from './fields.js';
import type { Relation } from './query-state.js';
import type { Where } from './where.js';

/** A value that is read beside each row, under a name of its own. */
export type Counted = SelectedColumn & { readonly alias: string };

/** The relations that lead to any number of instances. */
export type RelationToManyOf<Instance> = {
  [Field in RelationOf<Instance>]: Instance[Field] extends readonly unknown[] ? Field : never;
}[RelationOf<Instance>];

/** What `withCount` takes by relation: `true`, or which of the related rows count. */
export type Counts<Instance> = {
  readonly [Field in RelationToManyOf<Instance>]?: true | Where<RelatedTo<Instance[Field]>>;
};

/** What `withCount` adds to a row: `postsCount` for `posts`. */
export type CountsOf<Field extends string> = { readonly [Name in Field as `${Name}Count`]: number };

/** The relation of a field, or an error with the one that was probably meant. */
export function relationOf(schema: TableSchema, name: string): Relation {
  const relation = schema.relations.get(name);
  if (relation !== undefined) return relation as Relation; // the features that make them make them so
  const column = schema.columnsByProperty.get(name);
  if (column !== undefined) {
    throw new QueryError(
      `${schema.modelName}.${name} is a column, and ${column.deferred ? 'loaded by itself' : 'always loaded'}.`,
      'Only relations are named in with(…).',
    );
  }
  if (schema.relations.size > 0) throw new UnknownFieldError(schema.modelName, name, [...schema.relations.keys()]);
  throw new QueryError(
    `${schema.modelName} has no relations.`,
    'Declare one: @hasMany(() => Post, "authorId") posts!: Post[].',
  );
}

/**
 * The column at the end of a path of relations that lead to one row each, for each row of the query:
 * `(SELECT "users"."name" FROM "users" WHERE "users"."id" = "posts"."author_id")`.
 */
export function relatedColumn(schema: TableSchema, path: string): Expression {
  const dot = typeof path === 'string' ? path.indexOf('.') : -1; // anything, of callers without types
  if (dot === -1 || schema.columnsByProperty.has(path)) return schema.column(path).reference;
  const first = path.slice(0, dot);
  if (schema.options.embedded?.has(first) === true) return schema.column(path).reference;
  const relation = relationOf(schema, first);
  if (relation.isMany) {
    throw new QueryError(
      `${schema.modelName}.${relation.property} leads to any number of rows, and an order goes by one value of each.`,
      'Order by a field of a relation to one, or by SQL: desc(sql`(SELECT max(…) FROM …)`).',
    );
  }
  const { table, select } = relation.rows();
  return oneValue(select, relatedColumn(table, path.slice(dot + 1)));
}

const oneValue = (select: SelectStatement, expression: Expression): Expression => ({
  kind: 'subquery',
  select: { ...select, columns: [{ expression, alias: undefined }] },
});

/** What `withCount` was given, as result columns: names of relations, or an object of them with conditions. */
export function relatedCounts(schema: TableSchema, wanted: readonly unknown[]): Counted[] {
  return wanted.flatMap((each) => {
    if (typeof each === 'string') return [countOf(schema, each, true)];
    if (!isPlainObject(each)) {
      throw new QueryError('withCount takes names of relations, or an object of them.', "Write withCount('posts').");
    }
    return Object.entries(each).flatMap(([name, where]) => (where === undefined ? [] : [countOf(schema, name, where)]));
  });
}

function countOf(schema: TableSchema, name: string, where: unknown): Counted {
  const relation = relationOf(schema, name);
  const alias = `${name}Count`;
  if (!relation.isMany) {
    throw new QueryError(
      `${schema.modelName}.${name} leads to one row at most.`,
      `Ask whether there is one: filter({ ${name}: null }).`,
    );
  }
  if (schema.columnsByProperty.has(alias) || schema.relations.has(alias)) {
    throw new QueryError(`${schema.modelName} has a field ${alias} already, which the count would hide.`);
  }
  return { alias, expression: count(relation, where) };
}

/** How many rows a relation leads to from each row of the query, as far as the default scopes let them. */
export const relatedCount = (relation: Pick<Relation, 'rows'>): Expression => count(relation, true);

function count(relation: Pick<Relation, 'rows'>, where: unknown): Expression {
  const { table, select } = relation.rows();
  const condition = where === true ? undefined : compileWhere(table, where);
  const operands = [select.where, condition].filter((each) => each !== undefined);
  return oneValue({ ...select, where: and(operands), orderBy: [], limit: undefined }, call('count'));
}
