import { StaleRecordError } from '../errors/index.js';
import {
  columnParameter,
  counted,
  encodeValue,
  gone,
  isStale,
  keyValues,
  returningColumns,
  rowCondition,
  Stored,
  takeBackOnRollback,
  takeWritten,
  writtenAlong,
  type BoundTable,
} from '../query/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import {
  all,
  isNull,
  parameter,
  type Assignment,
  type Expression,
  type Program,
  type SelectedColumn,
  type SqlValue,
  type UpdateStatement,
} from '../sql/index.js';

/** The column by which rows of a table are marked as deleted. */
export const markOf = ({ deletion }: TableSchema): ColumnSchema => deletion!.column;

/** The columns that are written when a row is marked, or its mark taken off: the mark, and what every update writes. */
export const writtenWith = (schema: TableSchema): readonly ColumnSchema[] => [
  markOf(schema),
  ...writtenAlong(schema).all.filter((column) => column !== markOf(schema)),
];

/** `UPDATE "users" SET "deleted_at" = ? WHERE …`: marks rows with a moment, or with null takes the mark off. */
export const markRows = (
  schema: TableSchema,
  moment: Date | null,
  where: Expression | undefined,
  returning: readonly SelectedColumn[] = [],
): UpdateStatement => ({ kind: 'update', table: schema.reference, set: assignments(schema, moment), where, returning });

function assignments(schema: TableSchema, moment: Date | null): Assignment[] {
  const mark = markOf(schema);
  const renewed = writtenAlong(schema).renewed.map((column) => {
    const value = encodeValue(schema.field(column), column, column.onUpdate!());
    return { column: column.name, value: columnParameter(column, value) };
  });
  return [{ column: mark.name, value: parameter(encodeMoment(mark, moment)) }, ...renewed, ...counted(schema)];
}

/** A moment as a column stores it. */
export const encodeMoment = ({ type }: ColumnSchema, moment: Date | null): SqlValue =>
  moment === null ? null : type.encode(moment);

/** That rows are marked, or are not. */
export const isMarkedAs = (schema: TableSchema, isDeleted: boolean): Expression =>
  isNull(markOf(schema).reference, isDeleted);

/**
 * Marks the row of an instance, or with null takes its mark off, by the primary key that is stored and by the version; says whether
 * there was one to mark. A row that is marked already keeps its moment.
 */
export function* markInstance(table: BoundTable, instance: object, moment: Date | null): Program<boolean> {
  const { schema } = table;
  const row = Stored.row(instance);
  if (row === undefined) throw gone(schema, 'was never saved');
  if (row === null) return false;
  const verb = moment === null ? 'restore' : 'delete';
  const parameters = assignments(schema, moment).flatMap(({ value }) =>
    value.kind === 'parameter' ? value.value : [],
  );
  parameters.push(...keyValues(schema, row));
  if (schema.version !== undefined) parameters.push(row[schema.version.position] as SqlValue);
  const statement = table.known(`${verb} by mark`) ?? table.learn(`${verb} by mark`, markOne(schema, moment));
  const [values] = (yield* all(statement, parameters)) as SqlValue[][];
  if (values === undefined) {
    if (yield* isStale(table, row, verb === 'restore')) throw new StaleRecordError(schema.modelName, verb);
    return false; // it is so already, or gone, or a trigger keeps it
  }
  takeWritten(schema, instance, writtenWith(schema), values);
  takeBackOnRollback(table, [instance]);
  return true;
}

const markOne = (schema: TableSchema, moment: Date | null): UpdateStatement =>
  markRows(
    schema,
    moment,
    rowCondition(schema, [isMarkedAs(schema, moment === null)]),
    returningColumns(writtenWith(schema)),
  );
