import { CannotOpenError, DatabaseLockedError, UnsupportedError } from '../errors/index.js';

/** The part of Node's `fs` that we use; declared here, since a browser's types have none of it. */
interface FileSystem {
  existsSync(path: string): boolean;
  realpathSync(path: string): string;
  statSync(path: string): {
    readonly mode: number;
    readonly ino: number;
    readonly size: number;
    readonly mtimeMs: number;
  };
  fchmodSync(file: number, mode: number): void;
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

/** The image of a database in a file, as it was when it was read or written last. */
export class ImageFile {
  readonly #path: string;
  #version: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The bytes of the file; none when it does not exist, unless it must. */
  read(mustExist = false): Uint8Array | undefined {
    const fs = fileSystem();
    try {
      this.#version = versionOf(fs, this.#path);
      if (mustExist || this.#version !== undefined) return fs.readFileSync(this.#path);
      fs.realpathSync(folderOf(this.#path)); // without one there would be nowhere to save to, and nobody would know until then
      return undefined;
    } catch (cause) {
      throw cannotOpen(this.#path, cause);
    }
  }

  /** Writes the file. Throws `DatabaseLockedError` where somebody else has written it since, and then leaves it as it is. */
  write(image: Uint8Array): void {
    const fs = fileSystem();
    if (versionOf(fs, this.#path) !== this.#version) throw replacedByOthers(this.#path);
    writeImage(this.#path, image);
    this.#version = versionOf(fs, this.#path);
  }
}

/** What a file has that one written anew has not. */
function versionOf(fs: FileSystem, path: string): string | undefined {
  if (!fs.existsSync(path)) return undefined;
  const { ino, size, mtimeMs } = fs.statSync(path);
  return `${ino} ${size} ${mtimeMs}`;
}

/** Of an image that somebody else has replaced since it was read here. */
export const replacedByOthers = (name: string): DatabaseLockedError =>
  new DatabaseLockedError(
    `The database "${name}" was saved by somebody else since it was read here.`,
    'Open it again to see what they saved; keep the bytes of serialize() if yours are wanted, too.',
  );

function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return end === -1 ? '.' : path.slice(0, end + 1);
}

/**
 * Writes a file anew beside the old one and puts it in its place, so that a crash leaves one or the other whole. Who may read
 * it stays as it was, and a symbolic link stays one.
 */
function writeImage(path: string, image: Uint8Array): void {
  const fs = fileSystem();
  let draft: string | undefined;
  try {
    const old = fs.existsSync(path) ? fs.realpathSync(path) : undefined;
    const target = old ?? path;
    draft = `${target}.${Date.now().toString(36)}.tmp`;
    const file = fs.openSync(draft, 'w');
    try {
      if (old !== undefined) fs.fchmodSync(file, fs.statSync(old).mode);
      fs.writeFileSync(file, image);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(draft, target);
  } catch (cause) {
    if (draft !== undefined) fs.rmSync(draft, { force: true });
    throw cannotOpen(path, cause);
  }
}

const cannotOpen = (path: string, cause: unknown): CannotOpenError =>
  new CannotOpenError(`The file ${path} cannot be read or written.`, { sqliteCode: 'SQLITE_CANTOPEN', cause });
