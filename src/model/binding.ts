import { AmbiguousDatabaseError, DefinitionError, describe, NoDatabaseError, QueryError } from '../errors/index.js';
import { AliasRegistry, failed, runAsync, runSync } from '../database/index.js';
import type { BoundTable, Face, ModelHome } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import { mainOnly, type Program, type SchemaNames } from '../sql/index.js';

export type { Face, ModelHome } from '../query/index.js';

/** A program that is about one table. */
export type TableProgram<Result> = (table: BoundTable) => Program<Result>;

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

/** How a binding differs from the usual one of a class. */
interface BindingOptions {
  readonly face: Face;
  readonly home?: ModelHome | undefined;
  readonly extend?: DefineTable | undefined;
}

/** Ties a model to the table in the database where it now stands, and to the face in which it is used. */
export class Binding {
  readonly schema: TableSchema;
  /** Whether results are returned or promised. */
  readonly face: Face;
  /** Declares the table anew for a subclass: what `defineModel` makes can be extended without a decorator. */
  readonly extend: DefineTable | undefined;
  /** The class, or the view of it made by `using`, that this belongs to: a subclass inherits the property, but not the table. */
  readonly holder: object;
  readonly #fixed: ModelHome | undefined;
  #asyncView: object | undefined;
  #table: BoundTable | undefined;
  #epoch = -1;

  constructor(schema: TableSchema, holder: object, { face, home, extend }: BindingOptions) {
    this.schema = schema;
    this.holder = holder;
    this.face = face;
    this.extend = extend;
    this.#fixed = home;
  }

  /** The database or transaction of a view made by `using`. */
  get fixedHome(): ModelHome | undefined {
    return this.#fixed;
  }

  /** The view of the class in the asynchronous face, made once. */
  get asyncView(): object {
    return (this.#asyncView ??= viewOf(this.holder, { face: 'async' }));
  }

  /** In which file the table stands, as far as that is known before a database is open. */
  get schemaNames(): SchemaNames {
    return (this.#fixed ?? listingHomes(this.schema)[0])?.schemaNames ?? mainOnly;
  }

  /** The table, where results are there when a method returns. */
  get table(): BoundTable {
    if (this.#known !== undefined) return this.#known;
    const home = this.#home;
    return this.#remember(runSync(home.connected, home.tableOf(this.schema)));
  }

  /** Runs a program about the table: to its result, or to the promise of one. */
  run<Result>(program: TableProgram<Result>, signal?: AbortSignal): Result | Promise<Result> {
    if (this.face === 'async') return this.runLater(program, signal);
    const { table } = this;
    return runSync(table.database, program(table));
  }

  /** Runs a program in the asynchronous face; whatever fails, fails the promise. It is that of the runner: another one takes time. */
  runLater<Result>(program: TableProgram<Result>, signal?: AbortSignal): Promise<Result> {
    try {
      const table = this.#known;
      if (table !== undefined) return runAsync(table.database, program(table), this.#fixed?.scope, signal);
      const home = this.#home;
      return runAsync(home.connected, this.#runIn(home, program), home.scope, signal);
    } catch (error) {
      return failed(error);
    }
  }

  get #known(): BoundTable | undefined {
    return this.#epoch === epoch ? this.#table : undefined;
  }

  *#runIn<Result>(home: ModelHome, program: TableProgram<Result>): Program<Result> {
    return yield* program(this.#remember(yield* home.tableOf(this.schema)));
  }

  get #home(): ModelHome {
    return this.#fixed ?? homeOf(this.schema);
  }

  /** Only once it is there, for making a table may make other models look anew. */
  #remember(table: BoundTable): BoundTable {
    this.#table = table;
    this.#epoch = epoch;
    return table;
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

/** Where a model class says what its table is, while other classes have a say in that which are not defined yet. */
const lateTable: unique symbol = Symbol('litemodel.lateTable');

/** Has the table of a class put together when the class is first used. */
export function bindLater(model: object, define: () => TableSchema): void {
  Object.defineProperty(model, lateTable, { value: define });
}

/** A model class, with its binding once it is decorated. */
interface Bindable {
  readonly name: string;
  readonly [bindingKey]?: Binding;
  readonly [lateTable]?: () => TableSchema;
}

/** The binding of a model class or of a view of it. */
export function bindingOf(model: object): Binding {
  const binding = (model as Bindable | null | undefined)?.[bindingKey];
  if (binding !== undefined && binding.holder === model) return binding;
  if (typeof model !== 'function' && binding === undefined) {
    throw new QueryError(
      `A model is wanted here, not ${describe(model)}.`,
      'Give its class: User, decorated with @table.',
    );
  }
  const { [lateTable]: define } = model as Bindable;
  if (define !== undefined && Object.hasOwn(model, lateTable)) return bind(model, define());
  if (binding?.extend !== undefined) return bind(model, binding.extend(model), binding.extend);
  const { name } = model as Bindable;
  throw new DefinitionError(
    `${name === '' ? 'This class' : name} has no table${binding === undefined ? '' : ` of its own, though it extends ${binding.schema.modelName}`}.`,
    `Decorate it: @${define === undefined ? 'table' : 'subtype'}("…") class ${name === '' ? '…' : name}.`,
  );
}

export const schemaOf = (model: object): TableSchema => bindingOf(model).schema;

/** Whether `@table` has been applied to this very class. */
export const isBound = (model: object): boolean => Object.hasOwn(model, bindingKey) || Object.hasOwn(model, lateTable);

/** Where a class that models extend says which face it has. */
export const faceKey: unique symbol = Symbol('litemodel.face');

const faceOf = (model: object): Face => (model as { readonly [faceKey]?: Face })[faceKey] ?? 'sync';

export function bind(model: object, schema: TableSchema, extend?: DefineTable): Binding {
  const binding = new Binding(schema, model, { face: faceOf(model), extend });
  Object.defineProperty(model, bindingKey, { value: binding, configurable: true });
  return binding;
}

/** Refuses what is neither a database nor a transaction: no compiler may have looked at it. */
export function checkHome(home: ModelHome): void {
  if (typeof (home as Partial<ModelHome> | null | undefined)?.tableOf === 'function') return;
  throw new QueryError(
    `A database or transaction is wanted here, not ${describe(home)}.`,
    'Give what open(…) returned, or what a transaction gives its callback.',
  );
}

/** A view of a model class: everything that the class has, in another database or face. */
export function viewOf(model: object, { home, face }: { readonly home?: ModelHome; readonly face: Face }): object {
  const binding = bindingOf(model);
  const view = Object.create(model) as object;
  const fixed = home ?? binding.fixedHome;
  Object.defineProperty(view, bindingKey, { value: new Binding(binding.schema, view, { face, home: fixed }) });
  return view;
}
