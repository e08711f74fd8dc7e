import { ForbiddenError } from '../errors/index.js';
import { checkInteger, checkText, type SqlValue } from '../sql/index.js';

/** An object that came over a port: nothing is known of its properties but their names. */
export type Untrusted = Readonly<Record<string, unknown>>;

/** Says that what came is nothing that our own client sends. */
export function malformed(what: string): never {
  throw new ForbiddenError(
    `What came over the port is not understood: ${what}.`,
    'Both sides have to use the same version of litemodel.',
  );
}

/** A copy of an object that has these properties at most, and no others by inheritance. */
export function objectOf(value: unknown, names: readonly string[]): Untrusted {
  // bytes and strings as objects have as many properties as they are long
  if (Object.prototype.toString.call(value) !== '[object Object]') return malformed('an object is missing');
  const own = Object.create(null) as Record<string, unknown>;
  for (const name of Object.keys(value as object)) {
    if (!names.includes(name)) malformed('an object has a property too many');
    own[name] = (value as Untrusted)[name];
  }
  return own;
}

/** An array of so many elements at least and at most. */
export function listOf(value: unknown, least: number, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length >= least && value.length <= most) return value as unknown[];
  return malformed('a list is missing, or has too few elements or too many');
}

/** One of a few words. */
export function wordOf<Word extends string>(value: unknown, known: Readonly<Record<Word, unknown>>): Word {
  return typeof value === 'string' && Object.hasOwn(known, value) ? (value as Word) : malformed('a word is unknown');
}

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : malformed('a text is missing'));

const longestName = 1000;

/** What somebody calls a result. */
export function nameOf(value: unknown): string {
  const name = textOf(value);
  return name.length <= longestName ? name : malformed('a name is too long');
}

export const flagOf = (value: unknown): boolean =>
  typeof value === 'boolean' ? value : malformed('a true or false is missing');

/** A number of things. */
export const countOf = (value: unknown): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : malformed('a count is missing');

/** A value that SQLite can be given as it is. */
export function sqlValueOf(value: unknown): SqlValue {
  switch (typeof value) {
    case 'string':
      return checkText(value, 'A value');
    case 'bigint':
      return checkInteger(value, 'A value');
    case 'number':
      return Number.isNaN(value) ? malformed('a value is not a number') : value;
  }
  // memory that is shared could be changed after it was looked at
  if (value === null || (value instanceof Uint8Array && value.buffer instanceof ArrayBuffer)) return value;
  return malformed('a value is none that SQLite stores');
}
