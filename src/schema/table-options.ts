import type { Sql } from '../sql/index.js';
import type { Naming } from './naming.js';
import type { ScopeSchema } from './scope.js';

/** An index over several fields or an expression. https://sqlite.org/lang_createindex.html */
export interface IndexOptions<Field extends string = string> {
  /** The fields, or SQL expressions with the names of the columns. */
  readonly on: Field | Sql | readonly (Field | Sql)[];
  /** Whether no two rows may have the same values; NULLs are all different. */
  readonly unique?: boolean;
  /** Puts only the rows into the index for which this holds. https://sqlite.org/partialindex.html */
  readonly where?: Sql;
  /** The index's name; made of the table's and the columns' unless given. */
  readonly name?: string;
}

/** The names of the options of an index, and of what is noted with one. */
export const indexOptionNames: Readonly<Record<keyof IndexOptions | 'isInherited', true>> = {
  on: true,
  unique: true,
  where: true,
  name: true,
  isInherited: true,
};

/** The options of `@table` and `defineModel`. */
export interface TableOptions<Field extends string = string> {
  /** The alias of the database in which the table stands, when no open database lists the model. */
  readonly database?: string;
  /** The fields of a composite primary key, in order. A single one is declared on its column. */
  readonly primaryKey?: readonly Field[];
  /** Whether SQLite keeps to the columns' types; `true` unless said. https://sqlite.org/stricttables.html */
  readonly strict?: boolean;
  /** Stores the rows in the primary key's index: for small rows with a key that is no integer. https://sqlite.org/withoutrowid.html */
  readonly withoutRowid?: boolean;
  readonly indexes?: readonly IndexOptions<Field>[];
  /** Conditions that every row must meet; an object gives them names. */
  readonly checks?: readonly Sql[] | Readonly<Record<string, Sql>>;
  /** How the columns are called; `snake_case` makes `created_at` of `createdAt`, and is the default. */
  readonly naming?: Naming;
  /** The fields that `fill` may set; all but the primary key and the read-only ones unless given. */
  readonly fillable?: readonly Field[];
  /** Scopes that every query is under until it lifts them. */
  readonly scopes?: readonly ScopeSchema[];
  /**
   * `false` makes loaded instances without running their constructor: faster where standard decorators are lowered by esbuild,
   * but initializers do not run and private fields do not exist. `true` unless said.
   */
  readonly construct?: boolean;
}

/** The names of the options of a table, with those that models of several subtypes have. */
export const tableOptionNames: Readonly<Record<keyof TableOptions | 'discriminator', true>> = {
  database: true,
  primaryKey: true,
  strict: true,
  withoutRowid: true,
  indexes: true,
  checks: true,
  naming: true,
  fillable: true,
  scopes: true,
  construct: true,
  discriminator: true,
};
