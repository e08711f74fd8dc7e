import { UnsupportedError } from '../errors/index.js';
import type { ImageShelf } from './image-shelf.js';
import { diskFull, storageError } from './storage-error.js';

/** The part of the browser's private file system that we use. */
interface Directory {
  getDirectoryHandle(name: string, options: { create: true }): Promise<Directory>;
  getFileHandle(name: string, options?: { create: true }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
  keys(): AsyncIterable<string>;
}

interface FileHandle {
  getFile(): Promise<StoredFile>;
  createWritable(): Promise<Writable>;
}

interface StoredFile {
  readonly size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

interface Writable {
  write(image: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

interface Platform {
  readonly navigator?: { readonly storage?: { getDirectory?(): Promise<Directory> } };
  readonly FileSystemFileHandle?: { readonly prototype: object };
}

const platform = globalThis as Platform;

/** Whether there is a private file system that a page can write to. */
export const hasFileSystem = (): boolean =>
  platform.navigator?.storage?.getDirectory !== undefined &&
  'createWritable' in (platform.FileSystemFileHandle?.prototype ?? {});

async function openDirectory(name: string): Promise<Directory> {
  if (!hasFileSystem()) {
    throw new UnsupportedError(
      'This browser has no private file system here that a page can write to.',
      'Use indexedDb(), or a newer browser and a page over https.',
    );
  }
  return await (await platform.navigator!.storage!.getDirectory!()).getDirectoryHandle(name, { create: true });
}

/** Whether the browser has ended a write, which nobody asked for: so Chromium does where there is no room left in the midst of it. */
const isCutOff = (error: unknown): boolean => (error as Error).name === 'AbortError';

/** Images as files, whose names end with their numbers. */
export class FileShelf implements ImageShelf {
  readonly #directory: Directory;
  readonly #name: string;

  private constructor(directory: Directory, name: string) {
    this.#directory = directory;
    this.#name = name;
  }

  /** Opens a directory of the private file system, which is made where there is none. */
  static async open(directory: string, name: string): Promise<FileShelf> {
    return new FileShelf(await openDirectory(directory), name);
  }

  async latest(): Promise<number> {
    const numbers = [...(await this.#files()).values()].filter((number) => number > 0);
    for (const number of numbers.sort((a, b) => b - a)) {
      if ((await this.#file(number)) !== undefined) return number;
    }
    return 0;
  }

  async read(number: number): Promise<Uint8Array | undefined> {
    try {
      const file = await this.#file(number);
      return file && new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#failure(error);
    }
  }

  async add(number: number, image: Uint8Array): Promise<void> {
    const path = this.#pathOf(number);
    let writable: Writable | undefined;
    try {
      const handle = await this.#directory.getFileHandle(path, { create: true });
      writable = await handle.createWritable();
      await writable.write(image);
      await writable.close(); // only now the file has something in it, and all of it
    } catch (error) {
      await writable?.abort().catch(() => undefined);
      await this.#directory.removeEntry(path).catch(() => undefined);
      throw isCutOff(error) ? diskFull(error) : this.#failure(error);
    }
  }

  async deleteBefore(number: number): Promise<void> {
    for (const [path, each] of await this.#files()) {
      if (each < number) await this.#directory.removeEntry(path);
    }
  }

  close(): void {}

  /** The file of a number; none where it was never finished, or is gone. */
  async #file(number: number): Promise<StoredFile | undefined> {
    try {
      const file = await (await this.#directory.getFileHandle(this.#pathOf(number))).getFile();
      return file.size === 0 ? undefined : file;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw this.#failure(error);
    }
  }

  /** The numbers of the files of this database by their names; 0 for what the browser left of a write. */
  async #files(): Promise<Map<string, number>> {
    const begin = this.#pathOf('');
    const files = new Map<string, number>();
    for await (const path of this.#directory.keys()) {
      if (path.startsWith(begin)) files.set(path, Number(/^\d+$/.exec(path.slice(begin.length))?.[0] ?? 0));
    }
    return files;
  }

  #pathOf(number: number | ''): string {
    return `${encodeURIComponent(this.#name)}@${number}`; // which no other name begins with
  }

  #failure(error: unknown): Error {
    return storageError(`The database "${this.#name}"`, error);
  }
}

const isMissing = (error: unknown): boolean => (error as Error).name === 'NotFoundError';
