import type { Channel } from '../driver/channel.js';
import type { OriginPlatform } from '../driver/tabs.js';

/** What a worker of the tabs is started with. */
export interface TabStart {
  /** What the database is called among the tabs. */
  readonly name: string;
  /** What this worker is called: by another name than every one before it. */
  readonly address: string;
  /** What the driver is told. */
  readonly database: unknown;
  /** The pragmas, which are the same for every tab. */
  readonly pragmas: object;
  readonly statementCacheSize: number | undefined;
  readonly queueTimeout: number | undefined;
  /** Whether the tab that starts it only reads. */
  readonly readonly: boolean;
}

/** What the tab that started a worker tells it, besides its requests: to open the database, or to finish. */
export type Order = { readonly open: TabStart } | { readonly finish: true };

/**
 * What tabs and workers say to everybody: who would like to know who has the database, who has it, who wants to use it, and who has
 * it no longer.
 */
export type Notice =
  | { readonly whoLeads: true }
  | { readonly leader: string; readonly protocol: number }
  | { readonly join: string; readonly to: string; readonly readonly: boolean }
  | { readonly finished: string };

/** Which messages this version understands: a tab that was left open may run an older one. */
export const protocol = 1;

/** Where the tabs of a database say what everybody has to hear. */
export const noticesOf = (name: string): string => `litemodel:tabs:${name}`;

/** The lock of the tab that leads, which starts the worker. */
export const leaderLock = (name: string): string => `litemodel:leader:${name}`;

/** The locks that show that a worker is there: its own, and the one of the page that it belongs to, which may sleep. */
export const locksOf = (address: string): readonly [worker: string, page: string] => [
  `litemodel:worker:${address}`,
  `litemodel:page:${address}`,
];

/**
 * A line between a tab and the worker of another one: a channel of their own. It is closed when one of the locks is to be had by
 * which the other side shows that it is there.
 */
export function lineTo(
  platform: OriginPlatform,
  name: string,
  locks: readonly string[],
  onClosed?: () => void,
): Channel {
  const channel = platform.broadcast(name);
  const watching = new AbortController();
  const close = (): void => {
    watching.abort();
    void channel.close();
    onClosed?.();
  };
  return {
    ...channel,
    onClose: (gone) => {
      channel.onClose(gone);
      for (const lock of locks) {
        void watchOver(platform, lock, watching.signal).then((isGone) => {
          if (isGone) gone();
        });
      }
    },
    close,
  };
}

/** Waits for whoever has a lock to be gone; `false` where the signal gave up. */
export function watchOver(platform: OriginPlatform, lock: string, signal?: AbortSignal): Promise<boolean> {
  return platform.lock(lock, signal).then(
    (giveBack) => (giveBack(), true),
    () => false,
  );
}
