import { actFor, type Frame, type Scope } from '../database/index.js';
import { CancelledError } from '../errors/index.js';
import {
  Occasion,
  type BoundTable,
  type Home,
  type InstanceWrite,
  type LoadReason,
  type RelationChange,
  type RelationLoad,
  type TableHome,
  type Verb,
  type WriteSource,
  type WriteTransaction,
} from '../query/index.js';
import type { ModelClass, TableSchema } from '../schema/index.js';
import { changesOf } from './changes.js';
import type { AfterEvent, EventDatabase, EventName, FieldChanges } from './event.js';
import type { AnyRelationEvent, RelationEventName } from './relation-event.js';
import type { AnyRelationLoadEvent, RelationLoadEventName } from './relation-load-event.js';

/** What every event is, of whatever it tells. */
export abstract class Fired {
  readonly #schema: TableSchema;
  readonly #database: TableHome;
  #occasion: Occasion | undefined;
  #scope: unknown;
  #isStopped = false;
  #cancelled: CancelledError | undefined;

  /** Without an occasion, it is that of whoever is told. */
  constructor(schema: TableSchema, database: object, occasion?: Occasion) {
    this.#schema = schema;
    this.#database = database as TableHome;
    this.#occasion = occasion;
  }

  abstract readonly name: EventName | RelationEventName | RelationLoadEventName;

  get model(): ModelClass {
    return this.#schema.options.model!;
  }

  get database(): EventDatabase {
    return this.#database.homeIn!(this.#scope) as EventDatabase;
  }

  get transaction(): WriteTransaction | undefined {
    return this.#happened.transaction;
  }

  get actor(): unknown {
    return this.#happened.actor;
  }

  get #happened(): Occasion {
    return (this.#occasion ??= new Occasion(this.#database.transactions, this.#frame));
  }

  /** The transaction that listeners are called in; on the same connection others may have theirs meanwhile. */
  get #frame(): Frame | undefined {
    return this.#scope === undefined ? this.#database.transactions.innermost : (this.#scope as Scope).frame;
  }

  stopPropagation(): void {
    this.#isStopped = true;
  }

  /** Whether no more listeners are to be told. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Says in which scope listeners are called now; `undefined` where nothing waits. */
  enter(scope: unknown): void {
    this.#scope = scope;
  }

  /** Tells of it when its transaction has ended: what listeners start then is done by whoever did what they are told of. */
  follow<Result>(scope: unknown, tell: () => Result): Result {
    this.enter(scope);
    const { actor } = this;
    if (actor === undefined) return tell();
    return actFor({ owner: this.#database.transactions, within: this.#frame, actor }, tell);
  }

  /** Throws what a listener asked for, though it may have caught it. */
  check(): void {
    if (this.#cancelled !== undefined) throw this.#cancelled;
  }

  protected cancelWith(reason: string | undefined, relation?: string): never {
    this.#cancelled = new CancelledError(this.model.name, this.name, reason, relation);
    throw this.#cancelled;
  }
}

/** An event in the life of an instance, as listeners get it, whatever the model. */
export class FiredEvent extends Fired implements AfterEvent<object, EventName> {
  readonly name: EventName;
  readonly instance: object;
  readonly #write: InstanceWrite | undefined;

  constructor(name: EventName, table: Home, instance: object, write?: InstanceWrite) {
    super(table.schema, (table as BoundTable).database, write?.occasion);
    this.name = name;
    this.instance = instance;
    this.#write = write;
  }

  get verb(): Verb | undefined {
    return this.#write?.verb;
  }

  get isSoft(): boolean {
    return this.#write?.isSoft === true;
  }

  get changes(): FieldChanges<object> {
    return this.#write === undefined ? {} : changesOf(this.#write);
  }

  get source(): WriteSource {
    return this.#write?.source ?? 'call';
  }
}

/** An event before something is done. */
export class CancellableEvent extends FiredEvent {
  /** A function of its own, so that a listener may take it out of the event: `({ instance, cancel }) => …`. */
  readonly cancel = (reason?: string): never => this.cancelWith(reason);
}

/** An event of a relation, as listeners get it, whatever the model. */
export class FiredRelationEvent extends Fired implements AnyRelationEvent<object, RelationEventName> {
  readonly name: RelationEventName;
  readonly #change: RelationChange;

  constructor(name: RelationEventName, change: RelationChange) {
    super(change.schema, change.database, change.occasion);
    this.name = name;
    this.#change = change;
  }

  get relation(): string {
    return this.#change.relation;
  }

  get owner(): object | undefined {
    return this.#change.owner.instance;
  }

  get ownerKey(): AnyRelationEvent<object, RelationEventName>['ownerKey'] {
    return this.#change.owner.key as never; // of whichever type the model's is
  }

  get related(): object | undefined {
    return this.#change.related.instance;
  }

  get relatedKey(): unknown {
    return this.#change.related.key;
  }

  get pivot(): Readonly<Record<string, unknown>> {
    return this.#change.pivot;
  }

  get source(): WriteSource {
    return this.#change.source;
  }
}

/** An event before a relation leads elsewhere. */
export class CancellableRelationEvent extends FiredRelationEvent {
  /** A function of its own, so that a listener may take it out of the event: `({ instance, cancel }) => …`. */
  readonly cancel = (reason?: string): never => this.cancelWith(reason);
}

/** An event of loading a relation, as listeners get it, whatever the model. */
export class FiredRelationLoadEvent extends Fired implements AnyRelationLoadEvent<object, RelationLoadEventName> {
  readonly name: RelationLoadEventName;
  readonly #load: RelationLoad;

  constructor(name: RelationLoadEventName, load: RelationLoad) {
    super(load.table.schema, (load.table as BoundTable).database);
    this.name = name;
    this.#load = load;
  }

  get relation(): string {
    return this.#load.relation;
  }

  get reason(): LoadReason {
    return this.#load.reason;
  }

  get owners(): readonly object[] {
    return this.#load.owners;
  }

  get related(): readonly object[] {
    return this.#load.related;
  }
}

/** An event before a relation is loaded. */
export class CancellableRelationLoadEvent extends FiredRelationLoadEvent {
  /** A function of its own, so that a listener may take it out of the event: `({ owners, cancel }) => …`. */
  readonly cancel = (reason?: string): never => this.cancelWith(reason, this.relation);
}
