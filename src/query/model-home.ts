import type { Scope } from '../database/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Program, SchemaNames } from '../sql/index.js';
import type { BoundTable, TableHome } from './bound-table.js';

/** The two faces of everything that waits for SQLite: values, or promises of them. */
export type Face = 'sync' | 'async';

/** What a method returns, by face. */
export interface Returns<Value> {
  sync: Value;
  async: Promise<Value>;
}

/** A database, or a transaction of one, as far as models have to know it to find theirs. */
export interface ModelHome<F extends Face = Face> {
  /** The name by which models find the database. */
  readonly alias: string;
  /** Whether its results are there when a method returns, or promised. */
  readonly face: F;
  /** The open connection. @internal */
  readonly connected: TableHome;
  /** The transaction that it is, if it is one. @internal */
  readonly scope: Scope | undefined;
  /** Whether the model is in its `models` list, or in that of a file attached to it. @internal */
  lists(schema: TableSchema): boolean;
  /** In which attached file tables stand. @internal */
  readonly schemaNames: SchemaNames;
  /** The table, created or verified first if this is its first use. @internal */
  tableOf(schema: TableSchema): Program<BoundTable>;
}
