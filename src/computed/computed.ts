import { DefinitionError } from '../errors/index.js';
import {
  columnDefinition,
  declarationOf,
  declareColumn,
  mismatch,
  openNotes,
  type Column,
  type ColumnDefinition,
  type ColumnType,
  type NullableColumn,
  type UncheckedColumn,
} from '../schema/index.js';
import { compileDdl, Sql, toSqlValue, type Expression, type SqlValue } from '../sql/index.js';

/** What stands on a getter, in either dialect. */
export interface ComputedGetter {
  (target: unknown, context: ClassGetterDecoratorContext): void;
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): void;
}

/** A field that SQLite computes: compared with its type where the SQL has one. */
export type ComputedField<Value> = unknown extends Value ? UncheckedColumn : Column<Value>;

/**
 * Lets `toJSON` read a getter, too. JavaScript computes it: queries know nothing of it.
 *
 *     @computed() get initials(): string { return this.first[0]! + this.last[0]!; }
 */
export function computed(): ComputedGetter;
/**
 * A field that SQLite computes at each read, from SQL with the names of the columns. It is in every row that is read, and can be
 * filtered, ordered by and selected as a column can; the table has no such column.
 *
 *     @computed(sql<string>`first || ' ' || last`) readonly name!: string;
 *     // User.filter({ name: 'Ann Smith' }):  … WHERE (first || ' ' || last) = ?
 *
 * A second parameter says how values are read and compared: `@computed(sql`end_at < start_at`, boolean()) readonly isOdd!: boolean`.
 * Writing it throws `ReadOnlyFieldError`.
 */
export function computed<Value>(expression: Sql, type: NullableColumn<Value>): NullableColumn<Value>;
export function computed<Value>(expression: Sql, type: Column<Value, boolean>): Column<Value>;
export function computed<Value = unknown>(expression: Sql<Value>): ComputedField<Value>;
export function computed(expression?: Sql, type?: object): never {
  if (expression === undefined) return noteGetter as never; // typed by the signatures, as all decorators are
  if (!(expression instanceof Sql)) throw new DefinitionError('@computed takes SQL: @computed(sql`…`).');
  const known = type === undefined ? undefined : declarationOf(type).definition;
  const definition: ColumnDefinition = {
    ...columnDefinition('computed', {}),
    type: known?.type ?? plainType,
    nullable: known?.nullable ?? true,
    hidden: known?.hidden ?? false,
    readOnly: 'always',
    computed: textOf(expression),
  };
  return declareColumn(definition.type, definition);
}

/** The expression with its values written in, and nothing left to bind wherever it stands. */
const textOf = ({ fragment }: Sql): Expression => ({ kind: 'fragment', texts: [compileDdl(fragment)], chunks: [] });

/** What SQLite has, where nobody said what it is. */
const plainType: ColumnType<SqlValue> = {
  name: 'computed',
  storage: 'ANY',
  expected: 'a string, number or Uint8Array; a whole number within ±(2^53 - 1)',
  encode: (value) => (value === null ? mismatch() : toSqlValue(value, 'A computed field')),
  decode: (stored) => {
    if (stored instanceof Uint8Array) return new Uint8Array(stored);
    return typeof stored === 'number' && Number.isInteger(stored) && !Number.isSafeInteger(stored)
      ? mismatch()
      : stored;
  },
  remedy: 'Say what it computes: @computed(sql`…`, bigint()), or real() where it may be rounded.',
};

function noteGetter(target: unknown, at: ClassGetterDecoratorContext | string, descriptor?: PropertyDescriptor): void {
  const isGetter = typeof at === 'object' ? at.kind === 'getter' : typeof descriptor?.get === 'function';
  const name = typeof at === 'object' ? at.name : at;
  if (!isGetter || typeof name !== 'string') {
    throw new DefinitionError(
      `@computed() stands on ${String(name)}, which is no getter.`,
      'Put it on a getter, or give it SQL: @computed(sql`…`).',
    );
  }
  openNotes(typeof at === 'object' ? at.metadata : (target as object)).getters.push(name);
}
