import { QueryError } from '../errors/index.js';
import { untyped } from './expression.js';
import { quote } from './identifier.js';
import type { Expression, Fragment, Identifier, TableReference } from './syntax.js';

/** The method of everything that can stand inside a `sql` template as itself: columns, models, queries, other fragments. */
export const toSyntax: unique symbol = Symbol('litemodel.toSyntax');

/** Only for the compiler: the type that a chunk has as an operand. */
export declare const operandType: unique symbol;

/**
 * Something with a place in a statement's syntax: a column, a model's table, a query, a fragment. `Operand` is what it can be
 * compared with; `never` is compared with anything.
 */
export interface SqlChunk<Operand = unknown> {
  /** @internal */
  [toSyntax](): Expression | TableReference | Identifier;
  readonly [operandType]?: Operand;
}

export function isSqlChunk(value: unknown): value is SqlChunk {
  return (typeof value === 'object' || typeof value === 'function') && value !== null && toSyntax in value;
}

declare const result: unique symbol;

/** What SQL of a type is compared with: of values that are not null, and with anything when nobody said its type. */
export type OperandOf<Value> = unknown extends Value ? never : NonNullable<Value>;

/** Keeps one instance alive: when the last one of a class is collected, V8 drops the code made for their shape. */
let kept: object | undefined;

/**
 * A piece of SQL from the `sql` tag. `Value` is the type that it has in TypeScript, which only you know: nothing checks it.
 */
export class Sql<Value = unknown> implements SqlChunk<OperandOf<Value>> {
  /** @internal */
  readonly fragment: Fragment;
  /** Only for the compiler: what type this has as a value. */
  declare protected readonly [result]?: Value;
  declare readonly [operandType]?: OperandOf<Value>;

  /** @internal */
  constructor(fragment: Fragment) {
    this.fragment = fragment;
    kept ??= this;
  }

  /** @internal */
  [toSyntax](): Fragment {
    return this.fragment;
  }
}

/** What may stand between the texts of a `sql` template: values, which are bound, and what writes itself. */
export type SqlTemplateValue = string | number | bigint | boolean | null | Date | Uint8Array | SqlChunk;

/** The `sql` tag and its companions. */
export interface SqlTag {
  /**
   * SQL as you write it, each value bound as a parameter and never part of the text.
   *
   *     const users = columns(User);
   *     User.filter(sql`length(${users.name}) > ${20}`).all();
   *     // SELECT … FROM "users" WHERE length("users"."name") > ?
   *
   * Whole numbers are bound as INTEGER, booleans as 0 and 1, dates as ISO-8601 text; `undefined` and other objects throw
   * `InvalidValueError`. Columns, models, queries and other fragments stand as themselves.
   */
  <Value = unknown>(texts: TemplateStringsArray, ...values: readonly SqlTemplateValue[]): Sql<Value>;
  /** A name, quoted: `` sql`SELECT * FROM ${sql.id(table)}` ``. */
  id(name: string): SqlChunk<never>;
  /** Text that goes into the statement as it is. Never pass it what a user typed: values belong into `${}`. */
  raw<Value = unknown>(text: string): Sql<Value>;
  /** Values or fragments with a separator between them, a comma unless said: `` sql`id IN (${sql.join(ids)})` ``. */
  join(values: readonly SqlTemplateValue[], separator?: string): Sql;
}

function tag<Value = unknown>(texts: readonly string[], ...values: readonly SqlTemplateValue[]): Sql<Value> {
  const chunks = values.map((value) => (isSqlChunk(value) ? value[toSyntax]() : untyped(value, 'A sql template')));
  return new Sql<Value>({ kind: 'fragment', texts: withoutOpenComment(texts), chunks });
}

/** What follows a fragment in its statement must not become part of a comment at its end. */
function withoutOpenComment(texts: readonly string[]): readonly string[] {
  if (!texts.some((text) => text.includes('--') || text.includes('/*'))) return texts;
  const open = openComment(texts.join('?'));
  if (open === '/*') throw new QueryError('A comment in a sql template is not closed.', 'End it with */.');
  return open === '--' ? [...texts.slice(0, -1), `${texts.at(-1)!}\n`] : texts;
}

/** The kind of comment in which a text ends, if it does. https://sqlite.org/lang_comment.html */
function openComment(text: string): '--' | '/*' | undefined {
  const ends: Record<string, string> = { "'": "'", '"': '"', '`': '`', '[': ']', '--': '\n', '/*': '*/' };
  for (let at = 0; at < text.length; at++) {
    const start = text.startsWith('--', at) ? '--' : text.startsWith('/*', at) ? '/*' : text[at]!;
    const end = ends[start];
    if (end === undefined) continue;
    const found = text.indexOf(end, at + start.length);
    if (found === -1) return start === '--' || start === '/*' ? start : undefined;
    at = found + end.length - 1;
  }
  return undefined;
}

function join(values: readonly SqlTemplateValue[], separator = ', '): Sql {
  if (values.length === 0) {
    throw new QueryError(
      'sql.join was given no values.',
      'An empty list has no SQL: leave the condition out, or write one.',
    );
  }
  return tag(['', ...values.slice(1).map(() => separator), ''], ...values);
}

function id(name: string): SqlChunk<never> {
  quote(name); // a name that cannot be quoted is refused here, where the mistake is
  return { [toSyntax]: () => ({ kind: 'identifier', name }) };
}

/** See {@link SqlTag}. */
export const sql: SqlTag = Object.assign(tag, {
  id,
  raw: <Value>(text: string) => tag<Value>([text]),
  join,
});
