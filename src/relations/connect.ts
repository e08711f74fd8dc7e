import { QueryError } from '../errors/index.js';
import { Stored, type Reference, type RowGraph } from '../query/index.js';
import { AnyRelation } from './any-relation.js';
import { fixedFields } from './keys.js';
import { give, leadsTo } from './related.js';
import type { Fields, Step, SteppedRelation } from './relation.js';

/** A relation by a foreign key, on either side of it. */
export interface ForeignKeyRelation extends SteppedRelation {
  /** Whether the owner has the foreign key. */
  readonly refers: boolean;
  /** Its only step. */
  readonly step: Step;
  /** Whether SQLite checks the key at the end of the transaction only, or never. */
  readonly isDeferrable: boolean;
}

/** Whether a relation goes by a foreign key. */
export const isByForeignKey = (relation: object): relation is ForeignKeyRelation => 'refers' in relation;

const references = new WeakMap<ForeignKeyRelation, Reference>();

/** Says which of the two rows refers to the other: the one whose table has the foreign key. */
export function connect(relation: ForeignKeyRelation, rows: RowGraph, owner: object, related: object): void {
  const reference = rowReference(relation);
  if (relation.refers) {
    rows.refer(owner, related, reference);
    return;
  }
  const fields = related as Fields;
  const fixed = fixedFields(relation.step);
  const given =
    reference.columns.find(({ property }) => fields[property] !== undefined)?.property ??
    fixed.find(([property, value]) => fields[property] !== undefined && fields[property] !== value)?.[0];
  if (given !== undefined && Stored.row(related) === undefined) {
    throw new QueryError(
      `A new ${relation.target.modelName} in ${relation.name} has a value in ${given}, which the relation fills.`,
      'Leave it out.',
    );
  }
  rows.refer(related, owner, reference);
}

/** A relation as the rows that refer see it, made once. */
export function rowReference(relation: ForeignKeyRelation): Reference {
  let reference = references.get(relation);
  if (reference === undefined)
    references.set(relation, (reference = relation.refers ? own(relation) : other(relation)));
  return reference;
}

const own = (relation: ForeignKeyRelation): Reference => ({
  name: relation.name,
  columns: relation.step.from,
  target: relation.step.to,
  isDeferrable: relation.isDeferrable,
  leads: (from, to) => leadsTo(relation, from, to),
  lead: (from, to, isAwaited) => give(relation, from, to, isAwaited),
});

/** The reference behind a `hasMany` or `hasOne`: that of the relation on the other side, where there is one. */
function other(relation: ForeignKeyRelation): Reference {
  const { name, step, owner, target } = relation;
  if (step.fixed.length > 0) return toOneOfSeveral(relation)!.referenceTo(owner);
  for (const each of target.relations.values()) {
    if (!isByForeignKey(each) || !each.refers || each.target.reference.owner !== owner.reference.owner) continue;
    const { from: columns } = each.step;
    if (columns.length === step.to.length && columns.every((column, at) => column === step.to[at])) {
      return rowReference(each);
    }
  }
  return {
    name,
    columns: step.to,
    target: step.from,
    isDeferrable: true, // no foreign key that we know of
    leads: () => true,
    lead: () => undefined,
  };
}

/** The relation to one of several models behind a relation by it. */
const toOneOfSeveral = ({ step, target }: ForeignKeyRelation): AnyRelation | undefined =>
  [...target.relations.values()].find(
    (each): each is AnyRelation =>
      each instanceof AnyRelation && each.reference[0] === step.fixed[0]!.column && each.reference[1] === step.to[0],
  );
