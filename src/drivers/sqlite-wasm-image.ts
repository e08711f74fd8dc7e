import { NotADatabaseError, UnsupportedError } from '../errors/index.js';

/** How each SQLite file begins. https://sqlite.org/fileformat.html */
const magic = 'SQLite format 3\0';

const headerSize = 100;
const smallestPage = 512;
const writeVersion = 18;
const readVersion = 19;
const lastOfEncoding = 59;
const inWal = 2;
const rollback = 1;
/** The encodings of text that are not UTF-8: UTF-16, in both orders of bytes. */
const utf16 = [2, 3];

/**
 * An image as a SQLite in memory can open it: not in WAL mode, which takes a file of its own beside it. A file that is
 * none, or a damaged one, stays as it is, for SQLite to say so. Throws `UnsupportedError` where text is UTF-16, which
 * would be garbled.
 */
export function asReadable(image: Uint8Array): Uint8Array {
  if (!isDatabase(image)) return image;
  checkEncoding(image);
  if (image[writeVersion] !== inWal && image[readVersion] !== inWal) return image;
  const copy = Uint8Array.from(image); // slice() of a Buffer is no copy
  copy[writeVersion] = copy[readVersion] = rollback;
  return copy;
}

/** Throws `NotADatabaseError` for bytes that are no SQLite file, and `UnsupportedError` where text is UTF-16. */
export function checkImage(image: Uint8Array): void {
  if (!isDatabase(image) || image.length % smallestPage !== 0) {
    throw new NotADatabaseError({ sqliteCode: 'SQLITE_NOTADB' });
  }
  checkEncoding(image);
}

function isDatabase(image: Uint8Array): boolean {
  return image.length >= headerSize && [...magic].every((character, at) => image[at] === character.charCodeAt(0));
}

function checkEncoding(image: Uint8Array): void {
  if (!utf16.includes(image[lastOfEncoding]!)) return;
  throw new UnsupportedError(
    'The text of this database is UTF-16, and SQLite as WebAssembly is compiled for UTF-8 only.',
    'Convert it with another driver: PRAGMA encoding in a new file, and copy the rows.',
  );
}
