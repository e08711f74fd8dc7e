import { DefinitionError } from '../errors/index.js';
import { checkOptions } from './check-options.js';
import { Sql } from '../sql/index.js';
import type { ColumnDeclaration, ColumnDefault, ColumnDefinition, EmbeddedDeclaration } from './column-schema.js';
import type { ColumnType } from './column-type.js';
import { decoratedField, type DecoratedField } from './decorated-field.js';
import { openNotes } from './notes.js';

/** The options that every column takes. */
export interface ColumnOptions<Value> {
  /** The column's name, where it is not the field's in snake_case. */
  readonly name?: string;
  /** Whether it may be NULL; the field's type is then `… | null`. */
  readonly nullable?: boolean;
  /** The value of rows that give none: a value, a function called at each insert, or SQL that SQLite evaluates. */
  readonly default?: Value | (() => Value) | Sql;
  /** Whether it is the primary key. Several together are named in `@table`. */
  readonly primaryKey?: boolean;
  /** Whether no two rows may have the same value; NULLs are all different. */
  readonly unique?: boolean;
  /** Whether SQLite keeps an index of it. */
  readonly index?: boolean;
  /** A condition that SQLite checks at each write, with the column's name in it. */
  readonly check?: Sql;
  /** How texts compare: `NOCASE` (ASCII letters only), `RTRIM`, or one of your own. https://sqlite.org/datatype3.html#collation */
  readonly collate?: string;
  /** Computed by SQLite from other columns of the row. https://sqlite.org/gencol.html */
  readonly generated?: Sql;
  /** Whether a generated column takes room in the row, and is computed at writing rather than at reading. */
  readonly stored?: boolean;
  /** Whether it is read only when it is touched, or by `load`: for what is large and seldom looked at. */
  readonly deferred?: boolean;
  /** Whether `toJSON` and `inspect` leave it out. */
  readonly hidden?: boolean;
  /** Whether we never write it: a default or a trigger of the database does. */
  readonly readOnly?: boolean;
  /** Whether it keeps the value of its insert. */
  readonly writeOnce?: boolean;
}

/** What a standard decorator of a column says of its field: that it holds exactly a `Value`. Compared by the compiler. */
export interface ColumnHolds<Value> {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- `this` is the user's class, and no other type admits each
  (this: any, value: Value): Value;
  /** What a decorated accessor begins with. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  init?: (this: any, value: Value) => Value;
}

declare const columnValue: unique symbol;
declare const columnDefaulted: unique symbol;

/** A column's description: a decorator of the field that holds it, and a value for `defineModel`. */
export interface Column<Value, Defaulted extends boolean = false> {
  (target: unknown, context: object): ColumnHolds<Value>;
  <Key extends string | symbol>(target: { [Property in Key]: Value }, key: Key, descriptor?: unknown): void;
  readonly [columnValue]?: Value;
  readonly [columnDefaulted]?: Defaulted;
}

/** A column that may be NULL. */
export interface NullableColumn<Value> {
  (target: unknown, context: object): ColumnHolds<Value | null>;
  <Key extends string | symbol, Target extends { [Property in Key]: Value | null }>(
    target: Target,
    key: null extends Target[Key] ? Key : 'the type of a nullable column must allow null',
    descriptor?: unknown,
  ): void;
  readonly [columnValue]?: Value | null;
  readonly [columnDefaulted]?: true;
}

const declarations = new WeakMap<object, ColumnDeclaration>();
let written = 0;

/** The declaration behind a column value. */
export function declarationOf(column: object): ColumnDeclaration {
  const declaration = declarations.get(column);
  if (declaration === undefined)
    throw new DefinitionError('This is not a column.', 'Use text(), integer() and the like.');
  return declaration;
}

/**
 * A column of a type. Without a type it is inferred from what TypeScript emitted for the field, by `infer`.
 *
 * One function is both dialects' decorator: a standard one is called with a context object, a legacy one with a key.
 */
export function declareColumn<Value>(
  type: ColumnType<Value> | undefined,
  definition: Omit<ColumnDefinition, 'type'>,
  infer: (designType: unknown) => ColumnType<unknown> | undefined = () => undefined,
): never {
  const sequence = written++;
  const decorate = (target: unknown, at: object | string | symbol, descriptor?: PropertyDescriptor): void => {
    const field = decoratedField(target, at, descriptor);
    const known = (type as ColumnType<unknown> | undefined) ?? infer(field.designType);
    const notes = openNotes(field.holder);
    if (known === undefined) {
      notes.untyped.push(field.name); // refused by `defineTable`, which knows the class
      return;
    }
    checkDesignType(field, known);
    const { ranEarly } = field;
    notes.columns.set(field.name, { definition: { ...definition, type: known }, sequence, ranEarly });
  };
  if (type !== undefined) {
    declarations.set(decorate, { definition: { ...definition, type }, sequence, ranEarly: false });
  }
  return decorate as never; // callers give it its type: no signature written here could be both dialects' and typed
}

const checkedDesignTypes: readonly unknown[] = [String, Number, Boolean, BigInt, Date];

/** TypeScript emits Object for unions, generics and interfaces: only what it says plainly can contradict. */
function checkDesignType(field: DecoratedField, type: ColumnType<unknown>): void {
  const { designType } = field;
  if (!checkedDesignTypes.includes(designType) || type.designTypes === undefined) return;
  if (type.designTypes.includes(designType)) return;
  throw new DefinitionError(
    `${field.holder.constructor.name}.${field.name} is declared as ${(designType as { name: string }).name} but its column is ${type.name}.`,
    `A ${type.name} column holds ${type.expected}.`,
  );
}

/** A field that holds an object of which each field is a column. */
export function declareEmbedded(embedded: EmbeddedDeclaration): never {
  const sequence = written++;
  const decorate = (target: unknown, at: object | string | symbol, descriptor?: PropertyDescriptor): void => {
    const { name, holder, ranEarly } = decoratedField(target, at, descriptor);
    openNotes(holder).columns.set(name, { embedded, sequence, ranEarly });
  };
  return decorate as never; // as above
}

/** For a field such as `User.name` under a bare `@column()`. */
export function unknownType(field: string): DefinitionError {
  return new DefinitionError(
    `The type of ${field} cannot be inferred.`,
    'Say it, as in @text() or @integer(). A bare @column() needs experimentalDecorators, emitDecoratorMetadata and ' +
      'import "reflect-metadata", and a type that TypeScript emits: string, number, boolean, bigint, Date or Uint8Array.',
  );
}

const optionNames: Record<keyof ColumnOptions<unknown>, true> = {
  name: true,
  nullable: true,
  default: true,
  primaryKey: true,
  unique: true,
  index: true,
  check: true,
  collate: true,
  generated: true,
  stored: true,
  deferred: true,
  hidden: true,
  readOnly: true,
  writeOnce: true,
};

/** Checks the options of a column, and puts them into the form that the schema keeps. */
export function columnDefinition<Value>(
  type: string,
  options: ColumnOptions<Value>,
  more: Partial<ColumnDefinition> = {},
): Omit<ColumnDefinition, 'type'> {
  checkOptions(type, options, optionNames);
  if (options.generated !== undefined && (options.default !== undefined || options.primaryKey === true)) {
    throw new DefinitionError(`A generated column has no default and is no primary key.`);
  }
  checkDeferred(options);
  return {
    name: options.name,
    nullable: options.nullable ?? false,
    primaryKey: options.primaryKey ?? false,
    autoincrement: false,
    default: columnDefault(options.default),
    onUpdate: undefined,
    countsUpdates: false,
    unique: options.unique ?? false,
    indexed: options.index ?? false,
    check: options.check?.fragment,
    collation: options.collate,
    generated: options.generated && { expression: options.generated.fragment, stored: options.stored ?? false },
    deferred: options.deferred ?? false,
    hidden: options.hidden ?? false,
    readOnly: options.generated || options.readOnly ? 'always' : options.writeOnce ? 'stored' : 'never',
    ...more,
  };
}

/** What SQLite fills in is asked back at once, and what tells rows apart is always known. */
function checkDeferred(options: ColumnOptions<unknown>): void {
  if (options.deferred !== true) return;
  if (options.primaryKey !== true && options.generated === undefined && !(options.default instanceof Sql)) return;
  throw new DefinitionError(
    'A deferred column is no primary key, is not generated, and has no default that SQLite makes.',
  );
}

function columnDefault<Value>(given: Value | (() => Value) | Sql | undefined): ColumnDefault | undefined {
  if (given === undefined) return undefined;
  if (given instanceof Sql) return { kind: 'sql', expression: given.fragment };
  if (typeof given === 'function') return { kind: 'factory', make: given as () => unknown, sql: undefined };
  return { kind: 'value', value: given };
}
