import type {
  AnyModel,
  Face,
  FieldOf,
  HookPoint,
  ModelHome,
  Verb,
  WriteSource,
  WriteTransaction,
} from '../query/index.js';
import type { ModelClass } from '../schema/index.js';

/** The events in the life of an instance. */
export type EventName = Exclude<HookPoint, 'validate'> | 'afterLoad';

/** The events before something is done, which it can be kept from by them. */
export type BeforeEventName = EventName & `before${string}`;

/** The events when something was done. */
export type AfterEventName = Exclude<EventName, BeforeEventName>;

/** A field's value before a write and after it. */
export interface FieldChange<Value> {
  /** `undefined` where the instance is new, or the column is deferred and was not read. */
  readonly before: Value | undefined;
  readonly after: Value;
}

/** The fields that a write changes, or has changed, each with both values. */
export type FieldChanges<Instance> = [FieldOf<Instance>] extends [never]
  ? Readonly<Record<string, FieldChange<unknown> | undefined>> // of every model, by a listener of the database
  : { readonly [Field in FieldOf<Instance>]?: FieldChange<Instance[Field]> };

/** A database in either face, told apart by its `face`; within a transaction of the asynchronous face, that transaction. */
export type EventDatabase = { readonly [F in Face]: ModelHome<F> }[Face];

/** The transaction of an event: the same object for everything in it, that of its savepoints included, for what gathers events. */
export type EventTransaction = WriteTransaction;

/** What a listener is told of something that was done, or is about to be. */
export interface AfterEvent<Instance, Name extends EventName = AfterEventName> {
  /** Which event it is: `afterCreate`. */
  readonly name: Name;
  /** The class of the instance. */
  readonly model: ModelClass;
  readonly instance: Instance;
  /** What is done to the instance; for a load, `undefined`. */
  readonly verb: Verb | undefined;
  /** Whether it is a delete that leaves the row in its table, as `deletedAt` makes it: `restore` takes it back. */
  readonly isSoft: boolean;
  /** What changes in the row by it; nothing for a delete or a load. */
  readonly changes: FieldChanges<Instance>;
  /**
   * What brought it about: `call` is a verb of the model, the instance or a relation, `flush` a graph or a unit of work, and `cascade`
   * SQLite itself, by ON DELETE CASCADE.
   */
  readonly source: WriteSource;
  /** The transaction in which it happens; `undefined` where there is none. */
  readonly transaction: EventTransaction | undefined;
  /**
   * Who does it: what the transaction was given as its `actor`, or what that of `open` answers; `undefined` where there is neither.
   * Of which type that is, an app knows: `if (event.actor instanceof User) …`.
   */
  readonly actor: unknown;
  /** Where it happens, for models that do not find it by themselves: `Log.using(event.database)`. */
  readonly database: EventDatabase;
  /** Lets no other listener hear of this event. What was done stays done. */
  stopPropagation(): void;
}

/** What a listener is told of something that is about to be done. */
export interface BeforeEvent<Instance, Name extends EventName = BeforeEventName> extends AfterEvent<Instance, Name> {
  /** Keeps it from being done: the operation throws `CancelledError` with the reason, and nothing is written. */
  cancel(reason?: string): never;
}

/** The event of a name. */
export type EventOf<Instance, Name extends EventName> = Name extends BeforeEventName
  ? BeforeEvent<Instance, Name>
  : AfterEvent<Instance, Name>;

/** A function that is called at an event. What it throws undoes the operation, and in the asynchronous face it is awaited. */
export type Listener<Instance, Name extends EventName> = (event: EventOf<Instance, Name>) => unknown;

/** When a listener is called. */
export interface ListenerOptions<Instance, Name extends EventName = EventName> {
  /** Listeners of a higher one are called first; 0 unless said. */
  readonly priority?: number;
  /** Only events for which this holds; it cannot wait for anything. */
  readonly where?: (event: EventOf<Instance, Name>) => boolean;
}

/** Ends what it came from: when it is called, or at the end of a `using` block. */
export interface Unsubscribe {
  (): void;
  /** Ends it, at the end of a `using` block. */
  [Symbol.dispose](): void;
}

/** What the events of every model have in common: what `@table` knows of their methods. */
export interface AnyEvent<Name extends EventName> {
  readonly name: Name;
  readonly instance: AnyModel;
  /** Lets no other listener hear of this event. */
  stopPropagation(): void;
}

/**
 * The methods of a model that are called at events of its instances: write those that are wanted. In the asynchronous face they
 * may return promises.
 *
 *     beforeSave(event: BeforeEvent<User>) {
 *       this.email = this.email.toLowerCase();
 *       if (this.isLocked) event.cancel('locked');
 *     }
 */
export interface EventMethods {
  /** Called before an instance is validated. */
  beforeValidate?(event: AnyEvent<BeforeEventName>): unknown;
  /** Called when an instance was found valid. */
  afterValidate?(event: AnyEvent<AfterEventName>): unknown;
  /** Called before an instance is saved, new or not. */
  beforeSave?(event: AnyEvent<BeforeEventName>): unknown;
  /** Called when an instance was inserted or updated, before that is committed. */
  afterSave?(event: AnyEvent<AfterEventName>): unknown;
  /** Called before a new instance is inserted. */
  beforeCreate?(event: AnyEvent<BeforeEventName>): unknown;
  /** Called when a new instance was inserted, before that is committed. */
  afterCreate?(event: AnyEvent<AfterEventName>): unknown;
  /** Called before changes of an instance are written. */
  beforeUpdate?(event: AnyEvent<BeforeEventName>): unknown;
  /** Called when changes of an instance were written, before that is committed. */
  afterUpdate?(event: AnyEvent<AfterEventName>): unknown;
  /** Called before an instance is deleted. */
  beforeDelete?(event: AnyEvent<BeforeEventName>): unknown;
  /** Called when an instance was deleted, before that is committed. */
  afterDelete?(event: AnyEvent<AfterEventName>): unknown;
  /** Called before an instance whose row was left in its table is restored. */
  beforeRestore?(event: AnyEvent<BeforeEventName>): unknown;
  /** Called when an instance was restored, before that is committed. */
  afterRestore?(event: AnyEvent<AfterEventName>): unknown;
  /** Called when an instance was read. */
  afterLoad?(event: AnyEvent<AfterEventName>): unknown;
  /** Called just before what was written of an instance is committed for good. */
  beforeCommit?(event: AnyEvent<BeforeEventName>): unknown;
  /** Called when what was written of an instance is committed. */
  afterCommit?(event: AnyEvent<AfterEventName>): unknown;
  /** Called when what was written of an instance was rolled back. */
  afterRollback?(event: AnyEvent<AfterEventName>): unknown;
}

const names: Readonly<Record<EventName, true>> = {
  beforeValidate: true,
  afterValidate: true,
  beforeSave: true,
  beforeCreate: true,
  beforeUpdate: true,
  beforeDelete: true,
  beforeRestore: true,
  afterCreate: true,
  afterUpdate: true,
  afterDelete: true,
  afterRestore: true,
  afterSave: true,
  beforeCommit: true,
  afterCommit: true,
  afterRollback: true,
  afterLoad: true,
};

/** Every event there is. */
export const eventNames = Object.keys(names) as readonly EventName[];
