import { runSync } from '../database/index.js';
import type { ImageConnection } from '../driver/contract.js';
import type { ImageStorage, KeptImage } from '../driver/image-storage.js';
import { ClosedError, DatabaseLockedError } from '../errors/index.js';
import { all } from '../sql/index.js';
import { aliases } from './binding.js';
import { Database } from './database.js';
import { isSameImage } from './image-database.js';
import { ImageSaver } from './image-saver.js';
import type { OpenOptions } from './open-options.js';

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

/** What tells a page that it is no longer seen, or is about to go away. */
interface Page {
  readonly document?: { readonly visibilityState: string };
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
  readonly #kept: KeptImage | undefined;
  readonly #saver: ImageSaver;
  readonly #onSaveError: ((error: unknown) => void) | undefined;
  #savedAt = '';
  /** What was loaded, until something else is saved. */
  #loaded: Uint8Array | undefined;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(
    connection: ImageConnection,
    kept: KeptImage | undefined,
    { saveDelay = 100, onSaveError, ...options }: OpenOptions & StoreOptions,
    loaded: Uint8Array | undefined,
  ) {
    super(connection, { onDisk: false }, options);
    this.#connection = connection;
    this.#kept = kept;
    this.#onSaveError = onSaveError;
    this.#loaded = loaded;
    this.#saver = new ImageSaver({
      take: () => this.#take(),
      write: (image) => this.#write(image),
      delay: saveDelay,
      onError: this.#failed,
    });
    if (kept === undefined) return;
    this.onChange = () => this.#saver.changed();
    this.onChange(); // what opening made: its tables
    page.addEventListener?.('visibilitychange', this.#hide);
    page.addEventListener?.('pagehide', this.#leave);
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
   * Waits for an open transaction to end. Throws `TransactionQueueError` where it does not in time, `DiskFullError` where the browser
   * has no room, and `DatabaseLockedError` where another page has saved meanwhile.
   */
  async flush(): Promise<void> {
    while (!(await this.#saver.flush())) {
      await this.root.enter();
      this.root.leave();
    }
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
    do {
      this.rollBackAll();
      if (save) await this.#saver.flush();
    } while (save && this.isDirty); // for it can be used until it is closed
    page.removeEventListener?.('visibilitychange', this.#hide);
    page.removeEventListener?.('pagehide', this.#leave);
    this.onChange = undefined;
    super.close();
    await this.#saver.stop(); // a page that has the lock next must not find us writing
    this.#kept?.release();
  }

  async #write(image: Uint8Array): Promise<void> {
    try {
      await this.#kept!.write(image);
    } catch (error) {
      this.#savedAt = ''; // to be written again, changed or not
      throw error;
    }
  }

  /** Nobody may come back to a page that is not seen. */
  readonly #hide = (): void => {
    if (page.document?.visibilityState === 'hidden') void this.flush().catch(this.#failed);
  };

  /** There is no time left to wait for anything, nor for a transaction to end; not every page comes back that may. */
  readonly #leave = (): void => {
    const { writeOnLeaving } = this.#kept!;
    if (writeOnLeaving === undefined) return void this.flush().catch(this.#failed);
    if (!this.isDirty) return;
    this.rollBackAll();
    const image = this.#connection.export();
    if (isSameImage(image, this.#loaded)) return;
    writeOnLeaving(image);
    this.#savedAt = ''; // nobody knows whether it was kept
  };

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
  const kept = readonly ? undefined : await storage.lock(name);
  if (kept === undefined && !readonly && whenLocked === 'throw') throw inUse(name);
  try {
    const image = await (kept === undefined ? storage.read(name) : kept.read());
    return new StoredDatabase(connect(image), kept, { ...options, readonly: kept === undefined }, image);
  } catch (error) {
    kept?.release();
    throw error;
  }
}

/** Saves and closes the stored database that is about to be replaced, for which one has to wait. */
export async function closeReplaced({ alias = 'default', replace = false }: OpenOptions): Promise<void> {
  const replaced = replace ? aliases.get(alias) : undefined;
  if (replaced instanceof StoredDatabase) await replaced.close();
}

const inUse = (name: string): DatabaseLockedError =>
  new DatabaseLockedError(
    `The database "${name}" is open in another tab or worker.`,
    'Open it for reading with { whenLocked: "readonly" }, or share one with litemodel/sqlite-wasm.',
  );
