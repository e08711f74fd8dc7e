import type { ConnectedDatabase } from '../database/index.js';
import { describe, QueryError } from '../errors/index.js';
import { plain, type BoundTable } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import {
  compile,
  isSqlChunk,
  named,
  namesOf,
  run,
  type Program,
  type Row,
  type RunResult,
  type Sql,
  type SqlValue,
} from '../sql/index.js';

/** A row of a query that says nothing of its columns' types. */
export type PlainRow = Record<string, SqlValue>;

/** The rows of a fragment that is a whole query, as plain objects. */
export function* readRows(database: ConnectedDatabase, query: Sql): Program<PlainRow[]> {
  const { sql, parameters } = compile(fragmentOf(query), database.schemaNames);
  const statement = { sql, bigints: true }; // so that no integer is rounded
  const { names: expected, reads } = yield* namesOf(statement);
  checkDistinct(expected); // before it runs, for it may write
  const { names, rows } = yield* named({ ...statement, reads }, parameters);
  if (!isSame(names, expected)) checkDistinct(names);
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, plain(row[index] as SqlValue)])));
}

/** Runs a fragment that is a whole statement. */
export function* runFragment(database: ConnectedDatabase, command: Sql): Program<RunResult> {
  const { sql, parameters } = compile(fragmentOf(command), database.schemaNames);
  return yield* run({ sql, bigints: false }, parameters);
}

/** Instances from a fragment that is a whole query and returns every column of their table, in whatever order. */
export function* readInstances(table: BoundTable, query: Sql): Program<object[]> {
  const { schema, database } = table;
  const { sql, parameters } = compile(fragmentOf(query), database.schemaNames);
  const statement = { sql, bigints: schema.bigints };
  const { names: expected, reads } = yield* namesOf(statement);
  placesOf(schema, expected); // before it runs, for it may write
  const { names, rows } = yield* named({ ...statement, reads }, parameters);
  const places = placesOf(schema, names);
  return yield* table.loaded(rows.map((row): Row => places.map((place) => row[place])));
}

/** The syntax of a fragment, of callers without types, too: a text may have values in it that nobody bound. */
function fragmentOf(sql: Sql): Sql['fragment'] {
  if (isSqlChunk(sql) && 'fragment' in sql) return sql.fragment;
  throw new QueryError(
    `This takes SQL as sql\`…\`, not ${describe(sql)}.`,
    'Write sql`SELECT …`: its values are bound.',
  );
}

/** Where each column of a table stands among the columns of a query; SQLite's names do not differ by case alone. */
function placesOf(schema: TableSchema, names: readonly string[]): number[] {
  checkDistinct(names);
  const known = names.map((name) => name.toLowerCase());
  const places = schema.read.map((column) => known.indexOf(column.name.toLowerCase()));
  const missing = schema.read.filter((_, index) => places[index] === -1);
  if (missing.length === 0) return places;
  throw new QueryError(
    `This query does not return ${missing.map((column) => `"${column.name}"`).join(', ')} of ${schema.modelName}.`,
    'Return every column of the table, or read plain objects with db.all().',
  );
}

/** Of two columns with the same name one would be lost. */
function checkDistinct(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new QueryError(`This query returns two columns named "${twice}".`, 'Give one of them another name with AS.');
}

const isSame = (names: readonly string[], others: readonly string[]): boolean =>
  names.length === others.length && names.every((name, index) => name === others[index]);
