import type { Channel } from '../driver/channel.js';
import type { TabPlatform } from '../driver/tabs.js';
import { ConnectionLostError, DriverUnavailableError } from '../errors/index.js';
import { PortConnection } from './port-connection.js';
import { locksOf, watchOver, type Order, type TabStart } from './tab-messages.js';

/** The worker of the tab that leads. */
export class OwnWorker {
  /** What it is called, which no other one ever was. */
  readonly address = crypto.randomUUID();
  readonly #platform: TabPlatform;
  #channel: Channel | undefined;
  #giveBack: (() => void) | undefined;
  #gone: Promise<boolean> | undefined;
  #hasEnded = false;

  constructor(platform: TabPlatform) {
    this.#platform = platform;
  }

  /** Starts it. Throws what it could not open the database for; never ends where it is ended meanwhile. */
  async start(start: Omit<TabStart, 'address'>): Promise<PortConnection> {
    const { address } = this;
    const [workerLock, pageLock] = locksOf(address);
    try {
      this.#giveBack = await this.#platform.lock(pageLock); // by which the others know that this page does not sleep
      if (this.#hasEnded) this.#giveBack();
      const channel = this.#hasEnded ? silence : this.#platform.startWorker();
      this.#channel = channel;
      channel.post({ open: { ...start, address } } satisfies Order);
      let onGone: (() => void) | undefined;
      const connection = await PortConnection.connect({
        ...channel,
        onClose: (gone) => channel.onClose((onGone = gone)),
      });
      // not every worker that ends says so, but it has its lock by the time that it answers
      this.#gone = watchOver(this.#platform, workerLock);
      void this.#gone.then(() => onGone?.());
      return connection;
    } catch (error) {
      this.end();
      throw error instanceof ConnectionLostError ? notStarted(error) : error;
    }
  }

  /** Lets it finish what it was asked for, and waits until it has ended. */
  async finish(): Promise<void> {
    this.#channel?.post({ finish: true } satisfies Order);
    await this.#gone;
    this.end();
  }

  /** Ends it in the middle of whatever it does. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#giveBack?.();
    void this.#channel?.close();
  }
}

/** A line on which nobody ever answers. */
const silence: Channel = { post: () => {}, listen: () => {}, onClose: () => {}, close: () => {} };

const notStarted = ({ cause }: ConnectionLostError): DriverUnavailableError =>
  new DriverUnavailableError(
    'The worker that was to have the database ended before it had opened it.',
    'The cause says why. Where a bundler has moved or renamed its script, start it yourself: { worker: () => new Worker(…) }.',
    cause,
  );
