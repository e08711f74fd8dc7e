import type { Connection, PreparedStatement } from '../driver/contract.js';
import { ClosedError, TransactionError } from '../errors/index.js';
import type { BeginCommand, CompiledStatement, EndCommand, EngineCommand } from '../sql/index.js';
import { StatementCache } from './statement-cache.js';
import { translateError } from './translate-error.js';

const begins = { deferred: 'BEGIN', immediate: 'BEGIN IMMEDIATE', exclusive: 'BEGIN EXCLUSIVE' };

/** A synchronous connection with its prepared statements, which answers commands and speaks our errors. */
export class Session {
  readonly #connection: Connection;
  readonly #statements: StatementCache;
  readonly #bigintStatements: StatementCache;

  constructor(connection: Connection, statementCacheSize: number) {
    this.#connection = connection;
    this.#statements = new StatementCache(statementCacheSize, (sql) => connection.prepare(sql, false));
    this.#bigintStatements = new StatementCache(statementCacheSize, (sql) => connection.prepare(sql, true));
  }

  get capabilities(): Connection['capabilities'] {
    return this.#connection.capabilities;
  }

  get inTransaction(): boolean {
    return this.#connection.inTransaction;
  }

  /** Does what a command says, at once. Throws one of our errors. */
  perform(command: EngineCommand): unknown {
    try {
      switch (command.method) {
        case 'all':
          return this.#prepared(command.statement).all(command.parameters);
        case 'run':
          return this.#prepared(command.statement).run(command.parameters);
        case 'named': {
          const prepared = this.#prepared(command.statement);
          const rows = prepared.all(command.parameters);
          return { names: prepared.columns, rows };
        }
        case 'names': {
          const { columns, reads = false } = this.#prepared(command.statement);
          return { names: columns, reads };
        }
        case 'script':
          return this.#connection.execute(command.text);
        default:
          return this.#statements.get(transactionSql(command)).run([]);
      }
    } catch (error) {
      throw this.#failure(error, command);
    }
  }

  /** Gives every statement and the connection back. */
  close(): void {
    this.#statements.clear();
    this.#bigintStatements.clear();
    this.#connection.close();
  }

  #prepared({ sql, bigints }: CompiledStatement): PreparedStatement {
    return (bigints ? this.#bigintStatements : this.#statements).get(sql);
  }

  #failure(error: unknown, command: EngineCommand): unknown {
    if (error instanceof ClosedError || error instanceof TransactionError) return error;
    const failure = this.#connection.explain(error);
    return failure === undefined ? error : translateError(failure, sqlOf(command), error);
  }
}

/** The statement that opens or ends a transaction or savepoint. */
function transactionSql(command: BeginCommand | EndCommand): string {
  const { method, savepoint } = command;
  switch (method) {
    case 'begin':
      return savepoint === undefined ? begins[command.mode] : `SAVEPOINT "${savepoint}"`;
    case 'commit':
      return savepoint === undefined ? 'COMMIT' : `RELEASE "${savepoint}"`;
    case 'rollBack':
      return savepoint === undefined ? 'ROLLBACK' : `ROLLBACK TO "${savepoint}"`;
  }
}

/** The text of what a command runs, for those who look on. */
export function sqlOf(command: EngineCommand): string {
  switch (command.method) {
    case 'script':
      return command.text;
    case 'begin':
    case 'commit':
    case 'rollBack':
      return transactionSql(command);
    default:
      return command.statement.sql;
  }
}
