import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { preview } from 'vite';
import { onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const packages = join(root, 'node_modules');

/** Where the example is copied to: inside the repository, so that it finds the packages that it has installed. */
const cache = join(root, '.cache', `example-${process.pid}`);

const run = promisify(execFile);

/** Builds litemodel into a place where the example finds it, as npm would install it. */
export async function installLitemodel(): Promise<void> {
  const folder = join(cache, 'node_modules/litemodel');
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  const options = ['--out-dir', join(folder, 'dist'), '--no-dts', '--log-level', 'error'];
  await run(process.execPath, [join(packages, 'tsdown/dist/run.mjs'), ...options], { cwd: root });
}

export function removeExample(): void {
  rmSync(cache, { recursive: true, force: true });
}

const folderOf = (vite: Vite): string => join(cache, vite);

/** The installed versions of Vite. */
export type Vite = 'vite' | 'vite8';

/** Builds the example, as its `npm run build` does. */
export async function buildExample(vite: Vite): Promise<void> {
  const folder = folderOf(vite);
  cpSync(join(root, 'examples/browser'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(packages, vite), join(folder, 'node_modules/vite'));
  const env = { ...process.env, NODE_ENV: 'production' }; // which Vitest has set to another
  await run(process.execPath, ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn'], { cwd: folder, env });
}

/** Serves what was built, as strictly as a page can be: until the test is finished, or the server is stopped. */
export async function serveExample(vite: Vite): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
  const server = await preview({
    root: folderOf(vite),
    configFile: false,
    logLevel: 'error',
    preview: { port: 0, headers: { 'Content-Security-Policy': policy } },
  });
  const stop = () => server.close();
  onTestFinished(stop);
  return { url: server.resolvedUrls!.local[0]!, stop };
}
