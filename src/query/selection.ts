import { DecodeError, QueryError } from '../errors/index.js';
import type { Home, OnUndecodable } from './origin.js';

import { codecCause, type ColumnSchema, type TableSchema } from '../schema/index.js';
import { isSqlChunk, type Row, type SelectedColumn, type Sql, type SqlChunk, type SqlValue } from '../sql/index.js';
import { ColumnValue } from './columns.js';
import { expressionOf } from './compile-where.js';
import type { FieldOf, RelatedTo } from './fields.js';
import { decoder, plain } from './hydrate.js';
import type { AnyModel } from './where.js';

/** What a query reads of each row: result columns, and how a plain object is made of them. */
export interface Selection {
  readonly columns: readonly SelectedColumn[];
  readonly names: readonly string[];
  /** Decodes the values of a row, in place. */
  readonly decode: (row: Row, onUndecodable: OnUndecodable | undefined) => void;
  /** Whether integers must be read as bigint. */
  readonly bigints: boolean;
}

/** The shape that `select` takes: fields that are wanted, SQL under names of its own, and shapes of related rows. */
export type SelectShape<Instance, Shape> = { readonly [Field in FieldOf<Instance>]?: true | SqlChunk } & {
  readonly [Name in keyof Shape]: Name extends FieldOf<Instance>
    ? true | SqlChunk
    : Name extends keyof Instance
      ? SqlChunk | RelatedSelectShape<Instance[Name], Shape[Name]>
      : SqlChunk;
};

/** The shape of what a relation leads to. */
type RelatedSelectShape<Value, Shape> = Value extends AnyModel | readonly AnyModel[] | null
  ? Shape extends object
    ? SelectShape<RelatedTo<Value>, Shape>
    : { readonly [Field in FieldOf<RelatedTo<Value>>]?: true | SqlChunk }
  : never;

/** The object that a shape makes of a row. */
export type Selected<Instance, Shape> = {
  -readonly [Name in keyof Shape]: Shape[Name] extends true
    ? Name extends keyof Instance
      ? Instance[Name]
      : never
    : Shape[Name] extends SqlChunk
      ? Shape[Name] extends ColumnValue<infer Value> | Sql<infer Value>
        ? Value
        : unknown
      : Name extends keyof Instance
        ? RelatedSelected<Instance[Name], Shape[Name]>
        : unknown;
};

type RelatedSelected<Value, Shape> = Value extends readonly (infer Element)[]
  ? Selected<Element, Shape>[]
  : Value extends null
    ? null
    : Selected<Value, Shape>;

/** Fields by name, as `select` and `pluck` take them. */
export function selectFields(schema: TableSchema, fields: readonly string[]): Selection {
  return selectionOf(
    schema,
    fields.map((field) => [field, schema.column(field)]),
  );
}

/** A shape, as `select` takes it. */
export function selectShape(schema: TableSchema, shape: Readonly<Record<string, unknown>>): Selection {
  const parts = Object.entries(shape).flatMap(([name, wanted]): [string, ColumnSchema | SqlChunk][] => {
    if (wanted === true) return [[name, schema.column(name)]];
    if (isSqlChunk(wanted)) return [[name, wanted]];
    if (wanted === undefined) return [];
    throw new QueryError(`select takes true or SQL for "${name}".`, 'Leave out what is not wanted.');
  });
  return selectionOf(schema, parts);
}

function selectionOf(schema: TableSchema, parts: readonly (readonly [string, ColumnSchema | SqlChunk])[]): Selection {
  if (parts.length === 0) throw new QueryError(`select names no field of ${schema.modelName}.`);
  const names = parts.map(([name]) => name);
  const sources = parts.map(([name, source]) => resolve(name, source));
  // of SQL nobody knows how large its integers are
  const bigints = sources.some(({ column }) => column === undefined || column.type.bigints === true);
  const decoders = sources.map(({ column }) => decodeAs(schema, column, bigints));
  return {
    columns: sources.map(({ expression, column, name }) => ({
      expression,
      alias: column !== undefined && column.name === name ? undefined : name,
    })),
    names,
    bigints,
    decode: (row, onUndecodable) => {
      for (let index = 0; index < decoders.length; index++) {
        row[index] = decoders[index]!(row[index] as SqlValue, onUndecodable);
      }
    },
  };
}

function resolve(name: string, source: ColumnSchema | SqlChunk) {
  if (!isSqlChunk(source)) return { name, column: source, expression: source.reference };
  const column = source instanceof ColumnValue ? source.column : undefined;
  return { name, column, expression: expressionOf(source) };
}

function decodeAs(
  schema: TableSchema,
  column: ColumnSchema | undefined,
  bigints: boolean,
): (stored: SqlValue, onUndecodable: OnUndecodable | undefined) => unknown {
  if (column === undefined) return plain;
  const decode = decoder(column, bigints);
  return (stored, onUndecodable) => {
    if (stored === null && column.nullable) return null;
    try {
      return decode(stored);
    } catch (error) {
      const failure = new DecodeError(schema.name, column.name, [], column.type.expected, stored, column.type.remedy);
      failure.cause = codecCause(error);
      if (onUndecodable === undefined) throw failure;
      onUndecodable(failure);
      return null;
    }
  };
}

/** Makes plain objects of rows. */
export function toObjects({ names, decode }: Selection, rows: readonly Row[], { onUndecodable }: Home): object[] {
  const isOrdinary = !names.includes('__proto__'); // else only an object without a prototype can have it
  return rows.map((row) => {
    decode(row, onUndecodable);
    const object = (isOrdinary ? {} : Object.create(null)) as Record<string, unknown>;
    for (let index = 0; index < names.length; index++) object[names[index]!] = row[index];
    return object;
  });
}
