import {
  beginFrame,
  commitFrame,
  rollBackFrame,
  runAsync,
  type ConnectedDatabase,
  type Frame,
  type Scope,
} from '../database/index.js';
import type { Channel } from '../driver/channel.js';
import { TransactionError } from '../errors/index.js';
import type { BeginCommand, EndCommand, EngineCommand, NamedRows, Program } from '../sql/index.js';
import { messagesAhead, rowsPerMessage, type PlainCommand, type Reply, type Request } from './messages.js';
import { Outbox } from './outbox.js';
import { toPlainError } from './plain-error.js';
import { SendingWindow } from './window.js';

/** How a database is served. */
export interface ServeOptions {
  /** What the client is told of the pragmas, where they are not its to set. */
  readonly pragmas?: unknown;
  /** Makes a command of what came, or throws where the client may not run it. */
  readonly admit?: (command: PlainCommand) => EngineCommand;
}

/** A transaction that a client has open. */
interface OpenTransaction {
  readonly scope: Scope;
  readonly frame: Frame;
}

/** Lets whoever is at the other end of a channel use a database. Its transactions queue up with everybody else's. */
export function serve(channel: Channel, database: ConnectedDatabase, options: ServeOptions = {}): void {
  const host = new Host(channel, database, options);
  channel.onClose(() => void host.leave());
  channel.listen((messages) => host.receive(messages as readonly Request[]));
  host.greet();
}

/** Tells whoever is at the other end of a channel why there is no database. */
export function serveFailure(channel: Channel, error: unknown): void {
  new Outbox<Reply>(channel).write({ failed: toPlainError(error) });
}

class Host {
  readonly #outbox: Outbox<Reply>;
  readonly #database: ConnectedDatabase;
  readonly #options: ServeOptions;
  /** By the client's number; in the order in which they are nested. */
  readonly #transactions = new Map<number, OpenTransaction>();
  readonly #abortions = new Map<number, AbortController>();
  readonly #windows = new Map<number, SendingWindow>();

  constructor(channel: Channel, database: ConnectedDatabase, options: ServeOptions) {
    this.#outbox = new Outbox(channel);
    this.#database = database;
    this.#options = options;
  }

  greet(): void {
    const { pragmas } = this.#options;
    this.#outbox.write({ ready: { capabilities: this.#database.capabilities, pragmas } });
  }

  receive(requests: readonly Request[]): void {
    for (const request of requests) {
      if ('more' in request) this.#windows.get(request.more)?.give();
      else if ('abort' in request) this.#abort(request.abort);
      else void this.#answer(request.id, request.scope, request.command);
    }
  }

  /** The client is gone: nothing of it may keep others waiting. */
  async leave(): Promise<void> {
    for (const abortion of this.#abortions.values()) abortion.abort();
    for (const { scope, frame } of [...this.#transactions.values()].reverse()) {
      await this.#end(scope, rollBackFrame(this.#database, frame)).catch(() => undefined);
    }
    this.#transactions.clear();
  }

  async #answer(id: number, scope: number, command: PlainCommand): Promise<void> {
    const abortion = new AbortController();
    this.#abortions.set(id, abortion);
    try {
      const value = await this.#perform(this.#options.admit?.(command) ?? command, scope, abortion.signal);
      const last = await this.#sendAhead(id, value, abortion.signal);
      this.#outbox.write({ id, value: last, inTransaction: this.#isInTransaction });
    } catch (error) {
      this.#outbox.write({ id, error: toPlainError(error), inTransaction: this.#isInTransaction });
    } finally {
      this.#abortions.delete(id);
      this.#windows.delete(id);
    }
  }

  #abort(id: number): void {
    this.#abortions.get(id)?.abort();
    this.#windows.get(id)?.give(); // nobody else will
  }

  /** Whether the client has a transaction open; one of other clients is none of its business. */
  get #isInTransaction(): boolean {
    return this.#database.inTransaction && (this.#transactions.size > 0 || this.#database.root.isFree);
  }

  async #perform(command: EngineCommand, scope: number, signal: AbortSignal): Promise<unknown> {
    switch (command.method) {
      case 'begin':
        return await this.#begin(command, scope, signal);
      case 'commit':
      case 'rollBack':
        return await this.#finish(command, scope);
      default:
        return await runAsync(this.#database, once(command), this.#scopeOf(scope), signal);
    }
  }

  #scopeOf(number: number): Scope {
    if (number === 0) return this.#database.root;
    const open = this.#transactions.get(number);
    if (open === undefined) throw new TransactionError('This transaction has ended.', 'Begin another.');
    return open.scope;
  }

  async #begin({ mode }: BeginCommand, number: number, signal: AbortSignal): Promise<void> {
    const around = [...this.#transactions.values()].at(-1)?.scope ?? this.#database.root;
    const scope = await around.open(signal);
    try {
      const frame = await runAsync(this.#database, beginFrame(this.#database, mode, scope), scope);
      this.#transactions.set(number, { scope, frame });
    } catch (error) {
      scope.end();
      throw error;
    }
  }

  /** The client releases a savepoint after it rolled back to it, which is done here with the rolling back. */
  async #finish({ method }: EndCommand, number: number): Promise<void> {
    const open = this.#transactions.get(number);
    if (open === undefined) return;
    this.#transactions.delete(number);
    const { scope, frame } = open;
    scope.seal();
    await this.#end(scope, (method === 'commit' ? commitFrame : rollBackFrame)(this.#database, frame));
  }

  async #end(scope: Scope, program: Program<void>): Promise<void> {
    try {
      await runAsync(this.#database, program, scope);
    } finally {
      scope.end();
    }
  }

  /** Sends all but the last rows of a long answer ahead, as fast as they are taken, and returns what is left. */
  async #sendAhead(id: number, value: unknown, signal: AbortSignal): Promise<unknown> {
    if (Array.isArray(value)) return await this.#sendRows(id, value as unknown[][], signal);
    if (typeof value !== 'object' || value === null || !('rows' in value)) return value;
    const named = value as NamedRows;
    return { ...named, rows: await this.#sendRows(id, named.rows, signal) };
  }

  async #sendRows(id: number, rows: readonly unknown[][], signal: AbortSignal): Promise<readonly unknown[][]> {
    if (rows.length <= rowsPerMessage) return rows;
    const window = new SendingWindow(messagesAhead);
    this.#windows.set(id, window);
    let sent = 0;
    for (; rows.length - sent > rowsPerMessage && !signal.aborted; sent += rowsPerMessage) {
      const full = window.take();
      if (full !== undefined) await full;
      this.#outbox.write({ id, rows: rows.slice(sent, sent + rowsPerMessage) });
    }
    return rows.slice(sent, sent + rowsPerMessage);
  }
}

function* once(command: EngineCommand): Program<unknown> {
  return yield command;
}
