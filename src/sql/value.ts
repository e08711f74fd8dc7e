import { InvalidValueError } from '../errors/index.js';

/** What SQLite stores: its five storage classes. https://sqlite.org/datatype3.html */
export type SqlValue = null | number | bigint | string | Uint8Array;

/**
 * A value without a column to say its type, as SQLite shall see it: whole numbers as INTEGER, booleans as 0 and 1, dates as
 * ISO-8601 UTC text. Throws `InvalidValueError` for what has no such form.
 */
export function toSqlValue(value: unknown, where: string): SqlValue {
  switch (typeof value) {
    case 'string':
      return checkText(value, where);
    case 'number':
      return checkNumber(value, where);
    case 'bigint':
      return checkInteger(value, where);
    case 'boolean':
      return value ? 1n : 0n;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  throw new InvalidValueError(where, 'a string, number, bigint, boolean, Date, Uint8Array or null', value);
}

/** Text that SQLite stores as it is: UTF-8 has no room for half of a surrogate pair. */
export function checkText(value: string, where: string): string {
  if (!value.isWellFormed()) {
    throw new InvalidValueError(
      where,
      'well-formed text',
      value,
      'It holds half of a surrogate pair; see toWellFormed().',
    );
  }
  return value;
}

/** Whole numbers become bigint, which every driver binds as INTEGER; the rest stay REAL. */
function checkNumber(value: number, where: string): number | bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  if (!Number.isFinite(value)) throw new InvalidValueError(where, 'a finite number', value);
  return value;
}

const smallest = -(2n ** 63n);
const largest = 2n ** 63n - 1n;

/** A bigint that fits SQLite's 64-bit signed INTEGER. */
export function checkInteger(value: bigint, where: string): bigint {
  if (value < smallest || value > largest) {
    throw new InvalidValueError(where, 'an integer between -2^63 and 2^63 - 1', value);
  }
  return value;
}
