/**
 * Makes every import and require of better-sqlite3 that would end in the root's `node_modules` end in this folder's: there
 * stands version 12 with a binary for Node 20, here version 13. `--require` this in whatever runs the tests.
 */
import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const rootPackage = new URL('../../node_modules/better-sqlite3/', import.meta.url).href;

/** @param {string} name */
const urlOf = (name) => pathToFileURL(require.resolve(name)).href;
const entry = urlOf('better-sqlite3');
const manifest = urlOf('better-sqlite3/package.json');

registerHooks({
  resolve(specifier, context, nextResolve) {
    const resolved = nextResolve(specifier, context);
    if (!resolved.url.startsWith(rootPackage)) return resolved;
    return { ...resolved, url: resolved.url.endsWith('/package.json') ? manifest : entry };
  },
});
