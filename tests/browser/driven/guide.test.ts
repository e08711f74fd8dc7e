import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { build, preview } from 'vite';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { fencesOf, moduleOf } from '../../../scripts/guide.js';
import { compilation } from '../../../vitest.config.js';
import { BrowserProcess } from './browser.js';

/*
 * The code of docs/browser.md, in a browser: its `ts browser` blocks are one module, the `ts browser sync` blocks another. The
 * conventions for what they claim are those of tests/docs.test.ts.
 */

const root = fileURLToPath(new URL('../../../', import.meta.url));
const markdown = readFileSync(join(root, 'docs/browser.md'), 'utf8');
const cache = join(root, '.cache', `browser-guide-${process.pid}`);

const browser = BrowserProcess.forAllTests();

afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** What checks the claims in the page, and leaves what it found where the test can read it. */
const checks = `
const found = [];
globalThis.__guide = {
  is: (id, expected, actual) => (found.push([JSON.stringify(actual), JSON.stringify(expected())]), actual),
  found,
};
import('./guide.ts').then(() => (document.title = 'done'), (error) => (document.title = error.stack));
`;

function messagesOf(file: string): string[] {
  const { config } = ts.readConfigFile(join(root, 'tests/browser/tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'tests/browser'));
  const program = ts.createProgram([file], { ...options, noUnusedLocals: false });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe.each([{ flags: ['browser'] }, { flags: ['browser', 'sync'] }])(
  'the code of docs/browser.md ($flags)',
  (at) => {
    const module = moduleOf(markdown, at.flags)!;
    const folder = join(cache, at.flags.join('-'));

    it('compiles', () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'guide.ts'), module.source);
      expect(messagesOf(join(folder, 'guide.ts'))).toEqual([]);
    });

    it('does what it says', async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'guide.ts'), module.instrumented);
      writeFileSync(join(folder, 'checks.ts'), checks);
      writeFileSync(
        join(folder, 'index.html'),
        '<title>running</title><script type="module" src="./checks.ts"></script>',
      );
      const options = { ...compilation, configFile: false, root: folder, logLevel: 'error' } as const;
      await build({ ...options, worker: { format: 'es' }, build: { target: 'es2022' } });
      const server = await preview({ ...options, preview: { port: 0 } });
      onTestFinished(() => server.close());
      const page = await browser.open(server.resolvedUrls!.local[0]!);
      await expect.poll(() => page.title(), { timeout: 30_000 }).not.toBe('running');
      expect(await page.title()).toBe('done');
      const found = await page.evaluate(
        () => (globalThis as unknown as { __guide: { found: string[][] } }).__guide.found,
      );
      expect(found).toHaveLength(module.claims.length);
      for (const [actual, expected] of found) expect(actual).toBe(expected);
    });
  },
);

describe('the configuration of Vite in docs/browser.md', () => {
  it('is that of the example', () => {
    const block = fencesOf(markdown).find(({ flags }) => flags[0] === 'vite.config.js')!;
    expect(`${block.text}\n`).toBe(readFileSync(join(root, 'examples/browser/vite.config.js'), 'utf8'));
  });
});
