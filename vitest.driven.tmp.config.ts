import { defineConfig } from 'vitest/config';
import { compilation } from './vitest.config.js';
export default defineConfig({ ...compilation, test: { include: ['tests/browser/driven/**/*.test.ts'], globalSetup: ['tests/browser/driven/site.ts'], environment: 'node', pool: 'forks', fileParallelism: false, testTimeout: 60000, hookTimeout: 30000 } });
