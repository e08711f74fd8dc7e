import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingsOf, type Dialect } from './guide-settings.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const source = fileURLToPath(new URL('./app', import.meta.url));
const packages = join(root, 'node_modules');

/** Apps stand inside the repository, so that they find the packages that it has installed. */
const cache = join(root, '.cache', `toolchains-${process.pid}`);

/** What a program printed. */
export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** How an app differs from the others. */
export interface AppOptions {
  /** The section of the guide that has its settings; those of TypeScript are in every app. */
  readonly section?: string | undefined;
  /** Whether columns are accessors as well as fields; they are if it is not said. */
  readonly accessors?: boolean;
  /** The folder of the Vite that it has installed, beside a Vitest that runs on it. */
  readonly vite?: 'vite' | 'vite8';
  /** A file of its settings, a text in it, and what stands in its place. */
  readonly change?: readonly [file: string, from: string, to: string];
  /** Whether its JavaScript is CommonJS; it is ES modules if it is not said. */
  readonly type?: 'commonjs';
}

/** Builds litemodel into a place where every app finds it, as npm would install it. */
export async function installLitemodel(): Promise<void> {
  const folder = join(cache, 'node_modules/litemodel');
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  const options = ['--out-dir', join(folder, 'dist'), '--log-level', 'error'];
  await runNode(root, [join(packages, 'tsdown/dist/run.mjs'), ...options]);
}

export function removeApps(): void {
  rmSync(cache, { recursive: true, force: true });
}

/** The version of a package that the repository has installed. */
export function installedVersion(name: string): string {
  return (JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as { version: string }).version;
}

/** The example app in a folder of its own, with the settings that the guide shows for a toolchain. */
export class App {
  readonly #folder: string;

  constructor(dialect: Dialect, options: AppOptions = {}) {
    this.#folder = mkdtempSync(join(cache, 'app-'));
    cpSync(source, this.#folder, { recursive: true });
    this.write('package.json', JSON.stringify({ type: options.type ?? 'module' }));
    for (const section of ['TypeScript', ...(options.section === undefined ? [] : [options.section])]) {
      for (const [file, text] of settingsOf(section, dialect)) this.write(file, text);
    }
    if (dialect === 'metadata') this.write('src/main.ts', this.read('src/with-metadata.ts'));
    if (options.change !== undefined) this.edit(...options.change);
    if (options.accessors === false) this.#turnAccessorsIntoFields();
    if (options.vite !== undefined) this.#install(options.vite);
  }

  read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text);
  }

  /** Puts one text in the place of another, which has to stand in the file. */
  edit(file: string, from: string, to: string): void {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} does not have "${from}".`);
    this.write(file, text.replace(from, to));
  }

  /** Runs a script of the app; rejects with all that it printed when it fails. */
  node(script: string, ...options: string[]): Promise<Printed> {
    return runNode(this.#folder, [script, ...options]);
  }

  /** Runs the script of an installed package: `tsx/dist/cli.mjs`. */
  tool(script: string, ...options: string[]): Promise<Printed> {
    return runNode(this.#folder, [join(packages, script), ...options]);
  }

  #turnAccessorsIntoFields(): void {
    for (const name of readdirSync(join(this.#folder, 'src'))) {
      this.write(`src/${name}`, this.read(`src/${name}`).replaceAll(' accessor ', ' '));
    }
  }

  #install(vite: string): void {
    const folder = join(this.#folder, 'node_modules');
    mkdirSync(folder);
    symlinkSync(join(packages, vite), join(folder, 'vite'));
    // behind a link, Vitest would look for Vite beside the original
    cpSync(join(packages, 'vitest'), join(folder, 'vitest'), { recursive: true });
  }
}

function runNode(folder: string, parameters: readonly string[]): Promise<Printed> {
  // Vitest's own settings would reach the one that runs in an app
  const env = { PATH: process.env.PATH, NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, parameters, { cwd: folder, env }, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(new Error(`${parameters.join(' ')} failed.\n${stdout}\n${stderr}`));
    });
  });
}
