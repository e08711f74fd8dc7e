/** What `create`, `build`, `fill`, `update` and `findById` take. */
import { columns, sql, type Input } from 'litemodel';
import { is } from './equal.js';
import { Color, Event, Membership, Post, User } from './models.js';

const required = {
  email: 'ann@x.org',
  name: 'Ann',
  role: 'guest',
  settings: { theme: 'dark' },
  tags: [],
  counts: {},
  background: new Color(0),
} as const satisfies Input<User>;

// create asks for what has no value of its own
is<User>()(User.create({ ...required, tags: ['a'] }));
is<User>()(User.create({ ...required, id: 5, bio: 'x', age: 3, active: false, language: 'de', createdAt: new Date() }));
is<Membership>()(Membership.create({ userId: 1, groupId: 2 }));
is<Event>()(Event.create({ title: 'x' }));
is<Post>()(Post.create({ title: 'x', authorId: 1, status: 'draft', price: '1.00', size: 1n, publishedAt: new Date() }));
// @ts-expect-error: a name is missing
Event.create({});
// @ts-expect-error: fields are missing
User.create({ email: 'ann@x.org' });
// @ts-expect-error: no such field
User.create({ ...required, nmae: 'Ann' });
// @ts-expect-error: a string
User.create({ ...required, age: '3' });
// @ts-expect-error: not among the choices
User.create({ ...required, role: 'editor' });
// @ts-expect-error: the column cannot be NULL
User.create({ ...required, name: null });
// @ts-expect-error: not a theme
User.create({ ...required, settings: { theme: 'drak' } });
// @ts-expect-error: a decimal is a string
Post.create({ title: 'x', authorId: 1, status: 'draft', price: 1, size: 1n, publishedAt: new Date() });
// @ts-expect-error: a method is no column
User.create({ ...required, greet: () => 'x' });
// @ts-expect-error: a private field is no column
User.create({ ...required, cached: 1 });
// @ts-expect-error: a value is a value: SQL computes in updates only
User.create({ ...required, age: sql`1` });

// build takes what there is, and is not saved
is<User>()(User.build());
is<User>()(User.build({ name: 'Ann' }).save());
// @ts-expect-error: no such field
User.build({ nmae: 'Ann' });
// @ts-expect-error: a string
User.build({ age: '3' });

// instances
const user = User.build(required);
is<User>()(user.save());
is<User>()(user.reload());
is<boolean>()(user.delete());
is<User>()(user.fill({ name: 'Ann', age: 3 }));
is<Event>()(Event.build().fill({ title: 'x' }).save());
is<Record<string, unknown>>()(user.toJSON());
// @ts-expect-error: no such field
user.fill({ nmae: 'Ann' });
// @ts-expect-error: a string
user.fill({ age: '3' });

// update takes values and SQL
is<number>()(User.filter({ name: 'Ann' }).update({ age: 1, bio: null }));
is<number>()(User.filter({ name: 'Ann' }).update({ age: sql`age + 1`, name: columns(User).email }));
is<number>()(User.updateAll({ active: false }));
is<number>()(User.deleteAll());
is<number>()(User.filter({ name: 'Ann' }).delete());
// @ts-expect-error: no such field
User.filter({ name: 'Ann' }).update({ nmae: 'x' });
// @ts-expect-error: a string
User.filter({ name: 'Ann' }).update({ age: '1' });
// @ts-expect-error: the column cannot be NULL
User.filter({ name: 'Ann' }).update({ name: null });
// @ts-expect-error: a column of another type
User.filter({ name: 'Ann' }).update({ age: columns(User).name });
// @ts-expect-error: no such field
User.updateAll({ nmae: 'x' });

// keys
is<User | undefined>()(User.findById(1));
is<User | undefined>()(User.findById({ id: 1 }));
is<Post | undefined>()(Post.findById('f81d4fae-7dec-4bd0-a765-00a0c91e6bf6'));
is<Membership | undefined>()(Membership.findById({ userId: 1, groupId: 2 }));
is<User | undefined>()(User.findById(user.id));
// @ts-expect-error: a string
User.findById('1');
// @ts-expect-error: nothing
User.findById(undefined);
// @ts-expect-error: a key is not NULL
User.findById(null);
// @ts-expect-error: a number
Post.findById(1);
// @ts-expect-error: a string
User.findById({ id: '1' });
// @ts-expect-error: a string
Membership.findById({ userId: '1', groupId: 2 });
// @ts-expect-error: no such field
Membership.findById({ userId: 1, gruopId: 2 });

// find or create
is<User>()(User.findOrCreate({ email: 'ann@x.org' }, { name: 'Ann' }));
is<User>()(User.updateOrCreate({ email: 'ann@x.org' }, { name: 'Ann' }));
// @ts-expect-error: no such field
User.findOrCreate({ emial: 'ann@x.org' });
// @ts-expect-error: a string
User.findOrCreate({ email: 'ann@x.org' }, { age: '3' });
// @ts-expect-error: no such field
User.updateOrCreate({ email: 'ann@x.org' }, { nmae: 'Ann' });
