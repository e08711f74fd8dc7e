import { CannotOpenError, UnsupportedError } from '../errors/index.js';

/** The part of Node's `fs` that we use; declared here, since a browser's types have none of it. */
interface FileSystem {
  existsSync(path: string): boolean;
  readFileSync(path: string): Uint8Array;
  openSync(path: string, flags: string): number;
  writeFileSync(file: number, bytes: Uint8Array): void;
  fsyncSync(file: number): void;
  closeSync(file: number): void;
  renameSync(from: string, to: string): void;
  rmSync(path: string, options: { readonly force: boolean }): void;
}

/** Where Node's own modules come from; a browser has none, and a bundler does not see them here. */
function fileSystem(): FileSystem {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const found = process?.getBuiltinModule?.('node:fs') as FileSystem | undefined;
  if (found !== undefined) return found;
  throw new UnsupportedError(
    'sql.js cannot open a file here, for there is no file system.',
    'Open ":memory:", or pass the bytes of a file, and keep those of serialize().',
  );
}

/** The bytes of a file; none when it does not exist. */
export function readImage(path: string): Uint8Array | undefined {
  const fs = fileSystem();
  try {
    return fs.existsSync(path) ? fs.readFileSync(path) : undefined;
  } catch (cause) {
    throw cannotOpen(path, cause);
  }
}

/** Writes a file anew beside the old one and puts it in its place, so that a crash leaves one or the other whole. */
export function writeImage(path: string, image: Uint8Array): void {
  const fs = fileSystem();
  const draft = `${path}.${Date.now().toString(36)}.tmp`;
  try {
    const file = fs.openSync(draft, 'w');
    try {
      fs.writeFileSync(file, image);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(draft, path);
  } catch (cause) {
    fs.rmSync(draft, { force: true });
    throw cannotOpen(path, cause);
  }
}

const cannotOpen = (path: string, cause: unknown): CannotOpenError =>
  new CannotOpenError(`The file ${path} cannot be read or written.`, { sqliteCode: 'SQLITE_CANTOPEN', cause });
