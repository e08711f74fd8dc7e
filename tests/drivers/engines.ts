import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { connectNodeSqlite } from '../../src/drivers/node-sqlite.js';
import { connectSqliteWasm, loadSqliteWasm } from '../../src/drivers/sqlite-wasm.js';
import { connectSqlJs, loadSqlJs } from '../../src/drivers/sqljs.js';
import type { Connection } from '../../src/driver/contract.js';
import { hasNodeSqlite } from '../has-node-sqlite.js';
import { temporaryFolder } from './temporary-folder.js';

/** sql.js, started once for all tests. */
export const sqlJs = await loadSqlJs();

/** SQLite's own WebAssembly, started once for all tests. */
export const sqliteWasm = await loadSqliteWasm();

/** What every driver that opens files takes. */
export interface FileOptions {
  readonly readonly?: boolean;
  readonly fileMustExist?: boolean;
}

/** A driver that opens files, with how it does. */
export interface FileEngine {
  readonly name: string;
  connect(path: string, options?: FileOptions): Connection;
}

/** The drivers that open files. */
export const fileEngines: readonly FileEngine[] = [
  { name: 'better-sqlite3', connect: (path, options) => connectBetterSqlite3(path, options) },
  ...(hasNodeSqlite ? [{ name: 'node:sqlite', connect: connectNodeSqlite }] : []),
];

/** A driver, with how it opens an empty database, or one with the bytes of a file. */
export interface Engine {
  readonly name: string;
  /** Whether it is compiled without UTF-16, and refuses such a file. */
  readonly isUtf8Only?: boolean;
  /** Whether it refuses an image that is no database before it is opened. */
  readonly takesDatabasesOnly?: boolean;
  /** Whether it would read text only up to its first NUL, and so refuses to write any such text. */
  readonly cutsText?: boolean;
  connect(image?: Uint8Array): Connection;
}

/** Every driver. */
export const engines: readonly Engine[] = [
  ...fileEngines.map(({ name, connect }) => ({
    name,
    cutsText: name === 'node:sqlite' && nodeCutsText(),
    connect: (image?: Uint8Array) => connect(image === undefined ? ':memory:' : fileOf(image)),
  })),
  { name: 'sql.js', connect: (image) => connectSqlJs(sqlJs, image) },
  { name: 'sqlite-wasm', isUtf8Only: true, connect: (image) => connectSqliteWasm(sqliteWasm, image) },
];

/** Asks node:sqlite itself: Node before 24.16 does. */
function nodeCutsText(): boolean {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite') as unknown as {
    DatabaseSync: new (path: string) => { prepare(sql: string): { get(): unknown } };
  };
  const row = new DatabaseSync(':memory:').prepare("SELECT 'a' || char(0) || 'b' AS t").get();
  return (row as { t: string }).t === 'a';
}

function fileOf(image: Uint8Array): string {
  const path = join(temporaryFolder(), 'image.db');
  writeFileSync(path, image);
  return path;
}
