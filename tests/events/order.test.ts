import { beforeEach, describe, expect, it } from 'vitest';
import {
  afterCommit,
  afterSave,
  AsyncCallbackError,
  beforeSave,
  id,
  integer,
  json,
  Model,
  table,
  text,
  type EventName,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { stopLater } from './stop-later.js';

const told: string[] = [];
const tell = (what: string) => void told.push(what);

class Parent extends Model {
  @beforeSave() inherited() {
    tell('decorated, inherited');
  }
}

@table('notes')
class Note extends Parent {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ default: 0 }) seen!: Generated<number>;

  @beforeSave({ priority: 5 }) first() {
    tell('decorated, priority 5');
  }
  @beforeSave() own() {
    tell('decorated');
  }
  @beforeSave() #secret() {
    tell('decorated, private');
  }
  beforeSave() {
    tell('method');
  }
  @beforeSave() @afterSave() both({ name }: { readonly name: string }) {
    tell(`decorated twice, ${name}`);
  }
  @afterCommit() last() {
    tell('committed');
  }
  static use() {
    void this.prototype.#secret;
  }
}
void Note.use;

@table('plain')
class Plain extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
}

const names: readonly EventName[] = [
  'beforeValidate',
  'afterValidate',
  'beforeSave',
  'beforeCreate',
  'afterCreate',
  'afterSave',
  'beforeUpdate',
  'afterUpdate',
  'beforeDelete',
  'afterDelete',
  'afterLoad',
  'beforeCommit',
  'afterCommit',
  'afterRollback',
];

beforeEach(() => void told.splice(0));

describe.each(drivers)('listeners on $name', ({ open }) => {
  it('are called by priority, then methods, then decorated ones, then in the order in which they were added', async () => {
    const db = await open({ models: [Note] });
    stopLater(Note.on('beforeSave', () => tell('added to the model')));
    stopLater(db.on('beforeSave', () => tell('added to the database')));
    stopLater(Parent.on('beforeSave', () => tell('added to what it extends')));
    stopLater(Note.on('beforeSave', () => tell('added, priority 10'), { priority: 10 }));
    stopLater(Note.on('beforeSave', () => tell('added, priority -1'), { priority: -1 }));
    stopLater(db.on('beforeSave', () => tell('added to the database, priority 5'), { priority: 5 }));
    Note.create({ title: 'x' });
    expect(told).toEqual([
      'added, priority 10',
      'decorated, priority 5',
      'added to the database, priority 5',
      'method',
      'decorated, inherited',
      'decorated',
      'decorated, private',
      'decorated twice, beforeSave',
      'added to the model',
      'added to the database',
      'added to what it extends',
      'added, priority -1',
      'decorated twice, afterSave',
      'committed',
    ]);
  });

  it.each<[string, (plain: Plain) => unknown, string]>([
    [
      'create',
      () => Plain.create({ title: 'y' }),
      'beforeValidate afterValidate beforeSave beforeCreate afterCreate afterSave beforeCommit afterCommit',
    ],
    [
      'save of a new one',
      () => Plain.build({ title: 'y' }).save(),
      'beforeValidate afterValidate beforeSave beforeCreate afterCreate afterSave beforeCommit afterCommit',
    ],
    [
      'save',
      (plain) => plain.fill({ title: 'z' }).save(),
      'beforeValidate afterValidate beforeSave beforeUpdate afterUpdate afterSave beforeCommit afterCommit',
    ],
    ['save of what did not change', (plain) => plain.save(), 'beforeValidate afterValidate beforeSave'],
    ['validate', (plain) => plain.validate(), 'beforeValidate afterValidate'],
    ['delete', (plain) => plain.delete(), 'beforeDelete afterDelete beforeCommit afterCommit'],
    [
      'findOrCreate',
      () => Plain.findOrCreate({ title: 'new' }),
      'beforeValidate afterValidate beforeSave beforeCreate afterCreate afterSave beforeCommit afterCommit',
    ],
    ['findOrCreate of what is there', () => Plain.findOrCreate({ title: 'x' }), 'afterLoad'],
    [
      'updateOrCreate',
      () => Plain.updateOrCreate({ title: 'x' }, { title: 'z' }),
      'afterLoad beforeValidate afterValidate beforeSave beforeUpdate afterUpdate afterSave beforeCommit afterCommit',
    ],
    ['a read', () => Plain.all(), 'afterLoad afterLoad'],
    ['findById', () => Plain.findById(1), 'afterLoad'],
    ['reload', (plain) => plain.reload(), 'afterLoad'],
    ['select', () => Plain.query().select('id').all(), ''],
    ['pluck and count', () => [Plain.query().pluck('id'), Plain.count()], ''],
    ['update of a query', () => Plain.filter({ title: 'x' }).update({ title: 'z' }), ''],
    ['delete of a query', () => Plain.filter({ title: 'x' }).delete(), ''],
    ['what a query returns', () => Plain.filter({ title: 'x' }).returning().delete(), 'afterLoad'],
    ['updateAll', () => Plain.updateAll({ title: 'z' }), ''],
    ['deleteAll', () => Plain.deleteAll(), ''],
  ])('hear of %s', async (_, work, expected) => {
    const db = await open({ models: [Plain] });
    const plain = Plain.create({ title: 'x' });
    Plain.create({ title: 'w' });
    for (const name of names) db.on(name, (event) => tell(event.name));
    work(plain);
    expect(told.join(' ')).toBe(expected);
  });

  it('cost a transaction where they may write, and nothing where there are none', async () => {
    const db = await open({ models: [Plain] });
    const insert = 'INSERT INTO "plain" ("title") VALUES (?)';
    const create = () => statementsOf(db, () => Plain.create({ title: 'x' }));
    expect(create()).toEqual([insert]);
    for (const name of ['afterLoad', 'afterCommit', 'afterRollback', 'beforeUpdate', 'afterDelete'] as const) {
      const stop = db.on(name, () => undefined);
      expect(create()).toEqual([insert]);
      stop();
    }
    for (const name of [
      'beforeValidate',
      'beforeSave',
      'beforeCreate',
      'afterCreate',
      'afterSave',
      'beforeCommit',
    ] as const) {
      using listening = db.on(name, () => undefined);
      expect(listening).toBeTypeOf('function'); // which is called at the end of the block
      expect(create()).toEqual(['BEGIN IMMEDIATE', insert, 'COMMIT']);
      const inside = statementsOf(db, () => db.transaction(() => void Plain.create({ title: 'x' })));
      const savepoint = '"litemodel_1"';
      expect(inside).toEqual(['BEGIN IMMEDIATE', `SAVEPOINT ${savepoint}`, insert, `RELEASE ${savepoint}`, 'COMMIT']);
    }
    expect(create()).toEqual([insert]);
  });

  it('are called no more once they were ended, nor where their condition does not hold', async () => {
    await open({ models: [Plain] });
    const stop = Plain.on('afterCreate', ({ instance }) => tell(instance.title), {
      where: ({ instance }) => instance.title.startsWith('a'),
    });
    for (const title of ['a1', 'b', 'a2']) Plain.create({ title });
    stop();
    stop();
    Plain.create({ title: 'a3' });
    expect(told).toEqual(['a1', 'a2']);
  });

  it('are called no more of what was begun before they were ended: the rest of a load, a commit', async () => {
    const db = await open({ models: [Plain] });
    for (const title of ['a', 'b', 'c']) Plain.create({ title });
    const stop = Plain.on('afterLoad', ({ instance }) => {
      tell(instance.title);
      stop();
    });
    Plain.query().orderBy('id').all();
    expect(told.splice(0)).toEqual(['a']);
    const stopLast = Plain.on('beforeSave', () => tell('never'), { priority: -1 });
    stopLater(Plain.on('beforeSave', stopLast));
    const stopEnds = [db.on('beforeCommit', () => tell('never')), db.on('afterCommit', () => tell('never'))];
    db.transaction(() => {
      Plain.create({ title: 'd' });
      for (const stopOne of stopEnds) stopOne();
    });
    expect(told).toEqual([]);
  });

  it('whose condition is a promise, which is neither yes nor no, undo what they listen to', async () => {
    await open({ models: [Plain] });
    const stop = Plain.on('beforeSave', () => tell('called'), {
      where: (() => Promise.resolve(false)) as unknown as () => boolean,
    });
    expect(() => Plain.create({ title: 'x' })).toThrow(AsyncCallbackError);
    expect(() => Plain.create({ title: 'x' })).toThrow(
      '"where" of a listener of beforeSave of Plain returned a promise, and says neither yes nor no by that.',
    );
    await expect(Plain.async().create({ title: 'x' })).rejects.toThrow(AsyncCallbackError);
    stop();
    stopLater(
      Plain.on('beforeSave', () => tell('called'), {
        where: (() => Promise.reject(new Error('boom'))) as unknown as () => boolean,
      }),
    );
    expect(() => Plain.create({ title: 'x' })).toThrow(AsyncCallbackError);
    expect([told, Plain.count()]).toEqual([[], 0]);
  });

  it('filter by what is in an instance: only of users whose theme is dark', async () => {
    @table('users')
    class User extends Model {
      @id() id!: Generated<number>;
      @text() name!: string;
      @json() settings!: { theme: string };
    }
    await open({ models: [User] });
    stopLater(
      User.on('afterSave', ({ instance }) => tell(instance.name), {
        where: ({ instance }) => instance.settings.theme === 'dark',
      }),
    );
    for (const theme of ['dark', 'light', 'dark']) User.create({ name: theme, settings: { theme } });
    expect(told).toEqual(['dark', 'dark']);
  });

  it('hear of no more once one of them stopped it, which keeps nothing from being done', async () => {
    await open({ models: [Plain] });
    stopLater(Plain.on('beforeSave', (event) => event.stopPropagation()));
    stopLater(Plain.on('beforeSave', () => tell('not called')));
    stopLater(Plain.on('afterSave', () => tell('called')));
    Plain.create({ title: 'x' });
    expect(told).toEqual(['called']);
    expect(Plain.count()).toBe(1);
  });

  it('of one database or of a view of a model do not hear of another database', async () => {
    const [one, two] = [await open({ alias: 'one', models: [Plain] }), await open({ alias: 'two' })];
    one.on('afterCreate', ({ database }) => tell(`one: ${database.alias}`));
    stopLater(Plain.using(two).on('afterCreate', ({ database }) => tell(`view: ${database.alias}`)));
    Plain.create({ title: 'x' });
    Plain.using(two).create({ title: 'x' });
    expect(told).toEqual(['one: one', 'view: two']);
  });

  it('that override one another are called once, as the subclass has them', async () => {
    @table('special')
    class Special extends Note {
      override own() {
        tell('special');
        super.own();
      }
      override beforeSave() {
        tell(`special method, ${this.title}`);
      }
    }
    await open({ models: [Special] });
    Special.create({ title: 'x' });
    expect(told.slice(1, 5)).toEqual(['special method, x', 'decorated, inherited', 'special', 'decorated']);
  });
});
