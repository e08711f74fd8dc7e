import type { ConnectedDatabase } from '../database/index.js';
import { QueryError } from '../errors/index.js';
import { plain, type BoundTable } from '../query/index.js';
import { all, compile, run, type Program, type Row, type RunResult, type Sql, type SqlValue } from '../sql/index.js';

/** A row of a query that says nothing of its columns' types. */
export type PlainRow = Record<string, SqlValue>;

/** The rows of a fragment that is a whole query, as plain objects. */
export function* readRows(database: ConnectedDatabase, { fragment }: Sql): Program<PlainRow[]> {
  const { sql, parameters } = compile(fragment, database.schemaNames);
  distinctColumns(database, sql, true); // before it runs, for it may write
  const rows = yield* all({ sql, bigints: true }, parameters); // so that no integer is rounded
  const names = distinctColumns(database, sql, true);
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, plain(row[index] as SqlValue)])));
}

/** Runs a fragment that is a whole statement. */
export function* runFragment(database: ConnectedDatabase, { fragment }: Sql): Program<RunResult> {
  const { sql, parameters } = compile(fragment, database.schemaNames);
  return yield* run({ sql, bigints: false }, parameters);
}

/** Instances from a fragment that is a whole query and returns every column of their table, in whatever order. */
export function* readInstances(table: BoundTable, { fragment }: Sql): Program<object[]> {
  const { schema, database } = table;
  const { sql, parameters } = compile(fragment, database.schemaNames);
  const rows = yield* all({ sql, bigints: schema.bigints }, parameters);
  const names = distinctColumns(database, sql, schema.bigints);
  const places = schema.columns.map((column) => names.indexOf(column.name));
  const missing = schema.columns.filter((_, index) => places[index] === -1);
  if (missing.length > 0) {
    throw new QueryError(
      `This query does not return ${missing.map((column) => `"${column.name}"`).join(', ')} of ${schema.modelName}.`,
      'Return every column of the table, or read plain objects with db.all().',
    );
  }
  return table.hydrate(
    rows.map((row): Row => places.map((place) => row[place])),
    table,
  );
}

/** The names of a query's columns, which are those of its last run; of two with the same name one would be lost. */
function distinctColumns(database: ConnectedDatabase, sql: string, bigints: boolean): readonly string[] {
  const names = database.columnsOf(sql, bigints);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return names;
  throw new QueryError(`This query returns two columns named "${twice}".`, 'Give one of them another name with AS.');
}
