import { InvalidValueError, UnconditionalWriteError, type OrmError } from '../errors/index.js';
import type { ColumnSchema, RelationSchema, TableSchema } from '../schema/index.js';
import {
  and,
  type Expression,
  type OrderingTerm,
  type Program,
  type SelectedColumn,
  type SelectStatement,
} from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { checkEvery } from './check-every.js';
import type { LoadReason } from './relation-load.js';
import type { RowGraph } from './row-graph.js';
import { noScopes, scopeConditions, usedConditions, type ScopeState } from './scope.js';
import type { Selection } from './selection.js';
import { selectAll } from './select-all.js';

/** What a query says; immutable, so that queries can be shared. */
export interface QueryState {
  /** Conditions of the user's, all of which must hold. */
  readonly where: readonly Expression[];
  readonly scopes: ScopeState;
  readonly orderBy: readonly OrderingTerm[];
  readonly limit: number | undefined;
  readonly offset: number | undefined;
  readonly distinct: boolean;
  /** What is read of each row; `undefined` for whole instances. */
  readonly selection: Selection | undefined;
  /** The same where related rows are among it. */
  readonly shape: Shape | undefined;
  /** What is read beside each row, behind what it is made of. */
  readonly counts: readonly SelectedColumn[];
  /** The relations that are read along. */
  readonly related: readonly RelatedRead[];
  /** Why they are, for those who listen. */
  readonly loadReason: LoadReason;
  /** Whether a relation that was not read along stays so; `undefined` leaves it to the database. */
  readonly strictLoading: boolean | undefined;
  /** Says that there are no rows, so that nothing is asked of SQLite; a write throws what it returns. */
  readonly empty: (() => OrmError) | undefined;
}

/** What a query reads of each row and of the rows that relations lead to from there. */
export interface Shape {
  /** The names of the object that is made, in their order. */
  readonly names: readonly string[];
  /** The table with no more columns than are wanted, or needed to find related rows. */
  readonly schema: TableSchema;
  /** SQL under names of its own. */
  readonly selection: Selection | undefined;
  readonly related: readonly RelatedShape[];
  /** Whether objects are made of what is read: what is inside of another shape keeps the keys by which it was found. */
  readonly isOutermost: boolean;
}

/** What is read of the rows that a relation leads to. */
export interface RelatedShape {
  readonly name: string;
  readonly relation: Relation;
  readonly shape: Shape;
}

/** The result columns of a shape. */
export const columnsOfShape = ({ schema, selection }: Shape): readonly SelectedColumn[] => [
  ...schema.columns.map(({ reference }) => ({ expression: reference, alias: undefined })),
  ...(selection?.columns ?? []),
];

/** Whether integers must be read as bigint for a shape. */
export const hasBigints = ({ schema, selection }: Shape): boolean => schema.bigints || selection?.bigints === true;

/** A relation that is read along with the rows of a query. */
export interface RelatedRead {
  readonly relation: Relation;
  /** Which of the related rows, in what order, how many for each owner, and what along with them. */
  readonly state: QueryState;
}

/** What a relation can do for queries, besides what the schema knows. */
export interface Relation extends RelationSchema {
  /** Reads what instances of its owner lead to, with one statement however many they are, and gives it to them. */
  load(table: BoundTable, owners: readonly object[], state: QueryState): Program<void>;
  /** The same for an instance and those that were read together with it, as far as it is not loaded yet. */
  ensure(table: BoundTable, instance: object, state: QueryState): Program<void>;
  /** The columns of its owner by which it finds what it leads to. */
  readonly from: readonly ColumnSchema[];
  /** What an instance was given, or has loaded of it; `undefined` for neither. */
  given(instance: object): unknown;
  /** The rows that it leads to, for a subquery in a query of its owner. */
  rows(): RelatedRows;
  /** The tables on its way, the last one included: a change in any of them may change which rows it leads to. */
  way(): readonly StageOnTheWay[];
  /** The relation to the one model that it is for an instance, where it leads to one of several. */
  at?(instance: object): Relation;
  /** The table that it leads to in a graph, where that is one of several: that of an instance, or as the owner says of fields. */
  targetFor?(owner: object, related: unknown): TableSchema;
  /** The rows that an instance leads to, for a query of its target. */
  rowsOf(instance: object): QueryState;
  /** What a new row holds so that an instance leads to it. Throws `QueryError` where it makes none, or the instance is not saved. */
  fieldsFor(instance: object): Readonly<Record<string, unknown>>;
  /** Whether rows of a table between say where it leads, so that a new row is attached when it is there. */
  readonly isLinked: boolean;
  /** Changes those rows. Throws `QueryError` where there are none, or the instance is not saved. */
  change(table: BoundTable, instance: object, change: RelatedChange): Program<unknown>;
  /** Lets a new instance, which an owner is to lead to, lead back to that. */
  adopt(owner: object, related: object): void;
  /** Lets an instance forget what it leads to, so that it is loaded anew. */
  forget(instance: object): void;
  /** Lets an instance lead to others, or to one or none, as if that had been loaded. */
  give(instance: object, value: unknown): void;
  /** What an instance was given that had no key yet, and still has not given it its own. */
  awaits(instance: object): object | undefined;
  /**
   * Says what has to be written so that an owner leads to an instance: which of the two rows refers to the other, or that a third
   * one refers to both. Either may still be without a row.
   */
  connect(rows: RowGraph, owner: object, related: object): void;
}

/** A table on the way of a relation. */
export interface StageOnTheWay {
  readonly table: TableSchema;
  /** The columns by which the way goes on, or comes there. */
  readonly columns: readonly ColumnSchema[];
  /** The condition on the owners that are led to a row: to that of the table under an alias, such as `NEW` in a trigger. */
  owners(row: TableSchema): Expression;
}

/** A change of which rows an instance leads to. */
export interface RelatedChange {
  readonly verb: 'attach' | 'detach' | 'sync' | 'toggle';
  /** Instances or their primary keys; all that there are, where nothing is said. */
  readonly targets: readonly unknown[] | undefined;
  /** What the rows between hold besides. */
  readonly pivot: Readonly<Record<string, unknown>>;
}

/** The rows that a relation leads to from one row of its owner: a subquery, and the table as it is called in there. */
export interface RelatedRows {
  readonly table: TableSchema;
  readonly select: SelectStatement;
}

/** Every row of a table, as far as its scopes let it. */
export const everyRow: QueryState = {
  where: [],
  scopes: noScopes,
  orderBy: [],
  limit: undefined,
  offset: undefined,
  distinct: false,
  selection: undefined,
  shape: undefined,
  counts: [],
  related: [],
  loadReason: 'with',
  strictLoading: undefined,
  empty: undefined,
};

/** The same query, whose relations are read along for a reason. */
export const because = (loadReason: LoadReason, state: QueryState): QueryState =>
  state.loadReason === loadReason ? state : { ...state, loadReason };

/** The conditions of a query and of the scopes that it is under. */
export function conditionOf(schema: TableSchema, { where, scopes }: QueryState): Expression | undefined {
  const ofScopes = scopeConditions(schema, scopes);
  const operands = ofScopes.length === 0 ? where : [...where, ...ofScopes];
  return operands.length === 0 ? undefined : and(operands);
}

/** What a query does to rows. */
export type WriteVerb = 'update' | 'delete' | 'restore' | 'forceDelete';

/** The conditions of a query that writes: one that the user made must be among them. */
export function conditionOfWrite(schema: TableSchema, state: QueryState, verb: WriteVerb): Expression | undefined {
  if (state.empty !== undefined) throw state.empty();
  const isConditional = state.where.length > 0 || usedConditions(schema, state.scopes).length > 0;
  if (!isConditional) throw new UnconditionalWriteError(schema.modelName, verb);
  const condition = conditionOf(schema, state);
  checkEvery(condition, verb);
  return condition;
}

/** The statement of a query, for whole rows unless it selects. */
export function selectOf(schema: TableSchema, state: QueryState): SelectStatement {
  const { distinct, orderBy, limit, offset, selection, shape, counts } = state;
  const all = selectAll(schema);
  const columns = shape === undefined ? (selection?.columns ?? all.columns) : columnsOfShape(shape);
  return {
    ...all,
    columns: counts.length === 0 ? columns : [...columns, ...counts],
    where: conditionOf(schema, state),
    distinct,
    orderBy,
    limit,
    offset,
  };
}

/** The statement of a query with other result columns. */
export const selectColumns = (
  schema: TableSchema,
  state: QueryState,
  columns: readonly SelectedColumn[],
): SelectStatement => ({ ...selectOf(schema, state), columns });

/** A number of rows, or `InvalidValueError`. */
export function rowCount(name: string, count: number): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new InvalidValueError(name, 'a whole number that is not negative', count);
}
