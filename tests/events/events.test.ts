import { describe, expect, it, onTestFinished } from 'vitest';
import {
  AsyncCallbackError,
  belongsTo,
  beforeSave,
  CancelledError,
  datetime,
  DefinitionError,
  defineModel,
  hasMany,
  id,
  integer,
  json,
  Model,
  RecursiveHookError,
  sql,
  table,
  text,
  UniqueViolation,
  updatedAt,
  type AfterEvent,
  type BeforeEvent,
  type EventName,
  type Generated,
  type Listener,
  type ListenerOptions,
  type Unsubscribe,
} from 'litemodel';
import { dialects, run } from '../dialects/compile.js';
import { drivers, statementsOf } from '../open-database.js';
import { stopLater } from './stop-later.js';

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @integer({ default: 3 }) age!: Generated<number>;
  @json({ nullable: true }) settings!: { theme: string } | null;
  @datetime({ nullable: true }) seenAt!: Date | null;
  @hasMany(() => Entry, 'userId') entries!: Entry[];
}

@table('entries')
class Entry extends Model {
  @id() id!: Generated<number>;
  @text() what!: string;
  @integer({ nullable: true }) userId!: number | null;
  @belongsTo(() => User, 'userId', { nullable: true, onDelete: 'cascade' }) user!: User | null;
}

/** Listens until the test ends. */
function on<Name extends EventName>(
  name: Name,
  listener: Listener<User, Name>,
  options?: ListenerOptions<User, Name>,
): Unsubscribe {
  const stop = User.on(name, listener, options);
  onTestFinished(stop);
  return stop;
}

const models = [User, Entry];
const boom = new Error('boom');
const fail = () => {
  throw boom;
};

describe.each(drivers)('an event on $name', ({ open }) => {
  it('is cancelled by what a listener took out of it, too', async () => {
    await open({ models });
    on('beforeSave', ({ instance, cancel }) => instance.name === 'Bob' && cancel('no'));
    expect(() => User.create({ name: 'Bob' })).toThrow(CancelledError);
    expect(User.create({ name: 'Ann' }).id).toBe(1);
  });

  it('tells what changes: before it is written, and after', async () => {
    await open({ models });
    const changes: unknown[] = [];
    for (const name of ['beforeSave', 'beforeUpdate', 'afterSave', 'afterCommit'] as const) {
      on(name, (event) => changes.push([event.name, event.verb, event.changes]));
    }
    const ann = User.create({ name: 'Ann', settings: { theme: 'dark' } });
    const given = {
      name: { before: undefined, after: 'Ann' },
      settings: { before: undefined, after: { theme: 'dark' } },
      age: { before: undefined, after: 3 },
      seenAt: { before: undefined, after: null },
    };
    const written = { id: { before: undefined, after: 1 }, ...given };
    expect(changes.splice(0)).toEqual([
      ['beforeSave', 'create', given],
      ['afterSave', 'create', written],
      ['afterCommit', 'create', written],
    ]);
    ann.settings!.theme = 'light';
    ann.seenAt = new Date(0);
    ann.save();
    const update = {
      settings: { before: { theme: 'dark' }, after: { theme: 'light' } },
      seenAt: { before: null, after: new Date(0) },
    };
    expect(changes.splice(0)).toEqual(
      ['beforeSave', 'beforeUpdate', 'afterSave', 'afterCommit'].map((name) => [name, 'update', update]),
    );
    on('afterDelete', (event) => changes.push([event.name, event.verb, event.changes]));
    ann.delete();
    expect(changes).toEqual([
      ['afterDelete', 'delete', {}],
      ['afterCommit', 'delete', {}],
    ]);
  });

  it('tells the columns that are made anew, too, once they are', async () => {
    @table('stamped')
    class Stamped extends Model {
      @id() id!: Generated<number>;
      @text() title!: string;
      @updatedAt() updatedAt!: Generated<Date>;
    }
    const db = await open({ models: [Stamped] });
    const stamped = Stamped.create({ title: 'x' });
    db.run(sql`UPDATE stamped SET updated_at = '1970-01-01T00:00:00.000Z'`);
    stamped.reload();
    const changed: string[][] = [];
    stopLater(Stamped.on('beforeUpdate', ({ changes }) => changed.push(Object.keys(changes))));
    stopLater(Stamped.on('afterUpdate', ({ changes }) => changed.push(Object.keys(changes))));
    stamped.title = 'y';
    stamped.save();
    expect(changed).toEqual([['title'], ['title', 'updatedAt']]);
  });

  it('shows values that the column does not take as changed', async () => {
    await open({ models });
    const ann = User.create({ name: 'Ann' });
    const changes: unknown[] = [];
    on('beforeValidate', (event) => changes.push(event.changes));
    ann.age = 'x' as never;
    expect(() => ann.save()).toThrow('User.age takes');
    expect(changes).toEqual([{ age: { before: 3, after: 'x' } }]);
  });

  it('writes what before-listeners assign, in the same statement', async () => {
    const db = await open({ models });
    on('beforeSave', ({ instance }) => void (instance.name = instance.name.trim()));
    on('beforeCreate', ({ instance }) => void (instance.age = 7));
    on('beforeUpdate', ({ instance }) => void (instance.seenAt = new Date(5)));
    const ann = User.create({ name: ' Ann ' });
    expect(db.all(sql`SELECT name, age FROM users`)).toEqual([{ name: 'Ann', age: 7 }]);
    ann.name = 'Anna ';
    const statements = statementsOf(db, () => ann.save());
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      'UPDATE "users" SET "name" = ?, "seen_at" = ? WHERE "id" = ?',
      'COMMIT',
    ]);
    expect(db.all(sql`SELECT name, seen_at FROM users`)).toEqual([
      { name: 'Anna', seen_at: '1970-01-01T00:00:00.005Z' },
    ]);
    ann.name = 'Anna  '; // which is tidied to what is stored
    expect(statementsOf(db, () => ann.save())).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
  });

  it('knows relations that were assigned to a new instance', async () => {
    await open({ models });
    const keys: unknown[] = [];
    stopLater(Entry.on('beforeValidate', ({ instance }) => keys.push(instance.userId, instance.user?.name)));
    const ann = User.create({ name: 'Ann' });
    const entry = new Entry();
    entry.what = 'x';
    entry.user = ann;
    entry.save();
    expect(keys).toEqual([ann.id, 'Ann']);
  });

  it.each(['beforeValidate', 'beforeSave', 'beforeCreate'] as const)(
    'is cancelled by %s, and nothing is written',
    async (name) => {
      const db = await open({ models });
      on('beforeValidate', () => Entry.create({ what: 'undone' }), { priority: 1 });
      on(name, (event) => event.cancel('too late'));
      const ann = User.build({ name: 'Ann' });
      const statements = statementsOf(db, () => {
        expect(() => ann.save()).toThrow(CancelledError);
      });
      expect(statements.at(-1)).toBe('ROLLBACK');
      expect([User.count(), Entry.count()]).toEqual([0, 0]);
      expect(() => ann.save()).toThrow(`A listener of ${name} cancelled what was done to this User: too late.`);
    },
  );

  it('is cancelled even where the listener catches that', async () => {
    await open({ models });
    const ann = User.create({ name: 'Ann' });
    on('beforeDelete', (event) => {
      try {
        event.cancel();
      } catch {
        // and goes on
      }
    });
    expect(() => ann.delete()).toThrow('A listener of beforeDelete cancelled what was done to this User.');
    expect(User.count()).toBe(1);
  });

  it('undoes nothing else when it is cancelled in a transaction', async () => {
    const db = await open({ models });
    on('beforeCreate', (event) => void (event.instance.name === 'Bob' && event.cancel()));
    db.transaction(() => {
      User.create({ name: 'Ann' });
      expect(() => User.create({ name: 'Bob' })).toThrow(CancelledError);
      User.create({ name: 'Eve' });
    });
    expect(User.query().pluck('name')).toEqual(['Ann', 'Eve']);
  });

  it.each(['afterCreate', 'afterSave'] as const)('undoes the insert where a listener of %s throws', async (name) => {
    const db = await open({ models });
    on(name, ({ instance }) => {
      Entry.create({ what: 'x', userId: instance.id });
      fail();
    });
    const ann = User.build({ name: 'Ann' });
    const statements = statementsOf(db, () => expect(() => ann.save()).toThrow(boom));
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      expect.stringContaining('INSERT INTO "users"'),
      expect.stringContaining('INSERT INTO "entries"'),
      'ROLLBACK',
    ]);
    expect([User.count(), Entry.count(), ann.id]).toEqual([0, 0, undefined]);
  });

  it('undoes an update and a delete in the same way', async () => {
    await open({ models });
    const ann = User.create({ name: 'Ann' });
    on('afterUpdate', fail);
    on('afterDelete', fail);
    ann.name = 'Anna';
    expect(() => ann.save()).toThrow(boom);
    expect(() => ann.delete()).toThrow(boom);
    expect(User.query().pluck('name')).toEqual(['Ann']);
    expect(ann.reload().name).toBe('Ann');
  });

  it('that SQLite refuses takes what listeners wrote with it', async () => {
    await open({ models });
    User.create({ name: 'Ann' });
    on('beforeCreate', () => Entry.create({ what: 'x' }));
    expect(() => User.create({ name: 'Ann' })).toThrow(UniqueViolation);
    expect(Entry.count()).toBe(0);
  });

  it('does not follow a delete that found no row', async () => {
    await open({ models });
    const [ann, again] = [User.create({ name: 'Ann' }), User.findById(1)!];
    const told: unknown[] = [];
    for (const name of ['beforeDelete', 'afterDelete', 'afterCommit'] as const) on(name, () => told.push(name));
    ann.delete();
    expect(told.splice(0)).toEqual(['beforeDelete', 'afterDelete', 'afterCommit']);
    expect([ann.delete(), again.delete()]).toEqual([false, false]);
    expect(told).toEqual(['beforeDelete']);
    expect(() => ann.save()).toThrow('This User was deleted');
    expect(() => User.build({ name: 'x' }).delete()).toThrow('was never saved');
  });

  it('does not follow a cascade', async () => {
    await open({ models });
    const ann = User.create({ name: 'Ann' });
    Entry.create({ what: 'x', userId: ann.id });
    stopLater(Entry.on('beforeDelete', fail));
    ann.delete();
    expect(Entry.count()).toBe(0);
  });

  it('refuses a listener of beforeValidate that validates for ever', async () => {
    await open({ models });
    on('beforeValidate', ({ instance }) => instance.validate());
    expect(() => User.create({ name: 'Ann' })).toThrow(new RecursiveHookError('User', 'validate'));
    expect(() => User.build({ name: 'Ann' }).validate()).toThrow(RecursiveHookError);
  });

  it.each<[EventName, 'save' | 'delete', (user: User) => unknown]>([
    ['beforeSave', 'save', (user) => user.save()],
    ['afterCreate', 'save', (user) => user.fill({ age: 9 }).save()],
    ['afterSave', 'save', (user) => user.save()],
    ['afterValidate', 'save', (user) => user.save()],
    ['beforeDelete', 'delete', (user) => user.delete()],
    ['afterDelete', 'delete', (user) => user.delete() || fail()],
  ])('refuses a listener of %s that would call %s for ever', async (name, verb, work) => {
    await open({ models });
    const kept = User.create({ name: 'Kept' });
    on(name, ({ instance }) => work(instance));
    const call = () => (verb === 'save' ? User.create({ name: 'Ann' }) : kept.delete());
    if (name === 'afterDelete')
      expect(call).toThrow(boom); // it is gone already
    else expect(call).toThrow(new RecursiveHookError('User', verb));
    expect(User.query().pluck('name')).toEqual(['Kept']);
    expect(kept.reload().name).toBe('Kept');
  });

  it('lets a listener save other instances, and what was saved in afterCommit', async () => {
    await open({ models });
    on('afterCreate', ({ instance }) => Entry.create({ what: 'created', userId: instance.id }));
    on('afterCommit', ({ instance }) => instance.fill({ age: 9 }).save());
    const ann = User.create({ name: 'Ann' });
    expect([ann.entries.length, User.findById(1)!.age]).toEqual([1, 9]);
  });

  it('refuses a promise where nothing can wait, and undoes the operation', async () => {
    await open({ models });
    on('afterCreate', async () => {
      await Promise.resolve();
      throw boom; // which nobody can catch any more
    });
    expect(() => User.create({ name: 'Ann' })).toThrow(AsyncCallbackError);
    expect(() => User.create({ name: 'Ann' })).toThrow(
      'A listener of afterCreate of User returned a promise, for which nothing synchronous can wait. ' +
        'Make the listener synchronous, or use the model by User.async().',
    );
    expect(User.count()).toBe(0);
  });

  it('of a load tells each instance once, by one call for all of them', async () => {
    const db = await open({ models });
    for (const name of ['Ann', 'Bob']) User.create({ name });
    Entry.create({ what: 'x', userId: 2 });
    const loaded: string[] = [];
    on('afterLoad', ({ instance, changes, verb }) =>
      loaded.push(`${instance.name} ${Object.keys(changes).join()} ${String(verb)}`),
    );
    expect(statementsOf(db, () => User.query().orderBy('id').all())).toHaveLength(1);
    expect(loaded.splice(0)).toEqual(['Ann  undefined', 'Bob  undefined']);
    User.fromSql(sql`SELECT * FROM users WHERE id = 1`);
    User.query().distinct().limit(1).all();
    Entry.with('user').all();
    void Entry.all()[0]!.user?.name;
    User.query().page({ size: 1, number: 2 });
    for (const user of User.query().iterate({ batch: 1 })) void user;
    User.with({ entries: { limit: 1 } })
      .filter({ id: 2 })
      .all();
    expect(loaded.map((each) => each.slice(0, 3))).toEqual(['Ann', 'Ann', 'Bob', 'Bob', 'Bob', 'Ann', 'Bob', 'Bob']);
    on('afterLoad', fail);
    expect(() => User.findById(1)).toThrow(boom);
  });

  it('concerns no rows without a model', async () => {
    const db = await open({ models });
    User.create({ name: 'Ann' });
    db.on('afterLoad', fail);
    expect(db.table('users').all()).toHaveLength(1);
    expect(db.all(sql`SELECT * FROM users`)).toHaveLength(1);
  });

  it('is for models without decorators, too', async () => {
    class Note extends defineModel('notes', { id: id(), title: text() }) {
      beforeSave() {
        this.title = this.title.trim();
      }
      @beforeSave() louder({ instance }: BeforeEvent<Note>) {
        instance.title += '!';
      }
    }
    await open({ models: [Note] });
    stopLater(Note.on('beforeCreate', ({ instance }) => void (instance.title += '?')));
    expect(Note.create({ title: ' x ' }).title).toBe('x!?');
  });

  it('of a hidden method or an unknown name is refused', async () => {
    const db = await open({ models });
    expect(() => User.on('beforSave' as never, fail)).toThrow(
      new DefinitionError('There is no event "beforSave".', 'Did you mean "beforeSave"?'),
    );
    expect(() => db.on('x' as never, fail)).toThrow('There are beforeValidate, ');
    expect(() => User.on('afterSave', fail, { priority: NaN })).toThrow('The priority of a listener is a number.');
    expect(() => User.on('afterSave', undefined as never)).toThrow('What listens to afterSave is a function.');
    expect(() => User.on('afterSave', fail, { where: {} as never })).toThrow('"where" of a listener is a function.');
    User.create({ name: 'x' }); // none of them was added
  });
});

const program = (decorated: string) => `
  import { afterLoad, beforeSave, id, Model, table, text } from 'litemodel';
  @table('things')
  export class Thing extends Model {
    @id() id;
    @text() name;
    ${decorated}
  }`;

describe.each(dialects)('decorators of methods in $name', (dialect) => {
  it('make them listeners', async () => {
    const { Thing } = run(
      dialect,
      program(`
        @beforeSave({ priority: -1 }) louder() { this.name += '!'; }
        @beforeSave() @afterLoad() tidy(event) { this.name = this.name.trim() + event.name; }`),
    ) as { Thing: typeof Model & { create(fields: object): { name: string } } };
    await drivers[0]!.open({ models: [Thing] });
    expect(Thing.create({ name: ' x ' }).name).toBe('xbeforeSave!');
    expect((Thing.all()[0] as unknown as { name: string }).name).toBe('xbeforeSave!afterLoad');
  });

  it('are called once where a subclass has the method anew, as it says, and where the method has the name of the event', async () => {
    const { Other } = run(
      dialect,
      program(`
        @beforeSave({ priority: -1 }) first() { this.name += 'never'; }
        @beforeSave({ priority: 1 }) beforeSave() { this.name += '1'; }
        @beforeSave() second() { this.name += '2'; }
      }
      @table('others')
      export class Other extends Thing {
        @beforeSave({ priority: 2 }) first() { this.name += '0'; }
        @afterLoad() second() { this.name += '3'; }`),
    ) as { Other: typeof Model & { create(fields: object): { name: string; reload(): { name: string } } } };
    await drivers[0]!.open({ models: [Other] });
    const other = Other.create({ name: '' });
    expect(other.name).toBe('013');
    expect(other.reload().name).toBe('0133');
  });

  it('refuse a priority that is no number', () => {
    expect(() => run(dialect, program(`@beforeSave({ priority: 'high' }) tidy() {}`))).toThrow(
      'The priority of a listener is a number.',
    );
  });

  it.each(['@beforeSave() other;', '@beforeSave() static tidy() {}', '@beforeSave() get tidy() { return 1; }'])(
    'refuse what is no method: %s',
    (decorated) => {
      expect(() => run(dialect, program(decorated))).toThrow('which is no method of the instances.');
    },
  );
});

/** Only for the compiler: an event of one model is none of another. */
export const types = (event: AfterEvent<User>): string => event.instance.name;
