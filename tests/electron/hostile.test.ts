import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForbiddenError, gt, OrmError, sql, type Database } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { allow, shareDatabase } from 'litemodel/electron-main';
import { open as openPort } from 'litemodel/electron-renderer';
import { admit } from '../../src/port/untrusted-command.js';
import { Grants } from '../../src/port/untrusted-grant.js';
import { mainOnly, type CompiledStatement, type EngineCommand } from '../../src/sql/index.js';
import { at, models, Membership, Note, Secret, Tag } from './models.js';
import { answer, fill, query, write } from './queries.js';
import { openMain, openWindow, ports } from './window.js';

/*
 * A window that was taken over sends whatever it likes. What our own client sends is recorded, mutated, and admitted as main
 * would: either an error of ours comes of it, or a statement that says nothing but what is allowed, which two databases that
 * differ in what is not allowed answer in the same way.
 */

const allowances = [
  allow(Note, ['create', 'read', 'update', 'delete'], { rows: { ownerId: 1 } }),
  allow(Tag, ['read', 'update']),
  allow(Membership, ['create', 'update', 'delete']),
];
const grants = new Grants(allowances.map(({ grant }) => grant));

type Tree = Record<string, unknown>;

/** What the client sends when it is asked for all kinds of things. */
async function recorded(): Promise<Tree[]> {
  const db = openMain();
  fill(db);
  const line = ports();
  const commands: Tree[] = [];
  const post = line.window.postMessage;
  line.window.postMessage = (message) => {
    for (const { command } of message as { command?: Tree }[]) if (command !== undefined) commands.push(command);
    post(message);
  };
  const operations = ['create', 'read', 'update', 'delete'] as const;
  const everything = { models: [allow(Note, operations), allow(Tag, operations), allow(Membership, operations)] };
  shareDatabase(db, line.main, everything);
  const window = await openPort(line.window, { models, alias: 'recorded' });
  const Notes = at(Note, window);
  const asks = fc.sample(fc.tuple(query, fc.oneof(answer, write)), { numRuns: 300, seed: 7 });
  for (const [from, ask] of asks) await Promise.resolve(ask(from(Notes))).catch(() => undefined);
  const member = await Membership.using(window).create({ userId: 9, team: 'new' });
  member.points = 3;
  await member.async.save();
  await member.async.reload();
  await member.async.delete();
  await Note.using(window).create({ title: 'new', stars: 2 ** 40, settings: { theme: 'x' } });
  await Membership.using(window)
    .filter({ userId: 1, points: gt(0) })
    .limit(1)
    .update({ points: 2 });
  await window.transaction(() => undefined);
  await window.close();
  return commands;
}

/** Two databases that differ in what the window may not get at, and in nothing else. */
function twins(): readonly [Database, Database] {
  const [one, other] = ['one', 'other'].map((alias) => open(':memory:', { models, alias })) as [Database, Database];
  for (const db of [one, other]) {
    fill(db);
    db.run(
      sql`UPDATE notes SET secret = ${`HIDDEN ${db.alias}`}, created_at = ${new Date(0)}, updated_at = ${new Date(0)}`,
    );
    db.run(sql`UPDATE notes SET title = title || ${db.alias}, body = ${db.alias}, stars = ${db.alias.length}
      WHERE owner_id <> 1`);
    db.run(sql`UPDATE memberships SET points = ${db.alias.length} * user_id`);
    Secret.using(db).create({ code: `SECRET ${db.alias}` });
  }
  return [one, other];
}

let corpus: Tree[];
let databases: readonly [Database, Database];

beforeAll(() => void (databases = twins()));
afterAll(() => databases.forEach((db) => db.close()));

/** Whether a command is admitted; checks what becomes of it. */
function isAdmitted(sent: unknown): boolean {
  let command: EngineCommand;
  try {
    command = admit(structuredClone(sent), grants, mainOnly);
  } catch (error) {
    if (!(error instanceof OrmError)) throw error;
    return false;
  }
  if (!('statement' in command)) return true;
  const key = spelledOut(command);
  if (checked.has(key)) return true;
  checked.add(key);
  expect(strangeTokens(command.statement.sql)).toEqual([]);
  const [one, other] = databases.map((db) => outcome(db, command));
  expect(one).toEqual(other);
  expect(spelledOut(one)).not.toMatch(/HIDDEN|SECRET/);
  return true;
}

/** Commands that were looked at already: much of what is sent makes no difference. */
const checked = new Set<string>();

const spelledOut = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part)) ?? '';

/** What a database says to a command, which is then undone; what the window may not change has stayed as it was. */
function outcome(db: Database, command: EngineCommand & { readonly statement: CompiledStatement }): unknown {
  if (command.statement.sql.startsWith('SELECT')) return answered(db, command);
  const before = protectedOf(db);
  let said: unknown;
  try {
    db.transaction(() => {
      said = answered(db, command);
      expect(protectedOf(db)).toEqual(before);
      throw new Error('undo');
    });
  } catch (error) {
    if ((error as Error).message !== 'undo') throw error;
  }
  return said;
}

function answered(db: Database, command: EngineCommand): unknown {
  try {
    return db.performSync(command);
  } catch (error) {
    if (!(error instanceof OrmError)) throw error;
    return error.message;
  }
}

function protectedOf(db: Database): unknown {
  return [
    db.all(sql`SELECT * FROM notes WHERE owner_id <> 1 ORDER BY id`),
    db.all(sql`SELECT * FROM secrets`),
    db.all(sql`SELECT name, sql FROM sqlite_schema`),
    // of rows that may be changed, the hidden column may not
    db.all(
      sql`SELECT DISTINCT secret FROM notes WHERE owner_id = 1 AND secret <> 'HIDDEN' AND secret <> ${`HIDDEN ${db.alias}`}`,
    ),
  ];
}

const words = new Set(
  (
    'SELECT DISTINCT FROM WHERE AND OR NOT IN IS NULL LIKE ESCAPE BETWEEN GLOB CAST AS INTEGER COLLATE ORDER BY DESC NULLS ' +
    'FIRST LAST LIMIT OFFSET INSERT INTO DEFAULT VALUES UPDATE SET DELETE RETURNING count json json_extract json_type nullif ' +
    'json_each'
  ).split(' '),
);
const names = new Set([
  ...['value', 'BINARY', 'NOCASE', 'RTRIM', 'nocase', 'binary', 'rtrim'],
  ...grants.all.flatMap(({ schema, columns: visible }) => [schema.name, ...visible.keys()]),
]);
const texts = new Set(['null', 'true', 'false', 'integer', 'real', 'text', 'array', 'object', '\\']);
const token = /"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([A-Za-z_]+)|\d+|\?|<=|>=|!=|[=<>(),.*+]|(?<=LIMIT )-|\s+|([^])/gy;

/** The parts of a statement that it cannot have from us: other names, words, texts and signs. */
function strangeTokens(text: string): string[] {
  const strange: string[] = [];
  let last = '';
  for (const [whole, name, literal, word, sign] of text.matchAll(token)) {
    const isNamed = name !== undefined && last !== 'AS' && !names.has(name);
    const isWritten = literal !== undefined && !texts.has(literal);
    const isWord = word !== undefined && !words.has(word);
    if (isNamed || isWritten || isWord || sign !== undefined) strange.push(whole);
    if (whole.trim() !== '') last = whole;
  }
  return strange;
}

/** Where something stands in a tree, so that it can be put somewhere else. */
interface Place {
  readonly holder: Tree;
  readonly key: string;
}

function placesOf(node: unknown, seen = new Set<unknown>()): Place[] {
  if (typeof node !== 'object' || node === null || ArrayBuffer.isView(node) || seen.has(node)) return [];
  seen.add(node);
  const holder = node as Tree;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key], seen)]);
}

const deep = (levels: number): unknown => {
  let node: unknown = { kind: 'literal', value: 1 };
  for (let level = 0; level < levels; level++) node = { kind: 'not', operand: node };
  return node;
};

/** A tree of 2^40 parts in forty objects. */
const bomb = (): unknown => {
  let node: unknown = { kind: 'literal', value: 1 };
  for (let level = 0; level < 40; level++) node = { kind: 'and', operands: [node, node] };
  return node;
};

const column = (table: string, name: string) => ({ kind: 'column', table, name });
const from = (table: string, name: string) => ({
  kind: 'select',
  distinct: false,
  columns: [{ expression: column(table, name) }],
  from: table,
  orderBy: [],
});

/** What does not belong where it is put, and what would do harm if it were believed. */
const hostile: readonly (() => unknown)[] = [
  ...[undefined, null, true, 0, -1, 1.5, 1e300, Number.NaN, Infinity, 2n, 2n ** 70n].map((value) => () => value),
  ...['', '"', "'", '--', ';', '\0', '\ud800', '*', '1=1', 'x"; DROP TABLE "notes"; --'].map((text) => () => text),
  ...['= 1 OR 1 =', 'load_extension', 'INTEGER) OR (1', 'ASC, secret', 'NOCASE, secret', '__proto__'].map(
    (text) => () => text,
  ),
  ...['constructor', 'toString', 'secrets', 'sqlite_schema', 'notes', 'tags', 'memberships'].map((text) => () => text),
  ...['secret', 'owner_id', 'rowid', 'code', 'points', 'value', 'title', 'NOTES', 'Secret'].map((text) => () => text),
  ...['fragment', 'column', 'select', 'count', 'script', 'named', 'begin', 'all', 'run'].map((text) => () => text),
  () => ({}),
  () => [],
  () => new Array<unknown>(2 ** 32 - 1),
  () => Array.from<unknown>({ length: 3 }),
  () => new Map([['kind', 'literal']]),
  () => new Set([1]),
  () => new Date(0),
  () => /x/,
  () => new Error('x'),
  () => new Uint8Array(3),
  () => new Uint8Array(new SharedArrayBuffer(3)),
  () => new ArrayBuffer(3),
  () => Object('kind') as unknown, // a string as an object
  () => JSON.parse('{"__proto__":{"kind":"literal","value":1}}') as unknown,
  () => JSON.parse('{"kind":"literal","value":1,"__proto__":{}}') as unknown,
  () => ({ kind: 'literal', value: 'text', length: 1 }),
  () => ({ kind: 'literal', value: "x' OR 1" }),
  () => ({ kind: 'literal', value: { toString: 'x' } }),
  () => ({ kind: 'parameter' }),
  () => ({ kind: 'parameter', value: 1 }),
  () => ({ kind: 'fragment', texts: ['(SELECT code FROM secrets)'], chunks: [] }),
  () => ({ kind: 'result', name: 'secret' }),
  () => ({ kind: 'result', name: 'value' }),
  () => ({ kind: 'collate', operand: column('notes', 'title'), collation: 'x" OR 1 --' }),
  () => ({ kind: 'call', name: 'load_extension', operands: [] }),
  () => ({ kind: 'call', name: 'count', operands: [] }),
  () => ({ kind: 'row', operands: [column('notes', 'id'), column('notes', 'title')] }),
  () => column('notes', 'secret'),
  () => column('notes', 'owner_id'),
  () => column('secrets', 'code'),
  () => column('memberships', 'points'),
  () => column('tags', 'name'),
  () => ({ kind: 'column', table: { name: 'secrets', alias: 'notes' }, name: 'id' }),
  () => ({ kind: 'subquery', select: from('secrets', 'code') }),
  () => ({ kind: 'subquery', select: from('notes', 'secret') }),
  () => ({ kind: 'subquery', select: from('notes', 'title') }),
  () => ({ kind: 'subquery', select: from('memberships', 'points') }),
  () => ({
    kind: 'subquery',
    select: { ...from('tags', 'name'), columns: [{ expression: column('notes', 'secret') }] },
  }),
  () => ({
    kind: 'subselect',
    select: { ...from('notes', 'title'), columns: [{ expression: column('notes', 'id'), alias: 'secret' }] },
  }),
  () => ({
    kind: 'in',
    operand: column('notes', 'id'),
    negated: false,
    among: { kind: 'select', select: from('secrets', 'id') },
  }),
  () => from('secrets', 'code'),
  () => from('notes', 'title'),
  () => deep(99),
  () => deep(500),
];

describe('what a window sends', () => {
  it('is recorded as it is', async () => {
    corpus = await recorded();
    expect(corpus.length).toBeGreaterThan(150);
    const kinds = new Set(corpus.flatMap((command) => placesOf(command).map(({ holder }) => holder['kind'])));
    for (const kind of [
      'select',
      'insert',
      'update',
      'delete',
      'in',
      'json',
      'values',
      'like',
      'between',
      'call',
      'row',
      'subselect',
      'result',
      'not',
    ]) {
      expect(kinds).toContain(kind);
    }
    expect(corpus.filter(isAdmitted).length).toBeGreaterThan(100); // the others are not allowed so much here
  });

  it(
    'with one thing changed is refused or harmless, whatever it is and wherever it stands',
    { timeout: 600_000 },
    () => {
      let admitted = 0;
      for (const command of distinctShapes(corpus)) {
        const count = placesOf(command).length;
        for (let place = 0; place < count; place++) {
          for (const make of hostile) {
            const copy = structuredClone(command);
            const { holder, key } = placesOf(copy)[place]!;
            holder[key] = make();
            if (isAdmitted(copy)) admitted++;
          }
        }
      }
      expect(admitted).toBeGreaterThan(1000); // names, values and whole conditions that are allowed, too
    },
  );

  it('with several things changed is refused or harmless', { timeout: 600_000 }, () => {
    let admitted = 0;
    const change = fc.record({ place: fc.nat(), how: fc.nat(), what: fc.nat(), whom: fc.nat() });
    const changed = fc.tuple(fc.nat(), fc.array(change, { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(changed, ([which, changes]) => {
        const command = structuredClone(corpus[which % corpus.length]!);
        for (const each of changes) mutate(command, each);
        if (isAdmitted(command)) admitted++;
      }),
      { numRuns: 8000 },
    );
    expect(admitted).toBeGreaterThan(400);
  });

  it('is not looked through, however long', () => {
    for (const long of [new Uint8Array(1e9), Object('x'.repeat(1e8)) as unknown]) {
      const statement = { sql: '', bigints: false, syntax: long };
      expect(() => admit({ method: 'all', statement, parameters: [] }, grants, mainOnly)).toThrow(ForbiddenError);
      expect(() => admit(long, grants, mainOnly)).toThrow(ForbiddenError);
    }
  });

  it('goes no deeper than is understood, and not in circles', () => {
    const select = (where: unknown) => ({
      method: 'all',
      statement: { sql: '', bigints: false, syntax: { ...from('tags', 'name'), where } },
      parameters: [],
    });
    expect(isAdmitted(select(deep(98)))).toBe(true);
    const round: Tree = { kind: 'not' };
    round['operand'] = round;
    for (const where of [deep(99), deep(100_000), round, bomb()]) {
      expect(() => admit(select(where), grants, mainOnly)).toThrow('the statement is too large, or goes round');
    }
  });
});

describe('a window that does not keep to the protocol', () => {
  const junk: readonly unknown[] = [
    ...[undefined, null, 1, 'text', {}, { length: 1 }, [null], [1], [[]], [{}], [{ id: 1 }], [{ id: -1 }]],
    ...[
      [{ id: 1, scope: 0, command: null }],
      [{ id: 1, scope: 'x', command: {} }],
      [{ id: 1, scope: 0, command: {}, x: 1 }],
    ],
    ...[[{ more: 'x' }], [{ abort: {} }], new Map(), new Array(2 ** 32 - 1)],
  ];

  it.each(junk.map((message, index) => ({ index, message })))('is hung up on: $index', async ({ message }) => {
    const db = openMain();
    const bad = await openWindow(db, { models: [allow(Tag, ['create', 'read'])] });
    const good = await openWindow(db, { models: [allow(Tag, ['create', 'read'])] });
    const tx = await bad.window.begin();
    await Tag.using(tx).create({ name: 'lost' });
    bad.raw.postMessage(message);
    await expect(Tag.using(tx).count()).rejects.toMatchObject({ code: 'ORM_CONNECTION_LOST' });
    await tx.rollBack();
    expect(await Tag.using(good.window).count()).toBe(0);
  });

  it('gets an error for commands that there are not, and others go on', async () => {
    const db = openMain();
    const { window } = await openWindow(db, { models: [allow(Tag, ['create', 'read'])] });
    const commands = [
      ...[{}, { method: 'toString' }, { method: 'script', text: 'DROP TABLE tags' }, { method: 'all' }],
      ...[
        { method: 'begin', mode: 'constructor' },
        { method: 'begin', mode: 'immediate; DROP TABLE tags' },
      ],
      ...[{ method: 'all', statement: { sql: 'SELECT 1', bigints: false }, parameters: [] }, { method: 'transaction' }],
      ...[
        { method: 'names', statement: { sql: 'SELECT 1', bigints: false } },
        { method: 'call', work: 'x' },
      ],
    ];
    for (const command of commands) {
      await expect(window.connected.perform(command as never)).rejects.toMatchObject({ code: 'ORM_FORBIDDEN' });
    }
    await Tag.using(window).create({ name: 'a' });
    expect(db.inTransaction).toBe(false);
  });
});

interface Change {
  readonly place: number;
  readonly how: number;
  readonly what: number;
  readonly whom: number;
}

/** Changes one thing in a tree: puts something hostile there, or something from another command, or takes it away. */
function mutate(command: Tree, { place, how, what, whom }: Change): void {
  const places = placesOf(command);
  if (places.length === 0) return;
  const { holder, key } = places[place % places.length]!;
  const others = placesOf(corpus[whom % corpus.length]!);
  const other = others[what % others.length]!;
  const alike = others.filter(({ key: name }) => name === key);
  // what was put in before may be a boxed string, whose characters cannot be changed
  const put = (name: string, value: unknown): boolean => Reflect.set(holder, name, value);
  switch (how % 6) {
    case 0:
      put(key, hostile[what % hostile.length]!());
      break;
    case 1:
      put(key, structuredClone(other.holder[other.key]));
      break;
    case 2:
    case 3: // in the place of something of the same name, which fits more often
      if (alike.length > 0) put(key, structuredClone(alike[what % alike.length]!.holder[key]));
      break;
    case 4:
      Reflect.deleteProperty(holder, key);
      break;
    default:
      put(`${key}${what % 2 === 0 ? 'x' : ''}`, places[what % places.length]!.holder);
  }
}

/** One command of each kind: those that differ in names and values only are left out. */
function distinctShapes(commands: readonly Tree[]): Tree[] {
  const shape = (command: Tree) =>
    JSON.stringify(command, (key, value: unknown) =>
      ['name', 'parameters', 'value', 'alias'].includes(key) ? 0 : value,
    );
  const found = new Map(commands.map((command) => [shape(command), command]));
  return [...found.values()].filter((command) => placesOf(command).length < 100).slice(0, 7);
}
