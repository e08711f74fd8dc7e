import { QueryError } from '../errors/index.js';
import {
  flushing,
  insert,
  insertCommand,
  newRowOf,
  save,
  Stored,
  takeInserted,
  type BoundTable,
  type TableHome,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import { deleteRows } from './delete-rows.js';
import { keepInstance } from './kept.js';
import type { Link, Member } from './link.js';
import type { Plan } from './plan.js';

/** Where the tables of new rows are. */
export type TableOf = (schema: TableSchema) => Program<BoundTable>;

const tableOfRow = ({ instance }: Member): BoundTable => Stored.table(instance) as BoundTable;

/** Writes all of a plan. Each row goes the way of `save` and `delete`: what these see to is seen to here. */
export const writePlan = (database: TableHome, plan: Plan, tableOf: TableOf): Program<void> =>
  flushing(database, function* () {
    yield* insertRows(plan, tableOf);
    for (const member of plan.updates) {
      for (const link of member.planned) fill(link);
      yield* save(tableOfRow(member), member.instance, 'flush');
    }
    yield* deleteInOrder(plan);
  });

function* insertRows({ inserts }: Plan, tableOf: TableOf): Program<void> {
  const tables = new Map<TableSchema, BoundTable>();
  const { rows, later } = inserts;
  for (const member of rows) {
    const { schema, instance } = member;
    let table = tables.get(schema);
    const isFirst = table === undefined;
    if (table === undefined) tables.set(schema, (table = yield* tableOf(schema)));
    fillKeys(member, later);
    // one by one, for of several rows in one statement nobody vouches for the keys; a program for each would cost more than it
    if (table.hooks === undefined) {
      const row = newRowOf(table, instance);
      takeInserted(table, instance, row, yield insertCommand(table, row));
    } else {
      yield* insert(table, instance, 'flush');
    }
    if (isFirst) keepInstance(table, instance);
  }
  for (const link of later) fill(link);
  for (const member of new Set([...later].map(({ from }) => from))) {
    yield* save(tableOfRow(member), member.instance, 'flush');
  }
}

function fillKeys({ planned }: Member, later: ReadonlySet<Link>): void {
  for (const link of planned) {
    if (later.size > 0 && later.has(link)) standIn(link);
    else fill(link);
  }
}

/** Puts the key of a row into the columns that refer to it. */
function fill({ from, to, reference }: Link): void {
  const { columns, target, name } = reference;
  for (let at = 0; at < columns.length; at++) {
    const value = to.fields[target[at]!.property];
    if (value === undefined) {
      throw new QueryError(
        `${name} leads to an instance that has no key and is not inserted.`,
        'Add it to be inserted, too.',
      );
    }
    from.fields[columns[at]!.property] = value;
  }
  reference.lead(from.instance, to.instance, false);
}

let lastStandIn = 0;

/** Lets a row be inserted before the one that it refers to: with NULL, or with a number that no row has. */
function standIn({ from, to, reference, isNullable }: Link): void {
  for (const [at, { property, nullable }] of reference.columns.entries()) {
    if (isNullable) {
      if (nullable) from.fields[property] = null;
      continue;
    }
    const { property: key, type } = reference.target[at]!;
    const next = (): number | bigint => (type.bigints === true ? BigInt(--lastStandIn) : --lastStandIn);
    from.fields[property] = to.fields[key] ?? next();
  }
  reference.lead(from.instance, to.instance, false);
}

function* deleteInOrder({ deletes }: Plan): Program<void> {
  for (const { from, to, reference } of deletes.later) {
    const columns = reference.columns.filter(({ nullable }) => nullable);
    if (!reference.isDeferrable && to.schema.deletion === undefined) yield* saveWithoutKey(from, columns);
  }
  let [table, group]: [BoundTable | undefined, object[]] = [undefined, []];
  for (const member of deletes.rows) {
    if (table !== undefined && table !== tableOfRow(member)) {
      yield* deleteRows(table, group);
      group = [];
    }
    table = tableOfRow(member);
    group.push(member.instance);
  }
  if (table !== undefined) yield* deleteRows(table, group);
}

/** Takes a row out of a circle before it is deleted; the instance keeps its values. */
function* saveWithoutKey(member: Member, columns: readonly ColumnSchema[]): Program<void> {
  const { fields } = member;
  const key = columns.map(({ property }) => fields[property]);
  for (const { property } of columns) fields[property] = null;
  yield* save(tableOfRow(member), member.instance, 'flush');
  for (const [at, { property }] of columns.entries()) fields[property] = key[at];
}
