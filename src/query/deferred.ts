import { UnloadedColumnError } from '../errors/index.js';
import { runSync } from '../database/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { all, and, binary, or, parameter, type Expression, type Program, type SqlValue } from '../sql/index.js';
import type { BoundTable } from './bound-table.js';
import { jsonText } from './compile-where.js';
import { deferredValue, loadedValue, setLoaded } from './deferred-value.js';
import { decodeFailure, decoder } from './hydrate.js';
import { gone } from './save.js';
import { keyValues, selectAll } from './select-all.js';
import { waits } from './origin.js';
import { Stored } from './stored.js';

const installed = new WeakSet<object>();

/** Makes accessors of the fields of deferred columns, once for a class. */
export function installDeferred({ columns, columnsByProperty, read, options }: TableSchema): void {
  const prototype = options.model?.prototype;
  if (read === columns || prototype === undefined || installed.has(prototype)) return;
  installed.add(prototype);
  for (const column of columnsByProperty.values()) {
    const { property } = column; // one of the model's own: a table of subtypes has those of each, too
    if (!column.deferred) continue;
    const own = Object.getOwnPropertyDescriptor(prototype, property); // of an accessor field, which knows what it began with
    Object.defineProperty(prototype, property, {
      get(this: object): unknown {
        return this === prototype ? undefined : valueOf(this, property, own);
      },
      set(this: object, value: unknown) {
        setLoaded(this, property, { value, stored: loadedValue(this, property)?.stored });
      },
      configurable: true,
      enumerable: false,
    });
  }
}

function valueOf(instance: object, property: string, own: PropertyDescriptor | undefined): unknown {
  const known = loadedValue(instance, property);
  if (known !== undefined) return known.value;
  if (!Array.isArray(Stored.row(instance))) return own?.get?.call(instance); // of what is not in the database
  const table = Stored.table(instance) as BoundTable;
  if (Stored.origin(instance)?.isStrict === true || waits(instance, table.database)) {
    throw new UnloadedColumnError(table.schema.modelName, property);
  }
  runSync(table.database, loadDeferred(table, instance, table.schema.column(property)));
  return loadedValue(instance, property)?.value;
}

/** Reads a deferred column of an instance, and of all that came with it and do not have it yet, with one statement. */
export function* loadDeferred(table: BoundTable, instance: object, column: ColumnSchema): Program<void> {
  if (deferredValue(instance, column) !== undefined) return;
  const { schema } = table;
  const lacking = (Stored.origin(instance)?.together(instance) ?? [instance]).filter(
    (each) => each === instance || isWithout(table, each, column),
  );
  const keys = new Map(lacking.map((each) => [each, keyValues(schema, Stored.row(each)!)]));
  const wanted = [...schema.primaryKey, column];
  const { statement, parameters } = table.compile(
    {
      ...selectAll(schema),
      columns: wanted.map(({ reference }) => ({ expression: reference, alias: undefined })),
      where: isAmong(schema, [...keys.values()]),
    },
    schema.bigints,
  );
  const rows = (yield* all(statement, parameters)) as SqlValue[][];
  const found = new Map(rows.map((row) => [identity(row.slice(0, -1)), row.at(-1)!]));
  for (const [each, key] of keys) {
    const stored = found.get(identity(key));
    if (stored !== undefined) setLoaded(each, column.property, { value: decoded(table, column, stored, key), stored });
    else if (each === instance) throw gone(schema, 'is no longer in the database');
  }
}

const isWithout = (table: BoundTable, instance: object, column: ColumnSchema): boolean =>
  Stored.table(instance) === table &&
  Array.isArray(Stored.row(instance)) &&
  deferredValue(instance, column) === undefined;

const identity = (key: readonly SqlValue[]): string =>
  JSON.stringify(key.map((value) => (typeof value === 'string' ? [value] : String(value))));

function decoded({ schema, onUndecodable }: BoundTable, column: ColumnSchema, stored: SqlValue, key: SqlValue[]) {
  const failure = decodeFailure(schema, column, stored, key);
  if (failure === undefined) return stored === null ? null : decoder(column, schema.bigints)(stored);
  if (onUndecodable === undefined) throw failure;
  onUndecodable(failure);
  return null;
}

/** `"id" IN (…)`: one text for any number of keys, so that the statement is prepared once. */
function isAmong({ primaryKey }: TableSchema, keys: readonly (readonly SqlValue[])[]): Expression {
  const operands = primaryKey.map(({ reference }) => reference);
  const texts = keys.map((key) => key.map(jsonText));
  if (texts.some((key) => key.includes(undefined))) {
    return or(keys.map((key) => and(key.map((value, at) => binary(operands[at]!, '=', parameter(value))))));
  }
  const [operand] = operands;
  if (operands.length === 1) {
    return { kind: 'in', operand: operand!, negated: false, among: { kind: 'json', text: `[${texts.join()}]` } };
  }
  const text = `[${texts.map((key) => `[${key.join()}]`).join()}]`;
  const among = { kind: 'jsonRows', text, width: operands.length } as const;
  return { kind: 'in', operand: { kind: 'row', operands }, negated: false, among };
}
