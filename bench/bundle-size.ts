import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './compile.js';
import { rounded, type Result } from './report.js';

export const bundleName = 'core bundle, min+gzip';
const goal = 15 * 1024;

/** An app's models file with one plain model, and no driver. */
const entry = `
import { Model, table, id, text, integer, type Generated } from 'litemodel';

@table('users')
export class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer() age!: number;
}
`;

/** The least that an app bundles: one plain model, minified and compressed. */
export async function measureBundle(): Promise<Result> {
  const { outputFiles } = await build({
    stdin: { contents: entry, loader: 'ts', resolveDir: root, sourcefile: 'entry.ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    external: ['node:*'],
    tsconfigRaw: {},
    write: false,
  });
  const bundle = outputFiles[0]!.contents;
  const compressed = gzipSync(bundle, { level: 9 }).length;
  return {
    name: bundleName,
    cells: {
      raw: '',
      ours: `${(compressed / 1024).toFixed(2)} KB`,
      ratio: `${(bundle.length / 1024).toFixed(1)} KB min`,
      control: '',
    },
    goal: `<= ${goal / 1024} KB`,
    isMet: compressed <= goal,
    json: { minified_bytes: bundle.length, gzip_bytes: compressed, gzip_kb: rounded(compressed / 1024) },
  };
}
