/**
 * `npm run test:node24`: the tests of the drivers, and what runs on every driver, under Node 24, for node:sqlite and
 * better-sqlite3 13 need a newer Node than we develop on. `npm run test:node24 -- tests/drivers` runs some of them.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'tests/node24');

/** The folders of tests that are about compilers and tools: they would be the same under another Node. */
const notOfEngines = ['browser', 'dialects', 'examples', 'legacy', 'node24', 'toolchains', 'types'];

if (isStale(join(folder, 'node_modules/.package-lock.json'))) {
  console.error('Installing Node 24 and better-sqlite3 13 into tests/node24…');
  run('npm ci --loglevel=error --no-progress', [], { cwd: folder, shell: true });
}

const node = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
// in the environment, so that it reaches the processes and threads that the tests start; --import would come too late in some
const options = `--require=${JSON.stringify(join(folder, 'resolve-here.mjs'))}`;
const environment = { cwd: root, env: { ...process.env, NODE_OPTIONS: options } };
const chosen = process.argv.slice(2);

run(node, [join(folder, 'print-versions.mjs')], environment);
run(node, ['node_modules/vitest/vitest.mjs', 'run', ...(chosen.length > 0 ? chosen : testsOfEngines())], environment);

function testsOfEngines() {
  const names = readdirSync(join(root, 'tests'), { withFileTypes: true });
  return names
    .filter((entry) => entry.isDirectory() && !notOfEngines.includes(entry.name))
    .map(({ name }) => `tests/${name}/`);
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
