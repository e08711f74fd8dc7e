import { AsyncLocalStorage } from 'node:async_hooks';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AsyncCallbackError,
  belongsTo,
  hasMany,
  id,
  integer,
  manyToMany,
  Model,
  rules,
  table,
  text,
  UnsupportedError,
  validate,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('accounts')
class Account extends Model {
  @id() id!: Generated<number>;
  @validate(rules.minLength(1)) @text() name!: string;
  @hasMany(() => Entry, 'accountId') entries!: Entry[];
  @manyToMany(() => Account, { from: 'a', to: 'b' }) friends!: Account[];
}

@table('entries')
class Entry extends Model {
  @id() id!: Generated<number>;
  @integer() accountId!: number;
  @belongsTo(() => Account, 'accountId', { onDelete: 'cascade' }) account!: Account;
}

@table('log')
class Log extends Model {
  @id() id!: Generated<number>;
  @text() what!: string;
}

const models = [Account, Entry, Log];
const names = [
  'beforeValidate',
  'afterValidate',
  'beforeSave',
  'beforeCreate',
  'beforeUpdate',
  'beforeDelete',
  'afterCreate',
  'afterUpdate',
  'afterDelete',
  'afterSave',
  'afterLoad',
  'beforeCommit',
  'afterCommit',
  'afterRollback',
] as const;
const relationNames = ['beforeAdd', 'afterAdd', 'beforeRemove', 'afterRemove'] as const;
const loadNames = ['beforeLoadRelation', 'afterLoadRelation'] as const;
const told: string[] = [];
const boom = new Error('boom');

/** Writes down who did what every event tells of. */
function watch(db: Database): void {
  const tell = ({ name, actor }: { readonly name: string; readonly actor: unknown }) =>
    void told.push(`${name} ${String(actor)}`);
  for (const name of names) db.on(name, tell);
  for (const name of relationNames) db.on(name, tell);
  for (const name of loadNames) db.on(name, tell);
}

/** What was told since, each once: the events, and who it was. */
function whoDid(): readonly [events: string[], actors: string[]] {
  const pairs = told.splice(0).map((each) => each.split(' ') as [string, string]);
  const eachOnce = (at: 0 | 1) => [...new Set(pairs.map((pair) => pair[at]))].sort();
  return [eachOnce(0), eachOnce(1)];
}

beforeEach(() => void told.splice(0));

describe.each(drivers)('the actor of an event on $name', ({ open }) => {
  it('is what the option of open answers, on every kind of event', async () => {
    const db = await open({ models, cascadeEvents: true, actor: () => 'Ann' });
    const account = Account.create({ name: 'a' });
    const friend = Account.create({ name: 'b' });
    watch(db);
    Entry.create({ accountId: account.id });
    account.fill({ name: 'c' }).save();
    account.related('friends').attach(friend);
    account.related('friends').detach(friend);
    void Account.findById(1)!.entries;
    expect(() =>
      db.transaction(() => {
        Account.create({ name: 'd' });
        throw boom;
      }),
    ).toThrow(boom);
    account.delete();
    expect(whoDid()).toEqual([[...names, ...relationNames, ...loadNames].sort(), ['Ann']]);
  });

  it('is what the transaction was given, which goes before that and holds in savepoints that say nothing else', async () => {
    const db = await open({ models, actor: () => 'anybody' });
    watch(db);
    db.transaction(
      () => {
        const ann = Account.create({ name: 'a' });
        db.transaction(() => void ann.fill({ name: 'b' }).save(), { mode: 'deferred' });
        ann.related('friends').attach(Account.create({ name: 'c' }));
        void Account.findById(1)!.entries;
        ann.delete();
      },
      { actor: 'Ann' },
    );
    expect(whoDid()[1]).toEqual(['Ann']);
    const entry = { name: 'x' };
    db.transaction(
      () => {
        Account.create(entry);
        db.transaction(() => void Account.create(entry), { actor: 'Ben' });
        db.transaction(() => void Account.create(entry), { actor: undefined });
        Account.create(entry);
      },
      { actor: 'Ann' },
    );
    expect(told.filter((each) => each.startsWith('afterC'))).toEqual([
      ...['Ann', 'Ben', 'Ann', 'Ann'].map((who) => `afterCreate ${who}`),
      ...['Ann', 'Ben', 'Ann', 'Ann'].map((who) => `afterCommit ${who}`),
    ]);
    told.splice(0);
    Account.create(entry);
    expect(whoDid()[1]).toEqual(['anybody']);
    db.transaction(() => void Account.create(entry), { actor: null });
    expect(whoDid()[1]).toEqual(['null']);
  });

  it('is that of a transaction begun by hand, and of a unit of work', async () => {
    const db = await open({ models });
    watch(db);
    using transaction = db.begin({ actor: 'Ann' });
    Account.create({ name: 'a' });
    transaction.commit();
    expect(whoDid()[1]).toEqual(['Ann']);
    using other = db.begin({ mode: 'deferred', actor: 'Ben' });
    Account.create({ name: 'b' });
    other.rollBack();
    expect(whoDid()[1]).toEqual(['Ben']);
    db.unitOfWork(
      (work) => {
        work.find(Account, 1)!.name = 'c';
        work.create(Entry, { account: work.create(Account, { name: 'd' }) });
      },
      { actor: 'Cid' },
    );
    expect(whoDid()[1]).toEqual(['Cid']);
    Account.create({ name: 'e' });
    expect(whoDid()[1]).toEqual(['undefined']);
    expect(() => db.begin({ mode: 'late' as never })).toThrow('mode');
  });

  it('is who wrote, whoever it is when the transaction ends', async () => {
    let user = 'Ann';
    const db = await open({ models, actor: () => user });
    for (const name of ['beforeCommit', 'afterCommit', 'afterRollback'] as const)
      db.on(name, (event) => told.push(`${name} ${String(event.actor)}`));
    db.transaction(() => {
      Account.create({ name: 'a' });
      user = 'Ben';
      Account.create({ name: 'b' });
      user = 'Cid';
    });
    expect(told.splice(0)).toEqual(['beforeCommit Ann', 'beforeCommit Ben', 'afterCommit Ann', 'afterCommit Ben']);
    using transaction = db.begin();
    Account.create({ name: 'c' });
    user = 'Dan';
    transaction.rollBack();
    expect(told).toEqual(['afterRollback Cid']);
  });

  it('is the same for what listeners write after the transaction', async () => {
    const db = await open({ models, actor: () => 'somebody else' });
    const write = (name: string) => () => void Log.create({ what: name });
    for (const name of ['afterCommit', 'afterRollback'] as const)
      db.on(name, write(name), { where: ({ model }) => model === Account });
    db.on('afterCreate', ({ instance, actor }) => told.push(`${(instance as Log).what} ${String(actor)}`), {
      where: ({ model }) => model === Log,
    });
    db.on('afterCommit', ({ instance, actor }) => told.push(`kept ${(instance as Log).what} ${String(actor)}`), {
      where: ({ model }) => model === Log,
    });
    db.transaction(() => void Account.create({ name: 'a' }), { actor: 'Ann' });
    expect(told.splice(0)).toEqual(['afterCommit Ann', 'kept afterCommit Ann']);
    const undone = () =>
      db.transaction(
        () => {
          Account.create({ name: 'b' });
          throw boom;
        },
        { actor: 'Ben' },
      );
    expect(undone).toThrow(boom);
    expect(told.splice(0)).toEqual(['afterRollback Ben', 'kept afterRollback Ben']);
    db.transaction(
      () => {
        expect(undone).toThrow(boom); // a savepoint, after which the transaction goes on
        Log.create({ what: 'and on' });
      },
      { actor: 'Cid' },
    );
    expect(told).toEqual(['afterRollback Ben', 'and on Cid', 'kept afterRollback Ben', 'kept and on Cid']);
  });

  it('is another one for what such a listener does in a transaction of another one', async () => {
    const db = await open({ models });
    db.on('afterCommit', () => db.transaction(() => void Log.create({ what: 'x' }), { actor: 'Ben' }), {
      where: ({ model }) => model === Account,
    });
    db.on('afterCreate', ({ actor }) => told.push(String(actor)), { where: ({ model }) => model === Log });
    db.transaction(() => void Account.create({ name: 'a' }), { actor: 'Ann' });
    expect(told).toEqual(['Ben']);
  });

  it('of what listeners of one database write in another one is nobody of the first', async () => {
    const [one, two] = [await open({ alias: 'one', models: [Account] }), await open({ alias: 'two', models: [Log] })];
    one.on('afterCommit', () => void Log.create({ what: 'x' }));
    two.on('afterCreate', ({ actor }) => told.push(String(actor)));
    one.transaction(() => void Account.create({ name: 'a' }), { actor: 'Ann' });
    expect(told).toEqual(['undefined']);
  });

  it('is asked once for each write, if a listener wants to know', async () => {
    let asked = 0;
    const db = await open({ models, actor: () => ++asked });
    Account.create({ name: 'a' }); // which has rules, but nobody listens
    const stop = db.on('beforeSave', () => undefined);
    Account.create({ name: 'b' });
    stop();
    expect(asked).toBe(0);
    for (const name of ['beforeSave', 'beforeCreate', 'afterSave', 'afterCommit', 'afterAdd'] as const)
      db.on(name as 'beforeSave', ({ actor }) => told.push(String(actor)));
    Entry.create({ accountId: 1 });
    expect(asked).toBe(1);
    expect(new Set(told)).toEqual(new Set(['1']));
    db.transaction(() => void Entry.create({ accountId: 1 }), { actor: 'Ann' });
    expect(asked).toBe(1);
  });

  it('costs no statement', async () => {
    const db = await open({ models, actor: () => 'Ann' });
    const create = () => statementsOf(db, () => Log.create({ what: 'x' }));
    const insert = 'INSERT INTO "log" ("what") VALUES (?)';
    expect(create()).toEqual([insert]);
    db.on('afterCommit', ({ actor }) => told.push(String(actor)));
    expect(create()).toEqual([insert]);
    expect(statementsOf(db, () => db.transaction(() => void create(), { actor: 'Ben' }))).toEqual([
      'BEGIN IMMEDIATE',
      insert,
      'COMMIT',
    ]);
    expect(told).toEqual(['Ann', 'Ben']);
  });

  it('that cannot be told undoes what asks for it', async () => {
    const db = await open({
      models,
      actor: () => {
        throw boom;
      },
    });
    const stop = db.on('afterCreate', ({ actor }) => void actor);
    expect(() => Log.create({ what: 'x' })).toThrow(boom);
    stop();
    expect(Log.count()).toBe(0);
    const later = await open({ alias: 'later', actor: async () => Promise.reject(boom) });
    later.on('afterCreate', ({ actor }) => void actor);
    expect(() => Log.using(later).create({ what: 'x' })).toThrow(AsyncCallbackError);
    expect(() => Log.using(later).create({ what: 'x' })).toThrow('The "actor" of open() returned a promise');
    expect(Log.using(later).count()).toBe(0);
    await expect(open({ alias: 'wrong', actor: 'Ann' as never })).rejects.toThrow(UnsupportedError);
  });

  it('is found where an app keeps it: by AsyncLocalStorage, for requests that come together', async () => {
    const requests = new AsyncLocalStorage<string>();
    const db = await open({ models, actor: () => requests.getStore() });
    db.on('afterCommit', async ({ instance, actor }) => {
      await Promise.resolve();
      told.push(`${(instance as Log).what} by ${String(actor)}`);
    });
    const request = (user: string) =>
      requests.run(user, async () => {
        await Log.async().create({ what: `alone of ${user}` });
        await db.async.transaction(async () => {
          await Log.async().create({ what: `first of ${user}` });
          await Promise.resolve();
          await Log.async().create({ what: `second of ${user}` });
        });
      });
    await Promise.all(['Ann', 'Ben', 'Cid'].map(request));
    expect(told.sort()).toEqual(
      ['alone', 'first', 'second'].flatMap((what) => ['Ann', 'Ben', 'Cid'].map((who) => `${what} of ${who} by ${who}`)),
    );
  });
});
