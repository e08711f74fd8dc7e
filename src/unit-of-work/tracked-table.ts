import { BoundTable, type BoundStatement, type Hydrate, type WriteShape } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { CompiledStatement, Program, SelectStatement, SqlValue, Statement } from '../sql/index.js';

/** What a unit of work does in place of a table. */
export interface Tracking {
  readonly hydrate: Hydrate;
  related(schema: TableSchema): Program<BoundTable>;
  relative(schema: TableSchema): BoundTable;
}

/** A table as a unit of work sees it: rows that it has read become the instances that it has, and so do those they lead to. */
export class TrackedTable extends BoundTable {
  /** The same table as everybody else sees it. */
  readonly table: BoundTable;
  readonly #tracking: Tracking;

  constructor(table: BoundTable, tracking: Tracking) {
    super(table.schema, table.database, tracking.hydrate);
    this.table = table;
    this.#tracking = tracking;
  }

  override related(schema: TableSchema): Program<BoundTable> {
    return this.#tracking.related(schema);
  }

  override relative(schema: TableSchema): BoundTable {
    return this.#tracking.relative(schema);
  }

  // what was compiled for the table serves every unit of work

  override compileSelect(select: SelectStatement): BoundStatement {
    return this.table.compileSelect(select);
  }

  override byKey(key: readonly SqlValue[]): BoundStatement {
    return this.table.byKey(key);
  }

  override compile(statement: Statement, bigints?: boolean): BoundStatement {
    return this.table.compile(statement, bigints);
  }

  override known(shape: WriteShape): CompiledStatement | undefined {
    return this.table.known(shape);
  }

  override learn(shape: WriteShape, statement: Statement): CompiledStatement {
    return this.table.learn(shape, statement);
  }
}
