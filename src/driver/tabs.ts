import type { Channel } from './channel.js';

/** What all tabs and workers of an origin have in common, by which they find each other and know who is gone. */
export interface OriginPlatform {
  /**
   * Waits for a lock of the whole origin; the function gives it back. Whoever is gone has given its locks back. A signal gives
   * up waiting, which rejects.
   */
  lock(name: string, signal?: AbortSignal): Promise<() => void>;
  /** A channel on which everybody hears what everybody else says, and which is silent once it is closed. */
  broadcast(name: string): Channel;
}

/** A tab, which can start the worker that has the database. */
export interface TabPlatform extends OriginPlatform {
  /** Starts the worker. */
  startWorker(): Channel;
  /**
   * Calls a function before the browser puts the tab to sleep, in which it would keep its locks and do nothing, and another one
   * when it wakes up again; ends with the function that is returned.
   */
  onSleep(sleep: () => void, wake: () => void): () => void;
}

/** A worker that has the database. */
export interface WorkerPlatform extends OriginPlatform {
  /** The line to the tab that started it, and ends with it. */
  readonly page: Channel;
  /** Ends the worker. */
  end(): void;
}
