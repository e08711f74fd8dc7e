import ts from 'typescript';

/*
 * A guide is a Markdown page whose code runs. Its `ts` blocks become one module in which every line keeps its number, so that
 * a failure points into the page; the conventions for what the code must do stand at the top of tests/docs.test.ts.
 */

/** A fenced block. */
export interface Fence {
  readonly language: string;
  /** What stands behind the language: `no-run`, `legacy`. */
  readonly flags: readonly string[];
  readonly text: string;
  /** The line of the opening fence, from 1; the code begins one line further. */
  readonly line: number;
  readonly lastLine: number;
}

/** What a page says of its code. */
export type Claim =
  | { readonly kind: 'value'; readonly line: number; readonly text: string }
  | { readonly kind: 'throws'; readonly line: number; readonly error: string; readonly message: string | undefined }
  | { readonly kind: 'sql'; readonly line: number; readonly statements: readonly string[]; readonly onlyDdl: boolean };

/** A page's code as two modules: as it is written, for the compiler, and with its claims checked, to run. */
export interface GuideModule {
  readonly source: string;
  readonly instrumented: string;
  readonly claims: readonly Claim[];
}

/** The fenced blocks of a page, in order. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  const lines = markdown.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const opening = /^```(\w+)?\s*(.*)$/.exec(lines[index]!);
    if (opening === null) continue;
    const start = index;
    while (++index < lines.length && lines[index] !== '```');
    if (index === lines.length) throw new Error(`The block that begins in line ${start + 1} has no end.`);
    fences.push({
      language: opening[1] ?? '',
      flags: opening[2]!.split(' ').filter(Boolean),
      text: lines.slice(start + 1, index).join('\n'),
      line: start + 1,
      lastLine: index + 1,
    });
  }
  return fences;
}

/** The module of a page's `ts` blocks that have all these flags and no other; `undefined` where it has none. */
export function moduleOf(markdown: string, flags: readonly string[] = []): GuideModule | undefined {
  const fences = fencesOf(markdown);
  const isPart = (fence: Fence | undefined) => fence?.language === 'ts' && fence.flags.join(' ') === flags.join(' ');
  if (!fences.some(isPart)) return undefined;
  const lines = markdown.split('\n').map(() => '');
  const edits = new Edits();
  for (const fence of fences.filter(isPart)) {
    fence.text.split('\n').forEach((line, index) => (lines[fence.line + index] = line));
  }
  const offsets = lines.map(() => 0);
  lines.forEach((line, index) => (offsets[index + 1] = offsets[index]! + line.length + 1));
  fences.forEach((fence, index) => {
    const code = fences[index - 1];
    if (fence.language !== 'sql' || code === undefined || !isPart(code)) return;
    edits.checkBlock(fence, offsets[code.line - 1]!, offsets[code.lastLine - 1]!);
  });
  const text = lines.join('\n');
  const source = hoistImports(text);
  edits.checkStatements(text);
  return { source, instrumented: hoistImports(edits.apply(text)), claims: edits.claims };
}

/** What is put into a module so that it checks its claims. */
class Edits {
  readonly claims: Claim[] = [];
  readonly #inserted: { readonly at: number; readonly order: number; readonly text: string }[] = [];

  /** Claims that a whole block runs the statements of the `sql` block behind it. */
  checkBlock({ text, line }: Fence, start: number, end: number): void {
    const statements = text
      .replace(/^--.*$/gm, '')
      .split(/;\s*(?:\n|$)/)
      .map(oneLine)
      .filter(Boolean);
    const id =
      this.claims.push({ kind: 'sql', line, statements, onlyDdl: /^(CREATE|ALTER)\b/.test(statements[0]!) }) - 1;
    this.#enclose(start, `__guide.before(${id});`, end, `__guide.ran(${id});`);
  }

  /** Finds the claims behind statements, at any depth; one that stands behind no statement is an error. */
  checkStatements(text: string): void {
    const file = ts.createSourceFile('guide.ts', text, ts.ScriptTarget.ESNext, true);
    const lines = text.split('\n');
    const claimed = new Set<number>();
    const visit = (node: ts.Node): void => {
      if (ts.isStatement(node) && !ts.isBlock(node)) {
        const lastLine = file.getLineAndCharacterOfPosition(node.end).line;
        const rest = text.slice(node.end).split('\n', 1)[0]!;
        if (/^\s*(\/\/.*)?$/.test(rest)) {
          // what is put around first is outermost
          const order = ['SQL:', 'throws', '=>'];
          const found = claimsBehind(rest, lines, lastLine);
          for (const claim of found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
            claim.lines.forEach((line) => claimed.add(line));
            this.#checkStatement(node, claim);
          }
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
    lines.forEach((line, index) => {
      if (marker.test(line) && !claimed.has(index))
        throw new Error(`Line ${index + 1} claims something of no statement.`);
    });
  }

  apply(text: string): string {
    let result = '';
    let from = 0;
    for (const { at, text: inserted } of this.#inserted.sort((a, b) => a.at - b.at || a.order - b.order)) {
      result += text.slice(from, at) + inserted;
      from = at;
    }
    return result + text.slice(from);
  }

  #checkStatement(node: ts.Statement, { kind, text, lines: [line] }: FoundClaim): void {
    const at = line! + 1;
    if (kind === '=>') {
      this.#checkValue(node, this.claims.push({ kind: 'value', line: at, text }) - 1, text);
    } else if (kind === 'SQL:') {
      const statements = text.split('\0').map(oneLine).filter(Boolean);
      const id = this.claims.push({ kind: 'sql', line: at, statements, onlyDdl: false }) - 1;
      this.#enclose(node.getStart(), `__guide.before(${id});`, node.end, `;__guide.ran(${id});`);
    } else {
      const [, error, message] = /^(\w+)(?:: ([^]*))?$/.exec(text.trim()) ?? [];
      if (error === undefined) throw new Error(`Line ${at} names no error.`);
      const id = this.claims.push({ kind: 'throws', line: at, error, message: message && oneLine(message) }) - 1;
      const waits = /\bawait\b/.test(node.getText());
      const call = waits ? `await __guide.rejects(${id}, async () => {` : `__guide.throws(${id}, () => {`;
      this.#enclose(node.getStart(), call, node.end, '});');
    }
  }

  #checkValue(node: ts.Statement, id: number, text: string): void {
    const expected = isExpression(text) ? `() => (${oneLine(text)})` : JSON.stringify(oneLine(text));
    if (ts.isExpressionStatement(node)) {
      const { expression } = node;
      this.#enclose(expression.getStart(), `__guide.is(${id}, ${expected}, (`, expression.end, '))');
    } else if (ts.isVariableStatement(node)) {
      const name = node.declarationList.declarations[0]!.name.getText();
      this.#enclose(node.getStart(), '', node.end, `;__guide.is(${id}, ${expected}, ${name});`);
    } else {
      throw new Error(`Line ${this.claims[id]!.line} claims a value of a statement that has none.`);
    }
  }

  #enclose(start: number, before: string, end: number, after: string): void {
    const order = this.#inserted.length;
    this.#inserted.push({ at: start, order, text: before }, { at: end, order: -order, text: after });
  }
}

/** A claim in comments, and the lines that it takes, from 0. */
interface FoundClaim {
  readonly kind: '=>' | 'SQL:' | 'throws';
  text: string;
  readonly lines: number[];
}

const marker = /\/\/ (=>|SQL:|throws) ?(.*)$/;

/** The claims in the comment behind a statement and in the comment lines below it. */
function claimsBehind(rest: string, lines: readonly string[], lastLine: number): FoundClaim[] {
  const found: FoundClaim[] = [];
  for (let index = lastLine; index < lines.length; index++) {
    const comment = index === lastLine ? rest.trim() : lines[index]!.trim();
    if (index > lastLine && !comment.startsWith('//')) break;
    const [, kind, text] = marker.exec(comment) ?? [];
    const previous = found.at(-1);
    if (kind === 'SQL:' && previous?.kind === 'SQL:') {
      previous.text += `\0${text!}`; // the statements of one claim
      previous.lines.push(index);
    } else if (kind !== undefined) {
      found.push({ kind: kind as FoundClaim['kind'], text: text!, lines: [index] });
    } else if (previous !== undefined && /^\/\/ {3,}/.test(comment)) {
      previous.text += `\n${comment.slice(2).trim()}`; // continued
    } else if (index > lastLine) {
      break;
    }
  }
  return found;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

function isExpression(text: string): boolean {
  const { diagnostics } = ts.transpileModule(`void (${text});`, { reportDiagnostics: true });
  return diagnostics?.length === 0;
}

/** Blocks repeat their imports: they are merged into the first line, which in a page is its title. */
function hoistImports(text: string): string {
  const file = ts.createSourceFile('guide.ts', text, ts.ScriptTarget.ESNext, true);
  const namesByModule = new Map<string, Set<string>>();
  const others = new Set<string>();
  let rest = text;
  for (const statement of file.statements.filter(ts.isImportDeclaration)) {
    const { importClause: clause, moduleSpecifier } = statement;
    const bindings = clause?.namedBindings;
    if (clause !== undefined && clause.name === undefined && bindings !== undefined && ts.isNamedImports(bindings)) {
      const names = namesByModule.get(moduleSpecifier.getText()) ?? new Set();
      const isType = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
      for (const element of bindings.elements) names.add(`${isType ? 'type ' : ''}${element.getText()}`);
      namesByModule.set(moduleSpecifier.getText(), names);
    } else {
      others.add(statement.getText());
    }
    const blank = statement.getText().replace(/[^\n]/g, ' ');
    rest = rest.slice(0, statement.getStart()) + blank + rest.slice(statement.end);
  }
  const merged = [...namesByModule].map(([module, names]) => `import { ${[...names].join(', ')} } from ${module};`);
  return [...others, ...merged].join(' ') + rest;
}
