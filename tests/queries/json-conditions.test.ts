import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  and,
  between,
  contains,
  endsWith,
  eq,
  gt,
  gte,
  id,
  InvalidValueError,
  isNull,
  json,
  like,
  lt,
  lte,
  Model,
  ne,
  noneOf,
  not,
  notNull,
  oneOf,
  or,
  sql,
  SqlError,
  startsWith,
  table,
  type Condition,
  type Database,
  type Generated,
  type Where,
  QueryError,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { compare, conjunction, matches, negation, type Operator, type Truth } from './three-valued.js';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

@table('documents')
class Document extends Model {
  @id() id!: Generated<number>;
  @json<Json>({ nullable: true }) body!: Json | null;
}

type Body = Record<string, unknown>;
const where = (body: unknown) => ({ body }) as Where<Document>;
const found = (body: unknown) => Document.filter(where(body)).orderBy('id').pluck('id');
const add = (body: Json | null, key?: number) => Document.create(key === undefined ? { body } : { id: key, body }).id;

const select = 'SELECT "id", "body" FROM "documents" WHERE ';
const extract = 'json_extract("body", ?)';

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Document] });
  });

  it.each<[string, unknown, string, unknown[], number[]]>([
    ['a text', { theme: 'dark' }, `${extract} = ?`, ['$."theme"', 'dark'], [1]],
    ['a number', { size: 5 }, `${extract} = ?`, ['$."size"', 5n], [1]],
    ['a large number', { size: 5e9 }, `${extract} = +CAST(? AS INTEGER)`, ['$."size"', 5_000_000_000n], [2]],
    ['a fraction', { size: gte(4.5) }, `${extract} >= ?`, ['$."size"', 4.5], [1, 2]],
    ['a boolean', { on: true }, `nullif(json_type("body", ?), 'null') = 'true'`, ['$."on"'], [1]],
    ['one', { on: 1 }, `${extract} = ? AND json_type("body", ?) != 'true'`, ['$."on"', 1n, '$."on"'], [2]],
    ['null', { theme: null }, `${extract} IS NULL`, ['$."theme"'], [2, 3]],
    ['a path', { a: { b: { c: 'x' } } }, `${extract} = ?`, ['$."a"."b"."c"', 'x'], [1]],
    [
      'several keys',
      { theme: 'dark', a: { b: notNull() } },
      `(${extract} = ? AND ${extract} IS NOT NULL)`,
      ['$."theme"', 'dark', '$."a"."b"'],
      [1],
    ],
    [
      'a list',
      { tags: ['a', 'b'] },
      `${extract} = json(?) AND json_type("body", ?) != 'text'`,
      ['$."tags"', '["a","b"]', '$."tags"'],
      [1],
    ],
    [
      'conditions inside',
      { size: between(1, 9), theme: startsWith('d') },
      `(${extract} BETWEEN ? AND ? AND ${extract} LIKE ? ESCAPE '\\')`,
      ['$."size"', 1n, 9n, '$."theme"', 'd%'],
      [1],
    ],
    ['oneOf', { size: oneOf([5, 7]) }, `${extract} IN (?, ?)`, ['$."size"', 5n, 7n], [1]],
    ['a Date', { at: new Date(0) }, `${extract} = ?`, ['$."at"', '1970-01-01T00:00:00.000Z'], [1]],
  ])('asks for %s', (_, body, text, parameters, expected) => {
    add({ theme: 'dark', size: 5, on: true, a: { b: { c: 'x' } }, tags: ['a', 'b'], at: '1970-01-01T00:00:00.000Z' });
    add({ theme: null, size: 5e9, on: 1, a: { b: null }, tags: '["a","b"]' });
    add({});
    const query = Document.filter(where(body));
    const written = text.startsWith('(') ? text.slice(1, -1) : text;
    expect(query.toSQL()).toEqual({ sql: select + written, parameters });
    expect(statementsOf(db, () => expect(query.all().map((each) => each.id)).toEqual(expected))).toHaveLength(1);
  });

  describe('fact 24: what JSON functions do not tell apart', () => {
    it('in plain SQL', () => {
      const facts = db.first(sql`SELECT json_extract('{"a":true}', '$.a') = json_extract('{"a":1}', '$.a') AS booleans,
        json_extract('{"a":"[1]"}', '$.a') = json_extract('{"a":[1]}', '$.a') AS lists,
        json_extract('{"a.b":1}', '$.a.b') IS NULL AS dots,
        json_extract('{"a":null}', '$.a') IS json_extract('{}', '$.a') AS nulls`);
      expect(facts).toEqual({ booleans: 1, lists: 1, dots: 1, nulls: 1 });
    });

    it('is told apart by us, in every condition that is about equality', () => {
      const values: Json[] = [true, 1, 1.5, false, 0, '[1]', [1], '{"b":1}', { b: 1 }, '1', 'true', null, ''];
      values.forEach((value, index) => add({ a: value }, index + 1));
      add({}, 99);
      values.forEach((value, index) => {
        if (value === null) return;
        const others = values.flatMap((other, at) => (other === null || at === index ? [] : [at + 1]));
        const isObject = typeof value === 'object' && !Array.isArray(value);
        if (!isObject) expect(found({ a: value })).toEqual([index + 1]);
        expect(found({ a: eq(value) })).toEqual([index + 1]);
        expect(found({ a: ne(value) })).toEqual(others);
        expect(found({ a: not(eq(value)) })).toEqual(others);
        expect(found({ a: oneOf([value]) })).toEqual([index + 1]);
        expect(found({ a: oneOf([value, 'none', 7]) })).toEqual([index + 1]);
        expect(found({ a: noneOf([value, 'none', 7]) })).toEqual(others);
        expect(found({ a: oneOf([value, ...Array.from({ length: 100 }, (_, n) => n + 5)]) })).toEqual([index + 1]);
      });
      const [nullRow, missing] = [12, 99];
      expect(found({ a: null })).toEqual([nullRow, missing]);
      expect(found({ a: isNull() })).toEqual([nullRow, missing]);
      expect(found({ a: oneOf([null, true]) })).toEqual([1, nullRow, missing]);
      expect(found({ a: noneOf([true, 1, null]) })).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 13]);
      expect(Document.filter(not(where({ a: true }))).count()).toBe(values.length - 2); // neither null nor missing
    });
  });

  describe('SEC-02: keys that look like paths', () => {
    const awkward = [
      'a.b',
      'a',
      '.',
      '..',
      '$',
      '$.a',
      'a[0]',
      '[0]',
      '[*]',
      '*',
      '#',
      '[#-1]',
      '"',
      '""',
      'a"b',
      `a'b`,
      `'`,
      '\\',
      '\\"',
      'a\\',
      ' ',
      '',
      'é',
      '日本',
      '😀',
      '\n',
      '\t',
      '\u0001',
      '\u2028',
      '--',
      ') OR 1=1 --',
      '$"."a',
      '"."a',
      '__proto__',
      'constructor',
      'toString',
      '0',
      '-1',
      'null',
      '%',
      '_',
      '?',
      ':a',
      '@b',
      '\ud800',
    ];

    it('walk elsewhere in plain SQL, when they are put into a path as they are', () => {
      const path = (key: string) => `$.${key}`;
      expect(db.first(sql`SELECT json_extract('{"a":{"b":"secret"}}', ${path('a.b')}) AS found`)).toEqual({
        found: 'secret',
      });
      expect(db.first(sql`SELECT json_extract('{"a":["secret"]}', ${path('a[0]')}) AS found`)).toEqual({
        found: 'secret',
      });
    });

    it.each(awkward)('are one key: %j', (key) => {
      const other = { a: { b: 'v', '': 'v' }, b: 'v', '0': 'v' };
      add({ ...other, [key]: 'other' }, 1);
      add(JSON.parse(`{${JSON.stringify(key)}:"v"}`) as Json, 2);
      add([['v'], { [key]: 'v' }] as Json, 3);
      add(JSON.parse(`{"in":{${JSON.stringify(key)}:{${JSON.stringify(key)}:"v"}}}`) as Json, 4);
      add(null, 5);
      const own = (value: unknown) =>
        JSON.parse(`{${JSON.stringify(key)}:0}`, (name, part: unknown) =>
          name === key && part === 0 ? value : part,
        ) as Body;
      const query = Document.filter(where(own('v')));
      expect(query.pluck('id')).toEqual([2]);
      expect(query.toSQL().sql).toBe(`${select}${extract} = ?`);
      expect(found({ in: own(own('v')) })).toEqual([4]);
      expect(found(own(null))).toEqual(key === 'in' ? [1, 2, 3, 5] : [3, 4, 5]);
    });

    it('are refused with a NUL character, which SQLite takes for the end of the key', () => {
      expect(() => Document.filter({ body: { 'a\0b': 1 } })).toThrow(QueryError);
    });

    it('are found whatever they are', () => {
      const anyKey = fc
        .oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom(...awkward), fc.string())
        .filter((key) => !key.includes('\0')); // SQLite takes such a key, and any up to the NUL, for one
      fc.assert(
        fc.property(fc.uniqueArray(anyKey, { minLength: 2, maxLength: 6 }), (keys) => {
          Document.deleteAll();
          const body = Object.fromEntries(keys.map((key, index) => [key, index + 10])) as Json;
          add(body, 1);
          add({ deep: body }, 2);
          keys.forEach((key, index) => {
            const condition = Object.fromEntries([[key, index + 10]]);
            expect(found(condition)).toEqual([1]);
            expect(found({ deep: condition })).toEqual([2]);
            expect(found(Object.fromEntries([[key, index + 11]]))).toEqual([]);
          });
        }),
        { numRuns: 100 },
      );
    });
  });

  it('compares a whole document', () => {
    [{}, { a: 1 }, [], [1, 2], 'text', '', 5, true, false, 'true'].forEach((body, index) => add(body, index + 1));
    add(null, 99);
    expect(found(eq({}))).toEqual([1]);
    expect(found(eq({ a: 1 }))).toEqual([2]);
    expect(found([])).toEqual([3]);
    expect(found([1, 2])).toEqual([4]);
    expect(found('text')).toEqual([5]);
    expect(found('')).toEqual([6]);
    expect(found(5)).toEqual([7]);
    expect(found(true)).toEqual([8]);
    expect(found(oneOf([false, 'true', [1, 2]]))).toEqual([4, 9, 10]);
    expect(found(null)).toEqual([99]);
    expect(found(notNull())).toHaveLength(10);
  });

  it('takes the operand of a condition for a value, and an object beside other keys for conditions', () => {
    add({ a: { b: 1, c: 2 } }, 1);
    add({ a: { b: 1 } }, 2);
    expect(found({ a: { b: 1 } })).toEqual([1, 2]);
    expect(found({ a: { b: gte(1) } })).toEqual([1, 2]);
    expect(found({ a: eq({ b: 1 }) })).toEqual([2]);
  });

  it('does not take a text for the number that it shows, however large that is', () => {
    [5, '5', 3e9, '3000000000', '03e9', 2 ** 60].forEach((a, index) => add({ a }, index + 1));
    expect(found({ a: 5 })).toEqual([1]);
    expect(found({ a: 3e9 })).toEqual([3]);
    expect(found({ a: '3000000000' })).toEqual([4]);
    expect(found({ a: oneOf([3e9, 7]) })).toEqual([3]);
    expect(found({ a: oneOf([3e9, ...Array.from({ length: 100 }, (_, n) => n * 1e9)]) })).toEqual([3]);
    expect(found({ a: 2 ** 60 })).toEqual([6]);
  });

  it('compares with SQL and with other columns', () => {
    add({ a: 1, b: 1 }, 1);
    add({ a: 1, b: 2 }, 2);
    expect(found({ a: sql`json_extract("body", '$.b')` })).toEqual([1]);
    expect(found({ b: gt(sql`json_extract("body", '$.a')`) })).toEqual([2]);
    expect(found({ a: oneOf(sql`SELECT 1`) })).toEqual([1, 2]);
  });

  it('finds rows that another program wrote in its own way', () => {
    db.execute(
      `INSERT INTO documents VALUES (1, ' { "a" : "\\u0041" , "b":[1,   2], "n": 1.0e1, "big": 9007199254740993 } ')`,
    );
    expect(found({ a: 'A' })).toEqual([1]);
    expect(found({ b: [1, 2] })).toEqual([1]);
    expect(found({ n: 10 })).toEqual([1]);
    expect(found({ big: 9007199254740992 })).toEqual([]);
    expect(found({ big: gt(9007199254740992) })).toEqual([1]);
  });

  it('refuses what JSON has no value for, and a value that is no JSON cannot be stored', () => {
    expect(() => found({ a: 5n })).toThrow('Document.body.a takes a value that JSON can hold, not a bigint.');
    expect(() => found({ a: Number.NaN })).toThrow('Document.body.a takes a value that JSON can hold, not NaN.');
    expect(() => found({ a: new Uint8Array(1) })).toThrow(InvalidValueError);
    expect(() => found({ a: new Date(Number.NaN) })).toThrow(InvalidValueError);
    expect(() => found({ a: '\ud800' })).toThrow(InvalidValueError);
    expect(() => db.execute(`INSERT INTO documents VALUES (1, '{a')`)).toThrow(
      'The row fails the check json_valid("body").',
    );
    db.execute(`CREATE TABLE loose (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO loose VALUES (1, '{a')`);
    expect(() => db.all(sql`SELECT json_extract(body, '$.a') FROM loose`)).toThrow(SqlError);
  });

  describe('any condition on any document', () => {
    type Part =
      | { readonly kind: 'value' | 'eq' | 'ne'; readonly value: Json }
      | { readonly kind: 'order'; readonly operator: Operator; readonly value: string | number }
      | { readonly kind: 'list'; readonly values: readonly Json[]; readonly negated: boolean }
      | { readonly kind: 'text'; readonly by: 'contains' | 'startsWith' | 'endsWith'; readonly text: string }
      | { readonly kind: 'null'; readonly negated: boolean }
      | { readonly kind: 'not'; readonly of: Part };
    interface At {
      readonly path: readonly string[];
      readonly part: Part;
    }
    type Tree = At | { readonly all: readonly Tree[] } | { readonly any: readonly Tree[] } | { readonly not: Tree };

    const key = fc.constantFrom('a', 'b', 'a.b', '', '"', '$');
    const scalar: fc.Arbitrary<Json> = fc.oneof(
      fc.constantFrom<Json[]>(
        true,
        false,
        null,
        0,
        1,
        2,
        -1,
        0.5,
        1e300,
        3e9,
        '',
        '1',
        '0',
        'true',
        'null',
        'a',
        'A',
        'ab',
        '[1]',
        '{}',
        '[]',
        '%',
        'é',
      ),
      fc.constantFrom<Json[]>([], [1], [true], ['a', null], {}, { a: 1 }, { a: { b: true } }),
    );
    const body: fc.Arbitrary<Json> = fc.letrec<{ body: Json; object: Json }>((tie) => ({
      body: fc.oneof({ maxDepth: 3, depthSize: 'small' }, scalar, tie('object')),
      object: fc.dictionary(key, tie('body'), { maxKeys: 4, noNullPrototype: true }),
    })).object;
    const part: fc.Arbitrary<Part> = fc.letrec<{ part: Part }>((tie) => ({
      part: fc.oneof(
        { maxDepth: 2 },
        fc.record({ kind: fc.constantFrom('value' as const, 'eq' as const, 'ne' as const), value: scalar }),
        fc.record({
          kind: fc.constant('order' as const),
          operator: fc.constantFrom<Operator[]>('<', '<=', '>', '>='),
          value: fc.oneof(fc.constantFrom('', 'a', 'ab', '1'), fc.constantFrom(0, 1, 0.5, 3e9)),
        }),
        fc.record({
          kind: fc.constant('list' as const),
          values: fc.array(scalar, { maxLength: 4 }),
          negated: fc.boolean(),
        }),
        fc.record({
          kind: fc.constant('text' as const),
          by: fc.constantFrom('contains' as const, 'startsWith' as const, 'endsWith' as const),
          text: fc.constantFrom('', 'a', 'A', '%'),
        }),
        fc.record({ kind: fc.constant('null' as const), negated: fc.boolean() }),
        fc.record({ kind: fc.constant('not' as const), of: tie('part') }),
      ),
    })).part;
    const leaf: fc.Arbitrary<At> = fc.record({ path: fc.array(key, { minLength: 1, maxLength: 3 }), part });
    const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.record({ all: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ any: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
        fc.record({ not: tie('tree') }),
      ),
    })).tree;

    /** A plain object as a bare value is not an equality but conditions of its own. */
    const isBare = (value: Json) => typeof value !== 'object' || value === null || Array.isArray(value);

    function conditionOf(given: Part): unknown {
      switch (given.kind) {
        case 'value':
          return isBare(given.value) ? given.value : eq(given.value);
        case 'eq':
          return eq(given.value);
        case 'ne':
          return ne(given.value);
        case 'order':
          return { '<': lt, '<=': lte, '>': gt, '>=': gte, '=': eq, '!=': ne }[given.operator](given.value);
        case 'list':
          return given.negated ? noneOf(given.values) : oneOf(given.values);
        case 'text':
          return { contains, startsWith, endsWith }[given.by](given.text);
        case 'null':
          return given.negated ? notNull() : isNull();
        case 'not': {
          const inner = conditionOf(given.of);
          return not((inner instanceof Object && 'comparison' in inner ? inner : eq(inner)) as Condition<unknown>);
        }
      }
    }

    function whereOf(given: Tree): Where<Document> {
      if ('all' in given) return and<Document>(...given.all.map(whereOf));
      if ('any' in given) return or<Document>(...given.any.map(whereOf));
      if ('not' in given) return not<Document>(whereOf(given.not));
      return where(given.path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), conditionOf(given.part)));
    }

    const at = (document: Json, path: readonly string[]): Json =>
      path.reduce<Json>(
        (value, name) =>
          typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
            ? value[name]!
            : null,
        document,
      );

    const same = (left: Json, right: Json): Truth =>
      left === null || right === null ? null : JSON.stringify(left) === JSON.stringify(right);

    /** As json_extract has it: true is 1, and a list is its text. */
    const extracted = (value: Json): string | number | null =>
      typeof value === 'boolean'
        ? Number(value)
        : typeof value === 'object' && value !== null
          ? JSON.stringify(value)
          : value;

    function order(left: string | number | null, operator: Operator, right: string | number): Truth {
      if (left === null || typeof left === typeof right) return compare(undefined, left, operator, right);
      return (typeof left === 'string') === operator.startsWith('>'); // every text comes after every number
    }

    function meets(value: Json, given: Part): Truth {
      switch (given.kind) {
        case 'value':
        case 'eq':
          return given.value === null ? value === null : same(value, given.value);
        case 'ne':
          return given.value === null ? value !== null : negation(same(value, given.value));
        case 'order':
          return order(extracted(value), given.operator, given.value);
        case 'list': {
          const hasNull = given.values.includes(null);
          if (value === null) return hasNull ? !given.negated : given.values.length === 0 ? given.negated : null;
          return given.values.some((each) => same(value, each) === true) !== given.negated;
        }
        case 'text': {
          const stored = extracted(value);
          const pattern = given.text === '%' ? '\\%' : given.text;
          const [before, after] = { contains: ['%', '%'], startsWith: ['', '%'], endsWith: ['%', ''] }[given.by];
          return matches(stored === null ? null : sqlText(stored), 'like', `${before}${pattern}${after}`);
        }
        case 'null':
          return (value === null) !== given.negated;
        case 'not':
          return negation(meets(value, given.of));
      }
    }

    /** A number as SQLite writes it. */
    const sqlText = (value: string | number): string => (value === 1e300 ? '1.0e+300' : String(value));

    function evaluate(given: Tree, document: Json): Truth {
      if ('all' in given) return conjunction(given.all.map((each) => evaluate(each, document)));
      if ('any' in given) return negation(conjunction(given.any.map((each) => negation(evaluate(each, document)))));
      if ('not' in given) return negation(evaluate(given.not, document));
      return meets(at(document, given.path), given.part);
    }

    it('finds what three-valued logic says', { timeout: 60_000 }, () => {
      let count = 0;
      fc.assert(
        fc.property(
          fc.array(fc.option(body, { freq: 8 }), { maxLength: 8 }),
          fc.array(tree, { minLength: 4, maxLength: 8 }),
          (bodies, trees) => {
            db.transaction(() => {
              Document.deleteAll();
              bodies.forEach((each, index) => add(each, index + 1));
            });
            for (const given of trees) {
              const truths = bodies.map((each) => evaluate(given, each));
              const expected = (truth: Truth) => truths.flatMap((each, index) => (each === truth ? [index + 1] : []));
              const condition = whereOf(given);
              expect(Document.filter(condition).orderBy('id').pluck('id')).toEqual(expected(true));
              expect(Document.filter(not(condition)).orderBy('id').pluck('id')).toEqual(expected(false));
              count += expected(true).length;
            }
          },
        ),
        { numRuns: 300 },
      );
      expect(count).toBeGreaterThan(500);
    });
  });

  it('changes only the rows that were meant', () => {
    add({ keep: true, n: 1 }, 1);
    add({ keep: 1, n: 2 }, 2);
    add({ n: 3 }, 3);
    expect(Document.filter(where({ keep: true })).update({ body: { keep: false } })).toBe(1);
    expect(Document.filter(where({ n: lte(2) })).delete()).toBe(1);
    expect(Document.all().map((each) => each.body)).toEqual([{ keep: false }, { n: 3 }]);
    expect(found({ keep: like('%') })).toEqual([1]);
  });
});
