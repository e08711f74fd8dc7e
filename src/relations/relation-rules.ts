import { DefinitionError, ValidationError, type Failure } from '../errors/index.js';
import {
  flushUnderWay,
  isAmong,
  relatedCount,
  scopeConditions,
  selectAll,
  type TableHome,
  type WriteSource,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, and, binary, call, constant, isNull, not, or, type Expression, type Program } from '../sql/index.js';
import { existsAlong } from './condition.js';
import { identity, type Key } from './keys.js';
import type { RelationRules, SteppedRelation } from './relation.js';

/** How many rows a relation may lead to. Rows that a default scope hides do not count. */
export interface RelationBounds {
  /** At least so many, once the transaction is committed; an instance that is deleted needs none. */
  readonly min?: number;
  /** At most so many. */
  readonly max?: number;
}

/** What both rows of a relation have in common. */
export interface SharedFields<Field extends string> {
  /** Fields of both models that hold the same in both rows, such as `tenantId`. */
  readonly same: readonly Field[];
}

/** The rules that the options of a relation say; `undefined` for none. */
export function rulesOf(options: RelationBounds & Partial<SharedFields<string>>): RelationRules | undefined {
  const { min = 0, max = Infinity, same = [] } = options;
  const isCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;
  if (!isCount(min) || !(isCount(max) || max === Infinity) || min > max) {
    throw new DefinitionError('min and max of a relation are whole numbers, and min is not more than max.');
  }
  return min > 0 || max < Infinity || same.length > 0 ? { min, max, same } : undefined;
}

/**
 * Refuses that owners lead to too many rows, or to one that differs from them: one statement for all of them. In a graph or a unit
 * of work, whose order nobody chose, that is known when all of it is written.
 */
export function* checkAdded(
  database: TableHome,
  relation: SteppedRelation,
  keys: readonly Key[],
  source: WriteSource,
): Program<void> {
  const { max, same } = relation.rules!;
  if (keys.length === 0 || (max === Infinity && same.length === 0)) return;
  const flush = source === 'flush' ? flushUnderWay(database) : undefined;
  if (flush === undefined) return yield* check(database, relation, keys, 'added');
  const pending = pendingIn.get(flush) ?? new Map<SteppedRelation, Map<unknown, Key>>();
  if (!pendingIn.has(flush)) flush.push(() => checkPending(database, pending, 'added'));
  pendingIn.set(flush, pending);
  note(pending, relation, keys);
}

/** What is to be looked at before a transaction is committed, or when a flush is written: by relation, the owners. */
type Pending = Map<SteppedRelation, Map<unknown, Key>>;

const pendingIn = new WeakMap<object, Pending>();

/** Refuses before the commit that owners lead to too few rows: only then everything is there. */
export function checkBeforeCommit(database: TableHome, relation: SteppedRelation, keys: readonly Key[]): void {
  const frame = database.transactions.innermost;
  if (frame === undefined || relation.rules!.min === 0 || keys.length === 0) return;
  const { outermost } = frame;
  const pending: Pending = pendingIn.get(outermost) ?? new Map<SteppedRelation, Map<unknown, Key>>();
  pendingIn.set(outermost, pending);
  note(pending, relation, keys);
  // one for each, so that it is the savepoint's: all that are kept look together
  frame.endings.push({
    committing: () => checkPending(database, pending, 'kept'),
    committed: nothing,
    rolledBack: nothing,
  });
}

function note(pending: Pending, relation: SteppedRelation, keys: readonly Key[]): void {
  const owners = pending.get(relation) ?? new Map<unknown, Key>();
  pending.set(relation, owners);
  for (const key of keys) owners.set(identity(key, relation.owner.primaryKey), key);
}

function* checkPending(database: TableHome, pending: Pending, when: 'added' | 'kept'): Program<void> {
  const relations = [...pending];
  pending.clear();
  for (const [relation, owners] of relations) yield* check(database, relation, [...owners.values()], when);
}

function* nothing(): Program<void> {
  return undefined;
}

/** Every row that is not deleted. */
const unscoped = { used: [], lifted: 'all' } as const;

/** Looks at the rows that owners lead to now. An owner that is gone is not found. */
function* check(
  database: TableHome,
  { owner, property, rules }: SteppedRelation,
  keys: readonly Key[],
  when: 'added' | 'kept',
): Program<void> {
  const table = yield* database.tableOf(owner);
  const { schema } = table;
  const relation = schema.relations.get(property) as SteppedRelation; // as the database has it
  const { min, max, same } = rules!;
  for (const step of relation.steps) yield* database.tableOf(step.table); // it may not be there yet
  const isBounded = when === 'kept' || max < Infinity;
  const expressions = [
    isBounded ? relatedCount(relation) : constant(0),
    when === 'added' && same.length > 0 ? differs(relation, same) : constant(0),
  ];
  const { statement, parameters } = table.compile({
    ...selectAll(schema),
    columns: expressions.map((expression) => ({ expression, alias: undefined })),
    where: and([isAmong(schema.primaryKey, schema.primaryKey, keys), ...scopeConditions(schema, unscoped)]),
  });
  const rows = yield* all({ ...statement, reads: false }, parameters); // in the transaction, wherever reads are answered
  for (const [count, isOther] of rows as [number, number][]) {
    const failures: Failure[] = [];
    const fail = (rule: string, message: string) => failures.push({ path: property, rule, message });
    if (when === 'added' && count > max) fail('max', `must be at most ${rowsOf(max)}`);
    if (when === 'kept' && count < min) fail('min', `must be at least ${rowsOf(min)}`);
    if (isOther !== 0) fail('same', `must have the same ${same.join(' and ')}`);
    if (failures.length > 0) throw new ValidationError(schema.modelName, failures);
  }
}

const rowsOf = (count: number): string => (count === 1 ? '1 row' : `${count} rows`);

/** That a relation leads to any row whose fields differ; those that a default scope hides are looked at, too, but not deleted ones. */
function differs({ name, owner, steps }: SteppedRelation, same: readonly string[]): Expression {
  const isOther = (inner: TableSchema) => or(same.map((field) => areOther(owner.column(field), inner.column(field))));
  return existsAlong(name, owner, steps, 'some', isOther, unscoped);
}

/** That two values differ, where NULL is the same as NULL. */
function areOther(one: ColumnSchema, other: ColumnSchema): Expression {
  const [left, right] = [one.reference, other.reference];
  const areEqual = binary(left, '=', right);
  if (!one.nullable && !other.nullable) return not(areEqual);
  return not(call('coalesce', or([areEqual, and([isNull(left), isNull(right)])]), constant(0)));
}
