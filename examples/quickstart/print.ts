import progress from 'cli-progress';
import Table from 'cli-table3';
import type { StatementEvent } from 'litemodel';
import picocolors from 'picocolors';
import type { ImportProgress } from './import.js';
import type { Listing } from './listing.js';

/** Colors for a terminal only: picocolors takes a pipe in CI for one, too. */
const colors = picocolors.createColors(
  process.stdout.isTTY === true && picocolors.isColorSupported,
);

/** How long a line may be, but for its indentation: a terminal of 100 columns shows it whole. */
const width = 96;

/** A bar on standard error, where that is a terminal. */
export function progressBar(): ImportProgress {
  const bar = new progress.SingleBar({
    format: '  {bar} {percentage}%  {value} of {total} rows',
    barsize: 48,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    formatValue: (value, _options, type) => {
      return type === 'percentage' ? String(value).padStart(3) : number(value);
    },
    gracefulExit: false, // so that Ctrl-C ends the process at once
    clearOnComplete: true,
  });
  return {
    start: (total) => bar.start(total, 0),
    update: (done) => bar.update(done),
    stop: () => bar.stop(),
  };
}

/** What came of a question. */
export interface Answer {
  readonly rows: readonly object[];
  readonly statements: readonly StatementEvent[];
  readonly milliseconds: number;
}

/** Prints a question: its title, code, SQL, rows and time. */
export function printQuestion(
  position: number,
  { title, code }: Listing,
  answer: Answer,
): void {
  const { rows, statements, milliseconds } = answer;
  const heading = `${position}. ${title}`;
  const took = `${count(rows.length, 'row')}, ${count(statements.length, 'statement')}, ${milliseconds.toFixed(1)} ms`;
  const parts = [
    `${colors.bold(heading)} ${colors.dim('─'.repeat(Math.max(2, width - heading.length)))}`,
    indent(colors.cyan(code)),
    indent(statements.map(statementText).join('\n')),
    tableOf(rows),
    indent(colors.green(took)),
  ];
  console.log(`\n${parts.join('\n\n')}`);
}

const count = (many: number, noun: string): string =>
  `${number(many)} ${noun}${many === 1 ? '' : 's'}`;

/** A number with separators, and at most five digits after the point. */
export const number = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: 5 });

const indent = (text: string): string => text.replace(/^/gm, '  ');

/** A statement on as few lines as it needs, with the values that were bound to it as a comment. */
function statementText({ sql, parameters = [] }: StatementEvent): string {
  const text = sql.replace(/\s+/g, ' ').trim();
  const lines = text.length <= width ? [text] : clausesOf(text).flatMap(wrap);
  const values = `-- ${parameters.map(literal).join(', ')}`;
  const last = lines.at(-1)!;
  if (parameters.length === 0) return colors.dim(lines.join('\n'));
  if (last.length + 1 + values.length <= width) lines[lines.length - 1] = `${last} ${values}`;
  else lines.push(...wrap(values));
  return colors.dim(lines.join('\n'));
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value}'` : String(value);

/** The clauses of a statement: what begins with a keyword outside of all parentheses. */
function clausesOf(sql: string): string[] {
  const clauses: string[] = [];
  let start = 0;
  let depth = 0;
  for (const { 0: found, index } of sql.matchAll(
    /[()]| (?=(?:FROM|WHERE|GROUP BY|ORDER BY|SET|VALUES)\b)/g,
  )) {
    if (found === '(') depth++;
    else if (found === ')') depth--;
    else if (depth === 0) {
      clauses.push(sql.slice(start, index));
      start = index + 1;
    }
  }
  return [...clauses, sql.slice(start)];
}

/** Breaks a line between words; what follows the break stands further in. */
function wrap(line: string): string[] {
  const lines = [''];
  for (const word of line.split(' ')) {
    const last = lines.at(-1)!;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`    ${word}`);
  }
  return lines;
}

/** The rows as a table; columns of numbers stand to the right. */
function tableOf(rows: readonly object[]): string {
  const fields = Object.keys(rows[0] ?? {});
  const table = new Table({
    head: fields.map((field) => colors.bold(field)),
    colAligns: fields.map((field) =>
      typeof valueOf(rows[0], field) === 'number' ? 'right' : 'left',
    ),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(fields.map((field) => cell(field, valueOf(row, field))));
  return indent(table.toString());
}

const valueOf = (row: object | undefined, field: string): unknown =>
  (row as Record<string, unknown>)[field];

function cell(field: string, value: unknown): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'number' && field !== 'id') return number(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
