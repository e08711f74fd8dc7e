import {
  comparedAs,
  isAmong,
  nestedTable,
  noScopes,
  type QueryState,
  scopeConditions,
  selectAll,
  type TableHome,
} from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import {
  all,
  and,
  constant,
  type Expression,
  type OrderingTerm,
  type Program,
  type Row,
  type SelectStatement,
  type SqlValue,
} from '../sql/index.js';
import { joined } from './condition.js';
import { firstOfEach } from './first-of-each.js';
import { areFixed, columnsIn, identityFrom, type Key } from './keys.js';
import type { Step } from './relation.js';

/** Where the steps of a relation but the last lead to: the keys for that one, and which owners have each. */
export interface Links {
  readonly keys: ReadonlyMap<unknown, Key>;
  readonly owners: ReadonlyMap<unknown, ReadonlySet<unknown>>;
}

/**
 * Reads the keys of the tables between owners and what they lead to, with one statement for each table. `cut` is a query of the
 * last table, of which only the first rows of each owner are wanted.
 */
export function* readLinks(
  database: TableHome,
  steps: readonly Step[],
  keys: ReadonlyMap<unknown, Key>,
  cut: QueryState | undefined,
): Program<Links> {
  let links: Links = { keys, owners: new Map([...keys.keys()].map((id) => [id, new Set([id])])) };
  for (const [at, step] of steps.slice(0, -1).entries()) {
    if (links.keys.size === 0) break;
    const next = steps[at + 1]!;
    const table = yield* database.tableOf(step.table);
    const select = linksOf(table.schema, step, next, [...links.keys.values()]);
    const { statement, parameters } = table.compile(
      cut === undefined ? select : firstOf(select, step, next, cut),
      table.schema.bigints,
    );
    links = follow(links, yield* all(statement, parameters), step, next);
  }
  return links;
}

/** `SELECT "post_id", "tag_id" FROM "posts_tags" WHERE "post_id" IN (…)` */
function linksOf(schema: TableSchema, step: Step, next: Step, keys: readonly Key[]): SelectStatement {
  const to = columnsIn(schema, step.to);
  const columns = [...to, ...columnsIn(schema, next.from)];
  return {
    ...selectAll(schema),
    columns: columns.map(({ reference }) => ({ expression: reference, alias: undefined })),
    where: and([
      isAmong(to, step.referred, keys),
      ...areFixed(schema, step.fixed),
      ...scopeConditions(schema, noScopes),
    ]),
  };
}

/** The same for the first rows of each owner: which they are, is asked of the rows that they lead to. */
function firstOf(select: SelectStatement, step: Step, next: Step, state: QueryState): SelectStatement {
  const inner = nestedTable(next.table, step.table);
  const isLed = joined(step.table, next, inner);
  const oneOf = (expression: Expression, conditions: readonly Expression[]): SelectStatement => ({
    ...selectAll(inner),
    columns: [{ expression, alias: undefined }],
    where: and([isLed, ...conditions]),
  });
  const isThere = {
    kind: 'exists',
    quantifier: 'some',
    relation: next.table.modelName,
    select: oneOf(constant(1), [...state.where, ...scopeConditions(inner, state.scopes)]),
  } as const;
  const orderBy = state.orderBy.map((term): OrderingTerm => ({
    ...term,
    expression: { kind: 'subquery', select: oneOf(term.expression, []) },
    collation: term.collation ?? collationOf(inner, term),
  }));
  return firstOfEach(
    {
      ...select,
      columns: select.columns.map(({ expression }, at) => ({ expression, alias: `litemodel_${at}` })),
      where: and([select.where!, isThere]),
    },
    comparedAs(step.to, step.referred),
    orderBy,
    state.limit!,
  );
}

/** The collation of a column, which the value of a subquery does not have. */
const collationOf = ({ columns }: TableSchema, { expression }: OrderingTerm): string | undefined =>
  expression.kind === 'column' ? columns.find(({ name }) => name === expression.name)?.collation : undefined;

const nobody: ReadonlySet<unknown> = new Set();

function follow({ owners }: Links, rows: readonly Row[], step: Step, next: Step): Links {
  const keys = new Map<unknown, Key>();
  const led = new Map<unknown, Set<unknown>>();
  const width = step.to.length;
  for (const row of rows as SqlValue[][]) {
    if (row.includes(null, width)) continue;
    const id = identityFrom(row, width, next.referred);
    const from = owners.get(identityFrom(row, 0, step.referred)) ?? nobody;
    const known = led.get(id);
    if (known !== undefined) {
      for (const owner of from) known.add(owner);
    } else {
      keys.set(id, row.slice(width));
      led.set(id, new Set(from));
    }
  }
  return { keys, owners: led };
}
