import { inTransaction, runSync } from '../database/index.js';
import { QueryError, UndefinedConditionError } from '../errors/index.js';
import { insert, relationOf, Stored, type BoundTable, type Relation, type RelatedChange } from '../query/index.js';
import type { Program } from '../sql/index.js';
import { bindingOf, schemaOf, type Face, type ModelHome, type TableProgram } from './binding.js';
import { buildInstance, runLater, tableOf } from './instance.js';
import { TableQuery, type QuerySource } from './query.js';

type Fields = Readonly<Record<string, unknown>>;

type Awaitable<Value> = Value | Promise<Value>;

/** Where the verbs of a relation run: at an instance, in a face, in a transaction if one is given. */
interface RelatedPlace {
  readonly instance: object;
  readonly face: Face;
  readonly home?: ModelHome | undefined;
}

/** The rows that one instance leads to, as a query, and the verbs that change which they are. */
export class RelatedQuery extends TableQuery {
  readonly #relation: Relation;
  readonly #place: RelatedPlace;

  constructor(relation: Relation, place: RelatedPlace) {
    super(sourceOf(relation, place), relation.rowsOf(place.instance));
    this.#relation = relation;
    this.#place = place;
  }

  override get async(): RelatedQuery {
    return new RelatedQuery(this.#relation, { ...this.#place, face: 'async' });
  }

  build(fields: Fields = {}): object {
    return buildInstance(this.#relation.target, withKey(this.#relation, this.#place.instance, fields));
  }

  create(fields: Fields = {}): Awaitable<object> {
    const relation = this.#relation;
    return runAt(this.#place, function* (table, instance) {
      const given = withKey(relation, instance, fields);
      const target = yield* table.database.tableOf(relation.target);
      function* createOne(): Program<object> {
        const made = buildInstance(target.schema, given);
        relation.adopt(instance, made);
        yield* insert(target, made);
        return made;
      }
      if (relation.isLinked) {
        return yield* inTransaction(table.database, function* () {
          const made = yield* createOne();
          yield* relation.change(table, instance, { verb: 'attach', targets: [made], pivot: {} });
          return made;
        });
      }
      const made = yield* createOne();
      relation.forget(instance);
      return made;
    });
  }

  attach(targets: unknown, pivot: Fields = {}): Awaitable<unknown> {
    return this.#change('attach', listOf(targets), pivot);
  }

  detach(...targets: readonly [] | readonly [targets: unknown]): Awaitable<unknown> {
    return this.#change('detach', targets.length === 0 ? undefined : listOf(targets[0]));
  }

  sync(targets: unknown, pivot: Fields = {}): Awaitable<unknown> {
    return this.#change('sync', listOf(targets), pivot);
  }

  toggle(targets: unknown, pivot: Fields = {}): Awaitable<unknown> {
    return this.#change('toggle', listOf(targets), pivot);
  }

  #change(verb: RelatedChange['verb'], targets: RelatedChange['targets'], pivot: Fields = {}): Awaitable<unknown> {
    const relation = this.#relation;
    return runAt(this.#place, (table, instance) => relation.change(table, instance, { verb, targets, pivot }));
  }
}

/** The query behind a relation of an instance. */
export function relatedQuery(place: RelatedPlace, name: string): RelatedQuery {
  const { instance } = place;
  const relation = relationOf(Stored.table(instance)?.schema ?? schemaOf(instance.constructor), name);
  return new RelatedQuery(relation.at?.(instance) ?? relation, place);
}

/** Runs a program about an instance and its table. */
function runAt<Result>(
  { instance, face, home }: RelatedPlace,
  program: (table: BoundTable, instance: object) => Program<Result>,
): Awaitable<Result> {
  const ofTable: TableProgram<Result> = (table) => program(table, instance);
  if (face === 'async') return runLater(instance, ofTable, home);
  const table = tableOf(instance);
  return runSync(table.database, ofTable(table));
}

/** The rows of a relation's target, in the database of the instance. */
function sourceOf(relation: Relation, place: RelatedPlace): QuerySource {
  const { instance, face, home } = place;
  const ofTarget = <Result>(program: TableProgram<Result>) =>
    function* (table: BoundTable): Program<Result> {
      return yield* program(yield* table.database.tableOf(relation.target));
    };
  const table = Stored.table(instance) as BoundTable | undefined;
  return {
    schema: relation.target,
    schemaNames: table?.database.schemaNames ?? bindingOf(instance.constructor).schemaNames,
    face,
    run: (program) => runAt({ ...place, face: 'sync' }, ofTarget(program)),
    runLater: (program, signal) => runLater(instance, ofTarget(program), home, signal),
  };
}

const listOf = (targets: unknown): readonly unknown[] => {
  if (targets !== undefined && targets !== null) return Array.isArray(targets) ? targets : [targets];
  throw new UndefinedConditionError(
    `What is to be related is ${String(targets)}.`,
    'Give instances, keys, or an array of them.',
  );
};

/** The fields of a new row with those by which the instance leads to it. */
function withKey(relation: Relation, instance: object, fields: Fields): Fields {
  const key = relation.fieldsFor(instance);
  for (const [field, value] of Object.entries(key)) {
    if (fields[field] === undefined || fields[field] === value) continue;
    throw new QueryError(
      `${relation.target.modelName}.${field} is given another value than that of the instance that it is to belong to.`,
      'Leave it out.',
    );
  }
  return { ...fields, ...key };
}
