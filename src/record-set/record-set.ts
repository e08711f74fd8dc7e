import { runAsync, runSync } from '../database/index.js';
import { NotFoundError, NotUniqueError, TransactionError } from '../errors/index.js';
import type {
  AnyModel,
  Assignments,
  Face,
  FieldOf,
  KeyValue,
  ModelHome,
  RelationOf,
  RelationPath,
  Returns,
} from '../query/index.js';
import { Stored, type BoundTable } from '../query/index.js';
import type { Program } from '../sql/index.js';
import { loadMembers } from './load-members.js';
import { commonTable, membersOf, type Members } from './members.js';
import { deleteMembers, writeMembers } from './write-members.js';

/** Saved instances of one model in one database, in their order and each row once: what is done to them takes one statement. */
export interface RecordSetOf<Instance, F extends Face> extends Iterable<Instance> {
  /** How many there are. */
  readonly size: number;
  /** Their primary keys: values of `id`, or for other keys values or objects. */
  readonly ids: KeyValue<Instance>[];
  /** The instance at a place, from the end where it is negative. */
  at(index: number): Instance | undefined;
  /** Whether the row of an instance is among them. */
  has(instance: Instance): boolean;
  /** The only instance, without a statement. Throws `NotFoundError` for none and `NotUniqueError` for several. */
  one(): Instance;
  /** What a function makes of each, as an array. */
  map<Result>(map: (instance: Instance, index: number) => Result): Result[];
  /** Those for which a function returns true. */
  filter(isWanted: (instance: Instance, index: number) => boolean): RecordSetOf<Instance, F>;
  /** These, and after them those of the others that are not among them. */
  union(others: Iterable<Instance>): RecordSetOf<Instance, F>;
  /** These without those that are among the others. */
  difference(others: Iterable<Instance>): RecordSetOf<Instance, F>;
  /** Those of these that are among the others, too. */
  intersection(others: Iterable<Instance>): RecordSetOf<Instance, F>;
  /**
   * Writes fields of all of them in one statement, and puts what is stored then on them; returns how many rows there were.
   *
   *     recordSet(users).write({ active: false });
   *     // UPDATE "users" SET "active" = ? WHERE "id" IN (SELECT "value" FROM json_each(?)) RETURNING "id", "active"
   *
   * As with `update` of a query there are no events and no rules of `validate`, and a version is counted without being compared;
   * other than there, scopes do not matter. What is changed and not saved of other fields stays so. Throws `NotFoundError`, before
   * any SQL, where one was deleted, and `QueryError` for a field of the primary key.
   */
  write(changes: Assignments<Instance>): Returns<number>[F];
  /** Deletes the rows of all of them in one statement, without events; returns how many there were. */
  delete(): Returns<number>[F];
  /**
   * Loads relations of those that do not have them yet, with one statement for each table on the way.
   *
   *     recordSet([...drafts, ...favorites]).load('comments.author');      // two statements
   */
  load<Path extends RelationOf<Instance> | (string & {})>(
    ...paths: (Path & RelationPath<Instance, Path>)[]
  ): Returns<RecordSetOf<Instance, F>>[F];
  /** Reads deferred columns of those that do not have them yet, with one statement for each. */
  load<Field extends FieldOf<Instance>>(...fields: Field[]): Returns<RecordSetOf<Instance, F>>[F];
  /** The same set in the asynchronous face: `await recordSet(users).async.write({ active: false })`. */
  readonly async: RecordSetOf<Instance, 'async'>;
  /** The same in a transaction, where the platform does not tell by itself. */
  using(this: RecordSetOf<Instance, 'async'>, transaction: ModelHome<'async'>): RecordSetOf<Instance, 'async'>;
  /** The instances, so that a set becomes an array in JSON. */
  toJSON(): Instance[];
}

/** A record set whose results are there when a method returns. */
export interface RecordSet<Instance> extends RecordSetOf<Instance, 'sync'> {}

/** A record set whose results are promised. */
export interface AsyncRecordSet<Instance> extends RecordSetOf<Instance, 'async'> {}

type Awaitable<Value> = Value | Promise<Value>;

/** In which face a set answers, and in which transaction if one is given. */
interface Place {
  readonly face: Face;
  readonly home?: ModelHome | undefined;
}

/** The one implementation behind `RecordSetOf`; its types are those of the face. */
class Records implements Iterable<object> {
  readonly #members: Members;
  readonly #place: Place;
  /** The members as an array, once somebody asked for one at a place. */
  #listed: readonly object[] | undefined;

  constructor(members: Members, place: Place) {
    this.#members = members;
    this.#place = place;
  }

  static membersOf(records: Records): Members {
    return records.#members;
  }

  get size(): number {
    return this.#members.byKey.size;
  }

  get ids(): unknown[] {
    return this.map(idOf);
  }

  get async(): Records {
    return new Records(this.#members, { face: 'async' });
  }

  using(home: ModelHome): Records {
    return new Records(this.#members, { face: 'async', home });
  }

  [Symbol.iterator](): Iterator<object> {
    return this.#members.byKey.values();
  }

  at(index: number): object | undefined {
    return (this.#listed ??= [...this]).at(index);
  }

  has(instance: object): boolean {
    if (!(instance instanceof Object) || !Array.isArray(Stored.row(instance))) return [...this].includes(instance); // deleted since
    const [identity] = this.#comparable([instance]).keys();
    return this.#members.byKey.has(identity!);
  }

  one(): object {
    const { byKey, table } = this.#members;
    const [first] = byKey.values();
    if (first === undefined) throw new NotFoundError(table?.schema.modelName ?? 'record', 'This record set is empty.');
    if (byKey.size > 1) throw new NotUniqueError(table!.schema.modelName);
    return first;
  }

  map<Result>(map: (instance: object, index: number) => Result): Result[] {
    return [...this].map((instance, index) => map(instance, index));
  }

  filter(isWanted: (instance: object, index: number) => boolean): Records {
    let index = 0;
    return this.#only((_, instance) => isWanted(instance, index++));
  }

  union(others: Iterable<object>): Records {
    const { byKey, table } = this.#members;
    const theirs = membersFrom(others);
    const all = new Map([...byKey, ...[...theirs.byKey].filter(([identity]) => !byKey.has(identity))]);
    return new Records({ byKey: all, table: commonTable(table, theirs.table) }, this.#place);
  }

  difference(others: Iterable<object>): Records {
    const theirs = this.#comparable(others);
    return this.#only((identity) => !theirs.has(identity));
  }

  intersection(others: Iterable<object>): Records {
    const theirs = this.#comparable(others);
    return this.#only((identity) => theirs.has(identity));
  }

  write(changes: Readonly<Record<string, unknown>>): Awaitable<number> {
    return this.#run(0, (table, instances) => writeMembers(table, instances, changes));
  }

  delete(): Awaitable<number> {
    return this.#run(0, deleteMembers);
  }

  load(...paths: readonly string[]): Awaitable<this> {
    const done = this.#run(undefined, (_, instances) => loadMembers(instances, paths));
    return done instanceof Promise ? done.then(() => this) : this;
  }

  toJSON(): object[] {
    return [...this];
  }

  #only(isWanted: (identity: string, instance: object) => boolean): Records {
    const { byKey, table } = this.#members;
    return new Records({ byKey: new Map([...byKey].filter((entry) => isWanted(...entry))), table }, this.#place);
  }

  /** The rows of others, which have to be of the same table. */
  #comparable(others: Iterable<object>): ReadonlyMap<string, object> {
    const theirs = membersFrom(others);
    commonTable(this.#members.table, theirs.table);
    return theirs.byKey;
  }

  #run<Result>(
    ofNone: Result,
    program: (table: BoundTable, instances: readonly object[]) => Program<Result>,
  ): Awaitable<Result> {
    const { face, home } = this.#place;
    const { table, byKey } = this.#members;
    if (table === undefined || byKey.size === 0) return face === 'async' ? Promise.resolve(ofNone) : ofNone;
    const instances = [...byKey.values()];
    if (face === 'async') return runLater(table, () => program(table, instances), home);
    return runSync(table.database, program(table, instances));
  }
}

/** What a set has in it, or is to have. */
const membersFrom = (given: Iterable<object>): Members =>
  given instanceof Records ? Records.membersOf(given) : membersOf(given);

async function runLater<Result>(
  { database, schema }: BoundTable,
  program: () => Program<Result>,
  home: ModelHome | undefined,
): Promise<Result> {
  if (home === undefined || home.connected === database) return await runAsync(database, program(), home?.scope);
  throw new TransactionError(
    `This set of ${schema.modelName} is in the database "${database.alias}", and the transaction in "${home.alias}".`,
    `Use a transaction of "${database.alias}".`,
  );
}

function idOf(instance: object): unknown {
  const fields = instance as Readonly<Record<string, unknown>>;
  const properties = Stored.table(instance)!.schema.primaryKey.map(({ property }) => property);
  if (properties.length === 1) return fields[properties[0]!];
  return Object.fromEntries(properties.map((property) => [property, fields[property]]));
}

/** A set with the types of its face: the implementation knows only objects. */
const typed = <Instance, F extends Face>(records: Records): RecordSetOf<Instance, F> =>
  records satisfies Record<keyof RecordSetOf<Instance, 'async'>, unknown> as unknown as RecordSetOf<Instance, F>;

/**
 * A set of saved instances: what is done to them takes one statement, wherever each of them came from.
 *
 *     const users = recordSet(User.all()).filter((user) => user.posts.length === 0);
 *     users.write({ active: false });
 *
 * Of two instances of one row it keeps the first. Throws `QueryError` for instances of several models or databases, and for one
 * that is not saved.
 */
export const recordSet = <Instance extends AnyModel>(instances: Iterable<Instance>): RecordSet<Instance> =>
  typed<Instance, 'sync'>(new Records(membersOf(instances), { face: 'sync' }));

/** `recordSet` of `litemodel/async`: a set whose methods that wait for SQLite return promises. */
export const asyncRecordSet = <Instance extends AnyModel>(instances: Iterable<Instance>): AsyncRecordSet<Instance> =>
  typed<Instance, 'async'>(new Records(membersOf(instances), { face: 'async' }));
