import { channelOver, type Channel, type DispatchingPort } from '../driver/channel.js';
import type { OriginPlatform, TabPlatform, WorkerPlatform } from '../driver/tabs.js';
import { waitForLock } from './browser-lock.js';

/** A tab of a browser. https://developer.mozilla.org/docs/Web/API/Web_Locks_API */
export function browserTab(startWorker: () => DispatchingPort): TabPlatform {
  return { ...origin, startWorker: () => channelOver(startWorker()), onSleep };
}

/** Where a browser tells of a page that it freezes, or keeps for when the user comes back to it. */
interface EventSource {
  addEventListener(event: string, listener: () => void, options: { readonly signal: AbortSignal }): void;
}

function onSleep(sleep: () => void, wake: () => void): () => void {
  const page = globalThis as unknown as EventSource & { readonly document?: EventSource };
  const ending = new AbortController();
  page.addEventListener('pagehide', sleep, ending);
  page.addEventListener('pageshow', wake, ending);
  page.document?.addEventListener('freeze', sleep, ending);
  page.document?.addEventListener('resume', wake, ending);
  return () => ending.abort();
}

/** The dedicated worker that this is run in. */
export function browserWorker(): WorkerPlatform {
  const worker = globalThis as unknown as DispatchingPort & { close(): void };
  return { ...origin, page: channelOver(worker), end: () => worker.close() };
}

const origin: OriginPlatform = {
  lock: waitForLock,
  broadcast: (name) => broadcastOver(name),
};

/** The part of BroadcastChannel that we use. */
type Broadcast = DispatchingPort & { close(): void };

function broadcastOver(name: string): Channel {
  const { BroadcastChannel } = globalThis as unknown as { BroadcastChannel: new (name: string) => Broadcast };
  const port = new BroadcastChannel(name);
  let isClosed = false;
  return {
    ...channelOver(port),
    post: (message) => {
      if (!isClosed) port.postMessage(message); // a closed one throws, and what was under way to it is nobody's business
    },
    close: () => {
      isClosed = true;
      port.close();
    },
  };
}
