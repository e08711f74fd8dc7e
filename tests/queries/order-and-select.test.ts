import { beforeEach, describe, expect, it } from 'vitest';
import {
  asc,
  columns,
  desc,
  id,
  integer,
  InvalidValueError,
  Model,
  QueryError,
  sql,
  SqlError,
  table,
  text,
  type Database,
  type Generated,
  type OrderBy,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('people')
class Person extends Model {
  @id() id!: Generated<number>;
  @text({ nullable: true }) name!: string | null;
  @integer({ nullable: true, name: 'years' }) age!: number | null;
  @text({ default: 'x' }) fullName!: Generated<string>;
}

/** Fields that are called as the columns of other fields. */
@table('swapped')
class Swapped extends Model {
  @id() id!: Generated<number>;
  @text({ name: 'last' }) first!: string;
  @text({ name: 'first' }) last!: string;
}

const select = 'SELECT "id", "name", "years", "full_name" FROM "people"';
const person = columns(Person);

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Person, Swapped] });
    Person.create({ name: 'b', age: 2 });
    Person.create({ name: 'A', age: null });
    Person.create({ name: null, age: 1 });
    Person.create({ name: 'a', age: 2 });
  });

  describe('fact 29: the order of NULLs', () => {
    it('is first when ascending, in plain SQL, and OFFSET needs LIMIT', () => {
      expect(db.all(sql`SELECT id FROM people ORDER BY name`)[0]).toEqual({ id: 3 });
      expect(() => db.all(sql`SELECT id FROM people OFFSET 1`)).toThrow(SqlError);
    });
  });

  const orders: readonly (readonly [string, OrderBy<Person>[], string, number[]])[] = [
    ['a field', ['name'], '"name"', [3, 2, 4, 1]],
    ['a field downwards', [['name', 'desc']], '"name" DESC', [1, 4, 2, 3]],
    ['a field upwards', [['name', 'asc']], '"name"', [3, 2, 4, 1]],
    ['asc and desc', [desc('age'), asc('id')], '"years" DESC, "id"', [1, 4, 3, 2]],
    ['NULLs last', [asc('name', { nulls: 'last' })], '"name" NULLS LAST', [2, 4, 1, 3]],
    ['NULLs first', [desc('name', { nulls: 'first' })], '"name" DESC NULLS FIRST', [3, 1, 4, 2]],
    ['a collation', [asc('name', { collate: 'NOCASE' }), 'id'], '"name" COLLATE "NOCASE", "id"', [3, 2, 4, 1]],
    [
      'a collation, downwards, NULLs last',
      [desc('name', { collate: 'NOCASE', nulls: 'last' }), desc('id')],
      '"name" COLLATE "NOCASE" DESC NULLS LAST, "id" DESC',
      [1, 4, 2, 3],
    ],
    ['a column', [person.age, desc(person.id)], '"years", "id" DESC', [2, 3, 4, 1]],
    [
      'SQL',
      [sql`length(${person.name}) + ${0}`, ['id', 'desc']],
      'length("people"."name") + ?, "id" DESC',
      [3, 4, 2, 1],
    ],
    ['SQL downwards', [desc(sql`-${person.id}`)], '-"people"."id" DESC', [1, 2, 3, 4]],
    ['SQL with a direction of its own', [sql`${person.id} DESC`], '"people"."id" DESC', [4, 3, 2, 1]],
    [
      'SQL with a collation',
      [asc(sql`'' || ${person.name}`, { collate: 'NOCASE' }), 'id'],
      `'' || "people"."name" COLLATE "NOCASE", "id"`,
      [3, 2, 4, 1],
    ],
  ];
  it.each(orders)('orders by %s', (_, terms, text, expected) => {
    const query = Person.query().orderBy(...terms);
    const statements = statementsOf(db, () => expect(query.all().map((each) => each.id)).toEqual(expected));
    expect(statements).toEqual([`${select} ORDER BY ${text}`]);
  });

  it('adds terms, and forgets them', () => {
    const query = Person.query().orderBy('age').orderBy(['id', 'desc']);
    expect(query.toSQL().sql).toBe(`${select} ORDER BY "years", "id" DESC`);
    expect(query.reorder('name').toSQL().sql).toBe(`${select} ORDER BY "name"`);
    expect(query.reorder().toSQL().sql).toBe(select);
    expect(query.orderBy().toSQL().sql).toBe(query.toSQL().sql);
  });

  it('quotes a collation, and refuses what is no order', () => {
    expect(() =>
      Person.query()
        .orderBy(asc('name', { collate: 'NOCASE"; --' }))
        .all(),
    ).toThrow('no such collation sequence: NOCASE"; --');
    expect(() =>
      Person.query()
        .orderBy(asc('name', { collate: '' }))
        .all(),
    ).toThrow(QueryError);
    expect(() => Person.query().orderBy(asc('name', { nulls: 'LAST' as never }))).toThrow(
      'NULLs come "first" or "last", not "LAST".',
    );
    expect(() => Person.query().orderBy(['name', 'up'] as never)).toThrow(
      'The direction of an order is "asc" or "desc", not "up".',
    );
    expect(() => Person.query().orderBy({ name: 'asc' } as never)).toThrow(
      'An order is a field, [field, "asc" | "desc"], asc(…), desc(…) or sql`…`.',
    );
    expect(() => Person.query().orderBy('-name' as never)).toThrow('Person has no field "-name". Did you mean "name"?');
  });

  it('orders by the field, even where a result has the name of its column', () => {
    Swapped.create({ first: 'a', last: 'z' });
    Swapped.create({ first: 'b', last: 'y' });
    const query = Swapped.query().select('first', 'last').orderBy('first');
    expect(query.toSQL().sql).toBe(
      'SELECT "last" AS "first", "first" AS "last" FROM "swapped" ORDER BY "swapped"."last"',
    );
    expect(query.all()).toEqual([
      { first: 'a', last: 'z' },
      { first: 'b', last: 'y' },
    ]);
    const reversed = Person.query()
      .select({ id: true, name: sql`-${person.id}` })
      .orderBy(asc('name', { nulls: 'last' }), 'id');
    expect(reversed.all().map((each) => each.id)).toEqual([2, 4, 1, 3]);
  });

  it('limits and leaves out', () => {
    const query = Person.query().orderBy('id');
    const statements = statementsOf(db, () => {
      expect(query.limit(2).pluck('id')).toEqual([1, 2]);
      expect(query.offset(3).pluck('id')).toEqual([4]);
      expect(query.limit(2).offset(1).pluck('id')).toEqual([2, 3]);
      expect(query.limit(0).pluck('id')).toEqual([]);
      expect(query.limit(1).limit(3).pluck('id')).toEqual([1, 2, 3]);
      expect(query.limit(Number.MAX_SAFE_INTEGER).pluck('id')).toEqual([1, 2, 3, 4]);
    });
    const plucked = 'SELECT "id" FROM "people" ORDER BY "id"';
    expect(statements.slice(0, 3)).toEqual([
      `${plucked} LIMIT 2`,
      `${plucked} LIMIT -1 OFFSET ?`,
      `${plucked} LIMIT 2 OFFSET ?`,
    ]);
    expect(query.offset(3).toSQL().parameters).toEqual([3]);
  });

  it.each([-1, 1.5, Number.NaN, Infinity, 2 ** 53, '5', '1; DROP TABLE people', null, undefined, [], {}])(
    'refuses %j as a limit or offset',
    (count) => {
      expect(() => Person.query().limit(count as never)).toThrow(InvalidValueError);
      expect(() => Person.query().offset(count as never)).toThrow(InvalidValueError);
      expect(() => Person.query().limit(count as never)).toThrow(
        'limit takes a whole number that is not negative, not ',
      );
    },
  );

  it('returns each different row once', () => {
    const ages = Person.query().distinct();
    const statements = statementsOf(db, () => {
      expect(ages.orderBy('age').pluck('age')).toEqual([null, 1, 2]);
      expect(ages.select('age', 'fullName').count()).toBe(3);
      expect(ages.select('fullName').all()).toEqual([{ fullName: 'x' }]);
      expect(ages.select('fullName').exists()).toBe(true);
      expect(ages.all()).toHaveLength(4);
      expect(ages.select('age').orderBy('age').limit(1).offset(1).all()).toEqual([{ age: 1 }]);
    });
    expect(statements).toEqual([
      'SELECT DISTINCT "years" AS "age" FROM "people" ORDER BY "people"."years"',
      'SELECT count(*) FROM (SELECT DISTINCT "years" AS "age", "full_name" AS "fullName" FROM "people")',
      'SELECT DISTINCT "full_name" AS "fullName" FROM "people"',
      'SELECT DISTINCT "full_name" AS "fullName" FROM "people" LIMIT 1',
      'SELECT DISTINCT "id", "name", "years", "full_name" FROM "people"',
      'SELECT DISTINCT "years" AS "age" FROM "people" ORDER BY "people"."years" LIMIT 1 OFFSET ?',
    ]);
  });

  describe('select', () => {
    it('reads only the fields it names, into plain objects', () => {
      const query = Person.filter({ id: 1 }).select('name', 'age');
      const statements = statementsOf(db, () => {
        const [row] = query.all();
        expect(row).toEqual({ name: 'b', age: 2 });
        expect(row).not.toBeInstanceOf(Person);
        expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
        expect(query.first()).toEqual({ name: 'b', age: 2 });
        expect(query.one()).toEqual({ name: 'b', age: 2 });
        expect([...query.iterate()]).toEqual([{ name: 'b', age: 2 }]);
      });
      const text = 'SELECT "name", "years" AS "age" FROM "people" WHERE "id" = ?';
      expect(statements).toEqual([text, `${text} LIMIT 1`, `${text} LIMIT 2`, text]);
    });

    it('takes a shape, with SQL under names of its own', () => {
      const query = Person.filter({ name: 'b' }).select({
        id: true,
        twice: sql<number>`${person.age} * ${2}`,
        years: person.age,
        older: Person.query()
          .select({ n: sql`max(${person.age})` })
          .limit(1),
        fullName: undefined as never,
        'odd "name"': sql<string>`${'x'}`,
      });
      expect(query.all()).toEqual([{ id: 1, twice: 4, years: 2, older: 2, 'odd "name"': 'x' }]);
      expect(query.toSQL().sql).toBe(
        'SELECT "id", "people"."years" * ? AS "twice", "years", ' +
          '(SELECT max("people"."years") AS "n" FROM "people" LIMIT 1) AS "older", ? AS "odd ""name""" ' +
          'FROM "people" WHERE "name" = ?',
      );
    });

    it('does not round an integer that only SQL knows of', () => {
      const [row] = Person.filter({ id: 1 })
        .select({ id: true, large: sql<bigint>`${2n ** 53n + 1n}`, small: sql<number>`${5}`, age: true })
        .all();
      expect(row).toEqual({ id: 1, large: 2n ** 53n + 1n, small: 5, age: 2 });
    });

    it('refuses nothing, and what it does not know', () => {
      expect(() => Person.query().select()).toThrow('select names no field of Person.');
      expect(() => Person.query().select({})).toThrow('select names no field of Person.');
      expect(() => Person.query().select('nmae' as never)).toThrow('Person has no field "nmae". Did you mean "name"?');
      expect(() => Person.query().select({ nmae: true } as never)).toThrow('Did you mean "name"?');
      expect(() => Person.query().select({ id: 'name' } as never)).toThrow(
        'select takes true or SQL for "id". Leave out what is not wanted.',
      );
      expect(() => Person.query().select({ id: false } as never)).toThrow(QueryError);
      expect(() => Person.query().select(JSON.parse('{"__proto__":true}') as never)).toThrow(Error);
    });

    it('keeps conditions, order and limit', () => {
      const query = Person.filter({ age: 2 }).orderBy(['id', 'desc']).limit(1);
      expect(query.select('id').all()).toEqual([{ id: 4 }]);
      expect(query.select('id').filter({ name: 'b' }).all()).toEqual([{ id: 1 }]);
      expect(query.select('id').select('name').all()).toEqual([{ name: 'a' }]);
    });
  });
});
