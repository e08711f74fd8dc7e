import type { Row } from '../sql/index.js';
import type { ColumnSchema } from '../schema/index.js';
import { Given } from './given.js';
import { Origin, type Home } from './origin.js';
import { takeBack } from './undone.js';

/** The last known values of a row; `null` once it was deleted, `undefined` before it was inserted. */
export type StoredRow = Row | null | undefined;

/** The transaction or savepoint that a row was written in: what is known of the row holds only if that was not undone. */
export interface WrittenIn {
  readonly isUndone: boolean;
  readonly isKept: boolean;
}

/** What was known of a row before it was written in a transaction that may still be rolled back. */
class Earlier {
  readonly writtenIn: WrittenIn;
  readonly row: StoredRow;
  /** The fields that were filled by the write and not by the user, which an undone one takes back. */
  readonly filled: readonly ColumnSchema[];
  readonly earlier: Earlier | undefined;

  constructor(writtenIn: WrittenIn, row: StoredRow, filled: readonly ColumnSchema[], earlier: Earlier | undefined) {
    this.writtenIn = writtenIn;
    this.row = row;
    this.filled = filled;
    this.earlier = earlier;
  }
}

const nothing: readonly ColumnSchema[] = [];

/**
 * What we know of an instance: its table, the row as it was read or written last, and what it was given or has loaded of fields
 * that are no properties of its own. It is kept in private fields put on the instance itself: invisible, and at no cost that
 * could be measured.
 *
 * A write in a transaction keeps what was known before beside it, and whoever asks finds out whether the transaction was rolled
 * back. So a transaction need not hold on to every instance that was saved in it.
 */
export class Stored extends Given {
  #row: StoredRow;
  #origin: Origin | undefined;
  #earlier: Earlier | undefined;
  #values: Record<string, unknown> | undefined;

  private constructor(instance: object, row: StoredRow, origin: Origin | undefined) {
    super(instance);
    this.#row = row;
    this.#origin = origin;
  }

  /** Says that an instance was read with these values. */
  static read(instance: object, row: Row, origin: Origin): void {
    new Stored(instance, row, origin);
    origin.table.kept ??= instance;
  }

  /** Says that an instance stands in the table with these values. */
  static mark(instance: object, row: StoredRow, table: Home): void {
    if (#row in instance) {
      instance.#row = row;
      if (instance.#origin?.table !== table) instance.#origin = instance.#origin?.in(table) ?? table.origin;
    } else {
      new Stored(instance, row, table.origin);
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
    else if (earlier?.writtenIn !== writtenIn) instance.#earlier = new Earlier(writtenIn, before, filled, earlier);
    else if (earlier.filled !== filled && filled.length > 0)
      instance.#earlier = new Earlier(
        writtenIn,
        earlier.row,
        [...new Set([...earlier.filled, ...filled])],
        earlier.earlier,
      );
  }

  /** The row of an instance: `null` when it was deleted, `undefined` when it is new. */
  static row(instance: object): StoredRow {
    if (!(#row in instance)) return undefined;
    if (instance.#earlier !== undefined) Stored.#settle(instance, instance.#earlier);
    return instance.#row;
  }

  /** The table that an instance came from or was last saved to. */
  static table(instance: object): Home | undefined {
    return #origin in instance ? instance.#origin?.table : undefined;
  }

  /** Whether something is an instance with a row in a table; the array of those read together may be given anything else. */
  static isIn(something: unknown, table: Home): boolean {
    if (typeof something !== 'object' || something === null || !(#origin in something)) return false;
    return something.#origin?.table === table && Array.isArray(Stored.row(something));
  }

  /** What it was read with; none of what is new. */
  static origin(instance: object): Origin | undefined {
    return #origin in instance ? instance.#origin : undefined;
  }

  /** Says that an instance was read again, with no others: what it has loaded is forgotten. */
  static readAgain(instance: object, table: Home): void {
    if (!(#origin in instance)) return;
    instance.#origin = new Origin(table, table.isStrict === true);
    instance.#values = undefined;
  }

  /** What was set of a field that is no property of the instance itself. */
  static value(instance: object, field: string): unknown {
    return #values in instance ? instance.#values?.[field] : undefined;
  }

  static setValue(instance: object, field: string, value: unknown): void {
    if (!(#values in instance)) new Stored(instance, undefined, undefined);
    ((instance as Stored).#values ??= {})[field] = value;
  }

  /** Goes back to what was known before each write that was undone. */
  static #settle(instance: Stored, last: Earlier): void {
    let earlier: Earlier | undefined = last;
    let written = instance.#row;
    const undone: Earlier[] = [];
    for (; earlier?.writtenIn.isUndone === true; earlier = earlier.earlier) {
      undone.push(earlier);
      instance.#row = earlier.row;
    }
    instance.#earlier = earlier?.writtenIn.isKept === true ? undefined : earlier;
    // only now, for fields that are accessors may ask for the row
    for (const { row: before, filled } of undone) {
      if (filled.length > 0)
        takeBack(instance, instance.#origin!.table.schema, { filled, written, before }, instance.#values);
      written = before;
    }
  }
}
