/** `npm run bench:node24 -- [options]`: the benchmarks under Node 24, against better-sqlite3 13. */
import { runWithNode24 } from './node24.mjs';

runWithNode24('tests/node24/print-versions.mjs');
runWithNode24('node_modules/tsx/dist/cli.mjs', ['bench/main.ts', ...process.argv.slice(2)]);
