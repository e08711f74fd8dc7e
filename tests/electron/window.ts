import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { AsyncDatabase, Database, OpenOptions } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { shareDatabase, type DispatchingPort, type EmittingPort, type ShareOptions } from 'litemodel/electron-main';
import { open as openPort, type PortOpenOptions } from 'litemodel/electron-renderer';
import { models } from './models.js';

/** A port of Node in the shape of Electron's `MessagePortMain`: it wraps messages, and keeps them until it is started. */
export class MainPort extends EventEmitter implements EmittingPort {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on('close', () => this.emit('close'));
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  start(): void {
    this.#port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
  }

  close(): void {
    this.#port.close();
  }
}

/** A port of Node with what those of browsers have, and no more. */
export function windowPort(port: MessagePort): DispatchingPort {
  return {
    postMessage: (message) => port.postMessage(message),
    addEventListener: (name, listener) => port.addEventListener(name, listener as never),
    start: () => port.start(),
    close: () => port.close(),
  };
}

/** Both ends of a line, as Electron's main process and a window have them. */
export function ports(): { main: MainPort; window: DispatchingPort; raw: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    port2.close();
  });
  return { main: new MainPort(port1), window: windowPort(port2), raw: port2 };
}

let windows = 0;

/** Opens a window of its own on a database; `stop` takes it away again. */
export async function openWindow(
  db: Database | AsyncDatabase,
  options: ShareOptions,
  windowOptions: PortOpenOptions = {},
): Promise<{ window: AsyncDatabase; stop: () => void; raw: MessagePort }> {
  const line = ports();
  const stop = shareDatabase(db, line.main, options);
  const window = await openPort(line.window, { models, alias: `window ${++windows}`, ...windowOptions });
  onTestFinished(() => window.close());
  return { window, stop, raw: line.raw };
}

/** An empty database of the main process, in memory. */
export function openMain(options: OpenOptions = {}): Database {
  const db = open(':memory:', { models, ...options });
  onTestFinished(() => db.close());
  return db;
}
