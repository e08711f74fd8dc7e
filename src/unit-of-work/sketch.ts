import { QueryError } from '../errors/index.js';
import { insertingGraph, membershipIn, Stored, type Reference, type Relation, type RowGraph } from '../query/index.js';
import { toTable, type ModelClass, type TableSchema } from '../schema/index.js';

/** Rows that are written together, of which new ones can be left out again. */
export interface Rows extends RowGraph {
  delete(instance: object): void;
}

type Fields = Readonly<Record<string, unknown>>;

/** A row that refers to another one. */
interface Reach {
  readonly from: object;
  readonly to: object;
  readonly reference: Reference;
}

/** What a graph of fields says is to be written: all of it is known, and does not contradict itself, before any is. */
export class Sketch implements RowGraph {
  readonly #instances: { readonly instance: object; readonly schema: TableSchema }[] = [];
  readonly #reaches: Reach[] = [];
  readonly #given: { readonly relation: Relation; readonly owner: object; readonly value: unknown }[] = [];
  /** Those above by the row that refers, once they are too many to be looked through. */
  #byRow: Map<object, Reach[]> | undefined;

  include(instance: object, schema: TableSchema): void {
    this.#instances.push({ instance, schema });
  }

  refer(from: object, to: object, reference: Reference): void {
    const known = this.#byRow === undefined ? this.#reaches : this.#byRow.get(from);
    const same = known?.find((each) => each.from === from && isSame(each.reference, reference));
    if (same?.to === to) return;
    if (same !== undefined) {
      throw new QueryError(
        `A ${nameOf(from)} in this graph is to refer to two rows by ${reference.name}.`,
        'Give it one of them.',
      );
    }
    checkKey(from, to, reference);
    this.#add({ from, to, reference });
  }

  #add(reach: Reach): void {
    this.#reaches.push(reach);
    if (this.#byRow !== undefined) addTo(this.#byRow, reach);
    else if (this.#reaches.length > few) {
      this.#byRow = new Map();
      for (const each of this.#reaches) addTo(this.#byRow, each);
    }
  }

  /** Lets an owner lead to what was made for it. */
  give(relation: Relation, owner: object, value: unknown): void {
    this.#given.push({ relation, owner, value });
  }

  /** Says it of the rows that are written; where one of them is refused, of none. */
  copyTo(rows: Rows): void {
    const added: object[] = [];
    try {
      for (const { instance, schema } of this.#instances) {
        if (membershipIn(rows, instance) !== undefined) continue; // one that was deleted there stays so
        const isNew = Stored.row(instance) === undefined && insertingGraph(instance) === undefined;
        rows.include(instance, schema);
        if (isNew) added.push(instance);
      }
    } catch (error) {
      for (const instance of added) rows.delete(instance);
      throw error;
    }
    for (const { from, to, reference } of this.#reaches) rows.refer(from, to, reference);
    for (const { relation, owner, value } of this.#given) {
      if (relation.isMany || relation.awaits(owner) === undefined) relation.give(owner, value);
    }
  }
}

/** Rows of which none is to refer to another one by a key that says otherwise. */
export class CheckedRows implements RowGraph {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  include(instance: object, schema: TableSchema): void {
    this.#rows.include(instance, schema);
  }

  refer(from: object, to: object, reference: Reference): void {
    checkKey(from, to, reference);
    this.#rows.refer(from, to, reference);
  }
}

/** How many references are looked through one by one. */
const few = 8;

function addTo(byRow: Map<object, Reach[]>, reach: Reach): void {
  const known = byRow.get(reach.from);
  if (known === undefined) byRow.set(reach.from, [reach]);
  else known.push(reach);
}

const isSame = (one: Reference, other: Reference): boolean =>
  one === other ||
  (one.columns.length === other.columns.length && one.columns.every((column, at) => column === other.columns[at]));

/** Refuses a new row of which the key is said, and is another than that of the row that it is to refer to. */
function checkKey(from: object, to: object, reference: Reference): void {
  const { columns, target, fixed } = reference;
  for (let at = 0; at < columns.length; at++) {
    const said = (from as Fields)[columns[at]!.property];
    if (said === undefined || said === null || Stored.row(from) !== undefined) continue;
    if (!isEqual(said, (to as Fields)[target[at]!.property])) throw contradicts(from, columns[at]!.property, reference);
  }
  if (fixed === undefined || Stored.row(from) !== undefined) return;
  for (const [property, value] of fixed) {
    const said = (from as Fields)[property];
    if (said !== undefined && said !== null && said !== value) throw contradicts(from, property, reference);
  }
}

const contradicts = (from: object, property: string, { name }: Reference): QueryError =>
  new QueryError(
    `A ${nameOf(from)} in this graph has another value in ${property} than ${name} gives it.`,
    'Leave it out.',
  );

/** Whether keys are the same; those of a table that is read as bigint may be numbers, too. */
const isEqual = (a: unknown, b: unknown): boolean =>
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- keys are values of SQLite
  a === b || (b !== undefined && b !== null && typeof a !== 'string' && String(a) === String(b));

const nameOf = (instance: object): string => (instance.constructor as ModelClass)[toTable]?.().modelName ?? 'row';
