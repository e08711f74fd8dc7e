import type { App, Printed } from './app.js';

/** Compiles an app, runs it, and gives what it printed; rejects when one of the two fails. */
export type Compile = (app: App) => Promise<Printed>;

/** Checks and compiles with the `tsc` of a package. */
export const withTypeScript =
  (name: 'typescript5' | 'typescript' | 'typescript7'): Compile =>
  async (app) => {
    await app.tool(`${name}/bin/tsc`, '-p', '.');
    return app.node('dist/main.js');
  };

/** Compiles in memory. */
export const withTsx: Compile = (app) => app.tool('tsx/dist/cli.mjs', 'src/main.ts');

/** Runs the guide's build script, and what it built. */
export const withEsbuild: Compile = async (app) => {
  await app.node('build.mjs');
  return app.node('dist/main.js');
};

/** Compiles file by file, as `.swcrc` says. */
export const withSwc: Compile = async (app) => {
  await app.node('compile-with-swc.mjs');
  return app.node('dist/main.js');
};

/** Compiles file by file, as `babel.config.json` says. */
export const withBabel: Compile = async (app) => {
  await app.node('compile-with-babel.mjs');
  return app.node('dist/main.js');
};

/** Builds one file, of litemodel as well, in which classes have lost their names. */
export const withVite: Compile = async (app) => {
  app.write(
    'bundled.config.js',
    `
    import config from './vite.config.js';
    export default { ...config, ssr: { noExternal: true, external: ['better-sqlite3'] }, build: { minify: true } };`,
  );
  const options = ['--config', 'bundled.config.js', '--ssr', 'src/main.ts'];
  await app.node('node_modules/vite/bin/vite.js', 'build', ...options);
  return app.node('dist/main.js');
};

/** Has Vite's development server compile each module when it is asked for. */
export const withViteServer: Compile = (app) => app.node('develop.mjs');

/** Runs the app inside a test, where it prints to the terminal as it does outside. */
export const withVitest: Compile = (app) => {
  const options = ['--reporter=./error-reporter.mjs', '--disable-console-intercept'];
  return app.node('node_modules/vitest/vitest.mjs', 'run', ...options);
};
