import type { Channel } from '../driver/channel.js';
import type { AsyncConnection, Capabilities } from '../driver/contract.js';
import { ConnectionLostError } from '../errors/index.js';
import type { EngineCommand, NamedRows } from '../sql/index.js';
import type { HostState, PlainCommand, Reply, Request } from './messages.js';
import { Outbox } from './outbox.js';
import { fromPlainError } from './plain-error.js';

/** A request that has not been answered yet, with the rows that have come. */
interface Pending {
  readonly rows: unknown[][];
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A connection whose engine is at the other end of a channel. */
export class PortConnection implements AsyncConnection {
  readonly capabilities: Capabilities;
  /** What the host told of itself. */
  readonly host: HostState;
  readonly #channel: Channel;
  readonly #outbox: Outbox<Request>;
  readonly #pending = new Map<number, Pending>();
  #inTransaction = false;
  #lastId = 0;
  #lost: ConnectionLostError | undefined;
  #onIdle: (() => void) | undefined;
  /** Called when the other side is gone without having been told to go. */
  onLost: ((error: ConnectionLostError) => void) | undefined;

  private constructor(channel: Channel, host: HostState) {
    this.#channel = channel;
    this.#outbox = new Outbox(channel);
    this.host = host;
    this.capabilities = { ...host.capabilities, sync: false };
  }

  /** Waits for the host to say that it is there. Throws what it failed with. */
  static connect(channel: Channel): Promise<PortConnection> {
    return new Promise((resolve, reject) => {
      let connection: PortConnection | undefined;
      channel.listen((messages) => {
        for (const reply of messages as readonly Reply[]) {
          if ('ready' in reply) resolve((connection ??= new PortConnection(channel, reply.ready)));
          else if ('failed' in reply) reject(fromPlainError(reply.failed));
          else if (connection !== undefined) connection.#receive(reply);
        }
      });
      channel.onClose((reason) => {
        const error = new ConnectionLostError(reason);
        if (connection === undefined) reject(error);
        else connection.#lose(error);
      });
    });
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  /** How many requests have not been answered. */
  get load(): number {
    return this.#pending.size;
  }

  perform(command: EngineCommand, scope: number, signal?: AbortSignal): Promise<unknown> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { rows: [], resolve, reject });
      this.#outbox.write({ id, scope, command: toPlain(command) });
      signal?.addEventListener('abort', () => this.#abort(id, signal.reason), { once: true });
    });
  }

  /** Hangs up once everything is answered. */
  async close(): Promise<void> {
    if (this.#pending.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.hangUp();
  }

  /** Hangs up at once; what is not answered fails. */
  hangUp(): void {
    this.onLost = undefined;
    this.#lose(new ConnectionLostError());
    this.#channel.close();
  }

  #receive(reply: Exclude<Reply, { ready: unknown } | { failed: unknown }>): void {
    const pending = this.#pending.get(reply.id);
    if ('inTransaction' in reply) this.#inTransaction = reply.inTransaction;
    if (pending === undefined) return; // given up meanwhile
    if ('rows' in reply) {
      for (const row of reply.rows) pending.rows.push(row);
      this.#outbox.write({ more: reply.id });
      return;
    }
    this.#pending.delete(reply.id);
    if ('error' in reply) pending.reject(fromPlainError(reply.error));
    else pending.resolve(withRows(reply.value, pending.rows));
    if (this.#pending.size === 0) this.#onIdle?.();
  }

  #abort(id: number, reason: unknown): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#outbox.write({ abort: id });
    pending.reject(reason);
    if (this.#pending.size === 0) this.#onIdle?.();
  }

  #lose(error: ConnectionLostError): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    this.#inTransaction = false; // SQLite rolls back what nobody committed
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#onIdle?.();
    this.onLost?.(error);
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

function toPlain(command: EngineCommand): PlainCommand {
  if (!('statement' in command)) return command;
  const { sql, bigints } = command.statement;
  return { ...command, statement: { sql, bigints } };
}
