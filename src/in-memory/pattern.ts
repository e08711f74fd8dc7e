import type { Value } from './value.js';

/** Whether a text is like a pattern with `\` as its escape: ASCII letters in either case. https://sqlite.org/lang_expr.html#like */
export const isLike = (value: Value, pattern: Value): boolean | null => matches(value, pattern, likeExpression);

/** Whether a text matches a GLOB pattern, letters in their case. */
export const isGlob = (value: Value, pattern: Value): boolean | null => matches(value, pattern, globExpression);

function matches(value: Value, pattern: Value, expressionOf: (pattern: string) => RegExp | undefined): boolean | null {
  if (value === null || pattern === null) return null;
  return expressionOf(textOf(pattern))?.test(textOf(value)) ?? false;
}

/** A value as text, up to a NUL, where SQLite stops to look. */
const textOf = (value: NonNullable<Value>): string =>
  (value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value)).split('\0', 1)[0]!;

function likeExpression(pattern: string): RegExp | undefined {
  let source = '';
  const letters = [...pattern];
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at]!;
    if (letter === '%') source += '.*';
    else if (letter === '_') source += '.';
    else if (letter !== '\\') source += eitherCase(letter);
    else if (++at < letters.length) source += eitherCase(letters[at]!);
    else return undefined; // an escape of nothing matches nothing
  }
  return whole(source);
}

function globExpression(pattern: string): RegExp | undefined {
  const source = pattern.replace(/\[(\^?)(\]?[^\]]*)\]|[^]/gu, (part: string, not?: string, members?: string) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (members === undefined) return part === '[' ? '(?!)' : escaped(part); // a set that does not end matches nothing
    return `[${not}${members.replace(/[\\\][^]/g, '\\$&')}]`;
  });
  try {
    return whole(source);
  } catch {
    return undefined; // a range that ends before it begins
  }
}

const whole = (source: string): RegExp => new RegExp(`^${source}$`, 'su');

const escaped = (letter: string): string => letter.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');

const eitherCase = (letter: string): string =>
  /^[a-z]$/i.test(letter) ? `[${letter.toLowerCase()}${letter.toUpperCase()}]` : escaped(letter);
