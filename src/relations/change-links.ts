import { inTransaction } from '../database/index.js';
import { decoder, type BoundTable, type RelatedChange } from '../query/index.js';
import type { Program } from '../sql/index.js';
import type { Key } from './keys.js';
import { keysOfTargets } from './link-target.js';
import { Links } from './links.js';
import { forget } from './related.js';
import type { SteppedRelation } from './relation.js';

/** What a change of links did, by the keys of targets. */
type Changed = Readonly<Record<string, readonly unknown[]>>;

/** The targets of a change by what SQLite takes for the same key. */
type Targets = ReadonlyMap<unknown, Key>;

/** Changes which rows of its target an instance is linked with, in one transaction. */
export function* changeLinks(
  relation: SteppedRelation,
  owner: BoundTable,
  instance: object,
  { verb, targets, pivot }: RelatedChange,
): Program<unknown> {
  const { database } = owner;
  const links = new Links(relation, yield* database.tableOf(relation.steps[0]!.table), instance, pivot);
  const wanted = targets === undefined ? undefined : keysOfTargets(relation, targets, database);
  const result = yield* verbs[verb](relation, links, database, wanted);
  forget(relation, instance);
  return result;
}

type Verb = (
  relation: SteppedRelation,
  links: Links,
  database: BoundTable['database'],
  wanted: Targets | undefined,
) => Program<unknown>;

const nobody: Targets = new Map();

const verbs: Readonly<Record<RelatedChange['verb'], Verb>> = {
  *attach(_relation, links, database, wanted = nobody) {
    const keys = [...wanted.values()];
    if (keys.length === 0) return 0;
    if (links.isUnique && keys.length <= links.mostRows) return yield* links.insert(keys, true);
    return yield* inTransaction(database, () => attachInTurn(links, wanted));
  },

  *detach(_relation, links, _database, wanted) {
    if (wanted?.size === 0) return 0;
    return (yield* links.delete(wanted && [...wanted.values()])).size;
  },

  *sync(relation, links, database, wanted = nobody) {
    return yield* inTransaction(database, function* (): Program<Changed> {
      const known = yield* links.read();
      const detached = [...known].filter(([id]) => !wanted.has(id)).map(([, { key }]) => key);
      const attached = [...wanted].filter(([id]) => !known.has(id)).map(([, key]) => key);
      const updated = [...known].filter(([id, link]) => wanted.has(id) && !link.isAsWanted).map(([, { key }]) => key);
      if (detached.length > 0) yield* links.delete(detached);
      yield* insertAll(links, attached);
      if (updated.length > 0) yield* links.update(updated);
      return told(relation, { attached, detached, updated });
    });
  },

  *toggle(relation, links, database, wanted = nobody) {
    if (wanted.size === 0) return told(relation, { attached: [], detached: [] });
    return yield* inTransaction(database, function* (): Program<Changed> {
      const deleted = yield* links.delete([...wanted.values()]);
      const attached = [...wanted].filter(([id]) => !deleted.has(id)).map(([, key]) => key);
      yield* insertAll(links, attached);
      return told(relation, { attached, detached: [...deleted.values()] });
    });
  },
};

/** Links that SQLite would not refuse a second time, or too many for one statement. */
function* attachInTurn(links: Links, wanted: Targets): Program<number> {
  const known = yield* links.read(links.isUnique ? undefined : [...wanted.values()]);
  const missing = [...wanted].filter(([id]) => !known.has(id)).map(([, key]) => key);
  const updated = [...known].filter(([id, link]) => wanted.has(id) && !link.isAsWanted).map(([, { key }]) => key);
  yield* insertAll(links, missing);
  if (updated.length > 0) yield* links.update(updated);
  return missing.length + updated.length;
}

function* insertAll(links: Links, keys: readonly Key[]): Program<void> {
  for (let at = 0; at < keys.length; at += links.mostRows) yield* links.insert(keys.slice(at, at + links.mostRows));
}

/** The keys of a change as users give them. */
const told = ({ target }: SteppedRelation, changed: Readonly<Record<string, readonly Key[]>>): Changed =>
  Object.fromEntries(
    Object.entries(changed).map(([what, keys]) => [
      what,
      keys.map((key) => {
        const values = target.primaryKey.map((column, at) => decoder(column, true)(key[at]!));
        if (values.length === 1) return values[0];
        return Object.fromEntries(target.primaryKey.map(({ property }, at) => [property, values[at]]));
      }),
    ]),
  );
