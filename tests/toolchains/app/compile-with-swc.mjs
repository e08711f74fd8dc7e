/** What SWC's command line does: compiles each file as .swcrc says. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { transformFile } from '@swc/core';

mkdirSync('dist');
for (const name of readdirSync('src')) {
  const { code } = await transformFile(`src/${name}`);
  writeFileSync(`dist/${name.replace('.ts', '.js')}`, code);
}
