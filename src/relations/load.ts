import {
  encodeValue,
  jsonText,
  readAll,
  selectAll,
  selectOf,
  Stored,
  withRelated,
  type BoundTable,
  type QueryState,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import {
  all,
  and,
  binary,
  constant,
  or,
  parameter,
  type Expression,
  type OrderingTerm,
  type Program,
  type SelectStatement,
  type SqlValue,
} from '../sql/index.js';
import type { KeyRelation } from './key-relation.js';
import { give } from './related.js';

type Fields = Record<string, unknown>;
type Key = readonly SqlValue[];

/** Reads what owners lead to with one statement, and gives it to them; owners that lead nowhere need none. */
export function* loadRelation(
  relation: KeyRelation,
  table: BoundTable,
  owners: readonly object[],
  state: QueryState,
): Program<void> {
  const keys = new Map<unknown, Key>();
  const columns = columnsIn(table, relation.keys.owner);
  const ids = owners.map((owner) => {
    const key = keyOf(relation, columns, owner);
    if (key === undefined) return undefined;
    const id = identity(key, relation.referred);
    keys.set(id, key);
    return id;
  });
  const found = keys.size === 0 ? nothing : yield* readRelated(relation, table, [...keys.values()], state);
  owners.forEach((owner, at) =>
    give(relation, owner, related(relation, ids[at] === undefined ? none : found.get(ids[at]))),
  );
}

const nothing: ReadonlyMap<unknown, object[]> = new Map();
const none: readonly object[] = [];

const related = ({ isMany }: KeyRelation, found: readonly object[] = none): unknown =>
  isMany ? (found === none ? [] : found) : (found[0] ?? null);

/** The values by which an owner finds what it leads to; none where one is NULL. What is not saved yet counts for a reference. */
function keyOf(
  { refers, owner: schema }: KeyRelation,
  columns: readonly ColumnSchema[],
  owner: object,
): Key | undefined {
  const row = Stored.row(owner);
  const key = refers
    ? columns.map((column) => fieldValue(schema, column, (owner as Fields)[column.property]))
    : columns.map(({ position }) => (Array.isArray(row) ? (row[position] as SqlValue) : null));
  return key.includes(null) ? undefined : key;
}

const fieldValue = (schema: TableSchema, column: ColumnSchema, value: unknown): SqlValue =>
  value === undefined || value === null ? null : encodeValue(schema.field(column), column, value);

/** The same for every key that SQLite takes for the same. */
function identity(key: Key, columns: readonly ColumnSchema[]): unknown {
  if (key.length === 1) return part(key[0]!, columns[0]!);
  return JSON.stringify(key.map((value, at) => [typeof part(value, columns[at]!), String(part(value, columns[at]!))]));
}

function part(value: SqlValue, { collation }: ColumnSchema): unknown {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Uint8Array) return `x${value.join()}`;
  return typeof value === 'string' ? collated(value, collation?.toUpperCase()) : value;
}

/** Of SQLite's own collations NOCASE knows ASCII letters only. https://sqlite.org/datatype3.html#collation */
function collated(text: string, collation: string | undefined): string {
  if (collation === 'NOCASE') return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return collation === 'RTRIM' ? text.replace(/ +$/, '') : text;
}

/** The instances that keys lead to, by key. */
function* readRelated(relation: KeyRelation, table: BoundTable, keys: readonly Key[], state: QueryState) {
  const { target: columns } = relation.keys;
  const target = yield* table.database.tableOf(relation.target);
  const wanted = { ...state, where: [...state.where, isAmong(relation, keys)], orderBy: orderOf(relation, state) };
  const isCut = state.limit !== undefined && relation.isMany;
  const instances = isCut
    ? yield* readLimited(target, wanted, columns)
    : yield* readAll(target, { ...wanted, limit: undefined });
  return grouped(instances, columnsIn(target, columns), relation.referred);
}

/** Columns where this database has them: it may keep hidden ones to itself. */
const columnsIn = ({ schema }: BoundTable, columns: readonly ColumnSchema[]): ColumnSchema[] =>
  columns.map(({ property }) => schema.column(property));

/** Of several rows that a relation to one finds, it is always the same. */
const orderOf = ({ options, target }: KeyRelation, { orderBy }: QueryState): readonly OrderingTerm[] =>
  options.kind === 'hasOne' ? [...orderBy, ...byPrimaryKey(target)] : orderBy;

const byPrimaryKey = ({ primaryKey }: TableSchema): OrderingTerm[] =>
  primaryKey.map(({ reference }) => ({
    expression: reference,
    direction: 'ASC',
    nulls: undefined,
    collation: undefined,
  }));

function grouped(
  instances: readonly object[],
  columns: readonly ColumnSchema[],
  referred: readonly ColumnSchema[],
): Map<unknown, object[]> {
  const groups = new Map<unknown, object[]>();
  for (const instance of instances) {
    const row = Stored.row(instance)!;
    const id = identity(
      columns.map(({ position }) => row[position] as SqlValue),
      referred,
    );
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [instance]);
    else group.push(instance);
  }
  return groups;
}

/** `"author_id" IN (…)`: one text for any number of keys, so that the statement is prepared once. */
function isAmong({ keys: { target }, referred }: KeyRelation, keys: readonly Key[]): Expression {
  const operands = target.map((column, at) => comparedAs(column, referred[at]!));
  const texts = keys.map((key) => key.map(jsonText));
  if (texts.some((key) => key.includes(undefined))) {
    return or(keys.map((key) => and(key.map((value, at) => binary(operands[at]!, '=', parameter(value))))));
  }
  if (operands.length === 1) {
    return { kind: 'in', operand: operands[0]!, negated: false, among: { kind: 'json', text: `[${texts.join()}]` } };
  }
  const text = `[${texts.map((key) => `[${key.join()}]`).join()}]`;
  const among = { kind: 'jsonRows', text, width: operands.length } as const;
  return { kind: 'in', operand: { kind: 'row', operands }, negated: false, among };
}

/** A column, where it is compared as another one that has a collation of its own. */
export function comparedAs({ reference, collation }: ColumnSchema, other: ColumnSchema): Expression {
  if (collation === other.collation) return reference;
  return { kind: 'collate', operand: reference, collation: other.collation ?? 'BINARY' };
}

const place = { kind: 'result', name: 'litemodel_place' } as const;

/**
 * The first rows for each key, counted by SQLite:
 * `SELECT … FROM (SELECT …, row_number() OVER (PARTITION BY "author_id" ORDER BY "id") … WHERE …) WHERE … <= 3 ORDER BY …`.
 */
function* readLimited(table: BoundTable, state: QueryState, partition: readonly ColumnSchema[]): Program<object[]> {
  const { schema } = table;
  const inner = selectOf(schema, { ...state, orderBy: [], limit: undefined });
  const columns = schema.read.map(({ reference, name }) => ({ expression: reference, alias: name }));
  const expression: Expression = {
    kind: 'rowNumber',
    partitionBy: partition.map(({ reference }) => reference),
    orderBy: [...state.orderBy, ...byPrimaryKey(schema)],
  };
  const select: SelectStatement = {
    ...selectAll(schema),
    columns: schema.read.map(({ name }) => ({ expression: { kind: 'result', name }, alias: undefined })),
    from: {
      kind: 'subselect',
      select: { ...inner, columns: [...columns, { expression, alias: place.name }] },
    },
    where: binary(place, '<=', constant(state.limit!)),
    orderBy: [{ expression: place, direction: 'ASC', nulls: undefined, collation: undefined }],
  };
  const { statement, parameters } = table.compile(select, schema.bigints);
  const instances = table.hydrate(yield* all(statement, parameters), table);
  return yield* withRelated(table, instances, state);
}
