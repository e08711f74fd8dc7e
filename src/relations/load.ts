import {
  type BoundTable,
  byPrimaryKey,
  comparedAs,
  isAmong,
  type QueryState,
  readAll,
  readMany,
  selectOf,
  Stored,
  withKeys,
  withRelated,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, type Expression, type OrderingTerm, type Program } from '../sql/index.js';
import { areFixed, columnsIn, identityIn, keysOfOwners, type Key } from './keys.js';
import { firstOfEach } from './first-of-each.js';
import { readLinks } from './read-links.js';
import { awaited, give } from './related.js';
import type { Step, SteppedRelation } from './relation.js';

/**
 * Reads what owners lead to, and gives it to them: one statement for each step, however many owners there are. Of the tables
 * between only the keys are read. Owners that lead nowhere need no statement.
 */
export function* loadRelation(
  relation: SteppedRelation,
  table: BoundTable,
  owners: readonly object[],
  state: QueryState,
): Program<void> {
  const { ids, keys } = keysOfOwners(relation, table, owners, relation.steps[0]!);
  const found = keys.size === 0 ? nothing : yield* readRelated(relation, table, keys, state);
  owners.forEach((owner, at) => {
    if (awaited(relation, owner) !== undefined) return; // it is to lead elsewhere
    give(relation, owner, related(relation, ids[at] === undefined ? none : found.get(ids[at])));
  });
}

const nothing: ReadonlyMap<unknown, object[]> = new Map();
const none: readonly object[] = [];

const related = ({ isMany }: SteppedRelation, found: readonly object[] = none): unknown =>
  isMany ? (found === none ? [] : found) : (found[0] ?? null);

/** The instances that keys lead to, by key. */
function* readRelated(
  relation: SteppedRelation,
  table: BoundTable,
  keys: ReadonlyMap<unknown, Key>,
  state: QueryState,
): Program<ReadonlyMap<unknown, object[]>> {
  const { steps, isMany } = relation;
  if (steps.length > 1) return yield* readThrough(relation, table, keys, state);
  const [step] = steps as readonly [Step];
  const target = yield* table.related(step.table);
  const wanted = ledTo(relation, step, [...keys.values()], state);
  const isCut = state.limit !== undefined && isMany;
  const instances = isCut
    ? yield* readLimited(target, wanted, comparedAs(step.to, step.referred))
    : yield* readTargets(target, { ...wanted, limit: undefined }, keys.size);
  return grouped(instances, columnsIn(schemaOf(instances, target), step.to), step.referred);
}

/** From how many keys on they are likely to lead to many rows. */
const manyKeys = 50;

const readTargets = (target: BoundTable, state: QueryState, keys: number): Program<object[]> =>
  keys < manyKeys ? readAll(target, state) : readMany(target, state);

/** The rows that a step leads to from any of these keys. */
const ledTo = (relation: SteppedRelation, step: Step, keys: readonly Key[], state: QueryState): QueryState => ({
  ...state,
  where: [...state.where, isAmong(step.to, step.referred, keys), ...areFixed(step.table, step.fixed)],
  orderBy: orderOf(relation, state),
  shape: state.shape && withKeys(state.shape, step.table, step.to),
});

/** Of several rows that a relation to one finds, it is always the same. */
const orderOf = ({ takesFirst, target }: SteppedRelation, { orderBy }: QueryState): readonly OrderingTerm[] =>
  takesFirst ? [...orderBy, ...byPrimaryKey(target)] : orderBy;

function grouped(
  instances: readonly object[],
  columns: readonly ColumnSchema[],
  referred: readonly ColumnSchema[],
): Map<unknown, object[]> {
  const groups = new Map<unknown, object[]>();
  let start = 0;
  let id: unknown;
  for (let at = 0; at < instances.length; at++) {
    const next = identityIn(instances[at]!, columns, referred);
    if (at > start && next !== id) {
      addTo(groups, id, instances.slice(start, at)); // rows often come key by key
      start = at;
    }
    id = next;
  }
  if (instances.length > 0) addTo(groups, id, instances.slice(start));
  return groups;
}

function addTo(groups: Map<unknown, object[]>, id: unknown, instances: object[]): void {
  const group = groups.get(id);
  if (group === undefined) groups.set(id, instances);
  else for (const instance of instances) group.push(instance);
}

function groupOf(groups: Map<unknown, object[]>, id: unknown): object[] {
  let group = groups.get(id);
  if (group === undefined) groups.set(id, (group = Array.of<object>())); // as a literal V8 might keep it, as it does `Loaded`
  return group;
}

/** The table as the rows were read from it, which may have fewer columns. */
const schemaOf = ([first]: readonly object[], target: BoundTable): TableSchema =>
  (first && Stored.table(first)?.schema) ?? target.schema;

/** The instances that keys lead to by several steps: the keys of each table between, and then the instances, each once. */
function* readThrough(
  relation: SteppedRelation,
  table: BoundTable,
  keys: ReadonlyMap<unknown, Key>,
  state: QueryState,
): Program<ReadonlyMap<unknown, object[]>> {
  const { steps, target: schema } = relation;
  const last = steps.at(-1)!;
  const limit = relation.isMany ? state.limit : undefined;
  // where the last step leads to one row, the rows between can be cut in its stead, unless conditions may mean either
  const isOfTwo = steps[0]!.table.name.toLowerCase() !== schema.name.toLowerCase();
  const isCutBetween = limit !== undefined && steps.length === 2 && !last.isMany && isOfTwo;
  const orderBy = limit === undefined ? orderOf(relation, state) : [...state.orderBy, ...byPrimaryKey(schema)];
  const links = yield* readLinks(table.database, steps, keys, isCutBetween ? { ...state, orderBy } : undefined);
  if (links.keys.size === 0) return nothing;
  const target = yield* table.related(schema);
  const wanted = ledTo(relation, last, [...links.keys.values()], state);
  const instances = yield* readTargets(target, { ...wanted, orderBy, limit: undefined }, links.keys.size);
  const groups = new Map<unknown, object[]>();
  const columns = columnsIn(schemaOf(instances, target), last.to);
  for (const instance of instances) {
    for (const owner of links.owners.get(identityIn(instance, columns, last.referred)) ?? []) {
      const group = groupOf(groups, owner);
      if (limit === undefined || group.length < limit) group.push(instance);
    }
  }
  return groups;
}

/** The first rows for each key, in the order of the query. */
function* readLimited(table: BoundTable, state: QueryState, partition: readonly Expression[]): Program<object[]> {
  const { schema } = table;
  const inner = selectOf(schema, { ...state, orderBy: [], limit: undefined });
  const columns = schema.read.map(({ reference, name }) => ({ expression: reference, alias: name }));
  const select = firstOfEach(
    { ...inner, columns },
    partition,
    [...state.orderBy, ...byPrimaryKey(schema)],
    state.limit!,
  );
  const { statement, parameters } = table.compile(select, schema.bigints);
  const instances = yield* table.loaded(yield* all(statement, parameters));
  return yield* withRelated(table, instances, state);
}
