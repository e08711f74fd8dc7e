/**
 * The rules that the source keeps by itself: which folder may import which, no import cycle, and how long a file or a
 * function may grow. `tests/architecture.test.ts` runs them; each breach is one sentence with a place and a remedy.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** Source texts by their path from the root of the repository: `src/sql/compile.ts`. */
export type Sources = ReadonlyMap<string, string>;

export const maximumFileLines = 300;
export const maximumFunctionLines = 40;

/** The folders of the core, the lowest first. */
const core = ['errors', 'sql', 'driver', 'schema', 'database', 'query'];

/** What the core and the drivers may import besides their own folder. Any folder not named here is a feature. */
const imports = new Map<string, readonly string[]>([
  ['errors', []],
  ['sql', ['errors']],
  ['driver', ['errors', 'sql']],
  ['drivers', ['errors', 'sql', 'driver']],
  ['schema', ['errors', 'sql']],
  ['database', ['errors', 'sql', 'driver']],
  ['query', ['errors', 'sql', 'driver', 'schema', 'database']],
]);

/** The layer of the files that stand directly in src. */
const entries = 'the entries';

/** The modules of Node that a driver or an entry may import: both exist, or are easily left out, everywhere. */
const importableBuiltins = ['node:module', 'node:process'];

/** Names that a browser does not know. */
const nodeGlobals = new Set(['process', 'Buffer', '__dirname', '__filename']);

/** Asks at run time whether the platform has AsyncLocalStorage, which no import could do without breaking a browser. */
const asksForNode = 'src/database/scope-context.ts';

/** Every TypeScript file in `src`, read from disk. */
export function readSources(root: string): Sources {
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts')).sort();
  return new Map(
    files.map((name) => [`src/${name.replaceAll('\\', '/')}`, readFileSync(join(root, 'src', name), 'utf8')]),
  );
}

/** Imports against the arrows, and what reaches out of `src` where the layer has no business there. */
export function findForbiddenImports(sources: Sources): string[] {
  return parseAll(sources).flatMap((file) => [
    ...importsOf(file).flatMap((found) => refuseImport(file.fileName, found, sources) ?? []),
    ...findNodeGlobals(file),
  ]);
}

/** Files that import each other, type imports included: one sentence for each import that closes a circle. */
export function findCycles(sources: Sources): string[] {
  const graph = new Map(parseAll(sources).map((file) => [file.fileName, localImports(file)]));
  const finished = new Set<string>();
  const breaches: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) breaches.push(describeCycle([...trail.slice(start), path], graph));
    if (start >= 0 || finished.has(path)) return;
    for (const imported of graph.get(path)?.keys() ?? []) visit(imported, [...trail, path]);
    finished.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return breaches;
}

/** Statements of an entry that are neither an import, nor a re-export, nor its `open` or `serve`. */
export function findEntryContents(sources: Sources): string[] {
  return parseAll(sources)
    .filter((file) => layerOf(file.fileName) === entries)
    .flatMap((file) =>
      file.statements
        .filter((statement) => !isComposition(statement))
        .map(
          (statement) =>
            `${place(file, statement)} defines something of its own, but an entry holds only re-exports and its \`open\`; ` +
            'move it into the folder it belongs to and export it from here.',
        ),
    );
}

/** Files and functions over their limits. Blank lines and doc comments are free; a function counts with all it contains. */
export function findOversizes(sources: Sources): string[] {
  return parseAll(sources).flatMap((file) => {
    const countLines = lineCounter(file);
    const length = countLines(0, file.end);
    const breaches = findLongFunctions(file, countLines);
    if (length <= maximumFileLines) return breaches;
    const breach =
      `${file.fileName}:1 has ${length} lines of code, but a file has at most ${maximumFileLines}; ` +
      'find the second idea in it and give that one a file of its own.';
    return [breach, ...breaches];
  });
}

// The import rule ----------------------------------------------------------------------------------------------------

/** The sentence against an import, or `undefined` where it is as it should be. */
function refuseImport(path: string, { line, specifier }: Import, sources: Sources): string | undefined {
  const layer = layerOf(path);
  const at = `${path}:${line}`;
  if (specifier === undefined) {
    if (mayLeaveSource(layer)) return undefined;
    return `${at} imports a computed name, but only drivers/ and the entries may; write the name out, so that it can be checked.`;
  }
  if (!specifier.startsWith('.')) return refusePackage(at, layer, specifier);
  const target = resolveImport(path, specifier);
  if (!sources.has(target)) {
    return `${at} imports "${specifier}", but a relative import names a file of src; give its path, with the ending .js.`;
  }
  const targetLayer = layerOf(target);
  if (mayImport(layer, targetLayer)) return undefined;
  return (
    `${at} imports ${target}, but ${named(layer)} may import ${allowance(layer)}; ` +
    `move what is needed below both of them, or let the caller hand it in.`
  );
}

/** The sentence against an import of a package or of one of Node's modules, or `undefined` where it is allowed. */
function refusePackage(at: string, layer: string, specifier: string): string | undefined {
  const imported = `${at} imports "${specifier}", but`;
  if (/^litemodel(\/|$)/.test(specifier))
    return `${imported} that is this package; import its file by a relative path.`;
  if (!mayLeaveSource(layer)) {
    return `${imported} only drivers/ and the entries import from outside src; put it behind the driver contract.`;
  }
  if (!isBuiltin(specifier) || importableBuiltins.includes(specifier)) return undefined;
  return (
    `${imported} of Node's modules only ${importableBuiltins.join(' and ')} are imported, so that every file loads in a ` +
    'browser; call process.getBuiltinModule() where the module is used.'
  );
}

/** Uses of Node's global names outside the drivers and the entries. */
function findNodeGlobals(file: ts.SourceFile): string[] {
  if (mayLeaveSource(layerOf(file.fileName)) || file.fileName === asksForNode) return [];
  return descendants(file)
    .filter((node) => ts.isIdentifier(node) && nodeGlobals.has(node.text) && isGlobalUse(node))
    .map(
      (node) =>
        `${place(file, node)} uses ${node.getText(file)}, but only drivers/ and the entries know Node; ` +
        'put it behind the driver contract, or let the entry hand it in.',
    );
}

/** Whether an identifier stands for a variable (`process`, `globalThis.process`) and is not merely a property's name. */
function isGlobalUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node)
    return parent.expression.getText() === 'globalThis';
  return ts.isShorthandPropertyAssignment(parent) || !('name' in parent && parent.name === node);
}

function mayImport(layer: string, target: string): boolean {
  if (layer === target || layer === entries) return true;
  if (target === entries) return false;
  if (layer === 'model') return target !== 'drivers';
  return (imports.get(layer) ?? core).includes(target);
}

/** What a layer may import, for a sentence. */
function allowance(layer: string): string {
  if (layer === 'model') return 'every folder but drivers/';
  const folders = (imports.get(layer) ?? core).map(named);
  return folders.length === 0 ? 'no other folder' : `only ${folders.join(', ')}`;
}

const mayLeaveSource = (layer: string): boolean => layer === 'drivers' || layer === entries;

const named = (layer: string): string => (layer === entries ? entries : `${layer}/`);

/** The folder of src that a file stands in, at whatever depth. */
function layerOf(path: string): string {
  const [, folder, ...rest] = path.split('/');
  return rest.length === 0 || folder === undefined ? entries : folder;
}

function isComposition(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return true;
  if (ts.isFunctionDeclaration(statement)) return isVerbOfEntry(statement.name?.text);
  if (ts.isExpressionStatement(statement)) return statement.getText() === 'serve();'; // the script of a worker
  if (!ts.isVariableStatement(statement)) return false;
  if (statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true) return true;
  return statement.declarationList.declarations.every(({ name }) => ts.isIdentifier(name) && isVerbOfEntry(name.text));
}

const isVerbOfEntry = (name: string | undefined): boolean => name === 'open' || name === 'serve';

// What a file imports ------------------------------------------------------------------------------------------------

interface Import {
  readonly line: number;
  /** The name of the module, or `undefined` where only running the code would tell. */
  readonly specifier: string | undefined;
}

function importsOf(file: ts.SourceFile): Import[] {
  return descendants(file).flatMap((node) => {
    const name = moduleNameOf(node);
    return name ? [{ line: lineOf(file, node), specifier: ts.isStringLiteralLike(name) ? name.text : undefined }] : [];
  });
}

/** What names the module in `import …`, `export … from`, `import()`, the type `import('…')` and `require()`. */
function moduleNameOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  if (!ts.isCallExpression(node)) return undefined;
  const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require';
  return isImport ? node.arguments[0] : undefined;
}

/** The files that a file imports, each with the line of the first import. */
function localImports(file: ts.SourceFile): Map<string, number> {
  const lines = new Map<string, number>();
  for (const { line, specifier } of importsOf(file)) {
    if (!specifier?.startsWith('.')) continue;
    const target = resolveImport(file.fileName, specifier);
    if (!lines.has(target)) lines.set(target, line);
  }
  return lines;
}

const resolveImport = (path: string, specifier: string): string =>
  posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');

function describeCycle(trail: readonly string[], graph: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const steps = trail.slice(1).map((path, index) => `${path} (line ${graph.get(trail[index]!)?.get(path)})`);
  return (
    `${trail[0]}:${graph.get(trail[0]!)?.get(trail[1]!)} begins an import cycle, but files import each other in one ` +
    `direction only: ${trail[0]} imports ${steps.join(', which imports ')}; move what they share into a file below them.`
  );
}

// Sizes --------------------------------------------------------------------------------------------------------------

type LineCounter = (start: number, end: number) => number;

/** Counts the lines between two positions that hold more than a doc comment. */
function lineCounter(file: ts.SourceFile): LineCounter {
  const lines = withoutDocComments(file).split('\n');
  return (start, end) => {
    const first = file.getLineAndCharacterOfPosition(start).line;
    const last = file.getLineAndCharacterOfPosition(end).line;
    return lines.slice(first, last + 1).filter((line) => line.trim() !== '').length;
  };
}

/** The text with its doc comments blanked out, every line where it was. */
function withoutDocComments(file: ts.SourceFile): string {
  let { text } = file;
  const visit = (node: ts.Node): void => {
    for (const { pos, end } of ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? []) {
      if (!file.text.startsWith('/**', pos)) continue;
      text = text.slice(0, pos) + text.slice(pos, end).replace(/\S/g, ' ') + text.slice(end);
    }
    for (const child of node.getChildren(file)) if (!ts.isJSDoc(child)) visit(child);
  };
  visit(file);
  return text;
}

function findLongFunctions(file: ts.SourceFile, countLines: LineCounter): string[] {
  return descendants(file).flatMap((node) => {
    if (!hasBody(node)) return [];
    const length = countLines(node.getStart(file), node.end);
    if (length <= maximumFunctionLines) return [];
    return (
      `${place(file, node)}: ${functionName(node)} has ${length} lines of code, but a function has at most ` +
      `${maximumFunctionLines}; give each of its steps a name and a function of its own.`
    );
  });
}

const hasBody = (node: ts.Node): boolean =>
  ts.isClassStaticBlockDeclaration(node) || (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined);

/** The name a reader would search for: the function's own, or that of the variable or property which holds it. */
function functionName(node: ts.Node): string {
  if (ts.isConstructorDeclaration(node)) return 'the constructor';
  const { parent } = node;
  const holder = 'initializer' in parent && parent.initializer === node ? parent : undefined;
  const { name } = node as ts.NamedDeclaration;
  return (name ?? (holder as ts.NamedDeclaration | undefined)?.name)?.getText() ?? 'an unnamed function';
}

// Syntax trees -------------------------------------------------------------------------------------------------------

const parseAll = (sources: Sources): ts.SourceFile[] =>
  [...sources].map(([path, text]) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));

/** A node and all below it, in the order of the text. */
function descendants(root: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return nodes;
}

const lineOf = (file: ts.SourceFile, node: ts.Node): number =>
  file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;

const place = (file: ts.SourceFile, node: ts.Node): string => `${file.fileName}:${lineOf(file, node)}`;
