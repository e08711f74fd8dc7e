import type { Expression, SqlValue } from '../sql/index.js';

/** The types of a STRICT table, which are also the only ones that we declare. https://sqlite.org/stricttables.html */
export type StorageType = 'INTEGER' | 'REAL' | 'TEXT' | 'BLOB' | 'ANY';

/** How values of a TypeScript type are stored in SQLite. Null never reaches it. */
export interface ColumnType<Value> {
  /** What the decorator is called. */
  readonly name: string;
  readonly storage: StorageType;
  /** What the column takes, for error messages: "a whole number". */
  readonly expected: string;
  /** The value to store; calls `mismatch` for one that cannot be stored unchanged. */
  encode(value: Value): SqlValue;
  /** The value that was stored; calls `mismatch` for one that `encode` cannot have made. */
  decode(stored: SqlValue): Value;
  /** What to do about a stored value that does not decode, where that is not to correct it. */
  readonly remedy?: string;
  /** Whether its integers go beyond 2^53, so that they must be read as bigint. */
  readonly bigints?: boolean;
  /** A CHECK that keeps other writers from storing what `decode` refuses; given the quoted column. */
  check?(column: string): string;
  /** The run-time types that TypeScript may emit for the field, under `emitDecoratorMetadata`. */
  readonly designTypes?: readonly unknown[];
  /** Whether a value is still what was stored, where there is a faster way than to encode it. */
  same?(value: Value, stored: SqlValue): boolean;
  /** Refuses a value that can be stored, but not be meant in a condition. */
  checkOperand?(value: unknown, field: string): void;
  /** The condition for a column that is compared with a plain object: each key a part of the value. */
  inside?(column: Comparable, conditions: object, match: MatchPart): Expression;
}

/** Something that a condition can be put on: a column, or a part of what it holds. */
export interface Comparable {
  readonly expression: Expression;
  /** `User.settings.theme`, for error messages. */
  readonly field: string;
  /** The value of a condition as an operand; throws `InvalidValueError` when it does not fit. */
  encode(value: unknown): Expression;
  /** That it equals a value, where `=` cannot tell that value from another; `undefined` where it can. */
  equals?(value: unknown): Expression | undefined;
  readonly inside?: ((conditions: object, match: MatchPart) => Expression) | undefined;
}

/** Puts a condition, or a value to equal, on a part. */
export type MatchPart = (part: Comparable, condition: unknown) => Expression;

/** Thrown by a codec for a value that does not fit; whoever called it knows the column and throws the error for people. */
const signal = new Error('The value does not fit its column.');

/** Says, from within `encode` or `decode`, that the value does not fit. */
export function mismatch(): never {
  throw signal;
}

/** The cause to show for an error from a codec: none for `mismatch`, the error itself for a codec of the user's. */
export const codecCause = (error: unknown): unknown => (error === signal ? undefined : error);

/** Whether a value is an object literal, or looks like one: no array, no Date, no instance of a class. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
