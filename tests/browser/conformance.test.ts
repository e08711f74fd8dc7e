import { expect, it } from 'vitest';
import type { TestReport } from './run-tests.js';

/* Everything in tests/drivers/conformance.test.ts, run in a dedicated worker and reported here test by test. */

const reports = await new Promise<TestReport[]>((resolve, reject) => {
  const worker = new Worker(new URL('./conformance-worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<TestReport[]>) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
});

it('runs on every engine of the worker', () => {
  expect(new Set(reports.map(({ name }) => name.split(' > ', 1)[0]))).toEqual(
    new Set(["'sqlite-wasm in memory'", "'sqlite-wasm on OPFS'"]),
  );
});

for (const { name, state, failure } of reports) {
  it.skipIf(state === 'skip')(name, () => expect(state, failure).toBe('pass'));
}
