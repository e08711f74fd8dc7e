import type { ConnectedDatabase } from '../database/index.js';
import type { DecodeError } from '../errors/index.js';
import { answersLater, type TableSchema } from '../schema/index.js';
import type { Program, Row } from '../sql/index.js';

/** The table of one database in which an instance stands: a `BoundTable`, of which this file need not know more. */
export interface Home {
  readonly schema: TableSchema;
  /** Is told of a stored value that does not decode, which then reads as null; without it, that is an error. */
  readonly onUndecodable: OnUndecodable | undefined;
  /** Whether relations of what is read now are loaded by name only: that is asked for, or the results are promised. */
  readonly isStrict?: boolean;
  /** An instance that lives as long as the table: when the last one is collected, V8 drops the code made for their shape. */
  kept: object | undefined;
  /** Where instances come from that were read with no others, or never. */
  readonly origin: Origin;
  /** Where the instances of another model stand that shares this table. */
  relative?(schema: TableSchema): Relative;
}

/** The table of another model that shares one. */
export interface Relative extends Home {
  hydrate(rows: Row[], table: Home): object[];
  readonly hooks: { readonly loaded: ((instances: readonly object[]) => Program<void>) | undefined } | undefined;
}

/** What a lenient database does about a stored value that does not decode. */
export type OnUndecodable = (error: DecodeError) => void;

/** How instances that were read together know of each other. */
type Held = readonly object[] | WeakRef<readonly object[]>;

/** Where instances come from that one statement read: the table, and each other. */
export class Origin {
  readonly table: Home;
  /** Whether their relations and deferred columns are loaded by name only, and not when they are touched. */
  isStrict: boolean;
  readonly #instances: Held | undefined;

  constructor(table: Home, isStrict: boolean, instances?: Held) {
    this.table = table;
    this.isStrict = isStrict;
    this.#instances = instances;
  }

  /** The instances that are still there with this one, itself among them. */
  together(instance: object): readonly object[] {
    const all = this.#instances instanceof WeakRef ? this.#instances.deref() : this.#instances;
    return all?.includes(instance) === true ? all : [instance];
  }

  /** The same in another table. */
  in(table: Home): Origin {
    return this === this.table.origin ? table.origin : new Origin(table, this.isStrict, this.#instances);
  }
}

/** Where instances come from that were read of a table just now, into an array that belongs to whoever asked for them. */
export const originOf = (table: Home, instances: readonly object[]): Origin =>
  new Origin(table, table.isStrict === true, held(instances));

/**
 * How many instances are held weakly until the event loop turns. What a WeakRef is made of stays that long, so that a loop that
 * reads page after page would keep them all: from then on they are held as any object holds another one.
 */
const mostWeak = 10_000;
let weak = 0;

function held(instances: readonly object[]): Held | undefined {
  if (instances.length < 2) return undefined;
  if (weak >= mostWeak) return instances;
  if (weak === 0) startCount();
  weak += instances.length;
  return new WeakRef(instances);
}

function startCount(): void {
  const timer: unknown = setTimeout(() => (weak = 0));
  (timer as { unref?(): void }).unref?.(); // in Node, where it would keep the process
}

/** Whether what an instance does not have yet can only be promised: by its class, or by the engine, as far as that is known. */
export const waits = (instance: object, database: ConnectedDatabase | undefined): boolean =>
  (instance.constructor as { readonly [answersLater]?: true })[answersLater] === true ||
  database?.capabilities.sync === false;
