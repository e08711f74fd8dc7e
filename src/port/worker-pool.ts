import type { Channel } from '../driver/channel.js';
import type { AsyncConnection, Capabilities, Lease } from '../driver/contract.js';
import { ConnectionLostError } from '../errors/index.js';
import type { EngineCommand } from '../sql/index.js';
import { PortConnection } from './port-connection.js';

/** What a worker is started for. */
export type WorkerRole = 'writer' | 'reader';

/** How a pool gets its workers. */
export interface WorkerPoolOptions {
  /** How many workers only read; 0 leaves reading to the writer. */
  readonly readers: number;
  /** Starts a worker that has the file open. */
  start(role: WorkerRole): Channel;
  /** Makes the connection of a worker ready, before anything of the app runs on it. */
  prepare(connection: PortConnection, role: WorkerRole): Promise<void>;
}

/** A worker that reads, and what it was asked for, the running request first. */
interface Reader {
  readonly connection: PortConnection;
  readonly running: object[];
  isLeased: boolean;
}

/**
 * One worker that writes and several that read, each with a connection of its own. Reads that belong to no transaction go to the
 * readers, and neither wait for a transaction of the writer nor see what it has not committed. A worker that is lost is replaced.
 */
export class WorkerPool implements AsyncConnection {
  readonly #options: WorkerPoolOptions;
  #writer: PortConnection;
  #newWriter: Promise<PortConnection> | undefined;
  readonly #readers = new Set<Reader>();
  #starting: Promise<Reader> | undefined;
  /** On which writer each open transaction is: it ends with it. */
  readonly #writers = new Map<number, PortConnection>();
  #isClosed = false;

  private constructor(options: WorkerPoolOptions, writer: PortConnection) {
    this.#options = options;
    this.#writer = writer;
    this.#watch(writer);
  }

  /** Starts the worker that writes; those that read are started when there is something to read. */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    return new WorkerPool(options, await PortConnection.connect(options.start('writer')));
  }

  get capabilities(): Capabilities {
    // an attached file would be missing in the other workers
    return { ...this.#writer.capabilities, attach: false, concurrentReads: this.#options.readers > 0 };
  }

  get inTransaction(): boolean {
    return this.#writer.inTransaction;
  }

  async perform(command: EngineCommand, scope: number, signal?: AbortSignal): Promise<unknown> {
    if (scope === 0 && this.#isRead(command)) return await this.#read(command, signal);
    const writer = this.#newWriter === undefined ? this.#writer : await this.#newWriter;
    if (command.method === 'begin') this.#writers.set(scope, writer);
    else if (scope !== 0 && this.#writers.get(scope) !== writer) throw new ConnectionLostError();
    try {
      return await writer.perform(command, scope, signal);
    } finally {
      if (command.method === 'commit' || command.method === 'rollBack') this.#writers.delete(scope);
    }
  }

  /** A reader for one who reads several times from one state. */
  async lease(): Promise<Lease | undefined> {
    if (this.#options.readers === 0) return undefined;
    const reader = await this.#idleReader();
    reader.isLeased = true;
    return { connection: reader.connection, release: () => void (reader.isLeased = false) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const starting = await this.#starting?.catch(() => undefined);
    if (starting !== undefined) this.#readers.add(starting);
    await Promise.all([...this.#readers].map(({ connection }) => connection.close()));
    await this.#writer.close();
  }

  #isRead(command: EngineCommand): boolean {
    if (this.#options.readers === 0) return false;
    return command.method === 'names' || ('statement' in command && command.statement.reads === true);
  }

  /** Reads may be asked again, so that one whose worker was lost under it gets another. */
  async #read(command: EngineCommand, signal: AbortSignal | undefined): Promise<unknown> {
    try {
      return await this.#readFrom(await this.#idleReader(), command, signal);
    } catch (error) {
      if (!(error instanceof ConnectionLostError) || this.#isClosed) throw error;
      return await this.#readFrom(await this.#idleReader(), command, signal);
    }
  }

  async #readFrom(reader: Reader, command: EngineCommand, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted(); // meanwhile, for a worker may have had to start
    const request = {};
    reader.running.push(request);
    const cutOff = () => {
      if (reader.running[0] === request) this.#replace(reader); // SQLite cannot be told to stop, but it can be left behind
    };
    signal?.addEventListener('abort', cutOff, { once: true });
    try {
      return await reader.connection.perform(command, 0, signal);
    } finally {
      signal?.removeEventListener('abort', cutOff);
      reader.running.splice(reader.running.indexOf(request), 1);
    }
  }

  #replace(reader: Reader): void {
    this.#readers.delete(reader);
    reader.connection.hangUp();
  }

  /** The reader with the least to do; another one is started where all are busy and there may be more. */
  async #idleReader(): Promise<Reader> {
    const free = [...this.#readers].filter(({ isLeased }) => !isLeased);
    const idlest = free.reduce<Reader | undefined>(
      (best, reader) => (best === undefined || reader.connection.load < best.connection.load ? reader : best),
      undefined,
    );
    if (idlest !== undefined && (idlest.connection.load === 0 || this.#readers.size >= this.#options.readers))
      return idlest;
    const isExtra = this.#readers.size >= this.#options.readers; // all are leased, and a read must not wait for a snapshot's end
    if (idlest !== undefined && !isExtra) {
      void this.#startReader().catch(() => undefined); // for the next; this one is served by who is there
      return idlest;
    }
    return await this.#startReader();
  }

  #startReader(): Promise<Reader> {
    this.#starting ??= this.#connect('reader')
      .then((connection) => {
        const reader: Reader = { connection, running: [], isLeased: false };
        this.#readers.add(reader);
        connection.onLost = () => void this.#readers.delete(reader);
        return reader;
      })
      .finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  /** A writer that is lost takes its transactions along; the next statement gets a new one. */
  #watch(writer: PortConnection): void {
    writer.onLost = () => {
      this.#newWriter = this.#connect('writer').then((next) => {
        this.#writer = next;
        this.#newWriter = undefined;
        this.#watch(next);
        return next;
      });
      this.#newWriter.catch(() => undefined); // whoever asks next hears of it
    };
  }

  async #connect(role: WorkerRole): Promise<PortConnection> {
    const connection = await PortConnection.connect(this.#options.start(role));
    await this.#options.prepare(connection, role);
    return connection;
  }
}
