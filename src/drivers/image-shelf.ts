import type { ImageStorage, KeptImage } from '../driver/image-storage.js';
import { takeLock } from './browser-lock.js';
import { replacedByOthers } from './image-file.js';

/** A place for images that are numbered, the latest with the highest number. Numbers begin at 1. */
export interface ImageShelf {
  /** The number of the latest image; 0 where there is none. */
  latest(): Promise<number>;
  /** The image of a number; none where it was deleted meanwhile. */
  read(number: number): Promise<Uint8Array | undefined>;
  /** Adds an image: wholly or, whatever happens, not at all. */
  add(number: number, image: Uint8Array): Promise<void>;
  /** Deletes the images with lower numbers, and what was left of attempts to add one. */
  deleteBefore(number: number): Promise<void>;
  /** Gives back what it holds. */
  close(): void;
}

/** A shelf that can be given an image by a page that has no time left. */
export interface LeavingShelf extends ImageShelf {
  /** Does at once all that there is to do to add an image, and does not tell what becomes of it. */
  addOnLeaving(number: number, image: Uint8Array): void;
}

/** Where the images of one database are. */
export interface Shelves {
  /** Where they are, as a rule. */
  readonly main: ImageShelf;
  /**
   * Where each is kept a second time, by other means of the browser. One that is killed in the midst of a write may have lost, the
   * time after next that it starts, all that it kept by those means; of two it writes to one after the other, not by both.
   */
  readonly copy: ImageShelf | undefined;
  /** Which of these a page gives its last one to when it goes away. */
  readonly leaving: LeavingShelf | undefined;
}

/** For how many milliseconds a lock is waited for: a page that goes away has its own for a moment longer. */
const patience = 500;

/** A storage on shelves; `lockOf` names the lock of a database. */
export function storageOn(
  shelvesOf: (name: string) => Promise<Shelves>,
  lockOf: (name: string) => string,
): ImageStorage {
  return {
    lock: async (name) => {
      const giveBack = await takeLock(lockOf(name), patience);
      if (giveBack === undefined) return undefined;
      try {
        return new NumberedImage(name, await shelvesOf(name), giveBack);
      } catch (error) {
        giveBack();
        throw error;
      }
    },
    read: async (name) => {
      const shelves = await shelvesOf(name);
      try {
        return (await readLatest(shelves)).image;
      } finally {
        closeAll(shelves);
      }
    },
  };
}

/** An image on shelves, which each save puts beside the last one under the next number. */
class NumberedImage implements KeptImage {
  readonly #name: string;
  readonly #shelves: Shelves;
  readonly #giveBack: () => void;
  /** The number of the latest image that is certainly there. */
  #saved = 0;
  /** The highest number that was given to an image, of which nobody may know whether it is there. */
  #given = 0;
  readonly writeOnLeaving?: (image: Uint8Array) => void;

  constructor(name: string, shelves: Shelves, giveBack: () => void) {
    this.#name = name;
    this.#shelves = shelves;
    this.#giveBack = giveBack;
    const { leaving } = shelves;
    if (leaving !== undefined) this.writeOnLeaving = (image) => leaving.addOnLeaving(++this.#given, image);
  }

  async read(): Promise<Uint8Array | undefined> {
    const { number, image } = await readLatest(this.#shelves);
    this.#saved = this.#given = number;
    return image;
  }

  async write(image: Uint8Array): Promise<void> {
    const latest = await latestOf(this.#shelves);
    if (latest < this.#saved || latest > this.#given) throw replacedByOthers(this.#name);
    const number = ++this.#given;
    for (const shelf of all(this.#shelves)) await shelf.add(number, image); // never to both at once
    this.#saved = number;
    // what is left over has a lower number, and does no harm
    for (const shelf of all(this.#shelves)) await shelf.deleteBefore(number).catch(() => undefined);
  }

  release(): void {
    closeAll(this.#shelves);
    this.#giveBack();
  }
}

const all = ({ main, copy }: Shelves): readonly ImageShelf[] => (copy === undefined ? [main] : [main, copy]);

function closeAll(shelves: Shelves): void {
  for (const shelf of all(shelves)) shelf.close();
}

async function latestOf(shelves: Shelves): Promise<number> {
  return Math.max(...(await Promise.all(all(shelves).map((shelf) => shelf.latest()))));
}

/** The latest image on any shelf. One without the lock may come between a save and the deletion of what was before. */
async function readLatest(shelves: Shelves): Promise<{ number: number; image: Uint8Array | undefined }> {
  for (;;) {
    const number = await latestOf(shelves);
    if (number === 0) return { number, image: undefined };
    for (const shelf of all(shelves)) {
      const image = await shelf.read(number);
      if (image !== undefined) return { number, image };
    }
  }
}
