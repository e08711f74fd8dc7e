import fc from 'fast-check';
import {
  and,
  asc,
  between,
  columns,
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
  type ModelHome,
  type Query,
  type Where,
} from 'litemodel';
import { at, Membership, Note, Tag } from './models.js';

/*
 * Queries at random, of every kind that can be written without SQL of one's own. They are made as steps, so that one and the
 * same query can be asked in main and in a window.
 */

type Condition = Where<Note>;

const small = fc.integer({ min: -2, max: 6 });
const word = fc.constantFrom('', 'a', 'A', 'ab', 'note 3', '%', "o'clock", '"', 'ü', '10:00', '\\');
const moment = fc.constantFrom(0, 86_400_000, 1_700_000_000_000).map((time) => new Date(time));

const comparison = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof(
    value,
    value.map((operand) => gt(operand as number)),
    value.map((operand) => gte(operand as number)),
    value.map((operand) => lt(operand as number)),
    value.map((operand) => lte(operand as number)),
    value.map((operand) => ne(operand as number)),
    fc.tuple(value, value).map(([low, high]) => between(low as number, high as number)),
    fc.array(value, { maxLength: 4 }).map((values) => oneOf(values)),
    fc.array(value, { maxLength: 4 }).map((values) => noneOf(values)),
    value.map((operand) => not(ne(operand as number))),
  );

const pattern = fc.oneof(
  word.map((text) => like(`%${text.replaceAll('\\', '')}%`)),
  word.map((text) => glob(`*${text}*`)),
  ...[contains, startsWith, endsWith].flatMap((part) => [
    word.map((text) => part(text)),
    word.map((text) => part(text, { caseSensitive: true })),
  ]),
);

const settings = fc.oneof(
  fc.record({
    theme: fc.oneof(
      word,
      fc.constant(null),
      word.map((text) => oneOf([text, 'dark'])),
    ),
  }),
  fc.record({ sizes: fc.array(small, { minLength: 1, maxLength: 2 }) }),
  fc.record({ nested: fc.record({ on: fc.boolean() }) }),
  fc.record({
    nested: fc.record({
      depth: fc.oneof(
        small,
        small.map((depth) => gt(depth)),
        fc.constant(null),
      ),
    }),
  }),
);

const longList = fc
  .integer({ min: 65, max: 90 })
  .map((count) => Array.from({ length: count }, (_, index) => index * 2));

const { title, body, stars, ownerId } = columns(Note);

const subquery = fc.constantFrom(
  oneOf<number>(Note.filter({ done: true }).select('id')),
  noneOf<number>(Tag.filter({ noteId: notNull() }).select('noteId')),
  noneOf<number>(Tag.query().orderBy('name').limit(3).select('noteId')),
  oneOf<number>(Tag.filter({ noteId: columns(Note).id }).select('noteId')),
  oneOf<number>(
    Note.filter({ id: oneOf(Tag.query().distinct().select('noteId')) })
      .offset(1)
      .select('id'),
  ),
);

const field = (name: string, value: fc.Arbitrary<unknown>) => value.map((condition) => ({ [name]: condition }));

const leaf: fc.Arbitrary<Condition> = fc.oneof(
  field('id', fc.oneof(comparison(small), subquery, longList.map(oneOf), longList.map(noneOf))),
  field('title', fc.oneof(comparison(word), pattern, fc.constantFrom(gt(body), body))),
  field('body', fc.oneof(comparison(word), pattern, fc.constantFrom(null, isNull(), notNull(), oneOf([null, 'a'])))),
  field('stars', fc.oneof(comparison(small), fc.constantFrom(null, lt(ownerId), noneOf([null, 1])))),
  field('done', fc.boolean()),
  field('price', comparison(fc.constantFrom('0.00', '1.50', '-2.00'))),
  field('size', comparison(fc.constantFrom(0n, 5n, 2n ** 62n))),
  field('seenAt', fc.oneof(comparison(moment), fc.constantFrom(null))),
  field('day', comparison(fc.constantFrom('2026-11-21', '1970-01-01'))),
  field('status', comparison(fc.constantFrom('draft', 'published'))),
  field('settings', settings),
  field('data', fc.constantFrom(Uint8Array.of(1, 2), null)),
);

/** A condition of any depth. */
export const condition: fc.Arbitrary<Condition> = fc.letrec<{ all: Condition }>((tie) => ({
  all: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('all'), { minLength: 1, maxLength: 3 }).map((parts) => and<Note>(...parts)),
    fc.array(tie('all'), { minLength: 1, maxLength: 3 }).map((parts) => or<Note>(...parts)),
    tie('all').map((part) => not<Note>(part)),
  ),
})).all;

const nulls = fc.constantFrom(undefined, 'first', 'last');
const term = fc.oneof(
  fc.constantFrom('title', 'stars', 'id', 'seenAt'),
  fc.constantFrom('title', 'body', 'size').map((name) => [name, 'desc'] as const),
  fc
    .tuple(fc.constantFrom(asc, desc), fc.constantFrom('title', 'body', 'stars'), nulls)
    .map(([way, name, place]) => way(name as 'title', place === undefined ? {} : { nulls: place as 'first' })),
  fc.constantFrom(asc('title', { collate: 'BINARY' }), desc('body', { collate: 'NOCASE' }), asc(stars), desc(title)),
);

type NoteQuery = Query<Note>;

/** A query of notes, of whichever face: the methods of both have the same names. */
export const query: fc.Arbitrary<(from: typeof Note) => NoteQuery> = fc
  .record({
    where: fc.option(condition, { nil: undefined }),
    orderBy: fc.array(term as fc.Arbitrary<'title'>, { maxLength: 3 }),
    limit: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    offset: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
    distinct: fc.boolean(),
  })
  .map(({ where, orderBy, limit, offset, distinct }) => (from) => {
    let made: NoteQuery = where === undefined ? from.query() : from.filter(where);
    if (orderBy.length > 0) made = made.orderBy(...orderBy);
    if (limit !== undefined) made = made.limit(limit);
    if (offset !== undefined) made = made.offset(offset);
    return distinct ? made.distinct() : made;
  });

type Awaitable<Value> = Value | Promise<Value>;

/** What can be asked of a query, as plain data. */
export const answer: fc.Arbitrary<(asked: NoteQuery) => Awaitable<unknown>> = fc.constantFrom<
  ((asked: NoteQuery) => Awaitable<unknown>)[]
>(
  (asked) => asked.all(),
  (asked) => asked.first(),
  (asked) => asked.count(),
  (asked) => asked.exists(),
  (asked) => asked.pluck('title'),
  (asked) => asked.select('id', 'settings').all(),
  (asked) => asked.select({ name: columns(Note).title, size: true }).all(),
  (asked) => asked.one(),
  (asked) => allOf(asked.iterate({ batch: 2 })),
);

async function allOf(rows: Iterable<unknown> | AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const changes = fc.oneof(
  fc.record({ title: word, stars: fc.option(small) }),
  fc.record({ done: fc.boolean(), settings: fc.constantFrom({ theme: 'new' }, {}) }),
  fc.constantFrom({ body: columns(Note).title }, { stars: Tag.query().select('noteId').limit(1) }),
);

/** A write of what a query finds. */
export const write: fc.Arbitrary<(asked: NoteQuery) => Awaitable<unknown>> = fc.oneof(
  changes.map((given) => (asked: NoteQuery) => asked.update(given)),
  changes.map((given) => (asked: NoteQuery) => asked.returning('id', 'title').update(given)),
  fc.constantFrom<((asked: NoteQuery) => Awaitable<unknown>)[]>(
    (asked) => asked.delete(),
    (asked) => asked.returning().delete(),
    (asked) => asked.returning('id').delete(),
  ),
);

/** Some rows to find, with a bit of everything in them. */
export function fill(home: ModelHome): void {
  const Notes = at(Note, home);
  for (let n = 0; n < 12; n++) {
    Notes.create({
      title: ['a', 'A', "o'clock", 'note 3', 'ü%', ''][n % 6]!,
      body: [null, 'a', 'AB', 'ab'][n % 4]!,
      stars: n % 5 === 0 ? null : (n % 5) - 1,
      done: n % 3 === 0,
      price: ['0.00', '1.50', '-2.00'][n % 3]!,
      size: [0n, 5n, 2n ** 62n][n % 3]!,
      seenAt: n % 2 === 0 ? null : new Date(n * 86_400_000),
      day: n % 2 === 0 ? '2026-11-21' : null,
      status: n % 4 === 0 ? 'published' : 'draft',
      settings: [{ theme: 'dark' }, { sizes: [1] }, { nested: { on: true, depth: 2 } }, { nested: { on: false } }][
        n % 4
      ]!,
      data: n % 3 === 0 ? Uint8Array.of(1, 2) : null,
      ownerId: 1 + (n % 2),
    });
  }
  const Tags = at(Tag, home);
  for (let n = 0; n < 6; n++) Tags.create({ name: `tag ${n}`, noteId: n % 2 === 0 ? n : null });
  const Memberships = at(Membership, home);
  for (let n = 0; n < 6; n++) Memberships.create({ userId: n % 3, team: `team ${n % 2}`, points: n });
}
