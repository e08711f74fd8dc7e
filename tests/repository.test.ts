import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it.each(['package-lock.json', 'tests/electron/package-lock.json', 'tests/node24/package-lock.json'])(
  'keeps the host that packages came from out of %s',
  (path) => {
    const lock = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
    const { packages } = JSON.parse(lock) as { packages: Record<string, { resolved?: string }> };
    const withHost = Object.keys(packages).filter((name) => packages[name]?.resolved !== undefined);
    expect(withHost, 'run `npm install --package-lock-only` with the .npmrc that stands beside it').toEqual([]);
  },
);
