/** Events: what listeners are told is typed by the model and by the name of the event. */
import {
  afterCommit,
  afterCreate,
  beforeSave,
  beforeValidate,
  defineModel,
  id,
  integer,
  Model,
  table,
  text,
  type AfterEvent,
  type BeforeEvent,
  type Database,
  type FieldChange,
  type Generated,
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
