import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './scripts/summary-reporter.js';
import { compilation } from './vitest.config.js';

/** Tests that drive a browser from outside, in order to reload, restart and kill it: the second half of `npm run test:browser`. */
export default defineConfig({
  ...compilation,
  test: {
    include: ['tests/browser/driven/**/*.test.ts'],
    globalSetup: ['tests/browser/driven/site.ts'],
    environment: 'node',
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ['default', new SummaryReporter()],
  },
});
