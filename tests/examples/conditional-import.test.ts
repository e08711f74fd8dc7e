import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../drivers/temporary-folder.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** An app whose models are synchronous or asynchronous, as the condition says under which they are imported. */
const app = {
  'package.json': JSON.stringify({
    type: 'module',
    imports: { '#orm': { asynchronous: 'litemodel/async', default: 'litemodel' } },
  }),
  'models.js': `import { defineModel, id, text } from '#orm';
export const Note = defineModel('notes', { id: id(), title: text() });`,
  'main.js': `import { open } from 'litemodel/better-sqlite3';
import { Note } from './models.js';
open(':memory:', { models: [Note] });
const created = Note.create({ title: 'one' });
console.log(created instanceof Promise, (await created).title, await Note.count());`,
};

it.each([
  ['synchronous', [], 'false one 1\n'],
  ['asynchronous', ['--conditions=asynchronous'], 'true one 1\n'],
])('one file of models is %s, as the import condition says', (_, conditions, output) => {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(app)) writeFileSync(join(folder, name), content);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'litemodel'), 'junction');
  const { stdout, stderr } = spawnSync(process.execPath, [...conditions, 'main.js'], { cwd: folder, encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' });
});
