import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import { compilation } from '../../../vitest.config.js';

/** The pages of these tests, built as an app is, and served. */
export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

const pages = fileURLToPath(new URL('./pages', import.meta.url));

/** Builds and serves pages by their names. */
export async function serveSite(...names: string[]): Promise<Site> {
  const outDir = mkdtempSync(join(tmpdir(), 'litemodel-site-'));
  const options = { ...compilation, configFile: false, root: pages, logLevel: 'error' } as const;
  await build({
    ...options,
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, minify: false, rollupOptions: { input: names.map((name) => join(pages, `${name}.html`)) } },
  });
  const server = await preview({ ...options, build: { outDir }, preview: { port: 0 } });
  return {
    url: server.resolvedUrls!.local[0]!,
    close: async () => {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
