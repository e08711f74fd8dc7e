import { runSync } from '../database/index.js';
import type { ImageConnection } from '../driver/contract.js';
import type { ImageStorage } from '../driver/image-storage.js';
import { ClosedError, DatabaseLockedError } from '../errors/index.js';
import { all } from '../sql/index.js';
import { Database } from './database.js';
import { isSameImage } from './image-database.js';
import { ImageSaver } from './image-saver.js';
import type { OpenOptions } from './model-database.js';

/** How a database in memory is kept in a browser. */
export interface StoreOptions {
  /** For how many milliseconds after a change further ones are waited for before it is saved; 100 unless said. */
  readonly saveDelay?: number;
  /** What to do while another page has the database: throw `DatabaseLockedError` (unless said), or open it for reading. */
  readonly whenLocked?: 'throw' | 'readonly';
  /**
   * Is told when the database could not be saved, such as of a `DiskFullError`; it stays in memory, and is saved with the next
   * change or `flush`. Without it, the error is an uncaught one.
   */
  readonly onSaveError?: (error: unknown) => void;
}

/** Where an image is kept: what a storage does, for the database that has been locked. */
export interface ImageStore {
  write(image: Uint8Array): Promise<void>;
  release(): void;
}

/** What tells a page that it is about to go away. */
interface Page {
  addEventListener?(event: string, listener: () => void): void;
  removeEventListener?(event: string, listener: () => void): void;
}

/** All that a change moves, without reading the whole image. */
const countersOfChanges = {
  sql: 'SELECT total_changes(), schema_version, user_version, application_id FROM pragma_schema_version, pragma_user_version, pragma_application_id',
  bigints: false,
  reads: true,
};

/**
 * A database in memory whose image is kept in a browser: saved soon after each change that no transaction can take back, and
 * when the page is hidden or the database is closed.
 */
export class StoredDatabase extends Database {
  readonly #connection: ImageConnection;
  readonly #store: ImageStore | undefined;
  readonly #saver: ImageSaver;
  readonly #flushOnLeave = (): void => void this.flush().catch(this.#failed);
  readonly #onSaveError: ((error: unknown) => void) | undefined;
  #savedAt = '';
  /** What was loaded, until something else is saved. */
  #loaded: Uint8Array | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    connection: ImageConnection,
    store: ImageStore | undefined,
    { saveDelay = 100, onSaveError, ...options }: OpenOptions & StoreOptions,
    loaded: Uint8Array | undefined,
  ) {
    super(connection, { onDisk: false }, options);
    this.#connection = connection;
    this.#store = store;
    this.#onSaveError = onSaveError;
    this.#loaded = loaded;
    this.#saver = new ImageSaver({
      take: () => this.#take(),
      write: (image) => this.#write(image),
      delay: saveDelay,
      onError: this.#failed,
    });
    if (store === undefined) return;
    this.onChange = () => this.#saver.changed();
    this.onChange(); // what opening made: its tables
    for (const event of ['pagehide', 'visibilitychange']) page.addEventListener?.(event, this.#flushOnLeave);
  }

  /** Whether there are changes that were not saved yet. */
  get isDirty(): boolean {
    return this.#saver.isDirty;
  }

  /** The whole database as the bytes of a SQLite file. Throws `TransactionError` inside a transaction. */
  serialize(): Uint8Array {
    if (!this.isOpen) throw new ClosedError(this.alias);
    return this.#connection.export();
  }

  /**
   * Saves what is not saved yet, and waits until it is.
   *
   * Throws `DiskFullError` where the browser has no room, and `DatabaseLockedError` where another page has saved meanwhile. What a
   * transaction has not committed is saved after it.
   */
  async flush(): Promise<void> {
    await this.#saver.flush();
  }

  /**
   * Rolls back an open transaction, saves what is not saved yet, and closes the database when that is done. Where saving fails
   * the database stays open; `close({ save: false })` gives up what was not saved.
   */
  // eslint-disable-next-line @typescript-eslint/no-misused-promises -- it cannot be saved without waiting
  override close({ save = true }: { readonly save?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(save).finally(() => (this.#closing = undefined));
    return this.#closing;
  }

  /** Saves and closes the database at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(save: boolean): Promise<void> {
    if (!this.isOpen) return;
    this.rollBackAll();
    if (save) await this.flush();
    for (const event of ['pagehide', 'visibilitychange']) page.removeEventListener?.(event, this.#flushOnLeave);
    this.onChange = undefined;
    this.#saver.stop();
    super.close();
    this.#store?.release();
  }

  async #write(image: Uint8Array): Promise<void> {
    try {
      await this.#store?.write(image);
    } catch (error) {
      this.#savedAt = ''; // to be written again, changed or not
      throw error;
    }
  }

  #take(): Uint8Array | 'busy' | 'unchanged' {
    if (this.inTransaction) return 'busy';
    const [counters] = runSync(this, all(countersOfChanges), this.root);
    const now = counters!.join(' ');
    if (now === this.#savedAt) return 'unchanged';
    const image = this.#connection.export();
    this.#savedAt = now;
    const loaded = this.#loaded;
    this.#loaded = undefined;
    return isSameImage(image, loaded) ? 'unchanged' : image;
  }

  readonly #failed = (error: unknown): void => {
    if (this.#onSaveError !== undefined) return this.#onSaveError(error);
    queueMicrotask(() => {
      throw error;
    });
  };
}

const page = globalThis as Page;

/** Loads a database from where a browser keeps it, for this page alone or for reading. */
export async function openStored(
  name: string,
  storage: ImageStorage,
  connect: (image?: Uint8Array) => ImageConnection,
  options: OpenOptions & StoreOptions,
): Promise<StoredDatabase> {
  const { readonly = false, whenLocked = 'throw' } = options;
  const release = readonly ? undefined : await storage.lock(name);
  if (release === undefined && !readonly && whenLocked === 'throw') throw inUse(name);
  try {
    const stored = await storage.read(name);
    let version = stored?.version;
    const write = async (image: Uint8Array): Promise<void> => {
      version = await storage.write(name, image, version);
    };
    const store = release && { write, release };
    const connection = connect(stored?.image);
    return new StoredDatabase(connection, store, { ...options, readonly: release === undefined }, stored?.image);
  } catch (error) {
    release?.();
    throw error;
  }
}

const inUse = (name: string): DatabaseLockedError =>
  new DatabaseLockedError(
    `The database "${name}" is open in another tab or worker.`,
    'Open it for reading with { whenLocked: "readonly" }, or share one with litemodel/sqlite-wasm.',
  );
