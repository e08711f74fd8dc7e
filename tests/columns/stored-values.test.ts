import { describe, expect, it } from 'vitest';
import {
  bigint,
  blob,
  boolean,
  CheckViolation,
  choice,
  column,
  DatatypeViolation,
  date,
  datetime,
  decimal,
  DecodeError,
  defineModel,
  id,
  integer,
  json,
  Model,
  NotNullViolation,
  real,
  sql,
  table,
  text,
  uuid,
  type Codec,
  type Generated,
  type Sql,
} from 'litemodel';
import { drivers } from '../open-database.js';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

const even: Codec<number> = {
  storage: 'INTEGER',
  expected: 'an even number',
  encode: (value) => value,
  decode: (stored) => {
    if (Number(stored) % 2 !== 0) throw new RangeError('odd');
    return Number(stored);
  },
};

/** What each column type refuses to read: as SQL, and as errors describe it. */
const corrupt: readonly (readonly [
  name: string,
  column: object,
  stored: Sql,
  description: string,
  expected: string,
])[] = [
  ['integer', integer(), sql`'x'`, 'a string', 'a whole number within ±(2^53 - 1)'],
  ['integer', integer(), sql`9007199254740992`, 'a number', 'a whole number within ±(2^53 - 1)'],
  ['integer', integer(), sql`9007199254740993`, 'a number', 'a whole number within ±(2^53 - 1)'],
  ['integer', integer(), sql`-9223372036854775808`, 'a number', 'a whole number within ±(2^53 - 1)'],
  ['integer', integer(), sql`1.5`, 'a number', 'a whole number within ±(2^53 - 1)'],
  ['integer', integer(), sql`NULL`, 'null', 'a whole number within ±(2^53 - 1)'],
  ['bigint', bigint(), sql`'x'`, 'a string', 'a bigint between -2^63 and 2^63 - 1'],
  ['bigint', bigint(), sql`1.5`, 'a number', 'a bigint between -2^63 and 2^63 - 1'],
  ['real', real(), sql`'x'`, 'a string', 'a finite number'],
  ['real', real(), sql`9e999`, 'Infinity', 'a finite number'],
  ['text', text(), sql`x'41'`, 'an instance of Uint8Array', 'a string without half surrogate pairs'],
  ['boolean', boolean(), sql`2`, 'a number', 'true or false'],
  ['boolean', boolean(), sql`'true'`, 'a string', 'true or false'],
  ['datetime', datetime(), sql`'2026-01-01 00:00:00'`, 'a string', 'a valid Date within the years 0 to 9999'],
  ['datetime', datetime(), sql`'2026-02-30T00:00:00.000Z'`, 'a string', 'a valid Date within the years 0 to 9999'],
  ['datetime', datetime(), sql`'2026-01-01T24:00:00.000Z'`, 'a string', 'a valid Date within the years 0 to 9999'],
  ['datetime', datetime(), sql`'2026-01-01T00:00:00.000+'`, 'a string', 'a valid Date within the years 0 to 9999'],
  ['datetime', datetime(), sql`''`, 'a string', 'a valid Date within the years 0 to 9999'],
  ['datetime', datetime({ storage: 'integer' }), sql`'x'`, 'a string', 'a valid Date'],
  ['datetime', datetime({ storage: 'integer' }), sql`8640000000000001`, 'a number', 'a valid Date'],
  ['date', date(), sql`'2026-02-29'`, 'a string', 'a calendar date such as "2026-11-21"'],
  [
    'decimal',
    decimal(3, 1),
    sql`1000`,
    'a number',
    'a decimal string such as "12.5" of at most 3 digits, 1 after the point',
  ],
  [
    'decimal',
    decimal(3, 1),
    sql`1.5`,
    'a number',
    'a decimal string such as "12.5" of at most 3 digits, 1 after the point',
  ],
  ['blob', blob(), sql`'x'`, 'a string', 'a Uint8Array'],
  ['json', json(), sql`'{'`, 'a string', 'a value that JSON can hold'],
  ['json', json(), sql`7`, 'a number', 'a value that JSON can hold'],
  ['choice', choice(['a', 'b']), sql`'c'`, 'a string', 'one of "a", "b"'],
  ['uuid', uuid(), sql`'x'`, 'a string', 'a UUID such as "f81d4fae-7dec-4bd0-a765-00a0c91e6bf6"'],
  ['codec', column(even), sql`3`, 'a number', 'an even number'],
];

describe.each(drivers)('$name', ({ open }) => {
  describe('a stored value that its column type cannot have written', () => {
    it.each(corrupt)('is no %s (case %#)', async (_, value, stored, description, expected) => {
      const Kept = defineModel('kept', { key: text({ primaryKey: true }), valueOf2: value }, { modelName: 'Kept' });
      const db = await open({ models: [Kept], schema: 'off' });
      db.execute('CREATE TABLE kept (key TEXT PRIMARY KEY, value_of2)');
      db.run(sql`INSERT INTO kept VALUES ('row 7', ${stored})`);

      const place = `Kept.findById('row 7')`;
      const error = thrownBy(() => Kept.findById('row 7'));
      expect(error, place).toBeInstanceOf(DecodeError);
      const { table: tableName, column: columnName, primaryKey, message } = error as DecodeError;
      expect({ tableName, columnName, primaryKey }).toEqual({
        tableName: 'kept',
        columnName: 'value_of2',
        primaryKey: ['row 7'],
      });
      expect(message).toBe(
        `kept.value_of2 holds ${description} in the row with primary key row 7, where ${expected} belongs. ` +
          'Correct the row with SQL, or declare the column with the type that it has.',
      );
      for (const read of [
        () => Kept.all(),
        () => Kept.query().first(),
        () => [...Kept.query().iterate()],
        () => Kept.query().page({ size: 1 }),
        () => Kept.fromSql(sql`SELECT * FROM kept`),
        () => Kept.filter({ key: 'row 7' }).returning().update({ key: 'row 7' }),
      ]) {
        expect((thrownBy(read) as Error).message).toBe(message);
      }
      for (const read of [() => Kept.query().pluck('valueOf2'), () => Kept.query().select('valueOf2').all()]) {
        const withoutKey = thrownBy(read) as DecodeError;
        expect(withoutKey).toBeInstanceOf(DecodeError);
        expect(withoutKey).toMatchObject({ table: 'kept', column: 'value_of2', primaryKey: [] });
      }
    });

    it('is named by its composite primary key, and leaves other rows readable', async () => {
      const Kept = defineModel('kept', { a: text(), b: bigint(), at: datetime() }, { primaryKey: ['a', 'b'] });
      const db = await open({ models: [Kept], schema: 'off' });
      db.execute('CREATE TABLE kept (a TEXT, b INTEGER, at TEXT, PRIMARY KEY (a, b))');
      db.run(sql`INSERT INTO kept VALUES ('x', 1, '2026-01-01T00:00:00.000Z'), ('x', 9223372036854775807, 'soon')`);

      const error = thrownBy(() => Kept.all()) as DecodeError;
      expect(error.primaryKey).toEqual(['x', 9223372036854775807n]);
      expect(error.message).toBe(
        'kept.at holds a string in the row with primary key x, 9223372036854775807, where a valid Date within the years 0 to ' +
          '9999 belongs. Correct the row with SQL, or declare the column with the type that it has.',
      );
      expect(Kept.findById({ a: 'x', b: 1n })!.at).toEqual(new Date('2026-01-01'));
    });

    it('has what a codec threw as its cause', async () => {
      const Kept = defineModel('kept', { id: id(), value: column(even) });
      const db = await open({ models: [Kept], schema: 'off' });
      db.execute('CREATE TABLE kept (id INTEGER PRIMARY KEY, value)');
      db.run(sql`INSERT INTO kept VALUES (1, 3)`);
      expect((thrownBy(() => Kept.all()) as Error).cause).toEqual(new RangeError('odd'));
      expect((thrownBy(() => Kept.query().pluck('value')) as Error).cause).toEqual(new RangeError('odd'));
    });

    it('is a DecodeError, too, when it is what SQLite made for a default', async () => {
      const Kept = defineModel('kept', { id: id(), at: datetime({ default: sql`CURRENT_TIMESTAMP` }) });
      await open({ models: [Kept] });
      const error = thrownBy(() => Kept.create({})) as DecodeError;
      expect(error).toBeInstanceOf(DecodeError);
      expect(error).toMatchObject({ table: 'kept', column: 'at', primaryKey: [1] });
    });

    it('is a DecodeError, too, when it is a rowid beyond 2^53', async () => {
      const Kept = defineModel('kept', { id: id(), name: text() });
      const db = await open({ models: [Kept] });
      db.run(sql`INSERT INTO kept VALUES (9007199254740992, 'first')`);
      expect(thrownBy(() => Kept.create({ name: 'second' }))).toBeInstanceOf(DecodeError);
    });

    it('passes an error of the model itself as it is', async () => {
      @table('kept')
      class Kept extends Model {
        @id() id!: Generated<number>;
        @text() accessor name!: string;
        @text({ nullable: true }) note!: string | null;

        constructor() {
          super();
          if (refusing) throw new RangeError('not today');
        }
      }
      let refusing = false;
      await open({ models: [Kept] });
      Kept.create({ name: 'Ann' });
      refusing = true;
      expect(() => Kept.all()).toThrow(new RangeError('not today'));
    });
  });

  describe('the table itself', () => {
    it('refuses other types than its columns have, because it is STRICT', async () => {
      const Kept = defineModel('kept', {
        id: id(),
        n: integer(),
        t: text({ nullable: true }),
        b: blob({ nullable: true }),
      });
      const db = await open({ models: [Kept] });
      for (const [columnName, type, given, value] of [
        ['n', 'INTEGER', 'TEXT', sql`'x'`],
        ['n', 'INTEGER', 'REAL', sql`1.5`],
        ['t', 'TEXT', 'BLOB', sql`x'00'`],
        ['b', 'BLOB', 'TEXT', sql`'x'`],
      ] as const) {
        const rows = columnName === 'n' ? sql`` : sql`, n`;
        const values = columnName === 'n' ? sql`` : sql`, 1`;
        const error = thrownBy(() =>
          db.run(sql`INSERT INTO kept (${sql.id(columnName)}${rows}) VALUES (${value}${values})`),
        ) as DatatypeViolation;
        expect(error).toBeInstanceOf(DatatypeViolation);
        expect(error).toMatchObject({ table: 'kept', columns: [columnName] });
        expect(error.message).toContain(`cannot store ${given} value in ${type} column kept.${columnName}`);
      }
      expect(db.all(sql`SELECT * FROM kept`)).toEqual([]);
    });

    it.each([
      // SQLite names a check without a name by its text, of which it takes no more than a quoted name at the start
      ['boolean', boolean(), sql`2`, 'value'],
      ['date', date(), sql`'2026-02-30'`, 'value'],
      ['date', date(), sql`'2026-11-21 '`, 'value'],
      ['json', json(), sql`'{'`, 'json_valid("value")'],
      ['choice', choice(["O'Brien", 'b']), sql`'c'`, 'value'],
      ['integer', integer({ check: sql`value BETWEEN 0 AND 9` }), sql`10`, 'value BETWEEN 0 AND 9'],
    ])('refuses what no %s is, by its CHECK', async (_, value, stored, check) => {
      const Kept = defineModel('kept', { id: id(), value });
      const db = await open({ models: [Kept] });
      const error = thrownBy(() => db.run(sql`INSERT INTO kept (value) VALUES (${stored})`)) as CheckViolation;
      expect(error).toBeInstanceOf(CheckViolation);
      expect(error.constraint).toBe(check);
      expect(db.all(sql`SELECT * FROM kept`)).toEqual([]);
    });

    it('refuses NULL where the field is not nullable', async () => {
      const Kept = defineModel('kept', { key: text({ primaryKey: true }), value: text() });
      const db = await open({ models: [Kept] });
      for (const columnName of ['key', 'value']) {
        const other = columnName === 'key' ? 'value' : 'key';
        const error = thrownBy(() => db.run(sql`INSERT INTO kept (${sql.id(other)}) VALUES ('x')`)) as NotNullViolation;
        expect(error).toBeInstanceOf(NotNullViolation);
        expect(error).toMatchObject({ table: 'kept', columns: [columnName] });
      }
    });
  });
});
