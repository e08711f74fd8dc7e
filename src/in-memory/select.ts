import { calledName, collationOf, tableName, type CompileSelect, type Compiler } from './evaluate.js';
import { unsupported } from './failure.js';
import type { MemoryTable } from './memory-table.js';
import type { PlainExpression, PlainSelect, PlainTable } from './plain.js';
import { Scope, type Env, type Evaluate, type NamedColumn } from './scope.js';
import { orderValues, truth, type Value } from './value.js';

type Row = readonly Value[];

/** Finds a table by its name. */
export type FindTable = (name: string) => MemoryTable;

/** Sorts rows, and keeps the order of those that are the same. */
type Compare = (a: Env, b: Env) => number;

/** A result column: a value of each row, or one of all rows together. */
type Column =
  | { readonly of: 'row'; readonly evaluate: Evaluate }
  | { readonly of: 'rows'; readonly evaluate: (rows: readonly Env[]) => Value }
  | { readonly of: 'places'; readonly number: (rows: readonly Env[]) => ReadonlyMap<Env, Value> };

/** The scope of a table's rows. */
export const tableScope = (table: PlainTable, { schema }: MemoryTable, outer: Scope | undefined): Scope =>
  new Scope(calledName(table), schema.stored, outer);

/** Makes queries of their syntax. */
export const selectCompiler =
  (findTable: FindTable) =>
  (compiler: Compiler): CompileSelect => {
    const compileSelect = (select: PlainSelect, outer: Scope | undefined): ((env: Env) => Row[]) => {
      const { from, where, limit, offset } = select;
      const scope = scopeOf(findTable, from, outer);
      const columns = select.columns.map(({ expression }) => columnOf(compiler, expression, scope));
      const source = sourceOf(from);
      const condition = where && compiler.expression(where, scope);
      const compare = comparison(compiler, select.orderBy, scope);
      const collations = select.columns.map(({ expression }) => collationOf([expression], scope));
      const skipped = offset === undefined ? undefined : compiler.takeParameter();
      return (env) => {
        const { parameters } = env;
        const all = [...source(env)].map((row): Env => ({ row, parameters, outer: env }));
        const found = condition === undefined ? all : all.filter((each) => truth(condition(each)) === true);
        if (compare !== undefined) found.sort(compare);
        const rows = project(columns, found);
        const distinct = select.distinct ? withoutCopies(rows, collations) : rows;
        const start = skipped === undefined ? 0 : Number(parameters[skipped]);
        return distinct.slice(start, limit === undefined || limit < 0 ? undefined : start + limit);
      };
    };

    const sourceOf = (from: PlainSelect['from']): ((env: Env) => Iterable<Row>) => {
      if (isSubselect(from)) {
        const rows = compileSelect(from.select, undefined);
        return ({ parameters }) => rows({ row: [], parameters, outer: undefined });
      }
      const table = findTable(tableName(from));
      return () => table.rows.values();
    };

    return compileSelect;
  };

type Subselect = Extract<PlainSelect['from'], { readonly kind: 'subselect' }>;

const isSubselect = (from: PlainSelect['from']): from is Subselect => typeof from === 'object' && 'kind' in from;

function scopeOf(findTable: FindTable, from: PlainSelect['from'], outer: Scope | undefined): Scope {
  if (!isSubselect(from)) return tableScope(from, findTable(tableName(from)), outer);
  const inner = isSubselect(from.select.from) ? undefined : findTable(tableName(from.select.from));
  const columns = from.select.columns.map(({ expression, alias }): NamedColumn => {
    const name = expression.kind === 'column' || expression.kind === 'result' ? expression.name : '';
    const column = inner?.schema.stored.find((each) => each.name === name);
    return { name: alias ?? name, collation: column?.collation };
  });
  return new Scope(undefined, columns, outer);
}

function columnOf(compiler: Compiler, expression: PlainExpression, scope: Scope): Column {
  if (expression.kind === 'rowNumber') {
    const partition = expression.partitionBy.map((each) => compiler.expression(each, scope));
    const collations = expression.partitionBy.map((each) => collationOf([each], scope));
    const compare = comparison(compiler, expression.orderBy, scope);
    return { of: 'places', number: (rows) => numbered(rows, partition, collations, compare) };
  }
  if (expression.kind !== 'call' || expression.name !== 'count') {
    return { of: 'row', evaluate: compiler.expression(expression, scope) };
  }
  const [operand] = expression.operands.map((each) => compiler.expression(each, scope));
  if (operand === undefined) return { of: 'rows', evaluate: (rows) => BigInt(rows.length) };
  return { of: 'rows', evaluate: (rows) => BigInt(rows.filter((env) => operand(env) !== null).length) };
}

function project(columns: readonly Column[], rows: readonly Env[]): Row[] {
  if (columns.some((column) => column.of === 'rows')) {
    return [
      columns.map((column) => {
        if (column.of !== 'rows') throw unsupported('values of rows beside a count of them');
        return column.evaluate(rows);
      }),
    ];
  }
  const values = columns.map((column): Evaluate => {
    if (column.of === 'row') return column.evaluate;
    const places = column.of === 'places' ? column.number(rows) : undefined;
    return (env) => places!.get(env)!;
  });
  return rows.map((env) => values.map((value) => value(env)));
}

/** The place of each row among those of its part. */
function numbered(
  rows: readonly Env[],
  partition: readonly Evaluate[],
  collations: readonly (string | undefined)[],
  compare: Compare | undefined,
): ReadonlyMap<Env, Value> {
  const parts: { readonly key: Row; readonly rows: Env[] }[] = [];
  for (const env of rows) {
    const key = partition.map((each) => each(env));
    const part = parts.find((each) => isSame(each.key, key, collations));
    if (part === undefined) parts.push({ key, rows: [env] });
    else part.rows.push(env);
  }
  return new Map(
    parts.flatMap((part) => part.rows.sort(compare).map((env, at): [Env, Value] => [env, BigInt(at + 1)])),
  );
}

/** How ORDER BY compares two rows; `undefined` for no order. NULLs are the smallest, unless said. */
function comparison(compiler: Compiler, orderBy: PlainSelect['orderBy'], scope: Scope): Compare | undefined {
  const terms = orderBy.map(({ expression, direction, nulls, collation }) => ({
    evaluate: compiler.expression(expression, scope),
    collation: collation ?? collationOf([expression], scope),
    sign: direction === 'DESC' ? -1 : 1,
    nulls: nulls === undefined ? undefined : nulls === 'FIRST' ? -1 : 1,
  }));
  if (terms.length === 0) return undefined;
  return (a, b) => {
    for (const { evaluate, collation, sign, nulls } of terms) {
      const [valueOfA, valueOfB] = [evaluate(a), evaluate(b)];
      const isNullApart = nulls !== undefined && (valueOfA === null) !== (valueOfB === null);
      const order = isNullApart
        ? valueOfA === null
          ? nulls
          : -nulls
        : sign * orderValues(valueOfA, valueOfB, collation);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function withoutCopies(rows: readonly Row[], collations: readonly (string | undefined)[]): Row[] {
  const distinct: Row[] = [];
  for (const row of rows) if (!distinct.some((other) => isSame(other, row, collations))) distinct.push(row);
  return distinct;
}

const isSame = (a: Row, b: Row, collations: readonly (string | undefined)[]): boolean =>
  a.every((value, at) => orderValues(value, b[at]!, collations[at]) === 0);
