/**
 * `npm run test:node24`: the tests of the drivers, and what runs on every driver, under Node 24, for node:sqlite and
 * better-sqlite3 13 need a newer Node than we develop on. `npm run test:node24 -- tests/drivers` runs some of them.
 */
import { readdirSync } from 'node:fs';
import { runWithNode24 } from './node24.mjs';

/** The folders of tests that are about compilers and tools: they would be the same under another Node. */
const notOfEngines = ['browser', 'dialects', 'electron', 'examples', 'legacy', 'node24', 'toolchains', 'types'];

const testsOfEngines = readdirSync('tests', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !notOfEngines.includes(entry.name))
  .map(({ name }) => `tests/${name}/`);
const chosen = process.argv.slice(2);

runWithNode24('tests/node24/print-versions.mjs');
runWithNode24('node_modules/vitest/vitest.mjs', ['run', ...(chosen.length > 0 ? chosen : testsOfEngines)]);
