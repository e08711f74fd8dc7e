import type { DerivedValue } from '../derived/index.js';
import { DefinitionError } from '../errors/index.js';
import type { EventMethods, RelationLoadMethods } from '../events/index.js';
import { columnsOf, type ColumnsOf, type Scope } from '../query/index.js';
import {
  declarationOf,
  defineTable,
  noteIndex,
  noteScope,
  openNotes,
  type Column,
  type IndexOptions,
  type ModelClass,
  type TableOptions,
} from '../schema/index.js';
import { declareFamily, declareSubtype } from '../subtypes/index.js';
import { bind, bindLater, isBound, schemaOf, type Face } from './binding.js';
import type { Of, Statics, InstanceOf } from './face.js';
import { AsyncModel, Model } from './model.js';
import type { Generated } from '../query/index.js';

/** A class decorator that fits every model having the fields it names, in both dialects; methods of events take events. */
export type ModelDecorator<Field extends string> = (
  // where only expressions are named, TypeScript infers `string`, which is not the name of a field
  model: Of<{ readonly [Name in Field as string extends Name ? never : Name]: unknown } & EventMethods> &
    RelationLoadMethods,
  context?: ClassDecoratorContext,
) => void;

/**
 * Makes a class the model of a table.
 *
 *     @table('posts', { indexes: [{ on: ['authorId', 'createdAt'] }] })
 *     class Post extends Model { … }
 *
 * The table is called after the class in snake_case where no name is given. Throws `DefinitionError` for a declaration that
 * SQLite would refuse or take for something else.
 */
export function table<const Field extends string = never>(
  name?: string,
  options: TableOptions<Field> & DiscriminatorOption = {},
): ModelDecorator<Field> {
  return (model, context) => {
    const target = model as Of<object> & { readonly name: string };
    const { discriminator, ...own } = options;
    if (discriminator === undefined) bind(target, defineTable(target, name, own, context?.metadata));
    else bindLater(target, declareFamily(target, name, own, discriminator, context?.metadata));
  };
}

/** What `@table` takes besides for a class whose table several models share. */
export interface DiscriminatorOption {
  /**
   * The column that says which `@subtype` a row is of; `create` writes it. It needs no decorator: to read it, declare the field
   * alone, `readonly kind!: string`.
   */
  readonly discriminator?: string;
}

/**
 * Makes a class a model of the table of the class that it extends: its rows are those that have this name in the discriminator.
 *
 *     @table('vehicles', { discriminator: 'kind' })
 *     abstract class Vehicle extends Model { … }
 *
 *     @subtype('car')
 *     class Car extends Vehicle {
 *       @integer() doors!: number;        // "doors" INTEGER: NULL in the rows of other subtypes
 *     }
 *
 *     Car.filter({ doors: 5 }).all();     // … FROM "vehicles" WHERE "doors" = ? AND "kind" = ?, bound as 5 and 'car'
 *
 * Throws `DefinitionError` where no class that it extends has a discriminator, and once the table is in use.
 */
export function subtype(name: string): (model: Of<object>, context?: ClassDecoratorContext) => void {
  return (model) => bindLater(model, declareSubtype(model as ModelClass, name));
}

/**
 * Adds an index to the table of a model; it stands below `@table`.
 *
 *     @table('users')
 *     @index({ on: sql`lower(email)`, unique: true, name: 'users_email_unique' })
 *     class User extends Model { … }
 */
export function index<const Field extends string = never>(options: IndexOptions<Field>): ModelDecorator<Field> {
  return (model, context) => noteIndex(undecorated(model, 'index'), context, options);
}

/**
 * Puts every query of a model under a scope, and of each model that extends it: for what `@table` takes as `scopes`, but has no
 * table of its own to say it of. It stands below `@table`.
 *
 *     @defaultScope(scope<Archivable>('current', { archivedAt: null }))
 *     abstract class Archivable extends Model {
 *       @datetime({ nullable: true }) archivedAt!: Date | null;
 *     }
 */
export function defaultScope<Instance>(
  scope: Scope<Instance>,
): (model: Of<Instance>, context?: ClassDecoratorContext) => void {
  return (model, context) => noteScope(undecorated(model, 'defaultScope'), context, scope);
}

/** A class to which `@table` has not been applied yet: what is noted later comes too late. */
function undecorated(model: object, decorator: string): ModelClass {
  const target = model as ModelClass;
  if (!isBound(target)) return target;
  throw new DefinitionError(
    `@${decorator} stands above @table of ${target.name}, which does not see it.`,
    'Put it below.',
  );
}

/**
 * The columns of a model, as values in SQL; under an alias, where its table stands in a statement twice.
 *
 *     const users = columns(User);
 *     User.filter({ updatedAt: gt(users.createdAt) });             // … WHERE "updated_at" > "created_at"
 *     db.all(sql`SELECT ${users.name} FROM ${users}`);             // SELECT "users"."name" FROM "users"
 */
export const columns = <Instance>(model: Of<Instance>, alias?: string): ColumnsOf<Instance> =>
  columnsOf<Instance>(schemaOf(model), alias);

/** The columns that `defineModel` takes: by field, in the order of the table. */
export type ColumnRecord = Readonly<Record<string, object>>;

/** The instance that columns describe. */
export type Described<Columns extends ColumnRecord> = {
  -readonly [Field in keyof Columns]: Columns[Field] extends Column<infer Value, infer Defaulted>
    ? null extends Value
      ? Value // which `create` leaves out as it is, and which the mark of Generated would take the null from
      : Defaulted extends true
        ? Generated<Value>
        : Value
    : Columns[Field] extends (target: unknown, context: object) => (value: infer Value) => unknown
      ? Value
      : Columns[Field] extends DerivedValue<infer Value>
        ? unknown extends Value
          ? unknown
          : Generated<Value>
        : unknown;
};

/** A model class without decorators, to use as it is or to extend. */
export interface DefinedModel<Instance, F extends Face = 'sync'> extends Statics<F> {
  new (): Instance;
  readonly prototype: Instance;
}

/**
 * A model without decorators: the same columns, as values.
 *
 *     const User = defineModel('users', { id: id(), name: text(), age: integer({ default: 0 }) });
 *     User.create({ name: 'Ann' });
 *
 *     class Person extends defineModel('people', { id: id(), name: text() }) {
 *       greet() { return `Hello, ${this.name}`; }
 *     }
 */
export function defineModel<const Columns extends ColumnRecord>(
  name: string,
  columns: Columns,
  options: DefinedTableOptions<keyof Columns & string> = {},
): DefinedModel<Described<Columns> & InstanceOf<'sync'>> {
  return define(Model, name, columns, options) as DefinedModel<Described<Columns> & InstanceOf<'sync'>>;
}

/** `defineModel` of `litemodel/async`: a model whose methods return promises. */
export function defineAsyncModel<const Columns extends ColumnRecord>(
  name: string,
  columns: Columns,
  options: DefinedTableOptions<keyof Columns & string> = {},
): DefinedModel<Described<Columns> & InstanceOf<'async'>, 'async'> {
  return define(AsyncModel, name, columns, options) as DefinedModel<Described<Columns> & InstanceOf<'async'>, 'async'>;
}

/** What `defineModel` takes besides the columns: the class's name is the table's unless said. */
export type DefinedTableOptions<Field extends string> = TableOptions<Field> & { readonly modelName?: string };

const hintOfDefinition = "Write defineModel('users', { id: id(), name: text() }).";

function define(
  Base: new () => object,
  name: string,
  columns: ColumnRecord,
  { modelName = name, ...tableOptions }: DefinedTableOptions<string>,
): unknown {
  if (typeof name !== 'string' || typeof columns !== 'object' || (columns as unknown) === null) {
    throw new DefinitionError('A model is defined by the name of its table and its columns.', hintOfDefinition);
  }
  const model = { [modelName]: class extends Base {} }[modelName]!;
  const { columns: declared } = openNotes(model.prototype);
  for (const [sequence, [field, column]] of Object.entries(columns).entries()) {
    declared.set(field, { ...declarationOf(column), sequence }); // in the order of the record, wherever a column was made
  }
  const declare = (target: object) =>
    defineTable(target as Of<object> & { readonly name: string }, name, tableOptions, undefined);
  bind(model, declare(model), declare);
  return model;
}
