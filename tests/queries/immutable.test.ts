import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asc, gt, gte, lte, oneOf, or, scope, sql, type Database, type Query } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { ids, Sample, selectSamples } from './sample.js';
import { predicates, sampleRows, whereOf } from './random-predicate.js';

const adults = scope<Sample>('adults', { age: gte(18) });
const named = (name: string) => scope<Sample>('named', { name });

/** Every method that makes another query. */
const changes: Readonly<Record<string, (query: Query<Sample>) => Query<Sample>>> = {
  filter: (query) => query.filter({ age: gt(1) }),
  'filter sql': (query) => query.filter(sql`id > ${0} OR 0`),
  orderBy: (query) => query.orderBy('name', asc('age', { nulls: 'last' })),
  reorder: (query) => query.reorder(['id', 'desc']),
  limit: (query) => query.limit(3),
  offset: (query) => query.offset(1),
  distinct: (query) => query.distinct(),
  use: (query) => query.use(adults),
  'use another': (query) => query.use(named('a')),
  unscoped: (query) => query.unscoped(),
  select: (query) => query.select('id', 'name') as never,
};

/** Every method that reads. */
const readings: readonly ((query: Query<Sample>) => unknown)[] = [
  (query) => query.all(),
  (query) => query.first(),
  (query) => query.count(),
  (query) => query.exists(),
  (query) => query.pluck('id'),
  (query) => [...query.iterate({ batch: 2 })],
  (query) => query.toSQL(),
  (query) => query.toRunnableSQL(),
  (query) => query.returning('id'),
];

describe.each(drivers)('$name', ({ open }) => {
  const fill = (db: Database) =>
    db.transaction(() => {
      for (let age = 1; age <= 5; age++) Sample.create({ name: 'ab'.charAt(age % 2), age });
    });

  it('no method changes the query that it is called on', async () => {
    fill(await open({ models: [Sample] }));
    const change = fc.constantFrom(...Object.values(changes));
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 6 }),
        fc.array(change, { maxLength: 6 }),
        fc.nat(readings.length - 1),
        (first, then, reading) => {
          const base = first.reduce((query, apply) => apply(query), Sample.query());
          const [text, rows] = [base.toSQL(), JSON.stringify(base.all())];
          const derived = then.map((apply) => apply(base));
          for (const query of [base, ...derived]) readings[reading]!(query);
          expect(base.toSQL()).toEqual(text);
          expect(JSON.stringify(base.all())).toBe(rows);
          const again = first.reduce((query, apply) => apply(query), Sample.query());
          expect(again.toSQL()).toEqual(text);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a query can be run again, and sees the rows of the moment', async () => {
    fill(await open({ models: [Sample] }));
    const query = Sample.filter({ age: gte(4) }).orderBy('id');
    expect(ids(query.all())).toEqual([4, 5]);
    Sample.create({ age: 9 });
    expect(ids(query.all())).toEqual([4, 5, 6]);
    expect(query.filter({ age: 9 }).delete()).toBe(1);
    expect(ids(query.all())).toEqual([4, 5]);
  });

  it('values are taken when the query is made', async () => {
    await open({ models: [Sample] });
    Sample.create({ bytes: Uint8Array.of(1), seenAt: new Date(5) });
    const [bytes, date] = [Uint8Array.of(1), new Date(5)];
    const query = Sample.filter({ bytes, seenAt: date });
    bytes[0] = 9;
    date.setTime(0);
    expect(query.count()).toBe(1);
  });

  describe('compiled statements', () => {
    it('are the same for queries that differ in values, and take the values of each', async () => {
      const db = await open({ models: [Sample] });
      fill(db);
      const statements = statementsOf(db, () => {
        for (let age = 0; age <= 6; age++) {
          expect(ids(Sample.filter({ age }).all())).toEqual(age >= 1 && age <= 5 ? [age] : []);
          expect(Sample.query().orderBy('id').offset(age).pluck('id')).toHaveLength(Math.max(5 - age, 0));
          expect(Sample.findById(age)?.age).toBe(age >= 1 && age <= 5 ? age : undefined);
        }
      });
      expect(new Set(statements).size).toBe(3);
    });

    it('tell apart shapes that differ in anything else', async () => {
      const db = await open({ models: [Sample] });
      fill(db);
      const two = or<Sample>({ age: 1 }, { age: 2 });
      for (let round = 0; round < 2; round++) {
        expect(ids(Sample.filter({ age: gt(3) }).all())).toEqual([4, 5]);
        expect(ids(Sample.filter({ age: gte(3) }).all())).toEqual([3, 4, 5]);
        expect(ids(Sample.filter({ most: gt(3) }).all())).toEqual([]);
        expect(ids(Sample.filter({ id: oneOf([1]) }).all())).toEqual([1]);
        expect(ids(Sample.filter({ id: oneOf([1, 2]) }).all())).toEqual([1, 2]);
        expect(ids(Sample.filter({ id: oneOf([]) }).all())).toEqual([]);
        expect(ids(Sample.filter(two).orderBy('id').all())).toEqual([1, 2]);
        expect(ids(Sample.filter(two).orderBy(['id', 'desc']).all())).toEqual([2, 1]);
        expect(ids(Sample.filter(two).distinct().orderBy(['id', 'desc']).limit(1).all())).toEqual([2]);
        expect(Sample.filter(two).orderBy('id').select('age').all()).toEqual([{ age: 1 }, { age: 2 }]);
        expect(Sample.filter(two).orderBy('id').select('id').all()).toEqual([{ id: 1 }, { id: 2 }]);
      }
    });

    it('stay right when thousands of shapes come and go', { timeout: 60_000 }, async () => {
      const db = await open({ models: [Sample], statementCacheSize: 10 });
      fill(db);
      const fieldsOf = (number: number) => Array.from({ length: 12 }, (_, bit) => (number >> bit) & 1);
      for (let number = 1; number < 2500; number++) {
        const where = fieldsOf(number).map((bit, at) => (bit === 1 ? { age: lte(at + 3) } : { id: gte(1) }));
        const least = Math.min(...fieldsOf(number).flatMap((bit, at) => (bit === 1 ? [at + 3] : [])));
        const query = where.reduce((base, each) => base.filter(each), Sample.query());
        expect(query.all()).toHaveLength(Math.min(least, 5));
        if (number % 100 === 0) expect(ids(Sample.filter({ age: 5 }).all())).toEqual([5]);
      }
    });

    it('of a random query give the rows of the text that is shown of them', async () => {
      const db = await open({ models: [Sample] });
      fc.assert(
        fc.property(sampleRows, fc.array(predicates, { minLength: 1, maxLength: 3 }), (rows, wheres) => {
          db.transaction(() => {
            Sample.deleteAll();
            for (const row of rows) Sample.create(row);
          });
          for (const predicate of wheres) {
            const query = Sample.filter(whereOf(predicate)).orderBy('id');
            const text = query.toRunnableSQL();
            expect(ids(Sample.fromSql(sql.raw(text)))).toEqual(ids(query.all()));
            expect(statementsOf(db, () => query.all())).toEqual([query.toSQL().sql]);
          }
        }),
        { numRuns: 150 },
      );
    });

    it('belong to their database', async () => {
      const first = await open({ alias: 'first', models: [Sample] });
      const second = await open({ alias: 'second' });
      const query = Sample.filter({ age: gte(1) });
      fill(first);
      expect(query.count()).toBe(5);
      const other = Sample.using(second);
      expect(other.filter({ age: gte(1) }).count()).toBe(0);
      other.create({ age: 1 });
      other.create({ age: 2 });
      expect(other.filter({ age: gte(1) }).all()).toHaveLength(2);
      expect(query.all()).toHaveLength(5);
      expect(other.filter({ age: gte(1) }).toSQL().sql).toBe(`${selectSamples} WHERE "age" >= ?`);
    });
  });
});
