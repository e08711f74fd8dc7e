import { nameText, type Token } from './tokenize.js';

/** A foreign key as the text of a CREATE TABLE says it; names are spelled as `nameText` does. */
export interface ParsedForeignKey {
  readonly columns: readonly string[];
  readonly target: string;
  /** Empty where none are named: the primary key of the target. */
  readonly targetColumns: readonly string[];
  /** In lower case. */
  readonly onDelete: string;
  readonly onUpdate: string;
  /** Whether it is checked only at COMMIT. */
  readonly deferrable: boolean;
}

/**
 * The foreign keys in the definition of a column, or in a table constraint, which names the columns itself.
 * https://sqlite.org/syntax/foreign-key-clause.html
 */
export function parseForeignKeys(tokens: readonly Token[], column?: string): ParsedForeignKey[] {
  let depth = 0;
  return tokens.flatMap((token, at) => {
    depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
    if (token.keyword !== 'references' || depth > 0) return [];
    const columns = column === undefined ? namesAt(tokens, 0) : [nameText(column)];
    return [parseReferences(tokens, at + 1, columns)];
  });
}

function parseReferences(tokens: readonly Token[], at: number, columns: readonly string[]): ParsedForeignKey {
  const names = tokens[at + 1]?.text === '(' ? namesAt(tokens, at + 1) : [];
  const key = { columns, target: nameText(tokens[at]!.name), targetColumns: names };
  const words = tokens.slice(at + 1).map(({ keyword }) => keyword);
  const end = words.findIndex((word, index) => index > 0 && (word === 'references' || word === 'constraint'));
  const clause = words.slice(0, end === -1 ? undefined : end);
  return {
    ...key,
    onDelete: actionOf(clause, 'delete'),
    onUpdate: actionOf(clause, 'update'),
    deferrable: isDeferred(clause),
  };
}

/** The names in the first parentheses from a place on. */
function namesAt(tokens: readonly Token[], from: number): string[] {
  const start = tokens.findIndex(({ text }, at) => at >= from && text === '(') + 1;
  const end = tokens.findIndex(({ text }, at) => at >= start && text === ')');
  return tokens
    .slice(start, end)
    .filter(({ text }) => text !== ',')
    .map(({ name }) => nameText(name));
}

type Words = readonly (string | undefined)[];

/** What stands after ON DELETE or ON UPDATE; of several, SQLite takes the last. */
function actionOf(words: Words, event: 'delete' | 'update'): string {
  const at = words.findLastIndex((word, index) => word === event && words[index - 1] === 'on');
  if (at === -1) return 'no action';
  const first = words[at + 1];
  return first === 'set' || first === 'no' ? `${first} ${words[at + 2]}` : String(first);
}

/** Only DEFERRABLE INITIALLY DEFERRED is checked at COMMIT; every other way to say it is as saying nothing. */
function isDeferred(words: Words): boolean {
  const at = words.indexOf('deferrable');
  return at !== -1 && words[at - 1] !== 'not' && words[at + 1] === 'initially' && words[at + 2] === 'deferred';
}
