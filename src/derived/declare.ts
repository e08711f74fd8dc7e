import { DefinitionError } from '../errors/index.js';
import {
  declarationOf,
  declareColumn,
  type Column,
  type ColumnDefinition,
  type ColumnHolds,
  type NullableColumn,
} from '../schema/index.js';
import { Aggregate } from './aggregate.js';
import { derivationOf } from './derivation.js';

declare const derivedValue: unique symbol;

/** What stands on a class that has the relation, and whose relation leads to rows with the fields. */
interface OwnerContext<Owner> {
  // a method, so that TypeScript asks of the class no more than the fields that are named
  readonly access: { has(owner: Owner): boolean };
}

/** A column that SQLite derives from related rows, as a decorator and as a value for `defineModel`. */
export interface DerivedColumn<Value, Owner> {
  (target: unknown, context: OwnerContext<Owner>): ColumnHolds<Value>;
  <Property extends string | symbol>(
    target: { readonly [Name in Property]: Value } & Owner,
    property: Property,
    descriptor?: unknown,
  ): void;
  /** Only for the compiler: what the field holds. */
  readonly [derivedValue]?: Value;
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
export function derived<Value, Owner>(
  aggregate: Aggregate<Owner, 0>,
  column: Column<Value, boolean>,
): DerivedColumn<Value, Owner>;
export function derived<Value, Owner>(
  aggregate: Aggregate<Owner, null>,
  column: NullableColumn<Value>,
): DerivedColumn<Value | null, Owner>;
export function derived(aggregate: Aggregate<never, 0 | null>, column: object): never {
  if (!(aggregate instanceof Aggregate)) {
    throw new DefinitionError(
      '@derived takes what a column is derived from.',
      "Write @derived(countOf('posts'), integer()).",
    );
  }
  const { definition } = declarationOf(column);
  checkColumn(definition, aggregate);
  const { type } = definition;
  const zero = {
    kind: 'value',
    value: aggregate.isNullable ? null : type.decode(type.bigints === true ? 0n : 0),
  } as const;
  return declareColumn(type, {
    ...definition,
    default: aggregate.isNullable ? undefined : zero,
    readOnly: 'always',
    derived: derivationOf(aggregate),
  });
}

/** Refuses what would write the column otherwise, and a null where it cannot be. */
function checkColumn(definition: ColumnDefinition, { name, isNullable }: Aggregate<never, 0 | null>): void {
  const { default: given, generated, computed, primaryKey, deferred, countsUpdates, onUpdate } = definition;
  if (given ?? generated ?? computed ?? onUpdate ?? (primaryKey || deferred || countsUpdates || undefined)) {
    throw new DefinitionError(
      'A derived column has no default, is not generated, computed or deferred, and is no key, version or timestamp.',
    );
  }
  if (definition.nullable === isNullable) return;
  throw new DefinitionError(
    `The ${name} of no rows is ${isNullable ? 'null' : '0'}, so that its column is ${isNullable ? '' : 'not '}nullable.`,
    isNullable ? 'Give the column { nullable: true }.' : 'Leave { nullable: true } out.',
  );
}
