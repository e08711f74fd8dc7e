import type { Channel } from './channel.js';

/** What the tabs of an origin have in common, by which they agree on one that has the database. */
export interface TabPlatform {
  /** Waits for a lock of the whole origin; the function gives it back. A tab that is gone has given its locks back. */
  lock(name: string): Promise<() => void>;
  /** A channel on which every tab hears what every other one says. */
  broadcast(name: string): Channel;
  /** Starts the worker that has the database. */
  startWorker(): Channel;
}
