import { defineConfig } from 'tsdown';

/** One flat file for each entry of package.json's `exports`, beside chunks for what they share. */
export default defineConfig({
  entry: [
    'src/index.ts',
    'src/async.ts',
    'src/better-sqlite3.ts',
    'src/better-sqlite3-worker.ts',
    'src/better-sqlite3-worker-script.ts',
    'src/electron-main.ts',
    'src/electron-renderer.ts',
    'src/in-memory.ts',
    'src/node-sqlite.ts',
    'src/sqlite-wasm.ts',
    'src/sqlite-wasm-worker.ts',
    'src/sqlite-wasm-worker-script.ts',
    'src/sqljs.ts',
  ],
  format: 'esm',
  platform: 'neutral', // `.js` and `.d.ts`; the same files serve Node and the browser
  target: 'es2022',
  dts: { sourcemap: true },
  // `Symbol.dispose` in our types would else not compile for an app whose `lib` is older
  banner: { dts: '/// <reference lib="esnext.disposable" />' },
  sourcemap: true,
  minify: false,
  hash: false,
  // a chunk may else take the name of an entry; they stand beside the entries, for some of them start a worker beside them
  outputOptions: { minifyInternalExports: false, chunkFileNames: 'shared-[name].js' },
  // Whatever is not ours stays an import: the drivers, which are peers of the app, and Node's own modules.
  deps: { skipNodeModulesBundle: true, neverBundle: /^node:/ },
});
