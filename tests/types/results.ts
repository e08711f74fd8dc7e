/** What queries give: instances, or what was selected of them. */
import { asc, columns, desc, sql, type CursorPage, type NumberedPage, type Query, type QueryOf } from 'litemodel';
import { is, type Equal, type Expect } from './equal.js';
import { Event, Membership, Post, User, type Color, type Settings } from './models.js';

// instances
is<Query<User>>()(User.query());
is<Query<User>>()(User.filter({ name: 'Ann' }).orderBy('name').limit(1).offset(1).distinct().reorder());
is<User[]>()(User.all());
is<User[]>()(User.query().all());
is<User | undefined>()(User.query().first());
is<User>()(User.query().one());
is<number>()(User.count());
is<number>()(User.query().count());
is<boolean>()(User.query().exists());
is<User[]>()(User.fromSql(sql`SELECT * FROM users`));
is<Query<User>>()(User.adults());
for (const user of User.query().iterate({ batch: 10 })) is<User>()(user);
is<NumberedPage<User>>()(User.query().page({ size: 10, number: 1 }));
is<CursorPage<User>>()(User.query().page({ size: 10 }));
is<CursorPage<User>>()(User.query().page({ size: 10, after: User.query().page({ size: 10 }).next }));
// @ts-expect-error: a page has a size
User.query().page({ number: 1 });
// @ts-expect-error: an instance is not a promise
void User.all().then;

// order
User.query().orderBy('name', ['id', 'desc'], asc('age'), desc('bio', { nulls: 'last', collate: 'NOCASE' }), sql`1`);
User.query().orderBy(columns(User).name, desc(sql`length(name)`));
// @ts-expect-error: no such field
User.query().orderBy('nmae');
// @ts-expect-error: no such direction
User.query().orderBy(['name', 'down']);
// @ts-expect-error: no such field
User.query().orderBy(desc('nmae'));
// @ts-expect-error: a method is no column
User.query().orderBy('greet');
// @ts-expect-error: NULLs come first or last
User.query().orderBy(desc('bio', { nulls: 'middle' }));

// select by names
const named = User.query().select('id', 'bio');
is<QueryOf<User, Pick<User, 'id' | 'bio'>, 'sync'>>()(named);
const [first] = named.all();
if (first !== undefined) {
  const id: number = first.id;
  const bio: string | null = first.bio;
  void [id, bio];
  // @ts-expect-error: not selected
  void first.name;
  // @ts-expect-error: no instance
  void first.save;
}
is<Pick<User, 'id' | 'bio'> | undefined>()(named.filter({ name: 'Ann' }).orderBy('age').first());
for (const row of named.iterate()) is<Pick<User, 'id' | 'bio'>>()(row);
// @ts-expect-error: no such field
User.query().select('nmae');
// @ts-expect-error: a method is no column
User.query().select('greet');
// @ts-expect-error: a getter of Model
User.query().select('save');

// select by a shape
const shaped = User.query()
  .select({ id: true, bio: true, size: sql<number>`length(name)`, later: columns(User).createdAt, unknown: sql`1` })
  .one();
type Shaped = Expect<
  Equal<
    { [Name in keyof typeof shaped]: (typeof shaped)[Name] },
    { id: User['id']; bio: string | null; size: number; later: User['createdAt']; unknown: unknown }
  >
>;
export const shapes: Shaped = true;
// @ts-expect-error: not selected
void shaped.name;
// @ts-expect-error: no such field
User.query().select({ id: true, nmae: true });
// @ts-expect-error: no such field, alone
User.query().select({ nmae: true });
// @ts-expect-error: leave out what is not wanted
User.query().select({ id: true, name: false });
// @ts-expect-error: a method is no column
User.query().select({ greet: true });
// @ts-expect-error: a value is no SQL
User.query().select({ size: 5 });

// pluck
is<string[]>()(User.query().pluck('name'));
is<(string | null)[]>()(User.query().pluck('bio'));
is<Settings[]>()(User.query().pluck('settings'));
is<Color[]>()(User.query().pluck('background'));
is<('draft' | 'published')[]>()(Post.query().pluck('status'));
const ages: number[] = User.query().pluck('age');
void ages;
// @ts-expect-error: no such field
User.query().pluck('nmae');
// @ts-expect-error: a method is no column
User.query().pluck('greet');

// returning
is<User[]>()(User.filter({ name: 'Ann' }).returning().update({ age: 1 }));
is<Pick<User, 'id'>[]>()(User.filter({ name: 'Ann' }).returning('id').delete());
// @ts-expect-error: no such field
User.filter({ name: 'Ann' }).returning('nmae');
// @ts-expect-error: not returned
void User.filter({ name: 'Ann' }).returning('id').delete()[0]?.name;

// what a field holds is what it says, `Generated` or not
const user = User.query().one();
const age: number = user.age;
const active: boolean = user.active;
const language: 'en' | 'de' = user.language;
user.age += 1;
user.age = age;
user.active = !active;
user.createdAt = new Date();
user.language = language === 'en' ? 'de' : 'en';
user.settings.theme = 'light';
export function greeting(user: User): string {
  const language: 'en' | 'de' = user.language; // a switch sees no end of the choices through `Generated`
  switch (language) {
    case 'en':
      return 'Hello';
    case 'de':
      return 'Hallo';
  }
}
// @ts-expect-error: a string
user.age = '40';
// @ts-expect-error: not among the choices
user.language = 'fr';
// @ts-expect-error: NULL is not in the column
user.name = null;

// columns
const users = columns(User, 'u');
void sql`SELECT ${users.name} FROM ${users} JOIN ${Post} ON ${columns(Post).authorId} = ${users.id}`;
// @ts-expect-error: no such column
void columns(Membership).id;

// inherited
is<Event | undefined>()(Event.titled('x').first());
const created: Date | undefined = Event.titled('x').first()?.createdAt;
void created;
