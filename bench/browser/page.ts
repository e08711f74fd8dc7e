import type { Figures } from './worker.js';

/* Starts the worker that measures; `main.ts` waits for what it says. */

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

Object.assign(globalThis, {
  measured: new Promise<Figures>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Figures>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  }),
});
