import { changedColumns, Stored, type BoundTable } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Row } from '../sql/index.js';
import type { Link, Member } from './link.js';
import { LinksByKey, type ValueOf } from './links-by-key.js';
import { inOrder, type Order } from './order.js';

/** What a flush is going to write, in order. */
export interface Plan {
  /** New rows: those that are referred to first. */
  readonly inserts: Order;
  /** Rows that changed, or refer to new ones. */
  readonly updates: readonly Member[];
  /** Rows to delete: those that are referred to last. */
  readonly deletes: Order;
}

const valueOfField: ValueOf = ({ fields }, { property }) => fields[property];

const storedValue: ValueOf = ({ instance }, { position }) => Stored.row(instance)?.[position];

/** Sorts out what has to be written, and in which order. Throws `CyclicReferenceError` where there is none. */
export function planWrites(members: readonly Member[]): Plan {
  const sorted: Sorted = { inserts: [], updates: [], deletes: [] };
  for (const member of members) sort(member, sorted);
  const { inserts, updates, deletes } = sorted;
  const byKey = new LinksByKey(inserts, valueOfField);
  for (const member of inserts) planKeys(member, byKey);
  return { inserts: inOrder(byTable(inserts), amongNew, breakableInsert), updates, deletes: planDeletes(deletes) };
}

/** Members by what is to be done about them. */
interface Sorted {
  readonly inserts: Member[];
  readonly updates: Member[];
  readonly deletes: Member[];
}

// a function of its own, as are the bodies of other loops over all members: V8 keeps the fast code of what is called often
function sort(member: Member, { inserts, updates, deletes }: Sorted): void {
  if (member.isGone) return;
  const row = Stored.row(member.instance);
  member.isNew = row === undefined;
  member.planned = member.isDeleted ? none : linksThatHold(member);
  if (row === undefined) inserts.push(member);
  else if (row === null) return;
  else if (member.isDeleted) deletes.push(member);
  else if (member.planned.length > 0 || isChanged(member, row)) updates.push(member);
}

function planKeys(member: Member, byKey: LinksByKey): void {
  member.planned = byKey.of(member, member.planned);
}

const none: readonly Link[] = [];

function linksThatHold({ links }: Member): readonly Link[] {
  if (links === undefined) return none;
  return links.every(holds) ? links : links.filter(holds);
}

const holds = (link: Link): boolean => link.holds;

/** What is stored already can be referred to at any time. */
const amongNew = ({ planned }: Member): readonly Link[] =>
  planned.every(leadsToNew) ? planned : planned.filter(leadsToNew);

const leadsToNew = ({ to }: Link): boolean => to.isNew;

/** The other way round: what refers to a row is deleted before it. */
function planDeletes(deletes: readonly Member[]): Order {
  const byKey = new LinksByKey(deletes, storedValue);
  for (const member of deletes) member.planned = byKey.of(member, none);
  const { rows, later } = inOrder(byTable(deletes), ({ planned }) => planned, breakableDelete);
  return { rows: rows.toReversed(), later };
}

function isChanged({ instance, fields }: Member, row: Row): boolean {
  const { schema } = Stored.table(instance) as BoundTable;
  // save refuses a value in a column that is not used here
  return schema.leftOut.length > 0 || changedColumns(schema)(fields, row).length > 0;
}

/** Members table by table, each behind those that its foreign keys refer to, so that few statements take turns. */
function byTable(members: readonly Member[]): Member[] {
  const groups = new Map<Owner, Member[]>();
  const schemas: TableSchema[] = [];
  for (const member of members) addToGroup(member, groups, schemas);
  const ordered: Member[] = [];
  for (const schema of schemas) moveGroup(schema, groups, ordered);
  return ordered;
}

/** Puts the members of a table behind others, once those that its foreign keys refer to are there. */
function moveGroup(schema: TableSchema, groups: Map<Owner, Member[]>, ordered: Member[]): void {
  const group = groups.get(schema.reference.owner);
  if (group === undefined) return;
  groups.delete(schema.reference.owner);
  for (const { target } of schema.whole.foreignKeys) moveGroup(target, groups, ordered);
  for (const member of group) ordered.push(member);
}

function addToGroup(member: Member, groups: Map<Owner, Member[]>, schemas: TableSchema[]): void {
  const { owner } = member.schema.reference;
  const group = groups.get(owner);
  if (group !== undefined) group.push(member);
  else {
    groups.set(owner, [member]);
    schemas.push(member.schema);
  }
}

type Owner = TableSchema['reference']['owner'];

const breakableInsert = (circle: readonly Link[]): Link | undefined =>
  circle.find(({ isNullable }) => isNullable) ?? circle.find(takesStandIn);

/** Whether the row can be written with another key at first: its own is known already, or any number will do. */
const takesStandIn = ({ to, reference }: Link): boolean =>
  reference.isDeferrable &&
  reference.columns.every(
    ({ type }, at) => type.storage === 'INTEGER' || to.fields[reference.target[at]!.property] !== undefined,
  );

/** What stays in its table can go first, whatever refers to it. */
const breakableDelete = (circle: readonly Link[]): Link | undefined =>
  circle.find(({ to }) => to.schema.deletion !== undefined) ??
  circle.find(({ reference }) => reference.isDeferrable) ??
  circle.find(({ isNullable }) => isNullable);
