import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  columns,
  id,
  integer,
  InvalidValueError,
  Model,
  QueryError,
  sql,
  table,
  text,
  UnknownFieldError,
  type Database,
  type Generated,
  type Sql,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('workers')
class Worker extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer({ nullable: true }) bossId!: number | null;
  @integer({ default: 0 }) pay!: Generated<number>;
}

const injections = [
  "' OR '1'='1",
  "'; DROP TABLE workers; --",
  '" OR ""="',
  '1; DELETE FROM workers',
  '?',
  '?1',
  ':name',
  '@name',
  '$name',
  '--',
  '/*',
  '%',
  '\\',
  "\\' OR 1=1 --",
  '${1}',
  '\n; SELECT 1',
  '\u0000; SELECT 1',
  'char(39)',
  '😀',
  '',
];

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Worker] });
    Worker.create({ name: 'Ann', pay: 10 });
    Worker.create({ name: 'Bob', bossId: 1, pay: 5 });
    Worker.create({ name: 'Cy', bossId: 2, pay: 7 });
  });
  const value = (query: Sql) => Object.values(db.first(query)!)[0];

  it.each(injections)('binds %j, which stays a value', (given) => {
    const statements = statementsOf(db, () => {
      expect(value(sql`SELECT ${given} AS value`)).toBe(given);
      expect(db.all(sql`SELECT * FROM workers WHERE name = ${given}`)).toEqual([]);
    });
    expect(statements).toEqual(['SELECT ? AS value', 'SELECT * FROM workers WHERE name = ?']);
    expect(Worker.filter(sql`name = ${given}`).all()).toEqual([]);
    expect(Worker.filter({ name: sql`${given}` }).count()).toBe(0);
    expect(
      Worker.query()
        .select({ given: sql`${given}` })
        .first(),
    ).toEqual({ given });
    expect(Worker.filter({ id: 1 }).update({ name: sql`${given}` })).toBe(1);
    expect(Worker.findById(1)?.name).toBe(given);
    expect(Worker.count()).toBe(3);
  });

  it('binds any text as itself', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((given) => given.isWellFormed()),
        (given) => {
          expect(value(sql`SELECT ${given} AS value`)).toBe(given);
        },
      ),
    );
  });

  describe('the type of a value', () => {
    const typeOf = (given: Parameters<typeof sql.join>[0][number]) => value(sql`SELECT typeof(${given}) AS type`);

    it.each([
      0,
      -0,
      1,
      -1,
      2 ** 31 - 1,
      2 ** 31,
      -(2 ** 31) - 1,
      2 ** 40,
      2 ** 53 - 1,
      -(2 ** 53) + 1,
      0n,
      5n,
      2n ** 31n,
      2n ** 53n,
      2n ** 63n - 1n,
      -(2n ** 63n),
      true,
      false,
    ])('%s is INTEGER', (given) => {
      expect(typeOf(given)).toBe('integer');
      const expected =
        typeof given === 'boolean' ? Number(given) : Number.isSafeInteger(Number(given)) ? Number(given) + 0 : given;
      expect(value(sql`SELECT ${given} AS value`)).toBe(expected);
      expect(value(sql`SELECT 'a' || ${given} AS value`)).toBe(`a${expected}`);
    });

    it.each([
      [1.5, 'real'],
      [2 ** 60, 'real'],
      [1e300, 'real'],
      ['5', 'text'],
      ['', 'text'],
      [new Date(0), 'text'],
      [Uint8Array.of(), 'blob'],
      [Uint8Array.of(0, 255), 'blob'],
      [null, 'null'],
    ])('%s is %s', (given, type) => {
      expect(typeOf(given)).toBe(type);
      const back = value(sql`SELECT ${given} AS value`);
      expect(back instanceof Uint8Array ? new Uint8Array(back) : back).toEqual(
        given instanceof Date ? '1970-01-01T00:00:00.000Z' : given,
      );
    });

    it('divides whole numbers as SQLite does', () => {
      expect(value(sql`SELECT ${5} / ${2} AS value`)).toBe(2);
      expect(value(sql`SELECT ${2 ** 40} / ${2 ** 38 + 1} AS value`)).toBe(3);
      expect(value(sql`SELECT ${5} / ${2.5} AS value`)).toBe(2);
    });

    it('does not change how it is compared when it is large', () => {
      db.execute(
        `CREATE TABLE codes (code TEXT); INSERT INTO codes VALUES ('5'), ('05'), ('3000000000'), ('03000000000')`,
      );
      expect(db.all(sql`SELECT code FROM codes WHERE code = ${5}`)).toEqual([{ code: '5' }]);
      expect(db.all(sql`SELECT code FROM codes WHERE code = ${3e9}`)).toEqual([{ code: '3000000000' }]);
      expect(value(sql`SELECT '3000000000' = ${3e9} AS same`)).toBe(0);
    });

    it.each<[string, unknown]>([
      ['undefined', undefined],
      ['an object', {}],
      ['an array', [1, 2]],
      ['NaN', Number.NaN],
      ['Infinity', Infinity],
      ['-Infinity', -Infinity],
      ['an invalid Date', new Date(Number.NaN)],
      ['a symbol', Symbol('x')],
      ['a function', () => 1],
      ['a Map', new Map()],
      ['2^63', 2n ** 63n],
      ['half a surrogate pair', '\ud800'],
      ['an object with toString', { toString: () => '1' }],
      ['parsed JSON', JSON.parse('{"fragment":{"kind":"fragment","texts":["1"],"chunks":[]}}')],
    ])('refuses %s', (_, given) => {
      expect(() => sql`SELECT ${given as never}`).toThrow(InvalidValueError);
      expect(() => sql`SELECT ${given as never}`).toThrow(/^A sql template takes /);
      expect(() => sql.join([1, given as never])).toThrow(InvalidValueError);
    });
  });

  it('nests fragments, and their values keep their order', () => {
    const isRich = sql`pay > ${6}`;
    const where = sql`(${isRich} OR name = ${'Bob'}) AND ${1} = ${1}`;
    const query = sql`SELECT ${'x'} AS tag, name FROM workers WHERE ${where} ORDER BY ${sql.id('name')} LIMIT ${2}`;
    const statements = statementsOf(db, () => {
      expect(db.all(query)).toEqual([
        { tag: 'x', name: 'Ann' },
        { tag: 'x', name: 'Bob' },
      ]);
    });
    expect(statements).toEqual([
      'SELECT ? AS tag, name FROM workers WHERE (pay > ? OR name = ?) AND ? = ? ORDER BY "name" LIMIT ?',
    ]);
  });

  it('puts a fragment that is an operand in parentheses', () => {
    const either = sql`pay = 5 OR pay = 7`;
    expect(Worker.filter(either).filter({ name: 'Ann' }).all()).toEqual([]);
    expect(Worker.filter({ name: 'Bob' }).filter(either).pluck('id')).toEqual([2]);
    expect(Worker.filter(either).toSQL().sql).toMatch(/WHERE pay = 5 OR pay = 7$/);
    expect(Worker.filter(either).filter({ id: 1 }).toSQL().sql).toMatch(/WHERE \(pay = 5 OR pay = 7\) AND "id" = \?$/);
    expect(Worker.filter({ pay: sql`2 + ${3}` }).pluck('id')).toEqual([2]);
    // a comment ends with its fragment
    const noted = Worker.filter(sql`pay = 5 -- OR 1`);
    expect(noted.filter({ id: 2 }).toSQL().sql).toMatch(/WHERE \(pay = 5 -- OR 1\n\) AND "id" = \?$/);
  });

  describe('sql.id', () => {
    it.each(['name', 'select', 'a b', 'a"b', '""', "a'b", '`', '[a]', '日本', ';--', 'a.b', '?', '%', ' '])(
      'quotes %j',
      (name) => {
        db.execute(`CREATE TABLE odd ("${name.replaceAll('"', '""')}" TEXT); INSERT INTO odd VALUES ('found')`);
        expect(db.first(sql`SELECT ${sql.id(name)} FROM odd`)).toEqual({ [name]: 'found' });
        db.execute('DROP TABLE odd');
      },
    );

    it('is SEC-01: a name put into the text as it is, is whatever it says', () => {
      const name = 'x" FROM workers UNION SELECT sql FROM sqlite_schema --';
      expect(db.all(sql.raw(`SELECT name AS "${name}`)).length).toBeGreaterThan(3);
      expect(() => db.all(sql`SELECT workers.${sql.id(name)} FROM workers`)).toThrow(`no such column: workers.${name}`);
      expect(db.first(sql`SELECT name AS ${sql.id(name)} FROM workers`)).toEqual({ [name]: 'Ann' });
    });

    it.each(['', 'a\0', '\0'])('refuses %j', (name) => {
      expect(() => sql.id(name)).toThrow(`${JSON.stringify(name)} cannot be the name of a table or column.`);
      expect(() => sql.id(name)).toThrow(QueryError);
    });
  });

  it('joins values and fragments', () => {
    expect(db.all(sql`SELECT id FROM workers WHERE id IN (${sql.join([1, 3])})`)).toEqual([{ id: 1 }, { id: 3 }]);
    const where = sql.join([sql`pay > ${6}`, sql`name = ${'Bob'}`], ' OR ');
    expect(db.all(sql`SELECT id FROM workers WHERE ${where}`)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(statementsOf(db, () => db.all(sql`SELECT ${sql.join([1])} AS one`))).toEqual(['SELECT ? AS one']);
    expect(db.first(sql`SELECT ${sql.join(['a', sql.id('name')], ' || ')} AS text FROM workers`)).toEqual({
      text: 'aAnn',
    });
    expect(() => sql.join([])).toThrow(
      'sql.join was given no values. An empty list has no SQL: leave the condition out, or write one.',
    );
  });

  it('takes models, columns and queries as themselves', () => {
    const worker = columns(Worker);
    const rich = Worker.filter({ pay: sql`${7}` }).select('id');
    const statements = statementsOf(db, () => {
      expect(db.all(sql`SELECT ${worker.name} FROM ${Worker} WHERE ${worker.id} IN ${rich}`)).toEqual([{ name: 'Cy' }]);
      expect(db.first(sql`SELECT (${Worker.query().select({ n: sql`count(*)` })}) AS n`)).toEqual({ n: 3 });
      expect(db.run(sql`UPDATE ${Worker} SET pay = pay + ${1} WHERE ${worker.name} = ${'Ann'}`).changes).toBe(1);
    });
    expect(statements).toEqual([
      'SELECT "workers"."name" FROM "workers" WHERE "workers"."id" IN ' +
        '(SELECT "workers"."id" FROM "workers" WHERE "workers"."pay" = (?))',
      'SELECT ((SELECT count(*) AS "n" FROM "workers")) AS n',
      'UPDATE "workers" SET pay = pay + ? WHERE "workers"."name" = ?',
    ]);
  });

  it('joins a table with itself by aliases', () => {
    const [worker, boss] = [columns(Worker, 'worker'), columns(Worker, 'the "boss"')];
    const query = sql`
      SELECT ${worker.name}, ${boss.name} AS boss FROM ${worker} JOIN ${boss} ON ${worker.bossId} = ${boss.id}
      WHERE ${worker.pay} > ${boss.pay}`;
    expect(db.all(query)).toEqual([{ name: 'Cy', boss: 'Bob' }]);
    expect(statementsOf(db, () => db.all(query))[0]).toContain(
      'FROM "workers" AS "worker" JOIN "workers" AS "the ""boss""" ON "worker"."boss_id" = "the ""boss"""."id"',
    );
    expect(() => columns(Worker)['nmae' as 'name']).toThrow(UnknownFieldError);
    expect(() => columns(Worker)['nmae' as 'name']).toThrow('Worker has no field "nmae". Did you mean "name"?');
  });

  it('refuses a name where a value is wanted', () => {
    expect(() => Worker.filter({ name: sql.id('name') })).toThrow(
      '"name" is a name and not a value. Use a column of columns(Model).',
    );
    expect(() => Worker.query().orderBy(sql.id('name'))).toThrow(QueryError);
    expect(() => Worker.query().select({ x: Worker as never })).toThrow(QueryError);
  });
});
