import { channelOver, type Channel, type DispatchingPort } from '../driver/channel.js';
import type { TabPlatform } from '../driver/tabs.js';
import { takeLock } from './browser-lock.js';

/** What browsers give the tabs of an origin in common. https://developer.mozilla.org/docs/Web/API/Web_Locks_API */
export function browserTabs(startWorker: () => DispatchingPort): TabPlatform {
  return {
    lock: async (name) => (await takeLock(name, true))!,
    broadcast: (name) => broadcastOver(name),
    startWorker: () => channelOver(startWorker()),
  };
}

/** The part of BroadcastChannel that we use. */
type Broadcast = DispatchingPort & { close(): void };

function broadcastOver(name: string): Channel {
  const { BroadcastChannel } = globalThis as unknown as { BroadcastChannel: new (name: string) => Broadcast };
  return channelOver(new BroadcastChannel(name));
}

/** In a worker: the line to the page that started it. */
export const pageOf = (): Channel => channelOver(globalThis as unknown as DispatchingPort);
