import { beforeEach, describe, expect, it } from 'vitest';
import {
  and,
  between,
  columns,
  contains,
  endsWith,
  eq,
  glob,
  gt,
  gte,
  id,
  integer,
  isNull,
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
  startsWith,
  table,
  type Database,
  type Generated,
  type Sql,
  type Where,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { ids, Sample, selectSamples } from './sample.js';

/** Another model with a column of the same name. */
@table('strangers')
class Stranger extends Model {
  @id() id!: Generated<number>;
  @integer() age!: number;
}

const at = (text: string) => new Date(`2026-01-0${text}T00:00:00.000Z`);

/** A condition, the WHERE it becomes, what is bound, and the rows that meet it. */
type Case = readonly [where: Where<Sample> | Sql, sql: string, parameters: readonly unknown[], ids: readonly number[]];

const column = columns(Sample);

const cases: Readonly<Record<string, Case>> = {
  'a value': [{ age: 30 }, '"age" = ?', [30], [1]],
  'a text': [{ name: 'Ann' }, '"name" = ?', ['Ann'], [1]],
  'a text in a NOCASE column': [{ tag: 'RED' }, '"tag" = ?', ['RED'], [1, 2]],
  'a boolean': [{ active: true }, '"active" = ?', [1], [1, 3]],
  'a Date': [{ seenAt: at('2') }, '"seen_at" = ?', ['2026-01-02T00:00:00.000Z'], [2]],
  'a bigint': [{ size: 2n ** 62n }, '"size" = ?', [2n ** 62n], [3]],
  bytes: [{ bytes: Uint8Array.of(1, 2) }, '"bytes" = ?', [Uint8Array.of(1, 2)], [2]],
  null: [{ nick: null }, '"nick" IS NULL', [], [2, 4]],
  'several fields': [{ active: true, age: gt(30) }, '"active" = ? AND "age" > ?', [1, 30], [3]],
  'a field whose column is a reserved word': [{ most: lte(2) }, '"limit" <= ?', [2], [1, 2]],
  eq: [{ age: eq(30) }, '"age" = ?', [30], [1]],
  'eq(null)': [{ age: eq(null) }, '"age" IS NULL', [], [4]],
  ne: [{ age: ne(30) }, '"age" != ?', [30], [2, 3]],
  'ne(null)': [{ age: ne(null) }, '"age" IS NOT NULL', [], [1, 2, 3]],
  lt: [{ age: lt(30) }, '"age" < ?', [30], [2]],
  lte: [{ age: lte(30) }, '"age" <= ?', [30], [1, 2]],
  gt: [{ age: gt(30) }, '"age" > ?', [30], [3]],
  gte: [{ age: gte(30) }, '"age" >= ?', [30], [1, 3]],
  between: [{ age: between(20, 30) }, '"age" BETWEEN ? AND ?', [20, 30], [1, 2]],
  'between dates': [
    { seenAt: between(at('1'), at('2')) },
    '"seen_at" BETWEEN ? AND ?',
    ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'],
    [1, 2],
  ],
  oneOf: [{ id: oneOf([1, 3, 9]) }, '"id" IN (?, ?, ?)', [1, 3, 9], [1, 3]],
  'oneOf nothing': [{ id: oneOf([]) }, '0', [], []],
  'oneOf with null': [{ age: oneOf([20, null]) }, '("age" IN (?) OR "age" IS NULL)', [20], [2, 4]],
  'oneOf only null': [{ age: oneOf([null]) }, '(0 OR "age" IS NULL)', [], [4]],
  noneOf: [{ age: noneOf([20, 30]) }, '"age" NOT IN (?, ?)', [20, 30], [3]],
  'noneOf nothing': [{ age: noneOf([]) }, '1', [], [1, 2, 3, 4]],
  'noneOf with null': [{ age: noneOf([20, null]) }, '"age" NOT IN (?) AND "age" IS NOT NULL', [20], [1, 3]],
  'oneOf a query': [
    { age: oneOf(Sample.filter({ active: true }).select('age')) },
    '"age" IN (SELECT "samples"."age" FROM "samples" WHERE "samples"."active" = ?)',
    [1],
    [1, 3],
  ],
  'noneOf a query': [
    { age: noneOf(Sample.filter({ active: not(eq(true)) }).select('age')) },
    '"age" NOT IN (SELECT "samples"."age" FROM "samples" WHERE NOT ("samples"."active" = ?) AND "samples"."age" IS NOT NULL)',
    [1],
    [1, 3],
  ],
  'noneOf a limited query': [
    { age: noneOf(Sample.query().orderBy(['id', 'desc']).limit(2).select('age')) },
    '"age" NOT IN (SELECT "value" FROM (SELECT "samples"."age" AS "value" FROM "samples" ' +
      'ORDER BY "samples"."id" DESC LIMIT 2) WHERE "value" IS NOT NULL)',
    [],
    [1, 2],
  ],
  'oneOf a sql query': [
    { id: oneOf(sql`SELECT max(${column.id}) FROM ${Sample}`) },
    '"id" IN (SELECT max("samples"."id") FROM "samples")',
    [],
    [4],
  ],
  'a query for one value': [
    { age: Sample.query().orderBy(['id', 'asc']).limit(1).select('age') },
    '"age" = (SELECT "samples"."age" FROM "samples" ORDER BY "samples"."id" LIMIT 1)',
    [],
    [1],
  ],
  like: [{ name: like('a%') }, `"name" LIKE ? ESCAPE '\\'`, ['a%'], [1, 4]],
  'like with a percent sign': [{ nick: like('100\\%') }, `"nick" LIKE ? ESCAPE '\\'`, ['100\\%'], [3]],
  glob: [{ name: glob('[AB]*') }, '"name" GLOB ?', ['[AB]*'], [1, 2]],
  contains: [{ nick: contains('0%') }, `"nick" LIKE ? ESCAPE '\\'`, ['%0\\%%'], [3]],
  startsWith: [{ name: startsWith('A') }, `"name" LIKE ? ESCAPE '\\'`, ['A%'], [1, 4]],
  endsWith: [{ name: endsWith('N') }, `"name" LIKE ? ESCAPE '\\'`, ['%N'], [1, 4]],
  'contains, case-sensitive': [{ name: contains('n', { caseSensitive: true }) }, '"name" GLOB ?', ['*n*'], [1, 4]],
  'startsWith, case-sensitive': [{ name: startsWith('A', { caseSensitive: true }) }, '"name" GLOB ?', ['A*'], [1]],
  'endsWith, case-sensitive': [{ name: endsWith('N', { caseSensitive: true }) }, '"name" GLOB ?', ['*N'], []],
  isNull: [{ nick: isNull() }, '"nick" IS NULL', [], [2, 4]],
  notNull: [{ nick: notNull() }, '"nick" IS NOT NULL', [], [1, 3]],
  'not a condition': [{ name: not(like('a%')) }, `NOT ("name" LIKE ? ESCAPE '\\')`, ['a%'], [2, 3]],
  'not conditions': [not({ age: gte(30), active: true }), 'NOT ("age" >= ? AND "active" = ?)', [30, 1], [2]],
  'not not': [{ age: not(not(gt(30))) }, 'NOT (NOT ("age" > ?))', [30], [3]],
  or: [or({ age: 20 }, { name: 'Ann' }), '("age" = ? OR "name" = ?)', [20, 'Ann'], [1, 2]],
  'or with several fields': [
    or({ age: 20, active: false }, { age: null }),
    '(("age" = ? AND "active" = ?) OR "age" IS NULL)',
    [20, 0],
    [2, 4],
  ],
  and: [and({ age: gt(20) }, { active: true }), '"age" > ? AND "active" = ?', [20, 1], [1, 3]],
  'fields beside or': [
    { active: true, ...or<Sample>({ age: 30 }, { age: 20 }) },
    '"active" = ? AND ("age" = ? OR "age" = ?)',
    [1, 30, 20],
    [1],
  ],
  'nested and, or, not': [
    and(or({ age: 20 }, { age: 30 }), not(or({ name: 'Bob' }, and({ id: 3 }, { age: null })))),
    '("age" = ? OR "age" = ?) AND NOT ("name" = ? OR ("id" = ? AND "age" IS NULL))',
    [20, 30, 'Bob', 3],
    [1],
  ],
  'another column': [{ age: gt(column.most) }, '"age" > "limit"', [], [1, 2, 3]],
  'another column, equal': [{ name: column.nick }, '"name" = "nick"', [], [1]],
  'between columns': [{ id: between(column.id, column.most) }, '"id" BETWEEN "id" AND "limit"', [], [1, 2, 3]],
  'sql as operand': [{ age: sql`${10} + 20` }, '"age" = (? + 20)', [10n], [1]],
  'sql as operand of a condition': [{ age: gte(sql`2 * ${15}`) }, '"age" >= (2 * ?)', [15n], [1, 3]],
  'sql as condition': [sql`length(${column.name}) > ${3}`, 'length("samples"."name") > ?', [3n], [3]],
  'sql in or': [
    or(sql`${column.age} = 20 OR ${column.age} = 30`, { id: 4 }),
    '(("samples"."age" = 20 OR "samples"."age" = 30) OR "id" = ?)',
    [4],
    [1, 2, 4],
  ],
  'not sql': [not(sql`${column.age} = 20 OR 0`), 'NOT ("samples"."age" = 20 OR 0)', [], [1, 3]],
};

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Sample] });
    Sample.create({ name: 'Ann', nick: 'Ann', tag: 'red', age: 30, most: 1, active: true, seenAt: at('1') });
    Sample.create({
      name: 'Bob',
      tag: 'Red',
      age: 20,
      most: 2,
      active: false,
      seenAt: at('2'),
      bytes: Uint8Array.of(1, 2),
    });
    Sample.create({ name: 'Carl', nick: '100%', age: 40, most: 3, active: true, size: 2n ** 62n });
    Sample.create({ name: 'aNn' });
  });

  it.each(Object.entries(cases))('%s', (_, [where, text, parameters, expected]) => {
    const query = Sample.filter(where);
    expect(query.toSQL()).toEqual({ sql: `${selectSamples} WHERE ${text}`, parameters });
    let found: Sample[] = [];
    expect(statementsOf(db, () => (found = query.all()))).toEqual([`${selectSamples} WHERE ${text}`]);
    expect(ids(found)).toEqual(expected);
    expect(found.every((row) => row instanceof Sample)).toBe(true);
  });

  it('joins the conditions of several filters', () => {
    const query = Sample.filter({ active: true })
      .filter(sql`${column.age} = 20 OR ${column.age} = 40`)
      .filter({});
    const text = `${selectSamples} WHERE "active" = ? AND ("samples"."age" = 20 OR "samples"."age" = 40)`;
    expect(statementsOf(db, () => expect(ids(query.all())).toEqual([3]))).toEqual([text]);
  });

  it('asks for one row, a number, or whether there is any', () => {
    const query = Sample.filter({ active: true }).orderBy(['age', 'desc']);
    const statements = statementsOf(db, () => {
      expect(query.first()?.id).toBe(3);
      expect(query.count()).toBe(2);
      expect(query.exists()).toBe(true);
      expect(query.pluck('name')).toEqual(['Carl', 'Ann']);
      expect(Sample.count()).toBe(4);
      expect(ids(Sample.all())).toEqual([1, 2, 3, 4]);
      expect(Sample.filter({ name: 'Ann' }).one().id).toBe(1);
    });
    expect(statements).toEqual([
      `${selectSamples} WHERE "active" = ? ORDER BY "age" DESC LIMIT 1`,
      'SELECT count(*) FROM "samples" WHERE "active" = ?',
      'SELECT 1 FROM "samples" WHERE "active" = ? LIMIT 1',
      'SELECT "name" FROM "samples" WHERE "active" = ? ORDER BY "age" DESC',
      'SELECT count(*) FROM "samples"',
      selectSamples,
      `${selectSamples} WHERE "name" = ? LIMIT 2`,
    ]);
  });

  it('counts the rows of a limited query, and asks for the first one of it', () => {
    const query = Sample.query().orderBy('id').limit(3).offset(2);
    const statements = statementsOf(db, () => {
      expect(query.count()).toBe(2);
      expect(query.exists()).toBe(true);
      expect(query.first()?.id).toBe(3);
      expect(query.limit(0).first()).toBeUndefined();
      expect(query.limit(0).exists()).toBe(false);
      expect(query.limit(0).count()).toBe(0);
    });
    expect(statements.slice(0, 3)).toEqual([
      `SELECT count(*) FROM (${selectSamples} ORDER BY "id" LIMIT 3 OFFSET ?)`,
      'SELECT 1 FROM "samples" LIMIT 1 OFFSET ?',
      `${selectSamples} ORDER BY "id" LIMIT 1 OFFSET ?`,
    ]);
  });

  it('names the table of a column that belongs to another one, so that SQLite does not take it for its own', () => {
    const other = columns(Sample, 'other');
    const inner = sql`(SELECT count(*) FROM ${other} WHERE ${other.age} < ${column.age})`;
    expect(Sample.filter(sql`${inner} = ${1}`).toSQL().sql).toBe(
      `${selectSamples} WHERE (SELECT count(*) FROM "samples" AS "other" WHERE "other"."age" < "samples"."age") = ?`,
    );
    expect(ids(Sample.filter(sql`${inner} = ${1}`).all())).toEqual([1]);
    expect(() => Sample.filter({ age: other.age }).all()).toThrow('no such column: other.age');
    const foreign = columns(Stranger);
    expect(Sample.filter({ age: foreign.age }).toSQL().sql).toBe(`${selectSamples} WHERE "age" = "strangers"."age"`);
    expect(() => Sample.filter({ age: foreign.age }).all()).toThrow('no such column: strangers.age');
    expect(() => Sample.filter({ id: 1 }).update({ age: foreign.age as never })).toThrow(
      'no such column: strangers.age',
    );
  });

  describe('fact 9: NULL in a list', () => {
    it('empties NOT IN in plain SQL', () => {
      expect(db.all(sql`SELECT ${column.id} FROM ${Sample} WHERE ${column.age} NOT IN (20, NULL)`)).toEqual([]);
      expect(db.all(sql`SELECT ${column.id} FROM ${Sample} WHERE ${column.age} NOT IN (SELECT NULL)`)).toEqual([]);
    });

    it('does not empty noneOf, of a list or of a query', () => {
      expect(ids(Sample.filter({ age: noneOf([20, null]) }).all())).toEqual([1, 3]);
      const younger = Sample.filter(or({ age: lt(30) }, { age: null })).select('age');
      expect(younger.all()).toEqual([{ age: 20 }, { age: null }]);
      expect(ids(Sample.filter({ age: noneOf(younger) }).all())).toEqual([1, 3]);
    });
  });

  describe('fact 10 and SEC-07: LIKE', () => {
    it('takes a percent sign for any text in plain SQL, and folds only ASCII letters', () => {
      const matches = (text: string, pattern: string) => db.first(sql`SELECT ${text} LIKE ${pattern} AS yes`)!['yes'];
      expect(matches('100', '%0%')).toBe(1);
      expect(matches('1_0', '%\\_%')).toBe(0); // no escape character unless one is named
      expect(matches('ABC', 'abc')).toBe(1);
      expect(matches('É', 'é')).toBe(0);
    });

    it('takes every character of a text that is looked for as itself', () => {
      for (const name of ['100%', '100', 'a_b', 'axb', 'c\\d', 'É', 'é', '[x]', 'x', 'q*', 'q?'])
        Sample.create({ name });
      const names = (where: Where<Sample>) => Sample.filter(where).orderBy('id').pluck('name');
      expect(names({ name: contains('0%') })).toEqual(['100%']);
      expect(names({ name: contains('_') })).toEqual(['a_b']);
      expect(names({ name: contains('\\') })).toEqual(['c\\d']);
      expect(names({ name: startsWith('é') })).toEqual(['é']);
      expect(names({ name: contains('[x]', { caseSensitive: true }) })).toEqual(['[x]']);
      expect(names({ name: endsWith('*', { caseSensitive: true }) })).toEqual(['q*']);
      expect(names({ name: endsWith('?', { caseSensitive: true }) })).toEqual(['q?']);
    });

    it('goes through an index when case counts', () => {
      db.execute('CREATE INDEX samples_name ON samples (name)');
      const plan = (where: Where<Sample>) =>
        db.all<{ detail: string }>(
          sql`EXPLAIN QUERY PLAN ${sql.raw(Sample.filter(where).toRunnableSQL().slice(0, -1))}`,
        );
      expect(plan({ name: startsWith('A', { caseSensitive: true }) })[0]!.detail).toMatch(
        /^SEARCH samples USING INDEX/,
      );
    });
  });

  describe('fact 35: NUL in a text', () => {
    it('ends the text for functions of SQLite', () => {
      expect(
        db.first(sql`SELECT length(${'a\0b'}) AS length, ${'a\0b'} LIKE ${'a'} AS alike, ${'a\0b'} = ${'a'} AS same`),
      ).toEqual({
        length: 1,
        alike: 1,
        same: 0,
      });
    });

    it('is stored, found and told from other texts', () => {
      Sample.create({ id: 10, name: 'a\0b' });
      Sample.create({ id: 11, name: 'a' });
      expect(ids(Sample.filter({ name: 'a\0b' }).all())).toEqual([10]);
      expect(ids(Sample.filter({ name: oneOf(['a\0b', 'x']) }).all())).toEqual([10]);
      expect(Sample.findById(10)?.name).toBe('a\0b');
    });

    it('is refused in a pattern, which would end there and match more', () => {
      const hint = 'Use sql`instr(…, ${text}) > 0`.';
      expect(() => contains('a\0')).toThrow(`contains cannot look for a NUL character. ${hint}`);
      expect(() => startsWith('\0')).toThrow(`startsWith cannot look for a NUL character. ${hint}`);
      expect(() => like('\0%')).toThrow(`like cannot look for a NUL character. ${hint}`);
      expect(() => glob('\0')).toThrow(`glob cannot look for a NUL character. ${hint}`);
      Sample.create({ id: 10, name: 'a\0b' });
      expect(ids(Sample.filter(sql`instr(${column.name}, ${'\0b'}) > 0`).all())).toEqual([10]);
    });

    it('refuses half a surrogate pair, which would become another character', () => {
      expect(() => contains('\ud83d')).toThrow('contains takes well-formed text, not a string.');
      expect(() => Sample.filter({ name: '\ud83d' })).toThrow(
        'Sample.name takes a string without half surrogate pairs',
      );
      expect(() => sql`${'\udc00'}`).toThrow('A sql template takes well-formed text, not a string.');
    });
  });
});
