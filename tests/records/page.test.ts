import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asc,
  bigint,
  blob,
  columns,
  datetime,
  defineModel,
  desc,
  gte,
  id,
  integer,
  InvalidCursorError,
  InvalidValueError,
  QueryError,
  real,
  sql,
  text,
  type OrderBy,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const Thing = defineModel(
  'things',
  {
    id: id(),
    name: text(),
    tag: text({ nullable: true, collate: 'NOCASE' }),
    n: integer({ nullable: true }),
    big: bigint({ nullable: true }),
    r: real(),
    at: datetime({ nullable: true }),
    bytes: blob({ nullable: true }),
  },
  { modelName: 'Thing' },
);
type Thing = InstanceType<typeof Thing>;

const aFew = <Value>(...values: Value[]) => fc.constantFrom(...values);
const thing = fc.record({
  name: aFew('a', 'A', 'b', 'B', 'ä', '', 'a\0', '👩‍👩‍👧'),
  tag: aFew(null, 'x', 'X', 'y'),
  n: aFew(null, -1, 0, 1),
  big: aFew(null, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n)),
  r: aFew(0, 0.1, -1e300, 2 ** 60),
  at: aFew(null, new Date(0), new Date('0000-01-01'), new Date('9999-12-31')),
  bytes: aFew(null, new Uint8Array(), Uint8Array.of(255), Uint8Array.of(0, 1)),
});
const field = aFew('id', 'name', 'tag', 'n', 'big', 'r', 'at', 'bytes');
const term: fc.Arbitrary<OrderBy<Thing>> = fc
  .record({
    by: field,
    direction: aFew('asc', 'desc'),
    nulls: aFew('first', 'last', undefined),
    collate: aFew(undefined, undefined, 'NOCASE', 'BINARY', 'RTRIM'),
  })
  .map(({ by, direction, nulls, collate }) =>
    (direction === 'asc' ? asc : desc)(by as 'id', {
      ...(nulls && { nulls: nulls as 'first' }),
      ...(collate && { collate }),
    }),
  );

describe.each(drivers)('$name', ({ open }) => {
  it('pages and batches put together are the whole list, in any order', async () => {
    await open({ models: [Thing] });
    fc.assert(
      fc.property(
        fc.array(thing, { maxLength: 14 }),
        fc.array(term, { maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        (things, order, size, filtered) => {
          Thing.deleteAll();
          for (const each of things) Thing.create(each);
          const every = Thing.query().orderBy(...order);
          const query = filtered ? every.filter({ r: gte(0) }) : every;
          const ids = (rows: Iterable<Thing>) => [...rows].map((row) => row.id);
          const whole = ids(query.orderBy('id').all());

          const paged: number[] = [];
          let after: string | undefined;
          do {
            const page = query.page({ size, after });
            expect(page.size).toBe(size);
            expect(page.rows.length).toBeLessThanOrEqual(size);
            paged.push(...ids(page.rows));
            after = page.next;
          } while (after !== undefined);
          expect(paged).toEqual(whole);

          const numbered: number[] = [];
          const first = query.orderBy('id').page({ size, number: 1 });
          expect([first.total, first.pages]).toEqual([whole.length, Math.ceil(whole.length / size)]);
          for (let number = 1; number <= first.pages; number++) {
            numbered.push(...ids(query.orderBy('id').page({ size, number }).rows));
          }
          expect(numbered).toEqual(whole);

          expect(ids(query.iterate({ batch: size }))).toEqual(whole);
          expect(ids(query.limit(3).iterate({ batch: size }))).toEqual(whole.slice(0, 3));
          expect(ids(query.limit(4).offset(2).iterate({ batch: size }))).toEqual(whole.slice(2, 6));
        },
      ),
      { numRuns: 60 },
    );
  }, 30_000);

  it('pages over a text key and a composite key, whatever their collation', async () => {
    const Word = defineModel('words', { word: text({ primaryKey: true }) });
    const Pair = defineModel(
      'pairs',
      { a: text(), b: integer(), c: text() },
      { primaryKey: ['a', 'b'], withoutRowid: true },
    );
    await open({ models: [Word, Pair] });
    for (const word of ['b', 'A', 'a', 'B', 'c', 'C']) Word.create({ word });
    for (const a of ['x', 'X', 'y']) for (const b of [2, 1]) Pair.create({ a, b, c: 'same' });

    const byWord = Word.query().orderBy(asc('word', { collate: 'NOCASE' }));
    const words = [...byWord.iterate({ batch: 1 })].map(({ word }) => word);
    expect([...words].sort()).toEqual(['A', 'B', 'C', 'a', 'b', 'c']);
    expect(words.map((word) => word.toLowerCase())).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    const twice = Word.query().orderBy(asc('word', { collate: 'NOCASE' }), desc('word'));
    expect([...twice.iterate({ batch: 1 })].map(({ word }) => word)).toEqual(['a', 'A', 'b', 'B', 'c', 'C']);

    const pairs = [...Pair.query().orderBy('c', desc('b')).iterate({ batch: 1 })].map(({ a, b }) => `${a}${b}`);
    expect(pairs).toEqual(['X2', 'x2', 'y2', 'X1', 'x1', 'y1']);
  });

  it('a page behind a cursor is one statement, which begins where the page before it ended', async () => {
    const db = await open({ models: [Thing] });
    for (let n = 0; n < 5; n++) Thing.create({ name: 'same', n, r: n });
    const byName = Thing.query().orderBy(desc('name'));
    const all = 'SELECT "id", "name", "tag", "n", "big", "r", "at", "bytes" FROM "things"';
    let page!: { readonly next: string | undefined };
    expect(statementsOf(db, () => (page = byName.page({ size: 2 })))).toEqual([
      `${all} ORDER BY "name" DESC, "id" LIMIT 3`,
    ]);
    expect(statementsOf(db, () => byName.page({ size: 2, after: page.next }))).toEqual([
      `${all} WHERE "name" <= ? AND ("name" < ? OR ("name" = ? AND "id" > ?)) ORDER BY "name" DESC, "id" LIMIT 3`,
    ]);
    expect(statementsOf(db, () => byName.page({ size: 2, number: 3 }))).toEqual([
      'SELECT count(*) FROM "things"',
      `${all} ORDER BY "name" DESC LIMIT 2 OFFSET ?`,
    ]);
    const plain = Thing.query().page({ size: 4 });
    expect(plain.rows.map((row) => row.id)).toEqual([1, 2, 3, 4]);
    expect(Thing.query().page({ size: 4, after: plain.next })).toMatchObject({ size: 4, next: undefined });
    expect(Thing.query().page({ size: 5 }).next).toBeUndefined();
    expect(Thing.query().orderBy(columns(Thing).name).page({ size: 1 }).next).toBeDefined();
  });

  it('neither skips nor repeats a row that stays in place while others come and go', async () => {
    await open({ models: [Thing] });
    for (let n = 1; n <= 6; n++) Thing.create({ name: `${n}`, n, r: 0 });
    const byName = Thing.query().orderBy('name');
    const first = byName.page({ size: 3 });
    Thing.filter({ name: '1' }).delete();
    Thing.create({ name: '0', r: 0 });
    Thing.filter({ name: '3' }).delete(); // the row that the cursor stands on
    const second = byName.page({ size: 3, after: first.next });
    expect(second.rows.map(({ name }) => name)).toEqual(['4', '5', '6']);
  });

  it('refuses a cursor of another order, and one that nobody made', async () => {
    const db = await open({ models: [Thing] });
    for (let n = 0; n < 3; n++) Thing.create({ name: 'x', n, r: n });
    const cursor = Thing.query().orderBy('n').page({ size: 1 }).next!;
    const forged = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');
    const foreign =
      'The cursor cannot be used: it belongs to another order. Pass the "next" of a page of the same query with the same order.';
    const broken =
      'The cursor cannot be used: it is not one of ours. Pass the "next" of a page of the same query with the same order.';
    const statements = statementsOf(db, () => {
      for (const order of [
        [desc('n')],
        ['r'],
        [asc('n', { nulls: 'last' })],
        [asc('n', { collate: 'NOCASE' })],
      ] as OrderBy<Thing>[][]) {
        expect(() =>
          Thing.query()
            .orderBy(...order)
            .page({ size: 1, after: cursor }),
        ).toThrow(foreign);
      }
      expect(() => Thing.query().orderBy('n', 'r').page({ size: 1, after: cursor })).toThrow(InvalidCursorError);
      const [signature] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string];
      for (const after of [
        '',
        'x',
        '%%%',
        'AAAA',
        cursor.slice(1),
        `${cursor}AAAA`,
        forged(),
        forged(signature),
        forged(signature, 1, 2, 3),
        forged(signature, true, 1),
        forged(signature, { integer: '1; DROP TABLE things' }, 1),
        forged(signature, { integer: '9999999999999999999' }, 1),
        forged(signature, {}, 1),
        null as never,
        5 as never,
      ]) {
        expect(() => Thing.query().orderBy('n').page({ size: 1, after }), after).toThrow(InvalidCursorError);
      }
      expect(() => Thing.query().orderBy('n').page({ size: 1, after: '!' })).toThrow(broken);
    });
    expect(statements).toEqual([]);
  });

  it('refuses what cannot be paged', async () => {
    const db = await open({ models: [Thing] });
    const message =
      'This query cannot be paged by cursor: its rows have no order by columns of the model. ' +
      'Order it by fields and read whole instances, or page it by number.';
    const statements = statementsOf(db, () => {
      expect(() =>
        Thing.query()
          .orderBy(sql`length(name)`)
          .page({ size: 1 }),
      ).toThrow(new QueryError(message).message);
      expect(() => Thing.query().select('name').page({ size: 1 })).toThrow(QueryError);
      expect(() => Thing.query().distinct().page({ size: 1 })).toThrow(QueryError);
      for (const size of [-1, 1.5, NaN, Infinity, '1' as never]) {
        expect(() => Thing.query().page({ size }), String(size)).toThrow(InvalidValueError);
        expect(() => Thing.query().page({ size, number: 1 }), String(size)).toThrow(InvalidValueError);
      }
      expect(() => Thing.query().page({ size: 1, number: 0 })).toThrow('The first page has the number 1.');
    });
    expect(statements).toEqual([]);
    expect(() => Thing.query().page({ size: 1, number: 1.5 })).toThrow(InvalidValueError);
    expect(
      Thing.query()
        .orderBy(sql`length(name)`)
        .page({ size: 1, number: 1 }),
    ).toEqual({
      rows: [],
      number: 1,
      size: 1,
      total: 0,
      pages: 0,
    });
  });
});
