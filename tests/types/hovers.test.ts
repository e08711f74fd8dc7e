import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = `${root}tests/types/hovered.ts`;

/** Each name is hovered over where it is declared. */
const source = `
import { and, columns, defineModel, gte, id, or, sql, text, type Database } from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { Event, User } from './models.js';
class Task extends defineAsyncModel('tasks', { id: id(), title: text() }) {}
declare const db: Database;
const filtered = User.filter({});
const chained = User.filter({ age: gte(3) }).orderBy('name').limit(3);
const all = User.query().all();
const first = User.query().first();
const one = User.query().one();
const created = Event.create({ title: 'x' });
const found = User.findById(1);
const saved = User.build().save();
const plucked = User.query().pluck('name');
const selected = User.query().select('id', 'name').all();
const shaped = User.query().select({ id: true, size: sql<number>\`1\` }).all();
const counted = User.count();
const age = User.query().one().age;
const combined = or<User>({ name: 'x' }, and({ age: 3 }));
const column = columns(User).name;
const view = User.using(db);
const Person = defineModel('people', { id: id(), name: text() });
const people = Person.all();
const waiting = User.async();
const promised = User.async().all();
const later = User.async().filter({ age: gte(3) }).orderBy('name');
const fromQuery = User.filter({}).async;
const inTurn = User.build().async;
const savedLater = User.build().async.save();
const transacted = db.async.transaction((tx) => User.using(tx).count());
const begun = db.async.begin();
const promising = Task.query();
const task = Task.findById(1);
User.query().all();
User.filter({  });
User.filter({ nam });
User.query().orderBy('');
User.create({  });
`;

let service: ts.LanguageService;

beforeAll(() => {
  const { config } = ts.readConfigFile(`${root}tests/tsconfig.json`, (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, `${root}tests`);
  const read = (path: string): string | undefined => (path === file ? source : ts.sys.readFile(path));
  service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (path) => {
      const text = read(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: (wanted) => ts.getDefaultLibFilePath(wanted),
    fileExists: (path) => path === file || ts.sys.fileExists(path),
    readFile: read,
    directoryExists: (path) => ts.sys.directoryExists(path),
    getDirectories: (path) => ts.sys.getDirectories(path),
  });
  hover('const filtered'); // the first answer waits for the whole program
}, 60_000);

/** What an editor shows when the pointer rests at the end of `before`. */
function hover(before: string): string {
  const position = source.indexOf(before) + before.length - 1;
  const shown = service.getQuickInfoAtPosition(file, position)?.displayParts ?? [];
  return shown
    .map(({ text }) => text)
    .join('')
    .replace(/\s+/g, ' ');
}

/** What an editor offers behind `before`, without what is in scope everywhere. */
function completions(before: string): string[] {
  const offered = service.getCompletionsAtPosition(file, source.indexOf(before) + before.length, {})?.entries ?? [];
  return offered
    .filter(({ kind }) => kind !== ts.ScriptElementKind.keyword)
    .map(({ name }) => name)
    .sort();
}

describe('an editor shows', () => {
  it.each([
    ['filtered', 'Query<User>'],
    ['chained', 'Query<User>'],
    ['all', 'User[]'],
    ['first', 'User | undefined'],
    ['one', 'User'],
    ['created', 'Event'],
    ['found', 'User | undefined'],
    ['saved', 'User'],
    ['plucked', 'string[]'],
    ['selected', 'Pick<User, "id" | "name">[]'],
    ['shaped', 'Selected<User, { readonly id: true; readonly size: Sql<number>; }>[]'],
    ['counted', 'number'],
    ['age', 'Generated<number>'],
    ['combined', 'Combination<User>'],
    ['column', 'ColumnValue<string>'],
    ['view', 'typeof User'],
    ['waiting', 'ModelView<User, "async">'],
    ['promised', 'Promise<User[]>'],
    ['later', 'AsyncQuery<User>'],
    ['fromQuery', 'QueryOf<User, User, "async">'],
    ['inTurn', 'InstanceView<User, "async">'],
    ['savedLater', 'Promise<User>'],
    ['transacted', 'Promise<number>'],
    ['begun', 'Promise<BegunTransaction>'],
    ['promising', 'AsyncQuery<Task>'],
    ['task', 'Promise<Task | undefined>'],
  ])('%s: %s', (name, type) => {
    expect(hover(`const ${name}`)).toBe(`const ${name}: ${type}`);
  });

  it('what a model without decorators has', () => {
    expect(hover('const people')).toBe(
      'const people: (Described<{ readonly id: Column<number, true>; readonly name: Column<string, false>; }> & InstanceOf<"sync">)[]',
    );
  });

  it('the short names of methods, with their documentation', () => {
    expect(hover('User.query().all')).toBe('(method) QueryOf<User, User, "sync">.all(): User[]');
    expect(hover('User.filter')).toBe(
      '(method) Statics<"sync">.filter<User>(this: Of<User>, where: Where<User>): Query<User>',
    );
  });
});

describe('an editor completes', () => {
  it('the fields of a filter, but nothing of Model', () => {
    const offered = completions('User.filter({ ');
    expect(offered).toEqual(expect.arrayContaining(['age', 'bio', 'createdAt', 'email', 'name', 'settings']));
    expect(offered).not.toContain('save');
    expect(offered).not.toContain('toJSON');
    expect(offered).not.toContain('cached');
  });

  it('the fields of an order', () => {
    const offered = completions("User.query().orderBy('");
    expect(offered).toEqual(expect.arrayContaining(['age', 'bio', 'name']));
    expect(offered).not.toContain('greet');
  });

  it('the fields of create', () => {
    expect(completions('User.create({ ')).toEqual(expect.arrayContaining(['age', 'email', 'name']));
  });
});
