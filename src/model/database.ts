import {
  beginFrame,
  ConnectedDatabase,
  inTransaction,
  runSync,
  setAttachedPragmas,
  setPragmas,
  type PragmaOptions,
  type Pragmas,
  type StatementEvent,
  type TransactionOptions,
} from '../database/index.js';
import type { Connection } from '../driver/contract.js';
import {
  DatabaseError,
  QueryError,
  SchemaDriftError,
  TransactionError,
  UnsupportedError,
  type DecodeError,
} from '../errors/index.js';
import { BoundTable } from '../query/index.js';
import { applySchema, introspectTable, planSchema, tableSchemaOf, type TableSchema } from '../schema/index.js';
import { quote, statement, type Program, type RunResult, type Sql } from '../sql/index.js';
import { addHome, aliases, rebindModels, removeHome, schemaOf, type ModelHome } from './binding.js';
import type { Of, QueryOf } from './face.js';
import { TableQuery, typed } from './query.js';
import { Transaction } from './transaction.js';
import { readRows, runFragment, type PlainRow } from './raw-sql.js';

/** What a synchronous transaction's callback may not return; the text is what the compiler shows. */
export interface SyncOnly<Message extends string> {
  readonly [message]: Message;
}
declare const message: unique symbol;

/** Options that every `open` takes. */
export interface OpenOptions extends PragmaOptions {
  /** The name by which models find the database; `default` unless said. */
  readonly alias?: string;
  /** The models whose tables stand in this database. */
  readonly models?: readonly Of<object>[];
  /**
   * What is done about tables at opening: `create` (the default) adds missing tables, indexes and columns where SQLite can add
   * them, and never alters anything else; `verify` only compares; `off` does neither. A difference that is not allowed throws
   * `SchemaDriftError` and changes nothing.
   */
  readonly schema?: 'create' | 'verify' | 'off';
  /**
   * Whether a stored value that its column cannot read comes as null and with a warning, where it else is a `DecodeError`: for
   * rescuing what a damaged file still has. A function is called instead of warning. `save` leaves such a value in the file as
   * it is unless the field is given another; to write null over it, use a query's `update`.
   */
  readonly lenient?: boolean | ((error: DecodeError) => void);
  /** Whether every write is refused; the file must exist, and tables are verified at most. */
  readonly readonly?: boolean;
  /** Takes the alias over from the database that has it, which is closed. */
  readonly replace?: boolean;
  /** How many prepared statements are kept, and as many again of those that read bigint; 500 unless said. */
  readonly statementCacheSize?: number;
  /** Called after each statement, the ones of opening included: see `Database.onStatement`. */
  readonly onStatement?: (event: StatementEvent) => void;
}

/** What a driver knows of the file that it opened. */
export interface OpenedFile {
  readonly onDisk: boolean;
}

const oldestSqlite = [3, 38, 0] as const;

/** An open database: made by `open` of a driver's import. */
export class Database extends ConnectedDatabase implements ModelHome {
  /** The pragmas that are in force, as SQLite told them at opening. */
  readonly pragmas: Pragmas;
  readonly #mode: 'create' | 'verify' | 'off';
  readonly #readonly: boolean;
  readonly #listed = new Set<TableSchema>();
  readonly #tables = new Map<TableSchema, BoundTable>();

  /** @internal */
  constructor(connection: Connection, file: OpenedFile, options: OpenOptions) {
    const { alias = 'default', statementCacheSize } = options;
    super(connection, { alias, statementCacheSize, onUndecodable: onUndecodable(options) });
    this.#readonly = options.readonly ?? false;
    this.#mode = schemaMode(options);
    if (options.onStatement !== undefined) this.onStatement(options.onStatement);
    try {
      const holder = aliases.get(this.alias) as Database | undefined;
      if (holder?.isOpen === false) removeHome(holder); // its connection was lost with a rollback that failed
      if (options.replace !== true) aliases.check(this.alias); // before anything is written
      checkVersion(connection.capabilities.sqliteVersion);
      const schemas = (options.models ?? []).map(schemaOf);
      const mode = this.#mode;
      const check = () => planSchema(mode === 'off' ? [] : schemas, mode === 'verify' ? mode : 'create');
      const opened = { ...file, readonly: this.#readonly, check };
      this.pragmas = runSync(this, setPragmas(options, connection.capabilities, opened));
      this.#admit(schemas, 'main');
      if (options.replace === true) (aliases.get(this.alias) as Database | undefined)?.close();
      aliases.add(this.alias, this);
      addHome(this);
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  /**
   * Runs a function in a transaction: committed when it returns, rolled back when it throws. Inside another transaction it is
   * a savepoint.
   *
   *     db.transaction(() => {                 // BEGIN IMMEDIATE
   *       ann.save();
   *       Order.create({ userId: ann.id });
   *     });                                    // COMMIT
   *
   * A callback that returns a promise does not compile, and throws `AsyncCallbackError` after rolling back: what it does after
   * its first `await` would be outside of the transaction. Throws `BusyError` when another connection holds the lock for
   * longer than the busy timeout. https://sqlite.org/lang_transaction.html
   */
  transaction<Result>(
    work: () => Result extends PromiseLike<unknown>
      ? SyncOnly<'a synchronous transaction cannot take an async callback'>
      : Result,
    options?: TransactionOptions,
  ): Result {
    function* call(): Program<Result> {
      return (yield { method: 'call', work }) as Result;
    }
    return runSync(this, inTransaction(this, call, options));
  }

  /**
   * Begins a transaction that ends when you say so, or is rolled back when its block is left.
   *
   *     using transaction = db.begin();
   *     ann.save();
   *     transaction.commit();
   */
  begin(mode?: TransactionOptions['mode']): Transaction {
    return new Transaction(this, runSync(this, beginFrame(this, mode)));
  }

  /**
   * The rows of a query of your own, as plain objects with the names that SQLite gives its columns.
   *
   *     db.all<{ country: string; n: number }>(sql`SELECT country, count(*) AS n FROM cities GROUP BY country`);
   *
   * Integers beyond 2^53 come as bigint. Two columns of the same name throw `QueryError`.
   */
  all<Row extends object = PlainRow>(query: Sql): Row[] {
    const rows = runSync(this, readRows(this, query)) as Row[];
    this.transactions.noticeEnd();
    return rows;
  }

  /** The first row of a query of your own, or `undefined`. */
  first<Row extends object = PlainRow>(query: Sql): Row | undefined {
    return this.all<Row>(query)[0];
  }

  /** Runs a statement of your own that returns no rows; says what it changed. */
  run(command: Sql): RunResult {
    const done = runSync(this, runFragment(this, command));
    this.transactions.noticeEnd();
    return done;
  }

  /** Runs a script: any number of statements, without values. For DDL and files of SQL, not for what a user typed. */
  execute(script: string): void {
    this.script(script);
  }

  /**
   * A query over a table that has no model: its columns are read from the file, and its rows are plain objects.
   *
   *     db.table<{ id: number; name: string }>('users').filter({ name: like('A%') }).all();
   *
   * Throws `QueryError` when there is no such table.
   */
  table<Row extends object = PlainRow>(name: string): QueryOf<Row, Row, 'sync'> {
    const actual = runSync(this, introspectTable(name, 'main'));
    if (actual === undefined) throw new QueryError(`There is no table "${name}" in the database "${this.alias}".`);
    const schema = tableSchemaOf(actual);
    return typed<Row>(new TableQuery({ schema, table: new BoundTable(schema, this), schemaNames: this.schemaNames }));
  }

  /**
   * Adds a file to this connection, so that statements and transactions reach across both.
   *
   *     db.attach('archive.db', 'archive', { models: [OldOrder] });      // ATTACH ? AS "archive"
   *
   * The models are then found here, in that file. Foreign keys cannot cross files, and a transaction over several files in
   * WAL mode is atomic in each file alone when the power fails. https://sqlite.org/lang_attach.html
   */
  attach(path: string, name: string, { models = [] }: { readonly models?: readonly Of<object>[] } = {}): void {
    if (['main', 'temp'].includes(name.toLowerCase()))
      throw new QueryError(`"${name}" is a name that SQLite has taken.`);
    if (!this.capabilities.attach) {
      throw new UnsupportedError(`The ${this.capabilities.driver} driver cannot attach files.`, 'Open it by itself.');
    }
    if (this.inTransaction) throw new TransactionError('A file cannot be attached inside a transaction.');
    const schemas = models.map(schemaOf);
    for (const schema of schemas) {
      if (!this.#tables.has(schema) && !this.#listed.has(schema)) continue;
      throw new QueryError(
        `${schema.modelName} stands in the database "${this.alias}" already.`,
        'A model stands in one file of a connection: define another one for the attached file.',
      );
    }
    this.change({ method: 'run', statement: statement(`ATTACH ? AS ${quote(name)}`), parameters: [path] });
    try {
      if (this.capabilities.wal && !this.#readonly && path !== ':memory:' && path !== '') {
        runSync(this, setAttachedPragmas(name, this.pragmas));
      }
      this.place(
        schemas.map(({ reference }) => reference.owner!),
        name,
      );
      this.#admit(schemas, name);
    } catch (error) {
      this.displace(name);
      this.change({ method: 'run', statement: statement(`DETACH ${quote(name)}`), parameters: [] });
      throw error;
    }
    rebindModels();
  }

  /** Takes an attached file away again; its models are no longer found here. https://sqlite.org/lang_detach.html */
  detach(name: string): void {
    this.change({ method: 'run', statement: statement(`DETACH ${quote(name)}`), parameters: [] });
    const detached = name.toLowerCase(); // to SQLite, "Archive" and "archive" are one name
    for (const schema of this.#listed) {
      if (this.schemaNames(schema.reference.owner)?.toLowerCase() !== detached) continue;
      const table = this.#tables.get(schema);
      if (table !== undefined) table.isDetached = true;
      this.#listed.delete(schema);
      this.#tables.delete(schema);
    }
    this.displace(name);
    rebindModels();
  }

  /** Closes the file; an open transaction is rolled back. Later calls do nothing. */
  close(): void {
    removeHome(this);
    if (!this.isOpen) return;
    try {
      this.rollBackAll();
      if (!this.#readonly) this.#optimize();
    } finally {
      this.disconnect();
    }
  }

  /** Closes the database at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal */
  lists(schema: TableSchema): boolean {
    return this.#listed.has(schema);
  }

  /** @internal */
  tableOf(schema: TableSchema): BoundTable {
    let table = this.#tables.get(schema);
    if (table === undefined) {
      if (!this.#listed.has(schema)) this.#create([schema], 'main');
      if (this.#mode === 'off' && !this.capabilities.strictNames) this.#checkColumns(schema);
      table = new BoundTable(schema, this);
      this.#tables.set(schema, table);
      // a table that was made in a transaction is gone when that is rolled back
      this.transactions.onRollback(() => {
        this.#tables.delete(schema);
        rebindModels();
      });
    }
    return table;
  }

  /** Where SQLite takes a column that does not exist for text, a condition on it would match every row, or none. */
  #checkColumns(schema: TableSchema): void {
    const actual = runSync(this, introspectTable(schema.name, this.schemaNames(schema.reference.owner)));
    if (actual === undefined) return; // a table that does not exist is an error on every engine
    const names = new Set(actual.columns.map(({ name }) => name.toLowerCase()));
    const missing = schema.columns.filter(({ name }) => !names.has(name.toLowerCase()));
    if (missing.length === 0) return;
    throw new SchemaDriftError(
      schema.name,
      missing.map(({ name }) => `column "${name}" is missing from the file`),
    );
  }

  /** Lets the planner learn from what was run, unless somebody has the lock. https://sqlite.org/pragma.html#pragma_optimize */
  #optimize(): void {
    try {
      this.script('PRAGMA optimize');
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error; // closing is not the time to fail for this
    }
  }

  #admit(schemas: readonly TableSchema[], schemaName: string): void {
    this.#create(schemas, schemaName);
    for (const schema of schemas) this.#listed.add(schema);
  }

  #create(schemas: readonly TableSchema[], schemaName: string): void {
    if (this.#mode === 'off' || schemas.length === 0) return;
    const mode = this.#mode;
    // deferred: where nothing is missing, nothing is locked; tried again where another process was first to add it
    runSync(
      this,
      inTransaction(this, () => applySchema(schemas, mode, schemaName), { mode: 'deferred', retryFor: 5000 }),
    );
  }
}

function schemaMode({ schema = 'create', readonly = false }: OpenOptions): 'create' | 'verify' | 'off' {
  return readonly && schema === 'create' ? 'verify' : schema;
}

function onUndecodable({ lenient = false }: OpenOptions): ((error: DecodeError) => void) | undefined {
  if (typeof lenient === 'function') return lenient;
  return lenient ? (error) => console.warn(`litemodel: ${error.message}`) : undefined;
}

function checkVersion(version: string): void {
  const parts = version.split('.').map(Number);
  const difference = oldestSqlite.map((oldest, index) => (parts[index] ?? 0) - oldest).find((each) => each !== 0) ?? 0;
  if (difference >= 0) return;
  throw new UnsupportedError(
    `This driver has SQLite ${version}, which is older than ${oldestSqlite.join('.')}.`,
    'Update the driver: STRICT tables, RETURNING and the JSON operators are newer.',
  );
}
