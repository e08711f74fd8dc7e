import type { Lease } from '../driver/contract.js';
import { ConnectionLostError, ReadTimeoutError } from '../errors/index.js';
import { isRead, type EngineCommand } from '../sql/index.js';
import { Places } from './places.js';
import type { PortConnection } from './port-connection.js';

/** How readers are had, and how long they are borne with. */
export interface ReadersOptions {
  /** How many there are at most, but for one more while snapshots have all of them. */
  readonly limit: number;
  /** How long one read may run, in milliseconds; as long as it likes unless said. */
  readonly readTimeout?: number | undefined;
  /** How long a snapshot waits for another one to end, in milliseconds. */
  readonly queueTimeout: number;
  /** Starts one. */
  connect(): Promise<PortConnection>;
}

/** A worker that reads. */
interface Reader {
  readonly connection: PortConnection;
  /** Whether a snapshot has it. */
  isLent: boolean;
  /** Whether it was left with a read that nobody waits for; what waited behind that is run again elsewhere. */
  isLeft: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** How often a reader may crash under one and the same read, whose fault it may be. */
const crashesBorne = 1;

/** For how many milliseconds no further reader is tried after one could not be started, while there are others. */
const pause = 1000;

/** The workers that read: each is started when it is missed, and replaced when it is lost or does not come back from a read. */
export class Readers {
  readonly #options: ReadersOptions;
  readonly #readers = new Set<Reader>();
  readonly #leftBehind = new Set<Promise<void>>();
  readonly #places: Places;
  #starting: Promise<void> | undefined;
  #triedAt = -Infinity;
  #lost = 0;

  constructor(options: ReadersOptions) {
    this.#options = options;
    this.#places = new Places(options.limit, options.queueTimeout);
  }

  get figures(): { readonly readers: number; readonly lent: number; readonly lost: number; readonly leftBehind: number } {
    const lent = [...this.#readers].filter(({ isLent }) => isLent).length;
    return { readers: this.#readers.size, lent, lost: this.#lost, leftBehind: this.#leftBehind.size };
  }

  /** Reads from whoever has the least to do; again from another one where that one is lost. */
  async perform(command: EngineCommand, signal: AbortSignal | undefined): Promise<unknown> {
    let crashes = 0;
    for (;;) {
      const reader = this.#idlest();
      if (reader === undefined) {
        await this.#start();
        continue; // for somebody else may have been faster
      }
      try {
        return await reader.connection.perform(command, 0, signal);
      } catch (error) {
        if (!(error instanceof ConnectionLostError)) throw error;
        if (!reader.isLeft && ++crashes > crashesBorne) throw error;
      }
    }
  }

  /** A reader for one who reads several times from one state; waits while others have as many as there may be. */
  async lease(signal: AbortSignal | undefined): Promise<Lease> {
    await this.#places.take(signal);
    try {
      for (;;) {
        const reader = this.#idlest();
        if (reader !== undefined) return this.#lend(reader);
        await this.#start();
      }
    } catch (error) {
      this.#places.give();
      throw error;
    }
  }

  /** Ends every worker, those that were left behind included, which takes until their read has ended. */
  async close(): Promise<void> {
    this.#places.refuseAll(new ConnectionLostError());
    await this.#starting?.catch(() => undefined);
    const closing = [...this.#readers].map(({ connection }) => connection.close());
    await Promise.all([...closing, ...this.#leftBehind]);
  }

  /** The reader with the least to do; none where one has to be started first. */
  #idlest(): Reader | undefined {
    const idlest = this.#leastBusy();
    if (idlest === undefined || idlest.connection.load === 0) return idlest;
    for (const reader of this.#readers) if (!reader.isLent && reader.connection.isStuck) this.#leave(reader);
    const least = this.#leastBusy();
    if (this.#readers.size >= this.#options.limit || performance.now() - this.#triedAt < pause) return least;
    if (least === undefined || least.connection.isStuck) return undefined;
    this.#start().catch(() => (this.#triedAt = performance.now())); // for those who come next
    return least;
  }

  #leastBusy(): Reader | undefined {
    let least: Reader | undefined;
    for (const reader of this.#readers) {
      if (!reader.isLent && (least === undefined || burdenOf(reader) < burdenOf(least))) least = reader;
    }
    return least;
  }

  #start(): Promise<void> {
    this.#starting ??= this.#options
      .connect()
      .then((connection) => this.#add(connection))
      .finally(() => (this.#starting = undefined));
    return this.#starting;
  }

  #add(connection: PortConnection): void {
    if (connection.isLost) throw new ConnectionLostError();
    const reader: Reader = { connection, isLent: false, isLeft: false, timer: undefined };
    connection.onTurn = () => this.#watch(reader);
    connection.onLost = () => {
      this.#readers.delete(reader);
      this.#lost++;
    };
    this.#readers.add(reader);
  }

  #lend(reader: Reader): Lease {
    reader.isLent = true;
    return { connection: reader.connection, release: (scope) => this.#takeBack(reader, scope) };
  }

  async #takeBack(reader: Reader, scope: number): Promise<void> {
    const { connection } = reader;
    const { isStuck } = connection;
    const makeFree = (): void => {
      reader.isLent = false;
      this.#places.give();
    };
    if (isStuck && this.#leave(reader)) return makeFree();
    const undone = connection.perform({ method: 'rollBack', savepoint: undefined }, scope).then(makeFree, makeFree);
    if (!isStuck) await undone; // nobody waits for what was given up
  }

  /** A reader has turned to another request, or to none, or its read was given up. */
  #watch(reader: Reader): void {
    const { connection } = reader;
    const { readTimeout } = this.#options;
    clearTimeout(reader.timer);
    if (connection.isStuck) this.#relieve(reader);
    else if (readTimeout !== undefined && connection.load > 0) this.#time(reader, readTimeout);
  }

  #time(reader: Reader, readTimeout: number): void {
    const { connection } = reader;
    const giveUp = (): void => {
      const { current } = connection;
      if (current === undefined || !isRead(current) || !('statement' in current)) return;
      connection.giveUpCurrent(new ReadTimeoutError(readTimeout, current.statement.sql));
    };
    // one turn more, in which an answer is received that has been waiting for this thread
    reader.timer = setTimeout(() => (reader.timer = setTimeout(giveUp)), readTimeout);
  }

  /** SQLite cannot be told to stop: a reader is left to itself where others wait behind a read that nobody waits for. */
  #relieve(reader: Reader): void {
    if (!reader.isLent && reader.connection.load > 1) this.#leave(reader);
  }

  /** Leaves no more of them than there may be readers, for they take the machine from those that are waited for. */
  #leave(reader: Reader): boolean {
    if (this.#leftBehind.size >= this.#options.limit) return false;
    reader.isLeft = true;
    this.#readers.delete(reader);
    const ended = reader.connection.hangUp().finally(() => {
      this.#leftBehind.delete(ended);
      for (const other of this.#readers) if (other.connection.isStuck) this.#relieve(other);
    });
    this.#leftBehind.add(ended);
    return true;
  }
}

/** Of one that does not come back, nobody knows how long it takes. */
const burdenOf = ({ connection }: Reader): number => (connection.isStuck ? Infinity : connection.load);
