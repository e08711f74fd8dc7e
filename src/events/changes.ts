import { decoder, isChanged, type InstanceWrite } from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import type { FieldChange } from './event.js';

type Fields = Readonly<Record<string, unknown>>;

/** What a write changes in the row: as the fields are now, or as they were written once they are. */
export function changesOf({ table: { schema }, instance, verb, before, after }: InstanceWrite) {
  const changes: Record<string, FieldChange<unknown>> = {};
  if (verb === 'delete') return changes;
  for (const column of schema.columns) {
    const value = after === undefined ? (instance as Fields)[column.property] : decoded(schema, column, after);
    if (!differs(schema, column, value, before)) continue;
    changes[column.property] = { before: before && decoded(schema, column, before), after: value };
  }
  return changes;
}

function differs(schema: TableSchema, column: ColumnSchema, value: unknown, before: Row | undefined): boolean {
  if (before === undefined) return value !== undefined;
  return isChanged(schema, column, value, before[column.position] as SqlValue);
}

function decoded(schema: TableSchema, column: ColumnSchema, row: Row): unknown {
  const stored = row[column.position] as SqlValue;
  if (stored === null) return null;
  try {
    return decoder(column, schema.bigints)(stored);
  } catch {
    return null; // as a lenient database read it
  }
}
