import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A program of a folder, compiled once before the tests so that a process of it starts in a tenth of a second.
 * Call what this returns for its path.
 */
export function compileProgram(
  name: string,
  { withPackages = true, folder: programs = 'tests/databases/programs' } = {},
): () => string {
  let folder: string | undefined;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'litemodel-'));
    if (withPackages) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    buildSync({
      entryPoints: [join(root, programs, `${name}.ts`)],
      outfile: join(folder, 'program.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'es2022',
      external: ['better-sqlite3', 'sql.js'],
      tsconfig: join(root, 'tests/tsconfig.json'),
    });
  });
  afterAll(() => rmSync(folder!, { recursive: true, force: true }));
  return () => join(folder!, 'program.mjs');
}

/** A process, what it wrote so far, and its end. */
export class RunningProgram {
  readonly process: ChildProcess;
  /** Its code, or the signal that killed it. */
  readonly ended: Promise<number | string | null>;
  output = '';
  #heard: (() => void) | undefined;

  constructor(program: () => string, parameters: readonly string[]) {
    this.process = spawn(process.execPath, [program(), ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#heard?.();
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#heard?.();
    });
    this.ended = new Promise((resolve) => {
      this.process.on('close', (code, signal) => {
        resolve(code ?? signal);
        this.#heard?.();
      });
    });
  }

  /** The whole lines that it wrote; one that was cut off by its end is none. */
  get lines(): string[] {
    return this.output.split('\n').slice(0, -1);
  }

  /** Waits until it has written a line, or has ended. */
  async firstLine(): Promise<void> {
    while (this.lines.length === 0 && this.process.exitCode === null && this.process.signalCode === null) {
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}
