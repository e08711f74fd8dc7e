/** What Babel's command line does: compiles each file as babel.config.json says. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { transformFileAsync } from '@babel/core';

mkdirSync('dist');
for (const name of readdirSync('src')) {
  const { code } = await transformFileAsync(`src/${name}`);
  writeFileSync(`dist/${name.replace('.ts', '.js')}`, code);
}
