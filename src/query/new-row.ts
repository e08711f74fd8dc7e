import { MissingFieldError, ReadOnlyFieldError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import { castShape, encodeValue } from './compile-where.js';
import { make } from './follow.js';
import { generate, oncePerTable, quoted } from './generate.js';
import { narrow } from './hydrate.js';

type Fields = Record<string, unknown>;

/** A new row as it will be sent: the values of the columns that are named, and those that SQLite is left to fill. */
export interface NewRow {
  /** Every column's value in the order of the schema; `undefined` where SQLite makes it. */
  readonly row: Row;
  readonly parameters: readonly SqlValue[];
  /** The columns that the statement leaves out, which is all that two inserts of a table differ in. */
  readonly omitted: readonly ColumnSchema[];
  /** The same as a key, under which the statement is kept. */
  readonly shape: string;
}

function shapeOf(omitted: readonly ColumnSchema[]): string {
  let shape = 'insert';
  for (const { position } of omitted) shape += ` ${position}`;
  return shape;
}

/** Encodes every field, fills in defaults, and refuses the whole before any SQL when one is missing or wrong. */
export function encodeNewRow(schema: TableSchema, fields: object): NewRow {
  if (schema.following !== undefined) fillDefaults(schema, fields);
  return quickEncoder(schema)?.(fields as Fields) ?? encodeWithCare(schema, fields as Fields);
}

/**
 * Encodes the usual new row, one whose fields fit and of which SQLite fills at most the rowid, in straight code; `undefined` for
 * any other, whatever the reason.
 */
type QuickEncoder = (fields: Fields) => NewRow | undefined;

const quickEncoder = oncePerTable((schema): QuickEncoder | undefined => {
  const { columns, rowid } = schema;
  if (schema.hasAny || columns.some((column) => column !== rowid && isFilledBySqlite(schema, column))) return undefined;
  const written = columns.filter((column) => column !== rowid);
  const omitted = rowid === undefined ? [] : [rowid];
  const steps = written.map((column) => encodingStep(column)).join('\n    ');
  const key = rowid === undefined ? '' : `if (o[${quoted(rowid.property)}] !== undefined) return undefined;`;
  const all = columns.map((column) => (column === rowid ? 'undefined' : `v${column.position}`)).join(', ');
  const bound = written.map((column) => `v${column.position}`).join(', ');
  return generate<QuickEncoder>(
    { omitted, shape: shapeOf(omitted), ...encodersOf(columns), ...defaultsOf(written) },
    `function encode(o) {
  try {
    let f;
    ${key}
    ${steps}
    return { row: [${all}], parameters: [${bound}], omitted, shape };
  } catch {
    return undefined;
  }
}`,
  );
});

function encodingStep({ property, position, nullable, primaryKey, default: given }: ColumnSchema): string {
  const field = `o[${quoted(property)}]`;
  const byDefault = given !== undefined ? `d${position}()` : nullable && !primaryKey ? 'null' : undefined;
  const fill = byDefault === undefined ? '' : `if (f === undefined) f = ${field} = ${byDefault};`;
  const encoded = `e${position}(f)`;
  return `f = ${field}; ${fill} const v${position} = ${nullable ? `f === null ? null : ${encoded}` : encoded};`;
}

/** Each column's own encoder under a name. */
export const encodersOf = (columns: readonly ColumnSchema[]): Record<string, unknown> =>
  Object.fromEntries(columns.map(({ position, type }) => [`e${position}`, type.encode]));

function defaultsOf(columns: readonly ColumnSchema[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column) => [`d${column.position}`, () => defaultValue(column)]));
}

/** The same column by column: for every row, and with an error that says what is wrong. */
function encodeWithCare(schema: TableSchema, fields: Fields): NewRow {
  const row: Row = new Array<unknown>(schema.columns.length);
  const parameters: SqlValue[] = [];
  const omitted: ColumnSchema[] = [];
  const missing: string[] = [];
  for (const column of schema.columns) {
    const value = fields[column.property] ?? defaultOf(column, fields);
    if (value === undefined) {
      if (isFilledBySqlite(schema, column)) omitted.push(column);
      else if (isMissing(column, fields)) missing.push(column.property);
    } else if (column.readOnly === 'always') {
      throw readOnly(schema, column);
    } else {
      const encoded = encodeValue(schema.field(column), column, value);
      row[column.position] = encoded;
      parameters.push(encoded);
    }
  }
  if (missing.length > 0) throw new MissingFieldError(schema.modelName, missing);
  return { row, parameters, omitted, shape: shapeOf(omitted) + castShape(schema, schema.columns, row as SqlValue[]) };
}

/** Whether a value is missing, and not one that another is made of. */
const isMissing = ({ follows }: ColumnSchema, fields: Fields): boolean =>
  follows === undefined || follows.fields.every((field) => !isUnset(fields, field));

/** Puts the defaults that JavaScript makes on a new instance, for those who look at it before it is inserted. */
export function fillDefaults(schema: TableSchema, instance: object): void {
  const fields = instance as Fields;
  for (const column of schema.columns) if (isUnset(fields, column.property)) defaultOf(column, fields);
  for (const column of schema.following ?? []) make(schema, instance, column);
}

/** Whether a field has no value; what an embedded object lacks, for which there is no default, is found by rules or the insert. */
function isUnset(fields: Fields, property: string): boolean {
  try {
    return fields[property] === undefined;
  } catch (error) {
    if (error instanceof MissingFieldError) return false;
    throw error;
  }
}

/** The default that JavaScript makes for a field that was not given; it is put on the instance, as if it had been. */
function defaultOf(column: ColumnSchema, fields: Fields): unknown {
  const { property } = column;
  if (fields[property] === null || column.readOnly === 'always') return fields[property];
  const value = column.default === undefined && column.nullable && !column.primaryKey ? null : defaultValue(column);
  return value === undefined ? undefined : (fields[property] = value);
}

function defaultValue({ default: given, type }: ColumnSchema): unknown {
  if (given?.kind === 'factory') return given.make();
  if (given?.kind !== 'value') return undefined;
  if (typeof given.value !== 'object' || given.value === null) return given.value;
  // an object must not be shared by the instances that have it, and only its codec knows how to make another
  const encoded = type.encode(given.value);
  return type.decode(type.bigints === true ? encoded : narrow(encoded));
}

/** Whether SQLite makes the value of a column that an insert leaves out. */
export const isFilledBySqlite = (schema: TableSchema, column: ColumnSchema): boolean =>
  column === schema.rowid || column.readOnly === 'always' || column.default?.kind === 'sql';

export const readOnly = (schema: TableSchema, column: ColumnSchema): ReadOnlyFieldError =>
  new ReadOnlyFieldError(
    schema.field(column),
    column.generated !== undefined || column.computed !== undefined || column.derived !== undefined
      ? 'SQLite computes it'
      : column.countsUpdates
        ? 'it counts the updates of its row'
        : column.deletion !== undefined
          ? 'delete() and restore() do it'
          : column.follows !== undefined
            ? `it follows from ${column.follows.fields.join(', ')}`
            : column.readOnly === 'always'
              ? 'it is read-only'
              : 'it keeps its first value',
  );
