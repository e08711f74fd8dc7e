import type { ColumnSchema, TableSchema } from '../schema/index.js';
import {
  all,
  and,
  binary,
  isNull,
  parameter,
  type Assignment,
  type ColumnReference,
  type Expression,
  type Program,
  type Row,
} from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { keyValues } from './select-all.js';

/** `"version" = "version" + 1` */
export const increment = ({ name, reference }: ColumnSchema): Assignment => ({
  column: name,
  value: { kind: 'increment', operand: reference as ColumnReference }, // a version is in the table, and not computed
});

/** What is assigned in every update of a table besides what the update is about. */
export const counted = ({ version }: TableSchema): readonly Assignment[] =>
  version === undefined ? [] : [increment(version)];

/**
 * The condition that picks one row by its primary key, and by its version where it has one, in that order; `further` ones have no
 * parameters.
 */
export function rowCondition(schema: TableSchema, further: readonly Expression[] = []): Expression {
  const { version, primaryKey } = schema;
  const columns = version === undefined ? primaryKey : [...primaryKey, version];
  return and([...columns.map(({ reference }) => binary(reference, '=', parameter(null))), ...further]);
}

/** The same of a row that is not deleted, though it may stay in its table. */
export const livingRowCondition = (schema: TableSchema): Expression =>
  rowCondition(schema, schema.deletion === undefined ? [] : [isNull(schema.deletion.column.reference)]);

/** Whether a row is marked as deleted. */
export const isMarked = ({ deletion }: TableSchema, row: Row): boolean =>
  deletion !== undefined && row[deletion.column.position] !== null;

/** The number after that of a row, as an update writes it. */
export const nextVersion = ({ position }: ColumnSchema, row: Row): number => Number(row[position]) + 1;

/**
 * Whether a row is there by its primary key, but was updated since. One that has no version never is. A row that was deleted counts as
 * gone, though it may stay in its table, unless that is what it is about.
 */
export function* isStale(table: BoundTable, row: Row, countsDeleted = false): Program<boolean> {
  const { version } = table.schema;
  if (version === undefined) return false;
  const { statement, parameters } = table.byKey(keyValues(table.schema, row));
  // where the writes of the instance are: another connection would not see those of its transaction
  const [found] = yield* all({ ...statement, reads: false }, parameters);
  if (found === undefined || (!countsDeleted && isMarked(table.schema, found))) return false;
  return Number(found[version.position]) !== Number(row[version.position]);
}
