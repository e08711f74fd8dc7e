import { ConnectedDatabase, runAsync, setPragmas } from '../database/index.js';
import type { Channel } from '../driver/channel.js';
import { UnsupportedError } from '../errors/index.js';
import { WorkerPool, type WorkerStart } from '../port/index.js';
import { AsyncDatabase } from './async-database.js';
import type { OpenOptions } from './model-database.js';

/** Worker threads that have the file open instead of this one. */
export interface WorkerOptions {
  /** How many threads only read, beside the one that writes; 1 unless said. */
  readonly readers?: number;
  /**
   * How long, in milliseconds, a read of these threads may run before it is a `ReadTimeoutError`; as long as it likes unless said.
   * What is read inside of a transaction is not timed.
   */
  readonly readTimeout?: number;
  /**
   * The script that the threads run, where the package's own is not found: after bundling, or for options that cannot be sent
   * to a thread. It calls `serve` of `litemodel/better-sqlite3-worker`.
   */
  readonly script?: string | URL;
}

/** What `open` was asked for, where it is about workers. */
interface WorkersToOpen {
  readonly path: string;
  readonly options: OpenOptions & { readonly fileMustExist?: boolean };
  readonly workers: WorkerOptions;
  start(value: WorkerStart): Channel;
}

/** Opens a file in worker threads. */
export async function openInWorkers({ path, options, workers, start }: WorkersToOpen): Promise<AsyncDatabase> {
  const { readers = 1 } = workers;
  const { readonly = false, fileMustExist = false, statementCacheSize, queueTimeout = 5000 } = options;
  const onDisk = path !== ':memory:' && path !== '';
  if (!onDisk && readers > 0) {
    throw new UnsupportedError(
      'A database in memory cannot be shared by threads.',
      'Open a file, or say { readers: 0 }.',
    );
  }
  const pool = await WorkerPool.start({
    readers,
    readTimeout: workers.readTimeout,
    queueTimeout,
    isReplaceable: onDisk,
    start: (role) =>
      start({ path, options: { readonly: readonly || role === 'reader', fileMustExist }, statementCacheSize }),
    prepare: (connection, role) => prepareWorker(connection, role === 'reader' || readonly, options),
  });
  return await AsyncDatabase.open(pool, { onDisk }, options);
}

/** Gives the connection of a new worker its pragmas; the tables were seen to when the database was opened. */
export async function prepareWorker(
  connection: ConstructorParameters<typeof ConnectedDatabase>[0],
  readonly: boolean,
  options: OpenOptions,
): Promise<void> {
  const database = new ConnectedDatabase(connection, { alias: 'worker' });
  const check = function* () {} as () => Generator<never, void>;
  await runAsync(database, setPragmas(options, database.capabilities, { onDisk: true, readonly, check }));
}
