import type { Lease } from '../driver/contract.js';
import { onAbort } from '../driver/on-abort.js';
import { ConnectionLostError, ReadTimeoutError } from '../errors/index.js';
import { isRead, type EngineCommand } from '../sql/index.js';
import { longestTimer, Places } from './places.js';
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

/**
 * A worker that reads: one thing at a time, so that nothing quick waits behind something slow while another is idle. What has been
 * quick for a while, and waits anyway, goes to it together, for waking a thread up takes longer than several such reads.
 */
interface Reader {
  readonly connection: PortConnection;
  /** How many wait for what it does, or will ask it for more. */
  users: number;
  /** Whether that is a snapshot. */
  isLent: boolean;
  /** Whether it was left with what takes too long, and those who waited behind that have to ask another one. */
  isLeft: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Who waits for a reader. */
interface Waiting {
  /** Whether it may share a reader with others. */
  readonly isQuick: boolean;
  readonly admit: (reader: Reader) => void;
  readonly refuse: (error: unknown) => void;
}

/** How many reads go to one reader together at most; more of them would gain little. */
const mostTogether = 8;

/** How often in a row a statement has been quick when it is taken for one that will be again. */
const provenQuick = 16;

/** How many statements it is known of how quick they are. */
const mostKnown = 500;

/** How often a reader may crash under one and the same read, whose fault it may be. */
const crashesBorne = 1;

/** For how many milliseconds no further reader is tried after one could not be started, while there are others. */
const pause = 1000;

/** The workers that read: each is started when it is missed, and replaced when it is lost or does not come back from a read. */
export class Readers {
  readonly #options: ReadersOptions;
  readonly #readers = new Set<Reader>();
  readonly #idle: Reader[] = [];
  readonly #waiting = new Set<Waiting>();
  /** Those that were left with a read that nobody waits for, until they have ended. */
  readonly #leftBehind = new Set<Promise<void>>();
  readonly #snapshots: Places;
  /** How often in a row each statement has been quick. */
  readonly #timesQuick = new Map<string, number>();
  #starting = 0;
  #triedAt = -Infinity;
  #lost = 0;

  constructor(options: ReadersOptions) {
    this.#options = options;
    this.#snapshots = new Places(options.limit, options.queueTimeout);
  }

  get figures(): {
    readonly readers: number;
    readonly lent: number;
    readonly idle: number;
    readonly waiting: number;
    readonly lost: number;
    readonly leftBehind: number;
  } {
    const lent = [...this.#readers].filter(({ isLent }) => isLent).length;
    const waiting = this.#waiting.size + this.#snapshots.waiting;
    return {
      readers: this.#readers.size,
      lent,
      idle: this.#idle.length,
      waiting,
      lost: this.#lost,
      leftBehind: this.#leftBehind.size,
    };
  }

  /** Reads from whoever is free; again, and alone, from another one where that one is lost. */
  async perform(command: EngineCommand, signal: AbortSignal | undefined): Promise<unknown> {
    let isQuick = this.#isQuick(command);
    for (let crashes = 0; ;) {
      const reader = this.#takeIdle() ?? (await this.#wait(signal, isQuick));
      try {
        return await reader.connection.perform(command, 0, signal);
      } catch (error) {
        if (!(error instanceof ConnectionLostError)) throw error;
        if (!reader.isLeft && ++crashes > crashesBorne) throw error;
        isQuick = false;
      } finally {
        this.#giveBack(reader);
      }
    }
  }

  /** A reader for one who reads several times from one state; waits while others have as many as there may be. */
  async lease(signal: AbortSignal | undefined): Promise<Lease> {
    await this.#snapshots.take(signal);
    try {
      const reader = this.#takeIdle() ?? (await this.#wait(signal));
      reader.isLent = true;
      this.#provide(); // those who read may have to have one more now
      return { connection: reader.connection, release: (scope) => this.#endSnapshot(reader, scope) };
    } catch (error) {
      this.#snapshots.give();
      throw error;
    }
  }

  /** Ends every worker, those that were left behind included, which takes until their read has ended. */
  async close(): Promise<void> {
    const closed = new ConnectionLostError();
    this.#snapshots.refuseAll(closed);
    this.#refuseAll(closed);
    const closing = [...this.#readers].map(({ connection }) => connection.close());
    await Promise.all([...closing, ...this.#leftBehind]);
  }

  #takeIdle(): Reader | undefined {
    const reader = this.#idle.pop();
    if (reader !== undefined) reader.users = 1;
    return reader;
  }

  #isQuick(command: EngineCommand): boolean {
    return 'statement' in command && (this.#timesQuick.get(command.statement.sql) ?? 0) >= provenQuick;
  }

  #remember(command: EngineCommand, wasQuick: boolean): void {
    if (!('statement' in command)) return;
    const { sql } = command.statement;
    const times = this.#timesQuick.get(sql);
    if (times === undefined && this.#timesQuick.size >= mostKnown) this.#timesQuick.clear();
    if (!wasQuick) this.#timesQuick.set(sql, 0);
    else if (times === undefined || times < provenQuick) this.#timesQuick.set(sql, (times ?? 0) + 1);
  }

  #wait(signal: AbortSignal | undefined, isQuick = false): Promise<Reader> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        isQuick,
        admit: (reader) => (leave(), resolve(reader)),
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what the signal was given
        refuse: (error) => (leave(), reject(error)),
      };
      const unlisten = signal && onAbort(signal, () => waiting.refuse(signal.reason));
      const leave = (): void => {
        unlisten?.();
        this.#waiting.delete(waiting);
      };
      this.#waiting.add(waiting);
      this.#provide();
    });
  }

  #refuseAll(error: unknown): void {
    for (const { refuse } of this.#waiting) refuse(error);
  }

  #giveBack(reader: Reader): void {
    reader.users--;
    reader.isLent = false;
    if (isStuck(reader)) this.#provide();
    else if (reader.users === 0 && reader.connection.load === 0) this.#offer(reader);
  }

  /** To whoever has waited longest, with those behind who may go along, or for whoever comes next. */
  #offer(reader: Reader): void {
    if (!this.#readers.has(reader)) return this.#provide(); // it was lost
    const most = Math.min(mostTogether, Math.ceil(this.#waiting.size / this.#readers.size));
    for (const { isQuick, admit } of this.#waiting) {
      if (reader.users > 0 && !isQuick) return;
      reader.users++;
      admit(reader);
      if (!isQuick || reader.users >= most) return;
    }
    if (reader.users === 0) this.#idle.push(reader);
  }

  /** Sees to it that those who wait have somebody to wait for. */
  #provide(): void {
    const readers = [...this.#readers];
    const stuck = readers.find((reader) => isStuck(reader) && (reader.users > 0 || this.#waiting.size > 0));
    if (stuck !== undefined) this.#leave(stuck);
    if (this.#waiting.size === 0) return;
    const { limit } = this.#options;
    const most = readers.length === limit && readers.every(({ isLent }) => isLent) ? limit + 1 : limit;
    const isPaused = this.#readers.size > 0 && performance.now() - this.#triedAt < pause;
    if (this.#readers.size + this.#starting < most && this.#starting < this.#waiting.size && !isPaused) this.#start();
  }

  #start(): void {
    this.#starting++;
    this.#options.connect().then(
      (connection) => (connection.isLost ? this.#miss(new ConnectionLostError()) : this.#add(connection)),
      (error: unknown) => this.#miss(error),
    );
  }

  #add(connection: PortConnection): void {
    this.#starting--;
    const reader: Reader = { connection, users: 0, isLent: false, isLeft: false, timer: undefined };
    connection.onAnswer = (command, wasQuick) => this.#remember(command, wasQuick);
    connection.onTurn = () => this.#watch(reader);
    connection.onLost = () => this.#lose(reader);
    this.#readers.add(reader);
    this.#offer(reader);
  }

  /** A reader could not be started: those who wait hear of it, unless there is another one to wait for. */
  #miss(error: unknown): void {
    this.#starting--;
    this.#triedAt = performance.now();
    if (this.#readers.size + this.#starting === 0) this.#refuseAll(error);
    else if (this.#waiting.size > 0) setTimeout(() => this.#provide(), pause);
  }

  #lose(reader: Reader): void {
    this.#lost++;
    this.#remove(reader);
    this.#provide();
  }

  #remove(reader: Reader): void {
    clearTimeout(reader.timer);
    this.#readers.delete(reader);
    const place = this.#idle.indexOf(reader);
    if (place >= 0) this.#idle.splice(place, 1);
  }

  /** A reader has turned to another request, or to none, or its read was given up. */
  #watch(reader: Reader): void {
    const { connection } = reader;
    const { readTimeout } = this.#options;
    clearTimeout(reader.timer);
    if (connection.load === 0 && reader.users === 0)
      this.#offer(reader); // back from what was given up
    else if (isStuck(reader)) this.#provide();
    else if (readTimeout !== undefined && connection.load > 0) this.#time(reader, readTimeout);
  }

  #time(reader: Reader, readTimeout: number): void {
    const { connection } = reader;
    const giveUp = (): void => {
      const { current } = connection;
      if (current === undefined || !isRead(current) || !('statement' in current)) return;
      connection.giveUpCurrent(new ReadTimeoutError(readTimeout, current.statement.sql));
    };
    // in which an answer is received that has been waiting for this thread
    const oneTurnMore = () => (reader.timer = setTimeout(giveUp));
    reader.timer = setTimeout(oneTurnMore, Math.min(readTimeout, longestTimer));
  }

  async #endSnapshot(reader: Reader, scope: number): Promise<void> {
    const { connection } = reader;
    const giveBack = (): void => {
      this.#giveBack(reader);
      this.#snapshots.give();
    };
    if (connection.isStuck && this.#leave(reader)) return giveBack();
    const { isStuck } = connection;
    const undone = connection.perform({ method: 'rollBack', savepoint: undefined }, scope).then(giveBack, giveBack);
    if (!isStuck) await undone; // nobody waits for what was given up
  }

  /**
   * SQLite cannot be told to stop, but a reader can be left to itself. No more of them than there may be readers, for they take
   * the machine from those that are waited for.
   */
  #leave(reader: Reader): boolean {
    if (this.#leftBehind.size >= this.#options.limit) return false;
    reader.isLeft = true;
    this.#remove(reader);
    const ended = reader.connection.hangUp().finally(() => {
      this.#leftBehind.delete(ended);
      this.#provide();
    });
    this.#leftBehind.add(ended);
    return true;
  }
}

/** Whether it does what nobody waits for any more. */
const isStuck = ({ connection, users, isLent }: Reader): boolean =>
  connection.isStuck && connection.load > users && !isLent;
