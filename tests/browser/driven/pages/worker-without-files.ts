import { serve } from 'litemodel/sqlite-wasm-worker';

/* A worker of a browser that has no files for workers. */

delete (FileSystemFileHandle.prototype as { createSyncAccessHandle?: unknown }).createSyncAccessHandle;
serve();
