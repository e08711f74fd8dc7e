import type { AnyModel, KeyValue, RelatedTo, RelationOf, WriteSource } from '../query/index.js';
import type { ModelClass } from '../schema/index.js';
import type { EventDatabase, EventTransaction } from './event.js';

/** The events of relations, as `on` of a model or of a database takes them. */
export type RelationEventName = 'beforeAdd' | 'afterAdd' | 'beforeRemove' | 'afterRemove';

/** A relation, and the instance that it begins to lead to or ceases to. */
export type RelationLead<Owner> = [RelationOf<Owner>] extends [never]
  ? { readonly relation: string; readonly related: AnyModel | undefined } // of every model, by a listener of the database
  : {
      [Field in RelationOf<Owner>]: { readonly relation: Field; readonly related: RelatedTo<Owner[Field]> | undefined };
    }[RelationOf<Owner>];

/** What a listener is told of a relation, whichever it is. */
export interface AnyRelationEvent<Owner, Name extends RelationEventName> {
  /** Which event it is: `afterAdd`. */
  readonly name: Name;
  /** The model that has the relation. */
  readonly model: ModelClass;
  /** The instance whose relation it is; `undefined` where only its key is known: `User.using(event.database).findById(event.ownerKey)`. */
  readonly owner: Owner | undefined;
  /** The primary key of that instance, as `findById` takes it; `undefined` before it is inserted. */
  readonly ownerKey: KeyValue<Owner> | undefined;
  /** The field of the relation: `posts`. */
  readonly relation: string;
  /** The instance that it leads to; `undefined` where only its key is known. */
  readonly related: unknown;
  /** The primary key of that one; `undefined` before it is inserted. */
  readonly relatedKey: unknown;
  /** What `attach`, `sync` or `toggle` gave the row between besides. */
  readonly pivot: Readonly<Record<string, unknown>>;
  /** What brought it about. */
  readonly source: WriteSource;
  /** The transaction in which it happens. */
  readonly transaction: EventTransaction | undefined;
  /** Who does it: what the transaction was given as its `actor`, or what that of `open` answers. */
  readonly actor: unknown;
  /** Where it happens, for models that do not find it by themselves: `Log.using(event.database)`. */
  readonly database: EventDatabase;
  /** Lets no other listener hear of this event. */
  stopPropagation(): void;
}

/**
 * What a listener is told of a relation that begins to lead to a row, or ceases to. What is in `related` is known by its `relation`:
 *
 *     Post.on('afterAdd', (event) => {
 *       if (event.relation === 'tags') event.related?.name;
 *     });
 */
export type RelationEvent<Owner, Name extends RelationEventName = 'afterAdd' | 'afterRemove'> = AnyRelationEvent<
  Owner,
  Name
> &
  RelationLead<Owner>;

/** What a listener is told before that. */
export type BeforeRelationEvent<Owner, Name extends RelationEventName = 'beforeAdd' | 'beforeRemove'> = RelationEvent<
  Owner,
  Name
> & {
  /** Keeps it from being done: the operation throws `CancelledError` with the reason, and nothing is written. */
  cancel(reason?: string): never;
};

/** The event of a relation by its name. */
export type RelationEventOf<Owner, Name extends RelationEventName> = Name extends `before${string}`
  ? BeforeRelationEvent<Owner, Name>
  : RelationEvent<Owner, Name>;

/** A function that is called at an event of relations. What it throws undoes the operation, and in the asynchronous face it is awaited. */
export type RelationListener<Owner, Name extends RelationEventName> = (event: RelationEventOf<Owner, Name>) => unknown;

/** When a listener of relations is called. */
export interface RelationListenerOptions<Owner, Name extends RelationEventName> {
  /** Listeners of a higher one are called first; 0 unless said. */
  readonly priority?: number;
  /** Only events for which this holds; it cannot wait for anything. */
  readonly where?: (event: RelationEventOf<Owner, Name>) => boolean;
}

const names: Readonly<Record<RelationEventName, true>> = {
  beforeAdd: true,
  afterAdd: true,
  beforeRemove: true,
  afterRemove: true,
};

/** Every event of relations there is. */
export const relationEventNames = Object.keys(names) as readonly RelationEventName[];
