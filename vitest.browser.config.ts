import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import type { BrowserInstanceOption } from 'vitest/node';
import { SummaryReporter } from './scripts/summary-reporter.js';
import { chromium } from './tests/browser/chromium.js';
import { compilation } from './vitest.config.js';

const browserTests = fileURLToPath(new URL('./tests/browser/', import.meta.url));

const ofElectron = 'tests/browser/renderer.test.ts';

/** In Electron a port says when the other end is gone, which in Chromium it does on demand only. */
const asInElectron: BrowserInstanceOption = {
  browser: 'chromium',
  name: 'chromium as in Electron',
  include: [ofElectron],
  provider: playwright({
    launchOptions: { ...chromium, args: [...chromium.args, '--enable-blink-features=MessagePortCloseEvent'] },
  }),
};

/** The tests that need a browser: `npm run test:browser`, in a Chromium without a window. */
export default defineConfig({
  ...compilation,
  resolve: {
    // the drivers' tests run in a worker, too, on the engines that it has
    alias: [...compilation.resolve.alias, { find: './engines.js', replacement: `${browserTests}engines.ts` }],
  },
  worker: { format: 'es' },
  // Vite would bundle these for the page: away from their WebAssembly, and with a reload in the middle of the tests
  // when it finds out late.
  optimizeDeps: { exclude: ['@sqlite.org/sqlite-wasm'], include: ['sql.js', 'fast-check'] },
  test: {
    include: ['tests/browser/*.test.ts'],
    reporters: ['default', new SummaryReporter()],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      instances: [{ browser: 'chromium', exclude: [ofElectron] }, asInElectron],
      provider: playwright({ launchOptions: chromium }),
    },
  },
});
