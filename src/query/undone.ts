import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import { isSameValue } from './same-value.js';

type Fields = Record<string, unknown>;

type Columns = readonly ColumnSchema[];

/** A write that was rolled back. */
export interface UndoneWrite {
  /** The fields that were filled by it and not by the user. */
  readonly filled: Columns;
  readonly written: Row | null | undefined;
  readonly before: Row | null | undefined;
}

/** What was read or assigned of fields that are no properties of the instance itself. */
type Values = Record<string, unknown> | undefined;

/** Puts the values from before an undone write on the instance again, unless it was given others since. */
export function takeBack(instance: object, schema: TableSchema, undone: UndoneWrite, values: Values): void {
  const { filled, written, before } = undone;
  const fields = instance as Fields;
  const columns = filled.filter((column) => isAsWritten(column, fields, written?.[column.position], values));
  if (!Array.isArray(before)) {
    for (const { property } of columns) fields[property] = undefined;
    return;
  }
  makeWholesAnew(schema, fields, columns);
  for (const column of columns) {
    const stored = storedBefore(column, before, values);
    if (stored === undefined)
      values![column.property] = undefined; // it is deferred, and was not read
    else fields[column.property] = decoded(column, stored);
  }
}

/** Lets embedded objects whose columns are all about to be assigned be made anew by that, or be null. */
export function makeWholesAnew({ options }: TableSchema, fields: Fields, columns: Columns): void {
  for (const [field, { parts }] of options.embedded ?? []) {
    const isWhole = parts.every((part) => columns.some(({ property }) => property === `${field}.${part}`));
    if (isWhole) fields[field] = undefined;
  }
}

function isAsWritten(column: ColumnSchema, fields: Fields, written: unknown, values: Values): boolean {
  const { type, property, deferred } = column;
  if (deferred && values?.[property] === undefined && !Object.hasOwn(fields, property)) return false; // reading would load it
  try {
    const value = fields[property];
    return isSameValue(value as SqlValue, written as SqlValue) || isSameValue(type.encode(value), written as SqlValue);
  } catch {
    return false; // another value, which its column does not even take
  }
}

/** What was stored of a column before; of a deferred one, as far as it was read. */
function storedBefore(
  { position, property, deferred }: ColumnSchema,
  before: Row,
  values: Values,
): SqlValue | undefined {
  const stored = before[position] as SqlValue | undefined;
  return stored === undefined && deferred ? (values?.[property] as { stored?: SqlValue } | undefined)?.stored : stored;
}

function decoded({ type }: ColumnSchema, stored: SqlValue): unknown {
  if (stored === null) return null;
  try {
    return type.decode(typeof stored === 'bigint' && type.bigints !== true ? Number(stored) : stored);
  } catch {
    return null; // as a lenient database read it
  }
}
