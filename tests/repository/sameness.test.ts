/*
 * What is evaluated without SQLite has the answers of SQLite: random conditions, orders and writes on random rows, on both.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  and,
  asc,
  between,
  contains,
  desc,
  endsWith,
  glob,
  gt,
  gte,
  isNull,
  like,
  lt,
  lte,
  ne,
  noneOf,
  not,
  notNull,
  oneOf,
  or,
  startsWith,
  type Database,
  type OrderBy,
  type Where,
} from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { inMemory } from 'litemodel/in-memory';
import { closedLater } from '../open-database.js';
import { models, Product } from './models.js';

/** Few letters, so that texts meet: both cases, beyond ASCII, beyond 16 bits, and what patterns take for something else. */
const text = fc.string({
  unit: fc.constantFrom(
    'a',
    'A',
    'b',
    'B',
    'ä',
    'Ä',
    '😀',
    '\ue000',
    '%',
    '_',
    '\\',
    '*',
    '?',
    '[',
    ']',
    '-',
    '^',
    ' ',
    '5',
  ),
  maxLength: 4,
});
const integer = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger());
const bigint = fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const real = fc.oneof(fc.constantFrom(-1.5, 0, -0, 1, 2.5), fc.double({ noNaN: true, noDefaultInfinity: true }));
const price = fc.integer({ min: -300, max: 300 }).map((cents) => (cents / 100).toFixed(2));
const time = fc.integer({ min: 0, max: 5 }).map((days) => new Date(Date.UTC(2026, 10, 1 + days)));
const day = time.map((date) => date.toISOString().slice(0, 10));

const values = {
  name: text,
  note: text,
  stock: integer,
  weight: real,
  code: bigint,
  active: fc.boolean(),
  price,
  soldAt: time,
  madeOn: day,
};
const nullable = ['note', 'weight', 'code', 'price', 'soldAt', 'madeOn'];
const fields = Object.keys(values) as (keyof typeof values)[];

const rows = fc.uniqueArray(
  fc.record({
    ...values,
    ...Object.fromEntries(
      nullable.map((field) => [field, fc.option(values[field as 'note'] as fc.Arbitrary<unknown>)]),
    ),
  }),
  { maxLength: 8, selector: ({ name }) => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) },
);

/** A condition on one field, or several of them. */
const condition: fc.Arbitrary<Where<Product>> = fc.letrec<{ where: object; one: object }>((tie) => ({
  where: fc.oneof(
    { depthSize: 'small' },
    tie('one'),
    fc.array(tie('where'), { minLength: 1, maxLength: 3 }).map((parts) => and<Product>(...(parts as [Where<Product>]))),
    fc.array(tie('where'), { minLength: 1, maxLength: 3 }).map((parts) => or<Product>(...(parts as [Where<Product>]))),
    tie('where').map((part) => not<Product>(part as Where<Product>)),
  ),
  one: fc.oneof(
    ...fields.map((field) => comparison(field).map((each) => ({ [field]: each }))),
    fc.constantFrom('name', 'note').chain((field) => pattern.map((each) => ({ [field]: each }))),
  ),
})).where;

function comparison(field: keyof typeof values): fc.Arbitrary<unknown> {
  const value = values[field] as fc.Arbitrary<never>;
  const inLists = nullable.includes(field) ? fc.option(value) : value;
  return fc.oneof(
    value,
    fc.constantFrom(gt, gte, lt, lte, ne).chain((compare) => value.map((each) => compare(each))),
    fc.tuple(value, value).map(([low, high]) => between(low, high)),
    fc.array(inLists, { maxLength: 3 }).map((among) => oneOf(among)),
    fc.array(inLists, { maxLength: 3 }).map((among) => noneOf(among)),
    fc.array(value, { minLength: 70, maxLength: 72 }).map((among) => oneOf(among)), // in one JSON text
    fc.constantFrom(isNull(), notNull()),
    value.map((each) => not(gt(each) as never)),
  );
}

const pattern = text.chain((each) =>
  fc.constantFrom(like(each), not(like(each) as never), glob(each), contains(each), startsWith(each), endsWith(each)),
);

const order: fc.Arbitrary<OrderBy<Product>[]> = fc.array(
  fc
    .tuple(fc.constantFrom(...fields), fc.constantFrom(asc, desc), fc.constantFrom(undefined, 'first', 'last'))
    .map(
      ([field, direction, nulls]) =>
        direction(field, nulls === undefined ? {} : { nulls: nulls as 'first' }) as OrderBy<Product>,
    ),
  { maxLength: 3 },
);

const openBoth = (): readonly [Database, Database] => [
  closedLater(open(':memory:', { models, alias: 'SQLite' })),
  inMemory(),
];

function fill(db: Database, given: readonly object[]): void {
  db.transaction(() => {
    Product.using(db).deleteAll();
    for (const row of given) Product.using(db).create(row as never);
  });
}

describe('without SQLite as with it', () => {
  it('conditions hold for the same rows, in the same order', () => {
    const [sqlite, memory] = openBoth();
    const found = (db: Database, where: Where<Product>, orderBy: OrderBy<Product>[], limit: number, offset: number) => {
      const query = Product.using(db).filter(where);
      const ordered = query
        .orderBy(...orderBy, 'id')
        .limit(limit)
        .offset(offset);
      return [query.count(), query.exists(), ordered.pluck('name'), query.distinct().orderBy('note').pluck('note')];
    };
    fc.assert(
      fc.property(rows, condition, order, fc.nat(8), fc.nat(3), (given, where, orderBy, limit, offset) => {
        fill(sqlite, given);
        fill(memory, given);
        expect(found(memory, where, orderBy, limit, offset)).toEqual(found(sqlite, where, orderBy, limit, offset));
      }),
      { numRuns: 1500 },
    );
  });

  it('writes of many rows have the same effect, or the same error', () => {
    const [sqlite, memory] = openBoth();
    const written = (db: Database, where: Where<Product>, changes: object) => {
      let outcome: unknown;
      try {
        outcome = Product.using(db).filter(where).update(changes);
      } catch (error) {
        outcome = (error as Error).message;
      }
      const all = Product.using(db).query().orderBy('id').all();
      return [outcome, all.map(({ name, note, stock, weight, code }) => ({ name, note, stock, weight, code }))];
    };
    const changes = fc.record(
      { name: text, note: fc.option(text), stock: integer, weight: fc.option(real), code: fc.option(bigint) },
      { requiredKeys: ['note'] },
    );
    fc.assert(
      fc.property(rows, condition, changes, (given, where, change) => {
        fill(sqlite, given);
        fill(memory, given);
        expect(written(memory, where, change)).toEqual(written(sqlite, where, change));
      }),
      { numRuns: 500 },
    );
  });

  it('rows get the same keys, whatever keys others were given', () => {
    const [sqlite, memory] = openBoth();
    const key = fc.option(fc.integer({ min: -3, max: 9 }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 10 }), (steps) => {
        const keys = [sqlite, memory].map((db) => {
          Product.using(db).deleteAll();
          return steps.map(([id, isDeleted], at) => {
            try {
              const made = Product.using(db).create({ name: `p${at}`, ...(id !== undefined && { id }) });
              if (isDeleted) made.delete();
              return made.id;
            } catch (error) {
              return (error as Error).message;
            }
          });
        });
        expect(keys[1]).toEqual(keys[0]);
      }),
      { numRuns: 300 },
    );
  });
});
