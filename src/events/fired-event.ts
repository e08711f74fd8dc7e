import { CancelledError } from '../errors/index.js';
import type {
  Home,
  InstanceWrite,
  RelationChange,
  TableHome,
  Verb,
  WriteSource,
  WriteTransaction,
} from '../query/index.js';
import type { ModelClass, TableSchema } from '../schema/index.js';
import { changesOf } from './changes.js';
import type { AfterEvent, EventDatabase, EventName, FieldChanges } from './event.js';
import type { AnyRelationEvent, RelationEventName } from './relation-event.js';

/** What every event is, of whatever it tells. */
export abstract class Fired {
  readonly #schema: TableSchema;
  readonly #database: TableHome;
  #scope: unknown;
  #isStopped = false;
  #cancelled: CancelledError | undefined;

  constructor(schema: TableSchema, database: object) {
    this.#schema = schema;
    this.#database = database as TableHome;
  }

  abstract readonly name: EventName | RelationEventName;

  get model(): ModelClass {
    return this.#schema.options.model!;
  }

  get database(): EventDatabase {
    return this.#database.homeIn!(this.#scope) as EventDatabase;
  }

  /** The transaction that is open now. */
  protected get open(): WriteTransaction | undefined {
    return this.#database.transactions.innermost?.outermost;
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

  /** Throws what a listener asked for, though it may have caught it. */
  check(): void {
    if (this.#cancelled !== undefined) throw this.#cancelled;
  }

  protected cancelWith(reason: string | undefined): never {
    this.#cancelled = new CancelledError(this.model.name, this.name, reason);
    throw this.#cancelled;
  }
}

/** An event in the life of an instance, as listeners get it, whatever the model. */
export class FiredEvent extends Fired implements AfterEvent<object, EventName> {
  readonly name: EventName;
  readonly instance: object;
  readonly #write: InstanceWrite | undefined;

  constructor(name: EventName, table: Home, instance: object, write?: InstanceWrite) {
    super(table.schema, (table as Home & { readonly database: TableHome }).database);
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

  get transaction(): WriteTransaction | undefined {
    return this.#write === undefined ? this.open : this.#write.transaction;
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
    super(change.schema, change.database);
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

  get transaction(): WriteTransaction | undefined {
    return this.#change.transaction;
  }
}

/** An event before a relation leads elsewhere. */
export class CancellableRelationEvent extends FiredRelationEvent {
  /** A function of its own, so that a listener may take it out of the event: `({ instance, cancel }) => …`. */
  readonly cancel = (reason?: string): never => this.cancelWith(reason);
}
