import type { AppOptions } from './app.js';
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
import type { Compile } from './compile.js';
import type { Dialect } from './guide-settings.js';

/** A way to compile the app. */
export interface Toolchain extends AppOptions {
  readonly name: string;
  readonly compile: Compile;
  /** Whether it emits the types of fields where it is told to. */
  readonly emitsTypes: boolean;
  /** Those that it can compile; all if it is not said. */
  readonly dialects?: readonly Dialect[];
}

const commonJs = { type: 'commonjs' } as const;
const vite7 = { vite: 'vite', section: 'Vite 7', emitsTypes: false } as const;
const vite8 = { vite: 'vite8', section: 'Vite 8', emitsTypes: true } as const;
const esbuild = { section: 'esbuild', compile: withEsbuild, emitsTypes: false } as const;
const swc = { section: 'SWC', compile: withSwc, emitsTypes: true } as const;

/** Every toolchain that the guide tells of, as it is set up there. */
export const toolchains: readonly Toolchain[] = [
  { name: 'TypeScript 5.9', compile: withTypeScript('typescript5'), emitsTypes: true },
  { name: 'TypeScript 6.0', compile: withTypeScript('typescript'), emitsTypes: true },
  { name: 'TypeScript 7.0', compile: withTypeScript('typescript7'), emitsTypes: true },
  { name: 'TypeScript 7.0 to CommonJS', ...commonJs, compile: withTypeScript('typescript7'), emitsTypes: true },
  { name: 'tsx', compile: withTsx, emitsTypes: false },
  { name: 'esbuild', ...esbuild },
  { name: 'esbuild, minified', ...esbuild, change: ['build.mjs', 'bundle: true,', 'bundle: true, minify: true,'] },
  {
    name: 'esbuild to CommonJS',
    ...commonJs,
    ...esbuild,
    change: ['build.mjs', "format: 'esm',", "format: 'cjs', packages: 'external',"],
  },
  { name: 'SWC', ...swc, dialects: ['standard'] },
  { name: 'SWC, as of 2022-03', ...swc, dialects: ['standard'], change: ['.swcrc', '2023-11', '2022-03'] },
  { name: 'SWC, without accessors', ...swc, dialects: ['legacy', 'metadata'], accessors: false },
  { name: 'Babel', section: 'Babel', compile: withBabel, emitsTypes: false, dialects: ['standard'] },
  { name: 'Vite 7', ...vite7, compile: withVite },
  { name: "Vite 7's development server", ...vite7, compile: withViteServer },
  { name: 'Vitest on Vite 7, without settings', ...vite7, section: undefined, compile: withVitest },
  { name: 'Vite 8', ...vite8, compile: withVite },
  { name: "Vite 8's development server", ...vite8, compile: withViteServer },
  { name: 'Vitest on Vite 8', ...vite8, compile: withVitest },
];
