import { QueryError } from '../errors/index.js';
import type { TableSchema } from '../schema/index.js';
import { isSqlChunk, type OrderingTerm, type SqlChunk } from '../sql/index.js';
import { expressionOf } from './compile-where.js';
import type { FieldOf, PartOf } from './fields.js';
import { relatedColumn } from './related-values.js';
import type { AnyModel } from './where.js';

/** How a term of the order goes. */
export interface OrderOptions {
  /** Where NULLs come; SQLite has them first when ascending and last when descending. */
  readonly nulls?: 'first' | 'last';
  /** How texts are compared: `NOCASE`, `RTRIM`, `BINARY`, or a collation of your own. */
  readonly collate?: string;
}

/** Keeps one instance alive: when the last one of a class is collected, V8 drops the code made for their shape. */
let kept: object | undefined;

/** A term of an order, from `asc` or `desc`. */
export class Ordering<Field> {
  /** @internal */
  readonly by: Field | SqlChunk;
  /** @internal */
  readonly direction: 'asc' | 'desc';
  /** @internal */
  readonly options: OrderOptions;

  /** @internal */
  constructor(by: Field | SqlChunk, direction: 'asc' | 'desc', options: OrderOptions) {
    this.by = by;
    this.direction = direction;
    this.options = options;
    kept ??= this;
  }
}

/** Upwards: `ORDER BY "name"`, with `{ nulls: 'last' }` or `{ collate: 'NOCASE' }`. */
export const asc = <By extends string | SqlChunk>(by: By, options: OrderOptions = {}): Ordering<Extract<By, string>> =>
  new Ordering<Extract<By, string>>(by as Extract<By, string> | SqlChunk, 'asc', options);

/** Downwards: `ORDER BY "name" DESC`, with `{ nulls: 'last' }` or `{ collate: 'NOCASE' }`. */
export const desc = <By extends string | SqlChunk>(by: By, options: OrderOptions = {}): Ordering<Extract<By, string>> =>
  new Ordering<Extract<By, string>>(by as Extract<By, string> | SqlChunk, 'desc', options);

/** What `orderBy` takes: a field, a field with its direction, `asc(…)`, `desc(…)`, or a `sql` fragment. */
export type OrderBy<Instance> =
  FieldOf<Instance> | readonly [FieldOf<Instance>, 'asc' | 'desc'] | Ordering<FieldOf<Instance>> | SqlChunk;

/** The same of fields at the end of relations to one or of an embedded object, such as `author.name`; checked only where there are such terms. */
export type OrderByPaths<Instance, Terms extends readonly unknown[]> = {
  readonly [At in keyof Terms]: Terms[At] extends string
    ? FieldPath<Instance, Terms[At]>
    : Terms[At] extends readonly [infer Path extends string, unknown]
      ? readonly [FieldPath<Instance, Path>, 'asc' | 'desc']
      : Terms[At] extends Ordering<infer Path extends string>
        ? Ordering<FieldPath<Instance, Path>>
        : SqlChunk;
};

/** A path of relations to one with a field at its end, or what can begin one; or a field of an embedded object. */
type FieldPath<Instance, Path extends string> = Path extends `${infer Name}.${infer Rest}`
  ? Name extends keyof Instance
    ? Instance[Name] extends AnyModel | null
      ? `${Name}.${FieldPath<NonNullable<Instance[Name]>, Rest>}`
      : PartOf<Instance>
    : never
  : FieldOf<Instance>;

/** The terms of ORDER BY for what `orderBy` was given. */
export function compileOrder(table: TableSchema, terms: readonly unknown[]): OrderingTerm[] {
  return terms.map((term) => compileTerm(table, term));
}

function compileTerm(table: TableSchema, term: unknown): OrderingTerm {
  if (typeof term === 'string') return orderingTerm(table, term, 'asc', {});
  if (term instanceof Ordering) return orderingTerm(table, term.by as string | SqlChunk, term.direction, term.options);
  if (isSqlChunk(term)) return orderingTerm(table, term, 'asc', {});
  if (Array.isArray(term) && term.length === 2) {
    const [by, direction] = term as [string, string];
    return orderingTerm(table, by, direction, {});
  }
  throw new QueryError('An order is a field, [field, "asc" | "desc"], asc(…), desc(…) or sql`…`.');
}

function orderingTerm(
  table: TableSchema,
  by: string | SqlChunk,
  direction: string,
  { nulls, collate }: OrderOptions,
): OrderingTerm {
  if (direction !== 'asc' && direction !== 'desc') {
    throw new QueryError(`The direction of an order is "asc" or "desc", not ${JSON.stringify(direction)}.`);
  }
  if (nulls !== undefined && nulls !== 'first' && nulls !== 'last') {
    throw new QueryError(`NULLs come "first" or "last", not ${JSON.stringify(nulls)}.`);
  }
  return {
    expression: isSqlChunk(by) ? expressionOf(by) : relatedColumn(table, by),
    direction: direction === 'asc' ? 'ASC' : 'DESC',
    nulls: nulls === undefined ? undefined : nulls === 'first' ? 'FIRST' : 'LAST',
    collation: collate,
  };
}
