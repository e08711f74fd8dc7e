import type { Channel } from '../driver/channel.js';
import { onAbort } from '../driver/on-abort.js';
import type { TabPlatform } from '../driver/tabs.js';
import { ConnectionLostError, DatabaseLockedError, DriverUnavailableError } from '../errors/index.js';
import { PortConnection } from './port-connection.js';
import {
  leaderLock,
  lineTo,
  noticesOf,
  protocol,
  watchOver,
  workerLock,
  type Notice,
  type Order,
  type TabStart,
} from './tab-messages.js';
import { Waiting } from './waiting.js';

/** How a tab gets to the database that all tabs of an origin share. */
export interface TabOptions {
  readonly platform: TabPlatform;
  /** What a worker of this tab is started with. */
  readonly start: Omit<TabStart, 'address'>;
  /** Whether another worker would have what a lost one had: a database in memory is gone with it. */
  readonly isReplaceable: boolean;
}

/** The worker of a tab that leads. */
interface OwnWorker {
  readonly channel: Channel;
  /** Is fulfilled when it is gone. */
  readonly ended: Promise<unknown>;
}

/** One of the tabs of an origin, which has a line to the worker that has the database: its own, or that of another tab. */
export class Tab {
  /** Is told of the line that is lost, by `undefined`, and of the next one. */
  onTurn: ((line: PortConnection | undefined) => void) | undefined;
  readonly #options: TabOptions;
  readonly #notices: Channel;
  #line: PortConnection | undefined;
  /** The worker at the other end of the line. */
  #address: string | undefined;
  #next = new Waiting<PortConnection>();
  /** In the queue of those who would lead, or leading. */
  #candidacy: AbortController | undefined;
  /** Gives the lead back; none of a tab that does not have it. */
  #giveBack: (() => void) | undefined;
  #worker: OwnWorker | undefined;
  #isJoining = false;
  #hasLeft = false;

  constructor(options: TabOptions) {
    this.#options = options;
    this.#notices = options.platform.broadcast(noticesOf(options.start.name));
    this.#notices.listen((notice) => this.#hear(notice as Notice));
  }

  /** The line that there is, if there is one. */
  get current(): PortConnection | undefined {
    return this.#line;
  }

  /** The line, once there is one. Throws what the worker of this tab could not be started for. */
  async line(signal?: AbortSignal): Promise<PortConnection> {
    if (this.#line !== undefined) return this.#line;
    const found = this.#next.promise;
    if (this.#candidacy === undefined) this.#seek();
    return await orAborted(found, signal);
  }

  /** Turns away from a worker that has finished; what it was asked for is answered first. */
  retire(line: PortConnection): void {
    this.#lose(line);
    void line.close();
  }

  /** Leaves the others to themselves; the worker, if it is of this tab, finishes first what it was asked for. */
  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#candidacy?.abort();
    void this.#notices.close();
    this.#next.fail(new ConnectionLostError());
    const worker = this.#worker;
    if (worker !== undefined && this.#line?.isLost === false) {
      worker.channel.post({ finish: true } satisfies Order);
      await worker.ended;
    }
    await this.#line?.close();
    await worker?.channel.close();
    this.#giveBack?.();
  }

  #say(notice: Notice): void {
    this.#notices.post(notice);
  }

  #hear(notice: Notice): void {
    if (this.#hasLeft) return;
    if ('finished' in notice && this.#line !== undefined && notice.finished === this.#address) this.retire(this.#line);
    const isTurning = this.#line === undefined && !this.#isJoining && this.#giveBack === undefined;
    if (!isTurning || !('leader' in notice)) return;
    if (notice.protocol === protocol) void this.#join(notice.leader);
    else this.#fail(otherVersion(this.#options.start.name));
  }

  /** Asks who has the database, and waits for the lead, which is to be had when nobody has. */
  #seek(): void {
    const { platform, start } = this.#options;
    if (this.#candidacy === undefined) {
      const candidacy = new AbortController();
      this.#candidacy = candidacy;
      platform.lock(leaderLock(start.name), candidacy.signal).then(
        (giveBack) => this.#lead(giveBack),
        (error: unknown) => this.#giveUp(error),
      );
    }
    this.#say({ whoLeads: true });
  }

  /** Whoever had the lead is gone, and so is its worker, or will be in a moment. */
  #lead(giveBack: () => void): void {
    if (this.#hasLeft) return giveBack();
    this.#giveBack = giveBack;
    if (this.#line === undefined && !this.#isJoining) void this.#startWorker();
  }

  async #startWorker(): Promise<void> {
    const { platform, start } = this.#options;
    const address = crypto.randomUUID();
    let channel: Channel | undefined;
    try {
      channel = platform.startWorker();
      const { line, watch } = this.#lineOfOwn(channel, address);
      this.#worker = { channel, ended: new Promise(() => undefined) };
      channel.post({ open: { ...start, address } } satisfies Order);
      const connection = await PortConnection.connect(line);
      this.#worker = { channel, ended: watch() };
      this.#use(connection, address);
    } catch (error) {
      void channel?.close();
      this.#worker = undefined;
      this.#giveUp(error instanceof ConnectionLostError ? notStarted(error) : error);
    }
  }

  /** Not every worker that ends says so; its lock does. It has that by the time that it answers. */
  #lineOfOwn(channel: Channel, address: string): { line: Channel; watch: () => Promise<unknown> } {
    let onGone: (() => void) | undefined;
    const line: Channel = {
      ...channel,
      onClose: (gone) => {
        onGone = gone;
        channel.onClose(gone);
      },
    };
    const watch = () => watchOver(this.#options.platform, workerLock(address)).then(() => onGone?.());
    return { line, watch };
  }

  /** Has a line of its own made to the worker of another tab. */
  async #join(leader: string): Promise<void> {
    const { platform, start } = this.#options;
    this.#isJoining = true;
    try {
      const name = `litemodel:tab:${crypto.randomUUID()}`;
      const giveBack = await platform.lock(name); // by which the worker knows when this tab is gone
      const connecting = PortConnection.connect(lineTo(platform, name, workerLock(leader), giveBack));
      this.#say({ join: name, to: leader, readonly: start.readonly });
      this.#use(await connecting, leader);
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) this.#fail(error);
    } finally {
      this.#isJoining = false;
    }
    if (this.#line === undefined) this.#turn(); // the announcement was of one that is gone
  }

  #use(line: PortConnection, address: string): void {
    if (this.#hasLeft) return void line.hangUp();
    this.#line = line;
    this.#address = address;
    line.onLost = () => this.#lose(line);
    this.#next.succeed(line);
    this.onTurn?.(line);
    if (line.isLost) this.#lose(line);
  }

  #lose(line: PortConnection): void {
    if (this.#line !== line || this.#hasLeft) return;
    if (this.#options.isReplaceable) {
      this.#line = undefined;
      this.#next = new Waiting();
      if (!this.#isJoining) this.#turn();
    }
    this.onTurn?.(undefined);
  }

  /** Turns to the next worker: the one to start, or the one of whoever leads now. */
  #turn(): void {
    if (this.#hasLeft) return;
    if (this.#giveBack === undefined) this.#seek();
    else void this.#startWorker();
  }

  /** Leaves the lead to others, who may have more luck, and tries again when there is something to do. */
  #giveUp(error: unknown): void {
    this.#giveBack?.();
    this.#giveBack = undefined;
    this.#candidacy = undefined;
    this.#fail(error);
  }

  #fail(error: unknown): void {
    const waiting = this.#next;
    this.#next = new Waiting();
    waiting.fail(error);
  }
}

/** The promised value, or the reason of the signal if that is first. */
function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason as Error));
    void promise.then(resolve, reject).finally(stop);
  });
}

const notStarted = ({ cause }: ConnectionLostError): DriverUnavailableError =>
  new DriverUnavailableError(
    'The worker that was to have the database ended before it had opened it.',
    'The cause says why. Where a bundler has moved or renamed its script, start it yourself: { worker: () => new Worker(…) }.',
    cause,
  );

const otherVersion = (name: string): DatabaseLockedError =>
  new DatabaseLockedError(
    `The database "${name}" is open in a tab that runs another version of litemodel.`,
    'Close or reload that tab.',
  );
