import { all, plainSyntax, SqlWriter, writeSelectHead, writeSelectTail, writeStatement } from '../sql/index.js';
import type { CompiledStatement, Row, SelectStatement, SqlValue, Statement, Program } from '../sql/index.js';
import type { ConnectedDatabase } from '../database/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { hooksEpoch, relationLoadHooks, tableHooks, type InstanceFeature, type TableHooks } from './hooks.js';
import type { Hydrate } from './hydrate.js';
import { hydratorOf } from './hydrate-family.js';
import { checkDatabase } from './same-database.js';
import { keyCondition, selectAll } from './select-all.js';
import { Origin, type Home, type OnUndecodable } from './origin.js';
import type { RelationLoadHooks } from './relation-load.js';

/** A database, with the tables of its models. */
export interface TableHome extends ConnectedDatabase {
  /** Whether rows are sooner there in one text, and tables are as their models say; see `readMany`. @internal */
  readonly canPack?: boolean;
  /** What takes part in the life of every instance in it. @internal */
  readonly features?: readonly InstanceFeature[];
  /** The tables of the models that it is known to have, each as its file has it. @internal */
  readonly knownTables?: readonly TableSchema[];
  /** What `using` takes to run something in a scope: the database, or its transaction. @internal */
  homeIn?(scope: unknown): object;
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
  readonly origin: Origin = new Origin(this, false);
  /** How much text was in its rows when many were read last; `too much` once they could not be packed. See `readMany`. */
  textInRows: 'little' | 'much' | 'too much' | undefined;
  /** Whether its file was detached: what has no file's name before it would be found in another one. */
  isDetached = false;
  /** `SELECT every column FROM table`. */
  readonly #head: string;
  #byKey: CompiledStatement | undefined;
  #hooks: TableHooks | undefined;
  #hooksEpoch = -1;
  #loadHooks: RelationLoadHooks | undefined;
  #loadHooksEpoch = -1;
  readonly #selects = new Map<string, CompiledStatement>();
  readonly #writes = new Map<WriteShape, CompiledStatement>();

  constructor(schema: TableSchema, database: TableHome, hydrate = hydratorOf(schema)) {
    this.schema = schema;
    this.database = database;
    this.hydrate = hydrate;
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

  /** What features do as instances come and go; `undefined` for most tables. */
  get hooks(): TableHooks | undefined {
    if (this.#hooksEpoch !== hooksEpoch) {
      this.#hooksEpoch = hooksEpoch;
      this.#hooks = tableHooks(this, this.database.features ?? []);
    }
    return this.#hooks;
  }

  /** What features do as relations of its instances are loaded; `undefined` for most tables. */
  get loadHooks(): RelationLoadHooks | undefined {
    if (this.#loadHooksEpoch !== hooksEpoch) {
      this.#loadHooksEpoch = hooksEpoch;
      this.#loadHooks = relationLoadHooks(this, this.database.features ?? []);
    }
    return this.#loadHooks;
  }

  /**
   * A query for whole rows. Only what differs from query to query is written at each call, and it is the key under which the
   * statement is found: a query of a known shape builds no SQL and prepares nothing.
   */
  compileSelect(select: SelectStatement): BoundStatement {
    const out = new SqlWriter(this.database.schemaNames);
    writeSelectTail(out, select);
    if (out.tablesOfKeys !== undefined) this.#checkKeys(out.tablesOfKeys);
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

  /** The table that a relation leads to. */
  related(schema: TableSchema): Program<BoundTable> {
    return this.database.tableOf(schema);
  }

  /** Any other statement, written anew. */
  compile(statement: Statement, bigints = false): BoundStatement {
    const out = new SqlWriter(this.database.schemaNames);
    writeStatement(out, statement);
    if (out.tablesOfKeys !== undefined) this.#checkKeys(out.tablesOfKeys);
    return { statement: this.#compiled(statement, out.text, bigints), parameters: out.parameters };
  }

  /** Refuses the keys of instances that stand in another database. */
  #checkKeys(tables: ReadonlySet<object>): void {
    for (const table of tables)
      checkDatabase(table as BoundTable, this.database, `the query of ${this.schema.modelName}`);
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
    const rows = yield* all(statement, parameters);
    return this.hooks?.loaded === undefined ? this.hydrate(rows, this) : yield* this.loaded(rows);
  }

  /** The instances of rows that were read, with what features do then. */
  *loaded(rows: Row[]): Program<object[]> {
    const instances = this.hydrate(rows, this);
    const { hooks } = this;
    if (hooks?.loaded !== undefined && instances.length > 0) yield* hooks.loaded(instances);
    return instances;
  }
}

function remember<Key>(map: Map<Key, CompiledStatement>, key: Key, statement: CompiledStatement): void {
  if (map.size >= mostShapes) map.clear();
  map.set(key, statement);
}
