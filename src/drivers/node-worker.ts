import { channelOver, type Channel, type EmittingPort } from '../driver/channel.js';
import { DriverUnavailableError } from '../errors/index.js';
import { Lookout } from './lookout.js';
import { AnsweringEnd, AskingEnd, newBoard, type Line, type LookingOut } from './thread-line.js';

/** The part of Node's `worker_threads` that we use. */
interface WorkerThreads {
  readonly Worker: new (script: string | URL, options: { workerData: unknown; transferList: object[] }) => EmittingPort;
  readonly MessageChannel: new () => { readonly port1: EmittingPort; readonly port2: EmittingPort };
  receiveMessageOnPort(port: EmittingPort): { readonly message: unknown } | undefined;
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

/** What a worker of ours is started with. */
interface ThreadStart {
  readonly value: unknown;
  readonly line: Line;
  readonly looksOut: boolean;
}

/**
 * How long each side looks out at most, in microseconds: the thread that asks for what most queries take; the worker until that
 * one could be woken up and has asked again, which takes 130 to 200 after both have slept.
 */
const [askingWindow, answeringWindow] = [50, 250];

const lookingOut = (window: number): LookingOut => ({
  lookout: new Lookout({ window, now: () => performance.now() }),
  receive: workerThreads().receiveMessageOnPort,
  soon: setImmediate,
});

/** How workers are started that run a script, each with a value to begin with; they may look out for the next message before they sleep. */
export function workerStarter(script: string | URL, looksOut = true): (value: unknown) => Channel {
  const { Worker, MessageChannel } = workerThreads();
  const place = typeof script === 'string' ? absolutePath(script) : script;
  const by = lookingOut(looksOut ? askingWindow : 0);
  const awaited = new Set<AskingEnd>();
  return (value) => {
    // a line of its own, for the one that a worker has by itself tells of nothing before its event
    const { port1, port2 } = new MessageChannel();
    const board = newBoard();
    const workerData: ThreadStart = { value, line: { port: port2, board }, looksOut };
    const worker = channelOver(new Worker(place, { workerData, transferList: [port2] }));
    return channelTo(worker, new AskingEnd({ port: port1, board }, by, awaited), port1);
  };
}

/** The worker keeps the program alive and says when it has ended; its messages come over the line. */
function channelTo(worker: Channel, end: AskingEnd, port: EmittingPort): Channel {
  return {
    post: (message) => end.post(message),
    listen: (receive) => {
      end.listen(receive);
      port.unref?.();
    },
    onClose: (gone) => {
      port.on('messageerror', gone);
      worker.onClose((reason) => {
        end.drain(); // its last words may be on their way still
        end.hold(false);
        gone(reason);
      });
    },
    close: () => worker.close(),
    hold: (isAwaited) => {
      worker.hold?.(isAwaited);
      end.hold(isAwaited);
    },
  };
}

/** In a worker: the line to whoever started it, and the value that it was given. */
export function parentOf(): { readonly channel: Channel; readonly value: unknown } {
  const { parentPort, workerData } = workerThreads();
  if (parentPort === null) {
    throw new DriverUnavailableError('This is no worker.', 'It is started by open(path, { workers: { … } }).');
  }
  const { value, line, looksOut } = workerData as ThreadStart;
  const end = new AnsweringEnd(line, lookingOut(looksOut ? answeringWindow : 0));
  const { onClose, close } = channelOver(line.port);
  return {
    channel: { post: (message) => end.post(message), listen: (receive) => end.listen(receive), onClose, close },
    value,
  };
}
