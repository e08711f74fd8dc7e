import { QueryError, UndefinedConditionError } from '../errors/index.js';
import { checkText, type Sql, type SqlChunk } from '../sql/index.js';

declare const holds: unique symbol;

/** What a condition does with the column's value. */
export type Comparison =
  | { readonly kind: 'compare'; readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='; readonly operand: unknown }
  | { readonly kind: 'between'; readonly low: unknown; readonly high: unknown }
  | { readonly kind: 'oneOf'; readonly among: readonly unknown[] | SqlChunk; readonly negated: boolean }
  | { readonly kind: 'like' | 'glob'; readonly pattern: string }
  | { readonly kind: 'isNull'; readonly negated: boolean }
  | { readonly kind: 'not'; readonly condition: unknown };

/** Keeps one instance alive: when the last one of a class is collected, V8 drops the code made for their shape. */
let kept: object | undefined;

/**
 * A condition on one value, from `gte`, `like` and the like: an instance of this class and nothing else, so that an object
 * that came out of `JSON.parse` is never one.
 */
export class Condition<Value> {
  /** @internal */
  readonly comparison: Comparison;
  /** Only for the compiler: which values it is about. */
  declare protected readonly [holds]: Value;

  /** @internal */
  constructor(comparison: Comparison) {
    this.comparison = comparison;
    kept ??= this;
  }
}

/** A condition on any text, from `like` and the like: on a column of a few strings, too. */
export interface TextCondition {
  /** @internal */
  readonly comparison: Comparison;
  /** Only for the compiler. */
  readonly [ofText]: true;
}
declare const ofText: unique symbol;

/** What a column is compared with: a value, or SQL that has one, such as a column of `columns(User)` or a `sql` fragment. */
export type Operand<Value> = Value | SqlChunk<Value>;

const compare = <Value>(operator: '=' | '!=' | '<' | '<=' | '>' | '>=', operand: Operand<Value>): Condition<Value> =>
  new Condition({ kind: 'compare', operator, operand });

/** Equal: `eq(5)` is what a bare 5 means, for where a bare value would be taken for something else. `"age" = ?` */
export const eq = <Value>(value: Operand<Value>): Condition<Value> => compare('=', value);

/**
 * Not equal: `"age" != ?`. As in SQL, NULL is neither equal nor unequal to a value: `or({ bio: isNull() }, { bio: ne('x') })`
 * finds those rows, too. `ne(null)` is `notNull()`.
 */
export const ne = <Value>(value: Operand<Value>): Condition<Value> => compare('!=', value);

/** Less than: `"age" < ?` */
export const lt = <Value>(value: Operand<Value>): Condition<Value> => compare('<', value);

/** Less than or equal: `"age" <= ?` */
export const lte = <Value>(value: Operand<Value>): Condition<Value> => compare('<=', value);

/** Greater than: `"age" > ?` */
export const gt = <Value>(value: Operand<Value>): Condition<Value> => compare('>', value);

/** Greater than or equal: `"age" >= ?` */
export const gte = <Value>(value: Operand<Value>): Condition<Value> => compare('>=', value);

/** From `low` to `high`, both included: `"age" BETWEEN ? AND ?` */
export const between = <Value>(low: Operand<Value>, high: Operand<Value>): Condition<Value> =>
  new Condition({ kind: 'between', low, high });

/**
 * One of a list, or of a query's results: `"id" IN (?, ?)`. No list is too long; an empty one matches no row, and a null in it
 * matches NULL.
 *
 *     User.filter({ id: oneOf([1, 2, 3]) });
 *     User.filter({ id: oneOf(Post.query().select('authorId')) });   // … IN (SELECT "posts"."author_id" FROM "posts")
 */
export const oneOf = <Value>(values: readonly Value[] | SqlChunk<never> | Sql): Condition<Value> =>
  new Condition({ kind: 'oneOf', among: values, negated: false });

/** None of a list or of a query's results: `"id" NOT IN (?, ?)`. An empty list matches every row; NULL is never matched. */
export const noneOf = <Value>(values: readonly Value[] | SqlChunk<never> | Sql): Condition<Value> =>
  new Condition({ kind: 'oneOf', among: values, negated: true });

/**
 * A LIKE pattern of yours, where `%` is any text and `_` any character: `"name" LIKE ? ESCAPE '\'`. ASCII letters match in
 * either case, others only in their own; `\%` is a percent sign. https://sqlite.org/lang_expr.html#like
 */
export const like = (pattern: string): TextCondition => textCondition('like', pattern, 'like');

/** A GLOB pattern of yours, where `*` is any text, `?` any character and `[a-z]` a range; letters match in their own case only. */
export const glob = (pattern: string): TextCondition => textCondition('glob', pattern, 'glob');

/** How `contains`, `startsWith` and `endsWith` compare letters. */
export interface TextMatchOptions {
  /** `true` matches letters in their own case only. Unless said, ASCII letters match in either case, as SQLite's LIKE does. */
  readonly caseSensitive?: boolean;
}

/** Has the text inside, every character of it taken as itself: `"name" LIKE '%…%' ESCAPE '\'`, or `GLOB` when case counts. */
export const contains = (text: string, options?: TextMatchOptions): TextCondition =>
  part('contains', text, options, '%', '%');

/** Begins with the text: `"name" LIKE '…%' ESCAPE '\'`, or `GLOB '…*'`, which can use an index, when case counts. */
export const startsWith = (text: string, options?: TextMatchOptions): TextCondition =>
  part('startsWith', text, options, '', '%');

/** Ends with the text: `"name" LIKE '%…' ESCAPE '\'`, or `GLOB '*…'` when case counts. */
export const endsWith = (text: string, options?: TextMatchOptions): TextCondition =>
  part('endsWith', text, options, '%', '');

/** Is NULL; compiles only for a nullable column. `"bio" IS NULL` */
export const isNull = (): Condition<null> => new Condition({ kind: 'isNull', negated: false });

/** Is not NULL; compiles only for a nullable column. `"bio" IS NOT NULL` */
export const notNull = (): Condition<null> => new Condition({ kind: 'isNull', negated: true });

function part(
  name: string,
  text: string,
  { caseSensitive = false }: TextMatchOptions = {},
  before: '%' | '',
  after: '%' | '',
): TextCondition {
  checkPattern(name, text);
  if (!caseSensitive) {
    return new Condition({
      kind: 'like',
      pattern: `${before}${text.replace(/[\\%_]/g, '\\$&')}${after}`,
    }) as Condition<string> & TextCondition;
  }
  const any = (wildcard: '%' | '') => (wildcard === '%' ? '*' : '');
  return new Condition({
    kind: 'glob',
    pattern: `${any(before)}${text.replace(/[*?[]/g, '[$&]')}${any(after)}`,
  }) as Condition<string> & TextCondition;
}

function textCondition(kind: 'like' | 'glob', pattern: string, name: string): TextCondition {
  checkPattern(name, pattern);
  return new Condition({ kind, pattern }) as Condition<string> & TextCondition;
}

/**
 * SQLite reads a pattern up to its first NUL: what stands behind it would be ignored, and more rows would match. Half a
 * surrogate pair would match the sign for a character that cannot be read.
 */
function checkPattern(name: string, text: string): void {
  if (text === undefined) throw new UndefinedConditionError(`${name}(undefined) says nothing about a row.`);
  if (typeof text !== 'string') throw new QueryError(`${name} takes a string.`);
  checkText(text, name);
  if (text.includes('\0')) {
    throw new QueryError(`${name} cannot look for a NUL character.`, 'Use sql`instr(…, ${text}) > 0`.');
  }
}
