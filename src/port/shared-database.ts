import { ConnectedDatabase, type Scope } from '../database/index.js';
import { TransactionError } from '../errors/index.js';
import type { EngineCommand } from '../sql/index.js';

/**
 * A database whose one connection several clients use: none of them may leave a transaction of its own SQL open, into which the
 * statements of the others would get, and some may only read.
 */
export class SharedDatabase extends ConnectedDatabase {
  readonly #readsOnly = new WeakSet<EngineCommand>();

  /** Marks a command of a client that may only read. */
  admitReader(command: EngineCommand): EngineCommand {
    this.#readsOnly.add(command);
    return command;
  }

  override perform(command: EngineCommand, scope: Scope = this.root, signal?: AbortSignal): unknown {
    if (!this.#readsOnly.has(command)) return this.#performChecked(command, scope, signal);
    super.perform(queryOnly('ON'), scope);
    try {
      return this.#performChecked(command, scope, signal);
    } finally {
      super.perform(queryOnly('OFF'), scope);
    }
  }

  #performChecked(command: EngineCommand, scope: Scope, signal: AbortSignal | undefined): unknown {
    let result: unknown;
    try {
      result = super.perform(command, scope, signal);
    } catch (error) {
      this.#closeOpen();
      throw error;
    }
    if (this.#closeOpen()) throw begunBySql();
    return result;
  }

  /** Rolls back a transaction that is nobody's. */
  #closeOpen(): boolean {
    if (!this.inTransaction || this.transactions.innermost !== undefined) return false;
    super.perform({ method: 'script', text: 'ROLLBACK' });
    return true;
  }
}

const queryOnly = (state: 'ON' | 'OFF'): EngineCommand => ({ method: 'script', text: `PRAGMA query_only = ${state}` });

const begunBySql = (): TransactionError =>
  new TransactionError(
    'A transaction that is begun by SQL would take in what other tabs write; it was rolled back.',
    'Use db.transaction() or db.begin().',
  );
