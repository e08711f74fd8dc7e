import { quote } from '../sql/index.js';
import type { ColumnSchema } from './column-schema.js';
import type { StorageType } from './column-type.js';
import { createIndexSql, createTableSql, defaultSql, storedSql } from './create-table.js';
import type { ActualColumn, ActualTable } from './introspect.js';
import {
  columnTerm,
  parseCreateIndex,
  parseCreateTable,
  type ParsedColumn,
  type ParsedIndex,
} from './parse-create-table.js';
import type { ParsedForeignKey } from './parse-foreign-key.js';
import type { IndexSchema, TableSchema } from './table-schema.js';
import { nameText } from './tokenize.js';

/** What SQLite can change about a table without writing it anew. */
export type Repair =
  | { readonly kind: 'add column'; readonly column: ColumnSchema; readonly onlyIfEmpty: boolean }
  | { readonly kind: 'create index'; readonly index: IndexSchema };

/** One thing in which a table of the file is not what its model says. */
export interface Difference {
  /** For people, naming both sides. */
  readonly sentence: string;
  readonly repair?: Repair;
}

/**
 * How a table of the file differs from its model. What is only in the file counts where it can refuse or change our writes:
 * an index more does not matter, a UNIQUE or a foreign key more does. The names of constraints are not compared, nor are triggers
 * but those of derived columns, which `planDerivations` compares.
 */
export function differences(expected: TableSchema, actual: ActualTable): Difference[] {
  if (actual.kind !== 'table') {
    return [
      { sentence: `it is a ${actual.kind}${actual.kind === 'view' ? ', which models cannot be of yet' : ' table'}` },
    ];
  }
  const sql = createTableSql(expected);
  const { columns: declared, checks, foreignKeys } = parseCreateTable(sql);
  const present = new Map(actual.columns.map((column) => [nameText(column.name), column]));
  const both: Comparison = { expected, actual, declared, present };
  const ofTable =
    actual.sql === storedSql(sql)
      ? []
      : [
          ...columnDifferences(both),
          ...optionDifferences(both),
          ...checkDifferences(both, checks),
          ...foreignKeyDifferences(both, foreignKeys),
        ];
  return [...ofTable, ...uniqueDifferences(both), ...indexDifferences(both)];
}

interface Comparison {
  readonly expected: TableSchema;
  readonly actual: ActualTable;
  /** The model's columns as its own CREATE TABLE has them, so that both sides are spelled alike. */
  readonly declared: ReadonlyMap<string, ParsedColumn>;
  readonly present: ReadonlyMap<string, ActualColumn>;
}

const differ = (what: string, is: string, says: string): Difference[] =>
  is === says ? [] : [{ sentence: `${what} is ${is}, the model says ${says}` }];

const onlyInModel = (what: string): Difference => ({ sentence: `${what} is missing` });
const onlyInFile = (what: string): Difference => ({ sentence: `the file has ${what}, the model does not` });

function columnDifferences({ expected, actual, declared, present }: Comparison): Difference[] {
  const ofModel = expected.stored.flatMap((column) => {
    const name = nameText(column.name);
    const found = present.get(name);
    return found === undefined
      ? missingColumn(expected, column)
      : compareColumn(column, declared.get(name)!, found, actual.strict);
  });
  const required = actual.columns.filter(
    (column) =>
      !declared.has(nameText(column.name)) &&
      column.notNull &&
      column.default === undefined &&
      column.generated === undefined &&
      column !== actual.rowid,
  );
  return [...ofModel, ...required.map(({ name }) => onlyInFile(`a NOT NULL column ${quote(name)} without a default`))];
}

function compareColumn(
  column: ColumnSchema,
  declared: ParsedColumn,
  actual: ActualColumn,
  strict: boolean,
): Difference[] {
  const name = `column ${quote(column.name)}`;
  const { storage } = column.type;
  return [
    ...(fits(storage, actual.type, strict) ? [] : differ(name, actual.type || 'without a type', storage)),
    ...differ(name, nullability(!actual.notNull), nullability(column.nullable)),
    ...(sameNumber(actual.default, declared.default, storage)
      ? []
      : differ(`the default of ${name}`, actual.default ?? 'NULL', declared.default ?? 'NULL')),
    ...differ(`the collation of ${name}`, actual.collation, declared.collation),
    ...differ(name, generation(actual.generated, actual.kind), generation(declared.generated, kindOf(column))),
  ];
}

const nullability = (nullable: boolean): string => (nullable ? 'nullable' : 'NOT NULL');

const kindOf = ({ generated }: ColumnSchema): 'stored' | 'virtual' => (generated?.stored ? 'stored' : 'virtual');

const generation = (expression: string | undefined, kind: ActualColumn['kind']): string =>
  expression === undefined ? 'not generated' : `generated as (${expression}) ${kind}`;

/** The affinity of a declared type, by SQLite's five rules in their order. https://sqlite.org/datatype3.html#determination_of_column_affinity */
function affinity(type: string): StorageType | 'NUMERIC' {
  const upper = type.toUpperCase();
  const contains = (...parts: readonly string[]) => parts.some((part) => upper.includes(part));
  if (contains('INT')) return 'INTEGER';
  if (contains('CHAR', 'CLOB', 'TEXT')) return 'TEXT';
  if (contains('BLOB') || upper === '') return 'BLOB';
  return contains('REAL', 'FLOA', 'DOUB') ? 'REAL' : 'NUMERIC';
}

/** Whether a declared type stores what the model's does. NUMERIC keeps integers and reals as they are, but not texts. */
function fits(storage: StorageType, type: string, strict: boolean): boolean {
  if (strict) return type.toUpperCase() === storage || (storage === 'INTEGER' && type.toUpperCase() === 'INT');
  const actual = affinity(type);
  return actual === storage || (actual === 'NUMERIC' && (storage === 'INTEGER' || storage === 'REAL'));
}

/** A numeric column makes the same of DEFAULT 0 and DEFAULT 0.0. */
const sameNumber = (a: string | undefined, b: string | undefined, storage: StorageType): boolean =>
  (storage === 'INTEGER' || storage === 'REAL') &&
  a !== undefined &&
  Number(a) === Number(b) &&
  Math.abs(Number(a)) <= Number.MAX_SAFE_INTEGER;

/** https://sqlite.org/lang_altertable.html#altertabaddcol */
function missingColumn(table: TableSchema, column: ColumnSchema): Difference[] {
  const never = column.primaryKey ? 'PRIMARY KEY column' : column.unique ? 'UNIQUE column' : undefined;
  const onEmpty =
    column.generated === undefined ? changingDefault(table, column) : column.generated.stored && 'STORED column';
  const missing = `column ${quote(column.name)} is missing`;
  if (never !== undefined) return [{ sentence: `${missing}, and SQLite cannot add a ${never}` }];
  const sentence = onEmpty ? `${missing}, and SQLite can add a ${onEmpty} only to an empty table` : missing;
  return [{ sentence, repair: { kind: 'add column', column, onlyIfEmpty: Boolean(onEmpty) } }];
}

function changingDefault({ foreignKeys }: TableSchema, column: ColumnSchema): string | undefined {
  const text = defaultSql(column);
  const refers = foreignKeys.some(({ columns }) => columns.length === 1 && columns[0] === column);
  if (refers && text !== undefined) return 'REFERENCES column with a default';
  if (text?.startsWith('(')) return 'column with an expression as default';
  return text === undefined && !column.nullable ? 'NOT NULL column without a default' : undefined;
}

function optionDifferences({ expected, actual }: Comparison): Difference[] {
  const { strict, withoutRowid, autoincrement } = expected.options;
  const key = (names: readonly { name: string }[], rowid: object | undefined) =>
    names.length === 0
      ? 'none'
      : `(${names.map(({ name }) => nameText(name)).join(', ')})${rowid ? ' as the rowid' : ''}`;
  const option = (name: string, is: boolean, says: boolean) =>
    differ('the table', is ? name : `not ${name}`, says ? name : `not ${name}`);
  return [
    ...differ('the primary key', key(actual.primaryKey, actual.rowid), key(expected.primaryKey, expected.rowid)),
    ...option('AUTOINCREMENT', actual.autoincrement, autoincrement),
    ...option('STRICT', actual.strict, strict),
    ...option('WITHOUT ROWID', actual.withoutRowid, withoutRowid),
    ...actual.conflicts.map((action) => onlyInFile(`ON CONFLICT ${action.toUpperCase()}`)),
  ];
}

/** A CHECK means the same behind a column and behind all of them. Those of columns on one side only are their own affair. */
function checkDifferences({ actual, declared, present }: Comparison, ofTable: ActualTable['checks']): Difference[] {
  const checks = (
    columns: ReadonlyMap<string, ParsedColumn>,
    others: ReadonlyMap<string, unknown>,
    more: typeof ofTable,
  ) => [
    ...[...columns].filter(([name]) => others.has(name)).flatMap(([, column]) => column.checks),
    ...more.map(({ text }) => text),
  ];
  const expected = checks(declared, present, ofTable);
  const found = checks(present, declared, actual.checks);
  return [
    ...expected.filter((text) => !found.includes(text)).map((text) => onlyInModel(`CHECK (${text})`)),
    ...found.filter((text) => !expected.includes(text)).map((text) => onlyInFile(`CHECK (${text})`)),
  ];
}

/** Foreign keys of columns on one side only are their own affair, but one over several columns comes with none of them. */
function foreignKeyDifferences(
  { expected, actual, declared, present }: Comparison,
  ofModel: readonly ParsedForeignKey[],
): Difference[] {
  const isPrimaryKey = ({ target, targetColumns }: ParsedForeignKey) =>
    expected.foreignKeys.some(
      (each) =>
        nameText(each.target.name) === target &&
        each.target.primaryKey.map(({ name }) => nameText(name)).join() === targetColumns.join(),
    );
  const spelled = (key: ParsedForeignKey) => spellForeignKey(isPrimaryKey(key) ? { ...key, targetColumns: [] } : key);
  const matter = ({ columns }: ParsedForeignKey, others: ReadonlyMap<string, unknown>) =>
    columns.length > 1 || others.has(columns[0]!);
  const says = ofModel.filter((key) => matter(key, present)).map(spelled);
  const is = actual.foreignKeys.filter((key) => matter(key, declared)).map(spelled);
  return [
    ...says.filter((key) => !is.includes(key)).map(onlyInModel),
    ...is.filter((key) => !says.includes(key)).map(onlyInFile),
  ];
}

function spellForeignKey({ columns, target, targetColumns, onDelete, onUpdate, deferrable }: ParsedForeignKey): string {
  const keys = targetColumns.length === 0 ? '' : ` (${targetColumns.join(', ')})`;
  const actions = [...(onDelete === 'no action' ? [] : [` on delete ${onDelete}`])];
  if (onUpdate !== 'no action') actions.push(` on update ${onUpdate}`);
  const when = deferrable ? ' deferrable initially deferred' : '';
  return `FOREIGN KEY (${columns.join(', ')}) REFERENCES ${target}${keys}${actions.join('')}${when}`;
}

/** What no two rows share: the terms of a key or of an index over all rows. */
type UniqueTerms = readonly string[];

const within = (some: UniqueTerms, all: UniqueTerms): boolean =>
  some.length > 0 && some.every((term) => all.includes(term));

const termsOf = ({ terms }: ParsedIndex): UniqueTerms => terms.map(({ by }) => by);

const keyTerms = (names: readonly { name: string }[], columns: ReadonlyMap<string, ParsedColumn>): UniqueTerms =>
  names.map(({ name }) => columnTerm(name, columns.get(nameText(name))!.collation, false).by);

function uniqueDifferences({ expected, actual, declared, present }: Comparison): Difference[] {
  const indexes = expected.options.indexes
    .filter(({ unique }) => unique)
    .map((index) => parsedIndex(expected, index, declared));
  const columns = expected.stored.filter(({ unique }) => unique).map((column) => keyTerms([column], declared));
  const wanted = [
    keyTerms(expected.primaryKey, declared),
    ...columns,
    ...indexes.filter(({ where }) => !where).map(termsOf),
  ];
  const unique = actual.indexes.filter((index) => index.unique);
  const found = [keyTerms(actual.primaryKey, present), ...unique.filter(({ where }) => !where).map(termsOf)];
  const missing = expected.stored.filter(
    (column) =>
      column.unique &&
      present.has(nameText(column.name)) &&
      !found.some((key) => within(key, keyTerms([column], declared))),
  );
  const extra = unique.filter(
    (index) =>
      index.origin !== 'pk' &&
      !wanted.some((key) => within(key, termsOf(index))) &&
      !indexes.some((known) => spellIndex(known) === spellIndex(index)),
  );
  return [
    ...missing.map((column) => onlyInModel(`UNIQUE on column ${quote(column.name)}`)),
    ...extra.map((index) => onlyInFile(spellIndex(index))),
  ];
}

const parsedIndex = (table: TableSchema, index: IndexSchema, columns: ReadonlyMap<string, ParsedColumn>) => ({
  ...parseCreateIndex(createIndexSql(table, index), columns),
  unique: index.unique,
});

const spellIndex = ({ unique, terms, where }: ParsedIndex & { readonly unique: boolean }): string =>
  `${unique ? 'UNIQUE ' : 'INDEX '}(${terms.map(({ by, descending }) => (descending ? `${by} desc` : by)).join(', ')})` +
  (where === undefined ? '' : ` WHERE ${where}`);

/** An index counts by what it does, whatever its name; one that bears the name but does something else is in the way. */
function indexDifferences({ expected, actual, declared }: Comparison): Difference[] {
  return expected.options.indexes.flatMap((index): Difference[] => {
    const parsed = parsedIndex(expected, index, declared);
    const says = spellIndex(parsed);
    const equal = (keys: UniqueTerms) => within(keys, termsOf(parsed)) && within(termsOf(parsed), keys);
    const done = actual.indexes.some(
      (found) =>
        spellIndex(found) === says ||
        (index.unique && found.unique && !index.where && !found.where && equal(termsOf(found))),
    );
    if (done) return [];
    const namesake = actual.indexes.find(({ name }) => nameText(name) === nameText(index.name));
    const what = `index ${quote(index.name)}`;
    if (namesake !== undefined) return differ(what, spellIndex(namesake), says);
    return [{ ...onlyInModel(what), repair: { kind: 'create index', index } }];
  });
}
