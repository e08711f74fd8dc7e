import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { SqlValue } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { narrow } from './hydrate.js';
import { takeBack } from './insert.js';
import { Stored } from './stored.js';
import { makeWholesAnew } from './undone.js';

/**
 * Puts on an instance what was written into columns of its row without looking at its fields, as its own model has these columns, and
 * remembers the row. `schema` is the table as the values were read by it.
 */
export function takeWritten(
  schema: TableSchema,
  instance: object,
  written: readonly ColumnSchema[],
  values: readonly SqlValue[],
): void {
  const home = Stored.table(instance)!;
  const { columnsByProperty, bigints } = home.schema;
  const known = Stored.row(instance);
  if (!Array.isArray(known)) return; // deleted while SQLite answered
  const row = known.slice();
  const fields = instance as Record<string, unknown>;
  const own = written.map(({ property }) => columnsByProperty.get(property));
  const filled = own.filter((column) => column !== undefined);
  makeWholesAnew(home.schema, fields, filled);
  own.forEach((column, at) => {
    const value = values[at]!;
    if (column !== undefined) takeBack(home, column, fields, row, schema.bigints && !bigints ? narrow(value) : value);
  });
  remember(instance, row, filled);
}

/** Says that the row of an instance was deleted and is gone, until a rollback says otherwise. */
export const takeDeleted = (instance: object): void => remember(instance, null, []);

/** Whoever asks for the row of an instance takes back what was undone; where nobody else may ask, it is asked here. */
export const takeBackOnRollback = ({ database }: BoundTable, instances: readonly object[]): void =>
  database.transactions.onRollback(() => instances.forEach((instance) => Stored.row(instance)));

function remember(instance: object, row: unknown[] | null, written: readonly ColumnSchema[]): void {
  const table = Stored.table(instance) as BoundTable;
  Stored.write(instance, row, table, table.database.transactions.innermost, written);
}
