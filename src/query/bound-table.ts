import { all, compile, plainSyntax, SqlWriter, writeSelectHead, writeSelectTail } from '../sql/index.js';
import type { CompiledStatement, SelectStatement, SqlValue, Statement, Program } from '../sql/index.js';
import type { ConnectedDatabase } from '../database/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Hydrate } from './hydrate.js';
import { hydratorOf } from './hydrate-family.js';
import { keyCondition, selectAll } from './select-all.js';
import type { Home, OnUndecodable } from './stored.js';

/** A database, with the tables of its models. */
export interface TableHome extends ConnectedDatabase {
  /** The table, created or verified first if this is its first use. @internal */
  tableOf(schema: TableSchema): Program<BoundTable>;
  /** The table of a model that shares another one's, which is there already. @internal */
  relative(schema: TableSchema): BoundTable;
}

/** A compiled statement with the values that it is run with. */
export interface BoundStatement {
  readonly statement: CompiledStatement;
  readonly parameters: readonly SqlValue[];
}

/** What one write of a row differs from others in: a column, for an update of that alone, or a text that says it. */
export type WriteShape = string | ColumnSchema;

/** How many shapes of queries a table keeps compiled. */
const mostShapes = 500;

/** A table in one database: its hydrator, and what was compiled for it. */
export class BoundTable implements Home {
  readonly schema: TableSchema;
  readonly database: TableHome;
  readonly hydrate: Hydrate;
  kept: object | undefined;
  /** Whether its file was detached: what has no file's name before it would be found in another one. */
  isDetached = false;
  /** `SELECT every column FROM table`. */
  readonly #head: string;
  #byKey: CompiledStatement | undefined;
  readonly #selects = new Map<string, CompiledStatement>();
  readonly #writes = new Map<WriteShape, CompiledStatement>();

  constructor(schema: TableSchema, database: TableHome) {
    this.schema = schema;
    this.database = database;
    this.hydrate = hydratorOf(schema);
    const out = new SqlWriter(database.schemaNames);
    writeSelectHead(out, selectAll(schema));
    this.#head = out.text;
  }

  get onUndecodable(): OnUndecodable | undefined {
    return this.database.onUndecodable;
  }

  get isStrict(): boolean {
    return this.database.isStrict || this.database.isLate;
  }

  /**
   * A query for whole rows. Only what differs from query to query is written at each call, and it is the key under which the
   * statement is found: a query of a known shape builds no SQL and prepares nothing.
   */
  compileSelect(select: SelectStatement): BoundStatement {
    const out = new SqlWriter(this.database.schemaNames);
    writeSelectTail(out, select);
    let statement = this.#selects.get(out.text);
    if (statement === undefined) {
      statement = this.#compiled(select, this.#head + out.text, this.schema.bigints);
      remember(this.#selects, out.text, statement);
    }
    return { statement, parameters: out.parameters };
  }

  /** The query for the row with a primary key, compiled once. */
  byKey(key: readonly SqlValue[]): BoundStatement {
    this.#byKey ??= this.compileSelect({ ...selectAll(this.schema), where: keyCondition(this.schema) }).statement;
    return { statement: this.#byKey, parameters: key };
  }

  /** Any other statement, written anew. */
  compile(statement: Statement, bigints = false): BoundStatement {
    const { sql, parameters } = compile(statement, this.database.schemaNames);
    return { statement: this.#compiled(statement, sql, bigints), parameters };
  }

  #compiled(statement: Statement, sql: string, bigints: boolean): CompiledStatement {
    const syntax = this.database.takesSyntax ? plainSyntax(statement) : undefined;
    return { sql, bigints, reads: statement.kind === 'select', syntax };
  }

  /** The same table, as another model that shares it has it. */
  relative(schema: TableSchema): BoundTable {
    return this.database.relative(schema);
  }

  /** A statement of one row that was compiled before, by its shape. */
  known(shape: WriteShape): CompiledStatement | undefined {
    return this.#writes.get(shape);
  }

  /** Compiles a statement of one row, for all that have its shape. */
  learn(shape: WriteShape, statement: Statement): CompiledStatement {
    const compiled = this.compile(statement, this.schema.bigints).statement;
    remember(this.#writes, shape, compiled);
    return compiled;
  }

  /** The instances that a query for whole rows finds. */
  *load(select: SelectStatement): Program<object[]> {
    const { statement, parameters } = this.compileSelect(select);
    return this.hydrate(yield* all(statement, parameters), this);
  }
}

function remember<Key>(map: Map<Key, CompiledStatement>, key: Key, statement: CompiledStatement): void {
  if (map.size >= mostShapes) map.clear();
  map.set(key, statement);
}
