import type { Reference } from '../query/index.js';
import type { ColumnSchema, ForeignKeySchema, TableSchema } from '../schema/index.js';
import type { Link } from './link.js';

/** The value of a column, as an instance has it or its row. */
export type ValueOf = (instance: object, column: ColumnSchema) => unknown;

const keyOf = (values: readonly unknown[]): string | undefined =>
  values.includes(undefined) || values.includes(null)
    ? undefined
    : values.map((value) => (value instanceof Uint8Array ? `x${value.join()}` : String(value))).join('\0');

/** A foreign key as a reference without a field: its values are there. */
const referenceOf = (schema: TableSchema, { columns, targetColumns, deferrable }: ForeignKeySchema): Reference => ({
  name: schema.field(columns[0]!),
  columns,
  target: targetColumns,
  isDeferrable: deferrable,
  leads: () => true,
  lead: () => undefined,
});

/** Finds among instances those that others refer to by the values of foreign keys. */
export class LinksByKey {
  readonly #instances: ReadonlyMap<object, TableSchema>;
  readonly #valueOf: ValueOf;
  readonly #references = new Map<TableSchema, readonly Reference[]>();
  readonly #targets = new Map<Reference, TableSchema['reference']['owner']>();
  readonly #byKey = new Map<TableSchema['reference']['owner'], ReadonlyMap<string, object>>();

  constructor(instances: ReadonlyMap<object, TableSchema>, valueOf: ValueOf) {
    this.#instances = instances;
    this.#valueOf = valueOf;
  }

  /** The instances that one refers to. */
  of(from: object, schema: TableSchema): Link[] {
    const links: Link[] = [];
    for (const reference of this.#referencesOf(schema)) {
      const key = keyOf(reference.columns.map((column) => this.#valueOf(from, column)));
      const to = key === undefined ? undefined : this.#keysOf(reference).get(key);
      if (to !== undefined) links.push({ from, to, reference });
    }
    return links;
  }

  #referencesOf(schema: TableSchema): readonly Reference[] {
    let references = this.#references.get(schema);
    if (references === undefined) {
      references = schema.foreignKeys.map((key) => {
        const reference = referenceOf(schema, key);
        this.#targets.set(reference, key.target.reference.owner);
        return reference;
      });
      this.#references.set(schema, references);
    }
    return references;
  }

  #keysOf(reference: Reference): ReadonlyMap<string, object> {
    const owner = this.#targets.get(reference);
    let found = this.#byKey.get(owner);
    if (found === undefined) {
      const keys = new Map<string, object>();
      for (const [instance, schema] of this.#instances) {
        if (schema.reference.owner !== owner) continue;
        const key = keyOf(schema.primaryKey.map((column) => this.#valueOf(instance, column)));
        if (key !== undefined) keys.set(key, instance);
      }
      this.#byKey.set(owner, (found = keys));
    }
    return found;
  }
}
