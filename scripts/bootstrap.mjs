/**
 * Makes a fresh clone ready before `npm test` and `npm start`, and says nothing where nothing is to do:
 * installs the dependencies when they are missing and, with `--build`, builds `dist` when it is older than the source.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

process.chdir(join(import.meta.dirname, '..'));

// npm writes this file last, so an install that was interrupted counts as missing.
if (!existsSync('node_modules/.package-lock.json')) {
  say('Installing the dependencies; better-sqlite3 is compiled from source, which takes about 45 seconds…');
  run('npm ci', ['--loglevel=error', '--no-progress'], 'The dependencies could not be installed');
}

if (process.argv.includes('--build') && isStale('dist/index.js')) {
  run('npm exec -- tsdown', ['--log-level', 'error'], 'dist/ could not be built');
}

/** Whether a built file is missing or older than anything it is made from. */
function isStale(built) {
  if (!existsSync(built)) return true;
  const sources = readdirSync('src', { recursive: true }).map((name) => join('src', name));
  const newest = Math.max(...['src', 'package.json', 'tsconfig.json', 'tsdown.config.ts', ...sources].map(changedAt));
  return newest > changedAt(built);
}

function changedAt(path) {
  return statSync(path).mtimeMs;
}

/** Runs a command quietly. When it fails, shows what it said, then one line, and ends. */
function run(command, options, failure) {
  const { status, stdout, stderr } = spawnSync([command, ...options].join(' '), { shell: true, encoding: 'utf8' });
  if (status === 0) return;
  say(`${stdout}${stderr}`.trim());
  say(`${failure}: "${command}" ended with code ${status}; its own words stand above.`);
  process.exit(1);
}

function say(line) {
  console.error(line);
}
