import type { Channel } from '../driver/channel.js';
import type { AsyncConnection, Capabilities } from '../driver/contract.js';
import { onAbort } from '../driver/on-abort.js';
import { StateTrace } from '../driver/state-trace.js';
import { ConnectionLostError } from '../errors/index.js';
import { isRead, type CompiledStatement, type EngineCommand, type NamedRows } from '../sql/index.js';
import type { HostState, PlainCommand, PlainStatement, Reply, Request } from './messages.js';
import { Outbox } from './outbox.js';
import { fromPlainError } from './plain-error.js';

/** A request that the host has not answered yet, with the rows that have come. */
interface Pending {
  readonly command: EngineCommand;
  readonly rows: unknown[][];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Forgets the signal, which may outlive a thousand requests. */
  unlisten: (() => void) | undefined;
  /** Why nobody wants it any more. */
  givenUp: { readonly reason: unknown } | undefined;
}

/** A connection whose engine is at the other end of a channel. */
export class PortConnection implements AsyncConnection {
  readonly capabilities: Capabilities;
  /** What the host told of itself. */
  readonly host: HostState;
  readonly states = new StateTrace('ready');
  /** Called when the other side is gone without having been told to go. */
  onLost: (() => void) | undefined;
  /** Called when the host turns to another request, and when a request is given up. */
  onTurn: (() => void) | undefined;
  /** Called with what was answered, and whether it took the host less than a millisecond. */
  onAnswer: ((command: EngineCommand, wasQuick: boolean) => void) | undefined;
  readonly #channel: Channel;
  readonly #outbox: Outbox<Request>;
  /** In the order in which they were asked, and in which an engine that does one thing at a time answers. */
  readonly #pending = new Map<number, Pending>();
  #inTransaction = false;
  #lastId = 0;
  /** The number of the first that is pending, or one that was. */
  #firstId = 1;
  #lost: { readonly reason: unknown } | undefined;
  readonly #onIdle: (() => void)[] = [];

  private constructor(channel: Channel, host: HostState) {
    this.#channel = channel;
    this.#outbox = new Outbox(channel, (request, error) => this.#refuse(request, error));
    this.host = host;
    this.capabilities = { ...host.capabilities, sync: false };
    channel.hold?.(false);
  }

  /** Waits for the host to say that it is there. Throws what it failed with, and `ConnectionLostError` where it has ended. */
  static connect(channel: Channel): Promise<PortConnection> {
    return new Promise((resolve, reject) => {
      let connection: PortConnection | undefined;
      const fail = (error: Error): void => {
        reject(error);
        void channel.close();
      };
      channel.listen((messages) => {
        for (const reply of messages as readonly Reply[]) {
          if ('ready' in reply) resolve((connection ??= new PortConnection(channel, reply.ready)));
          else if ('failed' in reply) fail(fromPlainError(reply.failed));
          else if (connection !== undefined) connection.#receive(reply);
        }
      });
      channel.onClose((reason) => {
        if (connection === undefined) return fail(new ConnectionLostError(reason));
        connection.#lose(reason);
        void channel.close(); // it may be there still, and have sent what could not be read
      });
    });
  }

  /** Whether the host takes statements as syntax, and no SQL. */
  get takesSyntax(): boolean {
    return this.host.limits !== undefined;
  }

  /** A transaction that was lost counts as open until it is rolled back, so that everything in it fails for that reason. */
  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  /** Whether the other side is gone. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** How many requests have not been answered, with those that were given up. */
  get load(): number {
    return this.#pending.size;
  }

  /** What the host is busy with. */
  get current(): EngineCommand | undefined {
    return this.#first?.command;
  }

  /** Whether the host is busy with what nobody waits for any more. */
  get isStuck(): boolean {
    return this.#first?.givenUp !== undefined;
  }

  /**
   * Asks the host. A read that a signal gives up is rejected at once, whatever the host does; what may write has its outcome
   * told: it is rejected only where it was not begun.
   */
  perform(command: EngineCommand, scope: number, signal?: AbortSignal): Promise<unknown> {
    if (this.#lost !== undefined) return this.#performLost(command);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const pending: Pending = { command, rows: [], resolve, reject, unlisten: undefined, givenUp: undefined };
      this.#pending.set(id, pending);
      this.#outbox.write({ id, scope, command: toPlain(command, this.takesSyntax) });
      if (signal !== undefined) pending.unlisten = onAbort(signal, () => this.#giveUp(id, pending, signal.reason));
      if (this.#pending.size === 1) this.#noticeLoad();
    });
  }

  /** Gives up what the host is busy with. */
  giveUpCurrent(reason: unknown): void {
    const pending = this.#first;
    if (pending !== undefined) this.#giveUp(this.#firstId, pending, reason);
  }

  /** Hangs up once everything is answered. */
  async close(): Promise<void> {
    if (this.#pending.size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
    await this.hangUp();
  }

  /** Hangs up at once; what is not answered fails. The promise says that the other side has ended. */
  async hangUp(): Promise<void> {
    this.onLost = undefined;
    this.#lose(undefined);
    await this.#channel.close();
  }

  /** By its number, for a map is slow to say what is first in it while much has been deleted before that. */
  get #first(): Pending | undefined {
    for (; this.#firstId <= this.#lastId; this.#firstId++) {
      const pending = this.#pending.get(this.#firstId);
      if (pending !== undefined) return pending;
    }
    return undefined;
  }

  #giveUp(id: number, pending: Pending, reason: unknown): void {
    if (pending.givenUp !== undefined) return;
    pending.unlisten?.();
    pending.givenUp = { reason };
    this.#outbox.write({ abort: id });
    if (!isRead(pending.command)) return; // whether it was done, the host has to say
    pending.reject(reason);
    this.onTurn?.();
  }

  #receive(reply: Exclude<Reply, { ready: unknown } | { failed: unknown }>): void {
    const pending = this.#pending.get(reply.id);
    if ('inTransaction' in reply) this.#inTransaction = reply.inTransaction;
    if (pending === undefined) return;
    if ('rows' in reply) {
      const isWanted = pending.givenUp === undefined || !isRead(pending.command);
      if (isWanted) for (const row of reply.rows) pending.rows.push(row);
      this.#outbox.write({ more: reply.id });
      return;
    }
    if ('error' in reply) {
      const { givenUp } = pending;
      const isUnbegun = givenUp !== undefined && reply.error.name === 'AbortError';
      pending.reject(isUnbegun ? givenUp.reason : fromPlainError(reply.error));
    } else {
      this.onAnswer?.(pending.command, reply.wasQuick === true);
      pending.resolve(withRows(reply.value, pending.rows));
    }
    this.#settle(reply.id, pending);
  }

  /** The outbox could not send it. */
  #refuse(request: Request, error: unknown): void {
    const pending = 'id' in request ? this.#pending.get(request.id) : undefined;
    if (pending === undefined) return;
    pending.reject(error);
    this.#settle((request as { readonly id: number }).id, pending);
  }

  #settle(id: number, pending: Pending): void {
    const isFirst = this.#first === pending;
    pending.unlisten?.();
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#noticeLoad();
    else if (isFirst) this.onTurn?.();
  }

  /** The first request has come, or the last was answered. */
  #noticeLoad(): void {
    const isBusy = this.#pending.size > 0;
    this.#channel.hold?.(isBusy);
    this.states.enter(isBusy ? 'busy' : 'ready');
    this.onTurn?.();
    if (!isBusy) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #lose(reason: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = { reason };
    for (const { reject, unlisten } of this.#pending.values()) {
      unlisten?.();
      reject(new ConnectionLostError(reason));
    }
    this.#pending.clear();
    this.states.enter('closed');
    this.#noticeLoad();
    this.onLost?.();
  }

  /** SQLite has rolled back what was lost: nothing is left to undo, nor of a savepoint to keep. */
  #performLost(command: EngineCommand): Promise<unknown> {
    const isEnd = command.method === 'rollBack' || (command.method === 'commit' && command.savepoint !== undefined);
    if (!isEnd) return Promise.reject(new ConnectionLostError(this.#lost!.reason));
    if (command.savepoint === undefined) this.#inTransaction = false;
    return Promise.resolve();
  }
}

/** The last part of an answer, behind the parts that came before. */
function withRows(value: unknown, rows: unknown[][]): unknown {
  if (rows.length === 0) return value;
  if (Array.isArray(value)) {
    for (const row of value as unknown[][]) rows.push(row);
    return rows;
  }
  const named = value as NamedRows;
  return { ...named, rows: withRows(named.rows, rows) };
}

function toPlain(command: EngineCommand, takesSyntax: boolean): PlainCommand {
  if (!('statement' in command)) return command;
  const statement = toPlainStatement(command.statement, takesSyntax);
  if (command.method === 'names') return { method: 'names', statement };
  return { method: command.method, statement, parameters: command.parameters };
}

function toPlainStatement({ sql, bigints, reads, syntax }: CompiledStatement, takesSyntax: boolean): PlainStatement {
  if (takesSyntax && syntax !== undefined) return { sql: '', bigints, syntax }; // what has none is refused over there
  return reads === true ? { sql, bigints, reads } : { sql, bigints };
}
