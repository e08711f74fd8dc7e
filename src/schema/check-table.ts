import { DefinitionError } from '../errors/index.js';
import type { ColumnSchema } from './column-schema.js';
import type { TableSchema } from './table-schema.js';

/** The members of every instance, and the names that mean something else to JavaScript. */
const taken = new Set([
  'save',
  'delete',
  'forceDelete',
  'restore',
  'isSoftDeleted',
  'reload',
  'load',
  'related',
  'validate',
  'fill',
  'toJSON',
  'async',
  'constructor',
  '__proto__',
]);

/** Refuses a table that SQLite would refuse, or would take for something else than was meant. */
export function checkTable(table: TableSchema): void {
  const { options, modelName, primaryKey } = table;
  if (table.stored.length === 0) {
    throw new DefinitionError(`${modelName} has no columns.`, 'Decorate its fields: @text() name!: string.');
  }
  if (primaryKey.length === 0) {
    throw new DefinitionError(`${modelName} has no primary key.`, 'Add one: @id() id!: Generated<number>.');
  }
  checkDistinctNames(table);
  checkFields(table);
  for (const column of primaryKey) {
    if (column.nullable) throw new DefinitionError(`${table.field(column)} is a primary key and cannot be nullable.`);
    if (column.type.storage === 'ANY') {
      throw new DefinitionError(`${table.field(column)} is a primary key and needs a type other than ANY.`);
    }
  }
  if (options.autoincrement && table.rowid === undefined) {
    throw new DefinitionError(`${modelName} has autoincrement without an integer primary key.`);
  }
  checkVersions(table);
  checkMarks(table);
  for (const column of table.stored) {
    if (column.type.storage === 'ANY' && !options.strict) {
      throw new DefinitionError(`${table.field(column)} holds any type, which only a STRICT table can keep apart.`);
    }
  }
}

/** Refuses fields whose name every instance has a member of, and two of one name. */
function checkFields(table: TableSchema): void {
  const { options, modelName } = table;
  for (const property of [
    ...table.columnsByProperty.keys(),
    ...table.relations.keys(),
    ...(options.embedded?.keys() ?? []),
  ]) {
    if (taken.has(property)) {
      throw new DefinitionError(
        `${modelName} cannot have a field "${property}", for every instance has a member of that name.`,
        'Call the field otherwise, and its column as you like: { name: "…" }.',
      );
    }
  }
  for (const property of table.relations.keys()) {
    if (!table.columnsByProperty.has(property)) continue;
    throw new DefinitionError(`${modelName}.${property} is a column and a relation.`, 'Give each a field of its own.');
  }
}

/** Refuses several columns that say the same. */
function checkMarks({ modelName, columns }: TableSchema): void {
  const marks = columns.filter(({ deletion }) => deletion !== undefined);
  if (marks.length > 1) {
    throw new DefinitionError(
      `${modelName} says by ${marks.length} columns when a row was deleted: ${marks.map(({ property }) => property).join(', ')}.`,
      'Keep one of them.',
    );
  }
}

/** Refuses several columns that count the same. */
function checkVersions({ modelName, columns }: TableSchema): void {
  const versions = columns.filter(({ countsUpdates }) => countsUpdates);
  if (versions.length > 1) {
    throw new DefinitionError(
      `${modelName} has ${versions.length} versions: ${versions.map(({ property }) => property).join(', ')}.`,
      'One counts all updates of a row.',
    );
  }
}

/** SQLite's names do not differ by the case of their letters alone. */
function checkDistinctNames(table: TableSchema): void {
  const seen = new Map<string, ColumnSchema>();
  for (const column of table.columns) {
    const other = seen.get(column.name.toLowerCase());
    if (other !== undefined) {
      throw new DefinitionError(
        `${table.field(other)} and ${table.field(column)} both have the column name "${column.name}".`,
        'Give one of them another: { name: "…" }.',
      );
    }
    seen.set(column.name.toLowerCase(), column);
  }
}
