import { QueryError } from '../errors/index.js';
import { Stored, type Reference, type RowGraph } from '../query/index.js';
import { KeyRelation } from './key-relation.js';
import { give, leadsTo } from './related.js';

type Fields = Record<string, unknown>;

const references = new WeakMap<KeyRelation, Reference>();

/** Says which of the two rows refers to the other: the one whose table has the foreign key. */
export function connect(relation: KeyRelation, rows: RowGraph, owner: object, related: object): void {
  const reference = referenceOf(relation);
  if (relation.refers) {
    rows.refer(owner, related, reference);
    return;
  }
  const given = reference.columns.find(({ property }) => (related as Fields)[property] !== undefined);
  if (given !== undefined && Stored.row(related) === undefined) {
    throw new QueryError(
      `A new ${relation.target.modelName} in ${relation.name} has a value in ${given.property}, which the relation fills.`,
      'Leave it out.',
    );
  }
  rows.refer(related, owner, reference);
}

/** A relation as the rows that refer see it, made once. */
function referenceOf(relation: KeyRelation): Reference {
  let reference = references.get(relation);
  if (reference === undefined)
    references.set(relation, (reference = relation.refers ? own(relation) : other(relation)));
  return reference;
}

const own = (relation: KeyRelation): Reference => ({
  name: relation.name,
  columns: relation.keys.owner,
  target: relation.keys.target,
  isDeferrable: relation.options.constraint?.deferrable ?? true,
  leads: (from, to) => leadsTo(relation, from, to),
  lead: (from, to, isAwaited) => give(relation, from, to, isAwaited),
});

/** The reference behind a `hasMany` or `hasOne`: that of the `belongsTo` on the other side, where there is one. */
function other(relation: KeyRelation): Reference {
  const { name, keys, owner, target } = relation;
  for (const each of target.relations.values()) {
    if (!(each instanceof KeyRelation) || !each.refers || each.target.reference.owner !== owner.reference.owner)
      continue;
    const { owner: columns } = each.keys;
    if (columns.length === keys.target.length && columns.every((column, at) => column === keys.target[at])) {
      return referenceOf(each);
    }
  }
  return {
    name,
    columns: keys.target,
    target: keys.owner,
    isDeferrable: true, // no foreign key that we know of
    leads: () => true,
    lead: () => undefined,
  };
}
