import type { ImageStorage } from '../driver/image-storage.js';
import { hasIndexedDb, RecordShelf } from './image-indexeddb.js';
import { FileShelf, hasFileSystem } from './image-opfs.js';
import { storageOn } from './image-shelf.js';

/** Where the second images are: a database of IndexedDB, or a directory of the private file system. */
const copies = 'litemodel-copies';

/**
 * Keeps each database as a file of the origin's private file system, in a directory for all of them; `litemodel-images` unless
 * said. The browser writes a file beside the old one and puts it in place of that. A second image goes to IndexedDB, and there
 * alone when the page goes away, for a file takes longer than such a page has.
 * https://developer.mozilla.org/docs/Web/API/File_System_API
 */
export function opfs(directory = 'litemodel-images'): ImageStorage {
  return storageOn(
    async (name) => {
      const main = await FileShelf.open(directory, name);
      const copy = hasIndexedDb() ? await RecordShelf.open(copies, `${directory}/${name}`) : undefined;
      return { main, copy, leaving: copy };
    },
    (name) => `litemodel:image:opfs:${directory}/${name}`,
  );
}

/**
 * Keeps each database as a record of IndexedDB, in a database of its own; `litemodel-images` unless said. The browser has a record
 * on the disk before it says so. A second image goes to the private file system, where there is one that a page can write to.
 * https://developer.mozilla.org/docs/Web/API/IndexedDB_API
 */
export function indexedDb(database = 'litemodel-images'): ImageStorage {
  return storageOn(
    async (name) => {
      const main = await RecordShelf.open(database, name);
      const copy = hasFileSystem() ? await FileShelf.open(copies, `${database}/${name}`) : undefined;
      return { main, copy, leaving: main };
    },
    (name) => `litemodel:image:indexeddb:${database}/${name}`,
  );
}
