import type { SqlValue } from '../sql/index.js';

/** A value as it is kept: every INTEGER is a bigint, and every number a REAL. */
export type Value = SqlValue;

/** What conditions come to: true, false, or unknown. https://sqlite.org/lang_expr.html */
export const truth = (value: Value): boolean | null =>
  value === null ? null : typeof value === 'string' || value instanceof Uint8Array ? false : Number(value) !== 0;

export const fromTruth = (holds: boolean | null): Value => (holds === null ? null : holds ? 1n : 0n);

/** Compares two values: numbers before texts before bytes; texts by a collation. https://sqlite.org/datatype3.html#comparisons */
export function compareValues(a: NonNullable<Value>, b: NonNullable<Value>, collation?: string): number {
  const order = rank(a) - rank(b);
  if (order !== 0) return order;
  if (typeof a === 'string') return compareTexts(collate(a, collation), collate(b as string, collation));
  if (a instanceof Uint8Array) return compareBytes(a, b as Uint8Array);
  return a < (b as number) ? -1 : a > (b as number) ? 1 : 0; // a bigint and a number compare by what they are
}

/** The same with NULL before everything else, as ORDER BY and DISTINCT see it. */
export function orderValues(a: Value, b: Value, collation?: string): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  return compareValues(a, b, collation);
}

function rank(value: NonNullable<Value>): number {
  if (typeof value === 'string') return 1;
  return value instanceof Uint8Array ? 2 : 0;
}

/** A text as a collation sees it. NOCASE knows ASCII letters only. https://sqlite.org/datatype3.html#collation */
function collate(text: string, collation: string | undefined): string {
  switch (collation?.toUpperCase()) {
    case 'NOCASE':
      return lowerCase(text);
    case 'RTRIM':
      return text.replace(/ +$/, '');
    default:
      return text;
  }
}

const lowerCase = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** By code points, which is the order of the bytes in UTF-8; that of UTF-16 differs beyond U+FFFF. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === a.length || at === b.length) return a.length - b.length;
  const [unitOfA, unitOfB] = [a.charCodeAt(at), b.charCodeAt(at)];
  const [isHighA, isHighB] = [isSurrogate(unitOfA), isSurrogate(unitOfB)];
  return isHighA === isHighB ? unitOfA - unitOfB : isHighA ? 1 : -1;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000;

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length && at < b.length; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return a.length - b.length;
}
