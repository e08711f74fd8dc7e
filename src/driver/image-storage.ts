/** Where a browser keeps the images of databases: `opfs()` or `indexedDb()`, or one of your own. */
export interface ImageStorage {
  /** Takes a database for this page alone; none while another page has it. */
  lock(name: string): Promise<KeptImage | undefined>;
  /** What is kept under a name, if anything is: the bytes of a SQLite file. */
  read(name: string): Promise<Uint8Array | undefined>;
}

/** The image of one database, for whoever has its lock. */
export interface KeptImage {
  /** What is kept, if anything is. */
  read(): Promise<Uint8Array | undefined>;
  /**
   * Keeps an image in place of the one that was read or written last: wholly or, whatever happens, not at all. One is written
   * after the other. Throws `DatabaseLockedError` where somebody else replaced that one, and `DiskFullError` where there is no
   * room.
   */
  write(image: Uint8Array): Promise<void>;
  /** Keeps an image, for a page that is going away: what has to be done for it is done when this returns. */
  writeOnLeaving?(image: Uint8Array): void;
  /** Gives the lock back. */
  release(): void;
}
