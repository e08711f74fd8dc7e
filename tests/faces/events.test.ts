import { describe, expect, it } from 'vitest';
import {
  AfterCommitError,
  AsyncCallbackError,
  CancelledError,
  defineModel,
  id,
  integer,
  RecursiveHookError,
  text,
  type Described,
  type Face,
  type InstanceOf,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { attempt, faces, inOrder, type Opened, type TestFace, type TestModel } from './faces.js';

const accountColumns = { id: id(), name: text({ unique: true }), balance: integer({ default: 0 }) };
const entryColumns = { id: id(), what: text() };

class SyncAccount extends defineModel('accounts', accountColumns) {}
class SyncEntry extends defineModel('entries', entryColumns) {}
class AsyncAccount extends defineAsyncModel('accounts', accountColumns) {}
class AsyncEntry extends defineAsyncModel('entries', entryColumns) {}

type Instance = Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;
type Account = Described<typeof accountColumns> & Instance;
type Entry = Described<typeof entryColumns> & Instance;

interface Bank extends Pick<Opened, 'db' | 'of'> {
  readonly Account: TestModel<Account>;
  readonly Entry: TestModel<Entry>;
}

async function openBank(face: TestFace): Promise<Bank> {
  const isAsync = face.name.startsWith('litemodel/async');
  const models = isAsync ? [AsyncAccount, AsyncEntry] : [SyncAccount, SyncEntry];
  const { db, of } = await face.open({ models });
  const [Account, Entry] = (isAsync || !face.waits ? models : [SyncAccount.async(), SyncEntry.async()]) as unknown as [
    TestModel<Account>,
    TestModel<Entry>,
  ];
  return { db, of, Account, Entry };
}

/** What a listener returns: a value, or where results are promised the promise of it, which is fulfilled later. */
const later = <Result>({ waits }: TestFace, work: () => Result): unknown =>
  waits ? new Promise((resolve) => setTimeout(resolve, 1)).then(work) : work();

const boom = new Error('boom');
const fail = () => {
  throw boom;
};

describe.each(faces)('listeners, $name', (face) => {
  it('are waited for, and write in the transaction of what they listen to', async () => {
    const { db, Account, Entry } = await openBank(face);
    db.on('beforeSave', ({ instance }) => later(face, () => void ((instance as unknown as Account).balance += 1)), {
      where: ({ model }) => model.name.endsWith('Account'),
    });
    db.on('afterCreate', ({ instance, database }) => {
      const { name } = instance as unknown as Account;
      return later(face, () =>
        name === undefined
          ? undefined
          : inOrder(
              () => Entry.create({ what: `created ${name}` }),
              () => Entry.using(database).create({ what: 'and said where' }),
            ),
      );
    });
    const statements = await statementsOf(db, () => Account.create({ name: 'Ann' }));
    const inserted = 'INSERT INTO "entries" ("what") VALUES (?)';
    const nested = ['SAVEPOINT "litemodel_1"', inserted, 'RELEASE "litemodel_1"'];
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      'INSERT INTO "accounts" ("name", "balance") VALUES (?, ?)',
      ...nested,
      ...nested,
      'COMMIT',
    ]);
    expect(await Entry.query().orderBy('id').pluck('what')).toEqual(['created Ann', 'and said where']);
    expect((await Account.findById(1))!.balance).toBe(1);
  });

  it('undo the insert, and what they wrote, when they fail', async () => {
    const { db, Account, Entry } = await openBank(face);
    db.on('afterCreate', ({ instance }) =>
      later(face, () =>
        (instance as unknown as Account).name === undefined ? 0 : inOrder(() => Entry.create({ what: 'x' }), fail),
      ),
    );
    const ann = Account.build({ name: 'Ann' });
    expect(await attempt(() => Account.create({ name: 'Ann' }))).toBe(boom);
    expect(ann.id).toBeUndefined();
    expect([await Account.count(), await Entry.count()]).toEqual([0, 0]);
  });

  it('cancel it, and undo nothing else of a transaction', async () => {
    const { db, of, Account } = await openBank(face);
    const kept = await Account.create({ name: 'Kept' });
    db.on('beforeSave', (event) =>
      later(face, () => (event.instance as unknown as Account).name === 'Bob' && event.cancel('no')),
    );
    db.on('beforeDelete', (event) => later(face, () => event.cancel()));
    await db.transaction(() =>
      inOrder(
        () => Account.create({ name: 'Ann' }),
        () => attempt(() => Account.create({ name: 'Bob' })),
        (): unknown => attempt(() => of(kept).delete()),
      ),
    );
    expect(await Account.query().orderBy('id').pluck('name')).toEqual(['Kept', 'Ann']);
    const error = await attempt(() => Account.updateOrCreate({ name: 'Kept' }, { name: 'Bob' }));
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ event: 'beforeSave', reason: 'no' });
    expect(await attempt(() => of(kept).delete())).toMatchObject({ event: 'beforeDelete', reason: undefined });
  });

  it('that would call the same for ever are refused, while others may save the instance at the same time', async () => {
    const { db, of, Account } = await openBank(face);
    const ann = await Account.create({ name: 'Ann' });
    const [created, saved] = [Account.build({ name: 'Bob' }), ann.fill({ balance: 5 })];
    {
      const stop = db.on('beforeSave', ({ instance }) => later(face, () => of(instance as unknown as Account).save()));
      for (const each of [created, saved]) {
        expect(await attempt(() => of(each).save())).toBeInstanceOf(RecursiveHookError);
      }
      stop();
    }
    db.on('afterUpdate', () => later(face, () => undefined));
    await Promise.all([of(saved).save(), of(saved.fill({ balance: 6 })).save()]);
    expect([await Account.count(), (await Account.findById(1))!.balance]).toEqual([1, 6]);
  });

  it('hear how the transaction ended, when nothing runs in it any more', async () => {
    const { db, Account, Entry } = await openBank(face);
    const told: string[] = [];
    for (const name of ['afterCommit', 'afterRollback'] as const) {
      db.on(name, ({ instance }) =>
        later(face, () => {
          const account = instance as unknown as Account;
          if (account.name === undefined) return undefined;
          told.push(`${name} ${account.name}`);
          return Entry.create({ what: account.name });
        }),
      );
    }
    const create = (name: string) => () => Account.create({ name });
    await Account.create({ name: 'a' });
    expect(told.splice(0)).toEqual(['afterCommit a']);
    await db.transaction(() =>
      inOrder(
        create('b'),
        () => db.transaction(() => inOrder(create('c'), () => undefined)),
        () => attempt(() => db.transaction(() => inOrder(create('d'), fail))),
        () => void told.push('end'),
      ),
    );
    expect(told.splice(0)).toEqual(['afterRollback d', 'end', 'afterCommit b', 'afterCommit c']);
    await attempt(() => db.transaction(() => inOrder(create('e'), fail)));
    expect(told.splice(0)).toEqual(['afterRollback e']);
    const within = (transaction: unknown) => (face.waits ? Account.using(transaction) : Account);
    {
      await using transaction = await db.begin();
      await within(transaction).create({ name: 'f' });
      await transaction.commit();
      expect(told.splice(0)).toEqual(['afterCommit f']);
    }
    {
      await using transaction = await db.begin();
      await within(transaction).create({ name: 'g' });
    }
    expect(told).toEqual(['afterRollback g']);
    expect(await Entry.query().orderBy('id').pluck('what')).toEqual(['a', 'd', 'b', 'c', 'e', 'f', 'g']);
    expect(await Account.query().orderBy('id').pluck('name')).toEqual(['a', 'b', 'c', 'f']);
  });

  it('of a commit cannot undo it', async () => {
    const { db, Account } = await openBank(face);
    db.on('afterCommit', () => later(face, fail));
    for (const work of [
      () => Account.create({ name: 'a' }),
      () => db.transaction(() => Account.create({ name: 'b' })),
    ]) {
      const error = await attempt(work);
      expect(error).toBeInstanceOf(AfterCommitError);
      expect(error).toMatchObject({ cause: boom });
    }
    expect(await Account.count()).toBe(2);
  });

  it('hear of what is read, and change it before anybody sees it', async () => {
    const { db, of, Account } = await openBank(face);
    for (const name of ['a', 'b']) await Account.create({ name });
    db.on('afterLoad', ({ instance }) => later(face, () => void ((instance as unknown as Account).balance = -1)));
    const statements = await statementsOf(db, async () => {
      const accounts = await Account.query().orderBy('id').all();
      expect(accounts.map(({ balance }) => balance)).toEqual([-1, -1]);
      const [first] = accounts;
      await of(first!).reload();
      expect(first!.balance).toBe(-1);
    });
    expect(statements).toHaveLength(2);
  });

  it('that return a promise are refused only where nothing waits', async () => {
    const { db, Account } = await openBank(face);
    db.on('afterCreate', async () => {});
    if (face.waits) await Account.create({ name: 'a' });
    else expect(await attempt(() => Account.create({ name: 'a' }))).toBeInstanceOf(AsyncCallbackError);
    expect(await Account.count()).toBe(face.waits ? 1 : 0);
  });
});
