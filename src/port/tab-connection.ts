import type { Channel } from '../driver/channel.js';
import type { AsyncConnection, Capabilities } from '../driver/contract.js';
import type { TabPlatform } from '../driver/tabs.js';
import { ConnectionLostError } from '../errors/index.js';
import type { EngineCommand } from '../sql/index.js';
import { Multiplexer } from './multiplex.js';
import { PortConnection } from './port-connection.js';

/** What tabs say to each other: who leads, who would like to know, and what a follower and its leader exchange. */
type Notice =
  | { readonly leader: string }
  | { readonly whoLeads: true }
  | { readonly from: string; readonly to: string; readonly message: unknown }
  | { readonly from: string; readonly to: string; readonly gone: true };

/** How a tab gets to the database that all tabs of an origin share. */
export interface TabOptions {
  readonly platform: TabPlatform;
  /** What the database is called among the tabs. */
  readonly name: string;
  /** What a worker is told to begin with. */
  readonly start: unknown;
  /** Makes the connection of a worker that was just started ready. */
  prepare(connection: PortConnection): Promise<void>;
}

/**
 * The connection of a tab to the one database of all tabs of an origin. The tab that gets a lock leads: it starts the worker that
 * has the file, and passes on what the others ask. When it goes, the next in the queue for the lock takes over, and everybody
 * turns to it.
 */
export class TabConnection implements AsyncConnection {
  readonly #options: TabOptions;
  readonly #id = crypto.randomUUID();
  readonly #notices: Channel;
  #connection: PortConnection | undefined;
  #waiting = new Waiting();
  #followed: string | undefined;
  #receive: ((message: unknown) => void) | undefined;
  readonly #relays = new Map<string, Channel>();
  /** On which connection each open transaction is: it ends with it. */
  readonly #begunOn = new Map<number, PortConnection>();
  /** Of a tab that leads: its worker, who asks it, and where they send it. */
  #worker: Channel | undefined;
  #parties: Multiplexer | undefined;
  #address: string | undefined;
  #onClose: (() => void)[] = [];
  #isClosed = false;

  private constructor(options: TabOptions) {
    this.#options = options;
    this.#notices = options.platform.broadcast(`litemodel:${options.name}`);
    this.#notices.listen((notice) => this.#hear(notice as Notice));
    this.#onClose.push(() => this.#notices.close());
  }

  /** Joins the tabs, and waits until one of them has the database open. */
  static async open(options: TabOptions): Promise<TabConnection> {
    const tab = new TabConnection(options);
    try {
      const { platform, name } = options;
      tab.#onClose.push(await platform.lock(tabLock(tab.#id))); // by which the leader knows when this tab is gone
      void platform.lock(`litemodel:leader:${name}`).then((giveBack) => tab.#lead(giveBack));
      tab.#say({ whoLeads: true });
      await tab.#waiting.promise;
      return tab;
    } catch (error) {
      tab.#leave();
      throw error;
    }
  }

  get capabilities(): Capabilities {
    return this.#connection!.capabilities;
  }

  get inTransaction(): boolean {
    return this.#connection?.inTransaction ?? false;
  }

  /** Whether this tab has the worker, and the others ask it. */
  get isLeader(): boolean {
    return this.#parties !== undefined;
  }

  async perform(command: EngineCommand, scope: number, signal?: AbortSignal): Promise<unknown> {
    const connection = await this.#waiting.promise;
    if (command.method === 'begin') this.#begunOn.set(scope, connection);
    else if (scope !== 0 && this.#begunOn.get(scope) !== connection) throw new ConnectionLostError();
    try {
      return await connection.perform(command, scope, signal);
    } catch (error) {
      if (!(error instanceof ConnectionLostError) || scope !== 0 || !isRead(command) || this.#isClosed) throw error;
      return await (await this.#waiting.promise).perform(command, scope, signal);
    } finally {
      if (command.method === 'commit' || command.method === 'rollBack') this.#begunOn.delete(scope);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection?.close();
    this.#leave();
  }

  #leave(): void {
    this.#isClosed = true;
    this.#worker?.close();
    for (const close of this.#onClose.splice(0).reverse()) close();
  }

  #say(notice: Notice): void {
    this.#notices.post(notice);
  }

  #hear(notice: Notice): void {
    if (this.#isClosed) return;
    if ('whoLeads' in notice) {
      if (this.#address !== undefined) this.#say({ leader: this.#address });
    } else if ('leader' in notice) {
      if (!this.isLeader && notice.leader !== this.#followed) void this.#follow(notice.leader);
    } else if (notice.to === this.#address) {
      this.#relay(notice);
    } else if (notice.to === this.#id && notice.from === this.#followed && 'message' in notice) {
      this.#receive?.(notice.message);
    }
  }

  /** This tab has got the lock: the file is its worker's from now on. */
  #lead(giveBack: () => void): void {
    if (this.#isClosed) return giveBack();
    this.#onClose.push(giveBack);
    this.#followed = undefined;
    void this.#startWorker();
  }

  async #startWorker(): Promise<void> {
    this.#drop();
    const { platform, prepare, start } = this.#options;
    const worker = platform.startWorker();
    this.#worker = worker;
    this.#parties = new Multiplexer(worker);
    this.#parties.first(start);
    try {
      const connection = await connectTo(this.#parties.channelOf(this.#id));
      await prepare(connection);
      connection.onLost = () => void this.#startWorker();
      this.#use(connection);
      this.#address = crypto.randomUUID(); // another one for each worker, so that everybody turns to it
      this.#say({ leader: this.#address });
    } catch (error) {
      this.#waiting.fail(error);
    }
  }

  /** Turns to a tab that has the database. */
  async #follow(leader: string): Promise<void> {
    this.#drop();
    this.#followed = leader;
    const channel: Channel = {
      post: (message) => this.#say({ from: this.#id, to: leader, message }),
      listen: (receive) => (this.#receive = receive),
      onClose: () => undefined, // when it goes, another one says that it leads
      close: () => this.#say({ from: this.#id, to: leader, gone: true }),
    };
    try {
      const connection = await connectTo(channel);
      if (this.#followed === leader && !this.isLeader) this.#use(connection);
    } catch (error) {
      this.#waiting.fail(error);
    }
  }

  /** Passes on what a follower and the worker say to each other. */
  #relay(notice: Extract<Notice, { from: string }>): void {
    const { from } = notice;
    let relay = this.#relays.get(from);
    if ('gone' in notice) return this.#forget(from);
    if (relay === undefined) {
      const address = this.#address!;
      relay = this.#parties!.channelOf(from);
      relay.listen((message) => this.#say({ from: address, to: from, message }));
      this.#relays.set(from, relay);
      void this.#options.platform.lock(tabLock(from)).then((giveBack) => {
        giveBack();
        this.#forget(from); // it is gone without a word
      });
    }
    relay.post(notice.message);
  }

  #forget(follower: string): void {
    this.#relays.get(follower)?.close();
    this.#relays.delete(follower);
  }

  #use(connection: PortConnection): void {
    this.#connection = connection;
    this.#waiting.succeed(connection);
  }

  /** Lets the connection go whose other end is gone; what comes now waits for the next one. */
  #drop(): void {
    if (this.#connection === undefined) return;
    this.#waiting = new Waiting();
    this.#connection.hangUp();
    this.#connection = undefined;
    this.#address = undefined;
    this.#relays.clear();
  }
}

/** The host answers the first message of a party, even an empty one, by saying that it is there. */
function connectTo(channel: Channel): Promise<PortConnection> {
  const connecting = PortConnection.connect(channel);
  channel.post([]);
  return connecting;
}

const tabLock = (id: string): string => `litemodel:tab:${id}`;

const isRead = (command: EngineCommand): boolean =>
  command.method === 'names' || ('statement' in command && command.statement.reads === true);

/** A connection that is waited for. */
class Waiting {
  readonly promise: Promise<PortConnection>;
  #resolve!: (connection: PortConnection) => void;
  #reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => undefined); // whoever waits hears of it
  }

  succeed(connection: PortConnection): void {
    this.#resolve(connection);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }
}
