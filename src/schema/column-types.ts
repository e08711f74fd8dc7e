import { checkInteger, literal, toSqlValue, type SqlValue } from '../sql/index.js';
import { decodeDateTime, encodeDateTime, isCalendarDate, isSameDateTime } from './date-time.js';
import { mismatch, type ColumnType } from './column-type.js';

export const integerType: ColumnType<number> = {
  name: 'integer',
  storage: 'INTEGER',
  expected: 'a whole number within ±(2^53 - 1)',
  encode: (value) => (Number.isSafeInteger(value) ? value + 0 : mismatch()), // -0 + 0 is 0
  decode: (stored) => (Number.isSafeInteger(stored) ? (stored as number) : mismatch()),
  designTypes: [Number],
};

export const bigintType: ColumnType<bigint> = {
  name: 'bigint',
  storage: 'INTEGER',
  expected: 'a bigint between -2^63 and 2^63 - 1',
  bigints: true,
  encode: (value) => (typeof value === 'bigint' ? checkInteger(value, 'A bigint column') : mismatch()),
  decode: (stored) => (typeof stored === 'bigint' ? stored : mismatch()),
  designTypes: [BigInt],
};

export const realType: ColumnType<number> = {
  name: 'real',
  storage: 'REAL',
  expected: 'a finite number',
  encode: (value) => (Number.isFinite(value) ? value + 0 : mismatch()),
  decode: (stored) => (Number.isFinite(stored) ? (stored as number) : mismatch()),
  designTypes: [Number],
};

export const textType: ColumnType<string> = {
  name: 'text',
  storage: 'TEXT',
  expected: 'a string without half surrogate pairs',
  encode: (value) => (typeof value === 'string' && value.isWellFormed() ? value : mismatch()),
  decode: (stored) => (typeof stored === 'string' ? stored : mismatch()),
  designTypes: [String],
};

export const booleanType: ColumnType<boolean> = {
  name: 'boolean',
  storage: 'INTEGER',
  expected: 'true or false',
  encode: (value) => (value === true ? 1 : value === false ? 0 : mismatch()),
  decode: (stored) => (stored === 1 ? true : stored === 0 ? false : mismatch()),
  check: (column) => `${column} IN (0, 1)`,
  designTypes: [Boolean],
};

/** ISO-8601 UTC text with milliseconds: sorts as it reads. */
export const dateTimeType: ColumnType<Date> = {
  name: 'datetime',
  storage: 'TEXT',
  expected: 'a valid Date within the years 0 to 9999',
  encode: encodeDateTime,
  decode: decodeDateTime,
  same: isSameDateTime,
  designTypes: [Date],
};

/** Milliseconds since 1970 in UTC: smaller, and reads faster. */
export const dateTimeIntegerType: ColumnType<Date> = {
  name: 'datetime',
  storage: 'INTEGER',
  expected: 'a valid Date',
  encode: (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? value.getTime() : mismatch()),
  decode: (stored) => {
    const date = new Date(Number.isSafeInteger(stored) ? (stored as number) : Number.NaN);
    return Number.isNaN(date.getTime()) ? mismatch() : date;
  },
  same: (value, stored) => value instanceof Date && value.getTime() === Number(stored), // bigint beside a bigint column
  designTypes: [Date],
};

export const dateType: ColumnType<string> = {
  name: 'date',
  storage: 'TEXT',
  expected: 'a calendar date such as "2026-11-21"',
  encode: (value) => (typeof value === 'string' && isCalendarDate(value) ? value : mismatch()),
  decode: (stored) => (typeof stored === 'string' && isCalendarDate(stored) ? stored : mismatch()),
  check: (column) => `${column} IS date(${column})`,
  designTypes: [String],
};

export const blobType: ColumnType<Uint8Array> = {
  name: 'blob',
  storage: 'BLOB',
  expected: 'a Uint8Array',
  // copies: what was written or read stays known when the bytes are changed in place; Buffer, too, becomes a Uint8Array
  encode: (value) => (value instanceof Uint8Array ? new Uint8Array(value) : mismatch()),
  decode: (stored) => (stored instanceof Uint8Array ? new Uint8Array(stored) : mismatch()),
};

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const uuidType: ColumnType<string> = {
  name: 'uuid',
  storage: 'TEXT',
  expected: 'a UUID such as "f81d4fae-7dec-4bd0-a765-00a0c91e6bf6"',
  encode: (value) => {
    const uuid = typeof value === 'string' ? value.toLowerCase() : '';
    return uuidPattern.test(uuid) ? uuid : mismatch();
  },
  decode: (stored) => (typeof stored === 'string' && uuidPattern.test(stored) ? stored : mismatch()),
  designTypes: [String],
};

/** One of a few strings. */
export function choiceType<Choice extends string>(choices: readonly Choice[]): ColumnType<Choice> {
  const known = new Set<unknown>(choices);
  const check = (value: SqlValue): Choice => (known.has(value) ? (value as Choice) : mismatch());
  return {
    name: 'choice',
    storage: 'TEXT',
    expected: `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`,
    encode: check,
    decode: check,
    check: (column) => `${column} IN (${choices.map(literal).join(', ')})`,
    designTypes: [String],
  };
}

/** Any value as SQLite has it: for tables that have no model. Integers beyond 2^53 are bigint, the others numbers. */
export const anyType: ColumnType<SqlValue> = {
  name: 'any',
  storage: 'ANY',
  expected: 'a string, finite number, boolean, bigint, Date or Uint8Array',
  bigints: true,
  encode: (value) => toSqlValue(value, 'A column'),
  decode: (stored) => {
    if (stored instanceof Uint8Array) return new Uint8Array(stored); // as for blobs
    return typeof stored === 'bigint' && Number.isSafeInteger(Number(stored)) ? Number(stored) : stored;
  },
};
