import { runSync } from '../database/index.js';
import { describe, QueryError, TransactionError } from '../errors/index.js';
import {
  deleteInstance,
  save,
  Stored,
  type AnyModel,
  type Input,
  type KeyOf,
  type Returns,
  type Where,
} from '../query/index.js';
import { toTable } from '../schema/index.js';
import { bindingOf, checkHome, viewOf, type Binding, type Face, type ModelHome, type TableProgram } from './binding.js';
import type { HomeOf, Of, Queries } from './face.js';
import { create, keyParameters, runLater, saveLater, tableOf } from './instance.js';
import { TableQuery } from './query.js';
import { readByKey } from './read-by-key.js';

/** What keeps the instances of a model, whatever is behind it: what code is given that is to be tested without a database. */
export interface RepositoryOf<Instance, F extends Face> {
  /** A query for all instances, to narrow down. */
  query(): Queries<Instance>[F];
  /** A query with conditions: see `Query.filter`. */
  filter(where: Where<Instance>): Queries<Instance>[F];
  /** Every instance. */
  all(): Returns<Instance[]>[F];
  /** How many there are. */
  count(): Returns<number>[F];
  /** The instance with a primary key, or `undefined`. */
  findById(key: KeyOf<Instance>): Returns<Instance | undefined>[F];
  /** Inserts a row and returns it as an instance. */
  create(fields: Input<Instance>): Returns<Instance>[F];
  /** Inserts a new instance, or writes what changed of one. Throws `TransactionError` for one of another database. */
  save(instance: Instance): Returns<Instance>[F];
  /** Deletes the row of an instance; says whether there still was one. */
  delete(instance: Instance): Returns<boolean>[F];
}

/** A class of repositories, to extend: its constructor takes the database or transaction, unless the model is to find it. */
export interface RepositoryClass<Instance, F extends Face> {
  new (home?: HomeOf[F]): RepositoryOf<Instance, F>;
}

/** A repository whose results are there when a method returns. */
export interface Repository<Instance> extends RepositoryOf<Instance, 'sync'> {}

/** A repository whose results are promised. */
export interface AsyncRepository<Instance> extends RepositoryOf<Instance, 'async'> {}

type Fields = Record<string, unknown>;

type Awaitable<Value> = Value | Promise<Value>;

/** The one implementation behind the repositories of both faces; its types are those of the face. */
class ModelRepository {
  readonly #face: Face;
  readonly #home: ModelHome | undefined;
  readonly #binding: Binding;

  constructor(model: object, face: Face, home: ModelHome | undefined) {
    if (home !== undefined) checkHome(home);
    this.#face = face;
    this.#home = home;
    this.#binding = bindingIn(home, model, face);
  }

  query(): TableQuery {
    return new TableQuery(this.#binding);
  }

  filter(where: unknown): TableQuery {
    return this.query().filter(where);
  }

  all(): Awaitable<object[]> {
    return this.query().all();
  }

  count(): Awaitable<number> {
    return this.query().count();
  }

  findById(key: unknown): Awaitable<object | undefined> {
    return this.#binding.run((table) => readByKey(table, keyParameters(table.schema, key)));
  }

  create(fields: Fields): Awaitable<object> {
    return this.#binding.run((table) => create(table, fields));
  }

  save(instance: object): Awaitable<object> {
    checkInstance(instance);
    if (this.#face === 'async') return saveLater(instance, this.#home).then(() => instance);
    this.#runHere(instance, (table) => save(table, instance));
    return instance;
  }

  delete(instance: object): Awaitable<boolean> {
    checkInstance(instance);
    const program: TableProgram<boolean> = (table) => deleteInstance(table, instance);
    return this.#face === 'async' ? runLater(instance, program, this.#home) : this.#runHere(instance, program);
  }

  /** Runs a program about an instance in the database that it came from, which has to be that of the repository. */
  #runHere<Result>(instance: object, program: TableProgram<Result>): Result {
    const isNew = Stored.table(instance) === undefined;
    const table = isNew ? bindingIn(this.#home, instance.constructor, this.#face).table : tableOf(instance);
    const { connected = table.database } = this.#home ?? {};
    if (connected === table.database) return runSync(table.database, program(table));
    throw new TransactionError(
      `This ${table.schema.modelName} is in the database "${table.database.alias}", and the repository in "${connected.alias}".`,
      'Save it where it came from, or create another one here.',
    );
  }
}

/** Refuses what is no instance of a model: no compiler may have looked at it. */
function checkInstance(instance: unknown): void {
  if (instance instanceof Object && toTable in instance.constructor) return;
  throw new QueryError(
    `A repository takes instances of its model, not ${describe(instance)}.`,
    'Make one of fields: create({ … }).',
  );
}

const repositoryOf = (model: object, face: Face): unknown =>
  class extends ModelRepository {
    constructor(home?: ModelHome) {
      super(model, face, home);
    }
  };

/** The binding of a model in a database, or where it stands by itself. */
const bindingIn = (home: ModelHome | undefined, model: object, face: Face): Binding =>
  bindingOf(viewOf(model, home === undefined ? { face } : { home, face }));

/**
 * A class of repositories for a model: what keeps its instances, to extend by queries with names, and to hand to code that need not
 * know which database they are in.
 *
 *     class UserRepository extends Repository(User) {
 *       adults() { return this.filter({ age: gte(18) }).orderBy('name').all(); }
 *     }
 *     new UserRepository();              // where the model stands
 *     new UserRepository(archive);       // in this database, or transaction
 *     new UserRepository(inMemory());    // without SQLite: litemodel/in-memory
 */
export const Repository = <Instance extends AnyModel>(model: Of<Instance>): RepositoryClass<Instance, 'sync'> =>
  repositoryOf(model, 'sync') as RepositoryClass<Instance, 'sync'>;

/** `Repository` of `litemodel/async`, and for models of `litemodel` on a database that promises its results. */
export const AsyncRepository = <Instance extends AnyModel>(model: Of<Instance>): RepositoryClass<Instance, 'async'> =>
  repositoryOf(model, 'async') as RepositoryClass<Instance, 'async'>;
