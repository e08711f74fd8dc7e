import { changedColumns, Stored, type BoundTable } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Row } from '../sql/index.js';
import { isNullable, type Link, type Links } from './link.js';
import { LinksByKey } from './links-by-key.js';
import { inOrder, type Order } from './order.js';

type Fields = Record<string, unknown>;

/** Instances with the tables that they belong to, in the order in which they came. */
export type Members = ReadonlyMap<object, TableSchema>;

/** What a flush is going to write, in order. */
export interface Plan {
  /** New rows: those that are referred to first. */
  readonly inserts: Order;
  /** Rows that changed, or refer to new ones. */
  readonly updates: readonly object[];
  /** Rows to delete: those that are referred to last. */
  readonly deletes: Order;
  /** What refers to what, among new rows and from those to update. */
  readonly links: Links;
}

/** Sorts out what has to be written, and in which order. Throws `CyclicReferenceError` where there is none. */
export function planWrites(members: Members, deleted: ReadonlySet<object>, given: readonly Link[]): Plan {
  const links = new Map<object, Link[]>();
  for (const link of given) addTo(links, link);
  const inserts = new Map<object, TableSchema>();
  const deletes = new Map<object, TableSchema>();
  const updates: object[] = [];
  for (const [instance, schema] of members) {
    const row = Stored.row(instance);
    if (row === undefined) inserts.set(instance, schema);
    else if (row === null) continue;
    else if (deleted.has(instance)) deletes.set(instance, schema);
    else if (links.has(instance) || isChanged(instance, row)) updates.push(instance);
  }
  const byKey = new LinksByKey(inserts, (instance, { property }) => (instance as Fields)[property]);
  for (const [instance, schema] of inserts) {
    for (const link of byKey.of(instance, schema)) if (link.to !== instance) addTo(links, link);
  }
  const among = new Map<object, Link[]>(); // what is stored already can be referred to at any time
  for (const [from, all] of links) {
    const open = inserts.has(from) ? all.filter(({ to }) => inserts.has(to)) : [];
    if (open.length > 0) among.set(from, open);
  }
  return { inserts: inOrder(byTable(inserts), among, breakableInsert), updates, deletes: planDeletes(deletes), links };
}

/** The other way round: what refers to a row is deleted before it. */
function planDeletes(deletes: Members): Order {
  const links = new Map<object, Link[]>();
  const byKey = new LinksByKey(deletes, (instance, { position }) => Stored.row(instance)?.[position]);
  for (const [instance, schema] of deletes) {
    for (const link of byKey.of(instance, schema)) if (link.to !== instance) addTo(links, link);
  }
  const { rows, later } = inOrder(byTable(deletes), links, breakableDelete);
  return { rows: rows.reverse(), later };
}

function addTo(links: Map<object, Link[]>, link: Link): void {
  const known = links.get(link.from);
  if (known === undefined) links.set(link.from, [link]);
  else known.push(link);
}

function isChanged(instance: object, row: Row): boolean {
  const { schema } = Stored.table(instance) as BoundTable;
  // save refuses a value in a column that is not used here
  return schema.leftOut.length > 0 || changedColumns(schema)(instance as Fields, row).length > 0;
}

/** Instances table by table, each behind those that its foreign keys refer to, so that few statements take turns. */
function byTable(members: Members): object[] {
  const groups = new Map<TableSchema['reference']['owner'], object[]>();
  const schemas: TableSchema[] = [];
  for (const [instance, schema] of members) {
    const { owner } = schema.reference;
    const group = groups.get(owner);
    if (group !== undefined) group.push(instance);
    else {
      groups.set(owner, [instance]);
      schemas.push(schema);
    }
  }
  const ordered: object[] = [];
  const visit = (schema: TableSchema): void => {
    const group = groups.get(schema.reference.owner);
    if (group === undefined) return;
    groups.delete(schema.reference.owner);
    for (const { target } of schema.foreignKeys) visit(target);
    for (const instance of group) ordered.push(instance);
  };
  for (const schema of schemas) visit(schema);
  return ordered;
}

const breakableInsert = (circle: readonly Link[]): Link | undefined =>
  circle.find(isNullable) ?? circle.find(takesStandIn);

/** Whether the row can be written with another key at first: its own is known already, or any number will do. */
const takesStandIn = ({ to, reference }: Link): boolean =>
  reference.isDeferrable &&
  reference.columns.every(
    ({ type }, at) => type.storage === 'INTEGER' || (to as Fields)[reference.target[at]!.property] !== undefined,
  );

const breakableDelete = (circle: readonly Link[]): Link | undefined =>
  circle.find(({ reference }) => reference.isDeferrable) ?? circle.find(isNullable);
