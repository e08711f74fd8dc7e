import { UnsupportedError } from '../errors/index.js';

interface LockOptions {
  readonly ifAvailable?: true;
  readonly signal?: AbortSignal;
}

/** The part of the browser's locks that we use, which every tab and worker of an origin shares. */
interface Locks {
  request(name: string, options: LockOptions, use: (lock: object | null) => Promise<void> | undefined): Promise<void>;
}

/**
 * Waits for a lock of the whole origin; the promise is of a function that gives it back. It comes back by itself when the tab or
 * the worker ends. A signal that gives up rejects with its reason.
 *
 * Throws `UnsupportedError` where the browser has no locks for the page.
 */
export async function waitForLock(name: string, signal?: AbortSignal): Promise<() => void> {
  return (await request(name, signal === undefined ? {} : { signal }))!;
}

/** Takes a lock if it is to be had now, or within some milliseconds; `undefined` where it is not. */
export async function takeLock(name: string, milliseconds = 0): Promise<(() => void) | undefined> {
  const giveBack = await request(name, { ifAvailable: true });
  if (giveBack !== undefined || milliseconds === 0) return giveBack;
  const patience = AbortSignal.timeout(milliseconds);
  return await waitForLock(name, patience).catch((error: unknown) => {
    if (patience.aborted) return undefined;
    throw error;
  });
}

async function request(name: string, options: LockOptions): Promise<(() => void) | undefined> {
  const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {};
  if (locks === undefined) {
    throw new UnsupportedError(
      'The browser does not let this page take locks, by which tabs keep out of each other’s way.',
      'Serve it over https, or from localhost.',
    );
  }
  return await new Promise((resolve, reject) => {
    const held = locks.request(name, options, (lock) => {
      if (lock !== null) return new Promise<void>((giveBack) => resolve(giveBack));
      resolve(undefined);
      return undefined;
    });
    held.catch(reject);
  });
}
