import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the compiler may instantiate for 50 models of ten columns and 200 queries. */
const budget = 30_000;

const model = (n: number): string => `
@table('table_${n}')
export class Model${n} extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @text({ unique: true }) email!: string;
  @integer({ default: 0 }) count!: Generated<number>;
  @real() score!: number;
  @boolean({ default: true }) active!: Generated<boolean>;
  @datetime() seenAt!: Date;
  @text({ nullable: true }) bio!: string | null;
  @json<{ theme: string; size?: number }>() settings!: { theme: string; size?: number };
  @createdAt() createdAt!: Generated<Date>;
}`;

/** The four kinds that peers were measured with; what they ask of relations is asked of columns here, as long as there are none. */
const queries = (n: number): string => `
export const page${n}: string = Model${n}.filter({ count: gte(18), name: like('A%') }).orderBy('name').limit(20).all()[0]!.email;
export const shape${n}: string = Model${n}.query().select({ id: true, name: true }).all()[0]!.name;
export const either${n}: Date | undefined = Model${n}.filter(or({ count: lt(5) }, { active: false })).first()?.seenAt;
export const updated${n}: number = Model${n}.filter({ id: ${n} }).update({ name: 'x', count: 1 });`;

/** The same, awaited. */
const queriesInTurn = (n: number): string => `
export const page${n}: string = (await Model${n}.filter({ count: gte(18), name: like('A%') }).orderBy('name').limit(20).all())[0]!.email;
export const shape${n}: string = (await Model${n}.query().select({ id: true, name: true }).all())[0]!.name;
export const either${n}: Date | undefined = (await Model${n}.filter(or({ count: lt(5) }, { active: false })).first())?.seenAt;
export const updated${n}: number = await Model${n}.filter({ id: ${n} }).update({ name: 'x', count: 1 });`;

const numbers = Array.from({ length: 50 }, (_, n) => n);
const imported =
  'boolean, createdAt, datetime, gte, id, integer, json, like, lt, Model, or, real, table, text, type Generated';
const program = (entry: string, query: (n: number) => string) => `
import { ${imported} } from '${entry}';
${numbers.map(model).join('')}
${numbers.map(query).join('')}
`;
const programs: Readonly<Record<string, string>> = {
  litemodel: program('litemodel', queries),
  'litemodel/async': program('litemodel/async', queriesInTurn),
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'litemodel-types-'));
  const built = run(
    root,
    'node_modules/tsdown/dist/run.mjs',
    '--out-dir',
    join(folder, 'dist'),
    '--log-level',
    'error',
  );
  expect(built.status, built.output).toBe(0);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }'); // so that a program may await
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(cwd: string, script: string, ...options: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script), ...options], {
    cwd,
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}

function instantiations(compiler: string, entry: string, experimentalDecorators: boolean): number {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable', 'esnext.decorators'],
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    experimentalDecorators,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    paths: { litemodel: ['./dist/index.d.ts'], 'litemodel/async': ['./dist/async.d.ts'] },
  };
  writeFileSync(join(folder, 'program.ts'), programs[entry]!);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const { status, output } = run(folder, `node_modules/${compiler}/bin/tsc`, '-p', '.', '--extendedDiagnostics');
  expect(status, output).toBe(0);
  return Number(/^Instantiations:\s+(\d+)$/m.exec(output)![1]);
}

describe.each([
  { entry: 'litemodel', dialect: 'standard', experimentalDecorators: false },
  { entry: 'litemodel', dialect: 'legacy', experimentalDecorators: true },
  { entry: 'litemodel/async', dialect: 'standard', experimentalDecorators: false },
  { entry: 'litemodel/async', dialect: 'legacy', experimentalDecorators: true },
])('50 models of $entry with 200 queries in $dialect decorators', ({ entry, dialect, experimentalDecorators }) => {
  it(`cost the compiler at most ${budget} instantiations`, () => {
    const count = instantiations('typescript', entry, experimentalDecorators);
    console.log(`TypeScript 6, ${entry}, ${dialect} decorators: ${count} instantiations of ${budget}`);
    expect(count).toBeGreaterThan(1_000); // the types are there, and not any
    expect(count).toBeLessThanOrEqual(budget);
  }, 60_000);
});
