import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The script of worker threads as the source has it, compiled once before the tests; call what this returns for its address. */
export function compileWorkerScript(
  source = 'src/better-sqlite3-worker-script.ts',
  { minify = false } = {},
): () => URL {
  let folder: string | undefined;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'litemodel-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    buildSync({
      entryPoints: [join(root, source)],
      outfile: join(folder, 'worker.mjs'),
      bundle: true,
      minify,
      format: 'esm',
      platform: 'node',
      target: 'es2022',
      packages: 'external',
      alias: { 'litemodel/better-sqlite3-worker': join(root, 'src/better-sqlite3-worker.ts') },
    });
  });
  afterAll(() => rmSync(folder!, { recursive: true, force: true }));
  return () => pathToFileURL(join(folder!, 'worker.mjs'));
}
