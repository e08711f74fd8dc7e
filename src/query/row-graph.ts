import type { ColumnSchema, TableSchema } from '../schema/index.js';

/** How rows of one table refer to rows of another, or of the same. */
export interface Reference {
  /** `Post.author`, for error messages. */
  readonly name: string;
  /** The columns that refer. */
  readonly columns: readonly ColumnSchema[];
  /** The columns that each of them is equal to. */
  readonly target: readonly ColumnSchema[];
  /** Whether the row may be inserted before the one that it refers to: the key is checked at the end of the transaction, or never. */
  readonly isDeferrable: boolean;
  /** Whether an instance still leads to another one, and was not given something else meanwhile. */
  leads(from: object, to: object): boolean;
  /** Lets the field of an instance lead to another one, whose key is still awaited or known by now. */
  lead(from: object, to: object, isAwaited: boolean): void;
}

/** Rows that are written together, and which of them refer to which. */
export interface RowGraph {
  /** Takes an instance in: to be inserted, or where it has a row, to be updated if it changed. */
  include(instance: object, schema: TableSchema): void;
  /** Says that a row refers to another one, whose key it is given as soon as that is known. Takes both in. */
  refer(from: object, to: object, reference: Reference): void;
}

const graphs = new WeakMap<object, RowGraph>();

/** Who will insert an instance that has no row yet; nobody unless that was promised. */
export const insertingGraph = (instance: object): RowGraph | undefined => graphs.get(instance);

/** Promises that an instance will be inserted, or takes that back. */
export function promiseRow(instance: object, graph: RowGraph | undefined): void {
  if (graph === undefined) graphs.delete(instance);
  else graphs.set(instance, graph);
}
