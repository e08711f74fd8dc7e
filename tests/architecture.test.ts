import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  findCycles,
  findEntryContents,
  findForbiddenImports,
  findOversizes,
  maximumFileLines,
  maximumFunctionLines,
  readSources,
} from '../scripts/architecture.js';

describe('the source', () => {
  const sources = readSources(fileURLToPath(new URL('..', import.meta.url)));

  it('is read', () => {
    expect(sources.keys()).toContain('src/errors/orm-error.ts');
  });
  it('imports along the arrows', () => {
    expect(findForbiddenImports(sources)).toEqual([]);
  });
  it('has no import cycle', () => {
    expect(findCycles(sources)).toEqual([]);
  });
  it('has entries that only compose', () => {
    expect(findEntryContents(sources)).toEqual([]);
  });
  it('keeps files and functions short', () => {
    expect(findOversizes(sources)).toEqual([]);
  });
});

/** One file for each layer, and the file under test. */
function sourcesWith(path: string, text: string): Map<string, string> {
  const layers = ['errors', 'sql', 'driver', 'drivers', 'schema', 'database', 'query', 'json', 'bulk', 'model'];
  const sources = new Map(layers.map((layer) => [`src/${layer}/part.ts`, '']));
  return sources.set('src/index.ts', '').set(path, text);
}

describe('the import rule', () => {
  const refuse = (path: string, text: string): string[] => findForbiddenImports(sourcesWith(path, text));
  const refuseTarget = (layer: string, target: string): string[] =>
    refuse(`src/${layer}/a.ts`, `import { part } from '../${target}.js';`);

  it.each([
    ['errors', []],
    ['sql', ['errors']],
    ['driver', ['errors', 'sql']],
    ['drivers', ['errors', 'sql', 'driver']],
    ['schema', ['errors', 'sql']],
    ['database', ['errors', 'sql', 'driver']],
    ['query', ['errors', 'sql', 'driver', 'schema', 'database']],
    ['json', ['errors', 'sql', 'driver', 'schema', 'database', 'query']],
    ['model', ['errors', 'sql', 'driver', 'schema', 'database', 'query', 'json', 'bulk']],
  ])('lets %s import %j and nothing else', (layer, allowed) => {
    const targets = [...sourcesWith('src/index.ts', '').keys()].map((path) => path.slice('src/'.length, -'.ts'.length));
    const imported = targets.filter((target) => refuseTarget(layer, target).length === 0);
    expect(imported.sort()).toEqual([...allowed, layer].map((folder) => `${folder}/part`).sort());
  });

  it('lets an entry import every layer', () => {
    expect(refuse('src/sqljs.ts', "export * from './drivers/part.js'; export * from './model/part.js';")).toEqual([]);
  });

  it('says in a sentence what is wrong, where, and what to do', () => {
    expect(refuse('src/sql/deep/a.ts', "\nimport type { Part } from '../../query/part.js';")).toEqual([
      'src/sql/deep/a.ts:2 imports src/query/part.ts, but sql/ may import only errors/; ' +
        'move what is needed below both of them, or let the caller hand it in.',
    ]);
  });

  it.each([
    "import type { Part } from '../model/part.js';",
    "import { type Part } from '../model/part.js';",
    "import '../model/part.js';",
    "import Part = require('../model/part.js');",
    "export * from '../model/part.js';",
    "export type { Part } from '../model/part.js';",
    "type Part = import('../model/part.js').Part;",
    "type Part = typeof import('../model/part.js');",
    "const part = () => import('../model/part.js');",
    'const part = () => import(`../model/part.js`);',
    "const part = require('../model/part.js');",
    'const part = (name: string) => import(name);',
    "import { gone } from './gone.js';",
    "import settings from '../../package.json';",
    "import { Model } from 'litemodel';",
    "import fc from 'fast-check';",
    "import { readFileSync } from 'node:fs';",
    "import process from 'node:process';",
    'const home = process.env.HOME;',
    'const home = globalThis.process;',
    'const bytes: Buffer = read();',
  ])('refuses in query/: %s', (text) => {
    expect(refuse('src/query/a.ts', text)).toHaveLength(1);
  });

  it.each([
    "import type { Part } from './part.js';",
    'const read = (plan: Plan) => plan.process;',
    "const a = 'process';",
  ])('has nothing against in query/: %s', (text) => {
    expect(refuse('src/query/a.ts', text)).toEqual([]);
  });

  it.each([
    ["import sqlite from 'better-sqlite3'; import { createRequire } from 'node:module';", 0],
    ['const load = (name: string) => import(name); const { platform } = process;', 0],
    ["import { readFileSync } from 'node:fs';", 1],
    ["import { readFileSync } from 'fs';", 1],
    ["import { Model } from 'litemodel';", 1],
  ])('in drivers/: %s (%i breaches)', (text, breaches) => {
    expect(refuse('src/drivers/a.ts', text)).toHaveLength(breaches);
  });
});

describe('the search for cycles', () => {
  it('follows type imports, and names every step', () => {
    const sources = new Map([
      ['src/sql/a.ts', "import { b } from './b.js';"],
      ['src/sql/b.ts', "\nexport * from './c.js';"],
      ['src/sql/c.ts', "type A = import('./a.js').A;"],
    ]);
    expect(findCycles(sources)).toEqual([
      'src/sql/a.ts:1 begins an import cycle, but files import each other in one direction only: src/sql/a.ts imports ' +
        'src/sql/b.ts (line 1), which imports src/sql/c.ts (line 2), which imports src/sql/a.ts (line 1); ' +
        'move what they share into a file below them.',
    ]);
  });

  it('finds two cycles through one file, and a file that imports itself', () => {
    const sources = new Map([
      ['src/sql/a.ts', "import './b.js'; import './c.js';"],
      ['src/sql/b.ts', "import './a.js';"],
      ['src/sql/c.ts', "import './a.js'; import './c.js';"],
    ]);
    expect(findCycles(sources)).toHaveLength(3);
  });

  it('has nothing against two ways to one file', () => {
    const sources = new Map([
      ['src/sql/a.ts', "import './b.js'; import './c.js';"],
      ['src/sql/b.ts', "import './d.js';"],
      ['src/sql/c.ts', "import './d.js';"],
      ['src/sql/d.ts', ''],
    ]);
    expect(findCycles(sources)).toEqual([]);
  });
});

describe('the check of entries', () => {
  const find = (text: string): string[] => findEntryContents(new Map([['src/a.ts', text]]));

  it.each([
    "import { connect } from './drivers/a.js'; export { connect };",
    "export * from './model/model.js'; export type { Column } from './schema/column.js';",
    'export function open(path: string): Database { return connect(path); }',
    'export const open = composeOpen(connect);',
  ])('accepts %s', (text) => {
    expect(find(text)).toEqual([]);
  });

  it.each(['const cache = new Map();', 'export function close() {}', 'export interface Options {}', 'start();'])(
    'refuses %s',
    (text) => {
      expect(find(text)).toEqual([
        'src/a.ts:1 defines something of its own, but an entry holds only re-exports and its `open`; ' +
          'move it into the folder it belongs to and export it from here.',
      ]);
    },
  );

  it('looks at entries only', () => {
    expect(findEntryContents(new Map([['src/sql/a.ts', 'start();']]))).toEqual([]);
  });
});

describe('the size limits', () => {
  const find = (text: string): string[] => findOversizes(new Map([['src/sql/a.ts', text]]));
  const lines = (count: number): string => 'step();\n'.repeat(count);
  const free = '\n/**\n * A doc comment.\n *\n *     example();\n */\n\n';

  it('allow a file its lines, blank ones and doc comments aside', () => {
    expect(find(free + lines(maximumFileLines - 1) + free + '/** End. */ step();')).toEqual([]);
  });

  it('refuse a file one line longer', () => {
    expect(find(lines(maximumFileLines) + '// A remark counts.')).toEqual([
      'src/sql/a.ts:1 has 301 lines of code, but a file has at most 300; ' +
        'find the second idea in it and give that one a file of its own.',
    ]);
  });

  it('allow a function its lines, blank ones and doc comments aside', () => {
    expect(find(`/** Doc. */\nfunction write() {\n${free}${lines(maximumFunctionLines - 2)}${free}}`)).toEqual([]);
  });

  it.each([
    ['write', 'function write() {', '}'],
    ['write', 'const write = () => {', '};'],
    ['write', 'class A { write() {', '} }'],
    ['write', 'const writers = { write: function () {', '} };'],
    ['#write', 'class A { static async *#write() {', '} }'],
    ['text', 'class A { get text() {', '} }'],
    ['the constructor', 'class A { constructor() {', '} }'],
    ['an unnamed function', 'run(() => {', '});'],
    ['an unnamed function', 'class A { static {', '} }'],
    ['write', 'function write() { return () => {', '} }'],
  ])('refuse a function one line longer: %s in %s', (name, head, tail) => {
    const [breach] = find(`\n${head}\n${lines(maximumFunctionLines - 1)}${tail}`);
    expect(breach).toBe(
      `src/sql/a.ts:2: ${name} has 41 lines of code, but a function has at most 40; ` +
        'give each of its steps a name and a function of its own.',
    );
  });

  it('leave the length of a class alone', () => {
    expect(find(`class A {\n${'step() {}\n'.repeat(2 * maximumFunctionLines)}}`)).toEqual([]);
  });
});
