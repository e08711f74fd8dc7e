import { QueryError } from '../errors/index.js';
import type { ColumnSchema, DeletionSchema, TableSchema } from '../schema/index.js';
import type { Expression, Program, SelectedColumn, SqlValue } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import type { ScopeState } from './scope.js';

/** How rows are deleted that stay in their table, and come back, as the feature does it that knows. */
export interface Deletion extends DeletionSchema {
  /** What is written of a row when it is deleted or restored. */
  writtenIn(schema: TableSchema): readonly ColumnSchema[];
  /** Deletes the row of an instance; says whether there was one that was not deleted. */
  delete(table: BoundTable, instance: object): Program<boolean>;
  /** Takes that back; says whether there was one that was deleted. */
  restore(table: BoundTable, instance: object): Program<boolean>;
  /** Deletes rows, none of which is deleted; returns what is asked of each, as it is then. */
  deleteRows(
    table: BoundTable,
    where: Expression | undefined,
    returning: readonly SelectedColumn[],
    bigints?: boolean,
  ): Program<DeletedRows>;
  /** Takes that back for rows which are deleted; says how many there were. */
  restoreRows(table: BoundTable, where: Expression | undefined): Program<number>;
}

/** What came of a delete of many rows. */
export interface DeletedRows {
  readonly changes: number;
  /** What was asked of each row. */
  readonly rows: SqlValue[][];
}

/** How rows of a table are deleted that stay in it; `undefined` where none does. */
export const deletionOf = ({ deletion }: TableSchema): Deletion | undefined => deletion as Deletion | undefined; // the features that make them make them so

/** The same, or `QueryError` for a verb that has no meaning where deleted rows are gone. */
export function knownDeletion(schema: TableSchema, verb: string): Deletion {
  const deletion = deletionOf(schema);
  if (deletion !== undefined) return deletion;
  const { modelName } = schema;
  throw new QueryError(
    `${verb} is for models whose deleted rows stay in the table, and ${modelName} is none.`,
    'Declare when a row was deleted: @deletedAt() deletedAt!: Date | null.',
  );
}

/** Shows a query the deleted rows: with the others, or alone. Other scopes hold as before. */
export function showDeleted(schema: TableSchema, state: ScopeState, deleted: 'with' | 'only'): ScopeState {
  knownDeletion(schema, deleted === 'with' ? 'withDeleted' : 'onlyDeleted');
  return { ...state, deleted };
}
