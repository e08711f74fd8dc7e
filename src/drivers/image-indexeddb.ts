import { UnsupportedError } from '../errors/index.js';
import { replacedByOthers } from './image-file.js';
import type { LeavingShelf } from './image-shelf.js';
import { storageError } from './storage-error.js';

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

interface OpenRequest extends Asked<OpenDatabase> {
  onupgradeneeded: (() => void) | null;
}

interface OpenDatabase {
  createObjectStore(name: string): void;
  transaction(store: string, mode: 'readonly' | 'readwrite', options: { durability: 'strict' }): Transaction;
  close(): void;
  onversionchange: (() => void) | null;
  onclose: (() => void) | null;
}

/** A name and a number. Arrays of any length stand between `[name]` and `[name, []]`. */
type Key = [string, number];

interface Transaction {
  readonly error: Error | null;
  objectStore(name: string): Records;
  commit(): void;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}

interface Records {
  get(key: Key): Asked<Uint8Array | undefined>;
  add(image: Uint8Array, key: Key): Asked<unknown>;
  delete(range: object): Asked<unknown>;
  openKeyCursor(range: object, direction: 'prev'): Asked<{ readonly key: Key } | null>;
}

interface Platform {
  readonly indexedDB?: Databases;
  readonly IDBKeyRange: { bound(lower: unknown[], upper: unknown[], openLower: boolean, openUpper: boolean): object };
}

const platform = globalThis as unknown as Platform;
const store = 'images';

/** Whether there is an IndexedDB. */
export const hasIndexedDb = (): boolean => platform.indexedDB !== undefined;

/** Images as records of IndexedDB, whose keys are their numbers. */
export class RecordShelf implements LeavingShelf {
  readonly #databaseName: string;
  readonly #name: string;
  #database: OpenDatabase | undefined;

  private constructor(databaseName: string, name: string) {
    this.#databaseName = databaseName;
    this.#name = name;
  }

  /** Opens a database of IndexedDB, and keeps it open: who leaves has no time for that. */
  static async open(databaseName: string, name: string): Promise<RecordShelf> {
    const shelf = new RecordShelf(databaseName, name);
    await shelf.#open();
    return shelf;
  }

  latest(): Promise<number> {
    return this.#within('readonly', async (records) => {
      const cursor = await answerOf(records.openKeyCursor(this.#before([]), 'prev'));
      return cursor === null ? 0 : cursor.key[1];
    });
  }

  read(number: number): Promise<Uint8Array | undefined> {
    return this.#within('readonly', (records) => answerOf(records.get([this.#name, number])));
  }

  async add(number: number, image: Uint8Array): Promise<void> {
    await this.#within('readwrite', (records) => answerOf(records.add(image, [this.#name, number])));
  }

  addOnLeaving(number: number, image: Uint8Array): void {
    const transaction = this.#database?.transaction(store, 'readwrite', { durability: 'strict' });
    transaction?.objectStore(store).add(image, [this.#name, number]);
    transaction?.commit(); // or it would wait for an answer that nobody hears
  }

  async deleteBefore(number: number): Promise<void> {
    await this.#within('readwrite', (records) => answerOf(records.delete(this.#before(number))));
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  #before(number: number | []): object {
    return platform.IDBKeyRange.bound([this.#name], [this.#name, number], true, true);
  }

  async #open(): Promise<OpenDatabase> {
    if (platform.indexedDB === undefined) {
      throw new UnsupportedError('There is no IndexedDB here.', 'Use opfs(), or run it in a browser.');
    }
    const request = platform.indexedDB.open(this.#databaseName, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store);
    const database = await answerOf(request).catch((error: unknown) => {
      throw this.#failure(error);
    });
    database.onversionchange = () => this.close(); // somebody deletes it, and would wait for us
    database.onclose = () => (this.#database = undefined);
    this.#database = database;
    return database;
  }

  /** Runs a function in a transaction, and waits until what it did is kept. */
  async #within<Result>(mode: 'readonly' | 'readwrite', use: (records: Records) => Promise<Result>): Promise<Result> {
    const database = this.#database ?? (await this.#open());
    try {
      const transaction = database.transaction(store, mode, { durability: 'strict' });
      const done = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted'));
      });
      done.catch(() => undefined); // what fails first is thrown
      const result = await use(transaction.objectStore(store));
      await done;
      return result;
    } catch (error) {
      throw (error as Error).name === 'ConstraintError' ? replacedByOthers(this.#name) : this.#failure(error);
    }
  }

  #failure(error: unknown): Error {
    return storageError(`The database "${this.#name}"`, error);
  }
}

const answerOf = <Result>(request: Asked<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The request failed'));
  });
