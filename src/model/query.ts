import { runSync } from '../database/index.js';
import { QueryError } from '../errors/index.js';
import {
  compileOrder,
  compileWhere,
  deleteStatement,
  everyRow,
  keysetOf,
  liftScope,
  readAll,
  readBatch,
  readColumn,
  readCount,
  readCursorPage,
  readExists,
  readFirst,
  readNumberedPage,
  readOne,
  rowCount,
  selectFields,
  selectOf,
  selectShape,
  updateStatement,
  useScope,
  writeReturning,
  writeRows,
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
import type { Query, QueryOf } from './face.js';

/** Where a query's rows are: a binding, which finds the database when the query runs. */
export interface QuerySource {
  readonly schema: TableSchema;
  readonly table: BoundTable;
  readonly schemaNames: SchemaNames;
}

type Rows = object[];

/** Keeps one instance alive: when the last one of a class is collected, V8 drops the code made for their shape. */
let kept: TableQuery | undefined;

/** The one implementation behind `Query`: state, one way to change it, and the programs that answer it. */
export class TableQuery {
  readonly #source: QuerySource;
  readonly #state: QueryState;

  constructor(source: QuerySource, state: QueryState = everyRow) {
    this.#source = source;
    this.#state = state;
    kept ??= this;
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

  select(...wanted: readonly unknown[]): TableQuery {
    return this.#with({ selection: selectionOf(this.#source.schema, wanted) });
  }

  all(): Rows {
    return this.#run(readAll);
  }

  first(): object | undefined {
    return this.#run(readFirst);
  }

  one(): object {
    return this.#run(readOne);
  }

  count(): number {
    return this.#run(readCount);
  }

  exists(): boolean {
    return this.#run(readExists);
  }

  pluck(field: string): unknown[] {
    return this.#run((table, state) => readColumn(table, state, field));
  }

  *iterate({ batch = 256 }: { readonly batch?: number } = {}): Generator<object, void> {
    const { table } = this.#source;
    const keyset = keysetOf(table, this.#state);
    if (keyset === undefined) return yield* this.all();
    const size = atLeastOne('batch', batch);
    let next: BatchPosition | undefined = { after: undefined, left: this.#state.limit ?? Infinity };
    while (next !== undefined && next.left > 0) {
      const position: BatchPosition = next;
      const read = runSync(table.database, readBatch(table, this.#state, keyset, position, size));
      yield* read.rows;
      next = read.next;
    }
  }

  page({ size, number, after }: { readonly size: number; readonly number?: number; readonly after?: string }): unknown {
    if (this.#state.limit !== undefined || this.#state.offset !== undefined) {
      throw new QueryError(
        'A query that is paged has no limit or offset of its own.',
        'The size of the page is its limit.',
      );
    }
    const rows = atLeastOne('size', size);
    if (number === undefined) return this.#run((table, state) => readCursorPage(table, state, rows, after));
    if (number < 1) throw new QueryError('The first page has the number 1.');
    return this.#run((table, state) => readNumberedPage(table, state, rows, number));
  }

  update(changes: Readonly<Record<string, unknown>>, everyRow = false): number {
    return this.#run((table, state) => writeRows(table, updateStatement(table.schema, state, changes, { everyRow })));
  }

  delete(everyRow = false): number {
    return this.#run((table, state) => writeRows(table, deleteStatement(table.schema, state, { everyRow })));
  }

  returning(...fields: readonly string[]): ReturningWrites {
    const selection = fields.length === 0 ? undefined : selectFields(this.#source.schema, fields);
    return new ReturningWrites(this.#source, { ...this.#state, selection });
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
    return new TableQuery(this.#source, { ...this.#state, ...change });
  }

  #run<Result>(program: (table: BoundTable, state: QueryState) => Program<Result>): Result {
    const { table } = this.#source;
    return runSync(table.database, program(table, this.#state));
  }
}

/** `update` and `delete` that return rows. */
class ReturningWrites {
  readonly #source: QuerySource;
  readonly #state: QueryState;

  constructor(source: QuerySource, state: QueryState) {
    this.#source = source;
    this.#state = state;
  }

  update(changes: Readonly<Record<string, unknown>>): Rows {
    const { table } = this.#source;
    const statement = updateStatement(table.schema, this.#state, changes, { everyRow: false });
    return runSync(table.database, writeReturning(table, statement, this.#state));
  }

  delete(): Rows {
    const { table } = this.#source;
    const statement = deleteStatement(table.schema, this.#state, { everyRow: false });
    return runSync(table.database, writeReturning(table, statement, this.#state));
  }
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
export const typed = <Instance>(query: TableQuery): Query<Instance> =>
  query satisfies Record<QueryMember<Instance>, unknown> as unknown as Query<Instance>;

/** What a query has at run time: all but the type that it has as an operand. */
type QueryMember<Instance> = Exclude<keyof QueryOf<Instance, Instance, 'sync'>, typeof operandType>;
