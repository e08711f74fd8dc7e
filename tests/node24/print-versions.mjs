/** Says what the tests are about to run on, and fails where that is not what `npm run test:node24` is for. */
import { createRequire } from 'node:module';
import { DatabaseSync } from 'node:sqlite';

const require = createRequire(new URL('../../src/drivers/', import.meta.url)); // as the driver does
const Database = require('better-sqlite3');
const { version } = require('better-sqlite3/package.json');

const select = 'SELECT sqlite_version() AS version';
const inNode = new DatabaseSync(':memory:').prepare(select).get().version;
const inPackage = new Database(':memory:').prepare(select).get().version;
console.log(`Node ${process.versions.node} with SQLite ${inNode}, better-sqlite3 ${version} with SQLite ${inPackage}`);

if (!process.versions.node.startsWith('24.') || !version.startsWith('13.')) {
  console.error('These are not Node 24 and better-sqlite3 13: run "npm ci" in tests/node24.');
  process.exitCode = 1;
}
