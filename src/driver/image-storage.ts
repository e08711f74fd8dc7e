/** An image as it is kept, with what tells it from an earlier or later one of the same name. */
export interface StoredImage {
  /** The bytes of a SQLite file. */
  readonly image: Uint8Array;
  /** What tells it from every other; only the storage knows how. */
  readonly version: unknown;
}

/** Where a browser keeps the images of databases: `opfs()` or `indexedDb()`, or one of your own. */
export interface ImageStorage {
  /** Takes a database for this page alone. The function gives it back; there is none while another page has it. */
  lock(name: string): Promise<(() => void) | undefined>;
  /** What is kept under a name, if anything is. */
  read(name: string): Promise<StoredImage | undefined>;
  /**
   * Keeps an image in place of the one that was read or written last: wholly or, whatever happens, not at all. Returns its
   * version. Throws `DatabaseLockedError` where somebody else replaced that one, and `DiskFullError` where there is no room.
   */
  write(name: string, image: Uint8Array, replaced: unknown): Promise<unknown>;
}
