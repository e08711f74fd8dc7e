import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import { Stored } from './stored.js';

type Fields = Record<string, unknown>;

/** The value of a deferred column, and what is stored, as far as that was read. */
export interface DeferredValue {
  readonly value: unknown;
  readonly stored: SqlValue | undefined;
}

/** What was read or assigned of a deferred column, whose field is an accessor. */
export const loadedValue = (instance: object, property: string): DeferredValue | undefined =>
  Stored.value(instance, property) as DeferredValue | undefined;

export const setLoaded = (instance: object, property: string, value: DeferredValue): void =>
  Stored.setValue(instance, property, value);

/** What is known of a deferred column: `undefined` until it is read or assigned. */
export const deferredValue = (instance: object, { property }: ColumnSchema): DeferredValue | undefined =>
  Object.hasOwn(instance, property)
    ? { value: (instance as Fields)[property], stored: undefined }
    : loadedValue(instance, property);

/** What is stored in a column of an instance's row, as far as that is known: `undefined` for what is deferred and was not read. */
export function knownOf(
  instance: object,
  { position, property, deferred }: ColumnSchema,
  row: Row,
): SqlValue | undefined {
  const stored = row[position] as SqlValue | undefined; // of what is deferred, if it was written
  return stored === undefined && deferred ? loadedValue(instance, property)?.stored : stored;
}

/** Whether a field has its value at hand: it is not deferred, or was read or assigned, or there is no row to read it from. */
export const isAtHand = (instance: object, column: ColumnSchema): boolean =>
  !column.deferred || deferredValue(instance, column) !== undefined || !Array.isArray(Stored.row(instance));

/** Goes back to knowing nothing of the deferred columns of an instance. */
export function forgetDeferred({ columns }: TableSchema, instance: object): void {
  for (const { property, deferred } of columns) {
    if (!deferred) continue;
    delete (instance as Fields)[property];
    Stored.setValue(instance, property, undefined);
  }
}
