import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('keeps the host that packages came from out of package-lock.json', () => {
  const lock = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8');
  const { packages } = JSON.parse(lock) as { packages: Record<string, { resolved?: string }> };
  const withHost = Object.keys(packages).filter((path) => packages[path]?.resolved !== undefined);
  expect(withHost, 'run `npm install --package-lock-only` with the .npmrc of this repository').toEqual([]);
});
