import type { BoundValue, Outcome, PreparedStatement } from '../driver/contract.js';
import { UnsupportedError } from '../errors/index.js';
import { tooBigInteger, tooFewParameters, tooManyParameters } from './misuse.js';
import type { Engine } from './sqljs-engine.js';
import type { RawDatabase, RawStatement, SqliteFunctions } from './sqljs-module.js';

/** A statement that is compiled when it is first used, and again after sql.js freed it in an export. */
export class LiveStatement {
  readonly #compile: () => RawStatement;
  readonly #addressOf: (statement: RawStatement) => number;
  #statement: RawStatement | undefined;

  constructor(compile: () => RawStatement, addressOf: (statement: RawStatement) => number) {
    this.#compile = compile;
    this.#addressOf = addressOf;
  }

  ready(): RawStatement {
    const statement = this.#statement;
    if (statement !== undefined && this.#addressOf(statement) !== 0) return statement;
    return (this.#statement = this.#compile());
  }

  free(): void {
    if (this.#statement !== undefined && this.#addressOf(this.#statement) !== 0) this.#statement.free();
    this.#statement = undefined;
  }
}

export class SqlJsStatement implements PreparedStatement {
  readonly #live: LiveStatement;
  readonly #functions: SqliteFunctions;
  readonly #addressOf: (statement: RawStatement) => number;
  readonly #database: RawDatabase;
  readonly #counters: LiveStatement;
  readonly #cutsText: boolean;
  readonly #integers: { readonly useBigInt: boolean };
  readonly #parameterCount: number;

  constructor(live: LiveStatement, engine: Engine, database: RawDatabase, counters: LiveStatement, bigints: boolean) {
    this.#live = live;
    this.#functions = engine.module;
    this.#addressOf = engine.addressOf;
    this.#database = database;
    this.#counters = counters;
    this.#cutsText = engine.cutsText;
    this.#integers = { useBigInt: bigints };
    this.#parameterCount = countParameters(engine, live.ready());
  }

  get columns(): readonly string[] {
    return this.#live.ready().getColumnNames();
  }

  all(parameters: readonly BoundValue[]): unknown[][] {
    const statement = this.#live.ready();
    try {
      statement.bind(this.#bindable(parameters));
      const rows: unknown[][] = [];
      while (statement.step()) rows.push(this.#readRow(statement));
      return rows;
    } finally {
      statement.reset();
    }
  }

  run(parameters: readonly BoundValue[]): Outcome {
    const statement = this.#live.ready();
    const before = this.#readCounters().total;
    try {
      statement.bind(this.#bindable(parameters));
      while (statement.step()); // a RETURNING is committed after its last row, and may fail there
    } finally {
      statement.reset();
    }
    const { total, lastInsertRowid } = this.#readCounters();
    return { changes: total === before ? 0 : this.#database.getRowsModified(), lastInsertRowid };
  }

  finalize(): void {
    this.#live.free();
  }

  #bindable(parameters: readonly BoundValue[]): readonly BoundValue[] {
    if (parameters.length < this.#parameterCount) throw tooFewParameters();
    if (parameters.length > this.#parameterCount) throw tooManyParameters();
    let bindable = true;
    for (const value of parameters) {
      if (typeof value === 'bigint') bindable = false;
      else if (this.#cutsText && typeof value === 'string' && value.includes('\0')) throw cutText();
    }
    return bindable ? parameters : parameters.map(toBindable);
  }

  /** sql.js decodes text without a byte order mark at its start, and before 1.16 without what follows a NUL. */
  #readRow(statement: RawStatement): unknown[] {
    const row = statement.get(null, this.#integers);
    const address = this.#addressOf(statement);
    for (let column = 0; column < row.length; column++) {
      const value = row[column];
      if (typeof value !== 'string' || this.#functions._sqlite3_column_bytes(address, column) === value.length)
        continue;
      row[column] = utf8.decode(statement.getBlob(column));
    }
    return row;
  }

  #readCounters(): { total: number; lastInsertRowid: number | bigint } {
    const statement = this.#counters.ready();
    statement.step();
    const address = this.#addressOf(statement);
    const total = this.#functions._sqlite3_column_double(address, 0);
    const lastInsertRowid = this.#integers.useBigInt
      ? (statement.get(null, this.#integers)[1] as bigint)
      : this.#functions._sqlite3_column_double(address, 1);
    this.#functions._sqlite3_reset(address);
    return { total, lastInsertRowid };
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

const cutText = () =>
  new UnsupportedError(
    'This build of sql.js would cut a text at its NUL character.',
    'Use sql.js 1.15 or newer, or a blob.',
  );

/** sql.js does not count a statement's parameters, and leaves missing ones NULL; SQLite refuses an index beyond the last. */
function countParameters({ module, addressOf }: Engine, statement: RawStatement): number {
  let count = 0;
  while (module._sqlite3_bind_int(addressOf(statement), count + 1, 0) === 0) count++;
  return count;
}

/** sql.js binds every bigint as TEXT and integers beyond 32 bits as REAL; the text is exact wherever the column has an affinity. */
function toBindable(value: BoundValue): BoundValue {
  if (typeof value !== 'bigint') return value;
  if (BigInt.asIntN(64, value) !== value) throw tooBigInteger();
  return BigInt.asIntN(32, value) === value ? Number(value) : String(value);
}
