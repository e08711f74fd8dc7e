import {
  beginFrame,
  inTransaction,
  runSync,
  type BeginOptions,
  type Scope,
  type TransactionOptions,
} from '../database/index.js';
import type { Connection } from '../driver/contract.js';
import type { Program, RunResult, Sql, TransactionMode } from '../sql/index.js';
import { AsyncDatabase } from './async-database.js';
import { removeHome, type ModelHome } from './binding.js';
import type { Of, QueryOf } from './face.js';
import { ModelDatabase, scriptOf, type OpenedFile } from './model-database.js';
import type { OpenOptions } from './open-options.js';
import { tableQuery, typed } from './query.js';
import { readRows, runFragment, type PlainRow } from './raw-sql.js';
import { inUnit, type Unit } from '../unit-of-work/index.js';
import { checkCallable } from './callback.js';
import { Transaction } from './transaction.js';
import { unitOfWork, type UnitOfWork } from './unit-of-work.js';

/** What a synchronous transaction's callback may not return; the text is what the compiler shows. */
export interface SyncOnly<Message extends string> {
  readonly [message]: Message;
}
declare const message: unique symbol;

/** Runs a function of the user's. */
function* callWith<Result>(work: () => unknown): Program<Result> {
  return (yield { method: 'call', work }) as Result;
}

/** An open database: made by `open` of a driver's import. */
export class Database extends ModelDatabase implements ModelHome<'sync'> {
  /** Its results are there when a method returns. */
  readonly face = 'sync';
  #async: AsyncDatabase | undefined;

  /** @internal */
  constructor(connection: Connection, file: OpenedFile, options: OpenOptions) {
    super(connection, options);
    this.homeIn = (scope) => (scope === undefined ? this : this.async.within(scope as Scope));
    try {
      runSync(this, this.opening(file, this));
    } catch (error) {
      void this.disconnect();
      throw error;
    }
  }

  /**
   * The same database in its asynchronous face: what runs here promises its results, and its transactions can wait.
   *
   *     await db.async.transaction(async () => {
   *       const user = await User.async().findById(1);
   *       await charge(user);
   *     });
   */
  get async(): AsyncDatabase {
    return (this.#async ??= new AsyncDatabase(this));
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
    checkCallable('transaction', work);
    return runSync(
      this,
      inTransaction(this, () => callWith<Result>(work), options),
    );
  }

  /**
   * Runs a function with a unit of work, in a transaction: what it created, changed and deleted is written when it returns, in
   * the order that foreign keys ask for.
   *
   *     db.unitOfWork((work) => {
   *       const ann = work.find(User, 1)!;
   *       ann.name = 'Anna';
   *       work.create(Post, { title: 'Owls', author: work.create(User, { name: 'Ben' }) });
   *     });                                    // INSERT INTO "users" …, INSERT INTO "posts" …, UPDATE "users" …
   *
   * When it throws or the writing fails, nothing is kept, and the objects have the values that they had before they were written.
   */
  unitOfWork<Result>(
    work: (
      work: UnitOfWork,
    ) => Result extends PromiseLike<unknown>
      ? SyncOnly<'a synchronous unit of work cannot take an async callback'>
      : Result,
    options?: TransactionOptions,
  ): Result {
    checkCallable('unitOfWork', work);
    const call = (unit: Unit) => callWith<Result>(() => work(unitOfWork(unit, this, 'sync')));
    return runSync(this, inUnit(this, call, options));
  }

  /**
   * Begins a transaction that ends when you say so, or is rolled back when its block is left.
   *
   *     using transaction = db.begin();
   *     ann.save();
   *     transaction.commit();
   *
   * It takes the mode, or an object of options: `db.begin({ actor: ann })`.
   */
  begin(options?: TransactionMode | BeginOptions): Transaction {
    return new Transaction(this, runSync(this, beginFrame(this, options)));
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
    runSync(this, scriptOf(script));
  }

  /**
   * A query over a table that has no model: its columns are read from the file, and its rows are plain objects.
   *
   *     db.table<{ id: number; name: string }>('users').filter({ name: like('A%') }).all();
   *
   * Throws `QueryError` when there is no such table.
   */
  table<Row extends object = PlainRow>(name: string): QueryOf<Row, Row, 'sync'> {
    const table = runSync(this, this.tableNamed(name));
    return typed<Row, 'sync'>(tableQuery(table, this));
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
    runSync(this, this.attaching(path, name, models));
  }

  /** Takes an attached file away again; its models are no longer found here. https://sqlite.org/lang_detach.html */
  detach(name: string): void {
    runSync(this, this.detaching(name));
  }

  /** Closes the file; an open transaction is rolled back. Later calls do nothing. */
  close(): void {
    removeHome(this);
    if (!this.isOpen) return;
    try {
      this.rollBackAll();
      runSync(this, this.optimizing(), this.root);
    } finally {
      void this.disconnect();
    }
  }

  /** Closes the database at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}
