import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../drivers/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(db: string): string[] {
  const start = ['--import', 'tsx', 'examples/blog/main.ts', '--db', db];
  const { status, stdout, stderr } = spawnSync(process.execPath, start, { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

it('the blog writes, reads along, refuses and puts right, in few statements', () => {
  const db = join(temporaryFolder(), 'blog.db');
  expect(run(db)).toEqual([
    'Ann writes three posts, with tags and comments (20 statements)',
    '  Bread by Ann [kitchen], 0 comments: /bread',
    '  Owls at Night by Ann [birds, night], 2 comments: /owls-at-night',
    'The front page (4 statements)',
    'No comment: post is not published yet (0 statements)',
    'Cats are published, and commented on (7 statements)',
    'Somebody else was faster, so nothing is overwritten (6 statements)',
    'The tags of Cats are put right: 0 attached, 1 detached (5 statements)',
    '  Ann was sent 3 comments',
    'Comments over two relations (3 statements)',
  ]);
  const again = run(db);
  expect(again).toContain('  Cats by Ann [pets], 1 comment: /cats');
  expect(again).toContain('Somebody else was faster, so nothing is overwritten (6 statements)');
});
