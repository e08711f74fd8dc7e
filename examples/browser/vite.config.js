import { transform } from 'esbuild';
import { defineConfig } from 'vite';

export default defineConfig({
  worker: { format: 'es' }, // the worker loads SQLite when it is asked to
  optimizeDeps: { exclude: ['litemodel', '@sqlite.org/sqlite-wasm'] }, // which find their other files beside themselves
  plugins: [
    {
      name: 'standard-decorators',
      enforce: 'pre',
      transform: {
        filter: { id: /\.ts(\?|$)/, code: '@' },
        handler: (code, id) => transform(code, { loader: 'ts', target: 'es2022', sourcefile: id, sourcemap: true }),
      },
    },
  ],
});
