import type { Channel } from '../driver/channel.js';
import { onAbort } from '../driver/on-abort.js';
import type { TabPlatform } from '../driver/tabs.js';
import { ConnectionLostError, DatabaseLockedError } from '../errors/index.js';
import { OwnWorker } from './own-worker.js';
import { PortConnection } from './port-connection.js';
import { leaderLock, lineTo, locksOf, noticesOf, protocol, type Notice, type TabStart } from './tab-messages.js';
import { Waiting } from './waiting.js';

/** How a tab gets to the database that all tabs of an origin share. */
export interface TabOptions {
  readonly platform: TabPlatform;
  /** What a worker of this tab is started with. */
  readonly start: Omit<TabStart, 'address'>;
  /** Whether another worker would have what a lost one had: a database in memory is gone with it. */
  readonly isReplaceable: boolean;
}

/** For how many milliseconds an answer is waited for before it is asked again. */
const patience = 250;

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
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isJoining = false;
  #isAsleep = false;
  #hasLeft = false;
  readonly #stayAwake: () => void;

  constructor(options: TabOptions) {
    this.#options = options;
    this.#notices = options.platform.broadcast(noticesOf(options.start.name));
    this.#notices.listen((notice) => this.#hear(notice as Notice));
    this.#stayAwake = options.platform.onSleep(
      () => this.#sleep(),
      () => this.#wake(),
    );
  }

  /** The line that there is, if there is one. */
  get current(): PortConnection | undefined {
    return this.#line;
  }

  /** The line, once there is one. Throws what the worker of this tab could not be started for. */
  async line(signal?: AbortSignal): Promise<PortConnection> {
    if (this.#line !== undefined) return this.#line;
    const found = this.#next.promise;
    if (this.#candidacy === undefined && !this.#isAsleep) this.#seek();
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
    this.#stayAwake();
    this.#withdraw();
    void this.#notices.close();
    this.#next.fail(new ConnectionLostError());
    clearTimeout(this.#timer);
    if (this.#giveBack !== undefined && this.#line?.isLost === false) await this.#worker?.finish();
    await this.#line?.close();
    this.#worker?.end();
    this.#resign();
  }

  #say(notice: Notice): void {
    this.#notices.post(notice);
  }

  /** What it has is of no use to a tab that sleeps, and missed by the others. */
  #sleep(): void {
    if (this.#isAsleep || !this.#options.isReplaceable) return;
    this.#isAsleep = true;
    this.#withdraw();
    this.#worker?.end();
    this.#worker = undefined;
    const line = this.#line;
    if (line !== undefined) {
      this.#lose(line);
      void line.hangUp();
    }
    this.#resign();
  }

  #wake(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    if (!this.#isJoining) this.#turn();
  }

  #hear(notice: Notice): void {
    if (this.#hasLeft || this.#isAsleep) return;
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
        (giveBack) => (this.#candidacy === candidacy ? this.#lead(giveBack) : giveBack()),
        (error: unknown) => {
          if (this.#candidacy === candidacy) this.#giveUp(error);
        },
      );
    }
    this.#ask();
  }

  /** Asks again and again: a page that the browser keeps asleep, with its worker, is thrown away when it is spoken to. */
  #ask(): void {
    clearTimeout(this.#timer);
    if (this.#line !== undefined || this.#candidacy === undefined) return;
    this.#say({ whoLeads: true });
    this.#timer = setTimeout(() => this.#ask(), patience);
  }

  /** Whoever had the lead is gone, and so is its worker, or will be in a moment. */
  #lead(giveBack: () => void): void {
    this.#giveBack = giveBack;
    if (this.#line === undefined && !this.#isJoining) void this.#startWorker();
  }

  async #startWorker(): Promise<void> {
    const { platform, start } = this.#options;
    const worker = new OwnWorker(platform);
    this.#worker?.end();
    this.#worker = worker;
    try {
      const line = await worker.start(start);
      if (this.#worker === worker) this.#use(line, worker.address);
    } catch (error) {
      if (this.#worker === worker) this.#giveUp(error);
    }
  }

  /** Has a line of its own made to the worker of another tab. */
  async #join(leader: string): Promise<void> {
    const { platform, start } = this.#options;
    this.#isJoining = true;
    try {
      const name = `litemodel:tab:${crypto.randomUUID()}`;
      const giveBack = await platform.lock(name); // by which the worker knows when this tab is gone
      const connecting = PortConnection.connect(lineTo(platform, name, locksOf(leader), giveBack));
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
    if (this.#hasLeft || this.#isAsleep) return void line.hangUp();
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
    if (this.#hasLeft || this.#isAsleep) return;
    if (this.#giveBack === undefined) this.#seek();
    else void this.#startWorker();
  }

  /** Leaves the lead to others, who may have more luck, and tries again when there is something to do. */
  #giveUp(error: unknown): void {
    if (this.#hasLeft) return;
    this.#withdraw();
    this.#resign();
    this.#fail(error);
  }

  #withdraw(): void {
    this.#candidacy?.abort();
    this.#candidacy = undefined;
  }

  #resign(): void {
    this.#giveBack?.();
    this.#giveBack = undefined;
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

const otherVersion = (name: string): DatabaseLockedError =>
  new DatabaseLockedError(
    `The database "${name}" is open in a tab that runs another version of litemodel.`,
    'Close or reload that tab.',
  );
