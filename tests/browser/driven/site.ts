import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import type { TestProject } from 'vitest/node';
import { compilation } from '../../../vitest.config.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the pages. */
    site: string;
  }
}

const pages = fileURLToPath(new URL('./pages', import.meta.url));

/** Builds the pages as an app is built, serves them while the tests run, and tells them where. */
export default async function serveSite(project: TestProject): Promise<() => Promise<void>> {
  const outDir = mkdtempSync(join(tmpdir(), 'litemodel-site-'));
  const options = { ...compilation, configFile: false, root: pages, logLevel: 'error' } as const;
  const input = readdirSync(pages)
    .filter((name) => name.endsWith('.html'))
    .map((name) => join(pages, name));
  const worker = { format: 'es' } as const;
  await build({ ...options, worker, build: { outDir, emptyOutDir: true, rollupOptions: { input } } });
  const server = await preview({ ...options, build: { outDir }, preview: { port: 0 } });
  project.provide('site', server.resolvedUrls!.local[0]!);
  return async () => {
    await server.close();
    rmSync(outDir, { recursive: true, force: true });
  };
}
