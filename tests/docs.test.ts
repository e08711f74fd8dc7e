/*
 * The guides run. All `ts` blocks of a page, in order, are one module: it is compiled by TypeScript, strictly, and then runs in
 * an empty folder. What it claims is checked:
 *
 *     User.count(); // => 3                          the value of the expression, or of the variable that the line declares
 *     ann; // => User { id: 1, name: 'Ann' }         what is no expression is compared with what console.log would show
 *     User.count();
 *     // SQL: SELECT count(*) FROM "users"           the statements that the line before ran; one more line for each more
 *     User.create(row); // throws UniqueViolation    the error's class; `throws UniqueViolation: Another row` its message, too
 *     // =>                                          a claim goes on in comment lines that are indented further
 *     //     [1, 2]
 *
 * A `sql` block has the statements that the block before it ran; one that begins with CREATE or ALTER has only the DDL among
 * them. `…` in SQL or a message stands for any text. Blocks marked `ts legacy` are another module, compiled with legacy
 * decorators and emitted metadata; `ts no-run` is for what cannot run here, and listed below. `ts browser` is for pages:
 * tests/browser/driven/guide.test.ts. `json` is parsed. The code of other tools, in the guides for those who come from them,
 * is neither compiled nor run here: `typescript`, written out so that it is never taken for ours, `python` and `prisma`.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as litemodel from 'litemodel';
import { fencesOf, moduleOf, type Claim, type GuideModule } from '../scripts/guide.js';
import { ConnectedDatabase, sqlOf } from '../src/database/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Compiled pages stand inside the repository, where `litemodel` and the drivers are found. */
const cache = join(root, '.cache', `docs-${process.pid}`);

const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'CONTRIBUTING.md', ...guides.map((name) => `docs/${name}`)].flatMap((path) => {
  try {
    return [{ path, markdown: readFileSync(join(root, path), 'utf8') }];
  } catch {
    return [];
  }
});

const modules = pages.flatMap(({ path, markdown }) =>
  (['standard', 'legacy'] as const).flatMap((dialect) => {
    const module = moduleOf(markdown, dialect === 'legacy' ? ['legacy'] : []);
    const name = path.replace(/^docs\//, '').replace(/\.md$/, dialect === 'legacy' ? '-legacy' : '');
    return module === undefined ? [] : [{ path, dialect, name, module }];
  }),
);

beforeAll(() => mkdirSync(cache, { recursive: true }));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

describe('the code of the guides', () => {
  it.each(['standard', 'legacy'] as const)('compiles with %s decorators', { timeout: 120_000 }, (dialect) => {
    const errors = compile(modules.filter((each) => each.dialect === dialect));
    expect(errors).toEqual([]);
  });

  it.each(modules)(
    'of $path does what it says ($dialect decorators)',
    { timeout: 60_000 },
    async ({ name, dialect, module }) => {
      const file = join(cache, `${name}.run.${dialect === 'legacy' ? 'js' : 'ts'}`);
      writeFileSync(file, dialect === 'legacy' ? lowerLegacy(module) : module.instrumented);
      await run(file, module.claims);
    },
  );

  it('runs, but for these blocks', () => {
    const idle = pages.flatMap(({ path, markdown }) =>
      fencesOf(markdown)
        .filter(({ language, flags }) => language === 'ts' && flags.includes('no-run'))
        .map(({ text }) => `${path}: ${text.split('\n', 1)[0]}`),
    );
    const ofElectron = ['models', 'main', 'preload', 'renderer', 'utility']; // see tests/electron/example.test.ts
    expect(idle).toEqual(ofElectron.map((name) => `docs/electron.md: // ${name}.ts`));
  });

  it('has no block that nobody looks at', () => {
    const strange = pages.flatMap(({ path, markdown }) =>
      fencesOf(markdown)
        .filter(({ language, flags }, index, fences) => {
          if (language === 'sql') return fences[index - 1]?.language !== 'ts';
          if (language === 'ts') return !['', 'legacy', 'no-run', 'browser', 'browser sync'].includes(flags.join(' '));
          return !['json', 'js', 'sh', 'text', 'html', 'typescript', 'python', 'prisma'].includes(language);
        })
        .map(({ line }) => `${path}:${line}`),
    );
    expect(strange).toEqual([]);
  });

  it('has JSON that is JSON', () => {
    for (const { markdown } of pages) {
      for (const { text } of fencesOf(markdown).filter(({ language }) => language === 'json')) JSON.parse(text);
    }
  });
});

describe('the pages', () => {
  it('link to files and headings that exist', () => {
    const slug = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-');
    const anchors = new Map(
      pages.map(({ path, markdown }) => [path, [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text]) => slug(text!))]),
    );
    const broken = pages.flatMap(({ path, markdown }) =>
      [...markdown.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
        .map(([, link]) => link!)
        .filter((link) => {
          const [file, anchor] = link.split('#') as [string, string?];
          const target = file === '' ? path : relative(root, join(root, path, '..', file));
          if (!target.endsWith('.md')) return false;
          return !existsSync(join(root, target)) || (anchor !== undefined && !anchors.get(target)?.includes(anchor));
        })
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('are all in the index', () => {
    const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
    const missing = guides.filter((name) => name !== 'README.md' && !index.includes(`(${name})`));
    expect(missing).toEqual([]);
  });
});

describe('the error catalogue', () => {
  const catalogue = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const sections = new Map(catalogue.split(/^### /m).map((section) => [section.split('\n', 1)[0]!, section]));

  it('has a section for each class, with its code and what to do', () => {
    expect(codes.size).toBeGreaterThan(30);
    expect([...codes.keys()].filter((name) => !(name in litemodel))).toEqual([]);
    const gaps = [...codes].filter(([name, code]) => {
      const section = sections.get(name);
      return section === undefined || !section.includes(`\`${code}\``) || !/^\*\*Fix\.\*\*/m.test(section);
    });
    expect(gaps.map(([name, code]) => `${name} (${code})`)).toEqual([]);
  });

  it('throws each error in its section, but for those that take a broken machine or another driver', () => {
    const untold = [...sections].filter(([name, section]) => codes.has(name) && !section.includes('```ts'));
    const expected = [
      'DatabaseLockedError',
      'DriverUnavailableError',
      'InterruptedError',
      'IoError',
      'LockedError',
      'SyncUnavailableError',
    ];
    expect(untold.map(([name]) => name).sort()).toEqual(expected);
  });

  it('has no section for what is no error', () => {
    const known = [...codes.keys()];
    expect([...sections.keys()].slice(1).filter((name) => !known.includes(name))).toEqual([]);
  });
});

/** The code of each error class, as its constructor has it. */
const codes = new Map(
  readdirSync(join(root, 'src/errors'))
    .map((name) => readFileSync(join(root, 'src/errors', name), 'utf8'))
    .flatMap((text) => text.split(/^export class /m).slice(1))
    .flatMap((text): [string, string][] => {
      const name = /^\w+/.exec(text)![0];
      const code = /'(ORM_\w+)'/.exec(text)?.[1];
      return code === undefined ? [] : [[name, code]];
    }),
);

describe('the doc comments', () => {
  it('begin with a sentence on everything that is exported', { timeout: 120_000 }, () => {
    const entries = ['index', 'better-sqlite3', 'node-sqlite', 'sqljs'].map((name) => join(root, 'src', `${name}.ts`));
    const program = ts.createProgram(entries, options(root, 'tsconfig.json'));
    const checker = program.getTypeChecker();
    const exported = entries.flatMap((entry) =>
      checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!),
    );
    expect(exported.length).toBeGreaterThan(100);
    const mute = exported.filter((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const [file] = target.flags & ts.SymbolFlags.ValueModule ? (target.declarations ?? []) : [];
      const ofModule = file && /^\/\*\*\s*\*? ?([^]*?)\*\//.exec(file.getSourceFile().text)?.[1]; // export * as …
      const comment = ofModule ?? ts.displayPartsToString(target.getDocumentationComment(checker));
      return !/^[A-Za-z`"][^]{8,}[.:`)]/.test(comment);
    });
    expect(mute.map(({ name }) => name)).toEqual([]);
  });

  it('have examples that are TypeScript', () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const examples = sources.flatMap((name) => examplesOf(readFileSync(join(root, 'src', name), 'utf8')));
    expect(examples.length).toBeGreaterThan(30);
    expect(examples.filter((example) => !isTypeScript(example))).toEqual([]);
  });
});

/** The indented blocks of doc comments, without those that leave something out. */
function examplesOf(source: string): string[] {
  const comments = [...source.matchAll(/\/\*\*[^]*?\*\//g)].map(([comment]) => comment.replace(/^\s*\* ?/gm, ''));
  const blocks = comments.flatMap((comment) => comment.match(/^ {4}.*(\n( {4}.*)?)*$/gm) ?? []);
  return blocks.filter((block) => !block.replace(/\/\/.*/g, '').includes('…'));
}

/** Whether a text can be parsed: as statements, or as the members of a class, of which an example shows single lines. */
function isTypeScript(example: string): boolean {
  const members = example.replace(/^ {4}@\w+(<.*?>)?\(.*?\) \w+!: .*$/gm, 'class Example { $& }');
  return [example, `class Example {\n${example}\n}`, members.replace(/(\/\/.*) \}$/gm, '} $1')].some(
    (text) => ts.transpileModule(text, { reportDiagnostics: true }).diagnostics?.length === 0,
  );
}

/** What a page's code did while it ran, and what of it the page says otherwise. */
class Run {
  readonly #claims: readonly Claim[];
  readonly #starts = new Map<number, number>();
  readonly #checked = new Set<number>();
  readonly statements: string[] = [];
  readonly failures: object[] = [];
  readonly databases = new Set<{ close?(): void }>();

  constructor(claims: readonly Claim[]) {
    this.#claims = claims;
  }

  /** The lines of claims that the code never came to. */
  get unchecked(): number[] {
    return this.#claims.filter((_, id) => !this.#checked.has(id)).map(({ line }) => line);
  }

  before(id: number): void {
    this.#starts.set(id, this.statements.length);
  }

  ran(id: number): void {
    const claim = this.#claims[id] as Claim & { kind: 'sql' };
    const ran = this.statements.slice(this.#starts.get(id)).map(squeeze);
    const found = claim.onlyDdl ? ran.filter((sql) => /^(CREATE|ALTER)\b/.test(sql)) : ran;
    const expected = claim.statements.map(squeeze);
    const fits = found.length === expected.length && expected.every((sql, index) => isLike(sql, found[index]!));
    this.#check(id, fits, expected, found);
  }

  is<Value>(id: number, expected: string | (() => unknown), actual: Value): Value {
    if (typeof expected === 'string') {
      const shown = squeeze(inspect(actual, { depth: 9, breakLength: Infinity }));
      this.#check(id, shown === squeeze(expected), expected, shown);
    } else {
      const value = expected();
      this.#check(id, isEqual(actual, value), value, actual);
    }
    return actual;
  }

  throws(id: number, work: () => void): void {
    let caught: unknown;
    try {
      work();
    } catch (error) {
      caught = error;
    }
    this.#caught(id, caught);
  }

  async rejects(id: number, work: () => Promise<void>): Promise<void> {
    const noError = () => undefined;
    this.#caught(id, await work().then(noError, (reason: unknown) => reason));
  }

  #caught(id: number, error: unknown): void {
    const { error: name, message } = this.#claims[id] as Claim & { kind: 'throws' };
    const found = error instanceof Error ? error : { name: 'nothing', message: '' };
    const said = squeeze(found.message);
    const fits = found.name === name && (message === undefined || isLike(`${message}…`, said));
    this.#check(id, fits, `${name}: ${message ?? ''}`, `${found.name}: ${said}`);
  }

  #check(id: number, fits: boolean, expected: unknown, found: unknown): void {
    this.#checked.add(id);
    if (!fits) this.failures.push({ line: this.#claims[id]!.line, expected, found });
  }
}

/** As `toEqual` compares: classes and undefined properties do not count. */
function isEqual(actual: unknown, expected: unknown): boolean {
  try {
    expect(actual).toEqual(expected);
    return true;
  } catch {
    return false;
  }
}

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('( ', '(').replaceAll(' )', ')').trim();

/** Whether a text is as expected, where `…` is any text. */
function isLike(expected: string, text: string): boolean {
  const pattern = expected
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*');
  return new RegExp(`^${pattern}$`).test(text);
}

/** Imports a page's module in an empty folder, and checks that it came to all of its claims. */
async function run(file: string, claims: readonly Claim[]): Promise<void> {
  const guide = new Run(claims);
  const home = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'litemodel-docs-'));
  const stopListening = listen(guide);
  const log = console.log;
  Object.assign(globalThis, { __guide: guide });
  process.chdir(folder);
  console.log = () => {};
  let end: unknown = 'reached';
  try {
    await import(/* @vite-ignore */ pathToFileURL(file).href);
  } catch (error) {
    end = error;
  } finally {
    console.log = log;
    stopListening();
    for (const database of guide.databases) database.close?.();
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  }
  expect({ failures: guide.failures, end, unchecked: guide.unchecked }).toEqual({
    failures: [],
    end: 'reached',
    unchecked: [],
  });
}

/** Writes down every statement of every database, the ones of opening included. */
function listen(guide: Run): () => void {
  const { perform } = ConnectedDatabase.prototype;
  ConnectedDatabase.prototype.perform = function (command, ...rest) {
    guide.databases.add(this as { close?(): void });
    if (command.method !== 'names') guide.statements.push(sqlOf(command));
    return perform.call(this, command, ...rest);
  };
  return () => void (ConnectedDatabase.prototype.perform = perform);
}

/** What the compiler says of modules, each line with its place in the page. */
function compile(compiled: typeof modules): string[] {
  const files = compiled.map(({ name, module }) => {
    const file = join(cache, `${name}.ts`);
    writeFileSync(file, module.source);
    return file;
  });
  const legacy = compiled[0]?.dialect === 'legacy';
  const program = ts.createProgram(files, {
    ...options(join(root, 'tests'), 'tsconfig.json'),
    ...(legacy && { experimentalDecorators: true, emitDecoratorMetadata: true }),
    noUnusedLocals: false, // an example may end before it uses what it made
  });
  return compiled.flatMap(({ path }, index) => {
    const diagnostics = ts.getPreEmitDiagnostics(program, program.getSourceFile(files[index]!));
    return diagnostics.map(({ file, start, messageText }) => {
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start!).line + 1;
      return `${path}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

function options(folder: string, name: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(folder, name), (path) => ts.sys.readFile(path)) as { config: object };
  return ts.parseJsonConfigFileContent(config, ts.sys, folder, undefined, join(folder, name)).options;
}

/** Only TypeScript itself emits the metadata of legacy decorators. */
function lowerLegacy({ instrumented }: GuideModule): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: true,
  };
  return ts.transpileModule(instrumented, { compilerOptions }).outputText;
}
