import { AlreadyOpenError } from '../errors/index.js';

/** The databases that are open, by alias: one of each name. */
export class AliasRegistry<Database> {
  readonly #open = new Map<string, Database>();

  get(alias: string): Database | undefined {
    return this.#open.get(alias);
  }

  /** Throws `AlreadyOpenError` where the alias is taken. */
  check(alias: string): void {
    if (this.#open.has(alias)) throw new AlreadyOpenError(alias);
  }

  add(alias: string, database: Database): void {
    this.check(alias);
    this.#open.set(alias, database);
  }

  /** Forgets a database, unless another one has the alias by now. */
  remove(alias: string, database: Database): void {
    if (this.#open.get(alias) === database) this.#open.delete(alias);
  }
}
