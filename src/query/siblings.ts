import type { ConnectedDatabase } from '../database/index.js';
import { answersLater } from '../schema/index.js';

/** Keeps one instance alive: when the last one of a class is collected, V8 drops the code made for their shape. */
let kept: Siblings | undefined;

/** What one statement read: the array that its caller got, for as long as somebody holds on to it. */
export class Siblings {
  /** None where it stands alone: ten thousand new instances would be as many weak references. */
  readonly #instances: WeakRef<readonly object[]> | undefined;
  /** Whether their relations and deferred columns are loaded by name only, and not when they are touched. */
  isStrict: boolean;

  constructor(instances: readonly object[] | undefined, isStrict: boolean) {
    this.#instances = instances && new WeakRef(instances);
    this.isStrict = isStrict;
    kept ??= this;
  }

  /** Those that are still there with this one, itself among them. */
  of(instance: object): readonly object[] {
    const all = this.#instances?.deref();
    return all?.includes(instance) === true ? all : [instance];
  }
}

/** Whether what an instance does not have yet can only be promised: by its class, or by the engine, as far as that is known. */
export const waits = (instance: object, database: ConnectedDatabase | undefined): boolean =>
  (instance.constructor as { readonly [answersLater]?: true })[answersLater] === true ||
  database?.capabilities.sync === false;
