import { QueryError } from '../errors/index.js';
import type { TableSchema } from '../schema/index.js';
import { isSqlChunk, type OrderingTerm, type SqlChunk } from '../sql/index.js';
import { expressionOf } from './compile-where.js';
import type { FieldOf } from './fields.js';

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

/** The same for fields of embedded objects, by their path. */
export type OrderByPart<Path> = Path | readonly [Path, 'asc' | 'desc'] | Ordering<Path>;

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
    expression: isSqlChunk(by) ? expressionOf(by) : table.column(by).reference,
    direction: direction === 'asc' ? 'ASC' : 'DESC',
    nulls: nulls === undefined ? undefined : nulls === 'first' ? 'FIRST' : 'LAST',
    collation: collate,
  };
}
