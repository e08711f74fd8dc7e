/*
 * Compiled against Electron's own declarations, and never run: what our functions take is what Electron has.
 */
import {
  MessageChannelMain,
  utilityProcess,
  type IpcRendererEvent,
  type MessagePortMain,
  type ParentPort,
} from 'electron';
import type { AsyncDatabase, Database } from 'litemodel';
import { shareDatabase, type EmittingPort } from 'litemodel/electron-main';
import { open } from 'litemodel/electron-renderer';
import type { MainPort } from '../window.js';

declare const db: Database;
declare const inWorkers: AsyncDatabase;
declare const event: IpcRendererEvent;
declare const parentPort: ParentPort;
declare const stand: MainPort;

/** Main has the file, and gives one end of a line to a window. */
const { port1, port2 } = new MessageChannelMain();
export const stops: (() => void)[] = [
  shareDatabase(db, port1, { models: [] }),
  shareDatabase(inWorkers, port2, { sql: true }),
];

/** A window gets its end from the preload script as a port of browsers. */
export const opened: Promise<AsyncDatabase>[] = [open(event.ports[0]!), open(port1)];

/** A utility process has the file: main asks over the line to its child, or hands a port on. */
export const overChild: Promise<AsyncDatabase> = open(utilityProcess.fork('database.js'));
export const inChild: () => void = shareDatabase(db, parentPort, { sql: true });
export const handedOn: EmittingPort[] = [port1];

/** What stands for Electron's port in the tests has what that has, as far as we use it. */
export const likeElectron: Pick<MessagePortMain, 'postMessage' | 'start' | 'close'> = stand;
