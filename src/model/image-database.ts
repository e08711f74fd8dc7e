import type { ImageConnection } from '../driver/contract.js';
import { ClosedError, TransactionError } from '../errors/index.js';
import { aliases } from './binding.js';
import { Database } from './database.js';
import type { OpenOptions } from './open-options.js';

/** SQLite's own counter of changes stands still while one connection has the file to itself, as it has here. */
export const isSameImage = (image: Uint8Array, other: Uint8Array | undefined): boolean =>
  image.length === other?.length && image.every((byte, at) => byte === other[at]);

/** A database in memory, whose file is an image: loaded at opening, and written when you say so. */
export class ImageDatabase extends Database {
  readonly #connection: ImageConnection;
  readonly #write: ((image: Uint8Array) => void) | undefined;
  /** What is in the file, as far as we know. */
  #saved: Uint8Array | undefined;

  /** @internal */
  constructor(
    connection: ImageConnection,
    write: ((image: Uint8Array) => void) | undefined,
    options: OpenOptions,
    loaded?: Uint8Array,
  ) {
    super(connection, { onDisk: false }, options);
    this.#connection = connection;
    this.#write = options.readonly === true ? undefined : write;
    this.#saved = this.#write && loaded;
  }

  /** The whole database as the bytes of a SQLite file. Throws `TransactionError` inside a transaction. */
  serialize(): Uint8Array {
    if (!this.isOpen) throw new ClosedError(this.alias);
    return this.#connection.export();
  }

  /**
   * Writes the file that was opened: anew beside the old one, then in its place. `close` does it, too. Throws
   * `TransactionError` where the database was not opened from a file, or only for reading.
   */
  save(): void {
    if (this.#write === undefined) {
      throw new TransactionError('This database has no file to save to.', 'Keep the bytes of serialize().');
    }
    const image = this.serialize();
    this.#write(image);
    this.#saved = image;
  }

  /** Saves the file of the database that is about to be replaced, for it may be the one that is opened. @internal */
  static saveReplaced({ alias = 'default', replace = false }: OpenOptions): void {
    const replaced = replace ? aliases.get(alias) : undefined;
    if (replaced instanceof ImageDatabase && replaced.#write !== undefined) replaced.save();
  }

  /**
   * Saves the file, if there is one, and closes the database; an open transaction is rolled back first. Where saving fails the
   * database stays open, and `close({ save: false })` gives up what was not saved.
   */
  override close({ save = true }: { readonly save?: boolean } = {}): void {
    if (save && this.isOpen && this.#write !== undefined) {
      this.rollBackAll();
      // what nothing was written to is left alone: somebody else may have saved the file meanwhile
      if (!isSameImage(this.serialize(), this.#saved)) this.save();
    }
    super.close();
  }
}
