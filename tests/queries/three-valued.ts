import type { SampleRow } from './sample.js';

/** What SQLite makes of a condition: `null` is unknown. https://sqlite.org/lang_expr.html */
export type Truth = boolean | null;

export type Field = Exclude<keyof SampleRow, 'id'>;
export type Value = string | number | bigint | boolean | Date | Uint8Array;
export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type TextPart = 'contains' | 'startsWith' | 'endsWith';

/** A condition as data: one side of the tests makes a filter of it, the other says which rows must come back. */
export type Predicate =
  | { readonly kind: 'value'; readonly field: Field; readonly value: Value | null }
  | { readonly kind: 'compare'; readonly field: Field; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'compareSql'; readonly field: Field; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'compareColumn'; readonly field: Field; readonly operator: Operator; readonly other: Field }
  | { readonly kind: 'between'; readonly field: Field; readonly low: Value; readonly high: Value }
  | {
      readonly kind: 'list';
      readonly field: Field;
      readonly values: readonly (Value | null)[];
      readonly negated: boolean;
    }
  | { readonly kind: 'subquery'; readonly field: Field; readonly upTo: number; readonly negated: boolean }
  | { readonly kind: 'pattern'; readonly field: Field; readonly by: 'like' | 'glob'; readonly pattern: string }
  | {
      readonly kind: 'part';
      readonly field: Field;
      readonly by: TextPart;
      readonly text: string;
      readonly caseSensitive: boolean;
    }
  | { readonly kind: 'isNull'; readonly field: Field; readonly negated: boolean }
  | { readonly kind: 'notValue'; readonly field: Field; readonly of: Predicate }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Predicate[] }
  | { readonly kind: 'not'; readonly of: Predicate };

/** Whether a row meets a condition, worked out without SQLite. */
export function evaluate(predicate: Predicate, row: SampleRow, rows: readonly SampleRow[]): Truth {
  switch (predicate.kind) {
    case 'value':
      return predicate.value === null
        ? row[predicate.field] === null
        : compare(predicate.field, row[predicate.field], '=', predicate.value);
    case 'compare':
    case 'compareSql':
      return compare(predicate.field, row[predicate.field], predicate.operator, predicate.value);
    case 'compareColumn':
      return compare(predicate.field, row[predicate.field], predicate.operator, row[predicate.other]);
    case 'between':
      return conjunction([
        compare(predicate.field, row[predicate.field], '>=', predicate.low),
        compare(predicate.field, row[predicate.field], '<=', predicate.high),
      ]);
    case 'list':
      return isListed(predicate.field, row[predicate.field], predicate.values, predicate.negated);
    case 'subquery':
      return isAmong(row, rows, predicate);
    case 'pattern':
      return matches(row[predicate.field], predicate.by, predicate.pattern);
    case 'part':
      return hasPart(row[predicate.field], predicate.by, predicate.text, predicate.caseSensitive);
    case 'isNull':
      return (row[predicate.field] === null) !== predicate.negated;
    case 'and':
      return conjunction(predicate.parts.map((part) => evaluate(part, row, rows)));
    case 'or':
      return negation(conjunction(predicate.parts.map((part) => negation(evaluate(part, row, rows)))));
    case 'not':
    case 'notValue':
      return negation(evaluate(predicate.of, row, rows));
  }
}

export const negation = (truth: Truth): Truth => (truth === null ? null : !truth);

export function conjunction(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(null) ? null : true;
}

export function compare(field: Field | undefined, left: Value | null, operator: Operator, right: Value | null): Truth {
  if (left === null || right === null) return null;
  const order = orderOf(fold(field, left), fold(field, right));
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

const fold = (field: Field | undefined, value: Value): Value =>
  field === 'tag' && typeof value === 'string' ? lowerAscii(value) : value;

const lowerAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function orderOf(left: Value, right: Value): number {
  if (typeof left === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right as string));
  if (left instanceof Uint8Array) return Buffer.compare(left, right as Uint8Array);
  const [a, b] = [left instanceof Date ? left.getTime() : left, right instanceof Date ? right.getTime() : right];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A null in a list of ours means NULL itself, unlike one in SQL's. */
function isListed(field: Field, value: Value | null, values: readonly (Value | null)[], negated: boolean): Truth {
  const hasNull = values.includes(null);
  if (value === null) return hasNull ? !negated : values.length === 0 ? negated : null;
  return values.some((each) => each !== null && compare(field, value, '=', each) === true) !== negated;
}

/** A NULL among a query's results makes `oneOf` unknown where SQL does; `noneOf` passes it over. */
function isAmong(
  row: SampleRow,
  rows: readonly SampleRow[],
  predicate: Predicate & { readonly kind: 'subquery' },
): Truth {
  const { field, upTo, negated } = predicate;
  const found = rows.filter((each) => each.id <= upTo).map((each) => each[field]);
  const values = negated ? found.filter((each) => each !== null) : found;
  const value = row[field];
  if (values.length === 0) return negated;
  if (value === null) return null;
  if (values.some((each) => compare(field, value, '=', each) === true)) return !negated;
  return values.includes(null) ? null : negated;
}

/** LIKE and GLOB read a text up to its first NUL. */
const visible = (text: string): string[] => [...text.split('\0', 1)[0]!];

export function matches(value: Value | null, by: 'like' | 'glob', pattern: string): Truth {
  if (value === null) return null;
  return by === 'like'
    ? isLike(visible(lowerAscii(value as string)), visible(lowerAscii(pattern)))
    : isGlob(visible(value as string), visible(pattern));
}

function isLike(text: readonly string[], pattern: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '%') return suffixes(text).some((suffix) => isLike(suffix, rest));
  if (first === '\\') return rest.length > 0 && text[0] === rest[0] && isLike(text.slice(1), rest.slice(1));
  return text.length > 0 && (first === '_' || first === text[0]) && isLike(text.slice(1), rest);
}

function isGlob(text: readonly string[], pattern: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return suffixes(text).some((suffix) => isGlob(suffix, rest));
  if (text.length === 0) return false;
  return (first === '?' || first === text[0]) && isGlob(text.slice(1), rest);
}

const suffixes = (text: readonly string[]): string[][] =>
  Array.from({ length: text.length + 1 }, (_, start) => text.slice(start));

function hasPart(value: Value | null, by: TextPart, part: string, caseSensitive: boolean): Truth {
  if (value === null) return null;
  const letters = (text: string) => visible(caseSensitive ? text : lowerAscii(text)).join('');
  const text = letters(value as string);
  const wanted = letters(part);
  if (by === 'contains') return text.includes(wanted);
  return by === 'startsWith' ? text.startsWith(wanted) : text.endsWith(wanted);
}
