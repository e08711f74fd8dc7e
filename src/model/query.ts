import { runAsync, runSync } from '../database/index.js';
import { QueryError } from '../errors/index.js';
import {
  compileOrder,
  compileWhere,
  deleteReturning,
  deleteRows,
  everyRow,
  forceDeleteRows,
  keysetOf,
  liftScope,
  readAll,
  readAlong,
  readBatch,
  readColumn,
  readCount,
  readCursorPage,
  readExists,
  readFirst,
  readNumberedPage,
  readOne,
  isRelatedShape,
  relatedCounts,
  relatedShape,
  restoreRows,
  rowCount,
  selectFields,
  selectOf,
  selectShape,
  showDeleted,
  updateReturning,
  updateStatement,
  useScope,
  writeRows,
  type Batch,
  type BatchPosition,
  type BoundTable,
  type QueryState,
  type Scope,
} from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import {
  compile,
  runnableText,
  toSyntax,
  type Expression,
  type operandType,
  type Program,
  type SchemaNames,
  type SqlText,
} from '../sql/index.js';
import type { Face, ModelHome, TableProgram } from './binding.js';
import type { QueryOf } from './face.js';

/** Where a query's rows are: a binding, which finds the database when the query runs. */
export interface QuerySource {
  readonly schema: TableSchema;
  readonly schemaNames: SchemaNames;
  readonly face: Face;
  run<Result>(program: TableProgram<Result>): Result | Promise<Result>;
  runLater<Result>(program: TableProgram<Result>, signal?: AbortSignal): Promise<Result>;
}

type Rows = object[];
type Awaitable<Value> = Value | Promise<Value>;

/** How a query answers: at once or later, and until when. */
interface Answering {
  readonly face: Face;
  readonly signal?: AbortSignal | undefined;
}

/** Keeps one instance alive: when the last one of a class is collected, V8 drops the code made for their shape. */
let kept: TableQuery | undefined;

/** The one implementation behind `Query`: state, one way to change it, and the programs that answer it. */
export class TableQuery {
  readonly #source: QuerySource;
  readonly #state: QueryState;
  readonly #answering: Answering;

  constructor(source: QuerySource, state: QueryState = everyRow, answering: Answering = source) {
    this.#source = source;
    this.#state = state;
    this.#answering = answering;
    kept ??= this;
  }

  get async(): TableQuery {
    return new TableQuery(this.#source, this.#state, { face: 'async' });
  }

  abortSignal(signal: AbortSignal): TableQuery {
    return new TableQuery(this.#source, this.#state, { ...this.#answering, signal });
  }

  filter(where: unknown): TableQuery {
    const condition = compileWhere(this.#source.schema, where);
    return condition === undefined ? this : this.#with({ where: [...this.#state.where, condition] });
  }

  orderBy(...terms: readonly unknown[]): TableQuery {
    return this.#with({ orderBy: [...this.#state.orderBy, ...compileOrder(this.#source.schema, terms)] });
  }

  reorder(...terms: readonly unknown[]): TableQuery {
    return this.#with({ orderBy: compileOrder(this.#source.schema, terms) });
  }

  limit(count: number): TableQuery {
    return this.#with({ limit: rowCount('limit', count) });
  }

  offset(count: number): TableQuery {
    return this.#with({ offset: rowCount('offset', count) });
  }

  distinct(): TableQuery {
    return this.#with({ distinct: true });
  }

  use(scope: Scope<never>): TableQuery {
    return this.#with({ scopes: useScope(this.#state.scopes, scope) });
  }

  unscoped(scope?: Scope<never> | string): TableQuery {
    return this.#with({ scopes: liftScope(this.#source.schema, this.#state.scopes, scope) });
  }

  withDeleted(): TableQuery {
    return this.#with({ scopes: showDeleted(this.#source.schema, this.#state.scopes, 'with') });
  }

  onlyDeleted(): TableQuery {
    return this.#with({ scopes: showDeleted(this.#source.schema, this.#state.scopes, 'only') });
  }

  select(...wanted: readonly unknown[]): TableQuery {
    const { schema } = this.#source;
    const [shape] = wanted;
    if (isRelatedShape(schema, shape)) return this.#with({ selection: undefined, shape: relatedShape(schema, shape) });
    return this.#with({ selection: selectionOf(schema, wanted), shape: undefined });
  }

  with(...relations: readonly unknown[]): TableQuery {
    return this.#with({ related: readAlong(this.#source.schema, this.#state.related, relations) });
  }

  withCount(...relations: readonly unknown[]): TableQuery {
    return this.#with({ counts: [...this.#state.counts, ...relatedCounts(this.#source.schema, relations)] });
  }

  strictLoading(isStrict = true): TableQuery {
    return this.#with({ strictLoading: isStrict });
  }

  all(): Awaitable<Rows> {
    return this.#run(readAll);
  }

  first(): Awaitable<object | undefined> {
    return this.#run(readFirst);
  }

  one(): Awaitable<object> {
    return this.#run(readOne);
  }

  count(): Awaitable<number> {
    return this.#run(readCount);
  }

  exists(): Awaitable<boolean> {
    return this.#run(readExists);
  }

  pluck(field: string): Awaitable<unknown[]> {
    return this.#run((table, state) => readColumn(table, state, field));
  }

  iterate({ batch = 256 }: { readonly batch?: number } = {}): Iterable<object> | AsyncIterable<object> {
    return this.#answering.face === 'async' ? this.#iterateLater(batch) : this.#iterate(batch);
  }

  page(wanted: WantedPage): unknown {
    return this.#run<object>((table, state) => readPage(table, state, wanted));
  }

  update(changes: Readonly<Record<string, unknown>>, everyRow = false): Awaitable<number> {
    return this.#run((table, state) => writeRows(table, updateStatement(table.schema, state, changes, { everyRow })));
  }

  delete(everyRow = false): Awaitable<number> {
    return this.#run((table, state) => deleteRows(table, state, { everyRow }));
  }

  restore(): Awaitable<number> {
    return this.#run(restoreRows);
  }

  forceDelete(): Awaitable<number> {
    return this.#run(forceDeleteRows);
  }

  returning(...fields: readonly string[]): ReturningWrites {
    const selection = fields.length === 0 ? undefined : selectFields(this.#source.schema, fields);
    return new ReturningWrites((program) => this.#run(program), { ...this.#state, selection });
  }

  toSQL(): SqlText {
    return compile(selectOf(this.#source.schema, this.#state), this.#source.schemaNames);
  }

  toRunnableSQL(): string {
    return runnableText(selectOf(this.#source.schema, this.#state), this.#source.schemaNames);
  }

  [toSyntax](): Expression {
    const { schema } = this.#source;
    const state = this.#state;
    return {
      kind: 'subquery',
      // asked for when the statement is written, so that scopes are asked then
      get select() {
        return selectOf(schema, state);
      },
    };
  }

  #with(change: Partial<QueryState>): TableQuery {
    return new TableQuery(this.#source, { ...this.#state, ...change }, this.#answering);
  }

  #run<Result>(program: (table: BoundTable, state: QueryState) => Program<Result>): Awaitable<Result> {
    const { face, signal } = this.#answering;
    const ofTable = (table: BoundTable) => program(table, this.#state);
    return face === 'async' ? this.#source.runLater(ofTable, signal) : this.#source.run(ofTable);
  }

  *#iterate(batch: number): Generator<object, void> {
    let next: BatchPosition | undefined = this.#start;
    while (next !== undefined && next.left > 0) {
      const position: BatchPosition = next;
      const read = this.#run((table, state) => readNext(table, state, position, batch)) as Batch;
      yield* read.rows;
      next = read.next;
    }
  }

  async *#iterateLater(batch: number): AsyncGenerator<object, void> {
    let next: BatchPosition | undefined = this.#start;
    while (next !== undefined && next.left > 0) {
      const position: BatchPosition = next;
      const read: Batch = await this.#run((table, state) => readNext(table, state, position, batch));
      yield* read.rows;
      next = read.next;
    }
  }

  get #start(): BatchPosition {
    return { after: undefined, left: this.#state.limit ?? Infinity };
  }
}

/** What a caller says of the page that it wants. */
interface WantedPage {
  readonly size: number;
  readonly number?: number;
  readonly after?: string;
}

function readPage(table: BoundTable, state: QueryState, wanted: WantedPage): Program<object> {
  if (typeof wanted !== 'object' || (wanted as unknown) === null) {
    throw new QueryError('A page has a size.', 'Write page({ size: 20 }), or page({ size: 20, number: 3 }).');
  }
  const { size, number, after } = wanted;
  if (state.limit !== undefined || state.offset !== undefined) {
    throw new QueryError(
      'A query that is paged has no limit or offset of its own.',
      'The size of the page is its limit.',
    );
  }
  const rows = atLeastOne('size', size);
  if (number === undefined) return readCursorPage(table, state, rows, after);
  if (number < 1) throw new QueryError('The first page has the number 1.');
  return readNumberedPage(table, state, rows, number);
}

/** The next rows of a query that is read in batches; all at once where it has no order to go on from. */
function* readNext(table: BoundTable, state: QueryState, position: BatchPosition, batch: number): Program<Batch> {
  const keyset = keysetOf(table, state);
  if (keyset === undefined) return { rows: yield* readAll(table, state), next: undefined };
  return yield* readBatch(table, state, keyset, position, atLeastOne('batch', batch));
}

/** `update` and `delete` that return rows. */
class ReturningWrites {
  readonly #run: (program: TableProgram<Rows>) => Awaitable<Rows>;
  readonly #state: QueryState;

  constructor(run: (program: TableProgram<Rows>) => Awaitable<Rows>, state: QueryState) {
    this.#run = run;
    this.#state = state;
  }

  update(changes: Readonly<Record<string, unknown>>): Awaitable<Rows> {
    return this.#run((table) => updateReturning(table, this.#state, changes));
  }

  delete(): Awaitable<Rows> {
    return this.#run((table) => deleteReturning(table, this.#state));
  }
}

/** A query over a table that no model is bound to. */
export function tableQuery(table: BoundTable, { face, scope }: Pick<ModelHome, 'face' | 'scope'>): TableQuery {
  return new TableQuery({
    face,
    schema: table.schema,
    schemaNames: table.database.schemaNames,
    run: (program) => runSync(table.database, program(table)),
    runLater: async (program, signal) => await runAsync(table.database, program(table), scope, signal),
  });
}

/** A number of rows that is not zero, which would be read for ever. */
function atLeastOne(name: string, count: number): number {
  if (rowCount(name, count) > 0) return count;
  throw new QueryError(`The ${name} is at least 1.`);
}

function selectionOf(schema: TableSchema, wanted: readonly unknown[]) {
  const [first] = wanted;
  if (typeof first === 'object' && first !== null && wanted.length === 1) {
    return selectShape(schema, first as Readonly<Record<string, unknown>>);
  }
  return selectFields(schema, wanted as readonly string[]);
}

/** The same query with its types: they are of the face, and the implementation knows only objects. */
export const typed = <Instance, F extends Face>(query: TableQuery): QueryOf<Instance, Instance, F> =>
  query satisfies Record<QueryMember<Instance>, unknown> as unknown as QueryOf<Instance, Instance, F>;

/** What a query has at run time: all but the type that it has as an operand. */
type QueryMember<Instance> = Exclude<keyof QueryOf<Instance, Instance, 'async'>, typeof operandType>;
