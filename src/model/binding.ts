import { AmbiguousDatabaseError, DefinitionError, NoDatabaseError } from '../errors/index.js';
import { AliasRegistry } from '../database/index.js';
import type { BoundTable } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import { mainOnly, type SchemaNames } from '../sql/index.js';

/** A database as far as models have to know it to find theirs. */
export interface ModelHome {
  readonly alias: string;
  /** Whether the model is in its `models` list, or in that of a file attached to it. @internal */
  lists(schema: TableSchema): boolean;
  /** In which attached file tables stand. @internal */
  readonly schemaNames: SchemaNames;
  /** The table, created or verified first if this is its first use. @internal */
  tableOf(schema: TableSchema): BoundTable;
}

/** Where a model class keeps its table schema and what it is bound to. */
export const bindingKey: unique symbol = Symbol('litemodel.binding');

/** The databases that are open. */
export const aliases = new AliasRegistry<ModelHome>();
const openHomes = new Set<ModelHome>();

/** Grows whenever a model may stand elsewhere than before. */
let epoch = 0;

/** Makes every model look anew for its database. */
export function rebindModels(): void {
  epoch++;
}

export function addHome(home: ModelHome): void {
  openHomes.add(home);
  rebindModels();
}

export function removeHome(home: ModelHome): void {
  openHomes.delete(home);
  aliases.remove(home.alias, home);
  rebindModels();
}

/** What declares the table of a class. */
export type DefineTable = (model: object) => TableSchema;

/** Ties a model to the table in the database where it now stands. */
export class Binding {
  readonly schema: TableSchema;
  /** Declares the table anew for a subclass: what `defineModel` makes can be extended without a decorator. */
  readonly extend: DefineTable | undefined;
  /** The class, or the view of it made by `using`, that this belongs to: a subclass inherits the property, but not the table. */
  readonly holder: object;
  readonly #fixed: ModelHome | undefined;
  #table: BoundTable | undefined;
  #epoch = -1;

  constructor(schema: TableSchema, holder: object, home?: ModelHome, extend?: DefineTable) {
    this.schema = schema;
    this.holder = holder;
    this.extend = extend;
    this.#fixed = home;
  }

  /** Whether it belongs to a view, whose instances are of that database from the start. */
  get isFixed(): boolean {
    return this.#fixed !== undefined;
  }

  /** In which file the table stands, as far as that is known before a database is open. */
  get schemaNames(): SchemaNames {
    return (this.#fixed ?? listingHomes(this.schema)[0])?.schemaNames ?? mainOnly;
  }

  get table(): BoundTable {
    if (this.#epoch !== epoch || this.#table === undefined) {
      const home = this.#fixed ?? homeOf(this.schema);
      this.#table = home.tableOf(this.schema);
      this.#epoch = epoch; // after tableOf, which may make other models look anew
    }
    return this.#table;
  }
}

const listingHomes = (schema: TableSchema): ModelHome[] => [...openHomes].filter((home) => home.lists(schema));

/** The open database that lists the model; of several, or of none, the one with the model's alias. */
function homeOf(schema: TableSchema): ModelHome {
  const alias = schema.options.database ?? 'default';
  const listing = listingHomes(schema);
  if (listing.length === 1) return listing[0]!;
  const named = listing.length === 0 ? aliases.get(alias) : listing.find((home) => home.alias === alias);
  if (named !== undefined) return named;
  if (listing.length === 0) throw new NoDatabaseError(schema.modelName, alias);
  throw new AmbiguousDatabaseError(
    schema.modelName,
    listing.map((home) => home.alias),
  );
}

/** A model class, with its binding once it is decorated. */
interface Bindable {
  readonly name: string;
  readonly [bindingKey]?: Binding;
}

/** The binding of a model class or of a view of it. */
export function bindingOf(model: object): Binding {
  const binding = (model as Bindable)[bindingKey];
  if (binding !== undefined && binding.holder === model) return binding;
  if (binding?.extend !== undefined) return bind(model, binding.extend(model), binding.extend);
  const { name } = model as Bindable;
  throw new DefinitionError(
    `${name} has no table${binding === undefined ? '' : ` of its own, though it extends ${binding.schema.modelName}`}.`,
    `Decorate it: @table("…") class ${name}.`,
  );
}

export const schemaOf = (model: object): TableSchema => bindingOf(model).schema;

/** Whether `@table` has been applied to this very class. */
export const isBound = (model: object): boolean => Object.hasOwn(model, bindingKey);

export function bind(model: object, schema: TableSchema, extend?: DefineTable): Binding {
  const binding = new Binding(schema, model, undefined, extend);
  Object.defineProperty(model, bindingKey, { value: binding, configurable: true });
  return binding;
}

/** A view of a model class on one database: everything that the class has, with another table behind it. */
export function viewOf(model: object, home: ModelHome): object {
  const { schema } = bindingOf(model);
  const view = Object.create(model) as object;
  Object.defineProperty(view, bindingKey, { value: new Binding(schema, view, home) });
  return view;
}
