import type { Relation } from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { SqlValue } from '../sql/index.js';

/** The fields of an instance by name. */
export type Fields = Record<string, unknown>;

/** A model class as a relation's function returns it: called late, so that files may import each other. */
export type ModelThunk<Target> = () => { readonly prototype: Target };

/** What a relation keeps to, besides what SQLite does. */
export interface RelationRules {
  /** How many rows it leads to at least, when the transaction is committed, and at most. */
  readonly min: number;
  readonly max: number;
  /** The fields that are the same in both rows. */
  readonly same: readonly string[];
}

/** A relation as the field of an instance, of whatever kind. */
export interface FieldRelation extends Relation {
  readonly owner: TableSchema;
  /** `Post.author`, for error messages. */
  readonly name: string;
  /** The owner's columns by which it refers to another row; none where it does not. */
  readonly reference: readonly ColumnSchema[];
  readonly rules?: RelationRules | undefined;
  /** Puts what is assigned to the field into these columns, where there are any: now, or once it is inserted and has a key. */
  refer?(fields: Fields, value: unknown): 'known' | 'awaited';
}

/** One step from a table to another, by columns that equal each other. */
export interface Step {
  /** The columns of the table that it leads from. */
  readonly from: readonly ColumnSchema[];
  readonly table: TableSchema;
  /** The columns of the table that it leads to. */
  readonly to: readonly ColumnSchema[];
  /** The primary key on its one side: by its collations both are compared, as SQLite does with foreign keys. */
  readonly referred: readonly ColumnSchema[];
  /** Whether it leads to any number of rows, and not to one at most. */
  readonly isMany: boolean;
  /** What rows hold besides that it leads to, where they can refer to rows of several tables. */
  readonly fixed: readonly FixedValue[];
}

/** A column of a table, and what it has to hold. */
export interface FixedValue {
  readonly column: ColumnSchema;
  readonly value: SqlValue;
}

/** A relation that leads to one table, by one step or by several. */
export interface SteppedRelation extends FieldRelation {
  readonly steps: readonly Step[];
  /** Whether, of several rows that it finds, its field holds the first. */
  readonly takesFirst: boolean;
}

/** A relation by the rows of a table between. */
export interface LinkedRelation extends SteppedRelation {
  /** How that table refers to the owner, and how to the target. */
  readonly sides: readonly [SteppedRelation, SteppedRelation];
}
