import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import * as litemodel from 'litemodel';
import ts from 'typescript';
import ts5 from 'typescript5';

/** A compiler with the options that matter for decorators and fields. */
export interface Compiler {
  readonly name: string;
  readonly legacy: boolean;
  /** Whether it emits the types of decorated fields. */
  readonly metadata: boolean;
  /** CommonJS for a program in TypeScript. */
  compile(program: string): string;
}

interface FieldOptions {
  readonly legacy: boolean;
  readonly metadata: boolean;
  readonly define: boolean;
}

const everyWay: readonly FieldOptions[] = [true, false].flatMap((define) => [
  { legacy: false, metadata: false, define },
  { legacy: true, metadata: false, define },
  { legacy: true, metadata: true, define },
]);

const describeOptions = ({ legacy, metadata, define }: FieldOptions): string =>
  [legacy ? 'legacy' : 'standard', ...(metadata ? ['metadata'] : []), define ? 'define' : 'assign'].join(', ');

const typescripts = ([ts5 as unknown as typeof ts, ts] as const).flatMap((compiler) =>
  everyWay.map((options): Compiler => ({
    ...options,
    name: `TypeScript ${compiler.version.slice(0, 3)} (${describeOptions(options)})`,
    compile: (program) =>
      compiler.transpileModule(program, {
        compilerOptions: {
          target: compiler.ScriptTarget.ES2022,
          module: compiler.ModuleKind.CommonJS,
          experimentalDecorators: options.legacy,
          emitDecoratorMetadata: options.metadata,
          useDefineForClassFields: options.define,
        },
      }).outputText,
  })),
);

const typescript7s = everyWay
  .filter(({ define }) => define)
  .map((options): Compiler => ({
    ...options,
    name: `TypeScript 7 (${describeOptions(options)})`,
    compile: (program) => compileWithTypeScript7(program, options),
  }));

/** TypeScript 7 has no interface for programs yet. */
function compileWithTypeScript7(program: string, { legacy, metadata }: FieldOptions): string {
  const folder = mkdtempSync(join(tmpdir(), 'litemodel-dialects-'));
  try {
    writeFileSync(join(folder, 'program.ts'), program);
    const tsc = fileURLToPath(new URL('../../node_modules/typescript7/bin/tsc', import.meta.url));
    const options = ['--target', 'es2022', '--module', 'commonjs', '--noCheck', '--ignoreConfig', '--types', ''];
    if (legacy) options.push('--experimentalDecorators');
    if (metadata) options.push('--emitDecoratorMetadata');
    const { stdout } = spawnSync(process.execPath, [tsc, 'program.ts', ...options], { cwd: folder, encoding: 'utf8' });
    try {
      return readFileSync(join(folder, 'program.js'), 'utf8');
    } catch {
      throw new Error(`TypeScript 7 wrote nothing: ${stdout}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const esbuilds = everyWay
  .filter(({ metadata }) => !metadata)
  .map((options): Compiler => ({
    ...options,
    name: `esbuild (${describeOptions(options)})`,
    compile: (program) =>
      transformSync(program, {
        loader: 'ts',
        format: 'cjs',
        target: 'es2022',
        tsconfigRaw: {
          compilerOptions: { experimentalDecorators: options.legacy, useDefineForClassFields: options.define },
        },
      }).code,
  }));

export const compilers: readonly Compiler[] = [...typescripts, ...typescript7s, ...esbuilds];

/** One compiler for each way in which decorators reach us; between the others only the fields differ. */
export const dialects: readonly Compiler[] = compilers.filter(({ name }) =>
  /^(TypeScript 6|esbuild).*define/.test(name),
);

const compiled = new Map<string, string>();

function compile(compiler: Compiler, program: string): string {
  const key = `${compiler.name}\n${program}`;
  const known = compiled.get(key) ?? compiler.compile(program);
  compiled.set(key, known);
  return known;
}

/** What a program exports, compiled and run; it can import litemodel alone. */
export function run(compiler: Compiler, program: string): Record<string, unknown> {
  const module = { exports: {} as Record<string, unknown> };
  const require = (name: string): unknown => {
    if (name === 'litemodel') return litemodel;
    throw new Error(`A program under test cannot import ${name}.`);
  };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- so that programs share our instance of the library
  const call = new Function('module', 'exports', 'require', compile(compiler, program)) as (
    ...parts: unknown[]
  ) => void;
  call(module, module.exports, require);
  return module.exports;
}
