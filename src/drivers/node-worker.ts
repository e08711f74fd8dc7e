import { channelOver, type Channel, type EmittingPort } from '../driver/channel.js';
import { DriverUnavailableError } from '../errors/index.js';

/** The part of Node's `worker_threads` that we use. */
interface WorkerThreads {
  readonly Worker: new (script: string | URL, options: { workerData: unknown }) => EmittingPort;
  readonly parentPort: EmittingPort | null;
  readonly workerData: unknown;
}

/** Asked for at run time, so that a bundle for browsers does not break. */
function workerThreads(): WorkerThreads {
  const threads = process.getBuiltinModule('node:worker_threads') as unknown as WorkerThreads | undefined;
  if (threads !== undefined) return threads;
  throw new DriverUnavailableError('There are no worker threads here.', 'Open the database without workers.');
}

/** A path that stays the same when the program changes its directory; a database in memory has none, nor has what is refused later. */
export function absolutePath(path: string): string {
  return isOfFile(path) ? process.getBuiltinModule('node:path').resolve(path) : path;
}

const isOfFile = (path: unknown): path is string => typeof path === 'string' && path !== '' && path !== ':memory:';

/** How workers are started that run a script, each with a value to begin with. */
export function workerStarter(script: string | URL): (value: unknown) => Channel {
  const { Worker } = workerThreads();
  const place = typeof script === 'string' ? absolutePath(script) : script;
  return (value) => channelOver(new Worker(place, { workerData: value }));
}

/** In a worker: the line to whoever started it, and the value that it was given. */
export function parentOf(): { readonly channel: Channel; readonly value: unknown } {
  const { parentPort, workerData } = workerThreads();
  if (parentPort !== null) return { channel: channelOver(parentPort), value: workerData };
  throw new DriverUnavailableError('This is no worker.', 'It is started by open(path, { workers: { … } }).');
}
