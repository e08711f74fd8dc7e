import { compile, compileDdl, literal, mainOnly, quote } from '../sql/index.js';
import type { ColumnSchema } from './column-schema.js';
import type { ForeignKeySchema, IndexSchema, TableSchema, TriggerSchema } from './table-schema.js';

/** `CREATE TABLE …`, the same text from the same declaration in every dialect. https://sqlite.org/lang_createtable.html */
export function createTableSql(table: TableSchema, schemaName?: string): string {
  const { options } = table;
  const definitions = [...table.stored.map((column) => columnSql(table, column)), ...tableConstraints(table)];
  const traits = [...(options.strict ? ['STRICT'] : []), ...(options.withoutRowid ? ['WITHOUT ROWID'] : [])];
  const body = definitions.map((definition) => `  ${definition}`).join(',\n');
  return `CREATE TABLE ${qualified(table.name, schemaName)} (\n${body}\n)${traits.length > 0 ? ` ${traits.join(', ')}` : ''}`;
}

/** `CREATE INDEX …` for each index beside the table. */
export const createIndexSql = (table: TableSchema, index: IndexSchema, schemaName?: string): string =>
  `CREATE ${index.unique ? 'UNIQUE INDEX' : 'INDEX'} ${qualified(index.name, schemaName)} ON ${quote(table.name)} (` +
  `${index.terms.map(compileDdl).join(', ')})${index.where ? ` WHERE ${compileDdl(index.where)}` : ''}`;

/** `CREATE TRIGGER …`. Its statements name tables without their file, since SQLite takes no other: they are in the trigger's own. */
export function createTriggerSql(
  { name, table, event, columns, statement }: TriggerSchema,
  schemaName?: string,
): string {
  const of = columns.length === 0 ? '' : ` OF ${names(columns)}`;
  const { sql } = compile(statement, mainOnly, { values: 'literal' });
  return `CREATE TRIGGER ${qualified(name, schemaName)} AFTER ${event.toUpperCase()}${of} ON ${quote(table.name)} BEGIN\n  ${sql};\nEND`;
}

/** `ALTER TABLE … ADD COLUMN …`. https://sqlite.org/lang_altertable.html#altertabaddcol */
export const addColumnSql = (table: TableSchema, column: ColumnSchema, schemaName?: string): string =>
  [
    `ALTER TABLE ${qualified(table.name, schemaName)} ADD COLUMN ${columnSql(table, column)}`,
    // one over several columns cannot be added
    ...table.foreignKeys.filter(({ columns }) => columns.length === 1 && columns[0] === column).map(referencesSql),
  ].join(' ');

/** A temporary table shadows one of the same name, so DDL always names the file it means. */
const qualified = (name: string, schemaName = 'main'): string => `${quote(schemaName)}.${quote(name)}`;

/** What SQLite keeps of a CREATE: its text without the name of the file. https://sqlite.org/schematab.html */
export const storedSql = (sql: string, schemaName = 'main'): string => sql.replace(`${quote(schemaName)}.`, '');

function columnSql(table: TableSchema, column: ColumnSchema): string {
  const name = quote(column.name);
  const parts = [name, column.type.storage];
  if (!column.nullable) parts.push('NOT NULL'); // a primary key, too: SQLite lets NULL into one that is no integer
  if (column.primaryKey && table.primaryKey.length === 1) parts.push(primaryKeySql(table));
  if (column.unique) parts.push('UNIQUE');
  const defaultText = defaultSql(column);
  if (defaultText !== undefined) parts.push(`DEFAULT ${defaultText}`);
  if (column.collation !== undefined) parts.push(`COLLATE ${quote(column.collation)}`);
  for (const check of columnChecks(column)) parts.push(`CHECK (${check})`);
  if (column.generated !== undefined) {
    const { expression, stored } = column.generated;
    parts.push(`GENERATED ALWAYS AS (${compileDdl(expression)}) ${stored ? 'STORED' : 'VIRTUAL'}`);
  }
  return parts.join(' ');
}

const primaryKeySql = (table: TableSchema): string =>
  table.options.autoincrement ? 'PRIMARY KEY AUTOINCREMENT' : 'PRIMARY KEY';

/** The CHECKs of a column: its type's and its own. */
export function columnChecks(column: ColumnSchema): string[] {
  const checks = column.check === undefined ? [] : [compileDdl(column.check)];
  const ofType = column.type.check?.(quote(column.name));
  return ofType === undefined || column.generated !== undefined ? checks : [ofType, ...checks];
}

/** What stands after DEFAULT: a literal, or an expression in parentheses. */
export function defaultSql({ default: given, type }: ColumnSchema): string | undefined {
  if (given === undefined) return undefined;
  if (given.kind === 'value') return given.value === null ? undefined : literal(type.encode(given.value));
  const expression = given.kind === 'sql' ? given.expression : given.sql;
  return expression === undefined ? undefined : `(${compileDdl(expression)})`;
}

function tableConstraints(table: TableSchema): string[] {
  const key = names(table.primaryKey);
  const checks = table.options.checks.map(({ name, expression }) => {
    const check = `CHECK (${compileDdl(expression)})`;
    return name === undefined ? check : `CONSTRAINT ${quote(name)} ${check}`;
  });
  const foreignKeys = table.foreignKeys.map((each) => `FOREIGN KEY (${names(each.columns)}) ${referencesSql(each)}`);
  return [...(table.primaryKey.length > 1 ? [`PRIMARY KEY (${key})`] : []), ...checks, ...foreignKeys];
}

const names = (columns: readonly ColumnSchema[]): string => columns.map(({ name }) => quote(name)).join(', ');

/** `REFERENCES "users" ("id") ON DELETE CASCADE`. https://sqlite.org/syntax/foreign-key-clause.html */
function referencesSql({ target, targetColumns, onDelete, onUpdate, deferrable }: ForeignKeySchema): string {
  const parts = [`REFERENCES ${quote(target.name)} (${names(targetColumns)})`];
  if (onDelete !== 'no action') parts.push(`ON DELETE ${onDelete.toUpperCase()}`);
  if (onUpdate !== 'no action') parts.push(`ON UPDATE ${onUpdate.toUpperCase()}`);
  if (deferrable) parts.push('DEFERRABLE INITIALLY DEFERRED');
  return parts.join(' ');
}
