import { TooBigError } from '../errors/index.js';
import type { TableSchema } from '../schema/index.js';
import { all, call, sql, toSyntax, unpack, type Program, type Row, type SelectStatement } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { oncePerTable } from './generate.js';
import { selectOf, type QueryState } from './query-state.js';
import { readAll, withRelated } from './read.js';
import { Stored } from './stored.js';

/** From how many rows on it matters how they are read. */
const many = 100;

/** How much text rows may have to be read packed, in characters for each column. */
const littleText = 10;

/** The longest text of packed rows in bytes, beyond which it would be a burden to memory. */
const longestPack = 2 ** 26;

/** The longest text in them, in bytes: where there is a longer one, rows are not packed. */
const longestText = 256;

/** How many rows are looked at to find out how long they are. */
const sampleSize = 16;

/**
 * Reads the instances of a query that is expected to find many. A driver makes each value of each row by itself. Where rows are
 * short, all of them in one JSON text are there sooner: SQLite writes it, and V8 takes it apart. Longer texts it would copy
 * once too often, so a table's rows are read one by one until they have been seen to be short.
 */
export function* readMany(table: BoundTable, state: QueryState): Program<object[]> {
  if (table.textInRows === 'too much' || !canBePacked(table, state)) return yield* readAll(table, state);
  const isTried = table.textInRows === 'little';
  const rows = isTried ? yield* readPacked(table, selectOf(table.schema, state)) : undefined;
  if (rows !== undefined) {
    table.textInRows = textIn(rows.length, (at) => rows[at]!);
    return yield* withRelated(table, yield* table.loaded(rows), state);
  }
  const instances = yield* readAll(table, state);
  table.textInRows = isTried ? 'too much' : textIn(instances.length, (at) => Stored.row(instances[at]!) ?? []);
  return instances;
}

/** Whether JSON says exactly what the rows of a query are: whole rows, in any order, of a table that is as its model says. */
function canBePacked({ schema, database }: BoundTable, state: QueryState): boolean {
  const { selection, shape, counts, distinct, orderBy, limit, offset, empty } = state;
  const isPlain = selection === undefined && shape === undefined && counts.length === 0 && !distinct;
  const isWhole = orderBy.length === 0 && limit === undefined && offset === undefined && empty === undefined;
  return isPlain && isWhole && database.canPack === true && holdsPlainValues(schema);
}

/**
 * Whether all columns hold whole numbers and texts and nothing else, which STRICT sees to. SQLite writes REAL with 15 digits in
 * some versions and BLOB not at all, and a generated column may be JSON already. https://sqlite.org/json1.html
 */
const holdsPlainValues = oncePerTable(
  ({ options, bigints, read }) =>
    options.strict &&
    !bigints &&
    read.length <= 100 && // arguments of a function
    read.every(
      ({ type: { storage }, generated, computed }) =>
        (storage === 'INTEGER' || storage === 'TEXT') && generated === undefined && computed === undefined,
    ),
);

/** The rows of a query, from one text; `undefined` where that would be too long. */
function* readPacked(table: BoundTable, select: SelectStatement): Program<Row[] | undefined> {
  const { statement, parameters } = table.compile(packed(table.schema, select));
  table.textInRows = 'too much'; // should it fail, it is not tried again
  try {
    return unpack(yield* all({ ...statement, packed: true }, parameters));
  } catch (error) {
    if (error instanceof TooBigError) return undefined;
    throw error;
  }
}

/**
 * `SELECT iif(…, rows, NULL), count(*) FROM …`, of which rows are `json_group_array(json_array("id", …)) FILTER (WHERE …)`: one with a
 * long text is left out before it is written, for beyond two gigabytes SQLite says that there is no memory, which would end a
 * transaction. In a file of UTF-16 the text would be converted to that and back, which changes what is no Unicode.
 */
function packed({ read }: TableSchema, select: SelectStatement): SelectStatement {
  const columns = read.map(({ reference }) => ({ [toSyntax]: () => reference }));
  const isLong = columns
    .filter((_, at) => read[at]!.type.storage === 'TEXT')
    .map((text) => sql`octet_length(${text}) > ${sql.raw(String(longestText))}`);
  const filter = isLong.length === 0 ? sql`` : sql` FILTER (WHERE (${sql.join(isLong, ' OR ')}) IS NOT TRUE)`;
  const rows = sql`json_group_array(json_array(${sql.join(columns)}))${filter}`;
  // written twice, it is made once; in a subquery its text would be copied
  const isShort = sql`length(CAST('a' AS BLOB)) = 1 AND length(CAST(${rows} AS BLOB)) <= ${sql.raw(String(longestPack))}`;
  const answer = [sql`iif(${isShort}, ${rows}, NULL)`.fragment, call('count')];
  return { ...select, columns: answer.map((expression) => ({ expression, alias: undefined })) };
}

/** How much text is in rows, as far as they are looked at; few rows do not count. */
function textIn(count: number, rowAt: (place: number) => Row): BoundTable['textInRows'] {
  if (count < many) return undefined;
  let [characters, columns] = [0, 0];
  for (let at = 0; at < sampleSize; at++) {
    const row = rowAt(Math.floor((at * count) / sampleSize));
    for (const value of row) if (typeof value === 'string') characters += value.length;
    columns += row.length;
  }
  return characters <= columns * littleText ? 'little' : 'much';
}
