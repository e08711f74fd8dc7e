import type { Row } from '../sql/index.js';
import type { TableSchema } from '../schema/index.js';

/** A constructor that hands back what it is given, so that a subclass puts its private fields on that object. */
class Given {
  constructor(object: object) {
    return object;
  }
}

/** The table of one database in which an instance stands: a `BoundTable`, of which this file need not know more. */
export interface Home {
  readonly schema: TableSchema;
}

/** The last known values of a row; `null` once it was deleted. */
export type StoredRow = Row | null;

/**
 * What we know of an instance that is in the database: its table and the row as it was read or written last. It is kept in
 * private fields put on the instance itself: invisible, and at no cost that could be measured.
 */
export class Stored extends Given {
  #row: StoredRow | undefined;
  #table: Home;

  private constructor(instance: object, row: StoredRow | undefined, table: Home) {
    super(instance);
    this.#row = row;
    this.#table = table;
  }

  /** Says that an instance stands in the table with these values: `null` that it was deleted, `undefined` that it is new. */
  static mark(instance: object, row: StoredRow | undefined, table: Home): void {
    if (#row in instance) {
      instance.#row = row;
      instance.#table = table;
    } else {
      new Stored(instance, row, table);
    }
  }

  /** The row of an instance: `null` when it was deleted, `undefined` when it is new. */
  static row(instance: object): StoredRow | undefined {
    return #row in instance ? instance.#row : undefined;
  }

  /** The table that an instance came from or was last saved to. */
  static table(instance: object): Home | undefined {
    return #table in instance ? instance.#table : undefined;
  }
}
