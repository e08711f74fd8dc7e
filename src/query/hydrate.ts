import { DecodeError } from '../errors/index.js';
import { codecCause, type ColumnSchema, type TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';
import { generate, oncePerTable, quoted } from './generate.js';
import { originOf, type Origin, type Home, type OnUndecodable } from './origin.js';
import { Stored } from './stored.js';

/** Turns rows into instances, in place. */
export type Hydrate = (rows: Row[], table: Home) => object[];

type Decode = (stored: SqlValue) => unknown;

/**
 * What turns rows of a table into instances: made by the model's own constructor and filled by plain assignment, so that
 * initializers, private fields and setters work; rows of a table without a model become plain objects.
 */
export const hydrator = oncePerTable((schema): Hydrate => {
  let fill: Fill | undefined; // made for the first rows, since making it may take an instance
  const rescue = rescuer(schema);
  // what is loaded when it is touched is loaded for all that were read together
  const isLoadedLater = schema.lifecycle !== undefined || schema.read !== schema.columns;
  return (rows, table) => {
    fill ??= generateFill(schema) ?? loopFill(schema);
    return fill(rows, isLoadedLater ? originOf(table, rows) : table.origin, rescue);
  };
});

/** Fills instances from rows; a row that does not decode is given to `rescue`. */
export type Fill = (rows: Row[], origin: Origin, rescue: Rescue) => object[];

/** Makes the instance of a row that does not decode where the database is lenient, or else throws what is wrong with it. */
type Rescue = (row: Row, origin: Origin, error: unknown) => object;

/** An object without a prototype, on which `__proto__` is a name like any other. */
function Bare(): object {
  return Object.create(null) as object;
}

/** Makes an empty instance. */
function maker(schema: TableSchema): new () => object {
  const { model, construct } = schema.options;
  if (model === undefined) return schema.columnsByProperty.has('__proto__') ? (Bare as never) : (Object as never);
  if (construct) return model as unknown as new () => object;
  const Unconstructed = function () {} as unknown as { new (): object; prototype: object };
  Unconstructed.prototype = model.prototype;
  return Unconstructed;
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

/** A value that no column decodes, the same on every driver: read as bigint, and bytes without what Buffer adds to them. */
export const plain = (stored: SqlValue): SqlValue =>
  stored instanceof Uint8Array ? new Uint8Array(stored) : narrow(stored);

/** What is taken off new instances before they are filled. */
interface Withheld {
  /** The own properties, the last one first. */
  readonly taken: readonly string[];
  /** Those of them that are put back, for no column fills them. */
  readonly restored: readonly string[];
}

/**
 * The own properties of new instances that would hide an accessor of the prototype. V8 takes the last property of an object away
 * at next to no cost, and any other one only by making it slow for good: so those behind go, too, and come again.
 */
const withheldOf = oncePerTable((schema): Withheld => {
  const deferred = schema.columns.filter((column) => column.deferred).map(({ property }) => property);
  const hiding = [...(schema.lifecycle?.withheld ?? []), ...deferred];
  if (hiding.length === 0) return { taken: [], restored: [] };
  const instance = new (maker(schema))(); // which tells what its class and constructor give it, and in which order
  const own = Object.keys(instance);
  const behind = own.slice(own.findIndex((property) => hiding.includes(property))).reverse();
  const others = behind.filter((property) => !hiding.includes(property));
  const absent = hiding.filter((property) => !own.includes(property)); // others may have them
  if (absent.length === hiding.length) return { taken: absent, restored: [] };
  if (!others.every((property) => isPlain(instance, property))) return { taken: hiding, restored: [] };
  const filled = new Set(schema.read.map(({ property }) => property));
  return { taken: [...behind, ...absent], restored: others.filter((property) => !filled.has(property)).reverse() };
});

/** Whether a property is the same after it was taken away and assigned again. */
function isPlain(instance: object, property: string): boolean {
  const { writable, configurable } = Object.getOwnPropertyDescriptor(instance, property)!;
  return writable === true && configurable === true && !(property in (Object.getPrototypeOf(instance) as object));
}

function take(instance: Record<string, unknown>, { taken, restored }: Withheld): void {
  const values = restored.map((property) => instance[property]);
  for (const property of taken) delete instance[property];
  restored.forEach((property, at) => (instance[property] = values[at]));
}

/** The same as code. */
const taking = ({ taken, restored }: Withheld): string =>
  [
    ...restored.map((property, at) => `const k${at} = o[${quoted(property)}];`),
    ...taken.map((property) => `delete o[${quoted(property)}];`),
    ...restored.map((property, at) => `o[${quoted(property)}] = k${at};`),
  ].join(' ');

function decoders(schema: TableSchema): Decode[] {
  return schema.read.map((column) =>
    schema.bigints && column.type.bigints !== true ? decoder(column, true) : column.type.decode,
  );
}

function generateFill(schema: TableSchema): Fill | undefined {
  const assignments = schema.read.map(({ property, nullable }, index) => {
    const decoded = `d${index}(r[${index}])`;
    return `o[${quoted(property)}] = ${nullable ? `r[${index}] === null ? null : ${decoded}` : decoded};`;
  });
  const named = Object.fromEntries(decoders(schema).map((decode, index) => [`d${index}`, decode]));
  const withheld = withheldOf(schema);
  // the shape that instances have for a moment is kept alive by one of them, as others are by `Stored.read`
  const keeping = withheld.taken.length === 0 ? '' : 'kept.instance ??= new Instance();';
  return generate<Fill>(
    { ...named, Instance: maker(schema), read: Stored.read, kept: {} },
    `function hydrate(rows, origin, rescue) {
  ${keeping}
  for (let i = 0; i < rows.length; i++) {
    const r = rows[i];
    try {
      const o = new Instance();
      ${taking(withheld)}
      ${assignments.join('\n      ')}
      read(o, r, origin);
      rows[i] = o;
    } catch (error) {
      rows[i] = rescue(r, origin, error);
    }
  }
  return rows;
}`,
  );
}

/** The same without generated code. */
export function loopFill(schema: TableSchema): Fill {
  const Instance = maker(schema);
  const columns = schema.read.map(({ property, nullable }, index) => ({ property, nullable, index }));
  const decode = decoders(schema);
  const withheld = withheldOf(schema);
  return (rows, origin, rescue) => {
    const instances = rows as unknown as Record<string, unknown>[];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      try {
        const instance = new Instance() as Record<string, unknown>;
        take(instance, withheld);
        for (const { property, nullable, index } of columns) {
          const stored = row[index] as SqlValue;
          instance[property] = stored === null && nullable ? null : decode[index]!(stored);
        }
        Stored.read(instance, row, origin);
        instances[i] = instance;
      } catch (error) {
        instances[i] = rescue(row, origin, error) as Record<string, unknown>;
      }
    }
    return instances;
  };
}

/** What makes the instance of a row that does not decode. */
export function rescuer(schema: TableSchema): Rescue {
  const Instance = maker(schema);
  return (row, origin, error) => {
    const { onUndecodable } = origin.table;
    if (onUndecodable === undefined) throw decodeError(schema, row, error);
    const instance = new Instance() as Record<string, unknown>;
    take(instance, withheldOf(schema));
    for (const column of schema.read) {
      instance[column.property] = decodeLeniently(schema, column, row, onUndecodable);
    }
    Stored.read(instance, row, origin);
    return instance;
  };
}

/** A value of a row, or null when it does not decode. */
export function decodeLeniently(schema: TableSchema, column: ColumnSchema, row: Row, onUndecodable: OnUndecodable) {
  const stored = row[column.position] as SqlValue;
  const key = schema.primaryKey.map(({ position }) => row[position]);
  const failure = decodeFailure(schema, column, stored, key);
  if (failure === undefined) return stored === null ? null : decoder(column, schema.bigints)(stored);
  onUndecodable(failure);
  return null;
}

/** Finds out which column failed; the fast path does not keep track. An error of the model's own passes as it is. */
function decodeError(schema: TableSchema, row: Row, error: unknown): unknown {
  const key = schema.primaryKey.map((column) => row[column.position]);
  for (const column of schema.read) {
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
    const failure = new DecodeError(schema.name, column.name, key, column.type.expected, stored, column.type.remedy);
    const reason = codecCause(cause);
    if (reason !== undefined) failure.cause = reason;
    return failure;
  }
}
