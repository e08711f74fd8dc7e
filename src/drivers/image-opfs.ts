import { DatabaseLockedError, UnsupportedError } from '../errors/index.js';
import { replacedByOthers } from './image-file.js';
import type { ImageStorage, StoredImage } from '../driver/image-storage.js';
import { storageError } from './storage-error.js';
import { takeLock } from './browser-lock.js';

/** The part of the browser's private file system that we use. */
interface Directory {
  getDirectoryHandle(name: string, options: { create: boolean }): Promise<Directory>;
  getFileHandle(name: string, options?: { create: boolean }): Promise<FileHandle>;
}

interface FileHandle {
  getFile(): Promise<{ readonly size: number; readonly lastModified: number; arrayBuffer(): Promise<ArrayBuffer> }>;
  createWritable(): Promise<{
    write(image: Uint8Array): Promise<void>;
    close(): Promise<void>;
    abort(): Promise<void>;
  }>;
}

/**
 * Keeps each database as a file of the origin's private file system, in a directory of its own; `litemodel-images` unless said.
 * The browser writes a file anew and puts it in place of the old one. https://developer.mozilla.org/docs/Web/API/File_System_API
 */
export function opfs(directory = 'litemodel-images'): ImageStorage {
  return {
    lock: (name) => takeLock(`litemodel:image:opfs:${directory}/${name}`, false),
    read: async (name) => await readFile(await openFile(directory, name)),
    write: (name, image, replaced) => writeFile(directory, name, image, replaced),
  };
}

async function openDirectory(name: string): Promise<Directory> {
  const { storage } =
    (globalThis as { navigator?: { storage?: { getDirectory?(): Promise<Directory> } } }).navigator ?? {};
  if (storage?.getDirectory === undefined) {
    throw new UnsupportedError(
      'This browser has no private file system here.',
      'Use indexedDb(), or a page over HTTPS.',
    );
  }
  return await (await storage.getDirectory()).getDirectoryHandle(name, { create: true });
}

async function openFile(directory: string, name: string): Promise<FileHandle | undefined> {
  const folder = await openDirectory(directory);
  try {
    return await folder.getFileHandle(encodeURIComponent(name));
  } catch (error) {
    if ((error as Error).name === 'NotFoundError') return undefined;
    throw storageError(`The database "${name}"`, error);
  }
}

async function readFile(handle: FileHandle | undefined): Promise<StoredImage | undefined> {
  const file = await handle?.getFile();
  if (file === undefined || file.size === 0) return undefined; // made by a write that was never finished
  return { image: new Uint8Array(await file.arrayBuffer()), version: versionOf(file) };
}

async function writeFile(directory: string, name: string, image: Uint8Array, replaced: unknown): Promise<unknown> {
  try {
    const handle = await (await openDirectory(directory)).getFileHandle(encodeURIComponent(name), { create: true });
    if (versionOf(await handle.getFile()) !== replaced) throw replacedByOthers(name);
    const writable = await handle.createWritable();
    try {
      await writable.write(image);
      await writable.close(); // only now it takes the old one's place
    } catch (error) {
      await writable.abort().catch(() => undefined);
      throw error;
    }
    return versionOf(await handle.getFile());
  } catch (error) {
    throw error instanceof DatabaseLockedError ? error : storageError(`The database "${name}"`, error);
  }
}

const versionOf = ({ size, lastModified }: { size: number; lastModified: number }): string | undefined =>
  size === 0 ? undefined : `${lastModified} ${size}`;
