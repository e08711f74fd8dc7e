import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { connectSqlJs, loadSqlJs } from '../../src/drivers/sqljs.js';
import type { Connection } from '../../src/driver/contract.js';
import { temporaryFolder } from './temporary-folder.js';

/** sql.js, started once for all tests. */
export const sqlJs = await loadSqlJs();

/** Every driver, with how it opens an empty database, or one with the bytes of a file. */
export const engines: readonly { readonly name: string; connect(image?: Uint8Array): Connection }[] = [
  {
    name: 'better-sqlite3',
    connect: (image) => connectBetterSqlite3(image === undefined ? ':memory:' : fileOf(image)),
  },
  { name: 'sql.js', connect: (image) => connectSqlJs(sqlJs, image) },
];

function fileOf(image: Uint8Array): string {
  const path = join(temporaryFolder(), 'image.db');
  writeFileSync(path, image);
  return path;
}
