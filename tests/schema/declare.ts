import { buildTable, declarationOf, type TableOptions, type TableSchema } from '../../src/schema/index.js';

/** A table as `defineModel` makes it: columns by field, without a class of the user's. */
export function declare(
  name: string,
  columns: Readonly<Record<string, object>>,
  options: TableOptions = {},
): TableSchema {
  class Row {}
  const declared = Object.entries(columns).map(([field, column]) => [field, declarationOf(column)] as const);
  const none = { indexes: [], relations: new Map(), scopes: [], getters: [], embedded: new Map(), hooks: new Map() };
  return buildTable(Row, name, options, { ...none, columns: new Map(declared) });
}
