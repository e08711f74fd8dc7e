import { Stored } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Link } from './link.js';

type Fields = Record<string, unknown>;

/** What stands for a field that the object did not have at all. */
const missing = Symbol('missing');

const valuesOf = (instance: object, { columns }: TableSchema): unknown[] =>
  columns.map(({ property }) => (property in instance ? (instance as Fields)[property] : missing));

/** The fields of instances before they were written, to be put back should the writes be undone. */
export class Snapshot {
  readonly #before = new Map<object, { readonly schema: TableSchema; readonly values: readonly unknown[] }>();
  #after: Map<object, readonly unknown[]> | undefined;

  take(instance: object, schema: TableSchema): void {
    this.#before.set(instance, { schema, values: valuesOf(instance, schema) });
  }

  /** Says that the writes are done: what a field is given from now on, it is given by the user. */
  close(): void {
    this.#after = new Map([...this.#before].map(([instance, { schema }]) => [instance, valuesOf(instance, schema)]));
  }

  /** Puts back what the writes changed, and lets instances lead again to what still has no key. */
  restore(links: Iterable<Link>): void {
    for (const [instance, { schema, values }] of this.#before) {
      const after = this.#after?.get(instance);
      const now = after === undefined ? undefined : valuesOf(instance, schema);
      Stored.row(instance); // finds out first that its transaction was undone
      schema.columns.forEach(({ property }, at) => {
        const isLater = after !== undefined && !Object.is(now![at], after[at]);
        const value = isLater ? now![at] : values[at];
        if (value === missing) delete (instance as Fields)[property];
        else if (!Object.is((instance as Fields)[property], value)) (instance as Fields)[property] = value;
      });
    }
    for (const { from, to, reference } of links) reference.lead(from, to, true);
  }
}
