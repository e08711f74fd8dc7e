import { DefinitionError } from '../errors/index.js';
import {
  declareEmbedded,
  declaredClass,
  isPlainObject,
  type Column,
  type ColumnDeclaration,
  type EmbeddedDeclaration,
  type ModelClass,
  type NullableColumn,
} from '../schema/index.js';
import { EmbeddedObject } from './embedded-object.js';

/** The options of `embedded`. */
export interface EmbeddedOptions {
  /** Whether there may be none: all columns are then nullable, and it is null where all of them are NULL. */
  readonly nullable?: boolean;
  /** What the names of its columns begin with: `address_` for a field `address`, unless said. */
  readonly prefix?: string;
}

/** The class of embedded objects, as a function: called when the class that has the field is decorated. */
export type EmbeddedThunk<Value> = () => new () => Value;

/**
 * An object whose fields are columns of the table. Its class has decorated fields, and neither a table nor `Model` above it.
 *
 *     class Address {
 *       @text() city!: string;
 *       @text({ nullable: true }) zip!: string | null;
 *     }
 *
 *     @embedded(() => Address) address!: Address;        // "address_city" TEXT NOT NULL, "address_zip" TEXT
 *
 * `save` writes the columns that changed, `filter({ address: { city: 'Porto' } })` and `orderBy('address.city')` name them.
 */
export function embedded<Value extends object>(
  model: EmbeddedThunk<Value>,
  options: EmbeddedOptions & { readonly nullable: true },
): NullableColumn<Value>;
export function embedded<Value extends object>(model: EmbeddedThunk<Value>, options?: EmbeddedOptions): Column<Value>;
export function embedded(model: EmbeddedThunk<object>, options: EmbeddedOptions = {}): never {
  checkOptions(options);
  return declareEmbedded(new Embedded(model, options));
}

/** Refuses what callers without types may give. */
function checkOptions(options: EmbeddedOptions): void {
  if (!isPlainObject(options)) throw new DefinitionError('The options of @embedded are an object: { nullable: true }.');
  const { nullable, prefix } = options;
  if (nullable !== undefined && typeof nullable !== 'boolean') {
    throw new DefinitionError('The option "nullable" of @embedded is true or false.');
  }
  if (prefix !== undefined && typeof prefix !== 'string') {
    throw new DefinitionError('The option "prefix" of @embedded is what the names of its columns begin with: "home_".');
  }
}

class Embedded implements EmbeddedDeclaration {
  readonly #thunk: EmbeddedThunk<object>;
  readonly #options: EmbeddedOptions;
  readonly #columns = new Map<string, ReadonlyMap<string, ColumnDeclaration>>();

  constructor(thunk: EmbeddedThunk<object>, options: EmbeddedOptions) {
    this.#thunk = thunk;
    this.#options = options;
  }

  columns(field: string): ReadonlyMap<string, ColumnDeclaration> {
    let columns = this.#columns.get(field);
    if (columns === undefined) this.#columns.set(field, (columns = this.#columnsOf(field)));
    return columns;
  }

  define(prototype: object, field: string): EmbeddedObject {
    const model = this.#modelOf(field);
    const { columns } = declaredClass(model, undefined);
    const object = new EmbeddedObject(field, model, columns, this.#options.nullable ?? false);
    object.install(prototype);
    return object;
  }

  #columnsOf(field: string): ReadonlyMap<string, ColumnDeclaration> {
    const model = this.#modelOf(field) as unknown as ModelClass;
    const { columns, relations, embedded, getters, hooks } = declaredClass(model, undefined);
    if (columns.size === 0 || relations.size > 0 || embedded.size > 0 || getters.length > 0 || hooks.size > 0) {
      throw new DefinitionError(
        `${model.name} is embedded, and needs columns, and nothing but columns.`,
        'Relations, rules, listeners and computed getters are declared on the model itself.',
      );
    }
    return new Map(
      [...columns].map(([part, column]) => [`${field}.${part}`, this.#partOf(model, field, part, column)]),
    );
  }

  #partOf(
    model: ModelClass,
    field: string,
    part: string,
    { definition, ...rest }: ColumnDeclaration,
  ): ColumnDeclaration {
    const { primaryKey, generated, computed, deferred, check } = definition;
    if (primaryKey || generated || computed || deferred || check) {
      throw new DefinitionError(
        `${model.name}.${part} is embedded, and so cannot be a primary key, computed, deferred or have a check.`,
        'Declare it on the model itself; checks are given to @table, with the whole name of the column.',
      );
    }
    const { prefix, nullable = false } = this.#options;
    const own = nullable ? { ...definition, nullable, default: undefined } : definition;
    return { ...rest, definition: { ...own, embedded: { field, part, prefix } } };
  }

  #modelOf(field: string): new () => object {
    if (typeof this.#thunk !== 'function') {
      throw new DefinitionError(
        `@embedded on "${field}" takes a function that returns a class: @embedded(() => Address).`,
      );
    }
    const model = this.#thunk() as (new () => object) | undefined;
    if (typeof model === 'function') return model;
    throw new DefinitionError(
      `The class that is embedded in "${field}" is not defined yet.`,
      'Define it above, in a file that does not import this one.',
    );
  }
}
