/** Compiles the type tests with every supported TypeScript, in both dialects of decorators. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';

const compilers = ['typescript5', 'typescript', 'typescript7'];
const projects = ['tests/types/tsconfig.json', 'tests/types/tsconfig.legacy.json'];

const tsc = (compiler: string, ...options: string[]): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [`node_modules/${compiler}/bin/tsc`, ...options], { encoding: 'utf8' });

for (const compiler of compilers) {
  const version = tsc(compiler, '--version').stdout.trim();
  for (const project of projects) {
    const { status, stdout, stderr } = tsc(compiler, '-p', project);
    console.log(`${status === 0 ? 'ok' : 'FAILED'}  TypeScript ${version.replace('Version ', '')}  ${project}`);
    if (status !== 0) {
      console.log(`${stdout}${stderr}`);
      process.exitCode = 1;
    }
  }
}
