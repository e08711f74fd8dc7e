import { writeExpression, writeStatement } from './write.js';
import { SqlWriter, type WriterOptions } from './writer.js';
import type { Expression, SchemaNames, Statement } from './syntax.js';
import type { SqlValue } from './value.js';

/** A statement's text, with `?` where its parameters are bound in order. */
export interface SqlText {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Every table stands in the main file. */
export const mainOnly: SchemaNames = () => undefined;

/** The text and parameters of a statement, or of an expression that is one: a whole `sql` fragment. */
export function compile(statement: Statement | Expression, schemaNames = mainOnly, options?: WriterOptions): SqlText {
  const out = new SqlWriter(schemaNames, options);
  if (isStatement(statement)) writeStatement(out, statement);
  else writeExpression(out, statement);
  return { sql: out.text, parameters: out.parameters };
}

/** An expression as DDL wants it: values as literals, columns by their bare names. */
export const compileDdl = (expression: Expression): string =>
  compile(expression, mainOnly, { values: 'literal', columns: 'bare' }).sql;

/** A statement with its values written in, to paste into the sqlite3 shell. Never run it: bind the parameters. */
export const runnableText = (statement: Statement | Expression, schemaNames = mainOnly): string =>
  `${compile(statement, schemaNames, { values: 'literal' }).sql};`;

function isStatement(value: Statement | Expression): value is Statement {
  return value.kind === 'select' || value.kind === 'insert' || value.kind === 'update' || value.kind === 'delete';
}
