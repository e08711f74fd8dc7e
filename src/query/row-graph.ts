import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Program } from '../sql/index.js';
import type { BoundTable, TableHome } from './bound-table.js';
import { Given } from './given.js';

/** How rows of one table refer to rows of another, or of the same. */
export interface Reference {
  /** `Post.author`, for error messages. */
  readonly name: string;
  /** The columns that refer. */
  readonly columns: readonly ColumnSchema[];
  /** The columns that each of them is equal to. */
  readonly target: readonly ColumnSchema[];
  /** What else a row has that refers by it: each field with its value. */
  readonly fixed?: readonly (readonly [property: string, value: unknown])[];
  /** Whether the row may be inserted before the one that it refers to: the key is checked at the end of the transaction, or never. */
  readonly isDeferrable: boolean;
  /** Whether an instance still leads to another one, and was not given something else meanwhile. */
  leads(from: object, to: object): boolean;
  /** Lets the field of an instance lead to another one, whose key is still awaited or known by now. */
  lead(from: object, to: object, isAwaited: boolean): void;
}

/** Rows that are written together, and which of them refer to which. */
export interface RowGraph {
  /** Takes an instance in: to be inserted, or where it has a row, to be updated if it changed. */
  include(instance: object, schema: TableSchema): void;
  /** Says that a row refers to another one, whose key it is given as soon as that is known. Takes both in. */
  refer(from: object, to: object, reference: Reference): void;
}

/** Rows that are inserted into a database, and where the tables are by which they are read again. */
export interface InsertingGraph extends RowGraph {
  readonly database: TableHome;
  tableOf(schema: TableSchema): Program<BoundTable>;
}

/** What a graph knows of an instance that belongs to it. */
export interface Membership {
  readonly graph: InsertingGraph;
  /** Whether the graph will insert it. */
  readonly isPromised: boolean;
  /** That of another graph, to which the instance belongs, too: one unit of work inside of another. */
  around: Membership | undefined;
}

/** Kept in a private field of the instance, for of ten thousand instances a map is slow to make and to collect. */
class Member extends Given {
  #membership: Membership | undefined;

  private constructor(instance: object, membership: Membership | undefined) {
    super(instance);
    this.#membership = membership;
  }

  static get(instance: object): Membership | undefined {
    return #membership in instance ? instance.#membership : undefined;
  }

  static set(instance: object, membership: Membership | undefined): void {
    if (#membership in instance) instance.#membership = membership;
    else new Member(instance, membership);
  }
}

/** What a graph knows of an instance; `undefined` where it does not belong to it. */
export function membershipIn(graph: RowGraph, instance: object): Membership | undefined {
  let membership = Member.get(instance);
  while (membership !== undefined && membership.graph !== graph) membership = membership.around;
  return membership;
}

/** Lets an instance belong to a graph. */
export function enterGraph(instance: object, membership: Membership): void {
  membership.around = Member.get(instance);
  Member.set(instance, membership);
}

/** Lets an instance belong to a graph no more. */
export function leaveGraph(instance: object, membership: Membership): void {
  let last = Member.get(instance);
  if (last === membership) return Member.set(instance, membership.around);
  while (last !== undefined && last.around !== membership) last = last.around;
  if (last !== undefined) last.around = membership.around;
}

/** Who will insert an instance that has no row yet; nobody unless that was promised. */
export function insertingGraph(instance: object): InsertingGraph | undefined {
  let membership = Member.get(instance);
  while (membership !== undefined && !membership.isPromised) membership = membership.around;
  return membership?.graph;
}
