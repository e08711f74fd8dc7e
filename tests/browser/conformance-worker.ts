import { runTests } from './run-tests.js';

await runTests(() => import('../drivers/conformance.test.js'));
