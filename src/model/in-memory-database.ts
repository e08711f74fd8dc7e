import type { Pragmas, Scope } from '../database/index.js';
import { UnsupportedError } from '../errors/index.js';
import { InMemoryConnection } from '../in-memory/index.js';
import type { BoundTable } from '../query/index.js';
import type { TableSchema } from '../schema/index.js';
import type { EngineCommand, Program } from '../sql/index.js';
import { Database } from './database.js';

/**
 * A database without SQLite: rows in memory, for tests of code that is given repositories. Models do not find it by themselves; they
 * and repositories are told: `User.using(db)`, `new UserRepository(db)`.
 */
export class InMemoryDatabase extends Database {
  readonly #engine: InMemoryConnection;

  /** @internal */
  constructor(engine: InMemoryConnection, alias: string) {
    super(engine, { onDisk: false }, { alias, schema: 'off' });
    this.#engine = engine;
  }

  /** There are none without SQLite: throws `UnsupportedError`. */
  override get pragmas(): Pragmas {
    throw new UnsupportedError('A database in memory without SQLite has no pragmas.', 'Ask one on SQLite.');
  }

  /** @internal */
  override get takesSyntax(): boolean {
    return true;
  }

  /** Nothing is to be made, and nobody is told. @internal */

  override *opening(): Program<void> {
    this.becomeReady();
  }

  /** @internal */
  override *tableOf(schema: TableSchema): Program<BoundTable> {
    this.#engine.define(schema);
    return yield* super.tableOf(schema);
  }

  /** @internal */
  override perform(command: EngineCommand, scope?: Scope, signal?: AbortSignal, isReported?: boolean): unknown {
    if ('statement' in command) this.#engine.expect(command.statement);
    return super.perform(command, scope, signal, isReported);
  }
}

/**
 * Makes an empty database without SQLite, for tests.
 *
 *     const users = new UserRepository(inMemory());
 *     users.create({ name: 'Ann' });
 *     users.filter({ name: like('A%') }).count();
 *
 * It knows the statements that models, queries and relations make, and answers as SQLite does. It knows no SQL of your own, no
 * conditions inside of JSON, and enforces neither foreign keys nor checks; what it does not know throws `UnsupportedError`.
 */
export function inMemory(options: { readonly alias?: string } = {}): InMemoryDatabase {
  const { alias = 'in memory', ...others } = options;
  for (const name of Object.keys(others))
    throw new UnsupportedError(
      `inMemory() has no option "${name}".`,
      'There is alias. Models are told of it: User.using(db).',
    );
  return new InMemoryDatabase(new InMemoryConnection(), alias);
}
