/**
 * `npm run test:electron-types`: compiles the example for Electron, and what our functions take, against Electron's own
 * declarations. They are installed without scripts, so that Electron itself is not downloaded; nothing here runs it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'tests/electron');

if (isStale(join(folder, 'node_modules/.package-lock.json'))) {
  console.error('Installing the declarations of Electron into tests/electron…');
  run('npm', ['ci', '--ignore-scripts', '--loglevel=error', '--no-progress'], { cwd: folder, shell: true });
}

const compiler = join(root, 'node_modules/typescript/bin/tsc');
for (const project of ['tests/electron/types', 'examples/electron']) {
  run(process.execPath, [compiler, '-p', project], { cwd: root });
  console.log(`${project}: no errors`);
}

/** Whether the packages are missing, or older than what says which they are; npm writes this file last. */
function isStale(installed) {
  if (!existsSync(installed)) return true;
  return statSync(join(folder, 'package-lock.json')).mtimeMs > statSync(installed).mtimeMs;
}

/** Runs a command, and ends with its code where it fails. */
function run(command, parameters, settings) {
  const { status } = spawnSync(command, parameters, { stdio: 'inherit', ...settings });
  if (status !== 0) process.exit(status ?? 1);
}
