import type { AnyModel, LoadReason, RelatedTo, RelationOf } from '../query/index.js';
import type { ModelClass } from '../schema/index.js';
import type { EventDatabase, EventTransaction } from './event.js';

/** The events of loading a relation, as `on` of a model or of a database takes them. */
export type RelationLoadEventName = 'beforeLoadRelation' | 'afterLoadRelation';

/** What both of these events tell, whichever relation it is. */
export interface AnyRelationLoadEvent<Owner, Name extends RelationLoadEventName> {
  /** Which event it is: `afterLoadRelation`. */
  readonly name: Name;
  /** The model whose instances were read. */
  readonly model: ModelClass;
  /** The instances for which the relation is loaded, all at once. */
  readonly owners: readonly Owner[];
  /** The field of the relation: `posts`. */
  readonly relation: string;
  /** Why it is loaded: `with` read it along, its field was touched, or `load` was called. */
  readonly reason: LoadReason;
  /** The transaction in which it is read; `undefined` where there is none. */
  readonly transaction: EventTransaction | undefined;
  /** Who reads: what the transaction was given as its `actor`, or what that of `open` answers. */
  readonly actor: unknown;
  /** Where it is read, for models that do not find it by themselves: `Log.using(event.database)`. */
  readonly database: EventDatabase;
  /** Lets no other listener hear of this event. */
  stopPropagation(): void;
}

/** The relations of a model, as an event before one is loaded names them. */
export interface RelationToLoad<Owner> {
  readonly relation: [RelationOf<Owner>] extends [never] ? string : RelationOf<Owner>;
  /** Keeps it from being loaded: whoever reads gets a `CancelledError` with the reason. */
  cancel(reason?: string): never;
}

/** A relation that was loaded, and what it leads to from all owners, each once. */
export type LoadedRelation<Owner> = [RelationOf<Owner>] extends [never]
  ? { readonly relation: string; readonly related: readonly AnyModel[] } // of every model, by a listener of the database
  : {
      [Field in RelationOf<Owner>]: {
        readonly relation: Field;
        readonly related: readonly RelatedTo<Owner[Field]>[];
      };
    }[RelationOf<Owner>];

/** What a listener is told before a relation is loaded. */
export type BeforeRelationLoadEvent<Owner> = AnyRelationLoadEvent<Owner, 'beforeLoadRelation'> & RelationToLoad<Owner>;

/**
 * What a listener is told when a relation was loaded. What is in `related` is known by its `relation`:
 *
 *     User.on('afterLoadRelation', (event) => {
 *       if (event.relation === 'posts') event.related.length;
 *     });
 */
export type RelationLoadEvent<Owner> = AnyRelationLoadEvent<Owner, 'afterLoadRelation'> & LoadedRelation<Owner>;

/** The event of such a name. */
export type RelationLoadEventOf<Owner, Name extends RelationLoadEventName> = Name extends 'beforeLoadRelation'
  ? BeforeRelationLoadEvent<Owner>
  : RelationLoadEvent<Owner>;

/** A function that is called when a relation is loaded. What it throws goes on to whoever reads, and in the asynchronous face it is awaited. */
export type RelationLoadListener<Owner, Name extends RelationLoadEventName> = (
  event: RelationLoadEventOf<Owner, Name>,
) => unknown;

/** When such a listener is called. */
export interface RelationLoadListenerOptions<Owner, Name extends RelationLoadEventName> {
  /** Listeners of a higher one are called first; 0 unless said. */
  readonly priority?: number;
  /** Only events for which this holds; it cannot wait for anything. */
  readonly where?: (event: RelationLoadEventOf<Owner, Name>) => boolean;
}

/** What these events have in common for every model: what `@table` knows of the static methods that are called at them. */
export interface AnyRelationLoad<Name extends RelationLoadEventName> {
  readonly name: Name;
  readonly owners: readonly AnyModel[];
  /** Lets no other listener hear of this event. */
  stopPropagation(): void;
}

/**
 * The static methods of a model that are called when relations of its instances are loaded, once for all of these: write those that
 * are wanted. In the asynchronous face they may return promises.
 *
 *     static beforeLoadRelation({ relation, actor, cancel }: BeforeRelationLoadEvent<Account>) {
 *       if (relation === 'salaries' && actor !== hr) cancel('not for you');
 *     }
 */
export interface RelationLoadMethods {
  /** Called before a relation is loaded. */
  beforeLoadRelation?(event: AnyRelationLoad<'beforeLoadRelation'>): unknown;
  /** Called when a relation was loaded. */
  afterLoadRelation?(event: AnyRelationLoad<'afterLoadRelation'>): unknown;
}

const names: Readonly<Record<RelationLoadEventName, true>> = { beforeLoadRelation: true, afterLoadRelation: true };

/** Every event of loading a relation there is. */
export const relationLoadEventNames = Object.keys(names) as readonly RelationLoadEventName[];
