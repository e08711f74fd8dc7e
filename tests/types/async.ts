/** The asynchronous face: what it promises, what belongs to a transaction, and what exists in one face only. */
import {
  asc,
  gte,
  id,
  integer,
  like,
  sql,
  table,
  text,
  type AsyncDatabase,
  type AsyncQuery,
  type AsyncTransaction,
  type BegunTransaction,
  type CursorPage,
  type Database,
  type Generated,
  type Input,
  type InstanceView,
  type ModelView,
  type NumberedPage,
  type PlainRow,
  type Query,
  type QueryOf,
  type RunResult,
} from 'litemodel';
import type * as synchronous from 'litemodel';
import * as face from 'litemodel/async';
import { open } from 'litemodel/better-sqlite3';
import { is, type Equal, type Expect } from './equal.js';
import { Color, Event, Membership, User } from './models.js';

declare const db: Database;
declare const waiting: AsyncDatabase;
declare const tx: AsyncTransaction;
declare const signal: AbortSignal;
const required = {
  email: 'ann@x.org',
  name: 'Ann',
  role: 'guest',
  settings: { theme: 'dark' },
  tags: [],
  counts: {},
  background: new Color(0),
} as const satisfies Input<User>;

// litemodel/async has the names of litemodel, and no others
export type SameNames = [Expect<Equal<keyof typeof face, keyof typeof synchronous>>];
export type OnlyModelsDiffer = [Expect<Equal<Omit<typeof face, Faced>, Omit<typeof synchronous, Faced>>>];
type Faced = 'Model' | 'defineModel' | 'recordSet' | 'Repository';

// the view of a model
const Users = User.async();
is<ModelView<User, 'async'>>()(Users);
is<AsyncQuery<User>>()(Users.query());
is<AsyncQuery<User>>()(
  Users.filter({ age: gte(18), name: like('A%') })
    .orderBy('name', asc('id'))
    .limit(3)
    .offset(1),
);
is<Promise<User[]>>()(Users.all());
is<Promise<number>>()(Users.count());
is<Promise<User | undefined>>()(Users.findById(1));
is<User>()(Users.build({ name: 'Ann' }));
is<Promise<User>>()(Users.create(required));
is<Promise<User>>()(Users.findOrCreate({ email: 'x' }, required));
is<Promise<User>>()(Users.updateOrCreate({ email: 'x' }, { age: 3 }));
is<Promise<number>>()(Users.updateAll({ age: sql`age + 1` }));
is<Promise<number>>()(Users.deleteAll());
is<Promise<User[]>>()(Users.fromSql(sql`SELECT * FROM ${Users}`));
is<ModelView<User, 'async'>>()(Users.using(db).using(waiting).using(tx));
is<Promise<Event[]>>()(
  Event.async()
    .filter({ title: 'x', createdAt: gte(new Date()) })
    .all(),
);
is<Promise<Membership | undefined>>()(Membership.async().findById({ userId: 1, groupId: 2 }));
// @ts-expect-error: a name is missing
void Event.async().create({});
// @ts-expect-error: no such field
Users.filter({ nmae: 'Ann' });
// @ts-expect-error: a string
void Users.findById('1');
// @ts-expect-error: statics of the class are not in the view, for they would call its own face
void Users.adults;
// @ts-expect-error: the view is no class
void new Users();
// @ts-expect-error: a promise has no fields
void Users.findById(1).name;

// queries
const query = Users.query();
is<Promise<User | undefined>>()(query.first());
is<Promise<User>>()(query.one());
is<Promise<boolean>>()(query.exists());
is<Promise<string[]>>()(query.pluck('name'));
is<Promise<NumberedPage<User>>>()(query.page({ size: 3, number: 1 }));
is<Promise<CursorPage<User>>>()(query.page({ size: 3, after: undefined }));
is<Promise<number>>()(query.filter({ age: 1 }).update({ age: 2 }));
is<Promise<number>>()(query.filter({ age: 1 }).delete());
is<Promise<User[]>>()(query.filter({ age: 1 }).returning().update({ age: 2 }));
is<Promise<Pick<User, 'id'>[]>>()(query.filter({ age: 1 }).returning('id').delete());
is<QueryOf<User, Pick<User, 'id' | 'name'>, 'async'>>()(query.select('id', 'name'));
is<AsyncIterable<User>>()(query.iterate({ batch: 10 }));
is<QueryOf<User, User, 'async'>>()(query.abortSignal(signal));
is<Promise<Pick<User, 'id'>[]>>()(User.query().select('id').async.all());
is<QueryOf<User, User, 'async'>>()(User.filter({ age: 1 }).async);
is<string>()(query.toSQL().sql);
export async function shaped(): Promise<number> {
  const [row] = await query.select({ id: true, size: sql<number>`length(name)` }).all();
  for await (const { name } of query.iterate()) is<string>()(name);
  return row!.size;
}
// @ts-expect-error: only what is asynchronous can be given up
User.query().abortSignal(signal);
// @ts-expect-error: a loop that does not wait
for (const user of query.iterate()) void user;
// @ts-expect-error: an array that is promised has no length
void query.all().length;

// instances
declare const ann: User;
is<User>()(ann.save());
is<InstanceView<User, 'async'>>()(ann.async);
is<Promise<User>>()(ann.async.save());
is<Promise<User>>()(ann.async.reload());
is<Promise<boolean>>()(ann.async.delete());
is<Promise<User>>()(ann.async.using(tx).save());
// @ts-expect-error: a synchronous database promises nothing
ann.async.using(db);
// @ts-expect-error: fields are the instance's
void ann.async.name;

// models that promise
@table('people')
class Person extends face.Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer({ default: 0 }) age!: Generated<number>;

  static adults() {
    return this.filter({ age: gte(18) });
  }

  async rename(name: string): Promise<this> {
    this.name = name;
    return await this.save();
  }
}
is<AsyncQuery<Person>>()(Person.query());
is<Promise<Person>>()(Person.create({ name: 'Ann' }));
is<Promise<Person[]>>()(Person.adults().all());
is<Promise<Person | undefined>>()(Person.findById(1));
is<typeof Person>()(Person.using(db));
is<typeof Person>()(Person.using(db.async));
is<typeof Person>()(Person.using(tx));
is<Promise<Person[]>>()(Person.using(tx).adults().all());
is<Person>()(Person.build({ name: 'Ann' }));
declare const person: Person;
is<Promise<Person>>()(person.save());
is<Promise<boolean>>()(person.delete());
is<Promise<Person>>()(person.rename('Bea'));
is<Person>()(person.fill({ name: 'Bea' }));
is<Promise<Person>>()(person.async.using(tx).save());
// @ts-expect-error: the promise of an instance
void person.save().name;
// @ts-expect-error: a name is missing
void Person.create({});

const Note = face.defineModel('notes', { id: id(), title: text(), age: integer({ default: 0 }) });
is<Promise<InstanceType<typeof Note>[]>>()(Note.all());
is<Promise<string[]>>()(Note.filter({ age: gte(1) }).pluck('title'));
export const titles = async (): Promise<string[]> => (await Note.all()).map(({ title }) => title);
export const saved = async (): Promise<number> => (await (await Note.create({ title: 'x' })).save()).age;
// @ts-expect-error: a title is missing
void Note.create({});

// where a model is used
is<typeof User>()(User.using(db));
is<ModelView<User, 'async'>>()(User.using(db.async));
is<ModelView<User, 'async'>>()(User.using(waiting));
is<ModelView<User, 'async'>>()(User.using(tx));
is<Promise<number>>()(User.using(tx).count());
open('app.db', { models: [User, Person, Note] });
// @ts-expect-error: a path is no database
Person.using('app.db');

// databases
is<AsyncDatabase>()(db.async);
is<Promise<PlainRow[]>>()(waiting.all(sql`SELECT 1`, { signal }));
is<Promise<{ n: number } | undefined>>()(waiting.first<{ n: number }>(sql`SELECT 1 AS n`));
is<Promise<RunResult>>()(waiting.run(sql`DELETE FROM users`));
is<Promise<void>>()(waiting.execute('VACUUM'));
is<Promise<void>>()(waiting.close());
is<Promise<QueryOf<{ id: number }, { id: number }, 'async'>>>()(waiting.table<{ id: number }>('users'));
// @ts-expect-error: text is not SQL
void waiting.all('SELECT 1');
// @ts-expect-error: it is asynchronous already
void waiting.async;
{
  // @ts-expect-error: closing it has to be awaited
  using closed = waiting;
  void closed;
}

// transactions
is<Promise<number>>()(waiting.transaction(() => 5));
is<Promise<number>>()(waiting.transaction(async () => 5));
is<Promise<User>>()(waiting.transaction((inside) => User.using(inside).create(required), { mode: 'deferred', signal }));
is<Promise<void>>()(waiting.transaction(async () => {}));
is<Promise<BegunTransaction>>()(waiting.begin('exclusive'));
is<Promise<BegunTransaction>>()(tx.begin());
is<Promise<boolean>>()(tx.transaction((inner) => inner.isOpen));
export async function byHand(): Promise<void> {
  await using begun = await waiting.begin();
  await User.using(begun).count();
  await begun.commit();
}
// @ts-expect-error: no such mode
void waiting.transaction(() => 5, { mode: 'late' });
// @ts-expect-error: what was given is committed by its own function
void tx.commit;
// @ts-expect-error: a transaction is not closed
void tx.close;

// synchronous code has no promises
is<Query<User>>()(User.query());
is<number>()(db.transaction(() => User.count()));
// @ts-expect-error: nobody would wait for it
void db.transaction(() => User.async().count());
// @ts-expect-error: the same, in a transaction of models that promise
void db.transaction(() => Person.count());
