import {
  encodeValue,
  isAtHand,
  keyValues,
  type BoundTable,
  type Hook,
  type InstanceFeature,
  type InstanceWrite,
  type RelationEnd,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Program, SqlValue } from '../sql/index.js';
import { comparable, identity, type Key } from './keys.js';
import { given } from './related.js';
import type { FieldRelation, Fields, SteppedRelation } from './relation.js';
import { checkAdded, checkBeforeCommit } from './relation-rules.js';
import { checkRules, keyAsGiven, keyOfInstance, tell, type Change, type Circumstances } from './told.js';
import { watchesOf, type Lead, type Watch } from './watch.js';

/** The feature that watches the relations which change with rows that refer to others: where somebody listens, or they have rules. */
export const rowChanges: InstanceFeature = {
  name: 'relations',
  hooksOf(table) {
    const { schema, database } = table as BoundTable;
    const watches = watchesOf(schema, database);
    const ruled = ([...schema.relations.values()] as SteppedRelation[]).filter(({ rules }) => rules !== undefined);
    if (watches.length === 0 && ruled.length === 0) return undefined;
    const before: Hook = (write) => tell(database, 'before', changesOf(watches, write), circumstancesOf(write));
    function* after(write: InstanceWrite): Program<void> {
      const changes = changesOf(watches, write);
      noteStandIns(watches, write);
      yield* checkRules(database, changes, write.source);
      for (const relation of ruled) yield* checkOwner(table as BoundTable, relation, write);
      yield* tell(database, 'after', changes, circumstancesOf(write));
    }
    return {
      at: {
        ...(watches.length > 0 && {
          beforeCreate: before,
          beforeUpdate: before,
          beforeDelete: before,
          afterDelete: after,
          beforeRestore: before,
        }),
        afterCreate: after,
        afterUpdate: after,
        afterRestore: after,
      },
    };
  },
};

const circumstancesOf = ({ source, occasion }: InstanceWrite): Circumstances => ({ source, occasion, pivot: {} });

/** Looks at the rules of a relation when its owner is new, or another one in what both rows are to have in common. */
function* checkOwner({ schema, database }: BoundTable, relation: SteppedRelation, write: InstanceWrite): Program<void> {
  const { before, after, verb } = write;
  const keys = [rowKey(schema, write)];
  if (verb === 'create' || verb === 'restore') checkBeforeCommit(database, relation, keys);
  const columns = relation.rules!.same.map((field) => schema.column(field));
  const isOther = ({ position }: ColumnSchema): boolean =>
    comparable(before![position] as SqlValue) !== comparable(after![position] as SqlValue);
  if (before !== undefined && columns.some(isOther)) yield* checkAdded(database, relation, keys, write.source);
}

const rowKey = (schema: TableSchema, { before, after }: InstanceWrite): Key => keyValues(schema, after ?? before ?? []);

type ValueOf = (column: ColumnSchema) => SqlValue | undefined;

/** The rows that one row refers to, as far as a relation goes by it. */
interface Ends {
  readonly target: Key;
  readonly other: Key | undefined;
}

/** How relations change by a write: as the fields are now, or as they were written once they are. */
function changesOf(watches: readonly Watch[], write: InstanceWrite): readonly Change[] {
  const { instance, verb, before } = write;
  return watches.flatMap((watch): Change[] => {
    const { lead } = watch;
    const isUnknown = verb === 'create' || verb === 'restore' || standIns.get(instance)?.has(lead.relation) === true;
    const was = isUnknown ? undefined : endsOf(watch, ({ position }) => before![position] as SqlValue | undefined);
    const is = verb === 'delete' || awaitsKey(lead, instance) ? undefined : endsOf(watch, valuesNow(write));
    if (isSame(watch, was, is)) return [];
    const change = (kind: Change['kind'], ends: Ends | undefined) =>
      ends === undefined ? [] : [changeOf(watch, kind, ends, write)];
    return [...change('remove', was), ...change('add', is)];
  });
}

function valuesNow({ table: { schema }, instance, before, after }: InstanceWrite): ValueOf {
  if (after !== undefined) return ({ position }) => after[position] as SqlValue;
  return (column) => {
    if (!isAtHand(instance, column)) return before?.[column.position] as SqlValue | undefined; // deferred, and not touched
    const value = (instance as Fields)[column.property] ?? null;
    return value === null ? null : encodeValue(schema.field(column), column, value);
  };
}

function endsOf({ lead, other }: Watch, valueOf: ValueOf): Ends | undefined {
  const target = keyIn(lead, valueOf);
  const otherKey = other && keyIn(other, valueOf);
  if (target === undefined || (other !== undefined && otherKey === undefined)) return undefined;
  return { target, other: otherKey };
}

/** The key that a row refers to; `undefined` for none. */
function keyIn({ columns, fixed }: Lead, valueOf: ValueOf): Key | undefined {
  const key = columns.map((column) => valueOf(column) ?? null);
  const isOf = fixed.every(({ column, value }) => comparable(valueOf(column) ?? null) === comparable(value));
  return isOf && !key.includes(null) ? key : undefined;
}

function isSame({ lead, other }: Watch, was: Ends | undefined, is: Ends | undefined): boolean {
  if (was === undefined || is === undefined) return was === is;
  const areEqual = ({ target }: Lead, one: Key, another: Key): boolean =>
    identity(one, target.primaryKey) === identity(another, target.primaryKey);
  return areEqual(lead, was.target, is.target) && (other === undefined || areEqual(other, was.other!, is.other!));
}

function changeOf(watch: Watch, kind: Change['kind'], { target, other }: Ends, write: InstanceWrite): Change {
  const { schema } = write.table;
  const { lead, isOwn } = watch;
  const row: RelationEnd = { key: keyOfInstance(schema, write.instance), instance: write.instance };
  const referred = endOf(lead, target, write);
  if (isOwn) return { watch, kind, owner: row, related: referred, ownerKey: rowKey(schema, write) };
  const related = other === undefined ? row : endOf(watch.other!, other, write);
  return { watch, kind, owner: referred, related, ownerKey: target };
}

/** A row that is referred to, with its instance where the row that refers was given that, or has loaded it. */
function endOf(lead: Lead, key: Key, { table: { schema }, instance, before }: InstanceWrite): RelationEnd {
  const now = keyIn(lead, valuesNow({ table: { schema }, instance, before } as InstanceWrite));
  const { primaryKey } = lead.target;
  const isNow = now !== undefined && identity(now, primaryKey) === identity(key, primaryKey);
  const known = isNow ? given(lead.relation, instance) : undefined;
  return { key: keyAsGiven(lead.target, key), instance: known ?? undefined };
}

/** Whether a row refers to one that is inserted later, so that what stands for its key says nothing. */
function awaitsKey({ relation, target }: Lead, instance: object): boolean {
  const known = given(relation, instance);
  return typeof known === 'object' && known !== null && keyOfInstance(target, known) === undefined;
}

/** The references in which something stands for the key of a row that is inserted later. */
const standIns = new WeakMap<object, ReadonlySet<FieldRelation>>();

function noteStandIns(watches: readonly Watch[], { verb, instance }: InstanceWrite): void {
  const standing = verb !== 'create' ? [] : watches.filter(({ lead }) => awaitsKey(lead, instance));
  if (standing.length > 0) standIns.set(instance, new Set(standing.map(({ lead }) => lead.relation)));
  else standIns.delete(instance);
}
