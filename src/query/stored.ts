import type { DecodeError } from '../errors/index.js';
import type { Program, Row, SqlValue } from '../sql/index.js';
import type { ColumnSchema, TableSchema } from '../schema/index.js';
import { Given } from './given.js';

/** The table of one database in which an instance stands: a `BoundTable`, of which this file need not know more. */
export interface Home {
  readonly schema: TableSchema;
  /** Is told of a stored value that does not decode, which then reads as null; without it, that is an error. */
  readonly onUndecodable: OnUndecodable | undefined;
  /** Whether relations of what is read now are loaded by name only: that is asked for, or the results are promised. */
  readonly isStrict?: boolean;
  /** An instance that lives as long as the table: when the last one is collected, V8 drops the code made for their shape. */
  kept: object | undefined;
  /** Where the instances of another model stand that shares this table. */
  relative?(schema: TableSchema): Relative;
}

/** The table of another model that shares one. */
export interface Relative extends Home {
  hydrate(rows: Row[], table: Home): object[];
  readonly hooks: { readonly loaded: ((instances: readonly object[]) => Program<void>) | undefined } | undefined;
}

/** What a lenient database does about a stored value that does not decode. */
export type OnUndecodable = (error: DecodeError) => void;

/** The last known values of a row; `null` once it was deleted, `undefined` before it was inserted. */
export type StoredRow = Row | null | undefined;

/** The transaction or savepoint that a row was written in: what is known of the row holds only if that was not undone. */
export interface WrittenIn {
  readonly isUndone: boolean;
  readonly isKept: boolean;
}

/** What was known of a row before it was written in a transaction that may still be rolled back. */
interface Earlier {
  readonly writtenIn: WrittenIn;
  readonly row: StoredRow;
  /** The fields that were filled by the write and not by the user, which an undone one takes back. */
  readonly filled: readonly ColumnSchema[];
  readonly earlier: Earlier | undefined;
}

const nothing: readonly ColumnSchema[] = [];

/**
 * What we know of an instance that is in the database: its table and the row as it was read or written last. It is kept in
 * private fields put on the instance itself: invisible, and at no cost that could be measured.
 *
 * A write in a transaction keeps what was known before beside it, and whoever asks finds out whether the transaction was rolled
 * back. So a transaction need not hold on to every instance that was saved in it.
 */
export class Stored extends Given {
  #row: StoredRow;
  #table: Home;
  #earlier: Earlier | undefined;

  private constructor(instance: object, row: StoredRow, table: Home) {
    super(instance);
    this.#row = row;
    this.#table = table;
  }

  /** Says that an instance stands in the table with these values. */
  static mark(instance: object, row: StoredRow, table: Home): void {
    if (#row in instance) {
      instance.#row = row;
      instance.#table = table;
    } else {
      new Stored(instance, row, table);
    }
    table.kept ??= instance;
  }

  /** Says that an instance was written with these values, in a transaction or outside of any. */
  static write(
    instance: object,
    row: StoredRow,
    table: Home,
    writtenIn: WrittenIn | undefined,
    filled = nothing,
  ): void {
    const before = Stored.row(instance);
    Stored.mark(instance, row, table);
    if (!(#row in instance)) return;
    const earlier = instance.#earlier;
    if (writtenIn === undefined) instance.#earlier = undefined;
    else if (earlier?.writtenIn !== writtenIn) instance.#earlier = { writtenIn, row: before, filled, earlier };
  }

  /** The row of an instance: `null` when it was deleted, `undefined` when it is new. */
  static row(instance: object): StoredRow {
    if (!(#row in instance)) return undefined;
    if (instance.#earlier !== undefined) instance.#settle(instance.#earlier);
    return instance.#row;
  }

  /** The table that an instance came from or was last saved to. */
  static table(instance: object): Home | undefined {
    return #table in instance ? instance.#table : undefined;
  }

  /** Goes back to what was known before each write that was undone. */
  #settle(last: Earlier): void {
    let earlier: Earlier | undefined = last;
    while (earlier?.writtenIn.isUndone === true) {
      const undone = this.#row;
      this.#row = earlier.row;
      for (const column of earlier.filled)
        takeBack(column, this as unknown as Record<string, unknown>, undone, this.#row);
      earlier = earlier.earlier;
    }
    this.#earlier = earlier?.writtenIn.isKept === true ? undefined : earlier;
  }
}

/** Puts the value from before an undone write on the instance again, unless it was given another since. */
function takeBack(column: ColumnSchema, fields: Record<string, unknown>, undone: StoredRow, before: StoredRow): void {
  const { type, position, property } = column;
  const value = fields[property];
  try {
    const written = undone?.[position];
    // eslint-disable-next-line eqeqeq -- 1n == 1: the row may have been read as bigint
    if (value != written && type.encode(value) != written) return;
  } catch {
    return; // another value, which its column does not even take
  }
  fields[property] = Array.isArray(before) ? decoded(column, before[position] as SqlValue) : undefined;
}

function decoded({ type }: ColumnSchema, stored: SqlValue): unknown {
  if (stored === null) return null;
  try {
    return type.decode(typeof stored === 'bigint' && type.bigints !== true ? Number(stored) : stored);
  } catch {
    return null; // as a lenient database read it
  }
}
