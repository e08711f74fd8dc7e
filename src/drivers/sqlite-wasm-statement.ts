import type { BoundValue, Outcome, PreparedStatement } from '../driver/contract.js';
import { notOpen, tooBigInteger, tooFewParameters, tooManyParameters } from './misuse.js';
import { noMemory } from './sqlite-wasm-failure.js';
import type { Handle } from './sqlite-wasm-handle.js';
import type { WasmMemory } from './sqlite-wasm-memory.js';
import type { SqliteFunctions } from './sqlite-wasm-module.js';

/** What a step returns. */
const row = 100;
const done = 101;

/** The types of a value. https://sqlite.org/c3ref/c_blob.html */
const integer = 1;
const real = 2;
const text = 3;
const blob = 4;

/** SQLITE_STATIC: the value stays where it is until the statement is reset. */
const lent = 0;

/** The counter of how often SQLite compiled a statement anew. https://sqlite.org/c3ref/c_stmtstatus_counter.html */
const timesCompiled = 5;

/** A statement whose values are written to and read from SQLite's memory as they are, with one call for each. */
export class SqliteWasmStatement implements PreparedStatement {
  readonly #database: Handle;
  readonly #sqlite: SqliteFunctions;
  readonly #memory: WasmMemory;
  readonly #bigints: boolean;
  readonly #parameterCount: number;
  readonly #giveAway: number;
  #address: number;
  #ownsValues = false;
  #columns: readonly string[] | undefined;
  #columnsOf = 0;

  constructor(database: Handle, address: number, bigints: boolean) {
    const { sqlite, memory, module } = database.engine;
    this.#database = database;
    this.#sqlite = sqlite;
    this.#memory = memory;
    this.#bigints = bigints;
    this.#parameterCount = sqlite.sqlite3_bind_parameter_count(address);
    this.#giveAway = module.capi.SQLITE_WASM_DEALLOC;
    this.#address = address;
    database.adopt(address);
  }

  get columns(): readonly string[] {
    const address = this.#ready();
    const compiled = this.#sqlite.sqlite3_stmt_status(address, timesCompiled, 0);
    if (this.#columns === undefined || this.#columnsOf !== compiled) {
      this.#columns = this.#readColumns(address);
      this.#columnsOf = compiled;
    }
    return this.#columns;
  }

  get reads(): boolean {
    const address = this.#ready();
    return this.#sqlite.sqlite3_stmt_readonly(address) !== 0 && this.#sqlite.sqlite3_column_count(address) > 0;
  }

  all(parameters: readonly BoundValue[]): unknown[][] {
    const sqlite = this.#sqlite;
    const address = this.#ready();
    const { top } = this.#memory;
    try {
      this.#bind(address, parameters);
      const rows: unknown[][] = [];
      let result = sqlite.sqlite3_step(address);
      const count = sqlite.sqlite3_column_count(address); // which the first step may change
      for (; result === row; result = sqlite.sqlite3_step(address)) rows.push(this.#readRow(address, count));
      if (result !== done) throw this.#database.failure(result);
      return rows;
    } finally {
      sqlite.sqlite3_reset(address);
      this.#release(address, top);
    }
  }

  run(parameters: readonly BoundValue[]): Outcome {
    const sqlite = this.#sqlite;
    const address = this.#ready();
    const database = this.#database.address;
    const before = sqlite.sqlite3_total_changes(database);
    const { top } = this.#memory;
    let result = done;
    let ended = 0;
    try {
      this.#bind(address, parameters);
      result = sqlite.sqlite3_step(address); // SQLite makes every change of a RETURNING before its first row,
      if (result !== done && result !== row) throw this.#database.failure(result);
    } finally {
      ended = sqlite.sqlite3_reset(address); // and commits it after the last, or here
      this.#release(address, top);
    }
    if (result === row) this.#database.check(ended);
    const changes = sqlite.sqlite3_total_changes(database) === before ? 0 : sqlite.sqlite3_changes(database);
    const rowid = sqlite.sqlite3_last_insert_rowid(database);
    return { changes, lastInsertRowid: this.#bigints ? rowid : Number(rowid) };
  }

  finalize(): void {
    this.#database.finalize(this.#address);
    this.#address = 0;
  }

  #ready(): number {
    if (this.#address === 0 || !this.#database.isOpen) throw notOpen();
    return this.#address;
  }

  #bind(address: number, parameters: readonly BoundValue[]): void {
    const count = this.#parameterCount;
    if (parameters.length !== count) throw parameters.length < count ? tooFewParameters() : tooManyParameters();
    for (let index = 0; index < count; index++) {
      const result = this.#bindValue(address, index + 1, parameters[index]!);
      if (result !== 0) throw this.#database.failure(result);
    }
  }

  #bindValue(address: number, index: number, value: BoundValue): number {
    if (typeof value === 'string') return this.#bindText(address, index, value);
    if (typeof value === 'number') {
      // as an INTEGER where that costs no bigint; a larger one is as exact as a double
      return (value | 0) === value
        ? this.#sqlite.sqlite3_bind_int(address, index, value)
        : this.#sqlite.sqlite3_bind_double(address, index, value);
    }
    if (value === null) return this.#sqlite.sqlite3_bind_null(address, index);
    if (typeof value !== 'bigint') return this.#bindBlob(address, index, value);
    if (BigInt.asIntN(64, value) !== value) throw tooBigInteger();
    return this.#sqlite.sqlite3_bind_int64(address, index, value);
  }

  #bindText(address: number, index: number, value: string): number {
    const memory = this.#memory;
    if (memory.hasRoomFor(value.length * 3)) {
      const { top } = memory;
      return this.#sqlite.sqlite3_bind_text(address, index, top, memory.pushText(value), lent);
    }
    const encoded = memory.encode(value);
    this.#ownsValues = true;
    return this.#sqlite.sqlite3_bind_text(address, index, memory.store(encoded), encoded.length, this.#giveAway);
  }

  #bindBlob(address: number, index: number, value: Uint8Array): number {
    if (!ArrayBuffer.isView(value))
      throw new TypeError('SQLite takes null, numbers, bigints, texts and byte arrays only');
    const memory = this.#memory;
    if (memory.hasRoomFor(value.length)) {
      const { top } = memory;
      memory.pushBytes(value);
      return this.#sqlite.sqlite3_bind_blob(address, index, top, value.length, lent);
    }
    this.#ownsValues = true;
    return this.#sqlite.sqlite3_bind_blob(address, index, memory.store(value), value.length, this.#giveAway);
  }

  /** Gives back the memory of the values. */
  #release(address: number, top: number): void {
    this.#memory.top = top;
    if (!this.#ownsValues) return;
    this.#ownsValues = false;
    this.#sqlite.sqlite3_clear_bindings(address);
  }

  #readRow(address: number, count: number): unknown[] {
    const values: unknown[] = [];
    for (let column = 0; column < count; column++) values.push(this.#readValue(address, column));
    return values;
  }

  #readValue(address: number, column: number): unknown {
    const sqlite = this.#sqlite;
    switch (sqlite.sqlite3_column_type(address, column)) {
      case integer: // a double is exact for every integer that a number can be
        if (this.#bigints) return sqlite.sqlite3_column_int64(address, column);
        return sqlite.sqlite3_column_double(address, column);
      case real:
        return sqlite.sqlite3_column_double(address, column);
      case text: {
        const start = sqlite.sqlite3_column_text(address, column);
        if (start === 0) throw noMemory();
        return this.#memory.readText(start, sqlite.sqlite3_column_bytes(address, column));
      }
      case blob: {
        const start = sqlite.sqlite3_column_blob(address, column);
        const size = sqlite.sqlite3_column_bytes(address, column);
        if (start === 0 && size > 0) throw noMemory();
        return this.#memory.readBytes(start, size);
      }
      default:
        return null;
    }
  }

  #readColumns(address: number): readonly string[] {
    const sqlite = this.#sqlite;
    return Array.from({ length: sqlite.sqlite3_column_count(address) }, (_, column) =>
      this.#memory.readCString(sqlite.sqlite3_column_name(address, column)),
    );
  }
}
