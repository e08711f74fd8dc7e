import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import { Given } from './given.js';
import { Siblings } from './siblings.js';
import { Stored } from './stored.js';

type Fields = Record<string, unknown>;

/** The value of a deferred column, and what is stored, as far as that was read. */
export interface DeferredValue {
  readonly value: unknown;
  readonly stored: SqlValue | undefined;
}

const alone = new Siblings(undefined, false);

/** What an instance has of its deferred columns: kept in private fields, so that the object stays plain. */
export class Deferred extends Given {
  #siblings: Siblings;
  #values: Record<string, DeferredValue> | undefined;

  private constructor(instance: object, siblings: Siblings) {
    super(instance);
    this.#siblings = siblings;
  }

  /** Says that nothing is known yet of an instance that was read with these. */
  static join(instance: object, siblings: Siblings): void {
    if (#siblings in instance) {
      instance.#siblings = siblings;
      instance.#values = undefined;
    } else {
      new Deferred(instance, siblings);
    }
  }

  static siblings(instance: object): Siblings {
    return #siblings in instance ? instance.#siblings : alone;
  }

  static get(instance: object, property: string): DeferredValue | undefined {
    return #siblings in instance ? instance.#values?.[property] : undefined;
  }

  static set(instance: object, property: string, value: DeferredValue): void {
    if (!(#siblings in instance)) Deferred.join(instance, alone);
    ((instance as Deferred).#values ??= {})[property] = value;
  }
}

/** What is known of a deferred column: `undefined` until it is read or assigned. */
export const deferredValue = (instance: object, { property }: ColumnSchema): DeferredValue | undefined =>
  Object.hasOwn(instance, property)
    ? { value: (instance as Fields)[property], stored: undefined }
    : Deferred.get(instance, property);

/** What is stored in a column of an instance's row, as far as that is known: `undefined` for what is deferred and was not read. */
export function knownOf(
  instance: object,
  { position, property, deferred }: ColumnSchema,
  row: Row,
): SqlValue | undefined {
  const stored = row[position] as SqlValue | undefined; // of what is deferred, if it was written
  return stored === undefined && deferred ? Deferred.get(instance, property)?.stored : stored;
}

/** Whether a field has its value at hand: it is not deferred, or was read or assigned, or there is no row to read it from. */
export const isAtHand = (instance: object, column: ColumnSchema): boolean =>
  !column.deferred || deferredValue(instance, column) !== undefined || !Array.isArray(Stored.row(instance));

/** Goes back to knowing nothing of the deferred columns of an instance. */
export function forgetDeferred({ columns }: TableSchema, instance: object): void {
  for (const { property, deferred } of columns) if (deferred) delete (instance as Fields)[property];
  Deferred.join(instance, new Siblings(undefined, Deferred.siblings(instance).isStrict));
}

/** Says of instances that were read together whether touching what is deferred is an error. */
export function keepDeferred(instances: readonly object[], isStrict: boolean): void {
  for (const instance of instances)
    if (Deferred.siblings(instance) !== alone) Deferred.siblings(instance).isStrict = isStrict;
}
