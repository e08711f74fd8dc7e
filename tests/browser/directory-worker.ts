import sqliteWasmFile from '@sqlite.org/sqlite-wasm/sqlite3.wasm?url';
import { loadSqliteWasm, openOpfsDirectory, type OpfsDirectory } from '../../src/drivers/sqlite-wasm.js';
import type { Pool, RawModule } from '../../src/drivers/sqlite-wasm-module.js';
import type { BoundValue, ImageConnection } from '../../src/driver/contract.js';

/* A dedicated worker that does with a directory of databases what the page asks for, one thing after the other. */

const loading = loadSqliteWasm({ locateFile: () => sqliteWasmFile });
const connections = new Map<string, ImageConnection>();
let directory: OpfsDirectory;

const connection = (name: string): ImageConnection => connections.get(name)!;

const commands = {
  async open(options: Parameters<typeof openOpfsDirectory>[1]) {
    directory = await openOpfsDirectory(await loading, options);
  },
  async connect(name: string, options?: Parameters<OpfsDirectory['connect']>[1]) {
    connections.set(name, await directory.connect(name, options));
    connection(name).execute('PRAGMA journal_mode = wal; PRAGMA synchronous = normal');
  },
  execute: (name: string, script: string) => connection(name).execute(script),
  all: (name: string, sql: string, parameters: BoundValue[] = []) =>
    connection(name).prepare(sql, false).all(parameters),
  disconnect: (name: string) => connection(name).close(),
  image: (name: string) => connection(name).export(),
  names: () => directory.names,
  export: (name: string) => directory.export(name),
  import: (name: string, image: Uint8Array) => directory.import(name, image),
  delete: (name: string) => directory.delete(name),
  close: () => directory.close(),
  /** Opens a directory as SQLite's own documentation says, and leaves it open. */
  async openPlainly(directory: string) {
    const { installOpfsSAHPoolVfs } = (await loading) as RawModule;
    const install = installOpfsSAHPoolVfs as (options: object) => Promise<Pool>;
    await install({ name: `plain:${directory}`, directory, verbosity: 0 });
  },
  /** Lets the browser say once of a file in a directory that somebody else has it. */
  refuseOneFile() {
    const files = FileSystemFileHandle.prototype as FileSystemFileHandle & {
      createSyncAccessHandle(): Promise<object>;
    };
    const { createSyncAccessHandle } = files;
    files.createSyncAccessHandle = async function () {
      if (this.name.startsWith('.')) return createSyncAccessHandle.call(this); // SQLite tries the browser out
      files.createSyncAccessHandle = createSyncAccessHandle;
      throw new DOMException('Access Handles cannot be created', 'NoModificationAllowedError');
    };
  },
  /** Closes the directory while it is still about to open a database. */
  async closeWhileConnecting(name: string) {
    const connecting = directory.connect(name);
    const closed = directory.close();
    await connecting.finally(() => closed);
  },
  /** Inserts row after row, and tells of each when it is committed. */
  insertForever(name: string) {
    const insert = connection(name).prepare('INSERT INTO t VALUES (?)', false);
    for (let x = 1; ; x++) {
      insert.run([x]);
      postMessage({ committed: x });
    }
  },
};

export type Commands = typeof commands;

/** What the page asks for. */
export interface Request {
  readonly command: keyof Commands;
  readonly parameters: readonly unknown[];
}

/** What came of it. */
export type Reply =
  | { readonly result: unknown }
  | { readonly error: { readonly name: string; readonly code: string; readonly message: string } }
  | { readonly committed: number };

let queue: Promise<unknown> = Promise.resolve();

onmessage = ({ data: { command, parameters } }: MessageEvent<Request>) => {
  queue = queue.then(async () => {
    try {
      const perform = commands[command] as (...given: readonly unknown[]) => unknown;
      postMessage({ result: await perform(...parameters) } satisfies Reply);
    } catch (error) {
      const { name, code, message } = error as Error & { code: string };
      postMessage({ error: { name, code, message } } satisfies Reply);
    }
  });
};
