import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './scripts/summary-reporter.js';

const source = fileURLToPath(new URL('./src/', import.meta.url));

export default defineConfig({
  // esbuild lowers standard decorators for this target, and legacy ones where a folder's tsconfig.json asks for them.
  esbuild: { target: 'es2022' },
  resolve: {
    alias: [
      { find: /^litemodel$/, replacement: `${source}index.ts` },
      { find: /^litemodel\/(.+)$/, replacement: `${source}$1.ts` },
    ],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', new SummaryReporter()],
  },
});
