import { NotFoundError, NotUniqueError, QueryError } from '../errors/index.js';
import {
  all,
  call,
  constant,
  type Program,
  type Row,
  type SelectedColumn,
  type SelectStatement,
  type SqlValue,
} from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { Keyset } from './keyset.js';
import { loadRelated } from './load-related.js';
import { because, hasBigints, rowCount, selectOf, type QueryState } from './query-state.js';
import { projected, readShape } from './related-shape.js';
import { selectFields, toObjects } from './selection.js';
import { Stored } from './stored.js';

/** Every row that a query finds: instances, or the objects that it selects. */
export function* readAll(table: BoundTable, state: QueryState): Program<object[]> {
  if (state.empty !== undefined) return [];
  const select = selectOf(table.schema, state);
  const { selection, shape, counts } = state;
  if (selection === undefined && shape === undefined && !state.distinct && counts.length === 0)
    return yield* withRelated(table, yield* table.load(select), state);
  const bigints = shape === undefined ? (selection?.bigints ?? table.schema.bigints) : hasBigints(shape);
  const { statement, parameters } = table.compile(select, bigints);
  const rows = yield* all(statement, parameters);
  const giveCounts = takeCounts(rows, counts);
  if (shape !== undefined) {
    const objects = yield* readShape(table, shape, rows);
    return shape.isOutermost ? giveCounts(projected(shape, objects)) : objects;
  }
  if (selection !== undefined) return giveCounts(toObjects(selection, rows, table));
  return yield* withRelated(table, giveCounts(yield* table.loaded(rows)), state);
}

/** Takes the counts off the ends of rows, and returns what puts them on the objects that are made of those. */
function takeCounts(rows: Row[], counts: readonly SelectedColumn[]): (objects: object[]) => object[] {
  if (counts.length === 0) return (objects) => objects;
  const taken = rows.map((row) => row.splice(row.length - counts.length));
  return (objects) => {
    objects.forEach((object, at) =>
      counts.forEach(({ alias }, index) => {
        (object as Record<string, unknown>)[alias!] = Number(taken[at]![index]);
      }),
    );
    return objects;
  };
}

/** Reads along what a query of instances says. */
export function* withRelated(
  table: BoundTable,
  instances: object[],
  { related, strictLoading, loadReason }: QueryState,
): Program<object[]> {
  if (instances.length === 0) return instances;
  if (strictLoading !== undefined) keepStrict(instances, strictLoading);
  for (const { relation, state } of related) {
    // what is read along is as strict as the query
    const wanted =
      strictLoading === undefined ? state : { ...state, strictLoading: state.strictLoading ?? strictLoading };
    yield* loadRelated(relation, table, instances, because(loadReason, wanted));
  }
  return instances;
}

/** Says of instances that were read together whether what they lack is loaded by name only. */
function keepStrict(instances: readonly object[], isStrict: boolean): void {
  for (const origin of new Set(instances.map((instance) => Stored.origin(instance)!)))
    if (origin !== origin.table.origin) origin.isStrict = isStrict;
}

/** The first row, if there is one. */
export function* readFirst(table: BoundTable, state: QueryState): Program<object | undefined> {
  const [first] = yield* readAll(table, { ...state, limit: Math.min(state.limit ?? 1, 1) });
  return first;
}

/** The only row: none or several are errors. */
export function* readOne(table: BoundTable, state: QueryState): Program<object> {
  const rows = yield* readAll(table, { ...state, limit: Math.min(state.limit ?? 2, 2) });
  if (rows.length === 0) throw new NotFoundError(table.schema.modelName);
  if (rows.length > 1) throw new NotUniqueError(table.schema.modelName);
  return rows[0]!;
}

const countEverything = [{ expression: call('count'), alias: undefined }];

/** How many rows a query finds, counted by SQLite. */
export function* readCount(table: BoundTable, state: QueryState): Program<number> {
  if (state.empty !== undefined) return 0;
  const [row] = yield* readAggregate(table, selectOf(table.schema, state), isCut(state));
  return Number(row);
}

/** Whether the rows that a query finds are fewer than its conditions let through. */
const isCut = ({ distinct, limit, offset }: QueryState): boolean =>
  distinct || limit !== undefined || offset !== undefined;

function* readAggregate(table: BoundTable, select: SelectStatement, isCutShort: boolean): Program<unknown[]> {
  const counted: SelectStatement = isCutShort
    ? { ...emptySelect, columns: countEverything, from: { kind: 'subselect', select } }
    : { ...select, columns: countEverything, orderBy: [] };
  const { statement, parameters } = table.compile(counted);
  const [row] = yield* all(statement, parameters);
  return row!;
}

const emptySelect = {
  kind: 'select',
  distinct: false,
  where: undefined,
  orderBy: [],
  limit: undefined,
  offset: undefined,
} as const;

/** Whether a query finds any row, which is asked of the first one only. */
export function* readExists(table: BoundTable, state: QueryState): Program<boolean> {
  if (state.empty !== undefined) return false;
  const columns = state.distinct ? undefined : [{ expression: constant(1), alias: undefined }];
  const select = selectOf(table.schema, { ...state, orderBy: [], limit: Math.min(state.limit ?? 1, 1) });
  const { statement, parameters } = table.compile({ ...select, columns: columns ?? select.columns });
  return (yield* all(statement, parameters)).length > 0;
}

/** The values of one field. */
export function* readColumn(table: BoundTable, state: QueryState, field: string): Program<unknown[]> {
  const selection = selectFields(table.schema, [field]);
  if (state.empty !== undefined) return [];
  const select = selectOf(table.schema, { ...state, selection });
  const { statement, parameters } = table.compile(select, selection.bigints);
  const rows = yield* all(statement, parameters);
  return rows.map((row) => {
    selection.decode(row, table.onUndecodable);
    return row[0];
  });
}

/** Where reading in batches stands: behind which row, and how many rows are still wanted. */
export interface BatchPosition {
  readonly after: readonly SqlValue[] | undefined;
  readonly left: number;
}

/** A batch of instances, and where the next one begins; none when this was the last. */
export interface Batch {
  readonly rows: object[];
  readonly next: BatchPosition | undefined;
}

/**
 * The next rows of a query that is read in batches. Each batch begins behind the last row of the one before, found by the
 * order and the primary key: no cursor stays open meanwhile, and the connection can be written to.
 */
export function* readBatch(
  table: BoundTable,
  state: QueryState,
  keyset: Keyset,
  { after, left }: BatchPosition,
  size: number,
): Program<Batch> {
  const wanted = Math.min(size, left);
  const rows = yield* readAfter(table, state, keyset, after, wanted);
  if (rows.length < wanted || left === wanted) return { rows, next: undefined };
  return { rows, next: { after: keyset.position(Stored.row(rows.at(-1)!)!), left: left - wanted } };
}

function* readAfter(
  table: BoundTable,
  state: QueryState,
  keyset: Keyset,
  after: readonly SqlValue[] | undefined,
  limit: number,
): Program<object[]> {
  const where = after === undefined ? state.where : [...state.where, keyset.after(after)];
  const offset = after === undefined ? state.offset : undefined;
  return yield* readAll(table, { ...state, where, orderBy: keyset.orderBy, limit, offset });
}

/** The order in which a query can be read in batches, if there is one. */
export const keysetOf = (table: BoundTable, state: QueryState): Keyset | undefined =>
  state.distinct || state.selection !== undefined || state.shape !== undefined
    ? undefined
    : Keyset.of(table.schema, state.orderBy);

/** A page found by its number. */
export interface NumberedPage<Row> {
  readonly rows: Row[];
  /** The number of this page; the first is 1. */
  readonly number: number;
  readonly size: number;
  /** How many rows there are in all, and how many pages they make. */
  readonly total: number;
  readonly pages: number;
}

/** A page found by the row before it. */
export interface CursorPage<Row> {
  readonly rows: Row[];
  readonly size: number;
  /** Pass it as `after` to get the next page; `undefined` on the last. */
  readonly next: string | undefined;
}

/** A page by number: simple, but its rows move when rows before it come and go, and a late page costs all before it. */
export function* readNumberedPage(
  table: BoundTable,
  state: QueryState,
  size: number,
  number: number,
): Program<NumberedPage<object>> {
  const total = yield* readCount(table, state);
  const rows = yield* readAll(table, { ...state, limit: size, offset: (rowCount('number', number) - 1) * size });
  return { rows, number, size, total, pages: Math.ceil(total / size) };
}

/** A page behind a cursor: as fast at the end as at the start, and it neither skips nor repeats a row that stays in place. */
export function* readCursorPage(
  table: BoundTable,
  state: QueryState,
  size: number,
  cursor: string | undefined,
): Program<CursorPage<object>> {
  const keyset = keysetOf(table, state);
  if (keyset === undefined) {
    throw new QueryError(
      'This query cannot be paged by cursor: its rows have no order by columns of the model.',
      'Order it by fields and read whole instances, or page it by number.',
    );
  }
  const after = cursor === undefined ? undefined : keyset.fromCursor(cursor);
  const rows = yield* readAfter(table, state, keyset, after, size + 1);
  const hasMore = rows.length > size;
  if (hasMore) rows.pop();
  const next = hasMore ? keyset.toCursor(keyset.position(Stored.row(rows.at(-1)!)!)) : undefined;
  return { rows, size, next };
}
