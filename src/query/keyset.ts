import { InvalidCursorError } from '../errors/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import {
  and,
  binary,
  isNull,
  or,
  parameter,
  type Expression,
  type OrderingTerm,
  type Row,
  type SqlValue,
} from '../sql/index.js';

/** A term of an order in which rows can be found again: a column of the table, and where its NULLs come. */
interface KeysetTerm {
  readonly column: ColumnSchema;
  readonly term: OrderingTerm;
  /** By which collation it compares, whether the term or the column says so. */
  readonly collation: string;
  readonly nullsFirst: boolean;
}

/**
 * An order that tells every row from every other, so that reading can go on behind any row: the order of the query, and the
 * primary key where that leaves ties. `undefined` when it goes by something else than columns.
 */
export class Keyset {
  readonly orderBy: readonly OrderingTerm[];
  readonly #terms: readonly KeysetTerm[];

  private constructor(terms: readonly KeysetTerm[]) {
    this.#terms = terms;
    this.orderBy = terms.map(({ term }) => term);
  }

  static of(schema: TableSchema, orderBy: readonly OrderingTerm[]): Keyset | undefined {
    const terms: KeysetTerm[] = [];
    for (const term of [...orderBy, ...schema.primaryKey.map(ascending)]) {
      const column = schema.read.find(({ reference }) => reference === term.expression);
      if (column === undefined) return undefined;
      const collation = (term.collation ?? column.collation ?? 'BINARY').toUpperCase();
      // it decides nothing any more, unless what was equal before is compared in another way
      if (terms.some((earlier) => earlier.column === column && earlier.collation === collation)) continue;
      const nullsFirst = term.nulls === undefined ? term.direction === 'ASC' : term.nulls === 'FIRST';
      terms.push({ column, term, collation, nullsFirst });
    }
    // SQLite lets NULL into most primary keys that do not say NOT NULL, and any number of times
    const isKey = schema.primaryKey.length > 0 && schema.primaryKey.every((column) => !column.nullable);
    return isKey ? new Keyset(terms) : undefined;
  }

  /** Where a row stands in the order. */
  position(row: Row): SqlValue[] {
    return this.#terms.map(({ column }) => row[column.position] as SqlValue);
  }

  /** The condition for the rows that come after a position. */
  after(position: readonly SqlValue[]): Expression {
    const alternatives = this.#terms.flatMap((last, depth) => {
      const behind = isBehind(last, position[depth]!);
      if (behind === undefined) return [];
      const equal = this.#terms.slice(0, depth).map((term, index) => isEqual(term, position[index]!));
      return [and([...equal, behind])];
    });
    const exact = or(alternatives);
    const bound = this.#leadingBound(position);
    return bound === undefined ? exact : and([bound, exact]);
  }

  /** What SQLite needs to begin in the index where the position is, rather than at its start. */
  #leadingBound(position: readonly SqlValue[]): Expression | undefined {
    const [first] = this.#terms;
    const [value] = position;
    if (this.#terms.length === 1 || first!.column.nullable || value === undefined) return undefined;
    return binary(collated(first!.term), first!.term.direction === 'ASC' ? '>=' : '<=', parameter(value));
  }

  /** A position as text for the outside world, with the order that it belongs to. */
  toCursor(position: readonly SqlValue[]): string {
    const json = JSON.stringify([this.#signature(), ...position.map(toCursorValue)]);
    return toBase64Url(new TextEncoder().encode(json));
  }

  fromCursor(cursor: string): SqlValue[] {
    let parsed: unknown;
    try {
      parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64Url(cursor)));
    } catch {
      throw new InvalidCursorError('it is not one of ours');
    }
    if (!Array.isArray(parsed) || parsed.length !== this.#terms.length + 1)
      throw new InvalidCursorError('it is not one of ours');
    const [signature, ...values] = parsed as unknown[];
    if (signature !== this.#signature()) throw new InvalidCursorError('it belongs to another order');
    return values.map(fromCursorValue);
  }

  #signature(): string {
    return this.#terms
      .map(({ column, term, nullsFirst }) => {
        return `${column.name} ${term.direction} ${nullsFirst ? 'F' : 'L'} ${term.collation ?? ''}`;
      })
      .join();
  }
}

const ascending = ({ reference }: ColumnSchema): OrderingTerm => ({
  expression: reference,
  direction: 'ASC',
  nulls: undefined,
  collation: undefined,
});

/** The rows whose column comes after a value; `undefined` when none can. */
function isBehind({ column, term, nullsFirst }: KeysetTerm, value: SqlValue): Expression | undefined {
  if (value === null) return nullsFirst ? isNull(term.expression, true) : undefined;
  const behind = binary(collated(term), term.direction === 'ASC' ? '>' : '<', parameter(value));
  return column.nullable && !nullsFirst ? or([behind, isNull(term.expression)]) : behind;
}

const isEqual = ({ term }: KeysetTerm, value: SqlValue): Expression =>
  value === null ? isNull(term.expression) : binary(collated(term), '=', parameter(value));

/** Comparisons must go by the collation that the order goes by. */
function collated({ expression, collation }: OrderingTerm): Expression {
  return collation === undefined ? expression : { kind: 'collate', operand: expression, collation };
}

function toCursorValue(value: SqlValue): unknown {
  if (typeof value === 'bigint') return { integer: String(value) };
  if (value === Infinity || value === -Infinity) return { infinity: value > 0 };
  return value instanceof Uint8Array ? { bytes: [...value] } : value;
}

function fromCursorValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  const { integer, bytes, infinity } = (typeof value === 'object' ? value : {}) as Record<string, unknown>;
  if (typeof infinity === 'boolean') return infinity ? Infinity : -Infinity;
  if (typeof integer === 'string' && /^-?\d{1,19}$/.test(integer) && isInt64(BigInt(integer))) return BigInt(integer);
  if (Array.isArray(bytes)) return Uint8Array.from(bytes as number[]);
  throw new InvalidCursorError('it is not one of ours');
}

const isInt64 = (integer: bigint): boolean => BigInt.asIntN(64, integer) === integer;

function toBase64Url(bytes: Uint8Array): string {
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
