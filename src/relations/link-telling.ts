import { RecursiveHookError } from '../errors/index.js';
import {
  keyValues,
  occasionNow,
  Stored,
  type BoundTable,
  type RelatedChange,
  type RelationEnd,
} from '../query/index.js';
import type { Program, Row } from '../sql/index.js';
import { isInstance } from './condition.js';
import { identity, type Key } from './keys.js';
import { keyOfTarget } from './link-target.js';
import type { LinkedRelation } from './relation.js';
import { checkRules, keyAsGiven, keyOfInstance, tell, type Change, type Circumstances } from './told.js';
import { watchesOf, type Watch } from './watch.js';

/** The keys of targets that are linked, and of those that are linked no more. */
interface Keys {
  readonly attached: readonly Key[];
  readonly detached: readonly Key[];
}

/** A relation that goes by the same links, from the one end or from the other. */
interface Side {
  readonly watch: Watch;
  /** Whether it leads to the owner of the change, and not from there. */
  readonly isInverse: boolean;
}

/** The links of which listeners are being told before they are written, by the database in whose transaction that is. */
const underway = new WeakMap<object, Set<string>>();

/** Who is to know of a change of links, and what they are told. */
export class LinkTelling {
  readonly #sides: readonly Side[];
  readonly #relation: LinkedRelation;
  readonly #table: BoundTable;
  readonly #owner: RelationEnd;
  readonly #ownerKey: Key;
  readonly #pivot: Circumstances['pivot'];
  readonly #targets = new Map<unknown, object>();
  #told: Circumstances | undefined;

  private constructor(
    sides: readonly Side[],
    relation: LinkedRelation,
    table: BoundTable,
    instance: object,
    { targets = [], pivot }: RelatedChange,
  ) {
    this.#sides = sides;
    this.#relation = relation;
    this.#table = table;
    this.#owner = { key: keyOfInstance(relation.owner, instance), instance };
    this.#ownerKey = keyValues(relation.owner, Stored.row(instance) as Row);
    this.#pivot = pivot;
    for (const target of targets) {
      if (isInstance(target)) this.#targets.set(this.#id(keyOfTarget(relation, target)), target);
    }
  }

  /** What is to be told of a change; `undefined` where nobody listens and nothing has rules. */
  static of(
    relation: LinkedRelation,
    table: BoundTable,
    instance: object,
    change: RelatedChange,
  ): LinkTelling | undefined {
    const [source, destination] = relation.sides;
    const sides = watchesOf(table.schema, table.database).flatMap((watch): Side[] => {
      const [from, to] = [watch.lead.relation.property, watch.other?.relation.property];
      if (to === destination.property && from === source.property) return [{ watch, isInverse: false }];
      return to === source.property && from === destination.property ? [{ watch, isInverse: true }] : [];
    });
    return sides.length === 0 ? undefined : new LinkTelling(sides, relation, table, instance, change);
  }

  /** Tells of links that are about to be written. */
  *tellBefore(keys: Keys): Program<void> {
    const { database } = this.#table;
    const links = [...keys.attached, ...keys.detached].map((key) => this.#nameOf(key));
    const told = underway.get(database) ?? new Set();
    underway.set(database, told);
    if (links.some((link) => told.has(link))) throw new RecursiveHookError(this.#relation.owner.modelName, 'link');
    for (const link of links) told.add(link);
    try {
      yield* tell(database, 'before', this.#changes(keys), this.#circumstances);
    } finally {
      for (const link of links) told.delete(link);
    }
  }

  /** Checks the rules of relations when links are written, and tells of them. */
  *tellAfter(keys: Keys): Program<void> {
    const changes = this.#changes(keys);
    yield* checkRules(this.#table.database, changes, 'call');
    yield* tell(this.#table.database, 'after', changes, this.#circumstances);
  }

  get #circumstances(): Circumstances {
    return (this.#told ??= { source: 'call', occasion: occasionNow(this.#table.database), pivot: this.#pivot });
  }

  #changes({ attached, detached }: Keys): Change[] {
    return this.#sides.flatMap(({ watch, isInverse }) => {
      const change = (kind: Change['kind']) => (key: Key) => {
        const target = { key: keyAsGiven(this.#relation.target, key), instance: this.#targets.get(this.#id(key)) };
        return isInverse
          ? { watch, kind, owner: target, related: this.#owner, ownerKey: key }
          : { watch, kind, owner: this.#owner, related: target, ownerKey: this.#ownerKey };
      };
      return [...detached.map(change('remove')), ...attached.map(change('add'))];
    });
  }

  /** A text for each link, whichever end it is changed from. */
  #nameOf(key: Key): string {
    const textOf = (values: Key) => values.map((value) => `${typeof value} ${String(value)}`).join('\0');
    const [source, destination] = this.#relation.sides;
    const ends = [textOf(this.#ownerKey), textOf(key)];
    const isTurned = source.property > destination.property;
    return [this.#table.schema.name, ...(isTurned ? ends.reverse() : ends)].join('\0\0');
  }

  #id(key: Key): unknown {
    return identity(key, this.#relation.target.primaryKey);
  }
}
