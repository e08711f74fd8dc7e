/** The part of the browser's locks that we use, which every tab and worker of an origin shares. */
interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable: boolean },
    use: (lock: object | null) => Promise<void> | undefined,
  ): Promise<void>;
}

/**
 * Takes a lock of the whole origin; the promise is of a function that gives it back, or `undefined` where somebody has
 * it and we do not wait. It comes back by itself when the tab or the worker ends.
 */
export function takeLock(name: string, wait: boolean): Promise<(() => void) | undefined> {
  const { locks } = (globalThis as unknown as { navigator: { locks: Locks } }).navigator;
  return new Promise((resolve, reject) => {
    const held = locks.request(name, { ifAvailable: !wait }, (lock) => {
      if (lock !== null) return new Promise<void>((giveBack) => resolve(giveBack));
      resolve(undefined);
      return undefined;
    });
    held.catch(reject);
  });
}
