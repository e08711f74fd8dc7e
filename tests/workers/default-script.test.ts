import { expect, it } from 'vitest';
import { Counters, openWorkers } from './open-workers.js';

it('worker threads find the script of the package by themselves', async () => {
  await openWorkers({ readers: 2 });
  await Counters.create({ n: 1 });
  expect(await Promise.all([Counters.count(), Counters.count()])).toEqual([1, 1]);
});
