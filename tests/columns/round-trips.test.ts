import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bigint,
  blob,
  boolean,
  choice,
  date,
  datetime,
  decimal,
  defineModel,
  eq,
  id,
  integer,
  InvalidValueError,
  json,
  OrmError,
  real,
  sql,
  text,
  uuid,
  type Database,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

const safe = Number.MAX_SAFE_INTEGER;
const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '\0', 'a\0b', '\0\0', '\uFEFF', '👩‍👩‍👧', "O'Brien", '"', '0012', '123e4', '1.0', 'é', 'e\u0301'),
);
const anyJson = fc
  .jsonValue({ stringUnit: 'binary' })
  .filter((value) => value !== null)
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown); // -0 is 0 in JSON

/** A column type, values that it must keep, what SQLite has of each, and values that it must refuse. */
interface Kind {
  readonly name: string;
  readonly column: object;
  readonly values: fc.Arbitrary<unknown>;
  readonly edges: readonly unknown[];
  readonly storedAs: readonly string[];
  readonly stored: (value: never) => unknown;
  readonly expected: string;
  readonly refused: readonly (readonly [given: unknown, described: string])[];
}

const same = (value: unknown): unknown => value;
const notTexts = [
  [1, 'a number'],
  [true, 'a boolean'],
  [{}, 'an object'],
  [['a'], 'an array'],
  [new Date(0), 'an instance of Date'],
  [null, 'null'],
  ['\uD800', 'a string'],
  ['a\uDC00b', 'a string'],
] as const;

const kinds: readonly Kind[] = [
  {
    name: 'integer',
    column: integer(),
    values: fc.maxSafeInteger(),
    edges: [0, -0, 1, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, safe, -safe],
    storedAs: ['integer'],
    stored: same,
    expected: 'a whole number within ±(2^53 - 1)',
    refused: [
      [1.5, 'a number'],
      [NaN, 'NaN'],
      [Infinity, 'Infinity'],
      [-Infinity, '-Infinity'],
      [safe + 1, 'a number'],
      [-safe - 1, 'a number'],
      [1n, 'a bigint'],
      ['1', 'a string'],
      [true, 'a boolean'],
      [null, 'null'],
      [{}, 'an object'],
      [[1], 'an array'],
    ],
  },
  {
    name: 'bigint',
    column: bigint(),
    values: fc.bigInt(int64),
    edges: [0n, -1n, 2n ** 31n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, int64.min, int64.max],
    storedAs: ['integer'],
    stored: (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value),
    expected: 'a bigint between -2^63 and 2^63 - 1',
    refused: [
      [2n ** 63n, 'a bigint'],
      [-(2n ** 63n) - 1n, 'a bigint'],
      [1, 'a number'],
      ['1', 'a string'],
      [null, 'null'],
    ],
  },
  {
    name: 'real',
    column: real(),
    values: fc.double({ noNaN: true, noDefaultInfinity: true }),
    edges: [0, -0, 0.1, -1.5, 3, safe, 2 ** 60, Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, 1e21],
    storedAs: ['real'],
    stored: same,
    expected: 'a finite number',
    refused: [
      [NaN, 'NaN'],
      [Infinity, 'Infinity'],
      [-Infinity, '-Infinity'],
      ['1.5', 'a string'],
      [1n, 'a bigint'],
      [null, 'null'],
    ],
  },
  {
    name: 'text',
    column: text(),
    values: anyText,
    edges: ['', '\0', 'a\0b', '👩‍👩‍👧', "'; DROP TABLE kept;--", '0012', '1.0', '\uFEFFbom', 'x'.repeat(100_000)],
    storedAs: ['text'],
    stored: same,
    expected: 'a string without half surrogate pairs',
    refused: notTexts,
  },
  {
    name: 'boolean',
    column: boolean(),
    values: fc.boolean(),
    edges: [true, false],
    storedAs: ['integer'],
    stored: Number,
    expected: 'true or false',
    refused: [
      [1, 'a number'],
      [0, 'a number'],
      ['true', 'a string'],
      [null, 'null'],
    ],
  },
  {
    name: 'datetime',
    column: datetime(),
    values: fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    }),
    edges: [
      new Date(0),
      new Date('0000-01-01T00:00:00.000Z'),
      new Date('0099-12-31T23:59:59.999Z'),
      new Date('1900-02-28T23:59:59.999Z'),
      new Date('2000-02-29T00:00:00.001Z'),
      new Date('9999-12-31T23:59:59.999Z'),
      // the hour that is skipped and the hour that comes twice, in Berlin
      new Date('2026-03-29T00:59:59.999Z'),
      new Date('2026-03-29T01:00:00.000Z'),
      new Date('2026-10-25T00:30:00.000Z'),
      new Date('2026-10-25T01:30:00.000Z'),
    ],
    storedAs: ['text'],
    stored: (value: Date) => value.toISOString(),
    expected: 'a valid Date within the years 0 to 9999',
    refused: [
      [new Date(NaN), 'an invalid Date'],
      [new Date('-000001-12-31T23:59:59.999Z'), 'an instance of Date'],
      [new Date('+010000-01-01T00:00:00.000Z'), 'an instance of Date'],
      ['2026-01-01T00:00:00.000Z', 'a string'],
      [0, 'a number'],
      [null, 'null'],
    ],
  },
  {
    name: 'datetime as integer',
    column: datetime({ storage: 'integer' }),
    values: fc.date({ noInvalidDate: true }),
    edges: [new Date(0), new Date(-1), new Date(8.64e15), new Date(-8.64e15), new Date('2026-10-25T01:30:00.000Z')],
    storedAs: ['integer'],
    stored: (value: Date) => value.getTime(),
    expected: 'a valid Date',
    refused: [
      [new Date(NaN), 'an invalid Date'],
      [0, 'a number'],
      [null, 'null'],
    ],
  },
  {
    name: 'date',
    column: date(),
    values: fc
      .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
      .map((value) => value.toISOString().slice(0, 10)),
    edges: ['0000-01-01', '0000-02-29', '2000-02-29', '2026-03-29', '9999-12-31'],
    storedAs: ['text'],
    stored: same,
    expected: 'a calendar date such as "2026-11-21"',
    refused: [
      ['2026-02-29', 'a string'],
      ['1900-02-29', 'a string'],
      ['2026-13-01', 'a string'],
      ['2026-1-1', 'a string'],
      ['2026-11-21T00:00:00Z', 'a string'],
      ['2026-11-21\n', 'a string'],
      ['', 'a string'],
      [new Date(0), 'an instance of Date'],
      [null, 'null'],
    ],
  },
  {
    name: 'decimal(10, 2)',
    column: decimal(10, 2),
    values: fc
      .bigInt({ min: -9_999_999_999n, max: 9_999_999_999n })
      .map((value) => `${value < 0n ? '-' : ''}${decimalOf(value < 0n ? -value : value, 2)}`),
    edges: ['0.00', '0.01', '-0.01', '99999999.99', '-99999999.99'],
    storedAs: ['integer'],
    stored: (value: string) => Number(value.replace('.', '')),
    expected: 'a decimal string such as "1.25" of at most 10 digits, 2 after the point',
    refused: [
      ['1.005', 'a string'],
      ['100000000.00', 'a string'],
      ['1e3', 'a string'],
      ['1,00', 'a string'],
      ['.5', 'a string'],
      ['+1', 'a string'],
      [' 1', 'a string'],
      ['', 'a string'],
      [1.25, 'a number'],
      [null, 'null'],
    ],
  },
  {
    name: 'decimal(18, 6)',
    column: decimal(18, 6),
    values: fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }).map((value) => decimalOf(value, 6)),
    edges: ['999999999999.999999', '-999999999999.999999', '0.000001', '9007199254.740993'],
    storedAs: ['integer'],
    stored: (value: string) => {
      const scaled = BigInt(value.replace('.', ''));
      return Number.isSafeInteger(Number(scaled)) ? Number(scaled) : scaled;
    },
    expected: 'a decimal string such as "0.000125" of at most 18 digits, 6 after the point',
    refused: [['1000000000000.000000', 'a string']],
  },
  {
    name: 'decimal(5, 0)',
    column: decimal(5, 0),
    values: fc.integer({ min: -99_999, max: 99_999 }).map(String),
    edges: ['0', '99999', '-99999'],
    storedAs: ['integer'],
    stored: Number,
    expected: 'a decimal string such as "125" of at most 5 digits, 0 after the point',
    refused: [
      ['1.0', 'a string'],
      ['100000', 'a string'],
    ],
  },
  {
    name: 'blob',
    column: blob(),
    values: fc.uint8Array({ maxLength: 200 }),
    edges: [new Uint8Array(), Uint8Array.of(0), Uint8Array.of(255, 0, 39, 34), new Uint8Array(3000).fill(7)],
    storedAs: ['blob'],
    stored: same,
    expected: 'a Uint8Array',
    refused: [
      ['bytes', 'a string'],
      [[1, 2], 'an array'],
      [new ArrayBuffer(2), 'an instance of ArrayBuffer'],
      [new Uint16Array(2), 'an instance of Uint16Array'],
      [null, 'null'],
    ],
  },
  {
    name: 'json',
    column: json<unknown>(),
    values: anyJson,
    edges: [
      {},
      [],
      '',
      0,
      false,
      'null',
      { a: { b: [{ c: null }, 'ä👩‍👩‍👧', "O'Brien", '\0', '\uD800'] }, 'd.e': 1, '': 2, '"': 3 },
      JSON.parse('{"__proto__":{"admin":true},"constructor":1}'),
      [[[[[[]]]]]],
      1e300,
    ],
    storedAs: ['text'],
    stored: (value: unknown) => JSON.stringify(value),
    expected: 'a value that JSON can hold',
    refused: [
      [() => 1, 'a function'],
      [Symbol('x'), 'a symbol'],
      [{ a: { b: 1n } }, 'an object'],
      [NaN, 'NaN'],
      [{ a: [Infinity] }, 'an object'],
      [[1, undefined], 'an array'],
      [{ at: new Date(NaN) }, 'an object'],
    ],
  },
  {
    name: 'choice',
    column: choice(['draft', "O'Brien", '']),
    values: fc.constantFrom('draft', "O'Brien", ''),
    edges: ['draft', "O'Brien", ''],
    storedAs: ['text'],
    stored: same,
    expected: 'one of "draft", "O\'Brien", ""',
    refused: [
      ['Draft', 'a string'],
      ['constructor', 'a string'],
      [0, 'a number'],
      [null, 'null'],
    ],
  },
  {
    name: 'uuid',
    column: uuid(),
    values: fc.uuid(),
    edges: ['00000000-0000-0000-0000-000000000000', 'f81d4fae-7dec-4bd0-a765-00a0c91e6bf6'],
    storedAs: ['text'],
    stored: same,
    expected: 'a UUID such as "f81d4fae-7dec-4bd0-a765-00a0c91e6bf6"',
    refused: [
      ['f81d4fae7dec4bd0a76500a0c91e6bf6', 'a string'],
      ['g81d4fae-7dec-4bd0-a765-00a0c91e6bf6', 'a string'],
      ['f81d4fae-7dec-4bd0-a765-00a0c91e6bf6\n', 'a string'],
      ['', 'a string'],
      [null, 'null'],
    ],
  },
];

function decimalOf(scaled: bigint, scale: number): string {
  const digits = String(scaled).padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

/** SQLite has one zero. */
const asRead = (value: unknown): unknown => (Object.is(value, -0) ? 0 : value);

describe.each(drivers)('$name', ({ open }) => {
  describe.each(kinds)('$name', ({ column, values, edges, storedAs, stored, expected, refused }) => {
    const declare = () => defineModel('kept', { id: id(), value: column }, { modelName: 'Kept' });
    type Kept = ReturnType<typeof declare>;

    const roundTrip = (db: Database, Kept: Kept, value: unknown): void => {
      const made = Kept.create({ value });
      const read = Kept.findById(made.id)!;
      expect(read.value).toStrictEqual(asRead(value));
      const [row] = db.all(sql`SELECT typeof(value) AS type, value FROM kept WHERE id = ${made.id}`);
      expect(storedAs).toContain(row!['type']);
      const found = row!['value'];
      expect(found instanceof Uint8Array ? new Uint8Array(found) : found).toStrictEqual(asRead(stored(value as never)));
      expect(statementsOf(db, () => (made.save(), read.save()))).toEqual([]);
      expect(Kept.filter({ id: made.id, value: eq(value) }).count()).toBe(1);
    };

    it('keeps any value, and sees no change in it', async () => {
      const Kept = declare();
      const db = await open({ models: [Kept] });
      fc.assert(
        fc.property(values, (value) => roundTrip(db, Kept, value)),
        { numRuns: 60 },
      );
    }, 30_000);

    it('keeps the edges of its range', async () => {
      const Kept = declare();
      const db = await open({ models: [Kept] });
      for (const edge of edges) roundTrip(db, Kept, edge);
      expect(Kept.query().orderBy('id').pluck('value')).toStrictEqual(edges.map(asRead));
    });

    it('refuses what it cannot keep, before any SQL', async () => {
      const Kept = declare();
      const db = await open({ models: [Kept] });
      const made = Kept.create({ value: edges[0] });
      for (const [given, described] of refused) {
        const message = `Kept.value takes ${expected}, not ${described}.`;
        const refuse = (work: () => unknown) => {
          const error = thrownBy(work);
          expect(error).toBeInstanceOf(InvalidValueError);
          expect((error as Error).message).toBe(message);
        };
        const statements = statementsOf(db, () => {
          refuse(() => Kept.create({ value: given }));
          refuse(() => Kept.filter({ id: made.id }).update({ value: given }));
          if (given !== null) expect(() => Kept.filter({ value: eq(given) })).toThrow(OrmError);
          // what is refused elsewhere can be the very thing that is stored, such as 1 for true: then there is nothing to write
          const read = Object.assign(Kept.findById(made.id)!, { value: given });
          if (given === stored(edges[0] as never)) read.save();
          else refuse(() => read.save());
        });
        expect(statements).toEqual(['SELECT "id", "value" FROM "kept" WHERE "id" = ?']);
      }
      expect(Kept.query().pluck('value')).toStrictEqual([asRead(edges[0])]);
    });

    it('asks for a value before any SQL', async () => {
      const Kept = declare();
      const db = await open({ models: [Kept] });
      const statements = statementsOf(db, () => {
        for (const fields of [{}, { value: undefined }]) {
          expect(() => Kept.create(fields as never)).toThrow(
            'Kept cannot be inserted without value. Give a value, or declare a default or { nullable: true }.',
          );
        }
      });
      expect(statements).toEqual([]);
    });
  });

  it('keeps NULL in a nullable column of each type, apart from every value', async () => {
    const columns = {
      integer: integer({ nullable: true }),
      bigint: bigint({ nullable: true }),
      real: real({ nullable: true }),
      text: text({ nullable: true }),
      boolean: boolean({ nullable: true }),
      datetime: datetime({ nullable: true }),
      moment: datetime({ nullable: true, storage: 'integer' }),
      date: date({ nullable: true }),
      decimal: decimal(4, 1, { nullable: true }),
      blob: blob({ nullable: true }),
      json: json<unknown>({ nullable: true }),
      choice: choice(['a'], { nullable: true }),
      uuid: uuid({ nullable: true }),
    };
    const Gap = defineModel('gaps', { id: id(), ...columns });
    const db = await open({ models: [Gap] });
    const nulls = Object.fromEntries(Object.keys(columns).map((field) => [field, null]));

    const made = [Gap.create({}), Gap.create(nulls)];

    expect(db.all(sql`SELECT * FROM gaps`)).toEqual([
      { id: 1, ...nulls },
      { id: 2, ...nulls },
    ]);
    const [first] = Gap.query().orderBy('id').all();
    expect({ ...first }).toEqual({ id: 1, ...nulls });
    expect(statementsOf(db, () => [first!, ...made].forEach((each) => each.save()))).toEqual([]);
    for (const field of Object.keys(columns)) expect(Gap.filter({ [field]: null }).count()).toBe(2);
    first!.integer = undefined as never;
    expect(() => first!.save()).toThrow(
      'gaps.integer takes a whole number within ±(2^53 - 1), or null, not undefined.',
    );
  });

  it('keeps a JSON null that is no SQL NULL, and sees no change in it', async () => {
    const Note = defineModel('notes', { id: id(), body: json<unknown>() });
    const db = await open({ models: [Note] });
    Note.create({ body: null });
    const read = Note.findById(1)!;
    expect(read.body).toBeNull();
    expect(db.all(sql`SELECT body FROM notes`)).toEqual([{ body: 'null' }]);
    expect(statementsOf(db, () => read.save())).toEqual([]);
  });

  it('writes decimals and UUIDs in one form, whatever form they are given in', async () => {
    const Price = defineModel('prices', { key: uuid({ primaryKey: true }), amount: decimal(6, 2) });
    const db = await open({ models: [Price] });
    const key = 'F81D4FAE-7DEC-4BD0-A765-00A0C91E6BF6';
    Price.create({ key, amount: '1.5' });
    expect(db.all(sql`SELECT key, amount FROM prices`)).toEqual([{ key: key.toLowerCase(), amount: 150 }]);
    const read = Price.findById(key)!;
    expect({ ...read }).toEqual({ key: key.toLowerCase(), amount: '1.50' });
    read.amount = '1.5';
    expect(statementsOf(db, () => read.save())).toEqual([]);
  });

  it('reads the same moment in every time zone', async () => {
    const Event = defineModel('events', { id: id(), at: datetime(), ms: datetime({ storage: 'integer' }) });
    const db = await open({ models: [Event] });
    const zone = process.env['TZ'];
    const moments = ['2026-03-29T01:30:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z'];
    try {
      process.env['TZ'] = 'Europe/Berlin';
      for (const moment of moments) Event.create({ at: new Date(moment), ms: new Date(moment) });
      process.env['TZ'] = 'America/New_York';
      expect(Event.query().orderBy('id').pluck('at').map(String)).toEqual(
        moments.map((each) => String(new Date(each))),
      );
      expect(Event.query().orderBy('id').pluck('ms')).toEqual(moments.map((each) => new Date(each)));
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
    expect(db.all(sql`SELECT at FROM events ORDER BY id`)).toEqual(moments.map((at) => ({ at })));
  });
});
