/** A token of SQL text, whatever its case, quotes and comments were. */
export interface Token {
  /** The form that all spellings of the token share: `age` for `Age`, `"age"`, `[AGE]`. */
  readonly text: string;
  /** The word in lower case when it stands without quotes, so that it may be a keyword. */
  readonly keyword: string | undefined;
  /** Whether it is a name in quotes. */
  readonly quoted: boolean;
  /** What it says as a name, or as a string. */
  readonly name: string;
}

// the lexical grammar of SQLite: blanks, comments, blobs, strings, quoted names, numbers, words, operators
const lexeme =
  /(?:[ \t\n\f\r]+|--[^\n]*|\/\*[^]*?(?:\*\/|$))|(x?(?:'[^']*')+|(?:"[^"]*")+|(?:`[^`]*`)+|\[[^\]]*\]|0x[\da-f_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d[\d_]*)?|[\w$\u0080-\uffff]+|->>?|\|\||<<|>>|[<>=!]=|<>|[^])/giy;

const wordCharacters = /^[a-z_\u0080-\uffff][\w$\u0080-\uffff]*$/;
/** Words that are values when they stand without quotes, and columns when they stand within. */
export const valueWords: ReadonlySet<string> = new Set([
  'null',
  'true',
  'false',
  'current_date',
  'current_time',
  'current_timestamp',
]);

/** The tokens of SQL text, without blanks and comments. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const [, text] of sql.matchAll(lexeme)) {
    if (text !== undefined) tokens.push(tokenOf(text));
  }
  return tokens;
}

/** Tokens as text to compare; the same for every spelling. */
export const spell = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join(' ');

/** A quoted name as it is compared: without quotes where it could do without them. */
export function nameText(name: string): string {
  const lower = name.toLowerCase();
  return wordCharacters.test(lower) && !valueWords.has(lower) ? lower : `"${lower.replaceAll('"', '""')}"`;
}

function tokenOf(text: string): Token {
  const first = text[0]!;
  if (first === "'") return { text, keyword: undefined, quoted: false, name: unquoted(text) };
  if (first === '"' || first === '`' || first === '[') {
    const name = unquoted(text);
    return { text: nameText(name), keyword: undefined, quoted: true, name };
  }
  const lower = text.toLowerCase();
  return { text: lower, keyword: wordCharacters.test(lower) ? lower : undefined, quoted: false, name: text };
}

function unquoted(text: string): string {
  const inside = text.slice(1, -1);
  return text[0] === '[' ? inside : inside.replaceAll(text[0]! + text[0]!, text[0]!);
}
