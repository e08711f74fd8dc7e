import { quote } from './identifier.js';
import type { TableReference } from './syntax.js';
import type { SqlWriter } from './writer.js';

/** A table where it is read or written: `"logs"."events" AS "e"`. */
export function writeTable(out: SqlWriter, table: TableReference): void {
  const schemaName = out.schemaNames(table.owner);
  if (schemaName !== undefined) out.write(`${quote(schemaName)}.`);
  out.write(quote(table.name));
  if (table.alias !== undefined) out.write(` AS ${quote(table.alias)}`);
}

/** The table's name before a column: with that of its file, for in another file a table may have the same name. */
export function writeQualifier(out: SqlWriter, { name, alias, owner }: TableReference): void {
  const schemaName = alias === undefined ? out.schemaNames(owner) : undefined;
  if (schemaName !== undefined) out.write(`${quote(schemaName)}.`);
  out.write(`${quote(alias ?? name)}.`);
}
