import { decoder, isAtHand, isChanged, knownOf, type InstanceWrite } from '../query/index.js';
import type { ColumnSchema, EmbeddedSchema, TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import type { FieldChange } from './event.js';

type Fields = Readonly<Record<string, unknown>>;

/** What a write changes in the row: as the fields are now, or as they were written once they are. */
export function changesOf(write: InstanceWrite) {
  const { schema } = write.table;
  const changes: Record<string, FieldChange<unknown>> = {};
  if (write.verb === 'delete') return changes;
  for (const column of schema.columns) {
    const change = changeOf(write, column);
    if (change === undefined) continue;
    const embedded = schema.options.embedded?.get(column.embedded?.field ?? '');
    if (embedded === undefined) changes[column.property] = change;
    else changes[embedded.field] ??= changeOfEmbedded(write, embedded);
  }
  return changes;
}

function changeOf(write: InstanceWrite, column: ColumnSchema): FieldChange<unknown> | undefined {
  const { table, instance, before, after } = write;
  const { schema } = table;
  if (after === undefined && !isAtHand(instance, column)) return undefined; // deferred, and not touched
  const value =
    after === undefined ? (instance as Fields)[column.property] : decoded(schema, column, stored(after, column));
  const known = before && knownOf(instance, column, before);
  const isSame = known === undefined ? value === undefined : !isChanged(schema, column, value, known);
  return isSame ? undefined : { before: decoded(schema, column, known), after: value };
}

/** An object whose fields are columns has changed as a whole. */
function changeOfEmbedded({ table, instance, before, after }: InstanceWrite, embedded: EmbeddedSchema) {
  const { schema } = table;
  return {
    before: before && objectIn(schema, embedded, before),
    after: after === undefined ? (instance as Fields)[embedded.field] : objectIn(schema, embedded, after),
  };
}

function objectIn(schema: TableSchema, embedded: EmbeddedSchema, row: Row): unknown {
  const { field, parts, nullable } = embedded;
  const values = parts.map((part) => {
    const column = schema.column(`${field}.${part}`);
    return [part, decoded(schema, column, stored(row, column))] as const;
  });
  const isNone = nullable && values.every(([, value]) => value === null);
  return isNone ? null : embedded.toInstance(Object.fromEntries(values), schema.modelName);
}

const stored = (row: Row, { position }: ColumnSchema): SqlValue | undefined => row[position] as SqlValue | undefined;

function decoded(schema: TableSchema, column: ColumnSchema, value: SqlValue | undefined): unknown {
  if (value === null || value === undefined) return value;
  try {
    return decoder(column, schema.bigints)(value);
  } catch {
    return null; // as a lenient database read it
  }
}
