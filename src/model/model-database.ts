import { inTransaction, ConnectedDatabase, setAttachedPragmas, setPragmas, type Pragmas } from '../database/index.js';
import type { AsyncConnection, Connection } from '../driver/contract.js';
import { checkPath } from '../driver/path.js';
import {
  describe,
  OrmError,
  QueryError,
  SchemaDriftError,
  TransactionError,
  UnsupportedError,
} from '../errors/index.js';
import {
  cascades,
  events,
  listen,
  type AnyEventName,
  type AnyListener,
  type AnyListenerOptions,
  type EventName,
  type Listener,
  type ListenerOptions,
  type RelationEventName,
  type RelationListener,
  type RelationListenerOptions,
  type RelationLoadEventName,
  type RelationLoadListener,
  type RelationLoadListenerOptions,
  type Unsubscribe,
} from '../events/index.js';
import { BoundTable, changeHooks, installDeferred, type AnyModel, type InstanceFeature } from '../query/index.js';
import { applySchema, introspectTable, planSchema, tableSchemaOf, type TableSchema } from '../schema/index.js';
import { quote, run, statement, type Program } from '../sql/index.js';
import { addHome, aliases, rebindModels, removeHome, schemaOf, type ModelHome } from './binding.js';
import type { Of } from './face.js';
import { checkOptions, onUndecodable, schemaMode, type OpenOptions } from './open-options.js';

/** What a driver knows of the file that it opened. */
export interface OpenedFile {
  readonly onDisk: boolean;
  /** The pragmas in force, where somebody else has the file open and set them. */
  readonly pragmas?: Pragmas | undefined;
  /** Which hidden columns may be used, by table, where somebody else says so. */
  readonly shown?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** A database that models find, and that another one can take the alias of. */
export interface ClosableHome extends ModelHome {
  close(): unknown;
}

const oldestSqlite = [3, 38, 0] as const;

/** What every open database is, in whichever face: its connection, its options and the tables of its models. */
export class ModelDatabase extends ConnectedDatabase {
  readonly #mode: 'create' | 'verify' | 'off';
  readonly #options: OpenOptions;
  readonly #listed = new Set<TableSchema>();
  readonly #tables = new Map<TableSchema, BoundTable>();
  /** @internal */
  readonly features: readonly InstanceFeature[];
  /** @internal */
  homeIn: (scope: unknown) => object = () => this;
  #pragmas: Pragmas | undefined;
  #shown: OpenedFile['shown'];

  /** @internal */
  constructor(connection: Connection | AsyncConnection, options: OpenOptions) {
    const { alias = 'default', statementCacheSize, queueTimeout } = options;
    const { strictLoading: isStrict, actor } = options;
    super(connection, {
      alias,
      statementCacheSize,
      queueTimeout,
      onUndecodable: onUndecodable(options),
      isStrict,
      actor,
    });
    this.#options = options;
    this.#mode = schemaMode(options);
    const { cascadeEvents = false, foreignKeys = true } = options;
    this.features = cascadeEvents && foreignKeys ? [events, cascades] : [events];
    if (options.onStatement !== undefined) this.onStatement(options.onStatement);
    if (options.onState !== undefined) {
      this.onState(options.onState);
      options.onState(this.state);
    }
  }

  /** The pragmas that are in force, as SQLite told them at opening. */
  get pragmas(): Pragmas {
    return this.#pragmas!;
  }

  /** @internal */
  get connected(): this {
    return this;
  }

  /** @internal */
  get scope(): undefined {
    return undefined;
  }

  /**
   * Calls a function at an event of every instance of every model in this database; the function that is returned ends that.
   *
   *     db.on('afterCommit', ({ model, verb, instance }) => log(verb, model.name, instance));
   *
   * Throws `DefinitionError` for a name that is no event.
   */
  on<Name extends EventName>(
    name: Name,
    listener: Listener<AnyModel, Name>,
    options?: ListenerOptions<AnyModel, Name>,
  ): Unsubscribe;
  /** Calls a function whenever a relation of any model begins to lead to a row, or ceases to. */
  on<Name extends RelationEventName>(
    name: Name,
    listener: RelationListener<AnyModel, Name>,
    options?: RelationListenerOptions<AnyModel, Name>,
  ): Unsubscribe;
  /** Calls a function when a relation of any model is loaded, once for all instances of which it is. */
  on<Name extends RelationLoadEventName>(
    name: Name,
    listener: RelationLoadListener<AnyModel, Name>,
    options?: RelationLoadListenerOptions<AnyModel, Name>,
  ): Unsubscribe;
  on(name: AnyEventName, listener: AnyListener, options?: AnyListenerOptions): Unsubscribe {
    return listen(this, name, listener, options);
  }

  /** Makes the file ready for its models, and the database known to them; `home` is what they find. @internal */
  *opening(file: OpenedFile, home: ClosableHome): Program<void> {
    const { models = [], replace = false, readonly = false } = this.#options;
    const holder = aliases.get(this.alias) as ClosableHome | undefined;
    if (holder?.connected.isOpen === false) removeHome(holder); // its connection was lost with a rollback that failed
    if (!replace) aliases.check(this.alias); // before anything is written
    checkOptions(this.#options);
    checkVersion(this.capabilities.sqliteVersion);
    const schemas = this.#withReferred(models.map(wholeTable), 'main');
    const mode = this.#mode;
    const check = () => planSchema(mode === 'off' ? [] : schemas, mode === 'verify' ? mode : 'create');
    this.#shown = file.shown;
    this.#pragmas = file.pragmas ?? (yield* setPragmas(this.#options, this.capabilities, { ...file, readonly, check }));
    yield* this.#admit(schemas, 'main');
    const replaced = replace ? (aliases.get(this.alias) as ClosableHome | undefined) : undefined;
    if (replaced !== undefined) yield { method: 'call', work: () => replaced.close() };
    aliases.add(this.alias, home);
    addHome(home);
    this.becomeReady();
  }

  /** Adds a file to the connection. @internal */
  *attaching(path: string, name: string, models: readonly Of<object>[]): Program<void> {
    const schemas = this.#withReferred(this.#checkAttach(name, models), name);
    yield* run(statement(`ATTACH ? AS ${quote(name)}`), [checkPath(path)]);
    try {
      if (this.capabilities.wal && this.#options.readonly !== true && path !== ':memory:') {
        yield* setAttachedPragmas(name, this.pragmas);
      }
      this.place(
        schemas.map(({ reference }) => reference.owner!),
        name,
      );
      yield* this.#admit(schemas, name);
    } catch (error) {
      this.displace(name);
      yield* run(statement(`DETACH ${quote(name)}`));
      throw error;
    }
    rebindModels();
  }

  /** Takes an attached file away again. @internal */
  *detaching(name: string): Program<void> {
    yield* run(statement(`DETACH ${quote(name)}`));
    const detached = name.toLowerCase(); // to SQLite, "Archive" and "archive" are one name
    const isThere = ({ reference }: TableSchema) => this.schemaNames(reference.owner)?.toLowerCase() === detached;
    for (const [schema, table] of this.#tables) {
      if (!isThere(schema)) continue;
      table.isDetached = true;
      this.#tables.delete(schema);
    }
    for (const schema of this.#listed) if (isThere(schema)) this.#listed.delete(schema);
    this.displace(name);
    rebindModels();
  }

  /** A table that has no model, as the file has it. @internal */
  *tableNamed(name: string): Program<BoundTable> {
    const actual = yield* introspectTable(name, 'main');
    if (actual === undefined) throw new QueryError(`There is no table "${name}" in the database "${this.alias}".`);
    return new BoundTable(tableSchemaOf(actual), this);
  }

  /** Lets the planner learn from what was run, unless somebody has the lock. https://sqlite.org/pragma.html#pragma_optimize @internal */
  *optimizing(): Program<void> {
    if (this.#options.readonly === true || this.takesSyntax || this.state.name === 'recovering') return;
    try {
      yield { method: 'script', text: 'PRAGMA optimize' };
    } catch (error) {
      if (!(error instanceof OrmError)) throw error; // closing is not the time to fail for this
    }
  }

  /** @internal */
  get canPack(): boolean {
    return this.#mode !== 'off' && !this.takesSyntax && this.capabilities.packsRows === true;
  }

  /** @internal */
  lists(schema: TableSchema): boolean {
    return this.#listed.has(schema.whole);
  }

  /** @internal */
  get knownTables(): readonly TableSchema[] {
    return [...new Set([...this.#listed, ...this.#tables.keys()].map(({ whole }) => whole))];
  }

  /** @internal */
  *tableOf(schema: TableSchema): Program<BoundTable> {
    let table = this.#tables.get(schema);
    if (table !== undefined) return table;
    if (schema.whole !== schema) {
      yield* this.tableOf(schema.whole);
      return this.relative(schema);
    }
    if (!this.#listed.has(schema)) yield* this.#create(this.#withReferred([schema], 'main'), 'main');
    if (this.#mode === 'off' && !this.capabilities.strictNames) yield* this.#checkColumns(schema);
    table = this.#tables.get(schema) ?? new BoundTable(this.#visible(schema), this); // somebody may have been first meanwhile
    return this.#remember(schema, table);
  }

  /** @internal */
  relative(schema: TableSchema): BoundTable {
    return this.#tables.get(schema) ?? this.#remember(schema, new BoundTable(this.#visible(schema), this));
  }

  #remember(schema: TableSchema, table: BoundTable): BoundTable {
    if (!this.#tables.has(schema) && this.features.includes(cascades)) changeHooks(); // its rows may go with those of others
    this.#tables.set(schema, table);
    installDeferred(table.schema);
    // a table that was made in a transaction is gone when that is rolled back
    this.transactions.onRollback(() => {
      this.#tables.delete(schema);
      rebindModels();
    });
    return table;
  }

  /** The table without the hidden columns that may not be used. */
  #visible(schema: TableSchema): TableSchema {
    if (this.#shown === undefined) return schema;
    const shown = Object.hasOwn(this.#shown, schema.name) ? this.#shown[schema.name]! : [];
    return schema.without(
      schema.columns.filter(
        // SQL of the user's, which is not let through either
        ({ hidden, name, computed }) => computed !== undefined || (hidden && !shown.includes(name)),
      ),
    );
  }

  #checkAttach(name: string, models: readonly Of<object>[]): TableSchema[] {
    if (typeof name !== 'string')
      throw new QueryError('An attached file needs a name.', "Give it one: attach(path, 'archive').");
    if (['main', 'temp'].includes(name.toLowerCase()))
      throw new QueryError(`"${name}" is a name that SQLite has taken.`);
    if (!this.capabilities.attach) {
      throw new UnsupportedError(`The ${this.capabilities.driver} driver cannot attach files.`, 'Open it by itself.');
    }
    if (this.inTransaction) throw new TransactionError('A file cannot be attached inside a transaction.');
    const schemas = models.map(wholeTable);
    const known = schemas.find((schema) => this.#tables.has(schema) || this.#listed.has(schema));
    if (known === undefined) return schemas;
    throw new QueryError(
      `${known.modelName} stands in the database "${this.alias}" already.`,
      'A model stands in one file of a connection: define another one for the attached file.',
    );
  }

  /** The tables, with all that their foreign keys refer to. SQLite looks for those in the same file. */
  #withReferred(schemas: readonly TableSchema[], schemaName: string): TableSchema[] {
    const tables = new Set(schemas);
    for (const schema of tables) {
      // a relation that does not fit is known at once
      for (const table of schema.ownTables) tables.add(table);
      for (const { target } of schema.foreignKeys) {
        if (!this.#standsIn(target.whole, schemaName)) throw acrossFiles(schema, target);
        tables.add(target.whole);
      }
      for (const { field, sources } of schema.derivations) {
        for (const { table } of sources) {
          if (!this.#standsIn(table.whole, schemaName)) throw derivedAcrossFiles(field, table);
          tables.add(table.whole);
        }
      }
    }
    return [...tables];
  }

  /** Whether a table is in one file of this connection, or can be put there. */
  #standsIn(schema: TableSchema, schemaName: string): boolean {
    if (this.#listed.has(schema) || this.#tables.has(schema)) {
      return (this.schemaNames(schema.reference.owner) ?? 'main').toLowerCase() === schemaName.toLowerCase();
    }
    return schemaName !== 'main' || (schema.options.database ?? this.alias) === this.alias;
  }

  /** Where SQLite takes a column that does not exist for text, a condition on it would match every row, or none. */
  *#checkColumns(schema: TableSchema): Program<void> {
    const actual = yield* introspectTable(schema.name, this.schemaNames(schema.reference.owner));
    if (actual === undefined) return; // a table that does not exist is an error on every engine
    const names = new Set(actual.columns.map(({ name }) => name.toLowerCase()));
    const missing = schema.stored.filter(({ name }) => !names.has(name.toLowerCase()));
    if (missing.length === 0) return;
    throw new SchemaDriftError(
      schema.name,
      missing.map(({ name }) => `column "${name}" is missing from the file`),
    );
  }

  *#admit(schemas: readonly TableSchema[], schemaName: string): Program<void> {
    yield* this.#create(schemas, schemaName);
    for (const schema of schemas) this.#listed.add(schema);
  }

  *#create(schemas: readonly TableSchema[], schemaName: string): Program<void> {
    const mode = this.#mode;
    if (mode === 'off' || schemas.length === 0) return;
    // deferred: where nothing is missing, nothing is locked; tried again where another process was first to add it
    const apply = () => applySchema(schemas, mode, schemaName);
    yield* inTransaction(this, apply, { mode: 'deferred', retryFor: 5000 });
  }
}

/** Runs a script of several statements. */
export function* scriptOf(text: string): Program<void> {
  if (typeof text !== 'string') {
    throw new QueryError(`A script is a text, not ${describe(text)}.`, 'Run one statement with values by run(sql`…`).');
  }
  yield { method: 'script', text };
}

const wholeTable = (model: object): TableSchema => schemaOf(model).whole;

const acrossFiles = (from: TableSchema, to: TableSchema): UnsupportedError =>
  new UnsupportedError(
    `${from.modelName} has a foreign key to ${to.modelName}, which stands in another file, where SQLite does not look.`,
    'Put both into one file, or declare the relation with { constraint: false }.',
  );

const derivedAcrossFiles = (field: string, { modelName }: TableSchema): UnsupportedError =>
  new UnsupportedError(
    `${field} follows from rows of ${modelName}, which stands in another file, where no trigger of SQLite reaches.`,
    'Put both into one file.',
  );

function checkVersion(version: string): void {
  const parts = version.split('.').map(Number);
  const difference = oldestSqlite.map((oldest, index) => (parts[index] ?? 0) - oldest).find((each) => each !== 0) ?? 0;
  if (difference >= 0) return;
  throw new UnsupportedError(
    `This driver has SQLite ${version}, which is older than ${oldestSqlite.join('.')}.`,
    'Update the driver: STRICT tables, RETURNING and the JSON operators are newer.',
  );
}
