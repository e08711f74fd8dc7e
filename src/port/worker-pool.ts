import type { Channel } from '../driver/channel.js';
import type { AsyncConnection, Capabilities, Lease, WorkerFigures } from '../driver/contract.js';
import { StateTrace } from '../driver/state-trace.js';
import { ConnectionLostError, DriverUnavailableError } from '../errors/index.js';
import { isRead, type EngineCommand } from '../sql/index.js';
import { PortConnection } from './port-connection.js';
import { Readers } from './readers.js';

/** What a worker is started for. */
export type WorkerRole = 'writer' | 'reader';

/** How a pool gets its workers. */
export interface WorkerPoolOptions {
  /** How many workers only read; 0 leaves reading to the writer. */
  readonly readers: number;
  /** How long one read of a reader may run, in milliseconds; as long as it likes unless said. */
  readonly readTimeout?: number | undefined;
  /** How long a snapshot waits for another one to end, in milliseconds. */
  readonly queueTimeout: number;
  /** Whether another writer would have what the lost one had: a database in memory is gone with it. */
  readonly isReplaceable: boolean;
  /** Starts a worker that has the file open. */
  start(role: WorkerRole): Channel;
  /** Makes the connection of a worker ready, before anything of the app runs on it. */
  prepare(connection: PortConnection, role: WorkerRole): Promise<void>;
}

/**
 * One worker that writes and several that read, each with a connection of its own. Reads that belong to no transaction go to the
 * readers, and neither wait for a transaction of the writer nor see what it has not committed. A worker that is lost is replaced
 * when it is missed, so that one which cannot live is not started for ever.
 */
export class WorkerPool implements AsyncConnection {
  readonly states = new StateTrace('opening');
  readonly capabilities: Capabilities;
  readonly #options: WorkerPoolOptions;
  readonly #readers: Readers;
  readonly #starting = new Set<Channel>();
  #writer: PortConnection;
  #newWriter: Promise<PortConnection> | undefined;
  /** The writer on which a transaction is open, which ends with it. */
  #holder: PortConnection | undefined;
  #lostWriters = 0;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  private constructor(options: WorkerPoolOptions, writer: PortConnection) {
    this.#options = options;
    const { readers, readTimeout, queueTimeout } = options;
    this.#readers = new Readers({ limit: readers, readTimeout, queueTimeout, connect: () => this.#connect('reader') });
    this.#writer = this.#watched(writer);
    // an attached file would be missing in the other workers
    this.capabilities = { ...writer.capabilities, attach: false, concurrentReads: readers > 0 };
  }

  /** Starts the worker that writes; those that read are started when there is something to read. */
  static async start(options: WorkerPoolOptions): Promise<WorkerPool> {
    try {
      return new WorkerPool(options, await PortConnection.connect(options.start('writer')));
    } catch (error) {
      throw startingError(error);
    }
  }

  get inTransaction(): boolean {
    return this.#holder?.inTransaction === true || this.#writer.inTransaction;
  }

  get workers(): WorkerFigures {
    const { lost, ...readers } = this.#readers.figures;
    return { ...readers, inFlight: this.#inFlight, lost: lost + this.#lostWriters };
  }

  async perform(command: EngineCommand, scope: number, signal?: AbortSignal): Promise<unknown> {
    this.#enter();
    try {
      if (scope === 0 && this.#options.readers > 0 && isRead(command)) {
        return await this.#readers.perform(command, signal);
      }
      const writer = this.#writerFor(command, scope);
      const answer = await (writer instanceof Promise ? await writer : writer).perform(command, scope, signal);
      if (isOutermostEnd(command)) this.#holder = undefined;
      return answer;
    } finally {
      this.#leave();
    }
  }

  async lease(signal?: AbortSignal): Promise<Lease | undefined> {
    return this.#options.readers === 0 ? undefined : await this.#readers.lease(signal);
  }

  async close(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    for (const channel of this.#starting) void channel.close(); // nobody waits for them any more
    await this.#readers.close();
    await this.#writer.close(); // last, for what a reader closes last keeps its log
  }

  /** What is inside of a transaction stays with its writer, even where that is lost: on another it would be committed by itself. */
  #writerFor(command: EngineCommand, scope: number): PortConnection | Promise<PortConnection> {
    const isOutermost = command.method === 'begin' && command.savepoint === undefined;
    // where nobody has begun one, it is inside of one of the user's own, begun with SQL
    if (scope !== 0 && !isOutermost) return this.#holder ?? this.#writer;
    const writer = this.#writer.isLost && this.#options.isReplaceable ? this.#replaced(this.#writer) : this.#writer;
    if (!isOutermost) return writer;
    if (!(writer instanceof Promise)) return (this.#holder = writer);
    return writer.then((next) => (this.#holder = next));
  }

  #replaced(lost: PortConnection): PortConnection | Promise<PortConnection> {
    if (lost.inTransaction) {
      // one of the user's own, begun with SQL: whoever goes on in it has to hear of its end
      void lost.perform({ method: 'rollBack', savepoint: undefined }, 0);
      return lost;
    }
    this.#newWriter ??= this.#connect('writer')
      .then((writer) => {
        this.#writer = this.#watched(writer);
        this.states.enter('busy');
        return writer;
      })
      .finally(() => (this.#newWriter = undefined));
    return this.#newWriter;
  }

  #watched(writer: PortConnection): PortConnection {
    writer.onLost = () => {
      this.#lostWriters++;
      this.states.enter('recovering');
    };
    return writer;
  }

  async #connect(role: WorkerRole): Promise<PortConnection> {
    const channel = this.#options.start(role);
    this.#starting.add(channel);
    try {
      const connection = await PortConnection.connect(channel);
      await this.#options.prepare(connection, role);
      return connection;
    } catch (error) {
      void channel.close();
      throw startingError(error);
    } finally {
      this.#starting.delete(channel);
    }
  }

  #enter(): void {
    this.#inFlight++;
    if (this.states.name === 'ready') this.states.enter('busy');
  }

  #leave(): void {
    this.#inFlight--;
    if (this.#inFlight > 0) return;
    if (this.states.name === 'busy') this.states.enter('ready');
    this.#onIdle?.();
  }
}

const isOutermostEnd = (command: EngineCommand): boolean =>
  (command.method === 'commit' || command.method === 'rollBack') && command.savepoint === undefined;

/** What is lost before it has begun is not run again by itself, for it would be lost again. */
function startingError(error: unknown): unknown {
  if (!(error instanceof ConnectionLostError)) return error;
  return new DriverUnavailableError(
    'A worker that was to have the database ended before it had opened it.',
    'The cause says why. Where a bundler has moved or renamed the script of the workers, name it: { workers: { script } }.',
    error.cause,
  );
}
