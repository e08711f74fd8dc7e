import { runSync } from '../database/index.js';
import type { Failure } from '../errors/index.js';
import {
  listen,
  type AnyEventName,
  type AnyListener,
  type AnyListenerOptions,
  type Unsubscribe,
} from '../events/index.js';
import {
  BoundTable,
  deleteInstance,
  everyRow,
  forceDeleteInstance,
  isMarked,
  load,
  reload,
  restoreInstance,
  save,
  Stored,
} from '../query/index.js';
import { answersLater, toTable, type TableSchema } from '../schema/index.js';
import { toSyntax, type Sql, type TableReference } from '../sql/index.js';
import { createGraph } from '../unit-of-work/index.js';
import { bindingOf, checkHome, faceKey, isBound, schemaOf, viewOf, type ModelHome } from './binding.js';
import type { InstanceOf, ModelConstructor } from './face.js';
import {
  buildInstance,
  create,
  fillInstance,
  findOrCreate,
  jsonOf,
  keyParameters,
  runLater,
  saveLater,
  tableOf,
  updateOrCreate,
  validateInstance,
  visibleFields,
} from './instance.js';
import { TableQuery } from './query.js';
import { readInstances } from './raw-sql.js';
import { relatedQuery, type RelatedQuery } from './related-query.js';
import { readByKey } from './read-by-key.js';

type Fields = Record<string, unknown>;

type Awaitable<Value> = Value | Promise<Value>;

/** The one implementation behind `Model` of both faces; its types are those of the face. */
class ModelMethods {
  static query(): TableQuery {
    return new TableQuery(bindingOf(this));
  }

  static filter(where: unknown): TableQuery {
    return new TableQuery(bindingOf(this)).filter(where);
  }

  static with(...relations: readonly unknown[]): TableQuery {
    return new TableQuery(bindingOf(this)).with(...relations);
  }

  static all(): Awaitable<object[]> {
    return new TableQuery(bindingOf(this)).all();
  }

  static count(): Awaitable<number> {
    return new TableQuery(bindingOf(this)).count();
  }

  static findById(key: unknown): Awaitable<object | undefined> {
    return bindingOf(this).run((table) => readByKey(table, keyParameters(table.schema, key)));
  }

  static build(fields: Fields = {}): object {
    const { schema, fixedHome } = bindingOf(this);
    const instance = buildInstance(schema, fields);
    // only where it will be saved: whether the table is there is seen to then
    if (fixedHome !== undefined) Stored.mark(instance, undefined, new BoundTable(schema, fixedHome.connected));
    return instance;
  }

  static create(fields: Fields): Awaitable<object> {
    return bindingOf(this).run((table) => create(table, fields));
  }

  static createGraph(fields: Fields): Awaitable<object> {
    return bindingOf(this).run((table) => createGraph(table, fields, buildInstance));
  }

  static findOrCreate(match: Fields, defaults: Fields = {}): Awaitable<object> {
    return bindingOf(this).run((table) => findOrCreate(table, match, defaults));
  }

  static updateOrCreate(match: Fields, changes: Fields): Awaitable<object> {
    return bindingOf(this).run((table) => updateOrCreate(table, match, changes));
  }

  static updateAll(changes: Fields): Awaitable<number> {
    return new TableQuery(bindingOf(this), everyRow).update(changes, true);
  }

  static deleteAll(): Awaitable<number> {
    return new TableQuery(bindingOf(this), everyRow).delete(true);
  }

  static fromSql(query: Sql): Awaitable<object[]> {
    return bindingOf(this).run((table) => readInstances(table, query));
  }

  static using(home: ModelHome): object {
    checkHome(home);
    return viewOf(this, { home, face: home.face === 'async' ? 'async' : bindingOf(this).face });
  }

  static on(name: AnyEventName, listener: AnyListener, options?: AnyListenerOptions): Unsubscribe {
    if (typeof this === 'function') return listen(this, name, listener, options);
    const { schema, fixedHome } = bindingOf(this); // a view of the class
    return listen(schema.options.model!, name, listener, options, fixedHome?.connected);
  }

  static async(): object {
    return bindingOf(this).asyncView;
  }

  static [toSyntax](): TableReference {
    return schemaOf(this).reference;
  }

  static [toTable](): TableSchema {
    return schemaOf(this);
  }

  save(): Awaitable<this> {
    const table = tableOf(this);
    runSync(table.database, save(table, this));
    return this;
  }

  delete(): Awaitable<boolean> {
    const table = tableOf(this);
    return runSync(table.database, deleteInstance(table, this));
  }

  restore(): Awaitable<boolean> {
    const table = tableOf(this);
    return runSync(table.database, restoreInstance(table, this));
  }

  forceDelete(): Awaitable<boolean> {
    const table = tableOf(this);
    return runSync(table.database, forceDeleteInstance(table, this));
  }

  get isSoftDeleted(): boolean {
    const row = Stored.row(this);
    return Array.isArray(row) && isMarked(Stored.table(this)!.schema, row);
  }

  reload(): Awaitable<this> {
    const table = tableOf(this);
    runSync(table.database, reload(table, this));
    return this;
  }

  validate(): Awaitable<readonly Failure[]> {
    const table = tableOf(this);
    return runSync(table.database, validateInstance(table, this));
  }

  load(...relations: readonly unknown[]): Awaitable<this> {
    const table = tableOf(this);
    runSync(table.database, load(table, this, relations));
    return this;
  }

  related(name: string): RelatedQuery {
    return relatedQuery({ instance: this, face: 'sync' }, name);
  }

  get async(): InstanceInTurn {
    return new InstanceInTurn(this);
  }

  fill(input: Fields): this {
    fillInstance(schemaOf(this.constructor), this, input);
    return this;
  }

  toJSON(): Fields {
    return jsonOf(schemaOf(this.constructor), this);
  }

  /** What `console.log` shows in Node: the columns that are not hidden. */
  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    const { name } = this.constructor;
    if (!isBound(this.constructor)) return name; // printing an object must not throw
    return `${name} ${inspect(Object.fromEntries(visibleFields(schemaOf(this.constructor), this)), options)}`;
  }
}

/** The asynchronous face of an instance. */
class InstanceInTurn {
  readonly #instance: object;
  readonly #home: ModelHome | undefined;

  constructor(instance: object, home?: ModelHome) {
    this.#instance = instance;
    this.#home = home;
  }

  using(home: ModelHome): InstanceInTurn {
    return new InstanceInTurn(this.#instance, home);
  }

  async save(): Promise<object> {
    await saveLater(this.#instance, this.#home);
    return this.#instance;
  }

  async load(...relations: readonly unknown[]): Promise<object> {
    await runLater(this.#instance, (table) => load(table, this.#instance, relations), this.#home);
    return this.#instance;
  }

  related(name: string): RelatedQuery {
    return relatedQuery({ instance: this.#instance, face: 'async', home: this.#home }, name);
  }

  validate(): Promise<readonly Failure[]> {
    return runLater(this.#instance, (table) => validateInstance(table, this.#instance), this.#home);
  }

  delete(): Promise<boolean> {
    return runLater(this.#instance, (table) => deleteInstance(table, this.#instance), this.#home);
  }

  restore(): Promise<boolean> {
    return runLater(this.#instance, (table) => restoreInstance(table, this.#instance), this.#home);
  }

  forceDelete(): Promise<boolean> {
    return runLater(this.#instance, (table) => forceDeleteInstance(table, this.#instance), this.#home);
  }

  async reload(): Promise<object> {
    await runLater(this.#instance, (table) => reload(table, this.#instance), this.#home);
    return this.#instance;
  }
}

/** What differs where every model is asynchronous. */
class AsyncModelMethods extends ModelMethods {
  static readonly [faceKey] = 'async';
  static readonly [answersLater] = true;

  override save(): Promise<this> {
    return this.async.save() as Promise<this>;
  }

  override delete(): Promise<boolean> {
    return this.async.delete();
  }

  override restore(): Promise<boolean> {
    return this.async.restore();
  }

  override forceDelete(): Promise<boolean> {
    return this.async.forceDelete();
  }

  override reload(): Promise<this> {
    return this.async.reload() as Promise<this>;
  }

  override validate(): Promise<readonly Failure[]> {
    return this.async.validate();
  }

  override load(...relations: readonly unknown[]): Promise<this> {
    return this.async.load(...relations) as Promise<this>;
  }

  override related(name: string): RelatedQuery {
    return this.async.related(name);
  }
}

/** An instance of a model: what `Model` gives each class that extends it. */
export interface Model extends InstanceOf<'sync'> {}

/**
 * What models extend.
 *
 *     @table('users')
 *     class User extends Model {
 *       @id() id!: Generated<number>;
 *       @text() name!: string;
 *     }
 *
 * Its methods return results when SQLite has them, without promises.
 */
export const Model = ModelMethods as unknown as ModelConstructor<'sync'>;

/** An instance of a model of `litemodel/async`. */
export interface AsyncModel extends InstanceOf<'async'> {}

/** What models extend in `litemodel/async`: the same, but every method that waits for SQLite returns a promise. */
export const AsyncModel = AsyncModelMethods as unknown as ModelConstructor<'async'>;
