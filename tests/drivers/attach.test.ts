import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { engines } from './engines.js';
import { temporaryFolder } from './temporary-folder.js';

it.each(engines)('$name tells whether it can attach a file', ({ connect }) => {
  const path = join(temporaryFolder(), 'other.db');
  const connection = connect();
  const attach = () => {
    connection.prepare('ATTACH ? AS other', false).run([path]);
    connection.execute('CREATE TABLE other.t (x)');
  };
  if (connection.capabilities.attach) attach();
  else ignoringErrors(attach);
  expect(existsSync(path)).toBe(connection.capabilities.attach);
  connection.close();
});

function ignoringErrors(attempt: () => void): void {
  try {
    attempt();
  } catch {}
}
