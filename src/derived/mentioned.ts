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

/** Words that stand in expressions without being names. https://sqlite.org/lang_expr.html */
const keywords: ReadonlySet<string> = new Set(
  'and as between case cast collate else end escape filter glob in is like not null or then when'.split(' '),
);

/**
 * Refuses SQL that names a column of the owner, or of a table on the way, which SQLite would find where the related rows have none
 * of that name: nobody would know of its changes.
 */
export function checkOnlyNames(
  field: string,
  rows: TableSchema,
  others: ReadonlySet<TableSchema>,
  part: Expression,
): void {
  for (const { word, follower } of textsIn(part).flatMap(namesIn)) {
    for (const other of others) {
      const isTable = follower === '.' && isSameName(other.name, word); // an alias stands for the same one among the rows
      if (!isTable && (has(rows, word) || !has(other, word))) continue;
      throw new DefinitionError(
        `${field} is derived by SQL with "${word}", which is ${
          isTable ? `the table of ${other.modelName}` : `no column of ${rows.modelName}, but one of ${other.modelName}`
        }.`,
        `Name columns of ${rows.modelName} alone, without their table: of a change of others it would not know.`,
      );
    }
  }
}

const isSameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const has = (table: TableSchema, word: string): boolean => table.stored.some(({ name }) => isSameName(name, word));

/** The names in a text, each with what stands behind it; not those of functions. */
const namesIn = (text: string): { word: string; follower: string | undefined }[] =>
  tokenize(text).flatMap(({ name, keyword, quoted }, at, tokens) => {
    const follower = tokens[at + 1]?.text;
    const isName = quoted || (keyword !== undefined && !keywords.has(keyword) && follower !== '(');
    return isName ? [{ word: name, follower }] : [];
  });

/** The SQL of the user's in an expression. */
function textsIn(node: unknown): readonly string[] {
  if (!isNode(node)) return [];
  const own = node.kind === 'fragment' ? (node.texts as readonly string[]) : [];
  return [...own, ...Object.values(node).flatMap(textsIn)];
}

const readsOthers = (field: string): DefinitionError =>
  new DefinitionError(
    `${field} is derived by SQL that looks at further rows, of whose changes it would not know.`,
    'Name the columns of the related rows alone, or go by a relation through others.',
  );
