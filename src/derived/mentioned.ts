import { DefinitionError } from '../errors/index.js';
import { tokenize, type ColumnSchema, type TableSchema } from '../schema/index.js';
import type { Expression } from '../sql/index.js';

/** Whether something is a part of an expression. */
const isNode = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array);

/**
 * The columns of a table that expressions name: by reference, or in SQL of the user's, where any word that is a column's name
 * counts as that. Throws `DefinitionError` for what looks at other rows, of whose changes nobody would know.
 */
export function mentioned(field: string, table: TableSchema, expressions: readonly Expression[]): ColumnSchema[] {
  const names = new Set<string>();
  for (const expression of expressions) collect(field, expression, names);
  return table.stored.filter(({ name }) => names.has(name.toLowerCase()));
}

function collect(field: string, node: unknown, names: Set<string>): void {
  if (!isNode(node)) return;
  const { kind } = node;
  if (kind === 'select' || kind === 'exists') throw readsOthers(field);
  if (kind === 'column') {
    names.add((node.name as string).toLowerCase());
    return;
  }
  if (kind === 'fragment') for (const text of node.texts as readonly string[]) collectWords(field, text, names);
  for (const part of Object.values(node)) collect(field, part, names);
}

function collectWords(field: string, text: string, names: Set<string>): void {
  for (const { name, keyword } of tokenize(text)) {
    if (keyword === 'select') throw readsOthers(field);
    names.add(name.toLowerCase());
  }
}

const readsOthers = (field: string): DefinitionError =>
  new DefinitionError(
    `${field} is derived by SQL that looks at further rows, of whose changes it would not know.`,
    'Name the columns of the related rows alone, or go by a relation through others.',
  );
