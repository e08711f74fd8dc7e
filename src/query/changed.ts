import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import { encodeValue } from './compile-where.js';
import { deferredValue } from './deferred-value.js';
import { generate, oncePerTable, quoted } from './generate.js';
import { decodeFailure, decoder } from './hydrate.js';
import { isSameValue } from './same-value.js';

type Fields = Record<string, unknown>;

const nothing: readonly never[] = [];

/** The columns whose fields no longer hold what is stored; objects are compared by what they encode to. */
type ChangedColumns = (fields: Fields, row: Row) => ColumnSchema[];

export const changedColumns = oncePerTable((schema): ChangedColumns => {
  const isSame = isSameIn(schema);
  const tests = schema.read.map(
    ({ property, position }) =>
      `f = o[${quoted(property)}]; s = r[${position}]; ` +
      `if (f !== s && !isSame(columns[${position}], f, s)) changed.push(columns[${position}]);`,
  );
  const text = `function changedColumns(o, r) { let f, s; const changed = []; ${tests.join('\n')} return changed; }`;
  const changed = generate<ChangedColumns>({ columns: schema.columns, isSame }, text) ?? changedByLoop(schema);
  return schema.read === schema.columns ? changed : withDeferred(schema, changed);
});

/** A column that is not read with the row has changed if it was given another value, and is not read for that. */
function withDeferred(schema: TableSchema, ofRead: ChangedColumns): ChangedColumns {
  const isSame = isSameIn(schema);
  const deferred = schema.columns.filter((column) => column.deferred);
  return (fields, row) => [
    ...ofRead(fields, row),
    ...deferred.filter((column) => {
      const known = deferredValue(fields, column);
      if (known === undefined) return false;
      const written = row[column.position] as SqlValue | undefined;
      const stored = written === undefined ? known.stored : written;
      // what the class itself gives each instance is nothing that was assigned
      if (stored === undefined) return known.value !== undefined || !Object.hasOwn(fields, column.property);
      return !isSame(column, known.value, stored);
    }),
  ];
}

export function changedByLoop(schema: TableSchema): ChangedColumns {
  const isSame = isSameIn(schema);
  return (fields, row) =>
    schema.read.filter((column) => !isSame(column, fields[column.property], row[column.position] as SqlValue));
}

/** Whether a field no longer holds what is stored, as far as that can be told of a value that its column does not take. */
export function isChanged(schema: TableSchema, column: ColumnSchema, value: unknown, stored: SqlValue): boolean {
  try {
    return !isSameIn(schema)(column, value, stored);
  } catch {
    return true;
  }
}

const isSameIn =
  (schema: TableSchema) =>
  (column: ColumnSchema, value: unknown, stored: SqlValue): boolean => {
    if (value === stored) return true;
    if (stored === null) return false;
    if (value === null && readsAsNull(schema, column, stored)) return true;
    if (value === null && column.nullable) return false;
    if (column.type.same !== undefined) return column.type.same(value, stored);
    const field = schema.field(column);
    const encoded = encodeValue(field, column, value);
    if (isSameValue(encoded, stored)) return true;
    if (typeof value !== 'object' || decodeFailure(schema, column, stored, nothing) !== undefined) return false;
    // another writer may have stored the same in other words, such as JSON with spaces
    return isSameValue(encoded, encodeValue(field, column, decoder(column, schema.bigints)(stored)));
  };

/** JSON has a null of its own, and a lenient database reads null for what does not decode: both stay as they are. */
const readsAsNull = (schema: TableSchema, column: ColumnSchema, stored: SqlValue): boolean =>
  decodeFailure(schema, column, stored, nothing) !== undefined || decoder(column, schema.bigints)(stored) === null;
