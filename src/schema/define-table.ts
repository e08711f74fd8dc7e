import { DefinitionError } from '../errors/index.js';
import { column as columnReference, Sql, type Expression, type TableReference } from '../sql/index.js';
import { checkFollowing } from './check-following.js';
import { checkOptions } from './check-options.js';
import { checkTable } from './check-table.js';
import type { ColumnDeclaration, ColumnDefinition, ColumnSchema, EmbeddedSchema } from './column-schema.js';
import { declaredClass, type DeclaredClass, type DeclaredIndex } from './declared-class.js';
import { openNotes } from './notes.js';
import { columnName, tableName, type Naming } from './naming.js';
import type { ScopeSchema } from './scope.js';
import { indexOptionNames, tableOptionNames, type IndexOptions, type TableOptions } from './table-options.js';
import {
  TableSchema,
  type FamilySchema,
  type IndexSchema,
  type ModelClass,
  type RelationDeclaration,
  type TableOptionsSchema,
} from './table-schema.js';
import { uniqueAmongLiving, withoutUnique } from './unique-among-living.js';

/** Puts a decorated class's table together from what its decorators wrote down. */
export function defineTable(
  model: ModelClass,
  name: string | undefined,
  options: TableOptions,
  metadata: object | undefined,
): TableSchema {
  if (options.construct !== false && (model as unknown as { length: number }).length > 0) {
    throw new DefinitionError(
      `${model.name} has a constructor with required parameters, but loaded instances are made without any.`,
      'Give them defaults, or pass { construct: false } to @table.',
    );
  }
  const declared = declaredClass(model, metadata);
  const table = buildTable(model, name, options, declared);
  openNotes(model.prototype).isRead = true;
  return table;
}

/** Writes an index down for the class that `@index` stands on. */
export function noteIndex(model: ModelClass, context: ClassDecoratorContext | undefined, index: IndexOptions): void {
  openNotes(context?.metadata ?? model.prototype).indexes.push(index);
}

/** Writes a scope down for the class that `@defaultScope` stands on. */
export function noteScope(model: ModelClass, context: ClassDecoratorContext | undefined, scope: ScopeSchema): void {
  openNotes(context?.metadata ?? model.prototype).scopes.push(scope);
}

/** What a table has in common with others that are the same one in the file. */
export interface SharedTable {
  readonly reference: TableReference;
  readonly family: FamilySchema;
  readonly subtype: string;
}

/** A table from what is declared of its class. */
export function buildTable(
  model: ModelClass,
  givenName: string | undefined,
  options: TableOptions,
  declared: DeclaredClass,
  shared?: SharedTable,
): TableSchema {
  checkOptions('table', options, tableOptionNames);
  const name = givenName ?? tableName(model.name, options.naming ?? 'snake_case');
  const reference: TableReference = shared?.reference ?? { kind: 'table', name, alias: undefined, owner: {} };
  const key = primaryKeyOf(model, declared.columns, options);
  const { columns, indexes } = withoutUnique(columnSchemas(model.name, reference, options, declared.columns, key));
  const known = optionsOf(model, name, options, columns, {
    ...declared,
    indexes: [...indexes, ...declared.indexes],
  });
  const own = shared && { family: shared.family, subtype: shared.subtype };
  const table = new TableSchema({ ...known, ...own }, reference, columns, key);
  for (const field of options.fillable ?? []) if (!declared.embedded.has(field)) table.column(field);
  checkTable(table);
  checkFollowing(table);
  return table;
}

function columnSchemas(
  modelName: string,
  reference: TableReference,
  { naming = 'snake_case' }: TableOptions,
  declared: ReadonlyMap<string, ColumnDeclaration>,
  key: readonly string[],
): ColumnSchema[] {
  const ordered = deferredLast([...declared], ([, { definition }]) => definition.deferred === true);
  return ordered.map(([property, { definition }], position): ColumnSchema => {
    const name = nameOfColumn(property, definition, naming);
    return withCheckedDefault(`${modelName}.${property}`, {
      ...definition,
      primaryKey: key.includes(property),
      property,
      name,
      position,
      reference: definition.computed ?? columnReference(reference, name),
    });
  });
}

function nameOfColumn(property: string, { name, embedded }: ColumnDefinition, naming: Naming): string {
  if (embedded === undefined) return name ?? columnName(property, naming);
  const { field, part, prefix = `${columnName(field, naming)}_` } = embedded;
  return prefix + (name ?? columnName(part, naming));
}

/** What is not read with a row stands behind what is, in the table as well: SQLite then reads the others without it. */
export const deferredLast = <Each>(all: readonly Each[], isDeferred: (each: Each) => boolean): Each[] => [
  ...all.filter((each) => !isDeferred(each)),
  ...all.filter(isDeferred),
];

function optionsOf(
  model: ModelClass,
  name: string,
  options: TableOptions,
  columns: readonly ColumnSchema[],
  { indexes: declared, relations, scopes, getters, embedded, hooks }: DeclaredClass,
): TableOptionsSchema {
  const given = indexesOf(name, model.name, columns, [...declared, ...(options.indexes ?? [])]);
  const indexes = uniqueAmongLiving(columns, given);
  return {
    modelName: model.name,
    name,
    model,
    database: options.database,
    strict: options.strict ?? true,
    withoutRowid: options.withoutRowid ?? false,
    autoincrement: columns.some((column) => column.autoincrement),
    construct: options.construct ?? true,
    indexes: [...indexes, ...indexesOfForeignKeys(name, columns, options.primaryKey, indexes, relations)],
    checks: checksOf(options.checks),
    defaultScopes: scopesOf(scopes, options.scopes),
    fillable: options.fillable && new Set(options.fillable),
    relations,
    hooks,
    getters,
    ...(embedded.size > 0 && { embedded: embeddedIn(model, embedded) }),
  };
}

const embeddedIn = (model: ModelClass, embedded: DeclaredClass['embedded']): ReadonlyMap<string, EmbeddedSchema> =>
  new Map([...embedded].map(([field, declaration]) => [field, declaration.define(model.prototype, field)]));

/** The scopes of decorators and of `@table`; of two with the same name the later holds. */
const scopesOf = (declared: readonly ScopeSchema[], given: readonly ScopeSchema[] = []): readonly ScopeSchema[] => [
  ...new Map([...declared, ...given].map((scope) => [scope.name, scope])).values(),
];

/** An index for each foreign key that no other index or key begins with, or SQLite would read the whole table for it. */
function indexesOfForeignKeys(
  table: string,
  columns: readonly ColumnSchema[],
  primaryKey: readonly string[] = columns.filter((column) => column.primaryKey).map(({ property }) => property),
  indexes: readonly IndexSchema[],
  relations: ReadonlyMap<string, RelationDeclaration>,
): IndexSchema[] {
  const byProperty = new Map(columns.map((column) => [column.property, column]));
  const known: (readonly Expression[])[] = [
    primaryKey.flatMap((field) => byProperty.get(field)?.reference ?? []),
    ...columns.filter(({ unique }) => unique).map(({ reference }) => [reference]),
    ...indexes.filter(({ where }) => where === undefined).map(({ terms }) => terms),
  ];
  const made: IndexSchema[] = [];
  for (const { keyFields } of relations.values()) {
    const key = keyFields.flatMap((field) => byProperty.get(field) ?? []); // the relation refuses a field that is none
    const terms = key.map(({ reference }) => reference);
    const isFound = known.some((found) => terms.every((term) => found.slice(0, terms.length).includes(term)));
    if (terms.length === 0 || isFound) continue;
    known.push(terms);
    const name = `${table}_${key.map((column) => column.name).join('_')}_index`;
    made.push({ name, unique: false, terms, where: undefined });
  }
  return made;
}

/** The fields of the primary key: those that `@table` names, or the one column that says so. */
function primaryKeyOf(
  model: ModelClass,
  declared: ReadonlyMap<string, ColumnDeclaration>,
  options: TableOptions,
): readonly string[] {
  const marked = [...declared].filter(([, { definition }]) => definition.primaryKey).map(([property]) => property);
  if (Array.isArray(options.primaryKey)) return options.primaryKey as readonly string[];
  if (options.primaryKey !== undefined) {
    throw new DefinitionError(
      `The primary key of ${model.name} is no array of names of fields.`,
      `Write @table('memberships', { primaryKey: ['userId', 'groupId'] }).`,
    );
  }
  if (marked.length <= 1) return marked;
  throw new DefinitionError(
    `${model.name} has ${marked.length} primary keys: ${marked.join(', ')}.`,
    `For one of several columns write @table("…", { primaryKey: [${marked.map((field) => `'${field}'`).join(', ')}] }).`,
  );
}

/** A constant default is checked where it is written, not at the first insert. */
function withCheckedDefault(field: string, column: ColumnSchema): ColumnSchema {
  const given = column.default;
  if (given?.kind !== 'value' || given.value === null) return column;
  try {
    column.type.encode(given.value);
  } catch {
    throw new DefinitionError(`The default of ${field} is not ${column.type.expected}.`);
  }
  return column;
}

function indexesOf(
  table: string,
  modelName: string,
  columns: readonly ColumnSchema[],
  options: readonly DeclaredIndex[],
): readonly IndexSchema[] {
  const byProperty = new Map(columns.map((column) => [column.property, column]));
  const ofColumns = columns
    .filter((column) => column.indexed)
    .map((column): IndexSchema => ({
      name: `${table}_${column.name}_index`,
      unique: false,
      terms: [column.reference],
      where: undefined,
    }));
  const indexes = [...ofColumns, ...options.map((index) => indexOf(table, modelName, byProperty, index))];
  const names = indexes.map(({ name }) => name.toLowerCase());
  const twice = indexes.find(({ name }, at) => names.indexOf(name.toLowerCase()) !== at);
  if (twice === undefined) return indexes;
  throw new DefinitionError(
    `${modelName} has two indexes named "${twice.name}".`,
    'Give one of them another: { name: "…" }.',
  );
}

function indexOf(
  table: string,
  modelName: string,
  columns: ReadonlyMap<string, ColumnSchema>,
  index: DeclaredIndex,
): IndexSchema {
  checkOptions('index', index, indexOptionNames);
  const on = Array.isArray(index.on) ? (index.on as readonly (string | Sql)[]) : [index.on as string | Sql];
  const named: string[] = [];
  const terms = on.map((term): Expression => {
    if (term instanceof Sql) return term.fragment;
    const column = columns.get(term);
    if (column === undefined) {
      throw new DefinitionError(`An index of ${modelName} names "${term}", which is no field of it.`);
    }
    named.push(column.name);
    return column.reference;
  });
  if (index.name === undefined && named.length < terms.length) {
    throw new DefinitionError(
      `An index of ${modelName} over an expression has no name.`,
      'Give it one: { name: "…" }.',
    );
  }
  const suffix = index.unique === true ? 'unique' : index.where === undefined ? 'index' : 'partial_index';
  return {
    name: nameOf(table, index) ?? `${table}_${named.join('_')}_${suffix}`,
    unique: index.unique ?? false,
    terms,
    where: index.where?.fragment,
  };
}

const nameOf = (table: string, { name, isInherited = false }: DeclaredIndex): string | undefined =>
  name === undefined || !isInherited ? name : `${table}_${name}`;

function checksOf(checks: TableOptions['checks']) {
  if (checks === undefined) return [];
  if (Array.isArray(checks)) {
    return (checks as readonly Sql[]).map(({ fragment }) => ({ name: undefined, expression: fragment }));
  }
  return Object.entries(checks as Record<string, Sql>).map(([name, { fragment }]) => ({ name, expression: fragment }));
}
