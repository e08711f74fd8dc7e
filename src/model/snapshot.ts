import { runInScope, type Scope } from '../database/index.js';
import type { Lease } from '../driver/contract.js';
import { statement, type EngineCommand } from '../sql/index.js';
import type { ModelDatabase } from './model-database.js';

const firstRead = statement('SELECT 1 FROM sqlite_schema LIMIT 1');

/** Runs a function that reads one state of the database from a connection that is lent for it, which is given back. */
export async function inSnapshot<Result>(
  connected: ModelDatabase,
  lease: Lease,
  work: (scope: Scope) => Result | PromiseLike<Result>,
): Promise<Result> {
  const scope = connected.scopeOn(lease.connection);
  const perform = (command: EngineCommand) => lease.connection.perform(command, scope.number);
  try {
    await perform({ method: 'begin', mode: 'deferred', savepoint: undefined });
    await perform({ method: 'all', statement: firstRead, parameters: [] }); // which is when SQLite fixes the state
    return await runInScope(scope, async () => await work(scope));
  } finally {
    scope.end();
    await lease.release(scope.number);
  }
}
