import { DecodeError } from '../errors/index.js';
import { codecCause, type ColumnSchema, type TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import { Stored, type Home } from './stored.js';

/** Turns rows into instances, in place. */
export type Hydrate = (rows: Row[], table: Home) => object[];

type Decode = (stored: SqlValue) => unknown;

const hydrators = new WeakMap<TableSchema, Hydrate>();

/**
 * What turns rows of a table into instances: made by the model's own constructor and filled by plain assignment, so that
 * initializers, private fields and setters work; rows of a table without a model become plain objects.
 *
 * It is generated for each table, so that the engine sees objects of one shape only; where a content security policy forbids
 * that (`new Function`), a loop does the same.
 */
export function hydrator(schema: TableSchema): Hydrate {
  let hydrate = hydrators.get(schema);
  if (hydrate === undefined) {
    const fill = generateFill(schema) ?? loopFill(schema);
    hydrate = (rows, table) => fill(rows, table, (row, error) => decodeError(schema, row, error));
    hydrators.set(schema, hydrate);
  }
  return hydrate;
}

/** Fills instances from rows; `failed` makes the error of a row that does not decode. */
export type Fill = (rows: Row[], table: Home, failed: (row: Row, error: unknown) => unknown) => object[];

/** Makes an empty instance. */
function maker(schema: TableSchema): new () => object {
  const { model, construct } = schema.options;
  if (model === undefined) return Object as never;
  if (construct) return model as unknown as new () => object;
  const Bare = function () {} as unknown as { new (): object; prototype: object };
  Bare.prototype = model.prototype;
  return Bare;
}

/** A column's decoder, which in a statement read as bigint gets the integers of other columns back as numbers. */
export function decoder(column: ColumnSchema, bigints: boolean): Decode {
  const { type } = column;
  if (!bigints || type.bigints === true) return (stored) => type.decode(stored);
  return (stored) => type.decode(narrow(stored));
}

/** An integer that a number holds exactly becomes one; a larger one stays bigint, for the column's type to refuse. */
export function narrow(stored: SqlValue): SqlValue {
  if (typeof stored !== 'bigint') return stored;
  const number = Number(stored);
  return Number.isSafeInteger(number) ? number : stored;
}

function decoders(schema: TableSchema): Decode[] {
  return schema.columns.map((column) =>
    schema.bigints && column.type.bigints !== true ? decoder(column, true) : column.type.decode,
  );
}

function generateFill(schema: TableSchema): Fill | undefined {
  const assignments = schema.columns.map(({ property, nullable }, index) => {
    const decoded = `d${index}(r[${index}])`;
    return `o[${JSON.stringify(property)}] = ${nullable ? `r[${index}] === null ? null : ${decoded}` : decoded};`;
  });
  const body = `
return function hydrate(rows, table, failed) {
  let r;
  try {
    for (let i = 0; i < rows.length; i++) {
      r = rows[i];
      const o = new Instance();
      ${assignments.join('\n      ')}
      mark(o, r, table);
      rows[i] = o;
    }
  } catch (error) {
    throw failed(r, error);
  }
  return rows;
};`;
  const names = schema.columns.map((_, index) => `d${index}`);
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- property names are in it as JSON texts, nothing else
    const make = new Function('Instance', 'mark', ...names, body) as (...parts: unknown[]) => Fill;
    return make(maker(schema), Stored.mark, ...decoders(schema));
  } catch {
    return undefined;
  }
}

/** The same without generated code. */
export function loopFill(schema: TableSchema): Fill {
  const Instance = maker(schema);
  const columns = schema.columns.map(({ property, nullable }, index) => ({ property, nullable, index }));
  const decode = decoders(schema);
  return (rows, table, failed) => {
    const instances = rows as unknown as Record<string, unknown>[];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      try {
        const instance = new Instance() as Record<string, unknown>;
        for (const { property, nullable, index } of columns) {
          const stored = row[index] as SqlValue;
          instance[property] = stored === null && nullable ? null : decode[index]!(stored);
        }
        Stored.mark(instance, row, table);
        instances[i] = instance;
      } catch (error) {
        throw failed(row, error);
      }
    }
    return instances;
  };
}

/** Finds out which column failed; the fast path does not keep track. An error of the model's own passes as it is. */
function decodeError(schema: TableSchema, row: Row, error: unknown): unknown {
  const key = schema.primaryKey.map((column) => row[column.position]);
  for (const column of schema.columns) {
    const failure = decodeFailure(schema, column, row[column.position] as SqlValue, key);
    if (failure !== undefined) return failure;
  }
  return error;
}

/** The error of one value that does not decode; `undefined` when it does. */
export function decodeFailure(
  schema: TableSchema,
  column: ColumnSchema,
  stored: SqlValue,
  key: readonly unknown[],
): DecodeError | undefined {
  if (stored === null && column.nullable) return undefined;
  try {
    decoder(column, schema.bigints)(stored);
    return undefined;
  } catch (cause) {
    const failure = new DecodeError(schema.name, column.name, key, column.type.expected, stored);
    const reason = codecCause(cause);
    if (reason !== undefined) failure.cause = reason;
    return failure;
  }
}
