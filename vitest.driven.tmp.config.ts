import { defineConfig } from 'vitest/config';
import { compilation } from './vitest.config.js';
export default defineConfig({ ...compilation, test: { include: ['tests/browser/driven/**/*.test.ts'], environment: 'node', pool: 'forks', maxWorkers: 1, testTimeout: 60000 } });
