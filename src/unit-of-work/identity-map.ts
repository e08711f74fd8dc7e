import { keyValues, Stored } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { Row, SqlValue } from '../sql/index.js';

type Identity = string | number | bigint;
type Owner = TableSchema['reference']['owner'];

function identityOf(key: readonly SqlValue[]): Identity {
  return key.length === 1 ? part(key[0]!) : key.map((value) => `${typeof value} ${String(part(value))}`).join('\0');
}

function part(value: SqlValue): Identity {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Uint8Array) return `x${value.join()}`;
  return value ?? 'null';
}

/** The one instance of each row, by table and primary key. */
export class IdentityMap {
  readonly #instances = new Map<Owner, Map<Identity, object>>();

  /** The instance of a row; none where it has another key by now, or was deleted, or its insert undone. */
  find(schema: TableSchema, key: readonly SqlValue[]): object | undefined {
    const identity = identityOf(key);
    const instance = this.#instances.get(schema.reference.owner)?.get(identity);
    if (instance === undefined || !schema.covers(Stored.table(instance)!.schema)) return undefined; // of another subtype
    const row = Stored.row(instance);
    return Array.isArray(row) && identityOf(keyOf(instance, row)) === identity ? instance : undefined;
  }

  /** Remembers an instance that has a row. */
  add(instance: object): void {
    const row = Stored.row(instance);
    if (!Array.isArray(row)) return;
    const { owner } = Stored.table(instance)!.schema.reference;
    let ofTable = this.#instances.get(owner);
    if (ofTable === undefined) this.#instances.set(owner, (ofTable = new Map<Identity, object>()));
    ofTable.set(identityOf(keyOf(instance, row)), instance);
  }

  clear(): void {
    this.#instances.clear();
  }
}

const keyOf = (instance: object, row: Row): SqlValue[] => keyValues(Stored.table(instance)!.schema, row);
