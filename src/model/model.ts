import { runSync } from '../database/index.js';
import { deleteInstance, everyRow, insert, reload, save, Stored } from '../query/index.js';
import { toSyntax, type Sql, type TableReference } from '../sql/index.js';
import { bindingOf, isBound, schemaOf, viewOf, type ModelHome } from './binding.js';
import type { InstanceOf, ModelConstructor } from './face.js';
import {
  buildInstance,
  fillInstance,
  findOrCreate,
  jsonValue,
  keyParameters,
  tableOf,
  updateOrCreate,
  visibleFields,
} from './instance.js';
import { TableQuery } from './query.js';
import { readInstances } from './raw-sql.js';
import { readByKey } from './read-by-key.js';

type Fields = Record<string, unknown>;

/** The one implementation behind `Model`; its types are those of the face. */
class ModelMethods {
  static query(): TableQuery {
    return new TableQuery(bindingOf(this));
  }

  static filter(where: unknown): TableQuery {
    return new TableQuery(bindingOf(this)).filter(where);
  }

  static all(): object[] {
    return new TableQuery(bindingOf(this)).all();
  }

  static count(): number {
    return new TableQuery(bindingOf(this)).count();
  }

  static findById(key: unknown): object | undefined {
    const { table } = bindingOf(this);
    return runSync(table.database, readByKey(table, keyParameters(table.schema, key)));
  }

  static build(fields: Fields = {}): object {
    const binding = bindingOf(this);
    const instance = buildInstance(binding.schema, fields);
    if (binding.isFixed) Stored.mark(instance, undefined, binding.table);
    return instance;
  }

  static create(fields: Fields): object {
    const { table } = bindingOf(this);
    const instance = buildInstance(table.schema, fields);
    runSync(table.database, insert(table, instance));
    return instance;
  }

  static findOrCreate(match: Fields, defaults: Fields = {}): object {
    const { table } = bindingOf(this);
    return runSync(table.database, findOrCreate(table, match, defaults));
  }

  static updateOrCreate(match: Fields, changes: Fields): object {
    const { table } = bindingOf(this);
    return runSync(table.database, updateOrCreate(table, match, changes));
  }

  static updateAll(changes: Fields): number {
    return new TableQuery(bindingOf(this), everyRow).update(changes, true);
  }

  static deleteAll(): number {
    return new TableQuery(bindingOf(this), everyRow).delete(true);
  }

  static fromSql(query: Sql): object[] {
    const { table } = bindingOf(this);
    return runSync(table.database, readInstances(table, query));
  }

  static using(database: ModelHome): object {
    return viewOf(this, database);
  }

  static [toSyntax](): TableReference {
    return schemaOf(this).reference;
  }

  save(): this {
    const table = tableOf(this);
    runSync(table.database, save(table, this));
    return this;
  }

  delete(): boolean {
    const table = tableOf(this);
    return runSync(table.database, deleteInstance(table, this));
  }

  reload(): this {
    const table = tableOf(this);
    runSync(table.database, reload(table, this));
    return this;
  }

  fill(input: Fields): this {
    fillInstance(schemaOf(this.constructor), this, input);
    return this;
  }

  toJSON(): Fields {
    const visible = visibleFields(schemaOf(this.constructor), this);
    return Object.fromEntries(visible.map(([field, value]) => [field, jsonValue(value)]));
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
