import type {
  BoundValue,
  Capabilities,
  Connection,
  EngineFailure,
  Outcome,
  PreparedStatement,
} from '../driver/contract.js';
import type { TableSchema } from '../schema/index.js';
import type { CompiledStatement } from '../sql/index.js';
import { Compiler } from './evaluate.js';
import { ConstraintFailure, unsupported } from './failure.js';
import { MemoryTable, type TableState } from './memory-table.js';
import type { PlainStatement } from './plain.js';
import { Scope } from './scope.js';
import { selectCompiler } from './select.js';
import type { Value } from './value.js';
import { compileDelete, compileInsert, compileUpdate, type Write } from './write.js';

/** All tables as they were. */
type Snapshot = ReadonlyMap<MemoryTable, TableState>;

/** A transaction or savepoint, and what there was when it began. */
interface Begun {
  readonly savepoint: string | undefined;
  readonly before: Snapshot;
}

/**
 * An engine without SQLite: it runs the statements that we make from their syntax, on rows that it keeps in memory. What it does not
 * know throws `UnsupportedError`.
 */
export class InMemoryConnection implements Connection {
  readonly capabilities: Capabilities = {
    driver: 'in-memory',
    sqliteVersion: 'none',
    sync: true,
    interactiveTransactions: true,
    userVersion: false,
    attach: false,
    wal: false,
    fts5: false,
    rtree: false,
    strictNames: true,
    updateHook: false,
  };
  readonly #tables = new Map<string, MemoryTable>();
  readonly #schemas = new Set<TableSchema>();
  readonly #begun: Begun[] = [];
  #expected: CompiledStatement | undefined;
  #lastRowid = 0n;

  get inTransaction(): boolean {
    return this.#begun.length > 0;
  }

  /** Lets a table be used, and those that its relations lead to. */
  define(schema: TableSchema): void {
    this.#schemas.add(schema.whole);
  }

  /** Is told what the text of the statement says that will be prepared next. */
  expect(statement: CompiledStatement): void {
    this.#expected = statement;
  }

  prepare(sql: string, bigints: boolean): PreparedStatement {
    const control = this.#control(sql);
    if (control !== undefined)
      return { columns: [], all: () => (control(), []), run: () => (control(), nothing), finalize };
    const syntax = this.#expected?.sql === sql ? this.#expected.syntax : undefined;
    if (syntax === undefined) throw unsupported('SQL of your own');
    return this.#prepared(syntax as PlainStatement, bigints);
  }

  execute(script: string): void {
    const control = this.#control(script);
    if (control === undefined) throw unsupported('SQL of your own');
    control();
  }

  explain(error: unknown): EngineFailure | undefined {
    if (!(error instanceof ConstraintFailure)) return undefined;
    return { sqliteCode: error.sqliteCode, message: error.message };
  }

  close(): void {
    this.#tables.clear();
    this.#begun.length = 0;
  }

  #prepared(statement: PlainStatement, bigints: boolean): PreparedStatement {
    const compiler = new Compiler(selectCompiler(this.#find));
    const given = (values: readonly Value[]): unknown[] =>
      bigints ? [...values] : values.map((value) => (typeof value === 'bigint' ? Number(value) : value));
    if (statement.kind === 'select') {
      const rows = selectCompiler(this.#find)(compiler)(statement, noScope);
      const all = (parameters: readonly BoundValue[]) =>
        [...rows({ row: [], parameters, outer: undefined })].map(given);
      return { columns: [], reads: true, all, run: () => nothing, finalize };
    }
    const write = this.#compileWrite(compiler, statement);
    return {
      columns: [],
      all: (parameters) => this.#atOnce(() => write(parameters)).returned.map(given),
      run: (parameters) => this.#outcome(this.#atOnce(() => write(parameters))),
      finalize,
    };
  }

  #compileWrite(compiler: Compiler, statement: Exclude<PlainStatement, { kind: 'select' }>): Write {
    switch (statement.kind) {
      case 'insert':
        return compileInsert(this.#find, compiler, statement);
      case 'update':
        return compileUpdate(this.#find, compiler, statement);
      case 'delete':
        return compileDelete(this.#find, compiler, statement);
      default:
        return statement satisfies never;
    }
  }

  #outcome({ changes, lastRowid }: ReturnType<Write>): Outcome {
    if (lastRowid !== undefined) this.#lastRowid = lastRowid;
    return { changes, lastInsertRowid: this.#lastRowid };
  }

  /** A statement that fails leaves nothing behind. */
  #atOnce<Result>(work: () => Result): Result {
    const before = this.#snapshot();
    try {
      return work();
    } catch (error) {
      this.#restore(before);
      throw error;
    }
  }

  readonly #find = (name: string): MemoryTable => {
    const key = name.toLowerCase();
    let table = this.#tables.get(key);
    if (table === undefined) this.#tables.set(key, (table = new MemoryTable(this.#schemaOf(key))));
    return table;
  };

  /** The table of a model that was used, or that relations lead to from there. */
  #schemaOf(name: string): TableSchema {
    for (const schema of this.#schemas) {
      if (schema.name.toLowerCase() === name) return schema;
      for (const relation of schema.relations.values()) {
        for (const table of [relation.target, ...relation.ownTables]) this.#schemas.add(table.whole);
      }
    }
    throw unsupported(`table "${name}"`);
  }

  /** What opens or ends a transaction or savepoint. */
  #control(sql: string): (() => void) | undefined {
    const savepoint = /"(.*)"$/.exec(sql)?.[1];
    if (sql.startsWith('BEGIN') || sql.startsWith('SAVEPOINT "'))
      return () => void this.#begun.push({ savepoint, before: this.#snapshot() });
    if (sql === 'COMMIT' || sql.startsWith('RELEASE "')) return () => void this.#begun.splice(this.#place(savepoint));
    if (sql !== 'ROLLBACK' && !sql.startsWith('ROLLBACK TO "')) return undefined;
    return () => {
      const place = this.#place(savepoint);
      this.#restore(this.#begun[place]!.before);
      this.#begun.splice(savepoint === undefined ? place : place + 1); // ROLLBACK TO leaves the savepoint itself
    };
  }

  #place(savepoint: string | undefined): number {
    return this.#begun.findLastIndex((each) => each.savepoint === savepoint);
  }

  #snapshot(): Snapshot {
    return new Map([...this.#tables.values()].map((table) => [table, table.state]));
  }

  #restore(snapshot: Snapshot): void {
    for (const table of this.#tables.values()) table.restore(snapshot.get(table));
  }
}

const nothing: Outcome = { changes: 0, lastInsertRowid: 0 };
const noScope = new Scope(undefined, [], undefined);
const finalize = (): void => undefined;
