import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The repository, and where what is compiled for the benchmarks goes. */
export const root = join(import.meta.dirname, '..');
export const compiled = join(root, '.cache', 'bench');

/** The modules with the models, by how they are compiled. */
export const modelModules = {
  standard: pathToFileURL(join(compiled, 'standard', 'models.js')).href,
  legacy: pathToFileURL(join(compiled, 'legacy', 'models.js')).href,
  /** tsx compiles it with esbuild as it is loaded. */
  esbuild: pathToFileURL(join(import.meta.dirname, 'models.ts')).href,
};

/** Compiles models and measuring process against the built package, with both dialects of decorators. */
export function compileAll(): void {
  for (const project of ['tsconfig.standard.json', 'tsconfig.legacy.json']) {
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const path = join(import.meta.dirname, project);
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', path], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`bench/${project} does not compile:\n${stdout}`);
  }
}
