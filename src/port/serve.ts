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
import { isRead, type BeginCommand, type EndCommand, type EngineCommand } from '../sql/index.js';
import type { NamedRows, Program } from '../sql/index.js';
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
  /** Whether each answer is sent at once, by which the client always knows what is being run. */
  readonly isPrompt?: boolean;
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
  channel.post([{ failed: toPlainError(error) }] satisfies Reply[]);
}

/** A request that wants an answer. */
type Asked = Extract<Request, { readonly command: unknown }>;

/** An answer without saying to what. */
type Outcome = { readonly value: unknown; readonly wasQuick?: boolean } | { readonly error: unknown };

class Host {
  readonly #outbox: Outbox<Reply>;
  readonly #database: ConnectedDatabase;
  readonly #options: ServeOptions;
  /** By the client's number; in the order in which they are nested. */
  readonly #transactions = new Map<number, OpenTransaction>();
  readonly #abortions = new Map<number, AbortController>();
  readonly #windows = new Map<number, SendingWindow>();
  /** The statements that took less than a millisecond when they were run last. */
  readonly #quick = new Set<string>();
  #hasLeft = false;

  constructor(channel: Channel, database: ConnectedDatabase, options: ServeOptions) {
    this.#outbox = new Outbox(channel, (reply, error) => this.#refuse(reply, error));
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
      else this.#answer(request);
      if (this.#options.isPrompt === true) this.#outbox.sendAll();
    }
  }

  /** The client is gone: nothing of it may keep others waiting. */
  async leave(): Promise<void> {
    this.#hasLeft = true;
    for (const abortion of this.#abortions.values()) abortion.abort();
    for (const window of this.#windows.values()) window.close();
    await this.#endAll();
  }

  async #endAll(): Promise<void> {
    const open = [...this.#transactions.values()].reverse();
    this.#transactions.clear();
    for (const { scope, frame } of open) {
      scope.seal();
      await this.#end(scope, rollBackFrame(this.#database, frame)).catch(() => undefined);
    }
  }

  #answer(request: Asked): void {
    const outcome = this.#performAtOnce(request);
    if (outcome === undefined) void this.#answerLater(request);
    else if (this.#hasLostTransaction) void this.#endAll().then(() => this.#reply(request, outcome));
    else this.#reply(request, outcome);
  }

  /** Most statements wait for nothing: a promise and what may abort them would cost as much as themselves. */
  #performAtOnce({ scope: number, command: asked }: Asked): Outcome | undefined {
    const { method } = asked;
    if (method === 'begin' || method === 'commit' || method === 'rollBack') return undefined;
    if (!this.#database.capabilities.sync) return undefined;
    try {
      const command = this.#options.admit?.(asked) ?? asked;
      const scope = this.#scopeOf(number);
      scope.checkOpen();
      return scope.isReady ? this.#performTimed(command, scope) : undefined;
    } catch (error) {
      return { error };
    }
  }

  /** What may take its time does not keep those waiting whose answers are there. */
  #performTimed(command: EngineCommand, scope: Scope): Outcome {
    const text = 'statement' in command ? command.statement.sql : undefined;
    const isQuick = text !== undefined && this.#quick.has(text);
    if (!isQuick) this.#outbox.sendAll();
    const start = performance.now();
    let wasQuick: boolean;
    let value: unknown;
    try {
      value = this.#database.perform(command, scope);
    } finally {
      wasQuick = performance.now() - start < 1;
      if (text !== undefined && wasQuick !== isQuick) this.#remember(text, wasQuick);
    }
    return { value, wasQuick };
  }

  #remember(text: string, isQuick: boolean): void {
    if (this.#quick.size >= 500) this.#quick.clear();
    if (isQuick) this.#quick.add(text);
    else this.#quick.delete(text);
  }

  async #answerLater(request: Asked): Promise<void> {
    const { id, scope, command } = request;
    const abortion = new AbortController();
    this.#abortions.set(id, abortion);
    try {
      const value = await this.#perform(this.#options.admit?.(command) ?? command, scope, abortion.signal);
      this.#reply(request, { value });
    } catch (error) {
      this.#reply(request, { error });
    } finally {
      this.#abortions.delete(id);
    }
  }

  #reply(request: Asked, outcome: Outcome): void {
    const { id } = request;
    const inTransaction = this.#isInTransaction;
    if ('error' in outcome) return this.#outbox.write({ id, error: toPlainError(outcome.error), inTransaction });
    const { length } = rowsOf(outcome.value);
    if (length > rowsPerMessage) void this.#stream(request, outcome.value);
    else this.#outbox.write({ id, value: outcome.value, inTransaction, wasQuick: outcome.wasQuick === true }, length);
  }

  /** Sends the rows of a long answer in pieces, as fast as they are taken. */
  async #stream({ id, command }: Asked, value: unknown): Promise<void> {
    const rows = rowsOf(value);
    const window = new SendingWindow(messagesAhead);
    this.#windows.set(id, window);
    let sent = 0;
    for (; rows.length - sent > rowsPerMessage; sent += rowsPerMessage) {
      const full = window.take();
      if (full !== undefined) await full;
      if (window.isClosed && (this.#hasLeft || isRead(command))) break; // the rows that a write returned are still wanted
      this.#outbox.send({ id, rows: rows.slice(sent, sent + rowsPerMessage) });
    }
    this.#windows.delete(id);
    const last = rows.slice(sent, sent + rowsPerMessage);
    const rest = Array.isArray(value) ? last : { ...(value as NamedRows), rows: last };
    this.#outbox.write({ id, value: rest, inTransaction: this.#isInTransaction });
  }

  #abort(id: number): void {
    this.#abortions.get(id)?.abort();
    this.#windows.get(id)?.close();
  }

  #refuse(reply: Reply, error: unknown): void {
    if (!('id' in reply)) return;
    this.#outbox.write({ id: reply.id, error: toPlainError(error), inTransaction: this.#isInTransaction });
  }

  /** Whether the client has a transaction open; one of other clients is none of its business. */
  get #isInTransaction(): boolean {
    return this.#database.inTransaction && (this.#transactions.size > 0 || this.#database.root.isFree);
  }

  /** Whether SQLite has ended a transaction of the client by itself, which the client does not end once more. */
  get #hasLostTransaction(): boolean {
    return this.#transactions.size > 0 && !this.#database.inTransaction;
  }

  async #perform(command: EngineCommand, scope: number, signal: AbortSignal): Promise<unknown> {
    switch (command.method) {
      case 'begin':
        return await this.#begin(command, scope, signal);
      case 'commit':
      case 'rollBack':
        return await this.#finish(command, scope);
      default:
        try {
          return await runAsync(this.#database, once(command), this.#scopeOf(scope), signal);
        } finally {
          if (this.#hasLostTransaction) await this.#endAll();
        }
    }
  }

  #scopeOf(number: number): Scope {
    if (number === 0) return this.#database.root;
    const open = this.#transactions.get(number);
    if (open === undefined) throw hasEnded();
    return open.scope;
  }

  async #begin({ mode, savepoint }: BeginCommand, number: number, signal: AbortSignal): Promise<void> {
    const around = [...this.#transactions.values()].at(-1)?.scope ?? this.#database.root;
    if (savepoint !== undefined && !this.#database.inTransaction) throw hasEnded(); // it would be a transaction by itself
    const scope = await around.open(signal);
    try {
      const frame = await runAsync(this.#database, beginFrame(this.#database, mode, scope), scope);
      this.#transactions.set(number, { scope, frame });
    } catch (error) {
      scope.end();
      throw error;
    }
    if (this.#hasLeft) await this.#endAll();
  }

  /** The client releases a savepoint after it rolled back to it, which is done here with the rolling back. */
  async #finish({ method, savepoint }: EndCommand, number: number): Promise<void> {
    const open = this.#transactions.get(number);
    if (open === undefined && method === 'commit' && savepoint === undefined) throw hasEnded();
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
}

const hasEnded = (): TransactionError => new TransactionError('This transaction has ended.', 'Begin another.');

function* once(command: EngineCommand): Program<unknown> {
  return yield command;
}

/** The rows of an answer, if it has any. */
function rowsOf(value: unknown): readonly unknown[][] {
  if (Array.isArray(value)) return value as unknown[][];
  return typeof value === 'object' && value !== null && 'rows' in value ? (value as NamedRows).rows : [];
}
