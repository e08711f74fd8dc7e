import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import type { Plugin } from 'vite';

const name = 'better-sqlite3-worker-script';

/**
 * Lets tests open databases in worker threads as apps do. The source names the script of the threads as it stands in the package;
 * where the source itself runs, a thread cannot, for it knows no TypeScript: so the script is compiled, once it is missed.
 */
export function workerScript(root: string): Plugin {
  let script: string | undefined;
  return {
    name: 'worker-script',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/src/better-sqlite3.ts')) return undefined;
      script ??= compileScript(root);
      return code.replace(`new URL('./${name}.js', import.meta.url)`, `new URL('${script}')`);
    },
  };
}

/** The address of the compiled script, which stands inside of the repository, where its driver is found. */
function compileScript(root: string): string {
  const folder = join(root, '.cache');
  const script = join(folder, `${name}.mjs`);
  const unfinished = `${script}.${process.pid}`; // another run may be using the last one
  mkdirSync(folder, { recursive: true });
  buildSync({
    entryPoints: [join(root, 'src', `${name}.ts`)],
    outfile: unfinished,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    packages: 'external',
  });
  renameSync(unfinished, script);
  return pathToFileURL(script).href;
}
