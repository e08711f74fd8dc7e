import { UnloadedRelationError } from '../errors/index.js';
import { runSync, type ConnectedDatabase } from '../database/index.js';
import {
  because,
  checkDatabase,
  everyRow,
  generate,
  insertingGraph,
  loadRelated,
  quoted,
  standingOf,
  Stored,
  waits,
  type BoundTable,
  type InsertingGraph,
  type QueryState,
} from '../query/index.js';
import type { Lifecycle, TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import { checkValue } from './check-value.js';
import { refersByValues } from './keys.js';
import type { FieldRelation, Fields } from './relation.js';
import { withoutKey } from './unsaved.js';

/**
 * A value that was loaded, or given by the user. An object literal would be moved among the old objects by V8 when it sees that many
 * stay, and there keep all that they lead to, long after the last one is used.
 */
class Loaded {
  readonly value: unknown;
  /** The field by which it was found, or the fields, where the instance refers to it: another key, another value. */
  readonly key: unknown;
  /** Whether it has no key yet, so that the fields are still to get it. */
  readonly isAwaited: boolean;

  constructor(value: unknown, key: unknown, isAwaited: boolean) {
    this.value = value;
    this.key = key;
    this.isAwaited = isAwaited;
  }
}

/** What is loaded of a relation, unless the instance refers to something else by now. */
function loadedOf(relation: FieldRelation, instance: object): Loaded | undefined {
  const loaded = Stored.value(instance, relation.property) as Loaded | undefined;
  if (loaded === undefined || relation.reference.length === 0) return loaded;
  return isSameKey(relation, instance as Fields, loaded.key) ? loaded : undefined;
}

/** What is loaded of a relation, or was given to the instance; `undefined` for neither. */
export const given = (relation: FieldRelation, instance: object): unknown => loadedOf(relation, instance)?.value;

/** Whether a relation of an instance needs no statement any more. */
export const isLoaded = (relation: FieldRelation, instance: object): boolean =>
  loadedOf(relation, instance) !== undefined;

/** What an instance leads to whose key it is still to get. */
export function awaited(relation: FieldRelation, instance: object): object | undefined {
  const loaded = loadedOf(relation, instance);
  return loaded?.isAwaited === true ? (loaded.value as object) : undefined;
}

/** Whether an instance was given exactly this. */
export const leadsTo = (relation: FieldRelation, instance: object, value: object): boolean =>
  loadedOf(relation, instance)?.value === value;

/** Gives an instance what its relation leads to. */
export function give(relation: FieldRelation, instance: object, value: unknown, isAwaited = false): void {
  const key = keyIn(relation, instance as Fields);
  Stored.setValue(instance, relation.property, new Loaded(value, key, isAwaited));
}

/** The field by which an instance refers to others, or an array of several: most have one, for which none is made. */
function keyIn({ reference }: FieldRelation, fields: Fields): unknown {
  if (reference.length === 1) return fields[reference[0]!.property];
  return reference.length === 0 ? undefined : reference.map(({ property }) => fields[property]);
}

/** Whether the fields are still what they were. */
function isSameKey({ reference }: FieldRelation, fields: Fields, key: unknown): boolean {
  if (reference.length === 1) return Object.is(fields[reference[0]!.property], key);
  return reference.every(({ property }, at) => Object.is(fields[property], (key as readonly unknown[])[at]));
}

/** Lets an instance forget what its relation leads to, so that it is loaded anew. */
export const forget = (relation: FieldRelation, instance: object): void =>
  Stored.setValue(instance, relation.property, undefined);

/** What the field of a relation reads: loaded now, for all siblings at once, unless that was ruled out. */
function read(relation: FieldRelation, instance: object): unknown {
  const loaded = loadedOf(relation, instance);
  if (loaded !== undefined) return loaded.value;
  const row = Stored.row(instance);
  if (row === undefined && hasKey(relation, instance)) {
    loadByKey(relation, instance);
    return loadedOf(relation, instance)?.value;
  }
  if (row === undefined || row === null) {
    const nothing = relation.isMany ? [] : null; // of what is not in the database
    if (relation.isMany && row === undefined) give(relation, instance, nothing); // what was deleted may come back
    return nothing;
  }
  const table = Stored.table(instance) as BoundTable;
  if (Stored.origin(instance)?.isStrict === true || waits(instance, table.database))
    throw new UnloadedRelationError(relation.owner.modelName, relation.property);
  runSync(table.database, ensureLoaded(relation, table, instance, touched));
  return loadedOf(relation, instance)?.value;
}

/** What is read when a field is touched. */
const touched: QueryState = because('touch', everyRow);

/** The new instance whose field is being touched, which its class loads by name. */
let touching: object | undefined;

/** Whether an instance says by its own fields what it leads to. */
const hasKey = ({ reference }: FieldRelation, instance: object): boolean =>
  reference.length > 0 && reference.every(({ property }) => ((instance as Fields)[property] ?? null) !== null);

/** Loads what a new instance leads to, where it will be inserted: by a unit of work, or into the database of its class. */
function loadByKey(relation: FieldRelation, instance: object): void {
  const rows = insertingGraph(instance);
  if (waits(instance, rows?.database ?? standingOf(instance)?.database)) {
    throw new UnloadedRelationError(relation.owner.modelName, relation.property);
  }
  if (rows !== undefined) return runSync(rows.database, loadIn(rows, relation, instance));
  touching = instance;
  try {
    (instance as LoadingInstance).load(relation.property);
  } finally {
    touching = undefined;
  }
}

/** What the class of an instance knows: its database. */
interface LoadingInstance {
  load(relation: string): unknown;
}

function* loadIn(rows: InsertingGraph, relation: FieldRelation, instance: object): Program<void> {
  yield* ensureLoaded(relation, yield* rows.tableOf(relation.owner), instance, touched);
}

/** Loads a relation of an instance, and of all that came with it and do not have it yet. */
export function* ensureLoaded(
  relation: FieldRelation,
  table: BoundTable,
  instance: object,
  state: QueryState,
): Program<void> {
  const loaded = loadedOf(relation, instance);
  if (loaded === undefined) {
    const together = Stored.origin(instance)?.together(instance) ?? [instance];
    const owners = together.filter(
      (each) => each === instance || (isWithout(relation, table, each) && refersByValues(relation, table, each)),
    );
    return yield* loadRelated(relation, table, owners, instance === touching ? touched : state);
  }
  const found = (Array.isArray(loaded.value) ? loaded.value : [loaded.value ?? []].flat()) as object[];
  for (const read of state.related) {
    for (const each of found) {
      if (Array.isArray(Stored.row(each)))
        yield* read.relation.ensure(Stored.table(each) as BoundTable, each, because(state.loadReason, read.state));
    }
  }
}

const isWithout = (relation: FieldRelation, table: BoundTable, instance: object): boolean =>
  Stored.isIn(instance, table) && !isLoaded(relation, instance);

/**
 * What assigning the field of a relation does: a reference is put into the columns that it goes by, at once or when it is known.
 */
function assign(relation: FieldRelation, instance: object, value: unknown): void {
  if (relation.refer === undefined || relation.reference.length === 0) checkValue(relation, value);
  else if (relation.refer(instance as Fields, value) === 'awaited') return;
  give(relation, instance, value);
}

/**
 * Puts the key of what an instance was given into its fields: it may have none yet, or that of an insert that was undone since, by
 * which another row may be found by now. A unit of work sees to what it inserts. Where the database is known into which that is,
 * refuses what stands in another one.
 */
function takeAwaited(relation: FieldRelation, fields: Fields, database: ConnectedDatabase | undefined): void {
  const given = loadedOf(relation, fields);
  const value = given?.value as object | null | undefined;
  if (value === undefined || value === null) return;
  if (database !== undefined) checkDatabase(standingOf(value), database, relation.owner);
  if (given?.isAwaited !== true && insertingGraph(value) !== undefined) return;
  if (relation.refer?.(fields, value) === 'awaited') throw withoutKey(relation);
  give(relation, fields, value);
}

const installed = new WeakSet<object>();

/** Makes accessors of the fields of relations, once for a class. */
function install(table: TableSchema): void {
  const prototype = table.options.model?.prototype;
  if (prototype === undefined || installed.has(prototype)) return; // the same table under an alias, or without some columns
  installed.add(prototype);
  for (const property of table.relations.keys()) {
    Object.defineProperty(prototype, property, {
      get(this: object): unknown {
        return this === prototype ? undefined : read(relationOf(this, table, property), this);
      },
      set(this: object, value: unknown) {
        assign(relationOf(this, table, property), this, value);
      },
      configurable: true,
      enumerable: false,
    });
  }
}

/** The relation as the table of the instance has it. */
const relationOf = (instance: object, table: TableSchema, property: string): FieldRelation =>
  ((Stored.table(instance)?.schema ?? table).relations.get(property) ?? table.relations.get(property)) as FieldRelation;

/** What takes the own properties of relations away. */
function uncoverer(properties: readonly string[]): (instance: object) => void {
  const steps = properties.map((property) => `if (hasOwn(o, ${quoted(property)})) delete o[${quoted(property)}];`);
  const loop = (instance: object): void => {
    for (const property of properties) delete (instance as Fields)[property];
  };
  return generate<typeof loop>({ hasOwn: Object.hasOwn }, `function uncover(o) { ${steps.join(' ')} }`) ?? loop;
}

/**
 * What instances with relations go through. A class field is a property of the object itself, which hides the accessor of the
 * prototype: it is taken away.
 */
export function relatedLifecycle(table: TableSchema): Lifecycle {
  install(table);
  const properties = [...table.options.relations.keys()].reverse();
  const referring = ([...table.relations.values()] as FieldRelation[]).filter(
    (relation) => relation.refer !== undefined && relation.reference.length > 0,
  );
  const uncover = uncoverer(properties);
  return {
    withheld: properties,
    made(instance, database) {
      const fields = instance as Fields;
      let given: Fields | undefined;
      for (const property of properties) {
        const value = Object.hasOwn(instance, property) ? fields[property] : undefined;
        if (value !== undefined) (given ??= {})[property] = value;
      }
      uncover(instance);
      if (given !== undefined) Object.assign(instance, given); // which the accessors get now
      for (const relation of referring) takeAwaited(relation, fields, database as ConnectedDatabase | undefined);
    },
    updating(instance, columns) {
      let isOther = false;
      for (const relation of referring) {
        if (!relation.reference.some((column) => columns.includes(column))) continue;
        const before = keyIn(relation, instance as Fields);
        takeAwaited(relation, instance as Fields, undefined);
        isOther ||= !isSameKey(relation, instance as Fields, before);
      }
      return isOther;
    },
  };
}
