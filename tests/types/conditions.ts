/** What `filter` takes: the fields of the model, each with values, conditions and SQL of its type. */
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
  scope,
  sql,
  startsWith,
  type Combination,
  type Query,
} from 'litemodel';
import { is } from './equal.js';
import { Color, Event, Post, User } from './models.js';

const users = columns(User);
const posts = columns(Post);

// values
User.filter({});
User.filter({ name: 'Ann', age: 18, active: true, bio: null, role: 'admin', createdAt: new Date() });
Post.filter({ size: 5n, price: '9.90', cover: new Uint8Array(1), score: 1.5 });
User.filter({ background: new Color(0) });
User.filter({ tags: ['a', 'b'] });
// @ts-expect-error: no such field
User.filter({ nmae: 'Ann' });
// @ts-expect-error: a number
User.filter({ name: 5 });
// @ts-expect-error: not among the choices
User.filter({ role: 'editor' });
// @ts-expect-error: the column cannot be NULL
User.filter({ name: null });
// @ts-expect-error: a list is oneOf([…])
User.filter({ age: [1, 2] });
// @ts-expect-error: a decimal is a string
Post.filter({ price: 9.9 });
// @ts-expect-error: a number may be rounded
Post.filter({ size: 5 });
// @ts-expect-error: text is how it is stored
Post.filter({ publishedAt: '2026-11-21' });
// @ts-expect-error: undefined would match every row
User.filter({ name: undefined });
// @ts-expect-error: nothing would match every row
User.filter();
// @ts-expect-error: an object is no value
User.filter({ name: { toString: () => 'Ann' } });
// @ts-expect-error: a method is no column
User.filter({ greet: () => 'Hello' });
// @ts-expect-error: nor are those of Model
User.filter({ save: true });
// @ts-expect-error: nor are private fields
User.filter({ cached: 1 });
// @ts-expect-error: nor are protected ones
User.filter({ note: 'y' });

// conditions
User.filter({ age: gte(18), name: like('A%'), bio: isNull(), active: ne(true), createdAt: lt(new Date()) });
User.filter({ age: between(18, 65), email: endsWith('.org'), name: not(startsWith('A')), bio: notNull() });
User.filter({ age: not(between(18, 65)), role: oneOf(['admin', 'guest']), language: noneOf(['de']) });
User.filter({ role: like('a%'), language: not(glob('d*')) });
User.filter({ bio: contains('x', { caseSensitive: true }) });
User.filter({ bio: oneOf(['x', null]), role: eq('admin'), background: ne(new Color(1)) });
Post.filter({ size: gt(5n), price: lte('9.90'), score: gt(1), publishedAt: between(new Date(0), new Date()) });
// @ts-expect-error: text
User.filter({ age: like('1%') });
// @ts-expect-error: the column cannot be NULL
User.filter({ name: isNull() });
// @ts-expect-error: nor can it be NULL when it has a default
User.filter({ age: notNull() });
// @ts-expect-error: a string
User.filter({ age: gte('18') });
// @ts-expect-error: strings
User.filter({ age: oneOf(['18']) });
// @ts-expect-error: strings
User.filter({ age: between('18', '65') });
// @ts-expect-error: not among the choices
User.filter({ role: oneOf(['admin', 'editor']) });
// @ts-expect-error: not among the choices, whatever it is negated with
User.filter({ role: not(eq('editor')) });
// @ts-expect-error: a number may be rounded
Post.filter({ size: gt(5) });
// @ts-expect-error: no such option
User.filter({ name: contains('x', { caseSensitiv: true }) });
// @ts-expect-error: what looks like an operator came out of JSON.parse
User.filter({ age: { gte: 18 } });

// inside JSON
User.filter({ settings: { theme: 'dark', volume: gt(5) } });
User.filter({ settings: { panes: { left: { width: between(1, 2), pinned: true } } } });
User.filter({ settings: { theme: startsWith('d') } });
User.filter({ settings: eq({ theme: 'dark' }), counts: { clicks: gte(3) } });
// @ts-expect-error: no such key
User.filter({ settings: { them: 'dark' } });
// @ts-expect-error: not among the themes
User.filter({ settings: { theme: 'drak' } });
// @ts-expect-error: no such key, at any depth
User.filter({ settings: { panes: { left: { widht: 1 } } } });
// @ts-expect-error: a string, at any depth
User.filter({ settings: { panes: { left: { width: '1' } } } });
// @ts-expect-error: text, at any depth
User.filter({ settings: { panes: { left: { width: like('1') } } } });
// @ts-expect-error: a number
User.filter({ tags: [1] });

// combinations
User.filter(or({ age: gte(65) }, { active: false }));
User.filter(and({ name: 'Ann' }, or({ age: 1 }, not({ active: true, bio: isNull() }), and({ role: 'admin' }))));
User.filter({ name: 'Ann', ...or({ age: 1 }, { age: 2 }) });
User.filter(or({ settings: { panes: { left: { width: gt(3) } } } }, { bio: null }));
User.filter(not(sql`age > 3`)).filter(or(sql`age > 3`, { name: 'Ann' }));
const elders: Combination<User> = or<User>({ age: gte(65) }, { role: 'admin' });
User.filter(elders);
// @ts-expect-error: no such field
User.filter(or({ nmae: 'Ann' }, { age: 3 }));
// @ts-expect-error: a string
User.filter(and({ name: 'Ann' }, { age: 'x' }));
// @ts-expect-error: no such field, however deep
User.filter(or({ name: 'Ann' }, and({ age: 1 }, not({ nmae: 'Ann' }))));
// @ts-expect-error: text, however deep
User.filter(or({ name: 'Ann' }, not({ age: like('x') })));
// @ts-expect-error: conditions on another model
Post.filter(elders);

// columns and SQL
User.filter({ updatedAt: users.createdAt, name: ne(users.email), age: gt(users.id) });
User.filter({ name: users.bio, createdAt: between(users.createdAt, new Date()) });
User.filter({ id: posts.authorId });
User.filter({ age: sql`1 + 1`, name: eq(sql`lower(email)`), id: gt(sql<number>`1`) });
User.filter(sql`age > ${3} AND ${users.name} = 'x'`);
User.filter({ id: oneOf(Post.query().select('authorId')), age: oneOf([1, 2]), name: noneOf(sql`SELECT 1`) });
// @ts-expect-error: a column of another type
User.filter({ age: users.name });
// @ts-expect-error: a condition with a column of another type
User.filter({ age: gt(users.name) });
// @ts-expect-error: SQL of another type
User.filter({ age: gt(sql<string>`'x'`) });
// @ts-expect-error: a bound of another type
User.filter({ age: between(users.id, users.name) });
// @ts-expect-error: a column is not a list
User.filter({ age: oneOf(users.id) });
// @ts-expect-error: a model is no condition
User.filter(Post);
// @ts-expect-error: no such column
void users.nmae;
// @ts-expect-error: a method is no column
void users.greet;

// scopes
const published = scope<Post>('published', { status: 'published' });
const writtenBy = (author: number) => scope<Post>('writtenBy', { authorId: author });
const recent = scope<Event>('recent', () => ({ createdAt: gte(new Date()) }));
is<Query<Post>>()(Post.query().use(published).use(writtenBy(7)).unscoped(published).unscoped('writtenBy').unscoped());
is<Query<Event>>()(Event.titled('x').use(recent));
scope<Post>('by SQL', sql`status = 'draft'`);
// @ts-expect-error: no such field
scope<Post>('misspelt', { statsu: 'published' });
// @ts-expect-error: the scope of another model
User.query().use(published);
// @ts-expect-error: no such field, in a function
scope<Post>('misspelt', () => ({ statsu: 'published' }));
