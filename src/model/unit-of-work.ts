import { runAsync, runSync, type Scope } from '../database/index.js';
import {
  isMarked,
  Stored,
  type AnyModel,
  type BoundTable,
  type GraphInput,
  type KeyOf,
  type Returns,
} from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import { plant, type Unit } from '../unit-of-work/index.js';
import { schemaOf, type Face, type TableProgram } from './binding.js';
import type { Of, Queries } from './face.js';
import { buildInstance, keyParameters } from './instance.js';
import type { ModelDatabase } from './model-database.js';
import { readByKey } from './read-by-key.js';
import { TableQuery } from './query.js';

/** What the callback of `unitOfWork` is given. Once it has ended, every use of it throws `QueryError`. */
export interface UnitOfWork<F extends Face = 'sync'> {
  /** The instance with a primary key, or `undefined`; one that the unit of work has needs no statement. */
  find<Instance>(model: Of<Instance>, key: KeyOf<Instance>): Returns<Instance | undefined>[F];
  /**
   * A query whose instances belong to the unit of work: `work.query(User).filter({ age: gte(18) }).with('posts').all()`.
   *
   * It finds what is in the database: call `flush` before where it has to find what is not written yet.
   */
  query<Instance>(model: Of<Instance>): Queries<Instance>[F];
  /**
   * A new instance, which `flush` inserts; relations may be given as in `createGraph`.
   *
   *     const ann = work.create(User, { name: 'Ann' });
   *     work.create(Post, { title: 'Owls', author: ann });
   */
  create<Instance>(model: Of<Instance>, fields: GraphInput<Instance>): Instance;
  /** Takes in an instance that was made or read elsewhere: it is inserted, or updated if it changed. */
  add<Instance extends AnyModel>(instance: Instance): Instance;
  /** Lets `flush` delete the row of an instance; one that was not inserted yet will not be. */
  delete(instance: AnyModel): void;
  /**
   * Writes what was created, changed and deleted so far, which the end of the callback else does. When it fails, none of it was
   * written, the objects have the values that they had before, and it may be tried again.
   */
  flush(): Returns<void>[F];
}

/** The one implementation behind `UnitOfWork` of both faces. */
class WorkMethods {
  readonly #unit: Unit;
  readonly #database: ModelDatabase;
  readonly #face: Face;
  readonly #scope: Scope | undefined;

  constructor(unit: Unit, database: ModelDatabase, face: Face, scope: Scope | undefined) {
    this.#unit = unit;
    this.#database = database;
    this.#face = face;
    this.#scope = scope;
  }

  find(model: object, key: unknown): unknown {
    const unit = this.#unit;
    return this.#run(schemaOf(model), function* (table) {
      const parameters = keyParameters(table.schema, key);
      const known = unit.find(table.schema, parameters);
      if (known === undefined) return yield* readByKey(table, parameters);
      return unit.writes.isDeleted(known) || isMarked(table.schema, Stored.row(known)!) ? undefined : known;
    });
  }

  query(model: object): TableQuery {
    const schema = schemaOf(model);
    this.#unit.checkOpen();
    return new TableQuery({
      face: this.#face,
      schema,
      schemaNames: this.#database.schemaNames,
      run: (program) => runSync(this.#database, this.#inTable(schema, program)),
      runLater: (program, signal) => runAsync(this.#database, this.#inTable(schema, program), this.#scope, signal),
    });
  }

  create(model: object, fields: Record<string, unknown>): object {
    this.#unit.checkOpen();
    return plant(this.#unit.writes, schemaOf(model), fields, buildInstance);
  }

  add(instance: object): object {
    this.#unit.add(instance);
    return instance;
  }

  delete(instance: object): void {
    this.#unit.checkOpen();
    this.#unit.writes.delete(instance);
  }

  flush(): unknown {
    const flushing = this.#unit.flush({ alone: true });
    return this.#face === 'async' ? runAsync(this.#database, flushing, this.#scope) : runSync(this.#database, flushing);
  }

  #run<Result>(schema: TableSchema, program: TableProgram<Result>): Result | Promise<Result> {
    const inTable = this.#inTable(schema, program);
    return this.#face === 'async' ? runAsync(this.#database, inTable, this.#scope) : runSync(this.#database, inTable);
  }

  *#inTable<Result>(schema: TableSchema, program: (table: BoundTable) => Program<Result>): Program<Result> {
    this.#unit.checkOpen();
    return yield* program(yield* this.#unit.tableOf(schema));
  }
}

/** Keeps one alive, without anything in it: when the last one is collected, V8 drops the code made for their shape. */
let kept: WorkMethods | undefined;

/** A unit of work with the types of its face. */
export function unitOfWork<F extends Face>(unit: Unit, database: ModelDatabase, face: F, scope?: Scope): UnitOfWork<F> {
  kept ??= new WorkMethods(undefined as never, undefined as never, face, undefined);
  const work = new WorkMethods(unit, database, face, scope);
  return work satisfies Record<keyof UnitOfWork, unknown> as unknown as UnitOfWork<F>;
}
