import * as fc from 'fast-check';
import { sql } from '../../src/sql/index.js';
import { blob, boolean, choice, date, id, integer, real, text, type TableSchema } from '../../src/schema/index.js';
import { createIndexSql, createTableSql } from '../../src/schema/create-table.js';
import { declare } from './declare.js';

const factories = {
  integer: { column: integer, values: [0, -7, 9007199254740991] },
  real: { column: real, values: [0.5, -1e21, 3] },
  text: { column: text, values: ["it's", 'null', 'a\0b'] },
  boolean: { column: boolean, values: [true, false] },
  date: { column: date, values: ['2026-11-21', '0001-01-01'] },
  blob: { column: blob, values: [new Uint8Array([0, 255]), new Uint8Array()] },
  choice: { column: choice.bind(undefined, ['a', "b'", 'c, (']), values: ['a', "b'"] },
};

export interface ColumnPlan {
  readonly type: keyof typeof factories;
  readonly nullable: boolean;
  readonly unique: boolean;
  readonly index: boolean;
  readonly default: 'none' | 'first' | 'second' | 'sql';
  readonly collate: 'none' | 'NOCASE' | 'rtrim';
  readonly check: 'none' | 'one' | 'other';
  readonly generated: 'none' | 'virtual' | 'stored' | 'other';
}

export interface TablePlan {
  readonly key: 'id' | 'autoincrement' | 'text' | 'pair' | 'riap';
  readonly strict: boolean;
  readonly withoutRowid: boolean;
  readonly check: 'none' | 'one' | 'named';
  readonly names: readonly string[];
  readonly columns: readonly ColumnPlan[];
  readonly index: 'none' | 'plain' | 'reversed' | 'partial' | 'unique' | 'expression' | 'unique partial' | 'descending';
}

const columnPlan: { readonly [Field in keyof ColumnPlan]: fc.Arbitrary<ColumnPlan[Field]> } = {
  type: fc.constantFrom(...(Object.keys(factories) as ColumnPlan['type'][])),
  nullable: fc.boolean(),
  unique: fc.boolean(),
  index: fc.boolean(),
  default: fc.constantFrom('none', 'first', 'second', 'sql'),
  collate: fc.constantFrom('none', 'NOCASE', 'rtrim'),
  check: fc.constantFrom('none', 'one', 'other'),
  generated: fc.constantFrom('none', 'none', 'virtual', 'stored', 'other'),
};

// the reserved and the odd: everything that a name in quotes may be
const columnNames = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom(
      'order',
      'check',
      'null',
      'a b',
      'x"y',
      "o'clock",
      'f(',
      '),',
      '[z]',
      '`',
      '--',
      '/*',
      'Größe',
      'CONSTRAINT',
      '1',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((name) => !name.includes('\0')),
  ),
  { minLength: 8, maxLength: 8, selector: (name) => name.toLowerCase() },
);

const tablePlan: { readonly [Field in keyof TablePlan]: fc.Arbitrary<TablePlan[Field]> } = {
  key: fc.constantFrom('id', 'autoincrement', 'text', 'pair', 'riap'),
  strict: fc.boolean(),
  withoutRowid: fc.boolean(),
  check: fc.constantFrom('none', 'one', 'named'),
  names: columnNames,
  columns: fc.array(fc.record(columnPlan), { minLength: 2, maxLength: 4 }),
  index: fc.constantFrom(
    'none',
    'plain',
    'reversed',
    'partial',
    'unique',
    'expression',
    'unique partial',
    'descending',
  ),
};

export const anyPlan: fc.Arbitrary<TablePlan> = fc.record(tablePlan);

/** A plan and one in which a single thing of a column, or of the table, is otherwise. */
export const planAndMutation: fc.Arbitrary<readonly [TablePlan, TablePlan]> = fc.oneof(
  fc
    .tuple(
      anyPlan,
      fc.nat(),
      fc.oneof(
        ...Object.entries(columnPlan).map(([field, value]) => fc.record({ [field]: value as fc.Arbitrary<unknown> })),
      ),
    )
    .map(([plan, at, change]): [TablePlan, TablePlan] => {
      const columns = plan.columns.map((column, index) =>
        index === at % plan.columns.length ? { ...column, ...change } : column,
      );
      return [plan, { ...plan, columns }];
    }),
  fc
    .tuple(anyPlan, fc.constantFrom('key', 'strict', 'withoutRowid', 'check', 'index' as const), anyPlan)
    .map(([plan, field, other]): [TablePlan, TablePlan] => [
      plan,
      { ...plan, [field]: other[field as keyof TablePlan] },
    ]),
  anyPlan.map((plan): [TablePlan, TablePlan] => [{ ...plan, columns: plan.columns.slice(1) }, plan]),
);

const column = (plan: ColumnPlan, name: string, key: string): object => {
  const { column: factory, values } = factories[plan.type];
  const chosen = { none: undefined, first: values[0], second: values[1], sql: sql`abs(-1)` }[plan.default];
  const generated = {
    none: undefined,
    virtual: sql`length(${sql.id(key)})`,
    stored: sql`length(${sql.id(key)})`,
    other: sql`1 + 1`,
  };
  return (factory as (options: object) => object)({
    name,
    nullable: plan.nullable,
    unique: plan.unique,
    index: plan.index,
    collate: plan.collate === 'none' ? undefined : plan.collate,
    check: { none: undefined, one: sql`${sql.id(name)} <> ${name}`, other: sql`${sql.id(name)} <> ${0.5}` }[plan.check],
    generated: generated[plan.generated],
    stored: plan.generated === 'stored',
    default: plan.generated === 'none' ? chosen : undefined,
  });
};

/** The table that a plan describes. */
export function tableOf(plan: TablePlan): TableSchema {
  const names = plan.names as readonly [string, string, ...string[]];
  const single = {
    id: id({ name: names[0] }),
    autoincrement: id({ name: names[0], autoincrement: true }),
    text: text({ name: names[0], primaryKey: true }),
  };
  const paired = plan.key === 'pair' || plan.key === 'riap';
  const keys = paired
    ? { k0: text({ name: names[0] }), k1: integer({ name: names[1] }) }
    : { k0: single[plan.key as 'id'] };
  const columns = plan.columns.map((one, index) => [`f${index}`, column(one, names[index + 2]!, names[0])] as const);
  const [a, b] = ['f0', 'k0'];
  const where = sql`${sql.id(names[2]!)} IS NOT NULL`;
  const indexes = {
    none: [],
    plain: [{ on: [a, b] }],
    reversed: [{ on: [b, a] }],
    partial: [{ on: [a, b], where }],
    unique: [{ on: [a, b], unique: true }],
    expression: [{ on: [a, sql`abs(${sql.id(names[0])})`] }],
    'unique partial': [{ on: [a, b], unique: true, where }],
    descending: [{ on: [a, sql`${sql.id(names[0])} DESC`] }],
  }[plan.index];
  return declare(
    'the "table"',
    { ...keys, ...Object.fromEntries(columns) },
    {
      strict: plan.strict,
      withoutRowid: plan.withoutRowid && plan.key !== 'autoincrement',
      indexes: indexes.map((index) => ({ ...index, name: "the 'index'" })),
      checks: { none: [], one: [where], named: { 'a name': sql`${sql.id(names[0])} <> 'Ab'` } }[plan.check],
      ...(paired ? { primaryKey: plan.key === 'pair' ? ['k0', 'k1'] : ['k1', 'k0'] } : {}),
    },
  );
}

/** All that makes a table, to see whether two plans come to the same. */
export const ddlOf = (table: TableSchema): readonly string[] => [
  createTableSql(table),
  ...table.options.indexes.map((index) => createIndexSql(table, index)),
];
