import type { PreparedStatement } from '../driver/contract.js';

/**
 * A bounded cache of prepared statements by their text, in two generations: what is used moves to the young one, and when
 * that is full the old one is let go. A hit in the young one is a single lookup, which an exact LRU's is not.
 */
export class StatementCache {
  readonly #capacity: number;
  readonly #prepare: (sql: string) => PreparedStatement;
  #young = new Map<string, PreparedStatement>();
  #old = new Map<string, PreparedStatement>();

  /** Keeps between `capacity / 2` and `capacity` statements. */
  constructor(capacity: number, prepare: (sql: string) => PreparedStatement) {
    this.#capacity = Math.max(2, capacity || 0); // NaN would keep all
    this.#prepare = prepare;
  }

  get(sql: string): PreparedStatement {
    return this.#young.get(sql) ?? this.#promote(sql);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  clear(): void {
    for (const generation of [this.#young, this.#old]) {
      for (const statement of generation.values()) statement.finalize();
      generation.clear();
    }
  }

  #promote(sql: string): PreparedStatement {
    const prepared = this.#old.get(sql) ?? this.#prepare(sql);
    this.#old.delete(sql);
    if (this.#young.size >= this.#capacity / 2) {
      for (const unused of this.#old.values()) unused.finalize();
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(sql, prepared);
    return prepared;
  }
}
