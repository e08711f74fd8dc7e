import { QueryError } from '../errors/index.js';
import { insert, save, Stored, type BoundTable } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import { deleteRows } from './delete-rows.js';
import { isNullable, type Link } from './link.js';
import type { Members, Plan } from './plan.js';

type Fields = Record<string, unknown>;

/** Where the tables of new rows are. */
export type TableOf = (schema: TableSchema) => Program<BoundTable>;

const tableOfRow = (instance: object): BoundTable => Stored.table(instance) as BoundTable;

/** Writes all of a plan. Each row goes the way of `save` and `delete`: what these see to is seen to here. */
export function* writePlan(plan: Plan, members: Members, tableOf: TableOf): Program<void> {
  yield* insertRows(plan, members, tableOf);
  for (const instance of plan.updates) {
    for (const link of plan.links.get(instance) ?? []) fill(link);
    yield* save(tableOfRow(instance), instance);
  }
  yield* deleteInOrder(plan);
}

function* insertRows({ inserts, links }: Plan, members: Members, tableOf: TableOf): Program<void> {
  const tables = new Map<TableSchema, BoundTable>();
  for (const instance of inserts.rows) {
    const schema = members.get(instance)!;
    let table = tables.get(schema);
    if (table === undefined) tables.set(schema, (table = yield* tableOf(schema)));
    for (const link of links.get(instance) ?? []) {
      if (inserts.later.has(link)) standIn(link);
      else fill(link);
    }
    yield* insert(table, instance); // one by one, for of several rows in one statement nobody vouches for the keys
  }
  for (const link of inserts.later) fill(link);
  for (const instance of new Set([...inserts.later].map(({ from }) => from)))
    yield* save(tableOfRow(instance), instance);
}

/** Puts the key of a row into the columns that refer to it. */
function fill({ from, to, reference }: Link): void {
  const { columns, target, name } = reference;
  const key = target.map(({ property }) => (to as Fields)[property]);
  if (key.includes(undefined)) {
    throw new QueryError(
      `${name} leads to an instance that has no key and is not inserted.`,
      'Add it to be inserted, too.',
    );
  }
  for (const [at, { property }] of columns.entries()) (from as Fields)[property] = key[at];
  reference.lead(from, to, false);
}

let lastStandIn = 0;

/** Lets a row be inserted before the one that it refers to: with NULL, or with a number that no row has. */
function standIn(link: Link): void {
  const { from, to, reference } = link;
  const fields = from as Fields;
  for (const [at, { property, nullable }] of reference.columns.entries()) {
    if (isNullable(link)) {
      if (nullable) fields[property] = null;
      continue;
    }
    const { property: key, type } = reference.target[at]!;
    const next = (): number | bigint => (type.bigints === true ? BigInt(--lastStandIn) : --lastStandIn);
    fields[property] = (to as Fields)[key] ?? next();
  }
  reference.lead(from, to, false);
}

function* deleteInOrder({ deletes }: Plan): Program<void> {
  for (const { from, reference } of deletes.later) {
    if (!reference.isDeferrable)
      yield* saveWithoutKey(
        from as Fields,
        reference.columns.filter(({ nullable }) => nullable),
      );
  }
  let group: object[] = [];
  for (const instance of deletes.rows) {
    if (group.length > 0 && tableOfRow(group[0]!) !== tableOfRow(instance)) {
      yield* deleteRows(tableOfRow(group[0]!), group);
      group = [];
    }
    group.push(instance);
  }
  if (group.length > 0) yield* deleteRows(tableOfRow(group[0]!), group);
}

/** Takes a row out of a circle before it is deleted; the instance keeps its values. */
function* saveWithoutKey(fields: Fields, columns: readonly { readonly property: string }[]): Program<void> {
  const key = columns.map(({ property }) => fields[property]);
  for (const { property } of columns) fields[property] = null;
  yield* save(tableOfRow(fields), fields);
  for (const [at, { property }] of columns.entries()) fields[property] = key[at];
}
