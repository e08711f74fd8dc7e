/**
 * Databases on sql.js: SQLite as WebAssembly, in memory, synchronously, in browsers and Node.
 *
 * @module
 */
import { readImage, writeImage } from './drivers/image-file.js';
import { connectSqlJs, loadSqlJs, type SqlJsConnection, type SqlJsOptions } from './drivers/sqljs.js';
import { TransactionError } from './errors/index.js';
import { Database, type OpenOptions } from './model/index.js';

export type { InitSqlJs, SqlJsConfiguration, SqlJsModule, SqlJsOptions } from './drivers/sqljs.js';

/** The options of `open`. */
export interface OpenSqlJsOptions extends OpenOptions, SqlJsOptions {}

/** A database in memory, whose file is an image: loaded at opening, and written when you say so. */
export class ImageDatabase extends Database {
  readonly #image: () => Uint8Array;
  readonly #path: string | undefined;

  /** @internal */
  constructor(connection: SqlJsConnection, path: string | undefined, options: OpenOptions) {
    super(connection, { onDisk: false }, options, () => {
      if (path !== undefined && options.readonly !== true) writeImage(path, connection.export());
    });
    this.#image = () => connection.export();
    this.#path = path;
  }

  /** The whole database as the bytes of a SQLite file. Throws `TransactionError` inside a transaction. */
  serialize(): Uint8Array {
    return this.#image();
  }

  /**
   * Writes the file that was opened: anew beside the old one, then in its place. `close` does it, too. Throws
   * `TransactionError` where the database was not opened from a file.
   */
  save(): void {
    if (this.#path === undefined)
      throw new TransactionError('This database has no file to save to.', 'Keep serialize().');
    writeImage(this.#path, this.#image());
  }
}

/**
 * Opens a database in memory: empty (`:memory:`), from the bytes of a file, or in Node from a file by its path, which `save`
 * and `close` write back.
 *
 *     const db = await open(':memory:', { models: [Note] });
 *     localFile.write(db.serialize());
 *
 * It waits for the WebAssembly to load; everything after that is synchronous. Throws `DriverUnavailableError` where sql.js is
 * not installed and none is passed as `sqlJs`.
 */
export async function open(source: string | Uint8Array, options: OpenSqlJsOptions = {}): Promise<ImageDatabase> {
  const { sqlJs, locateFile, wasmBinary } = options;
  const module = await loadSqlJs({ sqlJs, ...(locateFile && { locateFile }), ...(wasmBinary && { wasmBinary }) });
  const path = typeof source === 'string' && source !== ':memory:' && source !== '' ? source : undefined;
  const image = typeof source !== 'string' ? source : path === undefined ? undefined : readImage(path);
  return new ImageDatabase(connectSqlJs(module, image), path, options);
}
