import { relationHooks, type RelationHooks, type TableHome } from '../query/index.js';
import { toTable, type ColumnSchema, type TableSchema } from '../schema/index.js';
import type { AnyRelation } from './any-relation.js';
import { isByForeignKey } from './connect.js';
import type { FieldRelation, FixedValue, LinkedRelation, SteppedRelation } from './relation.js';

/** How rows of a table refer to those of another one: by the columns of a relation, where others hold what they have to. */
export interface Lead {
  readonly relation: FieldRelation;
  readonly target: TableSchema;
  readonly columns: readonly ColumnSchema[];
  readonly fixed: readonly FixedValue[];
}

/** A relation that changes with the rows of a table, and what there is to do about it: somebody listens, or it has rules. */
export interface Watch {
  readonly relation: FieldRelation;
  /** The reference in the row that the relation goes by. */
  readonly lead: Lead;
  /** Whether it is that reference itself: its owner is the row, while of any other one the owner is the row that is referred to. */
  readonly isOwn: boolean;
  /** The reference to the row at the other end, where the row is a link. */
  readonly other: Lead | undefined;
  readonly hooks: RelationHooks | undefined;
}

/** The relations that change with the rows of a table, as far as there is anything to do about them. */
export function watchesOf(schema: TableSchema, database: TableHome): readonly Watch[] {
  const leads = leadsOf(schema);
  const isOfModel = schema.options.model?.[toTable] !== undefined; // or else of a join table that is implied
  return leads.flatMap((lead) => {
    const watch = (relation: FieldRelation, isOwn: boolean, other?: Lead): Watch[] => {
      const hooks = relationHooks(relation.owner, database);
      return hooks === undefined && relation.rules === undefined ? [] : [{ relation, lead, isOwn, other, hooks }];
    };
    return [
      ...(isOfModel ? watch(lead.relation, true) : []),
      ...[...lead.target.relations.values()].flatMap((relation) => {
        if (isWayBack(relation, schema, lead)) return watch(relation, false);
        const other = isLinked(relation) ? otherEnd(relation, schema, lead, leads) : undefined;
        return other === undefined ? [] : watch(relation as LinkedRelation, false, other);
      }),
    ];
  });
}

function leadsOf({ relations }: TableSchema): readonly Lead[] {
  return [...relations.values()].flatMap((relation): Lead[] => {
    if (isByForeignKey(relation)) {
      return relation.refers ? [{ relation, target: relation.target, columns: relation.reference, fixed: [] }] : [];
    }
    if (!leadsToAny(relation)) return [];
    const [column, key] = relation.reference;
    return relation.branches.map(({ target, value }) => ({
      relation,
      target,
      columns: [key],
      fixed: [{ column, value }],
    }));
  });
}

const leadsToAny = (relation: object): relation is AnyRelation => 'branches' in relation;
const isLinked = (relation: object): relation is LinkedRelation => 'sides' in relation;

/** Whether a relation is the other side of a reference: it finds rows by the same columns. */
function isWayBack(relation: object, schema: TableSchema, lead: Lead): relation is SteppedRelation {
  if (!isByForeignKey(relation) || relation.refers) return false;
  const { table, to, fixed } = relation.step;
  return (
    table.reference.owner === schema.reference.owner &&
    areSame(to, lead.columns) &&
    fixed.length === lead.fixed.length &&
    fixed.every(({ value }, at) => value === lead.fixed[at]!.value)
  );
}

const areSame = (some: readonly ColumnSchema[], others: readonly ColumnSchema[]): boolean =>
  some.length === others.length && some.every(({ property }, at) => property === others[at]!.property);

/** The reference to the other end of a link, where the relation goes by the table of links and by this reference. */
function otherEnd(
  { sides: [source, destination] }: LinkedRelation,
  schema: TableSchema,
  lead: Lead,
  leads: readonly Lead[],
): Lead | undefined {
  const isBetween = source.owner.reference.owner === schema.reference.owner;
  if (!isBetween || source.property !== lead.relation.property) return undefined;
  return leads.find(({ relation }) => relation.property === destination.property);
}
