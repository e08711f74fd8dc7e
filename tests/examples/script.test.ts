import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../drivers/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(...parameters: string[]): string[] {
  const start = ['--import', 'tsx', 'examples/script/files.ts', ...parameters];
  const { status, stdout, stderr } = spawnSync(process.execPath, start, { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

it('the script tells what takes the room in a folder, and what changed since the last look', () => {
  const folder = join(temporaryFolder(), 'folder');
  const db = join(temporaryFolder(), 'files.db');
  mkdirSync(join(folder, 'deep'), { recursive: true });
  writeFileSync(join(folder, 'a.txt'), 'x'.repeat(2048));
  writeFileSync(join(folder, 'deep', 'b.md'), 'x'.repeat(5120));
  writeFileSync(join(folder, 'deep', 'c.txt'), 'x'.repeat(1024));

  expect(run(folder, '--db', db)).toEqual([
    `${folder}: 3 files; 3 new, 0 changed, 0 gone`,
    '',
    'The largest:',
    `       5.0 KB  ${join(folder, 'deep', 'b.md')}`,
    `       2.0 KB  ${join(folder, 'a.txt')}`,
    `       1.0 KB  ${join(folder, 'deep', 'c.txt')}`,
    '',
    'By type:',
    '       5.0 KB  .md: 1',
    '       3.0 KB  .txt: 2',
  ]);

  writeFileSync(join(folder, 'a.txt'), 'x'.repeat(4096));
  writeFileSync(join(folder, 'd'), 'x');
  rmSync(join(folder, 'deep', 'c.txt'));
  expect(run(folder, '--db', db)[0]).toBe(`${folder}: 3 files; 1 new, 1 changed, 1 gone`);
  expect(run(folder, '--db', db)[0]).toBe(`${folder}: 3 files; 0 new, 0 changed, 0 gone`);
  expect(run(join(folder, 'deep'), '--db', db)[0]).toMatch(/: 3 files; 0 new, 0 changed, 0 gone$/); // of the other folder nothing is gone
});
