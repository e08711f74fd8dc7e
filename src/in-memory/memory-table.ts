import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Expression } from '../sql/index.js';
import { ConstraintFailure, unsupported } from './failure.js';
import { orderValues, type Value } from './value.js';

/** A row as it is kept: never changed, but replaced. */
export type StoredRow = readonly Value[];

/** Columns of which no two rows may have the same values. */
interface UniqueKey {
  readonly columns: readonly number[];
  readonly collations: readonly (string | undefined)[];
  /** A column that is NULL in the rows which it is about; all rows without one. */
  readonly isNull?: number | undefined;
}

/** What a table has at one moment. */
export interface TableState {
  readonly rows: ReadonlyMap<bigint, StoredRow>;
  readonly lastRowid: bigint;
}

/** A table whose rows are in memory, in the order of their rowids. */
export class MemoryTable {
  readonly schema: TableSchema;
  /** The place of a column in a row, by its name in lower case. */
  readonly places: ReadonlyMap<string, number>;
  readonly #keys: readonly UniqueKey[];
  readonly #rowid: number;
  #rows = new Map<bigint, StoredRow>();
  /** The largest that there is, or ever was. */
  #lastRowid = 0n;
  /** Whether somebody holds on to the rows as they are. */
  #isShared = false;

  constructor(schema: TableSchema) {
    const generated = schema.stored.find((column) => column.generated !== undefined);
    if (generated !== undefined) throw unsupported(`generated columns, such as ${schema.field(generated)}`);
    const derived = schema.stored.find((column) => column.derived !== undefined);
    if (derived !== undefined) throw unsupported(`columns that triggers keep, such as ${schema.field(derived)}`);
    this.schema = schema;
    this.places = new Map(schema.stored.map(({ name }, place) => [name.toLowerCase(), place]));
    this.#keys = uniqueKeys(schema, this.places);
    this.#rowid = schema.rowid === undefined ? -1 : this.places.get(schema.rowid.name.toLowerCase())!;
  }

  get rows(): ReadonlyMap<bigint, StoredRow> {
    return this.#rows;
  }

  /** The rows as they are now, to come back to. */
  get state(): TableState {
    this.#isShared = true;
    return { rows: this.#rows, lastRowid: this.#lastRowid };
  }

  /** Goes back to what was; to nothing where the table was not there. */
  restore(state: TableState | undefined): void {
    this.#rows = new Map(state?.rows);
    this.#lastRowid = state?.lastRowid ?? 0n;
    this.#isShared = false;
  }

  /** Adds a row; a rowid that is left out is made. Returns the rowid. */
  insert(values: StoredRow): bigint {
    const given = values[this.#rowid] as bigint | null | undefined;
    const rowid = given ?? this.#nextRowid;
    const row = this.#rowid === -1 ? values : values.with(this.#rowid, rowid);
    this.#check(row, undefined);
    this.#put(rowid, row);
    return rowid;
  }

  /** Puts other values in the place of a row. */
  update(rowid: bigint, row: StoredRow): void {
    this.#check(row, rowid);
    const moved = this.#rowid === -1 ? rowid : (row[this.#rowid] as bigint);
    if (moved !== rowid) this.delete(rowid);
    this.#put(moved, row);
  }

  delete(rowid: bigint): void {
    this.#own().delete(rowid);
  }

  /** The row that has the same values in these columns. */
  find(columns: readonly string[], row: StoredRow): bigint | undefined {
    const wanted = columns.map((name) => this.places.get(name.toLowerCase())!).sort();
    const key = this.#keys.find(({ columns: places }) => [...places].sort().join() === wanted.join());
    return key && this.#holder(key, row, undefined);
  }

  get #nextRowid(): bigint {
    if (this.schema.options.autoincrement) return this.#lastRowid + 1n;
    return this.#rows.size === 0 ? 1n : [...this.#rows.keys()].at(-1)! + 1n;
  }

  #put(rowid: bigint, row: StoredRow): void {
    const rows = this.#own();
    const isBehind = !rows.has(rowid) && rows.size > 0 && rowid < this.#lastRowid;
    rows.set(rowid, row);
    if (rowid > this.#lastRowid) this.#lastRowid = rowid;
    if (isBehind) this.#rows = new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The rows, which nobody else holds on to. */
  #own(): Map<bigint, StoredRow> {
    if (this.#isShared) this.#rows = new Map(this.#rows);
    this.#isShared = false;
    return this.#rows;
  }

  /** Refuses a row that SQLite would refuse; `rowid` is that of the row in whose place it is put. */
  #check(row: StoredRow, rowid: bigint | undefined): void {
    const { name, stored } = this.schema;
    const missing = stored.find(({ nullable }, place) => !nullable && row[place] === null);
    if (missing !== undefined) {
      throw new ConstraintFailure('SQLITE_CONSTRAINT_NOTNULL', `NOT NULL constraint failed: ${name}.${missing.name}`);
    }
    const broken = this.#keys.find((key) => this.#holder(key, row, rowid) !== undefined);
    if (broken === undefined) return;
    const columns = broken.columns.map((place) => `${name}.${stored[place]!.name}`);
    throw new ConstraintFailure('SQLITE_CONSTRAINT_UNIQUE', `UNIQUE constraint failed: ${columns.join(', ')}`);
  }

  /** Which other row has the same values of a key; NULLs are never the same. */
  #holder(key: UniqueKey, row: StoredRow, except: bigint | undefined): bigint | undefined {
    const { columns, collations, isNull } = key;
    if (columns.length === 1 && columns[0] === this.#rowid) {
      const rowid = row[this.#rowid] as bigint;
      return rowid !== except && this.#rows.has(rowid) ? rowid : undefined;
    }
    const isAbout = (each: StoredRow): boolean => isNull === undefined || each[isNull] === null;
    if (columns.some((place) => row[place] === null) || !isAbout(row)) return undefined;
    for (const [rowid, other] of this.#rows) {
      if (rowid === except || !isAbout(other)) continue;
      if (columns.every((place, at) => orderValues(row[place]!, other[place]!, collations[at]) === 0)) return rowid;
    }
    return undefined;
  }
}

function uniqueKeys(schema: TableSchema, places: ReadonlyMap<string, number>): UniqueKey[] {
  const place = ({ name }: { readonly name: string }): number => places.get(name.toLowerCase())!;
  const keyOf = (columns: readonly ColumnSchema[]): UniqueKey => ({
    columns: columns.map(place),
    collations: columns.map(({ collation }) => collation),
  });
  const ofColumns = schema.stored.filter(({ unique }) => unique).map((column) => keyOf([column]));
  const ofIndexes = schema.options.indexes
    .filter(({ unique }) => unique)
    .map(({ name, terms, where }): UniqueKey => {
      const isNull = where && nullColumn(schema, where);
      if (where !== undefined && isNull === undefined)
        throw unsupported(`unique indexes of some rows only, such as "${name}"`);
      const named = terms.map((term) => columnOf(schema, term) ?? noColumn(name));
      const collations = named.map(({ collation }) => collation);
      return { columns: named.map(({ column }) => place(column)), collations, isNull: isNull && place(isNull) };
    });
  return [keyOf(schema.primaryKey), ...ofColumns, ...ofIndexes];
}

/** The column that a term of an index is, and how it is compared there. */
function columnOf(
  schema: TableSchema,
  term: Expression,
): { column: ColumnSchema; collation: string | undefined } | undefined {
  if (term.kind === 'collate') {
    const found = columnOf(schema, term.operand);
    return found && { column: found.column, collation: term.collation };
  }
  const column = term.kind === 'column' ? schema.stored.find(({ name }) => name === term.name) : undefined;
  return column && { column, collation: column.collation };
}

/** The column of which a condition says no more than that it is NULL, as that of an index over the rows that are not deleted. */
const nullColumn = (schema: TableSchema, condition: Expression): ColumnSchema | undefined =>
  condition.kind === 'isNull' && !condition.negated ? columnOf(schema, condition.operand)?.column : undefined;

function noColumn(index: string): never {
  throw unsupported(`unique indexes of expressions, such as "${index}"`);
}
