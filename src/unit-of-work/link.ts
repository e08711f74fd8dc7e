import type { InsertingGraph, Membership, Reference } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';

/** That the row of one member refers to that of another. */
export class Link {
  readonly from: Member;
  readonly to: Member;
  readonly reference: Reference;
  /** The fields of the key when it was made: given another value, it holds no more. */
  readonly #before: readonly unknown[];

  constructor(from: Member, to: Member, reference: Reference) {
    this.from = from;
    this.to = to;
    this.reference = reference;
    this.#before = keyOf(from, reference);
  }

  /** Whether nobody gave the instance something else since. */
  get holds(): boolean {
    const { columns } = this.reference;
    for (let at = 0; at < columns.length; at++) {
      if (!Object.is(this.from.fields[columns[at]!.property], this.#before[at])) return false;
    }
    return this.reference.leads(this.from.instance, this.to.instance);
  }

  /** Whether the row can be written with NULL in place of the key. */
  get isNullable(): boolean {
    return this.reference.columns.some(({ nullable }) => nullable);
  }
}

/** The key of most new rows, for which no array is made. */
const noKey: readonly unknown[] = [undefined];

function keyOf({ fields }: Member, { columns }: Reference): readonly unknown[] {
  if (columns.length === 1 && fields[columns[0]!.property] === undefined) return noKey;
  return columns.map(({ property }) => fields[property]);
}

const none: readonly Link[] = [];

/** An instance that is written together with others. */
export class Member implements Membership {
  readonly graph: InsertingGraph;
  readonly instance: object;
  readonly schema: TableSchema;
  around: Membership | undefined;
  isPromised = false;
  isDeleted = false;
  /** Whether it is not written any more: it was deleted. */
  isGone = false;
  /** What it refers to. */
  links: Link[] | undefined;
  /** What it refers to in the flush that is under way. */
  planned: readonly Link[] = none;
  /** Whether the flush that is under way inserts it. */
  isNew = false;
  /** Where it stands in the path of links that are being followed; -1 before that, and behind it. */
  place = -1;
  isOrdered = false;

  constructor(graph: InsertingGraph, instance: object, schema: TableSchema) {
    this.graph = graph;
    this.instance = instance;
    this.schema = schema;
  }

  /** Lets go of what it refers to. */
  release(): void {
    this.links = undefined;
    this.planned = none;
  }

  get fields(): Record<string, unknown> {
    return this.instance as Record<string, unknown>;
  }
}
