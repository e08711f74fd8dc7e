import fc from 'fast-check';
import {
  and,
  between,
  columns,
  contains,
  endsWith,
  eq,
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
  sql,
  startsWith,
  type Condition,
  type Where,
} from 'litemodel';
import { Sample, type SampleRow } from './sample.js';
import type { Field, Operator, Predicate, TextPart, Value } from './three-valued.js';

const textFields = ['name', 'nick', 'tag'] as const;

const awkward = [
  '',
  'a',
  'A',
  'ab',
  'AB',
  'a%',
  '%',
  '_',
  'a_b',
  '\\',
  '\\%',
  "it's",
  '"q"',
  '[a]',
  '*',
  '?',
  'é',
  'É',
  'ß',
  '日本',
  '😀',
  '😀a',
  'ÿ',
  '\uff5e',
  ' ',
  'null',
  '1',
  '-- x',
  '; DROP TABLE samples',
];
/** Without U+FFFE and U+FFFF, which are no characters: LIKE takes them for U+FFFD, and for themselves where it can use an index. */
/** Texts without U+FFFE and U+FFFF, which are no characters: LIKE takes them for U+FFFD unless it can use an index. */
export const anyText = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom(...awkward) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: fc.constantFrom('a', 'A', 'b', '%', '_', '\\', '*', '?', '[', ']'), maxLength: 4 }),
    },
  )
  .filter((text) => text.isWellFormed() && !/[\0\ufffe\uffff]/.test(text));
/** NUL is a character like any other to `=`, but not to the NOCASE collation. */
const nameText = fc.oneof(
  { weight: 9, arbitrary: anyText },
  { weight: 1, arbitrary: fc.constantFrom('a\0', 'a\0b', '\0') },
);

const smallInteger = fc.oneof(
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom(2 ** 31, -(2 ** 40), Number.MAX_SAFE_INTEGER),
);
const anyReal = fc.oneof(
  fc.constantFrom(0, -0, 0.1, 0.5, 1, 1e300, -1e-300, 2 ** 53),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const anyDate = fc.constantFrom(0, 1, 999, 1000, 951_782_400_000, 253_402_300_799_999).map((time) => new Date(time));
const anyBigint = fc.constantFrom(0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n));
const anyBytes = fc
  .constantFrom('', '00', '01', 'ff', '6100', '61')
  .map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));

const valueOf: Record<Field, fc.Arbitrary<Value>> = {
  name: nameText,
  tag: anyText,
  nick: nameText,
  age: smallInteger,
  most: smallInteger,
  score: anyReal,
  active: fc.boolean(),
  seenAt: anyDate,
  size: anyBigint,
  bytes: anyBytes,
};
const fields = Object.keys(valueOf) as Field[];

export const sampleRows: fc.Arbitrary<SampleRow[]> = fc
  .array(fc.record(Object.fromEntries(fields.map((field) => [field, fc.option(valueOf[field], { freq: 3 })]))), {
    maxLength: 8,
  })
  .map((rows) => rows.map((row, index) => ({ id: index + 1, ...row }) as unknown as SampleRow));

const operators: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>='];
/** Fields that can be compared with each other: the same type and collation. */
const others: Partial<Record<Field, readonly Field[]>> = { name: ['nick', 'name'], age: ['most'], most: ['age'] };
/** Types that reach SQLite the same whether a column says what they are or not. */
const literalFields: readonly Field[] = ['name', 'nick', 'age', 'most', 'active', 'seenAt', 'size'];

const pattern = (characters: readonly string[]) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 4 });

function leafOf(field: Field): fc.Arbitrary<Predicate> {
  const value = valueOf[field];
  const operator = fc.constantFrom(...operators);
  const leaves: fc.Arbitrary<Predicate>[] = [
    fc.record({
      kind: fc.constant('value' as const),
      field: fc.constant(field),
      value: fc.option<Value>(value, { freq: 4 }),
    }),
    fc.record({ kind: fc.constant('compare' as const), field: fc.constant(field), operator, value }),
    fc.record({ kind: fc.constant('between' as const), field: fc.constant(field), low: value, high: value }),
    fc.record({
      kind: fc.constant('list' as const),
      field: fc.constant(field),
      values: fc.array(fc.option(value, { freq: 5 }), { maxLength: 4 }),
      negated: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('subquery' as const),
      field: fc.constant(field),
      upTo: fc.nat(6),
      negated: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('isNull' as const), field: fc.constant(field), negated: fc.boolean() }),
  ];
  if (literalFields.includes(field)) {
    leaves.push(fc.record({ kind: fc.constant('compareSql' as const), field: fc.constant(field), operator, value }));
  }
  const comparable = others[field];
  if (comparable !== undefined) {
    const other = fc.constantFrom(...comparable);
    leaves.push(fc.record({ kind: fc.constant('compareColumn' as const), field: fc.constant(field), operator, other }));
  }
  if ((textFields as readonly string[]).includes(field)) leaves.push(...textLeaves(field));
  const leaf = fc.oneof(...leaves);
  return fc.oneof(
    { weight: 5, arbitrary: leaf },
    {
      weight: 1,
      arbitrary: leaf.filter(({ kind }) => kind !== 'value').map((of): Predicate => ({ kind: 'notValue', field, of })),
    },
  );
}

const textLeaves = (field: Field): fc.Arbitrary<Predicate>[] => [
  fc.record({
    kind: fc.constant('pattern' as const),
    field: fc.constant(field),
    by: fc.constant('like' as const),
    pattern: pattern(['a', 'B', '%', '_', '\\', 'é', '😀']),
  }),
  fc.record({
    kind: fc.constant('pattern' as const),
    field: fc.constant(field),
    by: fc.constant('glob' as const),
    pattern: pattern(['a', 'B', '*', '?', '%', 'é', '😀']),
  }),
  fc.record({
    kind: fc.constant('part' as const),
    field: fc.constant(field),
    by: fc.constantFrom<TextPart[]>('contains', 'startsWith', 'endsWith'),
    text: anyText,
    caseSensitive: fc.boolean(),
  }),
];

const leaf = fc.constantFrom(...fields).chain(leafOf);

export const predicates: fc.Arbitrary<Predicate> = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      parts: fc.array(tie('predicate'), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('predicate') }),
  ),
})).predicate;

/** The filter that a user would write. */
export function whereOf(predicate: Predicate): Where<Sample> {
  switch (predicate.kind) {
    case 'and':
      return and<Sample>(...predicate.parts.map(whereOf));
    case 'or':
      return or<Sample>(...predicate.parts.map(whereOf));
    case 'not':
      return not<Sample>(whereOf(predicate.of));
    case 'notValue':
      return { [predicate.field]: not(conditionOf(predicate.of) as Condition<Value>) };
    default:
      return { [predicate.field]: conditionOf(predicate) };
  }
}

function conditionOf(predicate: Predicate): unknown {
  switch (predicate.kind) {
    case 'value':
      return predicate.value;
    case 'compare':
      return comparison(predicate.operator)(predicate.value);
    case 'compareSql':
      return comparison(predicate.operator)(sql`${predicate.value}`);
    case 'compareColumn':
      return comparison(predicate.operator)(columns(Sample)[predicate.other]);
    case 'between':
      return between(predicate.low, predicate.high);
    case 'list':
      return predicate.negated ? noneOf(predicate.values) : oneOf(predicate.values);
    case 'subquery': {
      const query = Sample.filter({ id: lte(predicate.upTo) }).select(predicate.field);
      return predicate.negated ? noneOf(query) : oneOf(query);
    }
    case 'pattern':
      return predicate.by === 'like' ? like(predicate.pattern) : glob(predicate.pattern);
    case 'part':
      return { contains, startsWith, endsWith }[predicate.by](predicate.text, {
        caseSensitive: predicate.caseSensitive,
      });
    case 'isNull':
      return predicate.negated ? notNull() : isNull();
    default:
      throw new Error(`${predicate.kind} is a condition on rows, not on a value.`);
  }
}

const comparison = (operator: Operator): ((operand: unknown) => Condition<unknown>) =>
  ({ '=': eq, '!=': ne, '<': lt, '<=': lte, '>': gt, '>=': gte })[operator];
