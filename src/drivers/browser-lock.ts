import { UnsupportedError } from '../errors/index.js';

/** The part of the browser's locks that we use, which every tab and worker of an origin shares. */
interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable?: true; readonly signal?: AbortSignal },
    use: (lock: object | null) => Promise<void> | undefined,
  ): Promise<void>;
}

/**
 * Takes a lock of the whole origin; the promise is of a function that gives it back, or `undefined` where somebody has
 * it and we do not wait. It comes back by itself when the tab or the worker ends. A signal gives up waiting.
 *
 * Throws `UnsupportedError` where the browser has no locks for the page.
 */
export async function takeLock(name: string, wait: boolean, signal?: AbortSignal): Promise<(() => void) | undefined> {
  const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {};
  if (locks === undefined) {
    throw new UnsupportedError(
      'The browser does not let this page take locks, by which tabs keep out of each other’s way.',
      'Serve it over https, or from localhost.',
    );
  }
  const options = wait ? { ...(signal && { signal }) } : { ifAvailable: true as const };
  return await new Promise((resolve, reject) => {
    const held = locks.request(name, options, (lock) => {
      if (lock !== null) return new Promise<void>((giveBack) => resolve(giveBack));
      resolve(undefined);
      return undefined;
    });
    held.catch(reject);
  });
}
