import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './scripts/summary-reporter.js';
import { workerScript } from './scripts/worker-script.js';

const source = fileURLToPath(new URL('./src/', import.meta.url));

/** How Vite compiles the tests and where it finds the source, in Node and in the browser. */
export const compilation = {
  // esbuild lowers standard decorators for this target, and legacy ones where a folder's tsconfig.json asks for them.
  esbuild: { target: 'es2022' },
  resolve: {
    alias: [
      { find: /^litemodel$/, replacement: `${source}index.ts` },
      { find: /^litemodel\/(.+)$/, replacement: `${source}$1.ts` },
    ],
  },
};

export default defineConfig({
  ...compilation,
  plugins: [workerScript(fileURLToPath(new URL('.', import.meta.url)))],
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/browser/**'], // see vitest.browser.config.ts
    environment: 'node',
    // no test is about time, and a busy machine is slow
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', new SummaryReporter()],
  },
});
