import { it } from 'vitest';

it('prints the report', async () => {
  await import('./src/main.js');
});
