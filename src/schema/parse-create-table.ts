import { parseForeignKeys, type ParsedForeignKey } from './parse-foreign-key.js';
import { nameText, spell, tokenize, valueWords, type Token } from './tokenize.js';

/** What a column's definition says beyond what SQLite's pragmas tell; every text is spelled as `spell` does. */
export interface ParsedColumn {
  readonly name: string;
  readonly checks: readonly string[];
  /** In lower case; `binary` unless said. */
  readonly collation: string;
  readonly default: string | undefined;
  readonly generated: string | undefined;
}

/** A CHECK of the whole table. */
export interface ParsedCheck {
  readonly name: string | undefined;
  readonly text: string;
}

/** What the text of a CREATE TABLE says beyond what SQLite's pragmas tell. */
export interface ParsedTable {
  /** By `nameText` of the column's name. */
  readonly columns: ReadonlyMap<string, ParsedColumn>;
  readonly checks: readonly ParsedCheck[];
  readonly foreignKeys: readonly ParsedForeignKey[];
  readonly autoincrement: boolean;
  /** The words after ON CONFLICT, but for ABORT, which is what SQLite does anyway. */
  readonly conflicts: readonly string[];
}

/** Reads a CREATE TABLE as SQLite keeps it, or as we write it. https://sqlite.org/lang_createtable.html */
export function parseCreateTable(sql: string): ParsedTable {
  const tokens = tokenize(sql);
  const definitions = splitAtCommas(parenthesized(tokens, 0));
  const columns = definitions.filter((definition) => !isTableConstraint(definition)).map(parseColumn);
  return {
    columns: new Map(columns.map((column) => [nameText(column.name), column])),
    checks: definitions.filter(isTableConstraint).flatMap((definition) => parseConstraints(definition).checks),
    foreignKeys: definitions.flatMap((definition) =>
      parseForeignKeys(definition, isTableConstraint(definition) ? undefined : definition[0]!.name),
    ),
    autoincrement: tokens.some(({ keyword }) => keyword === 'autoincrement'),
    conflicts: tokens
      .filter((_, at) => tokens[at - 1]?.keyword === 'conflict' && tokens[at - 2]?.keyword === 'on')
      .map(({ text }) => text)
      .filter((action) => action !== 'abort'),
  };
}

/** The indexed terms and the condition of an index; each text is spelled as `spell` does. */
export interface ParsedIndex {
  readonly terms: readonly IndexTerm[];
  readonly where: string | undefined;
}

/** What an index is sorted by: an expression, or a column with its collation. */
export interface IndexTerm {
  readonly by: string;
  readonly descending: boolean;
}

/** An indexed column; `binary` is the collation that goes without saying. */
export function columnTerm(name: string, collation: string, descending: boolean): IndexTerm {
  const lower = collation.toLowerCase();
  return { by: nameText(name) + (lower === 'binary' ? '' : ` collate ${lower}`), descending };
}

/** Reads a CREATE INDEX on columns whose collations are known. https://sqlite.org/lang_createindex.html */
export function parseCreateIndex(sql: string, columns: ReadonlyMap<string, ParsedColumn>): ParsedIndex {
  const tokens = tokenize(sql);
  const terms = parenthesized(tokens, 0);
  const rest = tokens.slice(tokens.findIndex(({ text }) => text === '(') + terms.length + 2);
  return {
    terms: splitAtCommas(terms).map((term) => parseIndexTerm(term, columns)),
    where: rest[0]?.keyword === 'where' ? spellBare(rest.slice(1)) : undefined,
  };
}

function parseIndexTerm(tokens: readonly Token[], columns: ReadonlyMap<string, ParsedColumn>): IndexTerm {
  const direction = tokens.at(-1)!.keyword;
  const term = direction === 'asc' || direction === 'desc' ? tokens.slice(0, -1) : tokens;
  const descending = direction === 'desc';
  const column = columns.get(term[0]!.text);
  const collation = term.length === 1 ? column?.collation : term[1]?.keyword === 'collate' ? term[2]?.name : undefined;
  if (column === undefined || collation === undefined || term.length > 3) return { by: spellBare(term), descending };
  return columnTerm(column.name, collation, descending);
}

const tableConstraints = new Set(['constraint', 'primary', 'unique', 'check', 'foreign']);

const isTableConstraint = ([first]: readonly Token[]): boolean => tableConstraints.has(first?.keyword ?? '');

function parseColumn([name, ...definition]: readonly Token[]): ParsedColumn {
  const { checks, ...rest } = parseConstraints(definition);
  return { ...rest, name: name!.name, checks: checks.map(({ text }) => text) };
}

/** Reads what stands after a column's name, or a table constraint: words, with operands in parentheses. */
function parseConstraints(tokens: readonly Token[]) {
  const checks: ParsedCheck[] = [];
  let collation = 'binary';
  let generated: string | undefined;
  let given: string | undefined;
  for (let at = 0; at < tokens.length; at++) {
    const { text, keyword } = tokens[at]!;
    if (text === '(') {
      at += parenthesized(tokens, at).length + 1;
    } else if (keyword === 'collate') {
      collation = tokens[at + 1]!.name.toLowerCase();
    } else if (keyword === 'check') {
      const name = tokens[at - 2]?.keyword === 'constraint' ? tokens[at - 1]!.name : undefined;
      checks.push({ name, text: spellOperand(tokens, at) });
    } else if (keyword === 'as') {
      generated = spellOperand(tokens, at);
    } else if (keyword === 'default' && tokens[at - 1]?.keyword !== 'set') {
      given = parseDefault(tokens, at + 1); // but ON DELETE SET DEFAULT is no default
    }
  }
  return { checks, collation, generated, default: given };
}

const sameDefaults = new Map<string, string | undefined>([
  ['null', undefined],
  ['true', '1'],
  ['false', '0'],
]);

/** What stands after DEFAULT; `undefined` for NULL, which columns without one have. A lone name is a string there. */
function parseDefault(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at]!;
  if (token.text === '-') return `-${tokens[at + 1]!.text}`;
  if (token.text === '+') return tokens[at + 1]!.text;
  const text = token.text === '(' ? spellOperand(tokens, at) : token.text;
  if (sameDefaults.has(text)) return sameDefaults.get(text);
  const isName = token.quoted || (token.keyword !== undefined && !valueWords.has(text));
  return isName ? `'${token.name.replaceAll("'", "''")}'` : text;
}

/** What stands in the next parentheses. */
const spellOperand = (tokens: readonly Token[], at: number): string => spellBare(parenthesized(tokens, at));

/** Without parentheses around the whole: CHECK ((a > 0)) is CHECK (a > 0). */
function spellBare(tokens: readonly Token[]): string {
  const inside = tokens[0]?.text === '(' ? parenthesized(tokens, 0) : [];
  return inside.length > 0 && inside.length === tokens.length - 2 ? spellBare(inside) : spell(tokens);
}

/** The tokens inside the first parentheses from a place on. */
function parenthesized(tokens: readonly Token[], from: number): readonly Token[] {
  const start = tokens.findIndex(({ text }, at) => at >= from && text === '(') + 1;
  let depth = 1;
  let end = start;
  while (end < tokens.length && (depth += depthChange(tokens[end]!)) > 0) end++;
  return tokens.slice(start, end);
}

function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    depth += depthChange(token);
    if (depth === 0 && token.text === ',') parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

const depthChange = ({ text }: Token): number => (text === '(' ? 1 : text === ')' ? -1 : 0);
