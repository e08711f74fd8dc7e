import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { exports: Record<string, object> };
const entries = Object.keys(exports).filter((name) => name !== './package.json');

// what is shared by several entries may be put where it is not there yet when one of them is loaded first
it.each(entries)('%s of the built package can be loaded by itself', (entry) => {
  const name = `litemodel${entry.slice(1)}`;
  const script = `console.log(Object.keys(await import(${JSON.stringify(name)})).length)`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
  });
  expect({ stderr, exports: Number(stdout) > 0 }).toEqual({ stderr: '', exports: true });
});
