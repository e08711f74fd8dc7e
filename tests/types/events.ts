/** Events: what listeners are told is typed by the model and by the name of the event. */
import {
  afterCommit,
  afterCreate,
  beforeCommit,
  beforeSave,
  beforeValidate,
  belongsTo,
  defineModel,
  hasMany,
  id,
  integer,
  manyToMany,
  Model,
  table,
  text,
  type AfterEvent,
  type BeforeEvent,
  type BeforeRelationEvent,
  type BeforeRelationLoadEvent,
  type Database,
  type EventTransaction,
  type FieldChange,
  type Generated,
  type LoadReason,
  type OpenOptions,
  type RelationEvent,
  type RelationLoadEvent,
  type Unsubscribe,
} from 'litemodel';
import { is } from './equal.js';

@table('people')
class Person extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer({ nullable: true }) age!: number | null;

  beforeSave(event: BeforeEvent<Person>) {
    is<FieldChange<string> | undefined>()(event.changes.name);
    is<number | null | undefined>()(event.changes.age?.before);
    if (event.instance.age === null) event.cancel('no age');
    // @ts-expect-error: no such field
    void event.changes.nmae;
  }
  afterSave() {}
  @beforeSave({ priority: 3 }) tidy(event: BeforeEvent<Person>) {
    is<Person>()(event.instance);
    return event.changes.name;
  }
  @beforeValidate() check(event: BeforeEvent<Person, 'beforeValidate'>) {
    is<'beforeValidate'>()(event.name);
  }
  @afterCreate() @afterCommit() async report(event: AfterEvent<Person>) {
    await this.async.save();
    // @ts-expect-error: it is done already
    void event.cancel;
  }
  @afterCommit() alone() {}
}

class Wrong extends Model {
  // @ts-expect-error: another model's
  @beforeSave() a(event: BeforeEvent<Person>) {
    void event;
  }
  // @ts-expect-error: nothing can be cancelled any more
  @afterCreate() b(event: BeforeEvent<Wrong>) {
    void event;
  }
  // @ts-expect-error: no such option
  @beforeSave({ order: 3 }) c() {}
  // @ts-expect-error: a method is called with an event
  @beforeSave() d(name: string) {
    void name;
  }
}
void Wrong;

// @ts-expect-error: called with an event, and not with a name
@table('mistaken')
class Mistaken extends Model {
  @id() id!: Generated<number>;
  beforeSave(name: string) {
    void name;
  }
}
void Mistaken;

// @ts-expect-error: it is done already
@table('late')
class Late extends Model {
  @id() id!: Generated<number>;
  afterSave(event: BeforeEvent<Late>) {
    event.cancel();
  }
}
void Late;

// a method with the name of an event is no field
Person.create({ name: 'x', age: 3 });
// @ts-expect-error: no column
Person.query().select('beforeSave');

is<Unsubscribe>()(
  Person.on('beforeSave', (event) => {
    is<BeforeEvent<Person, 'beforeSave'>>()(event);
    event.cancel();
  }),
);
Person.on('afterCreate', async ({ instance, changes }) => {
  is<Person>()(instance);
  is<FieldChange<string> | undefined>()(changes.name);
  await Person.async().count();
});
Person.on('afterLoad', (event) => void event.instance.name, { priority: 1, where: ({ instance }) => instance.id > 3 });
// @ts-expect-error: no such event
Person.on('beforLoad', () => undefined);
// @ts-expect-error: it is done already
Person.on('afterDelete', (event) => void event.cancel);
// @ts-expect-error: no such field
Person.on('afterDelete', ({ instance }) => instance.nmae);

class Note extends defineModel('notes', { id: id(), title: text() }) {
  @beforeSave() tidy({ instance }: BeforeEvent<Note>) {
    instance.title = instance.title.trim();
  }
}
Note.on('beforeCreate', ({ changes }) => is<string | undefined>()(changes.title?.after));

declare const db: Database;
db.on('afterCommit', ({ instance, changes, model }) => {
  if (instance instanceof Person) is<Person>()(instance);
  is<unknown>()(changes['name']?.after);
  is<string>()(model.name);
});
db.async.on('beforeSave', (event) => {
  event.cancel('no more');
  is<number | Promise<number>>()(Person.using(event.database).count());
  if (event.database.face === 'sync') is<number>()(Person.using(event.database).count());
  else void Person.using(event.database).count().then(String);
});

@table('crews')
class Crew extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Sailor, 'crewId') sailors!: Sailor[];
  @manyToMany(() => Crew, { from: 'a', to: 'b' }) rivals!: Crew[];
}

@table('sailors')
class Sailor extends Model {
  @id() id!: Generated<number>;
  @text() rank!: string;
  @integer() crewId!: number;
  @belongsTo(() => Crew, 'crewId') crew!: Crew;
}

is<Unsubscribe>()(
  Crew.on('beforeAdd', (event) => {
    is<'beforeAdd'>()(event.name);
    is<Crew | undefined>()(event.owner);
    is<number | undefined>()(event.ownerKey);
    is<Crew | Sailor | undefined>()(event.related);
    if (event.relation === 'sailors') is<Sailor | undefined>()(event.related);
    // @ts-expect-error: no such relation
    if (event.relation === 'sailor') return;
    // @ts-expect-error: it leads to crews
    if (event.relation === 'rivals') void event.related?.rank;
    is<'call' | 'flush' | 'cascade'>()(event.source);
    is<boolean | undefined>()(event.transaction?.isKept);
    is<unknown>()(event.pivot['closeness']);
    event.cancel('full');
  }),
);
Sailor.on('afterRemove', async ({ owner, relation }) => {
  is<Sailor | undefined>()(owner);
  is<'crew'>()(relation);
  await Sailor.async().count();
});
Crew.on('afterAdd', () => undefined, { priority: 1, where: ({ relation }) => relation === 'rivals' });
// @ts-expect-error: no such relation
Crew.on('afterAdd', () => undefined, { where: ({ relation }) => relation === 'rival' });
// @ts-expect-error: it says yes or no, and waits for nothing
Crew.on('afterAdd', () => undefined, { where: () => Promise.resolve(true) });
// @ts-expect-error: the same of instances
Crew.on('afterSave', () => undefined, { where: () => Promise.resolve(true) });
// @ts-expect-error: it is done already
Crew.on('afterRemove', (event) => void event.cancel);
// @ts-expect-error: no instance is what this is about
Crew.on('afterRemove', (event) => void event.instance);
// @ts-expect-error: no such event
Crew.on('beforAdd', () => undefined);

function refuse(event: BeforeRelationEvent<Crew>) {
  event.cancel();
}
function count(event: RelationEvent<Crew>) {
  is<'afterAdd' | 'afterRemove'>()(event.name);
}
Crew.on('beforeRemove', refuse);
Crew.on('afterRemove', count);
// @ts-expect-error: nothing can be cancelled any more
Crew.on('afterRemove', refuse);
db.on('afterAdd', ({ relation, owner, related }) => {
  is<string>()(relation);
  if (owner instanceof Crew) is<Crew>()(owner);
  if (related instanceof Sailor) is<Sailor>()(related);
});
db.async.on('beforeRemove', (event) => {
  event.cancel('no more');
  is<number | Promise<number>>()(Crew.using(event.database).count());
});

Person.on('beforeCommit', (event) => {
  is<EventTransaction | undefined>()(event.transaction);
  is<'call' | 'flush' | 'cascade'>()(event.source);
  event.cancel();
});

class Kept extends Model {
  @id() id!: Generated<number>;
  @beforeCommit() check(event: BeforeEvent<Kept, 'beforeCommit'>) {
    event.cancel();
  }
}
void Kept;

// who did it is of a type that only the app knows
Person.on('afterSave', ({ actor }) => {
  is<unknown>()(actor);
  // @ts-expect-error: it may be anybody
  void actor.name;
  if (actor instanceof Person) is<string>()(actor.name);
});
Crew.on('afterAdd', ({ actor }) => is<unknown>()(actor));
Crew.on('beforeLoadRelation', ({ actor }) => is<unknown>()(actor));
is<Person>()(db.transaction(() => Person.create({ name: 'x', age: 3 }), { actor: 'Ann' }));
db.begin({ mode: 'deferred', actor: 3 }).rollBack();
db.begin('deferred').rollBack();
void db.async.begin({ actor: undefined });
// @ts-expect-error: no such mode
db.begin({ mode: 'late' });
// @ts-expect-error: only what is run again can be
db.begin({ retryFor: 3 });
// @ts-expect-error: a function says who it is
const options: OpenOptions = { actor: 'Ann' };
void options;

is<Unsubscribe>()(
  Crew.on('beforeLoadRelation', (event) => {
    is<BeforeRelationLoadEvent<Crew>>()(event);
    is<'beforeLoadRelation'>()(event.name);
    is<'sailors' | 'rivals'>()(event.relation);
    is<readonly Crew[]>()(event.owners);
    is<LoadReason>()(event.reason);
    is<'with' | 'touch' | 'load'>()(event.reason);
    is<EventTransaction | undefined>()(event.transaction);
    // @ts-expect-error: nothing is loaded yet
    void event.related;
    // @ts-expect-error: no such relation
    if (event.relation === 'sailor') return;
    event.cancel('not now');
  }),
);
Crew.on('afterLoadRelation', async (event) => {
  is<RelationLoadEvent<Crew>>()(event);
  is<readonly Crew[] | readonly Sailor[]>()(event.related);
  if (event.relation === 'sailors') is<readonly Sailor[]>()(event.related);
  // @ts-expect-error: it leads to crews
  if (event.relation === 'rivals') void event.related[0]?.rank;
  await Crew.async().count();
});
Sailor.on('afterLoadRelation', ({ relation, related }) => {
  is<'crew'>()(relation);
  is<readonly Crew[]>()(related);
});
Crew.on('beforeLoadRelation', () => undefined, { priority: 1, where: ({ reason }) => reason === 'touch' });
// @ts-expect-error: no such reason
Crew.on('beforeLoadRelation', () => undefined, { where: ({ reason }) => reason === 'lazy' });
// @ts-expect-error: it says yes or no, and waits for nothing
Crew.on('beforeLoadRelation', () => undefined, { where: () => Promise.resolve(true) });
// @ts-expect-error: it is done already
Crew.on('afterLoadRelation', (event) => void event.cancel);
// @ts-expect-error: of several owners
Crew.on('beforeLoadRelation', (event) => void event.instance);
// @ts-expect-error: no such event
Crew.on('beforeLoadRelations', () => undefined);
db.on('afterLoadRelation', ({ relation, owners, related }) => {
  is<string>()(relation);
  if (owners[0] instanceof Crew) is<Crew>()(owners[0]);
  if (related[0] instanceof Sailor) is<Sailor>()(related[0]);
});
db.async.on('beforeLoadRelation', (event) => event.cancel('no more'));

@table('ships')
class Ship extends Model {
  @id() id!: Generated<number>;
  @hasMany(() => Sailor, 'crewId') sailors!: Sailor[];
  static beforeLoadRelation({ relation, cancel }: BeforeRelationLoadEvent<Ship>) {
    is<'sailors'>()(relation);
    cancel();
  }
  static async afterLoadRelation(event: RelationLoadEvent<Ship>) {
    is<readonly Sailor[]>()(event.related);
    await Ship.async().count();
  }
}
void Ship;

// @ts-expect-error: called with an event, and not with a name
@table('boats')
class Boat extends Model {
  @id() id!: Generated<number>;
  static beforeLoadRelation(name: string) {
    void name;
  }
}
void Boat;

// @ts-expect-error: it is done already
@table('rafts')
class Raft extends Model {
  @id() id!: Generated<number>;
  static afterLoadRelation(event: BeforeRelationLoadEvent<Raft>) {
    event.cancel();
  }
}
void Raft;
