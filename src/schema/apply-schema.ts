import { SchemaDriftError } from '../errors/index.js';
import { all, quote, run, statement, type Program } from '../sql/index.js';
import { differences, type Repair } from './compare-table.js';
import { addColumnSql, createIndexSql, createTableSql, storedSql } from './create-table.js';
import { introspectTable } from './introspect.js';
import { checkForgotten, planDerivations } from './plan-derivations.js';
import type { TableSchema } from './table-schema.js';

/**
 * Makes a file hold its models' tables, or checks that it does. `create` adds the tables, indexes and columns that are missing
 * and SQLite can add; what would need a table to be written anew throws `SchemaDriftError`, as every difference does under
 * `verify`. All tables are checked before the first is touched: run it in one transaction.
 */
export function* applySchema(
  tables: readonly TableSchema[],
  mode: 'create' | 'verify',
  schemaName = 'main',
): Program<void> {
  for (const sql of yield* planSchema(tables, mode, schemaName)) yield* run(statement(sql));
}

/** The DDL that `applySchema` runs; throws what it throws, and only reads. */
export function* planSchema(
  tables: readonly TableSchema[],
  mode: 'create' | 'verify',
  schemaName = 'main',
): Program<string[]> {
  const ddl: string[] = [];
  if (tables.length === 0) return ddl;
  const stored = yield* readStored(schemaName);
  for (const table of tables) {
    const found = stored.get(table.name.toLowerCase());
    if (found === undefined) ddl.push(...createTable(table, mode, schemaName));
    else if (!isAsDeclared(table, found)) ddl.push(...(yield* repairTable(table, mode, schemaName)));
    checkForgotten(table, found?.triggers ?? []);
  }
  const derivations = tables.flatMap((table) => table.derivations);
  ddl.push(...(yield* planDerivations(derivations, mode, schemaName)));
  return ddl;
}

/** The texts that SQLite keeps of a table, of the indexes beside it, and of triggers that may keep columns of it. */
interface StoredTexts {
  table: string;
  readonly indexes: string[];
  readonly triggers: string[];
}

/** Everything but triggers, of which one for each derived column. */
const isLookedAt = `(type <> 'trigger' OR name LIKE '%_own_insert')`;

/** All tables and views with one statement: opening a file that is as it should be costs no more. */
function* readStored(schemaName: string): Program<Map<string, StoredTexts>> {
  const rows = yield* all(
    statement(
      `SELECT type, tbl_name, sql FROM ${quote(schemaName)}.sqlite_schema WHERE ${isLookedAt} AND sql IS NOT NULL`,
    ),
  );
  const stored = new Map<string, StoredTexts>();
  for (const [type, table, sql] of rows as [type: string, table: string, sql: string][]) {
    const name = table.toLowerCase();
    const texts = stored.get(name) ?? { table: '', indexes: [], triggers: [] };
    stored.set(name, texts);
    if (type === 'index') texts.indexes.push(sql);
    else if (type === 'trigger') texts.triggers.push(sql);
    else texts.table = sql;
  }
  return stored;
}

/** Whether a table and its indexes were made by this declaration, to the letter, and no UNIQUE was added since. */
function isAsDeclared(table: TableSchema, { table: sql, indexes }: StoredTexts): boolean {
  const ours = table.options.indexes.map((index) => storedSql(createIndexSql(table, index)));
  return (
    sql === storedSql(createTableSql(table)) &&
    ours.every((text) => indexes.includes(text)) &&
    indexes.every((text) => !text.startsWith('CREATE UNIQUE') || ours.includes(text))
  );
}

function createTable(table: TableSchema, mode: 'create' | 'verify', schemaName: string): string[] {
  if (mode === 'verify') throw new SchemaDriftError(table.name, ['it is missing from the file']);
  return [
    createTableSql(table, schemaName),
    ...table.options.indexes.map((index) => createIndexSql(table, index, schemaName)),
  ];
}

/** The DDL that makes a table what its model says. */
function* repairTable(table: TableSchema, mode: 'create' | 'verify', schemaName: string): Program<string[]> {
  const actual = yield* introspectTable(table.name, schemaName);
  const found = differences(table, actual!);
  const repairs = found.flatMap(({ repair }) => repair ?? []);
  const repairable = mode === 'create' && repairs.length === found.length;
  if (found.length > 0 && !(repairable && (yield* canAdd(table, repairs, schemaName)))) {
    throw new SchemaDriftError(
      table.name,
      found.map(({ sentence }) => sentence),
    );
  }
  return repairs.map((repair) =>
    repair.kind === 'add column'
      ? addColumnSql(table, repair.column, schemaName)
      : createIndexSql(table, repair.index, schemaName),
  );
}

/** Some columns can be added only while there are no rows. */
function* canAdd(table: TableSchema, repairs: readonly Repair[], schemaName: string): Program<boolean> {
  if (!repairs.some((repair) => repair.kind === 'add column' && repair.onlyIfEmpty)) return true;
  const rows = yield* all(statement(`SELECT 1 FROM ${quote(schemaName)}.${quote(table.name)} LIMIT 1`));
  return rows.length === 0;
}
