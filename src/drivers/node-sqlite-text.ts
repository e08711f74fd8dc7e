/** What the text of a statement tells that node:sqlite does not. */
export interface StatementText {
  /** How many values it takes; no number is enough where one is named or numbered, for ours are bound in order. */
  readonly parameterCount: number;
  /** Its first word, in capitals. */
  readonly verb: string;
  /** Whether it is an INSERT, UPDATE or DELETE that returns rows. */
  readonly isReturning: boolean;
  /** Whether the number of its columns may change with the schema. */
  readonly hasStar: boolean;
}

const nameCharacter = String.raw`[\w$\x80-\uffff]`;
const comment = String.raw`--[^\n]*|/\*[\s\S]*?(?:\*/|$)`;

/** What stands in quotes or comments has no meaning of its own; the other tokens are those that we look for. */
const tokens = new RegExp(
  [
    `'[^']*'|"[^"]*"|\`[^\`]*\`|\\[[^\\]]*\\]`,
    comment,
    String.raw`\?\d*|[:@#]${nameCharacter}+|(?<!${nameCharacter})\$${nameCharacter}+`,
    `(?<!${nameCharacter})returning(?!${nameCharacter})`,
    String.raw`\*(?!\s*\))`, // count(*) has no columns to lose
  ].join('|'),
  'gi',
);

const firstWord = new RegExp(String.raw`^(?:[\s;\uFEFF]|${comment})*(\w*)`);

/** Reads a statement as SQLite's tokenizer does, as far as we need to. https://sqlite.org/lang_expr.html#parameters */
export function readStatementText(sql: string): StatementText {
  let parameterCount = 0;
  let isReturning = false;
  let hasStar = false;
  for (const [token] of sql.matchAll(tokens)) {
    if (token === '?') parameterCount++;
    else if (token === '*') hasStar = true;
    else if (/^[?:@#$]/.test(token)) parameterCount = Infinity;
    else if (/^r/i.test(token)) isReturning = true;
  }
  return { parameterCount, verb: firstWord.exec(sql)![1]!.toUpperCase(), isReturning, hasStar };
}
