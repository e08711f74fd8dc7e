/** Runs the app in Vite's development server, which hands out each module as it compiles it. */
import { createServer } from 'vite';

const server = await createServer({
  appType: 'custom',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
});
try {
  await server.ssrLoadModule('/src/main.ts');
} finally {
  await server.close();
}
