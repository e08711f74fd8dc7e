import type { Expression, InList, SelectStatement, SqlValue, Statement, TableReference } from '../sql/index.js';

/** A table in a plain statement: see `plainSyntax`. */
export type PlainTable = string | { readonly name: string; readonly alias: string };

/** Syntax as plain data, without the values that are bound; the value of a key has become a parameter like any other. */
export type Plain<Node> = Node extends { readonly kind: 'keyValue' }
  ? never
  : Node extends TableReference
    ? PlainTable
    : Node extends SqlValue | undefined
      ? Node
      : Node extends readonly (infer Element)[]
        ? readonly Plain<Element>[]
        : { readonly [Part in keyof Node]: Plain<Node[Part]> };

export type PlainExpression = Plain<Expression>;
export type PlainStatement = Plain<Statement>;
export type PlainSelect = Plain<SelectStatement>;
export type PlainList = Plain<InList>;
