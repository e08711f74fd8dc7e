import { inTransaction } from '../database/index.js';
import { QueryError } from '../errors/index.js';
import {
  gone,
  insertingGraph,
  promiseRow,
  Stored,
  type BoundTable,
  type Reference,
  type Relation,
  type RowGraph,
  type TableHome,
} from '../query/index.js';
import { toTable, type ModelClass, type TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import type { Link } from './link.js';
import { planWrites, type Plan } from './plan.js';
import { Snapshot } from './snapshot.js';
import { writePlan, type TableOf } from './write-plan.js';

type Fields = Record<string, unknown>;

/** A link as it was made: it holds as long as nobody gave the fields of the key another value. */
interface GivenLink extends Link {
  readonly before: readonly unknown[];
}

/** What a flush wrote, for the case that it is undone. */
interface Written {
  readonly snapshot: Snapshot;
  readonly links: readonly GivenLink[];
}

/** Instances that are written together, in the order that their references ask for. */
export class WriteSet implements RowGraph {
  readonly database: TableHome;
  readonly #tableOf: TableOf;
  readonly #members = new Map<object, TableSchema>();
  readonly #deleted = new Set<object>();
  /** New instances that are not to be inserted, whatever refers to them. */
  readonly #dropped = new WeakSet<object>();
  /** By the instance that refers, and the columns by which it does. */
  readonly #links = new Map<object, Map<string, GivenLink>>();
  readonly #written: Written[] = [];

  constructor(database: TableHome, tableOf: TableOf = (schema) => database.tableOf(schema)) {
    this.database = database;
    this.#tableOf = tableOf;
  }

  include(instance: object, schema = schemaOf(instance)): void {
    if (this.#members.has(instance)) return;
    this.#dropped.delete(instance);
    this.#checkHome(instance, schema);
    this.track(instance, schema);
    if (Stored.row(instance) === undefined) promiseRow(instance, this);
    for (const relation of schema.relations.values()) {
      const awaited = (relation as Relation).awaits(instance); // since a unit of work that failed
      if (awaited !== undefined) (relation as Relation).connect(this, instance, awaited);
    }
  }

  /** Takes in an instance that was just read. */
  track(instance: object, schema: TableSchema): void {
    this.#members.set(instance, schema);
  }

  refer(from: object, to: object, reference: Reference): void {
    if (!this.#dropped.has(from)) this.include(from);
    const { columns, target } = reference;
    const fields = from as Fields;
    const isStored = Array.isArray(Stored.row(to));
    if (isStored) columns.forEach(({ property }, at) => (fields[property] = (to as Fields)[target[at]!.property]));
    else this.#link({ from, to, reference, before: keyOf(fields, reference) });
    reference.lead(from, to, !isStored);
    if (!this.#dropped.has(to)) this.include(to);
  }

  /** Lets the row be deleted, or not be inserted. */
  delete(instance: object): void {
    const row = Stored.row(instance);
    if (row === null) return;
    if (row === undefined) {
      if (!this.#members.has(instance)) throw gone(schemaOf(instance), 'was never saved');
      this.#forget(instance);
      this.#dropped.add(instance);
      promiseRow(instance, undefined);
    } else {
      this.include(instance);
      this.#deleted.add(instance);
    }
  }

  /** All that it has. */
  instances(): Iterable<object> {
    return this.#members.keys();
  }

  isDeleted(instance: object): boolean {
    return this.#deleted.has(instance);
  }

  /**
   * Writes everything; `alone` in a transaction or savepoint of its own, so that what fails leaves nothing behind. Returns the
   * instances that were inserted.
   */
  *flush({ alone }: { readonly alone: boolean }): Program<readonly object[]> {
    const links = this.#linksThatHold();
    const plan = planWrites(this.#members, this.#deleted, links);
    const { inserts, updates, deletes } = plan;
    const written = [...inserts.rows, ...updates, ...deletes.rows];
    if (written.length === 0) return written;
    const snapshot = new Snapshot();
    for (const instance of written) snapshot.take(instance, this.#members.get(instance)!);
    this.#written.push({ snapshot, links });
    if (!alone) yield* this.#write(plan);
    else {
      try {
        yield* inTransaction(this.database, () => this.#write(plan));
      } catch (error) {
        this.#written.pop();
        snapshot.restore(links);
        throw error;
      }
      snapshot.close();
    }
    this.#settle(plan);
    return inserts.rows;
  }

  /** Ends it, once the transaction around everything was kept or undone. */
  end(how: 'kept' | 'undone'): void {
    for (const instance of this.#members.keys()) {
      if (insertingGraph(instance) === this) promiseRow(instance, undefined);
    }
    if (how === 'kept') return;
    for (const { snapshot, links } of this.#written.reverse()) snapshot.restore(links);
  }

  *#write(plan: Plan): Program<void> {
    yield* writePlan(plan, this.#members, this.#tableOf);
  }

  /** Forgets what is done. */
  #settle({ inserts, deletes }: Plan): void {
    this.#links.clear();
    for (const instance of inserts.rows) promiseRow(instance, undefined);
    for (const instance of deletes.rows) this.#forget(instance);
  }

  #forget(instance: object): void {
    this.#members.delete(instance);
    this.#deleted.delete(instance);
    this.#links.delete(instance);
  }

  #link(link: GivenLink): void {
    const columns = link.reference.columns.map(({ property }) => property).join(' ');
    const known = this.#links.get(link.from);
    if (known === undefined) this.#links.set(link.from, new Map([[columns, link]]));
    else known.set(columns, link);
  }

  #linksThatHold(): GivenLink[] {
    const links: GivenLink[] = [];
    for (const [from, ofInstance] of this.#links) {
      if (this.#deleted.has(from) || !this.#members.has(from)) continue;
      for (const link of ofInstance.values()) {
        const { to, reference, before } = link;
        const now = keyOf(from as Fields, reference);
        if (now.every((value, at) => Object.is(value, before[at])) && reference.leads(from, to)) links.push(link);
      }
    }
    return links;
  }

  #checkHome(instance: object, { modelName }: TableSchema): void {
    const table = Stored.table(instance) as BoundTable | undefined;
    if (Stored.row(instance) === null) throw gone(table!.schema, 'was deleted');
    if (table !== undefined && table.database !== this.database) {
      throw new QueryError(
        `This ${modelName} is in the database "${table.database.alias}", and the unit of work in "${this.database.alias}".`,
        'One unit of work writes to one database.',
      );
    }
    const other = insertingGraph(instance);
    if (other === undefined || other === this) return;
    throw new QueryError(`This ${modelName} is inserted by another unit of work.`, 'Let that one end first.');
  }
}

const keyOf = (fields: Fields, { columns }: Reference): unknown[] => columns.map(({ property }) => fields[property]);

/** The table of an instance's class, or of the database that it came from. */
function schemaOf(instance: object): TableSchema {
  const table = Stored.table(instance)?.schema ?? (instance.constructor as ModelClass)[toTable]?.();
  if (table !== undefined) return table;
  throw new QueryError('A unit of work takes instances of models.', 'Make one with work.create(User, { … }).');
}
