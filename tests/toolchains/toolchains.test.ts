/** The settings that docs/toolchains.md shows, taken from there and tried; and what it says of going without them. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { App, installedVersion, installLitemodel, removeApps } from './app.js';
import {
  withBabel,
  withEsbuild,
  withSwc,
  withTsx,
  withTypeScript,
  withVite,
  withVitest,
  withViteServer,
} from './compile.js';
import { everyDialect, settingsOf, versionInGuide } from './guide-settings.js';
import { toolchains } from './toolchains.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000, maxConcurrency: 2 });

beforeAll(installLitemodel);
afterAll(removeApps);

const report = JSON.parse(readFileSync(new URL('report.json', import.meta.url), 'utf8')) as object;
const printed = `${JSON.stringify(report, undefined, 2)}\n`;

const cells = toolchains.flatMap((toolchain) =>
  (toolchain.dialects ?? everyDialect).map((dialect) => ({ ...toolchain, dialect })),
);

/** CommonJS with litemodel inside. */
const bundledToCommonJs = { section: 'esbuild', type: 'commonjs', change: ['build.mjs', "'esm'", "'cjs'"] } as const;

describe.concurrent('the same app makes the same tables and rows', () => {
  it.each(cells)('compiled by $name with $dialect decorators', async ({ dialect, compile, emitsTypes, ...options }) => {
    const { stdout, stderr } = await compile(new App(dialect, options));
    expect(stdout).toBe(printed);
    const types = emitsTypes ? 'with String' : 'without types';
    expect(stderr).toBe(dialect === 'metadata' ? `legacy decorators ${types}\n` : `${dialect} decorators\n`);
  });

  it('with a target that tsx does not care about', async () => {
    const app = new App('standard', { change: ['tsconfig.json', 'es2022', 'esnext'] });
    expect(await withTsx(app)).toEqual({ stdout: printed, stderr: 'standard decorators\n' });
  });

  it('built by Vite 7 without its setting, if no column is an accessor', async () => {
    const app = new App('standard', { vite: 'vite', accessors: false });
    expect(await withVite(app)).toEqual({ stdout: printed, stderr: 'standard decorators\n' });
  });

  it('bundled into CommonJS, if better-sqlite3 is handed over', async () => {
    const app = new App('standard', bundledToCommonJs);
    app.edit('src/report.ts', "from 'litemodel';", "from 'litemodel';\nimport Database from 'better-sqlite3';");
    app.edit('src/report.ts', "open(':memory:', {", "open(':memory:', { Database,");
    expect(await withEsbuild(app)).toEqual({ stdout: printed, stderr: 'standard decorators\n' });
  });
});

describe.concurrent('decorators are left in', () => {
  const leftIn = (script: string) => new RegExp(`^${script} failed\\.[^]*SyntaxError: Invalid or unexpected token`);

  it.each([
    ['TypeScript with target esnext', { change: ['tsconfig.json', 'es2022', 'esnext'] }, withTypeScript('typescript')],
    ['esbuild without target', { section: 'esbuild', change: ['build.mjs', "target: 'es2022',", ''] }, withEsbuild],
    ['Vite 8 without the plugin, whose build does not complain', { vite: 'vite8' }, withVite],
  ] as const)('by %s', async (_, options, compile) => {
    await expect(compile(new App('standard', options))).rejects.toThrow(leftIn('dist/main.js'));
  });

  it.each([
    ['Vite 7 without target', { vite: 'vite', accessors: false }],
    ['Vite 8 without the plugin', { vite: 'vite8' }],
  ] as const)('by the development server of %s', async (_, options) => {
    await expect(withViteServer(new App('standard', options))).rejects.toThrow(leftIn('develop.mjs'));
  });

  it('by Vitest on Vite 8 without the plugin', async () => {
    await expect(withVitest(new App('standard', { vite: 'vite8' }))).rejects.toThrow(leftIn('.*vitest.mjs run .*'));
  });

  it('by SWC, of accessors with legacy decorators', async () => {
    await expect(withSwc(new App('legacy', { section: 'SWC' }))).rejects.toThrow(leftIn('dist/main.js'));
  });

  it('by Node, where it knows TypeScript at all', async () => {
    const file = 'src/author.ts';
    const { typescript } = process.features as { typescript?: unknown };
    const refused = typescript ? leftIn(file) : /ERR_UNKNOWN_FILE_EXTENSION/;
    await expect(new App('standard').node(file)).rejects.toThrow(refused);
  });
});

describe.concurrent('the guide tells of', () => {
  it('the build of Vite 7, which without its setting stops at an accessor', async () => {
    const app = new App('standard', { vite: 'vite' });
    await expect(withVite(app)).rejects.toThrow(/vite\.js build .* failed\.[^]*Unexpected token/);
  });

  it('the plugin for Vite 8, which compiles legacy decorators as standard ones', async () => {
    const app = new App('metadata', { vite: 'vite8' });
    app.write('vite.config.js', settingsOf('Vite 8', 'standard').get('vite.config.js')!);
    expect(await withVite(app)).toEqual({ stdout: printed, stderr: 'standard decorators without types\n' });
  });

  it('CommonJS, into which the loading of better-sqlite3 cannot be bundled', async () => {
    await expect(withEsbuild(new App('standard', bundledToCommonJs))).rejects.toThrow(
      "The argument 'filename' must be a file URL object, file URL string, or absolute path string. Received undefined",
    );
  });

  it('Babel, which stops at a field with a ! where TypeScript comes behind the decorators', async () => {
    const app = new App('standard', { section: 'Babel' });
    app.edit('babel.config.json', '"@babel/plugin-transform-typescript", ', '');
    app.edit('babel.config.json', '}]]', '}], "@babel/plugin-transform-typescript"]');
    await expect(withBabel(app)).rejects.toThrow('Definitely assigned fields cannot be initialized here');
  });

  it('classes that bundlers rename, and with them a table that has no name of its own', async () => {
    const app = new App('legacy', { section: 'esbuild' });
    app.write('src/person.ts', 'export class Person {}');
    app.write('src/main.ts', unnamedTable);
    expect(await withEsbuild(app)).toEqual({ stdout: 'person2\n', stderr: '' });

    app.edit('build.mjs', 'bundle: true', 'bundle: true, minify: true');
    await expect(withEsbuild(app)).rejects.toThrow(/The class name "[\w$]+" is too short to name a table by\./);
  });

  it.each([
    ['TypeScript', 'typescript5'],
    ['tsx', 'tsx'],
    ['esbuild', 'esbuild'],
    ['SWC', '@swc/core'],
    ['Babel', '@babel/core'],
    ['Vitest', 'vitest'],
  ])('the version of %s that is installed', (name, folder) => {
    expect(installedVersion(folder)).toMatch(new RegExp(`^${versionInGuide(name)}\\.`));
  });
});

/** A model whose table is called after its class, and another class of that name. */
const unnamedTable = `
  import { id, Model, table, type Generated } from 'litemodel';
  import { Person as Other } from './person.js';

  @table()
  class Person extends Model {
    @id() id!: Generated<number>;
  }

  console.log(new Other() && /FROM "(.*)"/.exec(Person.query().toSQL().sql)![1]);
`;
