import { expect, it } from 'vitest';

/** What a property decorator is called with, in the dialect this folder is compiled with. */
const calls: unknown[][] = [];
const record = (...parameters: unknown[]): void => void calls.push(parameters);

class Probe {
  @record name = 'Ann';
}

it('compiles these tests with standard decorators', () => {
  expect(new Probe().name).toBe('Ann');
  expect(calls).toMatchObject([[undefined, { kind: 'field', name: 'name' }]]);
});
