import type { SqlValue } from './value.js';

/** A value written into the text of a statement: for DDL, where SQLite binds no parameters, and for text to paste. */
export function literal(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return textLiteral(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return numberLiteral(value);
  return `x'${Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')}'`;
}

/** SQLite reads a statement's text up to the first NUL, so one inside a string is written as char(0). */
function textLiteral(text: string): string {
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts[0]! : `(${parts.join(' || char(0) || ')})`;
}

/**
 * A number as SQLite and JSON read it back unchanged. Beyond 2^53 JavaScript writes only as many digits as tell a number from
 * its neighbors, and the rest as zeros: taken for an integer that would be another number.
 */
export function numberText(value: number): string {
  const text = String(value);
  return Number.isSafeInteger(value) || /[.e]/.test(text) ? text : `${text}.0`;
}

/** Infinity has no name in SQL. */
function numberLiteral(value: number): string {
  if (Number.isFinite(value)) return numberText(value);
  return value > 0 ? '9e999' : '-9e999';
}
