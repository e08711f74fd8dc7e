import { DefinitionError } from '../errors/index.js';
import type { ColumnSchema } from './column-schema.js';
import type { TableSchema } from './table-schema.js';

/** Refuses a column that follows from what is no column, or from one of which the value is not known before it is written. */
export function checkFollowing(table: TableSchema): void {
  for (const column of table.following ?? []) {
    for (const field of column.follows!.fields) {
      const source = table.columnsByProperty.get(field);
      if (source !== undefined && isKnownBefore(table, source)) continue;
      throw new DefinitionError(
        source === undefined
          ? `${table.field(column)} follows from "${field}", which is no column of ${table.modelName}.`
          : `${table.field(column)} follows from ${field}, of which the value is not known before a row is written.`,
        'Name columns that you write, or let SQLite compute it: a generated column.',
      );
    }
  }
}

const isKnownBefore = (table: TableSchema, column: ColumnSchema): boolean =>
  column !== table.rowid &&
  column.readOnly !== 'always' &&
  column.default?.kind !== 'sql' &&
  column.onUpdate === undefined &&
  column.follows === undefined &&
  !column.countsUpdates;
