import { UnsupportedError } from '../errors/index.js';
import { replacedByOthers } from './image-file.js';
import type { ImageStorage, StoredImage } from '../driver/image-storage.js';
import { storageError } from './storage-error.js';
import { takeLock } from './browser-lock.js';

/** The part of IndexedDB that we use. */
interface Databases {
  open(name: string, version: number): OpenRequest;
}

interface Asked<Result> {
  readonly result: Result;
  readonly error: Error | null;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

interface OpenRequest extends Asked<Storage> {
  onupgradeneeded: (() => void) | null;
  onblocked: (() => void) | null;
}

interface Storage {
  createObjectStore(name: string): void;
  transaction(store: string, mode: 'readonly' | 'readwrite', options?: { durability: 'strict' }): Transaction;
  close(): void;
}

interface Transaction {
  readonly error: Error | null;
  objectStore(name: string): {
    get(key: string): Asked<StoredImage | undefined>;
    put(value: StoredImage, key: string): Asked<unknown>;
  };
  abort(): void;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}

const store = 'images';

/**
 * Keeps each database as a record of IndexedDB, in a database of its own; `litemodel-images` unless said. A record is replaced in
 * one transaction, which the browser has on the disk before it says so. https://developer.mozilla.org/docs/Web/API/IndexedDB_API
 */
export function indexedDb(database = 'litemodel-images'): ImageStorage {
  return {
    lock: (name) => takeLock(`litemodel:image:indexeddb:${database}/${name}`, false),
    read: (name) => within(database, name, 'readonly', async (images) => await answerOf(images.get(name))),
    write: (name, image, replaced) =>
      within(database, name, 'readwrite', async (images, give) => {
        const current = await answerOf(images.get(name));
        if (current?.version !== replaced) give(replacedByOthers(name));
        const version = Number(replaced ?? 0) + 1;
        await answerOf(images.put({ image, version }, name));
        return version;
      }),
  };
}

type Images = ReturnType<Transaction['objectStore']>;

/** Runs a function in a transaction, and waits until that is done. What it gives up with is thrown. */
async function within<Result>(
  database: string,
  name: string,
  mode: 'readonly' | 'readwrite',
  use: (images: Images, giveUp: (error: Error) => never) => Promise<Result>,
): Promise<Result> {
  const storage = await openStorage(database);
  let givenUp: Error | undefined;
  try {
    const transaction = storage.transaction(store, mode, { durability: 'strict' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? givenUp ?? new Error('The transaction was aborted.'));
    });
    done.catch(() => undefined); // what fails first is thrown below
    const result = await use(transaction.objectStore(store), (error) => {
      givenUp = error;
      transaction.abort();
      throw error;
    });
    await done;
    return result;
  } catch (error) {
    throw error === givenUp ? error : storageError(`The database "${name}"`, error);
  } finally {
    storage.close();
  }
}

function openStorage(database: string): Promise<Storage> {
  const { indexedDB } = globalThis as { indexedDB?: Databases };
  if (indexedDB === undefined)
    throw new UnsupportedError('There is no IndexedDB here.', 'Use opfs(), or run it in a browser.');
  const request = indexedDB.open(database, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store);
  return answerOf(request);
}

const answerOf = <Result>(request: Asked<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The request failed.'));
  });
