import { inTransaction, type TransactionOptions } from '../database/index.js';
import { QueryError } from '../errors/index.js';
import {
  changedColumns,
  hydratorOf,
  keyValues,
  putFresh,
  Stored,
  type BoundTable,
  type Home,
  type TableHome,
} from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Program, Row, SqlValue } from '../sql/index.js';
import { keepShapes } from './kept.js';
import { TrackedTable } from './tracked-table.js';
import { WriteSet } from './write-set.js';

type Fields = Record<string, unknown>;

/** A unit of work: each row is one instance in it, and what changed of them is written together. */
export class Unit {
  readonly writes: WriteSet;
  readonly #database: TableHome;
  readonly #tables = new Map<TableSchema, TrackedTable>();
  /** What was read together stays together, so that relations are loaded for all of them at once. */
  readonly #read: (readonly object[])[] = [];
  #isOpen = true;
  /** Whether nothing comes after the flush that is under way: what it inserts need not be tracked any more. */
  #isEnding = false;

  constructor(database: TableHome) {
    this.#database = database;
    this.writes = new WriteSet(database, (schema) =>
      this.#isEnding ? database.tableOf(schema) : this.tableOf(schema),
    );
    keepShapes(() => [new Unit(undefined as never)]);
  }

  /** The table, whose rows are the instances of this unit as long as it lasts. */
  *tableOf(schema: TableSchema): Program<BoundTable> {
    if (!this.#isOpen) return yield* this.#database.tableOf(schema);
    return this.#tables.get(schema) ?? this.#tracked(schema, yield* this.#database.tableOf(schema));
  }

  #tracked(schema: TableSchema, table: BoundTable): TrackedTable {
    const tracked = new TrackedTable(table, {
      hydrate: (rows, home) => this.#hydrate(rows, home),
      related: (target) => this.tableOf(target),
      relative: (member) => this.#relative(member),
    });
    this.#tables.set(schema, tracked);
    return tracked;
  }

  /** The table of a model that shares that of another one. */
  #relative(schema: TableSchema): BoundTable {
    const table = this.#database.relative(schema);
    return this.#isOpen ? (this.#tables.get(schema) ?? this.#tracked(schema, table)) : table;
  }

  /** The instance of a row, where the unit has it. */
  find(schema: TableSchema, key: readonly SqlValue[]): object | undefined {
    return this.writes.identities.find(schema, key);
  }

  /** Takes in an instance. */
  add(instance: object): void {
    this.checkOpen();
    this.writes.include(instance);
  }

  *flush(options: { readonly alone: boolean }): Program<void> {
    this.checkOpen();
    this.#isEnding = !options.alone;
    const inserted = yield* this.writes.flush(options);
    if (options.alone) for (const { instance } of inserted) this.writes.identities.add(instance);
  }

  /** Throws where it has ended. */
  checkOpen(): void {
    if (this.#isOpen) return;
    throw new QueryError('This unit of work has ended.', 'Do in its callback what belongs to it, and await it there.');
  }

  end(how: 'kept' | 'undone'): void {
    this.#isOpen = false;
    for (const { instance } of this.writes.end(how)) leave(instance);
    this.writes.identities.clear();
    this.#tables.clear();
    this.#read.length = 0;
  }

  #hydrate(rows: Row[], table: Home): object[] {
    const { schema } = table;
    const hydrate = hydratorOf(schema);
    if (!this.#isOpen || isOfSeveral(schema)) return hydrate(rows, table);
    const known = rows.map((row) => this.writes.identities.find(schema, keyValues(schema, row)));
    known.forEach((instance, at) => instance && this.#refresh(instance, rows[at]!, table));
    const isAllNew = known.every((instance) => instance === undefined);
    const fresh = hydrate(isAllNew ? rows : rows.filter((_, at) => known[at] === undefined), table);
    this.#read.push(fresh);
    for (const instance of fresh) {
      this.writes.identities.add(instance);
      this.writes.track(instance, schema);
    }
    if (isAllNew) return fresh;
    let next = 0;
    const instances = rows as unknown as object[];
    known.forEach((instance, at) => (instances[at] = instance ?? fresh[next++]!));
    return instances;
  }

  /** Puts what was read on an instance that has no changes of its own. */
  #refresh(instance: object, row: Row, table: Home): void {
    const stored = Stored.row(instance) as Row;
    const isSame = row.every((value, at) => value === stored[at]);
    if (
      isSame ||
      this.writes.isDeleted(instance) ||
      changedColumns(table.schema)(instance as Fields, stored).length > 0
    )
      return;
    putFresh(table as BoundTable, instance, row);
  }
}

/** Whether rows of the table become instances of several models, each by the table of its own. */
const isOfSeveral = ({ options: { family, subtype } }: TableSchema): boolean =>
  family !== undefined && subtype === undefined;

/** Lets an instance stand in its table as everybody else sees it. */
function leave(instance: object): void {
  const table = Stored.table(instance);
  if (table instanceof TrackedTable) Stored.mark(instance, Stored.row(instance), table.table);
}

/** Runs a program with a unit of work, and writes what came of it: all or nothing, in one transaction. */
export function* inUnit<Result>(
  database: TableHome,
  work: (unit: Unit) => Program<Result>,
  options?: TransactionOptions,
  isNested?: boolean,
): Program<Result> {
  let unit: Unit | undefined;
  function* body(): Program<Result> {
    unit?.end('undone'); // of a try that found the database busy
    unit = new Unit(database);
    const result = yield* work(unit);
    yield* unit.flush({ alone: false });
    return result;
  }
  try {
    const result = yield* inTransaction(database, body, options, isNested);
    unit?.end('kept');
    return result;
  } catch (error) {
    unit?.end('undone');
    throw error;
  }
}
