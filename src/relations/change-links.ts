import { inTransaction } from '../database/index.js';
import type { BoundTable, RelatedChange } from '../query/index.js';
import type { Program } from '../sql/index.js';
import type { Key } from './keys.js';
import { LinkTelling } from './link-telling.js';
import { keysOfTargets } from './link-target.js';
import { Links, type Link } from './links.js';
import { forget } from './related.js';
import type { LinkedRelation, SteppedRelation } from './relation.js';
import { keyAsGiven } from './told.js';

/** What a change of links did, by the keys of targets. */
type Changed = Readonly<Record<string, readonly unknown[]>>;

/** The targets of a change by what SQLite takes for the same key. */
type Targets = ReadonlyMap<unknown, Key>;

/** Changes which rows of its target an instance is linked with, in one transaction. */
export function* changeLinks(
  relation: LinkedRelation,
  owner: BoundTable,
  instance: object,
  change: RelatedChange,
): Program<unknown> {
  const { database } = owner;
  const { verb, targets, pivot } = change;
  const table = yield* database.tableOf(relation.steps[0]!.table);
  const links = new Links(relation, table, instance, pivot);
  const wanted = targets === undefined ? undefined : keysOfTargets(relation, targets, database);
  const telling = table.hooks === undefined ? undefined : LinkTelling.of(relation, table, instance, change);
  const result =
    telling === undefined || (wanted?.size === 0 && verb !== 'sync')
      ? yield* verbs[verb](relation, links, database, wanted)
      : yield* inTransaction(database, () => changeAndTell(relation, links, telling, verb, wanted));
  forget(relation, instance);
  return result;
}

type Verb = RelatedChange['verb'];

type ChangeOf = (
  relation: SteppedRelation,
  links: Links,
  database: BoundTable['database'],
  wanted: Targets | undefined,
) => Program<unknown>;

const nobody: Targets = new Map();

const verbs: Readonly<Record<Verb, ChangeOf>> = {
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
      const difference = differenceOf.sync(yield* links.read(), wanted);
      yield* write(links, difference);
      return told(relation, difference);
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

/** What differs between the links that there are and those that are wanted. */
export interface Difference {
  readonly attached: readonly Key[];
  readonly detached: readonly Key[];
  /** Links that stay, with other columns. */
  readonly updated: readonly Key[];
}

type Known = ReadonlyMap<unknown, Link>;

const missing = (known: Known, wanted: Targets): Key[] =>
  [...wanted].filter(([id]) => !known.has(id)).map(([, key]) => key);

const renewed = (known: Known, wanted: Targets): Key[] =>
  [...known].filter(([id, link]) => wanted.has(id) && !link.isAsWanted).map(([, { key }]) => key);

const keysOf = (known: Known, isMeant: (id: unknown) => boolean): Key[] =>
  [...known].filter(([id]) => isMeant(id)).map(([, { key }]) => key);

const differenceOf: Readonly<Record<Verb, (known: Known, wanted: Targets | undefined) => Difference>> = {
  attach: (known, wanted = nobody) => ({
    attached: missing(known, wanted),
    detached: [],
    updated: renewed(known, wanted),
  }),
  detach: (known, wanted) => ({
    attached: [],
    detached: keysOf(known, (id) => wanted?.has(id) ?? true),
    updated: [],
  }),
  sync: (known, wanted = nobody) => ({
    attached: missing(known, wanted),
    detached: keysOf(known, (id) => !wanted.has(id)),
    updated: renewed(known, wanted),
  }),
  toggle: (known, wanted = nobody) => ({
    attached: missing(known, wanted),
    detached: keysOf(known, (id) => wanted.has(id)),
    updated: [],
  }),
};

/** The same where somebody wants to know: the links that there are, are read first. */
function* changeAndTell(
  relation: SteppedRelation,
  links: Links,
  telling: LinkTelling,
  verb: Verb,
  wanted: Targets | undefined,
): Program<unknown> {
  const isOfAll = verb === 'sync' || wanted === undefined;
  const known = yield* links.read(isOfAll ? undefined : [...wanted.values()]);
  const difference = differenceOf[verb](known, wanted);
  yield* telling.tellBefore(difference);
  yield* write(links, difference);
  yield* telling.tellAfter(difference);
  const { attached, detached, updated } = difference;
  if (verb === 'attach') return attached.length + updated.length;
  if (verb === 'detach') return detached.length;
  return told(relation, verb === 'sync' ? difference : { attached, detached });
}

function* write(links: Links, { attached, detached, updated }: Difference): Program<void> {
  if (detached.length > 0) yield* links.delete(detached);
  yield* insertAll(links, attached);
  if (updated.length > 0) yield* links.update(updated);
}

/** Links that SQLite would not refuse a second time, or too many for one statement. */
function* attachInTurn(links: Links, wanted: Targets): Program<number> {
  const known = yield* links.read(links.isUnique ? undefined : [...wanted.values()]);
  const difference = differenceOf.attach(known, wanted);
  yield* write(links, difference);
  return difference.attached.length + difference.updated.length;
}

function* insertAll(links: Links, keys: readonly Key[]): Program<void> {
  for (let at = 0; at < keys.length; at += links.mostRows) yield* links.insert(keys.slice(at, at + links.mostRows));
}

/** The keys of a change as users give them. */
const told = ({ target }: SteppedRelation, changed: Readonly<Record<string, readonly Key[]>> | Difference): Changed =>
  Object.fromEntries(
    Object.entries(changed as Readonly<Record<string, readonly Key[]>>).map(([what, keys]) => [
      what,
      keys.map((key) => keyAsGiven(target, key)),
    ]),
  );
