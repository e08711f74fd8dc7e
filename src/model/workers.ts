import { ConnectedDatabase, runAsync, setPragmas } from '../database/index.js';
import type { Channel } from '../driver/channel.js';
import { checkPath } from '../driver/path.js';
import { UnsupportedError } from '../errors/index.js';
import { WorkerPool, type WorkerStart } from '../port/index.js';
import { AsyncDatabase } from './async-database.js';
import { checkBreaker, guarded, type BreakerOption } from './breaker-option.js';
import type { OpenOptions } from './open-options.js';

/** Worker threads that have the file open instead of this one. */
export interface WorkerOptions extends BreakerOption {
  /** How many threads only read, beside the one that writes; 1 unless said. */
  readonly readers?: number;
  /**
   * How long, in milliseconds, a read of these threads may run before it is a `ReadTimeoutError`; as long as it likes unless said.
   * What is read inside of a transaction is not timed.
   */
  readonly readTimeout?: number;
  /**
   * Whether threads look out for the next message for a moment before they go to sleep, this one for 50 µs and the others for 250
   * at most; true unless said. They notice where that does not help.
   */
  readonly lookOut?: boolean;
  /**
   * The script that the threads run, where the package's own is not found: after bundling, or for options that cannot be sent
   * to a thread. It calls `serve` of `litemodel/better-sqlite3-worker`.
   */
  readonly script?: string | URL;
}

/** What `open` was asked for, where it is about workers: the path is an absolute one, for some are started later. */
interface WorkersToOpen {
  readonly path: string;
  readonly options: OpenOptions & { readonly fileMustExist?: boolean };
  readonly workers: WorkerOptions;
  start(value: WorkerStart): Channel;
}

/** Opens a file in worker threads. */
export async function openInWorkers({ path, options, workers, start }: WorkersToOpen): Promise<AsyncDatabase> {
  const { readers = 1, readTimeout } = workers;
  const { readonly = false, fileMustExist = false, statementCacheSize, queueTimeout = 5000 } = options;
  const onDisk = checkPath(path) !== ':memory:';
  check(options, workers, onDisk);
  checkBreaker(workers);
  let isFirst = true;
  const pool = await WorkerPool.start({
    readers,
    readTimeout,
    queueTimeout,
    isReplaceable: onDisk,
    start: (role) => {
      // a file that somebody has deleted meanwhile is not taken for an empty one
      const file = { readonly: readonly || role === 'reader', fileMustExist: fileMustExist || !isFirst };
      isFirst = false;
      return start({ isReader: role === 'reader', path, options: file, statementCacheSize });
    },
    prepare: (connection, role) => prepareWorker(connection, role === 'reader' || readonly, options),
  });
  return await AsyncDatabase.open(guarded(pool, workers), { onDisk }, options);
}

function check(options: object, { readers = 1, readTimeout }: WorkerOptions, onDisk: boolean): void {
  if (!onDisk && readers > 0) {
    const hint = 'Open a file, or say { readers: 0 }.';
    throw new UnsupportedError('A database in memory cannot be shared by threads.', hint);
  }
  if (!Number.isSafeInteger(readers) || readers < 0) {
    throw new UnsupportedError('workers.readers is a whole number, from 0 on.', 'Give it as one.');
  }
  if (readTimeout !== undefined && !(readTimeout > 0)) {
    throw new UnsupportedError('workers.readTimeout is a number of milliseconds.', 'Give it as one, or leave it out.');
  }
  const unsendable = ['onOpen', 'Database'].find((name) => name in options);
  if (unsendable === undefined) return;
  throw new UnsupportedError(
    `${unsendable} cannot be sent to a worker thread.`,
    'Give it to serve() in a script of your own, and that as { workers: { script } }.',
  );
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
