/** Node 24 with better-sqlite3 13, which need a newer Node than we develop on: installed into tests/node24 when asked for. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'tests/node24');
const node = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * Runs a script of this repository under Node 24, and ends with its code where it fails.
 *
 * @param {string} script
 * @param {readonly string[]} parameters
 */
export function runWithNode24(script, parameters = []) {
  if (isStale(join(folder, 'node_modules/.package-lock.json'))) {
    console.error('Installing Node 24 and better-sqlite3 13 into tests/node24…');
    run('npm ci --loglevel=error --no-progress', [], { cwd: folder, shell: true });
  }
  // in the environment, so that it reaches the processes and threads that are started; --import would come too late in some
  const options = `--require=${JSON.stringify(join(folder, 'resolve-here.mjs'))}`;
  run(node, [script, ...parameters], { cwd: root, env: { ...process.env, NODE_OPTIONS: options } });
}

/**
 * Whether the packages are missing, or older than what says which they are; npm writes this file last.
 *
 * @param {string} installed
 */
function isStale(installed) {
  if (!existsSync(installed)) return true;
  return statSync(join(folder, 'package-lock.json')).mtimeMs > statSync(installed).mtimeMs;
}

/**
 * Runs a command, and ends with its code where it fails.
 *
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {import('node:child_process').SpawnSyncOptions} settings
 */
function run(command, parameters, settings) {
  const { status } = spawnSync(command, parameters, { stdio: 'inherit', ...settings });
  if (status !== 0) process.exit(status ?? 1);
}
