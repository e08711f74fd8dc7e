import type { BoundValue, Outcome, PreparedStatement } from '../driver/contract.js';
import { UnsupportedError } from '../errors/index.js';
import { tooFewParameters, tooManyParameters } from './misuse.js';
import type { NodeSqliteStatement } from './node-sqlite-module.js';
import { readStatementText, type StatementText } from './node-sqlite-text.js';

/** What a version of Node gets wrong, and a newer one does not. */
export interface NodeSqliteFlaws {
  /** Whether it reads text only up to its first NUL, as before 24.16, and binds some empty bytes as NULL, as before 24.15. */
  readonly losesValues: boolean;
  /** Whether it counts the columns before SQLite notices a change of the schema, as before 24.20. */
  readonly countsColumnsEarly: boolean;
}

/** How a statement is compiled. */
export interface Compiler {
  compile(): NodeSqliteStatement;
  /** The same, after a look at what other connections did to the schema. */
  compileAnew(): NodeSqliteStatement;
}

/** Statements that return rows and change none: they can run twice. */
const readingVerbs = new Set(['SELECT', 'VALUES', 'WITH', 'PRAGMA', 'EXPLAIN']);

/** Statements whose changes SQLite counts; those of any other are the count of an earlier one. */
const writingVerbs = new Set(['INSERT', 'REPLACE', 'UPDATE', 'DELETE']);

/** A statement of node:sqlite, which reads integers as bigint unless it can run again where a number does not hold one. */
export class NodeStatement implements PreparedStatement {
  readonly #compiler: Compiler;
  readonly #bigints: boolean;
  readonly #parameterCount: number;
  readonly #losesValues: boolean;
  readonly #readsNumbers: boolean;
  readonly #countsChanges: boolean;
  readonly #isCompiledAnew: boolean;
  #statement: NodeSqliteStatement;

  constructor(compiler: Compiler, sql: string, bigints: boolean, flaws: NodeSqliteFlaws) {
    const text = readStatementText(sql);
    this.#compiler = compiler;
    this.#bigints = bigints;
    this.#parameterCount = text.parameterCount;
    this.#losesValues = flaws.losesValues;
    this.#readsNumbers = !bigints && readingVerbs.has(text.verb) && !text.isReturning;
    this.#isCompiledAnew = flaws.countsColumnsEarly && text.hasStar;
    this.#statement = this.#ready(compiler.compile());
    this.#countsChanges = countsChanges(text, this.#statement);
  }

  get columns(): readonly string[] {
    return this.#statement.columns().map((column) => column.name);
  }

  all(parameters: readonly BoundValue[]): unknown[][] {
    const values = this.#bindable(parameters);
    const statement = this.#current();
    const read = () => statement.all(...values) as unknown[][];
    if (this.#bigints) return read();
    if (!this.#readsNumbers) return withNumbers(read());
    try {
      return read();
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'ERR_OUT_OF_RANGE') throw error;
      return withNumbers(asBigints(statement, read));
    }
  }

  run(parameters: readonly BoundValue[]): Outcome {
    const values = this.#bindable(parameters);
    const statement = this.#current();
    const run = () => statement.run(...values);
    const { changes, lastInsertRowid } = this.#readsNumbers ? asBigints(statement, run) : run();
    return {
      changes: this.#countsChanges ? Number(changes) : 0,
      lastInsertRowid: this.#bigints ? lastInsertRowid : Number(lastInsertRowid),
    };
  }

  finalize(): void {} // Node finalizes what the garbage collector finds

  #bindable(parameters: readonly BoundValue[]): readonly BoundValue[] {
    if (parameters.length < this.#parameterCount) throw tooFewParameters();
    if (parameters.length > this.#parameterCount) throw tooManyParameters();
    if (isNamed(parameters[0])) throw new TypeError('A parameter is null, a number, a bigint, a string or bytes.');
    return this.#losesValues ? parameters.map(asNotLost) : parameters;
  }

  #current(): NodeSqliteStatement {
    if (this.#isCompiledAnew) this.#statement = this.#ready(this.#compiler.compileAnew());
    return this.#statement;
  }

  #ready(statement: NodeSqliteStatement): NodeSqliteStatement {
    statement.setReturnArrays(true);
    if (!this.#readsNumbers) statement.setReadBigInts(true);
    return statement;
  }
}

function countsChanges({ verb, isReturning }: StatementText, statement: NodeSqliteStatement): boolean {
  if (verb === 'WITH') return isReturning || statement.columns().length === 0;
  return writingVerbs.has(verb);
}

/** Node takes an object in the first place, a Date as well, for parameters by name, and leaves those by position NULL. */
const isNamed = (value: unknown): boolean =>
  (typeof value === 'object' || typeof value === 'function') && value !== null && !ArrayBuffer.isView(value);

const emptyBytes = new Uint8Array(1).subarray(1);

/** The same value in a form that comes back; see {@link NodeSqliteFlaws}. */
function asNotLost(value: BoundValue): BoundValue {
  if (value instanceof Uint8Array && value.length === 0) return emptyBytes;
  if (typeof value !== 'string' || !value.includes('\0')) return value;
  throw new UnsupportedError(
    'This version of Node would read a text only up to its NUL character.',
    'Use Node 24.16 or a newer one, or a blob.',
  );
}

function asBigints<Result>(statement: NodeSqliteStatement, read: () => Result): Result {
  statement.setReadBigInts(true);
  try {
    return read();
  } finally {
    statement.setReadBigInts(false);
  }
}

/** Turns bigints into numbers, those that a number does not hold rounded, as better-sqlite3 reads them. */
function withNumbers(rows: unknown[][]): unknown[][] {
  for (const row of rows) {
    for (let column = 0; column < row.length; column++) {
      const value = row[column];
      if (typeof value === 'bigint') row[column] = Number(value);
    }
  }
  return rows;
}
