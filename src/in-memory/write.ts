import type { ColumnSchema } from '../schema/index.js';
import { type Compiler, tableName } from './evaluate.js';
import { unsupported } from './failure.js';
import type { MemoryTable, StoredRow } from './memory-table.js';
import type { Plain, PlainExpression, PlainStatement } from './plain.js';
import { Scope, type Env, type Evaluate } from './scope.js';
import { tableScope, type FindTable } from './select.js';
import { orderValues, truth, type Value } from './value.js';
import type { ConflictClause } from '../sql/index.js';

type Kind<Name extends PlainStatement['kind']> = PlainStatement & { readonly kind: Name };

/** What a write did. */
export interface Written {
  readonly changes: number;
  readonly lastRowid: bigint | undefined;
  readonly returned: Value[][];
}

/** A write that was made of its syntax. */
export type Write = (parameters: readonly Value[]) => Written;

const envOf = (row: readonly Value[], parameters: readonly Value[]): Env => ({ row, parameters, outer: undefined });

/** `INSERT INTO …` */
export function compileInsert(findTable: FindTable, compiler: Compiler, insert: Kind<'insert'>): Write {
  const table = findTable(tableName(insert.into));
  const nothing = new Scope(undefined, [], undefined);
  const listed = [insert.values, ...(insert.moreValues ?? [])];
  const rows = listed.map((values) => values.map((value) => compiler.expression(value, nothing)));
  const returning = compileReturning(compiler, insert.returning, tableScope(insert.into, table, undefined));
  const places = insert.columns.map((name) => placeOf(table, name));
  const fill = filler(table, places);
  return (parameters) => {
    const written: StoredRow[] = [];
    let lastRowid: bigint | undefined;
    for (const values of rows) {
      const row = fill(values.map((value) => value(envOf([], parameters))));
      const there = insert.conflict && table.find(insert.conflict.target, row);
      if (there !== undefined && !takesOver(table, there, row, insert.conflict!)) continue;
      const rowid = there ?? (lastRowid = table.insert(row));
      written.push(table.rows.get(rowid)!);
    }
    return { changes: written.length, lastRowid, returned: returning(written, parameters) };
  };
}

/** `UPDATE … SET …` */
export function compileUpdate(findTable: FindTable, compiler: Compiler, update: Kind<'update'>): Write {
  const table = findTable(tableName(update.table));
  const scope = tableScope(update.table, table, undefined);
  const set = update.set.map(({ column, value }) => ({
    place: placeOf(table, column),
    value: compiler.expression(value, scope),
  }));
  const found = compileWhere(table, compiler, update.where, scope);
  const returning = compileReturning(compiler, update.returning, scope);
  return (parameters) => {
    const written = found(parameters).map(([rowid, row]) => {
      const next = [...row];
      for (const { place, value } of set) {
        next[place] = stored(table.schema.stored[place]!, value(envOf(row, parameters)));
      }
      table.update(rowid, next);
      return next;
    });
    return { changes: written.length, lastRowid: undefined, returned: returning(written, parameters) };
  };
}

/** `DELETE FROM …` */
export function compileDelete(findTable: FindTable, compiler: Compiler, deletion: Kind<'delete'>): Write {
  const table = findTable(tableName(deletion.from));
  const scope = tableScope(deletion.from, table, undefined);
  const found = compileWhere(table, compiler, deletion.where, scope);
  const returning = compileReturning(compiler, deletion.returning, scope);
  return (parameters) => {
    const gone = found(parameters);
    for (const [rowid] of gone) table.delete(rowid);
    const rows = gone.map(([, row]) => row);
    return { changes: rows.length, lastRowid: undefined, returned: returning(rows, parameters) };
  };
}

/** The rows of a write, as they were before it. */
function compileWhere(table: MemoryTable, compiler: Compiler, where: PlainExpression | undefined, scope: Scope) {
  const condition: Evaluate = where === undefined ? () => 1n : compiler.expression(where, scope);
  return (parameters: readonly Value[]): [bigint, StoredRow][] =>
    [...table.rows].filter(([, row]) => truth(condition(envOf(row, parameters))) === true);
}

function compileReturning(compiler: Compiler, columns: Kind<'insert'>['returning'], scope: Scope) {
  const values = columns.map(({ expression }) => compiler.expression(expression, scope));
  return (rows: readonly StoredRow[], parameters: readonly Value[]): Value[][] =>
    values.length === 0 ? [] : rows.map((row) => values.map((value) => value(envOf(row, parameters))));
}

function placeOf(table: MemoryTable, name: string): number {
  const place = table.places.get(name.toLowerCase());
  if (place === undefined) throw unsupported(`column "${name}" in ${table.schema.name}`);
  return place;
}

/** A value as a column of a STRICT table keeps it. https://sqlite.org/stricttables.html */
function stored({ type }: ColumnSchema, value: Value): Value {
  if (type.storage === 'INTEGER' && typeof value === 'number') return BigInt(value);
  return type.storage === 'REAL' && typeof value === 'bigint' ? Number(value) : value;
}

/** Makes a row of the values of some columns, and the defaults of the others. */
function filler({ schema }: MemoryTable, places: readonly number[]): (values: readonly Value[]) => StoredRow {
  return (values) =>
    schema.stored.map((column, place) => {
      const at = places.indexOf(place);
      return at === -1 ? defaultOf(column) : stored(column, values[at]!);
    });
}

/** The value of a column that an insert does not name. */
function defaultOf(column: ColumnSchema): Value {
  const { default: given, type, name } = column;
  if (given === undefined) return null; // or the rowid, which the table makes
  if (given.kind === 'value') return stored(column, type.encode(given.value));
  if (given.kind === 'factory') return stored(column, type.encode(given.make()));
  const literal = literalOf(given.expression);
  if (literal === undefined) throw unsupported(`defaults that SQL computes, such as that of "${name}"`);
  return stored(column, literal);
}

/** A number or a text as SQL writes it; `undefined` for what has to be computed. */
function literalOf(expression: Plain<never> | object): Value | undefined {
  const { kind, texts, chunks } = expression as { kind: string; texts: readonly string[]; chunks: readonly unknown[] };
  if (kind !== 'fragment' || chunks.length > 0) return undefined;
  const text = texts.join('').trim();
  if (/^-?\d+$/.test(text)) return BigInt(text);
  if (/^-?\d*\.\d+$/.test(text)) return Number(text);
  return /^'([^']|'')*'$/.test(text) ? text.slice(1, -1).replaceAll("''", "'") : undefined;
}

/** `ON CONFLICT … DO UPDATE`: whether the row that is there takes values of the other, for it differs in one of them. */
function takesOver(
  table: MemoryTable,
  rowid: bigint,
  row: StoredRow,
  { update, along }: Plain<ConflictClause>,
): boolean {
  const there = table.rows.get(rowid)!;
  const differs = update.some((name) => orderValues(there[placeOf(table, name)]!, row[placeOf(table, name)]!) !== 0);
  if (!differs) return false;
  const next = [...there];
  for (const name of [...update, ...along]) next[placeOf(table, name)] = row[placeOf(table, name)]!;
  table.update(rowid, next);
  return true;
}
