import { InvalidValueError, UnconditionalWriteError } from '../errors/index.js';
import type { TableSchema } from '../schema/index.js';
import { and, type Expression, type OrderingTerm, type SelectedColumn, type SelectStatement } from '../sql/index.js';
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
};

/** The conditions of a query and of the scopes that it is under. */
export function conditionOf(schema: TableSchema, { where, scopes }: QueryState): Expression | undefined {
  const ofScopes = scopeConditions(schema, scopes);
  const operands = ofScopes.length === 0 ? where : [...where, ...ofScopes];
  return operands.length === 0 ? undefined : and(operands);
}

/** The conditions of a query that writes: one that the user made must be among them. */
export function conditionOfWrite(
  schema: TableSchema,
  state: QueryState,
  verb: 'update' | 'delete',
): Expression | undefined {
  const isConditional = state.where.length > 0 || usedConditions(schema, state.scopes).length > 0;
  if (!isConditional) throw new UnconditionalWriteError(schema.modelName, verb);
  return conditionOf(schema, state);
}

/** The statement of a query, for whole rows unless it selects. */
export function selectOf(schema: TableSchema, state: QueryState): SelectStatement {
  const { distinct, orderBy, limit, offset, selection } = state;
  const all = selectAll(schema);
  return {
    ...all,
    columns: selection?.columns ?? all.columns,
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
