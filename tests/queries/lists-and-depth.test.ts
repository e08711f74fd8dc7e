import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  and,
  lte,
  noneOf,
  not,
  oneOf,
  or,
  QueryError,
  sql,
  SqlError,
  type Condition,
  type Database,
  type Where,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { ids, Sample, selectSamples } from './sample.js';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Sample] });
  });

  describe('fact 23: limits', () => {
    it('refuse 32,767 parameters and an expression 1,001 deep in plain SQL', () => {
      const list = sql.join(upTo(32_767));
      expect(() => db.all(sql`SELECT 1 WHERE 1 IN (${list})`)).toThrow(SqlError);
      const chain = upTo(1001)
        .map((number) => `1 = ${number}`)
        .join(' OR ');
      expect(() => db.all(sql.raw(`SELECT 1 WHERE ${chain}`))).toThrow('Expression tree is too large');
    });
  });

  describe('a long list', () => {
    const list = `${selectSamples} WHERE "id" IN (SELECT "value" FROM json_each(?))`;

    it('of 40,000 integers is one parameter of one statement', () => {
      for (const id of [1, 2, 39_999, 50_000]) Sample.create({ id, age: id === 1 ? null : id });
      const wanted = upTo(40_000);
      expect(Sample.filter({ id: oneOf(wanted) }).toSQL().parameters).toHaveLength(1);
      const statements = statementsOf(db, () => {
        expect(ids(Sample.filter({ id: oneOf(wanted) }).all())).toEqual([1, 2, 39_999]);
        expect(ids(Sample.filter({ id: noneOf(wanted) }).all())).toEqual([50_000]);
        expect(ids(Sample.filter({ age: oneOf([null, ...wanted]) }).all())).toEqual([1, 2, 39_999]);
        expect(Sample.filter({ id: oneOf(wanted) }).count()).toBe(3);
        expect(Sample.filter({ id: oneOf(wanted) }).delete()).toBe(3);
      });
      expect(statements).toEqual([
        list,
        list.replace(' IN ', ' NOT IN '),
        `${selectSamples} WHERE ("age" IN (SELECT "value" FROM json_each(?)) OR "age" IS NULL)`,
        'SELECT count(*) FROM "samples" WHERE "id" IN (SELECT "value" FROM json_each(?))',
        'DELETE FROM "samples" WHERE "id" IN (SELECT "value" FROM json_each(?))',
      ]);
    });

    it('of 40,000 texts, dates, bigints and reals finds the same rows as a short one', () => {
      const awkward = ['', "'", '"', '\\', '\n', '\u0001', '\u2028', 'é', '😀', '%', '1', 'null'];
      db.transaction(() => awkward.forEach((name, index) => Sample.create({ id: index + 1, name, tag: name })));
      const texts = [...awkward, ...upTo(40_000).map((number) => `filler ${number}`)];
      expect(Sample.filter({ name: oneOf(texts) }).pluck('name')).toEqual(awkward);
      Sample.deleteAll();
      const sizes = [0n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
      sizes.forEach((size, index) => Sample.create({ id: index + 1, size, seenAt: new Date(index) }));
      Sample.create({ id: 9, size: 2n ** 53n, seenAt: new Date(99_999_999) });
      const manySizes = [...sizes, ...upTo(40_000).map((number) => BigInt(number))];
      expect(Sample.filter({ size: oneOf(manySizes) }).pluck('id')).toEqual([1, 2, 3, 4]);
      expect(Sample.filter({ size: noneOf(manySizes) }).pluck('id')).toEqual([9]);
      expect(Sample.filter({ seenAt: oneOf(upTo(40_000).map((time) => new Date(time - 1))) }).pluck('id')).toEqual([
        1, 2, 3, 4,
      ]);
    });

    it('compares as its column does', () => {
      for (const tag of ['Red', 'RED', 'blue']) Sample.create({ tag, name: tag });
      const filler = upTo(100).map((number) => `x${number}`);
      expect(Sample.filter({ tag: oneOf(['red', ...filler]) }).pluck('tag')).toEqual(['Red', 'RED']);
      expect(Sample.filter({ name: oneOf(['RED', ...filler]) }).pluck('tag')).toEqual(['RED']);
    });

    it('finds every real number that was stored', () => {
      fc.assert(
        fc.property(
          fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 65, maxLength: 100 }),
          (scores) => {
            Sample.deleteAll();
            db.transaction(() => scores.forEach((score) => Sample.create({ score })));
            expect(Sample.filter({ score: oneOf(scores) }).count()).toBe(scores.length);
            expect(Sample.filter({ score: noneOf(scores) }).count()).toBe(0);
          },
        ),
        { numRuns: 30 },
      );
    });

    it('of what JSON cannot hold is bound one by one, as long as SQLite can bind it', () => {
      const bytes = upTo(1000).map((number) => new Uint8Array([number >> 8, number & 255]));
      Sample.create({ bytes: bytes[500]!, name: 'a\0b' });
      expect(Sample.filter({ bytes: oneOf(bytes) }).count()).toBe(1);
      expect(Sample.filter({ bytes: noneOf(bytes) }).count()).toBe(0);
      expect(Sample.filter({ name: oneOf([...upTo(100).map(String), 'a\0b']) }).count()).toBe(1);
      const tooMany = upTo(30_001).map(() => bytes[0]!);
      expect(() => Sample.filter({ bytes: oneOf(tooMany) })).toThrow(QueryError);
      expect(() => Sample.filter({ bytes: oneOf(tooMany) })).toThrow(
        'oneOf on Sample.bytes has too many values of a kind that cannot be bound as one list.',
      );
    });

    it('is the same statement whatever its length', () => {
      const texts = [65, 66, 1000].map((count) => Sample.filter({ id: oneOf(upTo(count)) }).toSQL().sql);
      expect(new Set(texts)).toEqual(new Set([list]));
      expect(Sample.filter({ id: oneOf(upTo(64)) }).toSQL().parameters).toHaveLength(64);
    });

    it('is taken as it is when the filter is made', () => {
      const wanted = [1];
      const query = Sample.filter({ id: oneOf(wanted) });
      wanted.push(2);
      expect(query.toSQL().parameters).toEqual([1]);
    });
  });

  describe('many conditions', () => {
    beforeEach(() => {
      db.transaction(() => upTo(20).forEach((id) => Sample.create({ id, age: id })));
    });

    it.each([99, 100, 101, 1001, 10_000])('%i in or() are one statement', { timeout: 60_000 }, (count) => {
      const where = or<Sample>(...upTo(count).map((number) => ({ age: number + 9 })));
      const statements = statementsOf(db, () => {
        expect(ids(Sample.filter(where).all())).toEqual(upTo(20).slice(9));
        expect(ids(Sample.filter(not(where)).all())).toEqual(upTo(9));
      });
      expect(statements).toHaveLength(2);
    });

    it.each([101, 1001, 3000])('%i in and() are one statement', { timeout: 60_000 }, (count) => {
      const where = and<Sample>(...upTo(count).map((number) => ({ age: lte(number + 4) })));
      expect(ids(Sample.filter(where).all())).toEqual([1, 2, 3, 4, 5]);
      expect(Sample.filter(and(where, where)).delete()).toBe(5);
    });

    it('of 2,000 filters, one after the other, are one statement', () => {
      let query = Sample.query();
      for (let number = 0; number < 2000; number++) query = query.filter({ id: lte(number + 3) });
      expect(statementsOf(db, () => expect(ids(query.all())).toEqual([1, 2, 3]))).toHaveLength(1);
    });

    it('nest 300 deep, and beyond what SQLite can take it says so', () => {
      const nested = (depth: number) => {
        let where: Where<Sample> = { id: 1 };
        for (let level = 0; level < depth; level++)
          where = level % 2 ? or({ id: 2 }, where) : and({ id: lte(2) }, where);
        return where;
      };
      expect(ids(Sample.filter(nested(300)).all())).toEqual([1, 2]);
      expect(() => Sample.filter(nested(1500)).all()).toThrow(SqlError);
      let condition: Condition<number> = lte(3);
      for (let level = 0; level < 300; level++) condition = not(condition);
      expect(ids(Sample.filter({ id: condition }).all())).toEqual([1, 2, 3]);
    });
  });
});
