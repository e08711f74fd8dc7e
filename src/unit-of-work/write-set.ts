import { inTransaction } from '../database/index.js';
import { QueryError } from '../errors/index.js';
import {
  checkDatabase,
  enterGraph,
  gone,
  insertingGraph,
  keyValues,
  leaveGraph,
  membershipIn,
  standingOf,
  Stored,
  type BoundTable,
  type InsertingGraph,
  type Reference,
  type Relation,
  type TableHome,
} from '../query/index.js';
import { toTable, type ModelClass, type TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import { IdentityMap } from './identity-map.js';
import { Link, Member } from './link.js';
import { planWrites, type Plan } from './plan.js';
import { Snapshot } from './snapshot.js';
import { writePlan, type TableOf } from './write-plan.js';

/** Instances that are written together, in the order that their references ask for. */
export class WriteSet implements InsertingGraph {
  readonly database: TableHome;
  readonly identities = new IdentityMap();
  readonly #tableOf: TableOf | undefined;
  readonly #members: Member[] = [];
  /** What flushes wrote, for the case that it is undone. */
  readonly #written: Snapshot[] = [];
  /** Whether a flush waits for its statements. */
  #isFlushing = false;

  /** Without a function of its own it is a graph, and else a unit of work. */
  constructor(database: TableHome, tableOf?: TableOf) {
    this.database = database;
    this.#tableOf = tableOf;
  }

  /** The table in which instances become those of the unit of work. */
  tableOf(schema: TableSchema): Program<BoundTable> {
    return this.#tableOf === undefined ? this.database.tableOf(schema) : this.#tableOf(schema);
  }

  include(instance: object, schema = schemaOf(instance)): Member {
    const known = this.#member(instance);
    if (known !== undefined && !known.isGone) return known;
    this.#checkHome(instance, schema);
    this.#checkIdentity(instance);
    const member = known ?? this.track(instance, schema);
    member.isGone = false;
    member.isPromised = Stored.row(instance) === undefined;
    try {
      this.#includeAwaited(instance, schema);
    } catch (error) {
      member.isGone = true;
      member.isPromised = false;
      throw error;
    }
    return member;
  }

  /** Takes in what an instance refers to since a unit of work that failed. */
  #includeAwaited(instance: object, schema: TableSchema): void {
    for (const relation of schema.relations.values()) {
      const awaited = (relation as Relation).awaits(instance);
      if (awaited !== undefined) (relation as Relation).connect(this, instance, awaited);
    }
  }

  /** Takes in an instance that was just made or read. */
  track(instance: object, schema: TableSchema): Member {
    const member = new Member(this, instance, schema);
    enterGraph(instance, member);
    this.#members.push(member);
    return member;
  }

  refer(from: object, to: object, reference: Reference): void {
    const referring = this.#member(from) ?? this.include(from);
    const isStored = Array.isArray(Stored.row(to));
    const referred = isStored ? undefined : (this.#member(to) ?? this.include(to));
    if (referred === undefined) {
      for (const [at, { property }] of reference.columns.entries()) {
        referring.fields[property] = (to as Record<string, unknown>)[reference.target[at]!.property];
      }
      this.include(to);
    } else {
      link(referring, new Link(referring, referred, reference));
    }
    reference.lead(from, to, !isStored);
  }

  /** Lets the row be deleted, or not be inserted, whatever refers to it. */
  delete(instance: object): void {
    const schema = schemaOf(instance);
    const row = Stored.row(instance);
    if (row === null) return;
    if (row !== undefined) {
      this.include(instance).isDeleted = true;
      return;
    }
    const member = this.#member(instance);
    if (member === undefined) throw gone(schema, 'was never saved');
    member.isGone = true;
    member.isPromised = false;
  }

  isDeleted(instance: object): boolean {
    return this.#member(instance)?.isDeleted === true;
  }

  /**
   * Writes everything; `alone` in a transaction or savepoint of its own, so that what fails leaves nothing behind. Returns the
   * members that were inserted.
   */
  *flush(options: { readonly alone: boolean }): Program<readonly Member[]> {
    if (this.#isFlushing) {
      throw new QueryError(
        'A flush of this unit of work is under way.',
        'Await it before the next one, and before the end.',
      );
    }
    this.#isFlushing = true;
    try {
      return yield* this.#flush(options);
    } finally {
      this.#isFlushing = false;
    }
  }

  *#flush({ alone }: { readonly alone: boolean }): Program<readonly Member[]> {
    const plan = planWrites(this.#members);
    const { inserts, updates, deletes } = plan;
    if (inserts.rows.length + updates.length + deletes.rows.length === 0) return inserts.rows;
    const snapshot = new Snapshot([...inserts.rows, ...updates, ...deletes.rows]);
    this.#written.push(snapshot);
    const tableOf = (schema: TableSchema) => this.tableOf(schema);
    if (!alone) yield* writePlan(this.database, plan, tableOf);
    else {
      try {
        yield* inTransaction(this.database, () => writePlan(this.database, plan, tableOf));
      } catch (error) {
        this.#written.pop();
        snapshot.restore();
        throw error;
      }
      snapshot.close();
    }
    settle(plan);
    return inserts.rows;
  }

  /** Ends it, once the transaction around everything was kept or undone. Returns what belonged to it. */
  end(how: 'kept' | 'undone'): readonly Member[] {
    const written = this.#written.splice(0);
    if (how === 'undone') for (const snapshot of written.reverse()) snapshot.restore();
    const members = this.#members.splice(0);
    for (const member of members) release(member);
    return members;
  }

  #member(instance: object): Member | undefined {
    return membershipIn(this, instance) as Member | undefined; // only `track` lets instances in
  }

  /** Refuses a second instance of a row: of what both say, one would be lost. */
  #checkIdentity(instance: object): void {
    const row = Stored.row(instance);
    if (!Array.isArray(row)) return;
    const { schema } = Stored.table(instance)!;
    const known = this.identities.find(schema, keyValues(schema, row));
    if (known === undefined) return this.identities.add(instance);
    if (known === instance) return;
    const { modelName } = schema;
    throw this.#tableOf === undefined
      ? new QueryError(`The graph has another instance of this ${modelName} already.`, 'Give the same one everywhere.')
      : new QueryError(
          `The unit of work has another instance of this ${modelName} already.`,
          `Use that one, as work.find(${modelName}, key) gives it.`,
        );
  }

  #checkHome(instance: object, { modelName }: TableSchema): void {
    const table = standingOf(instance);
    if (Stored.row(instance) === null) throw gone(table!.schema, 'was deleted');
    if (this.#tableOf === undefined) checkDatabase(table, this.database, 'the graph');
    else checkDatabase(table, this.database, 'the unit of work', 'One unit of work writes to one database.');
    const other = insertingGraph(instance);
    if (other === undefined || other === this) return;
    throw new QueryError(`This ${modelName} is inserted by another unit of work.`, 'Let that one end first.');
  }
}

function release(member: Member): void {
  leaveGraph(member.instance, member);
  member.release();
}

/** Lets a member refer to another one, and no more to what it referred to by the same columns. */
function link(member: Member, added: Link): void {
  const { links } = member;
  if (links === undefined) {
    member.links = Array.of(added); // a literal might be kept by V8 among the old objects, with all that it leads to
    return;
  }
  const { columns } = added.reference;
  const place = links.findIndex(({ reference }) => columns.every((column, at) => column === reference.columns[at]));
  if (place === -1) links.push(added);
  else links[place] = added;
}

/** Forgets what is done. */
function settle({ inserts, updates, deletes }: Plan): void {
  for (const member of inserts.rows) settleInsert(member);
  for (const member of updates) member.links = undefined;
  for (const member of deletes.rows) {
    member.isGone = true;
    member.isDeleted = false;
  }
}

function settleInsert(member: Member): void {
  member.isPromised = false;
  member.isDeleted = member.isGone; // while it was inserted
  member.isGone = false;
  member.links = undefined;
}

/** The table of an instance's class, or of the database that it came from. */
function schemaOf(instance: object): TableSchema {
  const isObject = typeof (instance as unknown) === 'object' && (instance as unknown) !== null;
  const table = isObject
    ? (Stored.table(instance)?.schema ?? (instance.constructor as ModelClass)[toTable]?.())
    : undefined;
  if (table !== undefined) return table;
  throw new QueryError('A unit of work takes instances of models.', 'Make one with work.create(User, { … }).');
}
