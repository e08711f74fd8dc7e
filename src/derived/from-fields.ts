import { DefinitionError } from '../errors/index.js';

declare const about: unique symbol;

/** A function of fields of an instance, by which a column follows from them. */
export class FieldFunction<Owner, Value> {
  /** @internal */
  readonly fields: readonly string[];
  /** @internal */
  readonly make: (fields: never) => Value;
  /** Only for the compiler: the fields that a class has to have. */
  declare readonly [about]: (owner: Owner) => void;

  /** @internal */
  constructor(fields: readonly string[], make: (fields: never) => Value) {
    if (!Array.isArray(fields) || fields.length === 0 || typeof make !== 'function') {
      throw new DefinitionError(
        'fromFields takes the names of fields, and a function of them.',
        "Write fromFields(['title'], ({ title }: { title: string }) => title.toLowerCase()).",
      );
    }
    this.fields = fields;
    this.make = make;
  }
}

/**
 * What a function makes of fields of the same row. It is called when an instance is inserted, and when one of the fields has
 * changed before an update.
 *
 *     @derived(fromFields(['title'], ({ title }: { title: string }) => slugify(title)), text({ index: true }))
 *     readonly slug!: string;
 *
 * The function is synchronous and looks at nothing but these fields. Where SQL can say it, a generated column is better: SQLite
 * computes that whoever writes. https://sqlite.org/gencol.html
 */
export const fromFields = <Owner, Value>(
  fields: readonly (keyof NoInfer<Owner> & string)[],
  make: (fields: Owner) => Value,
): FieldFunction<Owner, Value> => new FieldFunction(fields, make);
