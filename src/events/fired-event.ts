import { CancelledError } from '../errors/index.js';
import type { BoundTable, Home, InstanceWrite, Verb } from '../query/index.js';
import type { ModelClass } from '../schema/index.js';
import { changesOf } from './changes.js';
import type { AfterEvent, EventDatabase, EventName, FieldChanges } from './event.js';

/** An event as listeners get it, whatever the model. */
export class FiredEvent implements AfterEvent<object, EventName> {
  readonly name: EventName;
  readonly instance: object;
  readonly #table: Home;
  readonly #write: InstanceWrite | undefined;
  #scope: unknown;
  #isStopped = false;

  constructor(name: EventName, table: Home, instance: object, write?: InstanceWrite) {
    this.name = name;
    this.instance = instance;
    this.#table = table;
    this.#write = write;
  }

  get model(): ModelClass {
    return this.#table.schema.options.model!;
  }

  get verb(): Verb | undefined {
    return this.#write?.verb;
  }

  get changes(): FieldChanges<object> {
    return this.#write === undefined ? {} : changesOf(this.#write);
  }

  get database(): EventDatabase {
    return (this.#table as BoundTable).database.homeIn!(this.#scope) as EventDatabase;
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
  check(): void {}
}

/** An event before something is done. */
export class CancellableEvent extends FiredEvent {
  #cancelled: CancelledError | undefined;

  cancel(reason?: string): never {
    this.#cancelled = new CancelledError(this.model.name, this.name, reason);
    throw this.#cancelled;
  }

  override check(): void {
    if (this.#cancelled !== undefined) throw this.#cancelled;
  }
}
