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
  id,
  integer,
  json,
  real,
  text,
  uuid,
} from 'litemodel';
import { hydrator, loopFill } from '../../src/query/hydrate.js';
import { changedByLoop, changedColumns } from '../../src/query/changed.js';
import { Origin, type Home } from '../../src/query/origin.js';
import { Stored } from '../../src/query/stored.js';
import { schemaOf } from '../../src/model/binding.js';
import type { TableSchema } from '../../src/schema/index.js';
import type { Row, SqlValue } from '../../src/sql/index.js';

/** Column types with values as SQLite has them: right ones, and some that do not decode. */
const kinds: readonly (readonly [make: (nullable: boolean) => object, stored: fc.Arbitrary<SqlValue>])[] = [
  [(nullable) => integer({ nullable } as never), fc.oneof(fc.maxSafeInteger(), fc.constant(1.5))],
  [(nullable) => real({ nullable } as never), fc.double({ noNaN: true, noDefaultInfinity: true })],
  [(nullable) => text({ nullable } as never), fc.oneof(fc.string(), fc.constant(7))],
  [(nullable) => boolean({ nullable } as never), fc.constantFrom(0, 1, 2)],
  [(nullable) => datetime({ nullable } as never), fc.constantFrom('2026-11-21T05:41:00.000Z', 'soon')],
  [(nullable) => datetime({ nullable, storage: 'integer' } as never), fc.integer()],
  [(nullable) => date({ nullable } as never), fc.constantFrom('2026-11-21', '2026-02-30')],
  [(nullable) => decimal(9, 2, { nullable } as never), fc.integer({ min: -999, max: 999 })],
  [(nullable) => blob({ nullable } as never), fc.uint8Array()],
  [(nullable) => json({ nullable } as never), fc.oneof(fc.json(), fc.constant('{'))],
  [(nullable) => choice(['a', 'b'], { nullable } as never), fc.constantFrom('a', 'b', 'c')],
  [(nullable) => uuid({ nullable } as never), fc.uuid()],
];
const wide = [
  (nullable: boolean) => bigint({ nullable } as never),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
] as const;
const names = ['a', 'toString', 'with space', '"', "'; throw 1; '", 'ä', '1', 'return', '${x}', '\u2028', '\\'];

const tableAndRows = fc
  .record({
    columns: fc.array(
      fc.record({ kind: fc.nat(kinds.length - 1), nullable: fc.boolean(), name: fc.constantFrom(...names) }),
      { minLength: 1, maxLength: 6 },
    ),
    isWide: fc.boolean(),
  })
  .chain(({ columns, isWide }) => {
    const fields = new Map(columns.map((column) => [column.name, column]));
    const declared = {
      id: id(),
      ...Object.fromEntries([...fields].map(([name, { kind, nullable }]) => [name, kinds[kind]![0](nullable)])),
    };
    const integers = (value: SqlValue) =>
      isWide && typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
    const values = [...fields.values()].map(({ kind, nullable }) =>
      fc.oneof(
        { weight: 9, arbitrary: kinds[kind]![1].map(integers) },
        { weight: nullable ? 3 : 0, arbitrary: fc.constant(null) },
      ),
    );
    const row = fc.tuple(fc.integer().map(integers), ...values, ...(isWide ? [wide[1]] : [])) as fc.Arbitrary<Row>;
    return fc.record({
      Model: fc.constant(() =>
        defineModel('t', isWide ? { ...declared, wide: wide[0](false) } : declared, { naming: 'as written' }),
      ),
      rows: fc.array(row, { maxLength: 4 }),
    });
  });

class TestHome implements Home {
  readonly schema: TableSchema;
  readonly onUndecodable = undefined;
  kept: object | undefined;
  readonly origin: Origin = new Origin(this, false);

  constructor(schema: TableSchema) {
    this.schema = schema;
  }
}

describe('without generated code', () => {
  const outcome = (work: () => object[]): unknown => {
    try {
      return work().map((each) => ({
        fields: { ...each },
        prototype: Object.getPrototypeOf(each) as object,
        row: Stored.row(each),
      }));
    } catch (error) {
      const { name, message, primaryKey } = error as Error & { primaryKey?: unknown };
      return { name, message, primaryKey };
    }
  };

  it('rows become the same instances, and fail in the same way', () => {
    fc.assert(
      fc.property(tableAndRows, ({ Model, rows }) => {
        const schema = schemaOf(Model());
        const home = new TestHome(schema);
        const copies = () => rows.map((row) => [...row]);
        const failed = (_row: Row, _origin: Origin, error: unknown): never => {
          throw error;
        };
        const generated = outcome(() => hydrator(schema)(copies(), home));
        const looped = outcome(() => loopFill(schema)(copies(), home.origin, failed));
        if (Array.isArray(generated)) {
          expect(looped).toEqual(generated);
          expect(generated).toHaveLength(rows.length);
        } else {
          expect(generated).toMatchObject({ name: 'DecodeError' });
          expect(Array.isArray(looped)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  }, 30_000);

  it('the same columns have changed', () => {
    fc.assert(
      fc.property(tableAndRows, fc.nat(), ({ Model, rows }, seed) => {
        const schema = schemaOf(Model());
        let instances: object[];
        try {
          instances = hydrator(schema)(
            rows.map((row) => [...row]),
            new TestHome(schema),
          );
        } catch {
          return;
        }
        for (const [index, instance] of instances.entries()) {
          const row = Stored.row(instance)!;
          const fields = instance as Record<string, unknown>;
          expect(changedColumns(schema)(fields, row)).toEqual([]);
          const other = instances[(index + 1) % instances.length] as Record<string, unknown>;
          const { property } = schema.columns[seed % schema.columns.length]!;
          fields[property] = other[property];
          expect(changedColumns(schema)(fields, row)).toEqual(changedByLoop(schema)(fields, row));
        }
      }),
      { numRuns: 200 },
    );
  }, 30_000);
});
