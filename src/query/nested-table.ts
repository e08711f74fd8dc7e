import { TableSchema } from '../schema/index.js';
import { column as columnReference, type TableReference } from '../sql/index.js';

/** The table of the query around that of a subquery. */
const around = new WeakMap<TableSchema, TableSchema>();

/** Tables in subqueries, by the table around and their own. */
const nested = new WeakMap<TableSchema, Map<TableSchema, TableSchema>>();

/** A table as a subquery has it inside a query of another: under an alias where one of those around has the same name. */
export function nestedTable(table: TableSchema, outer: TableSchema): TableSchema {
  const known = nested.get(outer) ?? new Map<TableSchema, TableSchema>();
  nested.set(outer, known);
  let inner = known.get(table);
  if (inner === undefined) {
    inner = underAlias(table, freeAlias(table.name, namesAround(outer)));
    around.set(inner, outer);
    known.set(table, inner);
  }
  return inner;
}

function namesAround(outer: TableSchema): string[] {
  const names: string[] = [];
  for (let table: TableSchema | undefined = outer; table !== undefined; table = around.get(table)) {
    names.push((table.reference.alias ?? table.name).toLowerCase());
  }
  return names;
}

/** `users_2` inside of a query of `users`; none where the name is free. */
function freeAlias(name: string, taken: readonly string[]): string | undefined {
  if (!taken.includes(name.toLowerCase())) return undefined;
  let number = 2;
  while (taken.includes(`${name}_${number}`.toLowerCase())) number++;
  return `${name}_${number}`;
}

/** A table as a statement has it under an alias; without one, under its name. */
export function underAlias(table: TableSchema, alias: string | undefined): TableSchema {
  const reference: TableReference = alias === undefined ? table.reference : { ...table.reference, alias };
  const columns = table.columns.map((column) =>
    alias === undefined || column.computed !== undefined
      ? column
      : { ...column, reference: columnReference(reference, column.name) },
  );
  const key = table.primaryKey.map(({ property }) => property);
  return new TableSchema(table.options, reference, columns, key, table.leftOut);
}
