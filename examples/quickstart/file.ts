import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { open } from 'litemodel/better-sqlite3';
import type { Database } from 'litemodel';
import { models } from './models.js';

/** A reason to stop that is no mistake of ours; its message is all that is shown. */
export class RefusedError extends Error {}

/** "city" in ASCII: in the header of a file it says whose it is. https://sqlite.org/pragma.html#pragma_application_id */
const applicationId = 0x63697479;

/**
 * Opens the example's file, or makes it. The file of somebody else is refused before SQLite touches
 * it: its header is read as bytes.
 */
export function openFile(path: string, { fresh }: { readonly fresh: boolean }): Database {
  const isThere = path !== ':memory:' && isOurs(path);
  if (isThere && !fresh) return open(path, { models });
  if (isThere)
    for (const suffix of ['-wal', '-shm', '']) rmSync(`${path}${suffix}`, { force: true });
  return open(path, {
    models,
    onOpen: (raw) => raw.pragma(`application_id = ${applicationId}`),
  });
}

/** Whether a file of this example is there, and not empty. Throws for the file of somebody else. */
function isOurs(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isFile())
    throw new RefusedError(`${path} is ${found.isDirectory() ? 'a folder' : 'not a file'}.`);
  if (found.size === 0) return false;
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    readSync(file, header);
  } finally {
    closeSync(file);
  }
  if (!header.toString('latin1').startsWith('SQLite format 3\0')) {
    throw new RefusedError(`${path} is not a SQLite database; it was not touched.`);
  }
  // https://sqlite.org/fileformat2.html#the_database_header
  if (header.readInt32BE(68) === applicationId) return true;
  throw new RefusedError(
    `${path} is a database of another application; it was not touched. Choose another file.`,
  );
}
