import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { fencesOf } from '../../scripts/guide.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');

/** The blocks of the guide that nothing runs, by the file that their first line names. */
const blocks = new Map(
  fencesOf(read('docs/electron.md'))
    .filter(({ flags }) => flags.includes('no-run'))
    .map(({ text }) => [/^\/\/ (\S+)\n/.exec(text)![1]!, text.slice(text.indexOf('\n') + 1)] as const),
);

describe('the example for Electron', () => {
  it.each([...blocks.keys()])('has %s as the guide shows it', (name) => {
    expect(`${blocks.get(name)}\n`).toBe(read(`examples/electron/${name}`));
  });

  it('is shown whole', () => {
    expect([...blocks.keys()].sort()).toEqual(['main.ts', 'models.ts', 'preload.ts', 'renderer.ts', 'utility.ts']);
  });

  it.each([
    ['main.ts', { platform: 'node', format: 'esm', external: ['electron', 'better-sqlite3'] }],
    ['utility.ts', { platform: 'node', format: 'esm', external: ['electron', 'better-sqlite3'] }],
    ['preload.ts', { platform: 'node', format: 'cjs', external: ['electron'] }],
    ['renderer.ts', { platform: 'browser', format: 'esm', external: [] }],
  ] as const)('bundles %s, with nothing missing', async (name, { external, ...options }) => {
    const { warnings, outputFiles } = await build({
      entryPoints: [`${root}examples/electron/${name}`],
      bundle: true,
      write: false,
      target: 'es2022',
      logLevel: 'silent',
      alias: Object.fromEntries(
        ['async', 'better-sqlite3', 'electron-main', 'electron-renderer'].map((entry) => [
          `litemodel/${entry}`,
          `${root}src/${entry}.ts`,
        ]),
      ),
      external: [...external],
      ...options,
    });
    expect(warnings).toEqual([]);
    expect(outputFiles[0]!.text.length).toBeGreaterThan(100);
  });
});
