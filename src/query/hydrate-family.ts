import type { FamilySchema, TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import { oncePerTable } from './generate.js';
import { hydrator, narrow, rescuer, type Hydrate } from './hydrate.js';

/** What turns rows of a table into instances: of its model, or of whichever of the models that share it. */
export function hydratorOf(schema: TableSchema): Hydrate {
  const { family, subtype } = schema.options;
  if (family !== undefined && subtype === undefined) return familyHydrator(schema);
  return hydrator(schema);
}

/** Rows of one model among those that were read, and where they stand. */
interface Group {
  readonly rows: Row[];
  readonly places: number[];
}

/** Keeps the instances of each model together for as long as somebody holds on to all: what is loaded for one is, for all of them. */
const groupsOf = new WeakMap<object, readonly object[][]>();

const familyHydrator = oncePerTable((schema): Hydrate => {
  const { discriminator, members } = schema.options.family as FamilySchema;
  const { position } = schema.column(discriminator);
  const rescue = rescuer(schema);
  const fromWhole = new Map<TableSchema, readonly number[]>();
  return (rows, table) => {
    const groups = new Map<TableSchema, Group>();
    const instances: object[] = rows;
    rows.forEach((row, place) => {
      const member = members.get(row[position]);
      if (member === undefined) instances[place] = rescue(row, table.origin, undefined);
      else addTo(groups, member, row, place);
    });
    const together = [...groups].map(([member, group]) => {
      const relative = table.relative!(member);
      const known = fromWhole.get(relative.schema) ?? placesIn(schema, relative.schema);
      fromWhole.set(relative.schema, known);
      const isNarrower = schema.bigints && !relative.schema.bigints;
      const own = group.rows.map((row) =>
        known.map((from) => (isNarrower ? narrow(row[from] as SqlValue) : row[from])),
      );
      const made = relative.hydrate(own, relative);
      group.places.forEach((place, at) => (instances[place] = made[at]!));
      return made;
    });
    groupsOf.set(instances, together);
    return instances;
  };
});

function addTo(groups: Map<TableSchema, Group>, member: TableSchema, row: Row, place: number): void {
  let group = groups.get(member);
  if (group === undefined) groups.set(member, (group = { rows: [], places: [] }));
  group.rows.push(row);
  group.places.push(place);
}

/** Where each column of one model stands in a row of all. */
const placesIn = (whole: TableSchema, member: TableSchema): number[] =>
  member.read.map(({ name }) => whole.columns.findIndex((column) => column.name === name));
