import { and, isNull, type Expression } from '../sql/index.js';
import type { ColumnSchema } from './column-schema.js';
import type { DeclaredIndex } from './declared-class.js';
import type { IndexSchema } from './table-schema.js';

/**
 * The columns of a table whose deleted rows stay in it, of which none is UNIQUE by itself any more: SQLite would let no other row
 * have the value of a deleted one. An index has to say it of the other rows.
 */
export function withoutUnique(columns: readonly ColumnSchema[]): {
  readonly columns: readonly ColumnSchema[];
  readonly indexes: readonly DeclaredIndex[];
} {
  if (!columns.some(({ deletion }) => deletion !== undefined)) return { columns, indexes: [] };
  return {
    columns: columns.map((column) => (column.unique ? { ...column, unique: false } : column)),
    indexes: columns.filter(({ unique }) => unique).map(({ property }) => ({ on: property, unique: true })),
  };
}

/** Indexes of which the unique ones leave out deleted rows: `… WHERE "deleted_at" IS NULL`. https://sqlite.org/partialindex.html */
export function uniqueAmongLiving(
  columns: readonly ColumnSchema[],
  indexes: readonly IndexSchema[],
): readonly IndexSchema[] {
  const mark = columns.find(({ deletion }) => deletion !== undefined);
  if (mark === undefined) return indexes;
  const isLiving = isNull(mark.reference);
  const among = (where: Expression | undefined) => (where === undefined ? isLiving : and([where, isLiving]));
  return indexes.map((index) => (index.unique ? { ...index, where: among(index.where) } : index));
}
