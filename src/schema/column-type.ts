import type { SqlValue } from '../sql/index.js';

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
  /** Whether its integers go beyond 2^53, so that they must be read as bigint. */
  readonly bigints?: boolean;
  /** Whether a decoded value can change without being assigned: then a save compares what it encodes to. */
  readonly mutable?: boolean;
  /** A CHECK that keeps other writers from storing what `decode` refuses; given the quoted column. */
  check?(column: string): string;
  /** The run-time types that TypeScript may emit for the field, under `emitDecoratorMetadata`. */
  readonly designTypes?: readonly unknown[];
  /** Conditions on what is inside the value, when the column is compared with a plain object. */
  readonly inside?: InsideConditions;
}

/** Marks a column type whose values have parts that conditions can reach; the query layer hands it to `json/`. */
export interface InsideConditions {
  readonly kind: 'json';
}

/** Thrown by a codec for a value that does not fit; whoever called it knows the column and throws the error for people. */
class Mismatch {}
const signal = new Mismatch();

/** Says, from within `encode` or `decode`, that the value does not fit. */
export function mismatch(): never {
  throw signal;
}

/** The cause to show for an error from a codec: none for `mismatch`, the error itself for a codec of the user's. */
export const codecCause = (error: unknown): unknown => (error === signal ? undefined : error);
