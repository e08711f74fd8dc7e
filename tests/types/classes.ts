/** Models as classes: inheritance, statics, readonly and JSON fields, `defineModel`, `using`. */
import {
  boolean,
  choice,
  createdAt,
  datetime,
  decimal,
  defineModel,
  gte,
  id,
  integer,
  json,
  like,
  Model,
  table,
  text,
  type Changes,
  type Database,
  type FieldOf,
  type Generated,
  type InstanceMember,
  type Of,
  type Query,
  type RequiredField,
  type Statics,
} from 'litemodel';
import { is, type Equal, type Expect } from './equal.js';
import type { Post } from './models.js';
import { Event, Membership, Timestamped, User } from './models.js';

declare const db: Database;

export type Fields = [
  Expect<Equal<FieldOf<Membership>, 'userId' | 'groupId' | 'note'>>,
  Expect<Equal<FieldOf<Event>, 'id' | 'createdAt' | 'title'>>,
  Expect<Equal<RequiredField<Event>, 'title'>>,
  Expect<Equal<RequiredField<Membership>, 'userId' | 'groupId'>>,
  Expect<Equal<RequiredField<User>, 'email' | 'name' | 'role' | 'settings' | 'tags' | 'counts' | 'background'>>,
  Expect<Equal<RequiredField<Post>, 'title' | 'authorId' | 'status' | 'price' | 'size' | 'publishedAt'>>,
  // whoever adds a method to every instance lists its name, so that types do not take it for a column
  Expect<Equal<Exclude<keyof Model & string, InstanceMember>, never>>,
];

/** JSON of any type is a column. */
@table('documents')
export class Document extends Model {
  @id() id!: Generated<number>;
  @json() unknown!: unknown;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as users write it
  @json() list!: any[];
  @json() open!: Record<string, unknown>;
  @json() empty!: object;
  @json({ nullable: true }) maybe!: { a: { b: number } } | null;
  @json() tree!: Tree;
  @json() union!: { kind: 'circle'; radius: number } | { kind: 'square'; side: number };
  readonly note!: string;
}

interface Tree {
  value: number;
  left?: Tree;
  right?: Tree;
}

export type DocumentFields = [
  Expect<Equal<FieldOf<Document>, 'id' | 'unknown' | 'list' | 'open' | 'empty' | 'maybe' | 'tree' | 'union' | 'note'>>,
  Expect<Equal<RequiredField<Document>, 'list' | 'open' | 'empty' | 'tree' | 'union'>>,
];
Document.filter({ maybe: { a: { b: gte(3) } }, tree: { left: { left: { value: 3 } } }, open: { any: 'x' } });
Document.filter({ maybe: null, union: { kind: 'square', side: 3 } });
// @ts-expect-error: no such key
Document.filter({ maybe: { a: { c: 3 } } });
// @ts-expect-error: a string, at any depth
Document.filter({ tree: { left: { right: { value: '3' } } } });

// inheritance
is<Event>()(Event.create({ title: 'x' }).save());
is<Query<Event>>()(Event.filter({ createdAt: gte(new Date()), title: like('x') }));
is<Query<Timestamped>>()(Timestamped.filter({ createdAt: gte(new Date()) }));
// @ts-expect-error: the field of a subclass
Timestamped.filter({ title: 'x' });
// @ts-expect-error: an abstract class has no instances
new Timestamped();

// helpers over any model
export function newest<Instance extends Timestamped>(model: Of<Instance> & Statics<'sync'>): Timestamped | undefined {
  return (model as Of<Timestamped> & Statics<'sync'>).query().orderBy(['createdAt', 'desc']).first();
}
newest(Event);
// @ts-expect-error: a model without these columns
newest(Membership);
export const renamed = (user: User, changes: Changes<User>): User => user.fill(changes).save();

// another database
is<typeof User>()(User.using(db));
is<User[]>()(User.using(db).adults().all());
// @ts-expect-error: a path is no database
User.using('app.db');

// without decorators
const Person = defineModel('people', {
  id: id(),
  name: text(),
  bio: text({ nullable: true }),
  age: integer({ default: 0 }),
  active: boolean(),
  role: choice(['admin', 'guest']),
  price: decimal(10, 2, { default: '0' }),
  settings: json<{ theme: string }>(),
  bornAt: datetime(),
  createdAt: createdAt(),
});
const person = Person.create({
  name: 'Ann',
  active: true,
  role: 'guest',
  settings: { theme: 'dark' },
  bornAt: new Date(),
});
is<string>()(person.name);
is<string | null>()(person.bio);
is<'admin' | 'guest'>()(person.role);
is<Date>()(person.bornAt);
const personAge: number = person.age;
void personAge;
person.age = 3;
person.save().reload().delete();
Person.filter({ name: like('A%'), age: gte(3), settings: { theme: 'dark' } })
  .orderBy('name')
  .select('id')
  .all();
Person.findById(1);
// @ts-expect-error: a name is missing
Person.create({ active: true, role: 'guest', settings: { theme: 'dark' }, bornAt: new Date() });
// @ts-expect-error: no such field
Person.filter({ nmae: 'Ann' });
// @ts-expect-error: a string
Person.filter({ age: 'x' });
// @ts-expect-error: a string
Person.findById('1');
// @ts-expect-error: not selected
void Person.query().select('id').one().name;
// @ts-expect-error: an index over a field that is not there
defineModel('misspelt', { id: id(), name: text() }, { indexes: [{ on: 'nmae' }] });

class Customer extends defineModel('customers', { id: id(), name: text(), note: text({ nullable: true }) }) {
  greet(): string {
    return `Hello, ${this.name}`;
  }

  static named(name: string) {
    return this.filter({ name });
  }
}
is<Customer>()(Customer.create({ name: 'Ann' }));
is<string>()(Customer.create({ name: 'Ann' }).greet());
is<Query<Customer>>()(Customer.named('Ann'));
is<string | undefined>()(Customer.named('Ann').first()?.greet());
// @ts-expect-error: a name is missing
Customer.create({});
// @ts-expect-error: a method is no column
Customer.query().orderBy('greet');
