import { DefinitionError } from '../errors/index.js';
import {
  declarationOf,
  declareColumn,
  type Column,
  type ColumnDefinition,
  type ColumnHolds,
  type ColumnType,
  type NullableColumn,
} from '../schema/index.js';
import { Aggregate } from './aggregate.js';
import { derivationOf } from './derivation.js';
import { FieldFunction } from './from-fields.js';

declare const derivedValue: unique symbol;

/** What stands on a class that has the relation, and whose relation leads to rows with the fields. */
interface OwnerContext<Owner> {
  // a method, so that TypeScript asks of the class no more than the fields that are named
  readonly access: { has(owner: Owner): boolean };
}

/** Something that says what a derived column holds. */
export interface DerivedValue<Value> {
  /** Only for the compiler. */
  readonly [derivedValue]?: Value;
}

/** A column that is derived from related rows, as a decorator and as a value for `defineModel`. */
export interface DerivedColumn<Value, Owner> extends DerivedValue<Value> {
  (target: unknown, context: OwnerContext<Owner>): ColumnHolds<Value>;
  <Property extends string | symbol>(
    target: { readonly [Name in Property]: Value } & Owner,
    property: Property,
    descriptor?: unknown,
  ): void;
}

/** The same for a column that may be NULL. */
export interface NullableDerivedColumn<Value, Owner> extends DerivedValue<Value | null> {
  (target: unknown, context: OwnerContext<Owner>): ColumnHolds<Value | null>;
  <Property extends string | symbol, Target extends { readonly [Name in Property]: Value | null } & Owner>(
    target: Target,
    property: null extends Target[Property] ? Property : 'the type of a nullable column must allow null',
    descriptor?: unknown,
  ): void;
}

/**
 * A column that SQLite keeps equal to what is made of related rows: their number, or the sum, least, greatest or mean of a field.
 * Triggers do it, so that every write counts, in whatever way it is done, and in the same transaction.
 *
 *     @hasMany(() => Line, 'orderId') lines!: Line[];
 *     @derived(sumOf('lines', sql`price * quantity`), integer({ index: true })) readonly total!: number;
 *     @derived(maxOf('lines', 'price'), integer({ nullable: true })) readonly dearest!: number | null;
 *
 * The second parameter is the column. Least, greatest and mean of no rows are null, so that it has to be nullable for those.
 * Writing it throws `ReadOnlyFieldError`. An instance has the value of its last read or save; `reload` reads it anew.
 */
export function derived<Value extends NonNullable<unknown>, Owner>(
  aggregate: Aggregate<Owner, 0>,
  column: Column<Value, boolean>,
): DerivedColumn<Value, Owner>;
export function derived<Value, Owner>(
  aggregate: Aggregate<Owner, null>,
  column: NullableColumn<Value>,
): NullableDerivedColumn<Value, Owner>;
/** A column that a function makes of fields of the same row, before each write of the instance. */
export function derived<Value extends NonNullable<unknown>, Owner>(
  made: FieldFunction<Owner, NoInfer<Value>>,
  column: Column<Value, boolean>,
): DerivedColumn<Value, Owner>;
export function derived<Value, Owner>(
  made: FieldFunction<Owner, NoInfer<Value> | null>,
  column: NullableColumn<Value>,
): NullableDerivedColumn<Value, Owner>;
export function derived(aggregate: Aggregate<never, 0 | null> | FieldFunction<never, unknown>, column: object): never {
  if (aggregate instanceof FieldFunction) return declareFollowing(aggregate, column);
  if (!(aggregate instanceof Aggregate)) {
    throw new DefinitionError(
      '@derived takes what a column is derived from.',
      "Write @derived(countOf('posts'), integer()).",
    );
  }
  const { definition } = declarationOf(column);
  checkColumn(definition);
  checkNullable(definition, aggregate);
  const { type } = definition;
  return declareColumn(type, {
    ...definition,
    default: aggregate.isNullable ? undefined : { kind: 'value', value: zeroOf(type, aggregate) },
    readOnly: 'always',
    derived: derivationOf(aggregate),
  });
}

function declareFollowing({ fields, make }: FieldFunction<never, unknown>, column: object): never {
  const { definition } = declarationOf(column);
  checkColumn(definition);
  return declareColumn(definition.type, {
    ...definition,
    follows: { fields, make: make },
  });
}

/** Refuses what would write the column otherwise. */
function checkColumn(definition: ColumnDefinition): void {
  const { default: given, generated, computed, primaryKey, deferred, countsUpdates, onUpdate } = definition;
  if (given ?? generated ?? computed ?? onUpdate ?? (primaryKey || deferred || countsUpdates || undefined)) {
    throw new DefinitionError(
      'A derived column has no default, is not generated, computed or deferred, and is no key, version or timestamp.',
    );
  }
}

/** The value of the column where there are no rows. */
function zeroOf(type: ColumnType<unknown>, { name }: Aggregate<never, 0 | null>): unknown {
  try {
    return type.decode(type.bigints === true ? 0n : 0);
  } catch {
    throw new DefinitionError(
      `The ${name} of no rows is 0, which no ${type.name} column holds.`,
      'Use one of numbers, such as integer().',
    );
  }
}

/** Refuses a null where it cannot be, and a column that may be null where it never is. */
function checkNullable({ nullable }: ColumnDefinition, { name, isNullable }: Aggregate<never, 0 | null>): void {
  if (nullable === isNullable) return;
  throw new DefinitionError(
    `The ${name} of no rows is ${isNullable ? 'null' : '0'}, so that its column is ${isNullable ? '' : 'not '}nullable.`,
    isNullable ? 'Give the column { nullable: true }.' : 'Leave { nullable: true } out.',
  );
}
