import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkRuntime, connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import { loadSqlJs } from '../../src/drivers/sqljs.js';
import { DriverUnavailableError } from '../../src/errors/index.js';
import { temporaryFolder } from './temporary-folder.js';

/** Node's `require` as it is in a folder whose only package is this one. */
function requireWith(version?: string, source = ''): (name: string) => unknown {
  const folder = temporaryFolder();
  if (version !== undefined) {
    const installed = join(folder, 'node_modules', 'better-sqlite3');
    mkdirSync(installed, { recursive: true });
    writeFileSync(
      join(installed, 'package.json'),
      JSON.stringify({ name: 'better-sqlite3', version, main: 'main.cjs' }),
    );
    writeFileSync(join(installed, 'main.cjs'), source);
  }
  return createRequire(join(folder, 'app.js'));
}

describe('better-sqlite3', () => {
  it('is asked for when it is not installed', () => {
    const attempt = () => connectBetterSqlite3(':memory:', {}, requireWith());
    expect(attempt).toThrow(DriverUnavailableError);
    expect(attempt).toThrow('The package better-sqlite3 is not installed. Run "npm install better-sqlite3".');
  });

  it.runIf(Number.parseInt(process.versions.node) < 22)('is refused unread in version 13 under an older Node', () => {
    const load = requireWith('13.2.0', 'globalThis.better13WasLoaded = true;');
    const attempt = () => connectBetterSqlite3(':memory:', {}, load);
    expect(attempt).toThrow(DriverUnavailableError);
    expect(attempt).toThrow(/better-sqlite3 13\.2\.0 needs Node 22 or newer.*npm install better-sqlite3@12/);
    expect(globalThis).not.toHaveProperty('better13WasLoaded');
  });

  it.each([
    ['12.11.1', '20.19.0', true],
    ['12.11.1', '24.1.0', true],
    ['13.0.0', '20.19.0', false],
    ['13.2.0', '21.9.0', false],
    ['14.0.0', '20.19.0', false],
    ['13.2.0', '22.0.0', true],
    ['13.2.0', '26.10.0', true],
  ])('%s under Node %s runs: %s', (version, node, runs) => {
    const check = () => checkRuntime(version, node);
    if (runs) expect(check).not.toThrow();
    else expect(check).toThrow(DriverUnavailableError);
  });

  it.each([
    "throw Object.assign(new Error('NODE_MODULE_VERSION 115'), { code: 'ERR_DLOPEN_FAILED' })",
    "throw new Error('Could not locate the bindings file. Tried: ...')",
  ])('says how to rebuild a binary that does not fit: %s', (source) => {
    const load = requireWith('12.11.1', `module.exports = class { constructor() { ${source} } }`);
    const attempt = () => connectBetterSqlite3(':memory:', {}, load);
    expect(attempt).toThrow(DriverUnavailableError);
    expect(attempt).toThrow('npm rebuild better-sqlite3');
  });
});

describe('sql.js', () => {
  it('is asked for when it is not installed', async () => {
    const missing = () => import(/* @vite-ignore */ join(temporaryFolder(), 'sql.js'));
    const attempt = loadSqlJs({}, missing);
    await expect(attempt).rejects.toThrow(DriverUnavailableError);
    await expect(attempt).rejects.toThrow('npm install sql.js');
  });

  it('says how to find a WebAssembly that does not start', async () => {
    const sqlJs = () => Promise.reject(new Error('both async and sync fetching of the wasm failed'));
    await expect(loadSqlJs({ sqlJs })).rejects.toThrow(/locateFile/);
    await expect(loadSqlJs({ sqlJs })).rejects.toThrow(DriverUnavailableError);
  });
});
