import { runAsync, setPragmas, type PragmaOptions, type Pragmas } from '../database/index.js';
import type { Channel } from '../driver/channel.js';
import type { Connection } from '../driver/contract.js';
import type { WorkerPlatform } from '../driver/tabs.js';
import type { Program } from '../sql/index.js';
import { serve, serveFailure, type ServeOptions } from './serve.js';
import { SharedDatabase } from './shared-database.js';
import { lineTo, locksOf, noticesOf, protocol, type Notice, type Order, type TabStart } from './tab-messages.js';

/** What a worker has opened for the tabs. */
export interface OpenedForTabs {
  readonly connection: Connection;
  readonly onDisk: boolean;
  /** Gives back all that the connection stood on, once that is closed. */
  release(): Promise<void>;
}

/** Opens the database that a tab asks for, and lets every tab of the origin use it. */
export function serveTabs(platform: WorkerPlatform, open: (database: unknown) => Promise<OpenedForTabs>): void {
  const { page } = platform;
  let receive: ((requests: unknown) => void) | undefined;
  let host: Promise<TabHost> | undefined;
  // the tab that started the worker gives orders, and then has the same conversation as the others
  const line: Channel = { ...page, listen: (listener) => (receive = listener) };
  page.listen((message) => {
    if (Array.isArray(message)) return receive?.(message);
    const order = message as Order;
    if ('finish' in order) return void host?.then((opened) => opened.finish());
    host = TabHost.open(platform, order.open, open);
    host.then(
      (opened) => opened.serve(line),
      (error: unknown) => serveFailure(line, error),
    );
  });
}

const nothing = function* (): Program<void> {};

/** Of a worker: the database, and those who use it. */
class TabHost {
  readonly #platform: WorkerPlatform;
  readonly #start: TabStart;
  readonly #database: SharedDatabase;
  readonly #pragmas: Pragmas;
  readonly #release: () => Promise<void>;
  /** Of each tab that has joined, that it is gone. */
  readonly #departures = new Set<Promise<void>>();
  #notices: Channel | undefined;

  private constructor(
    platform: WorkerPlatform,
    start: TabStart,
    opened: { readonly database: SharedDatabase; readonly pragmas: Pragmas; readonly release: () => Promise<void> },
  ) {
    this.#platform = platform;
    this.#start = start;
    this.#database = opened.database;
    this.#pragmas = opened.pragmas;
    this.#release = opened.release;
  }

  static async open(
    platform: WorkerPlatform,
    start: TabStart,
    open: (database: unknown) => Promise<OpenedForTabs>,
  ): Promise<TabHost> {
    await platform.lock(locksOf(start.address)[0]); // which the browser takes back when this worker ends
    const { connection, onDisk, release } = await open(start.database);
    const { statementCacheSize, queueTimeout } = start;
    const database = new SharedDatabase(connection, { alias: start.name, statementCacheSize, queueTimeout });
    const file = { onDisk, readonly: false, check: nothing };
    const pragmas = await runAsync(database, setPragmas(start.pragmas as PragmaOptions, connection.capabilities, file));
    return new TabHost(platform, start, { database, pragmas, release });
  }

  /** Answers the tab that started this worker, and says to all others that it is there. */
  serve(page: Channel): void {
    serve(page, this.#database, this.#optionsFor(this.#start.readonly));
    this.#notices = this.#platform.broadcast(noticesOf(this.#start.name));
    this.#notices.listen((notice) => this.#hear(notice as Notice));
    this.#announce();
  }

  /**
   * Ends the worker, after what was asked for before. What comes then is refused, for the next one to do: so that nothing is lost
   * on the way, everybody hangs up first.
   */
  async finish(): Promise<void> {
    await this.#database.root.open().catch(() => undefined); // a transaction that does not end in time is rolled back
    void this.#database.disconnect();
    this.#notices?.post({ finished: this.#start.address } satisfies Notice);
    await Promise.race([Promise.all(this.#departures), new Promise((resolve) => setTimeout(resolve, patience))]);
    await this.#release();
    this.#platform.end();
  }

  #announce(): void {
    this.#notices?.post({ leader: this.#start.address, protocol } satisfies Notice);
  }

  #hear(notice: Notice): void {
    if (!this.#database.isOpen) return;
    if ('whoLeads' in notice) this.#announce();
    else if ('join' in notice && notice.to === this.#start.address) this.#admit(notice.join, notice.readonly);
  }

  #admit(name: string, readonly: boolean): void {
    const line = lineTo(this.#platform, name, [name]); // the lock of the tab is called as its line
    const departure = new Promise<void>((resolve) => {
      const closing: Channel = {
        ...line,
        onClose: (gone) => {
          line.onClose(() => {
            gone();
            void line.close(); // or what it sent before it ended might come now
            resolve();
          });
        },
      };
      serve(closing, this.#database, this.#optionsFor(readonly));
    });
    this.#departures.add(departure);
    void departure.then(() => this.#departures.delete(departure));
  }

  #optionsFor(readonly: boolean): ServeOptions {
    const database = this.#database;
    return { pragmas: this.#pragmas, ...(readonly && { admit: (command) => database.admitReader(command) }) };
  }
}

/** For how many milliseconds a worker that ends waits for the tabs to hang up, some of which may sleep. */
const patience = 1000;
