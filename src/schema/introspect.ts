import { all, column as columnReference, quote, statement, type Program, type TableReference } from '../sql/index.js';
import type { ColumnSchema } from './column-schema.js';
import { anyType } from './column-types.js';
import {
  columnTerm,
  parseCreateIndex,
  parseCreateTable,
  type IndexTerm,
  type ParsedCheck,
  type ParsedColumn,
  type ParsedIndex,
  type ParsedTable,
} from './parse-create-table.js';
import type { ParsedForeignKey } from './parse-foreign-key.js';
import { TableSchema } from './table-schema.js';
import { nameText } from './tokenize.js';

/** A column as the file has it; texts are spelled as `spell` does. */
export interface ActualColumn extends ParsedColumn {
  /** The declared type, empty where there is none. */
  readonly type: string;
  /** Whether no row can hold NULL in it, be it by NOT NULL or as rowid. */
  readonly notNull: boolean;
  /** Its place in the primary key, from 1; 0 outside of it. */
  readonly primaryKeyPosition: number;
  readonly kind: 'stored' | 'virtual' | 'hidden' | undefined;
}

/** An index as the file has it, those behind constraints included. */
export interface ActualIndex extends ParsedIndex {
  readonly name: string;
  /** What CREATE INDEX it was made by; `undefined` for those behind constraints. */
  readonly sql: string | undefined;
  readonly unique: boolean;
  /** Made by CREATE INDEX, by UNIQUE, or by PRIMARY KEY. */
  readonly origin: 'c' | 'u' | 'pk';
}

/** A table, or a view, as the file has it. */
export interface ActualTable {
  readonly name: string;
  readonly kind: 'table' | 'view' | 'virtual' | 'shadow';
  readonly sql: string;
  readonly strict: boolean;
  readonly withoutRowid: boolean;
  readonly autoincrement: boolean;
  /** The column that is another name for the rowid. https://sqlite.org/lang_createtable.html#rowid */
  readonly rowid: ActualColumn | undefined;
  readonly columns: readonly ActualColumn[];
  readonly primaryKey: readonly ActualColumn[];
  readonly indexes: readonly ActualIndex[];
  /** The CHECKs of the whole table. */
  readonly checks: readonly ParsedCheck[];
  readonly foreignKeys: readonly ParsedForeignKey[];
  readonly conflicts: readonly string[];
}

/** Reads a table or view of one attached file; `undefined` where there is none. A temporary one of that name is no matter. */
export function* introspectTable(name: string, schemaName = 'main'): Program<ActualTable | undefined> {
  const [row] = yield* all(tableStatement(schemaName), [name, schemaName]);
  if (row === undefined) return undefined;
  const [trueName, kind, withoutRowid, strict, sql] = row as [string, ActualTable['kind'], number, number, string];
  const parsed = kind === 'table' ? parseCreateTable(sql) : noText;
  const columns = yield* all(columnsStatement, [trueName, schemaName]);
  const terms = yield* all(indexesStatement(schemaName), [trueName, schemaName, schemaName]);
  return actualTable(
    { name: trueName, kind, sql, withoutRowid: withoutRowid === 1, strict: strict === 1, ...parsed },
    columns.map((column) => actualColumn(column as ColumnRow, parsed.columns)),
    actualIndexes(terms as IndexTermRow[], parsed.columns),
  );
}

const noText: ParsedTable = { columns: new Map(), checks: [], foreignKeys: [], autoincrement: false, conflicts: [] };

const tableStatement = (schemaName: string) =>
  statement(
    `SELECT t.name, t.type, t.wr, t.strict, (SELECT s.sql FROM ${quote(schemaName)}.sqlite_schema s ` +
      `WHERE s.name = t.name AND s.type IN ('table', 'view')) FROM pragma_table_list(?) t WHERE t.schema = ?`,
  );

const columnsStatement = statement('SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?, ?)');

const indexesStatement = (schemaName: string) =>
  statement(
    `SELECT i.name, i."unique", i.origin, (SELECT s.sql FROM ${quote(schemaName)}.sqlite_schema s ` +
      `WHERE s.name = i.name AND s.type = 'index'), t.name, t."desc", t.coll ` +
      `FROM pragma_index_list(?, ?) i, pragma_index_xinfo(i.name, ?) t WHERE t.key ORDER BY i.seq, t.seqno`,
  );

type ColumnRow = [name: string, type: string, notNull: number, primaryKey: number, hidden: number];
type IndexTermRow = [
  name: string,
  unique: number,
  origin: ActualIndex['origin'],
  sql: string | null,
  column: string,
  descending: number,
  collation: string,
];

const columnKinds = [undefined, 'hidden', 'virtual', 'stored'] as const;

const actualColumn = (
  [name, type, notNull, primaryKeyPosition, hidden]: ColumnRow,
  parsed: ParsedTable['columns'],
): ActualColumn => ({
  ...(parsed.get(nameText(name)) ?? { checks: [], collation: 'binary', default: undefined, generated: undefined }),
  name,
  type,
  notNull: notNull === 1,
  primaryKeyPosition,
  kind: columnKinds[hidden],
});

/** The indexes from a row per term. What CREATE INDEX made is read from its text, which alone has the expressions. */
function actualIndexes(rows: readonly IndexTermRow[], columns: ParsedTable['columns']): ActualIndex[] {
  const indexes = new Map<string, ActualIndex & { readonly terms: IndexTerm[] }>();
  for (const [name, unique, origin, text, column, descending, collation] of rows) {
    const known = indexes.get(name);
    if (text === null) {
      const term = columnTerm(column, collation, descending === 1);
      if (known === undefined) {
        indexes.set(name, { name, sql: undefined, unique: unique === 1, origin, terms: [term], where: undefined });
      } else known.terms.push(term);
    } else if (known === undefined) {
      const { terms, where } = parseCreateIndex(text, columns);
      indexes.set(name, { name, sql: text, unique: unique === 1, origin, terms: [...terms], where });
    }
  }
  return [...indexes.values()];
}

function actualTable(
  table: Pick<ActualTable, 'name' | 'kind' | 'sql' | 'strict' | 'withoutRowid'> & ParsedTable,
  columns: readonly ActualColumn[],
  indexes: readonly ActualIndex[],
): ActualTable {
  const key = columns
    .filter(({ primaryKeyPosition }) => primaryKeyPosition > 0)
    .sort((a, b) => a.primaryKeyPosition - b.primaryKeyPosition);
  // only a lone INTEGER PRIMARY KEY is the rowid, and needs no index: INT, or INTEGER … DESC, have one
  const isRowid =
    key.length === 1 &&
    key[0]!.type.toUpperCase() === 'INTEGER' &&
    !table.withoutRowid &&
    indexes.every(({ origin }) => origin !== 'pk');
  const rowid = isRowid ? { ...key[0]!, notNull: true } : undefined;
  return {
    ...table,
    rowid,
    columns: columns.map((column) => (column.name === rowid?.name ? rowid : column)),
    primaryKey: rowid ? [rowid] : key,
    indexes,
  };
}

/** A table for use without a model: fields are called as the columns, and hold what SQLite has. */
export function tableSchemaOf(actual: ActualTable): TableSchema {
  const { name, strict, withoutRowid, autoincrement, rowid } = actual;
  const reference: TableReference = { kind: 'table', name, alias: undefined, owner: {} };
  const columns = actual.columns
    .filter(({ kind }) => kind !== 'hidden')
    .map((column, position) => columnSchemaOf(column, position, reference, column === rowid));
  return new TableSchema(
    {
      modelName: name,
      name,
      model: undefined,
      database: undefined,
      strict,
      withoutRowid,
      autoincrement,
      construct: true,
      indexes: [],
      checks: [],
      defaultScopes: [],
      fillable: undefined,
      relations: new Map(),
      hooks: new Map(),
    },
    reference,
    columns,
    actual.primaryKey.map((column) => column.name),
  );
}

const fragment = (text: string) => ({ kind: 'fragment', texts: [text], chunks: [] }) as const;

function columnSchemaOf(
  { name, notNull, kind, collation, primaryKeyPosition, default: given, generated }: ActualColumn,
  position: number,
  reference: TableReference,
  isRowid: boolean,
): ColumnSchema {
  return {
    type: isRowid ? { ...anyType, storage: 'INTEGER' } : anyType,
    property: name,
    name,
    position,
    reference: columnReference(reference, name),
    nullable: !notNull,
    primaryKey: primaryKeyPosition > 0,
    autoincrement: false,
    default: given === undefined ? undefined : { kind: 'sql', expression: fragment(given) },
    onUpdate: undefined,
    countsUpdates: false,
    unique: false,
    indexed: false,
    check: undefined,
    collation: collation === 'binary' ? undefined : collation,
    generated: generated === undefined ? undefined : { expression: fragment(generated), stored: kind === 'stored' },
    hidden: false,
    readOnly: generated === undefined ? 'never' : 'always',
  };
}
