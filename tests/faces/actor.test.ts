import { describe, expect, it } from 'vitest';
import { attempt, faces, inOrder, type TestFace } from './faces.js';
import type { Note, User } from './engines.js';

/** What a listener returns: a value, or where results are promised the promise of it, which is fulfilled later. */
const later = <Result>({ waits }: TestFace, work: () => Result): unknown =>
  waits ? new Promise((resolve) => setTimeout(resolve, 1)).then(work) : work();

const boom = new Error('boom');
const fail = () => {
  throw boom;
};

describe.each(faces)('the actor of events, $name', (face) => {
  it('is that of the transaction or savepoint, or what open says, for listeners that wait, too', async () => {
    const { db, User, of } = await face.open({ actor: () => 'anybody' });
    const told: string[] = [];
    for (const name of ['beforeSave', 'afterCreate', 'afterCommit', 'afterRollback', 'afterLoad'] as const) {
      db.on(name, (event) => later(face, () => void told.push(`${name} ${String(event.actor)}`)));
    }
    await db.transaction(
      () =>
        inOrder(
          () => User.create({ name: 'a' }),
          () => db.transaction(() => User.create({ name: 'b' }), { actor: 'Ben' }),
          () => attempt(() => db.transaction(() => inOrder(() => User.create({ name: 'c' }), fail))),
          () => User.findById(1),
        ),
      { actor: 'Ann' },
    );
    expect(told.splice(0)).toEqual([
      'beforeSave Ann',
      'afterCreate Ann',
      'beforeSave Ben',
      'afterCreate Ben',
      'beforeSave Ann',
      'afterCreate Ann',
      'afterRollback Ann',
      'afterLoad Ann',
      'afterCommit Ann',
      'afterCommit Ben',
    ]);
    const user = (await User.findById(1))!;
    await of(user.fill({ age: 40 })).save();
    expect(told).toEqual(['afterLoad anybody', 'beforeSave anybody', 'afterCommit anybody']);
  });

  it('is the same for what listeners write when the transaction has ended', async () => {
    const { db, User, Note } = await face.open();
    const told: string[] = [];
    const isUser = { where: ({ model }: { readonly model: { readonly name: string } }) => model.name === 'User' };
    const isNote = { where: ({ model }: { readonly model: { readonly name: string } }) => model.name === 'Note' };
    for (const name of ['afterCommit', 'afterRollback'] as const)
      db.on(name, () => later(face, () => Note.create({ title: name })), isUser);
    db.on(
      'afterCommit',
      ({ instance, actor }) => void told.push(`${(instance as unknown as Note).title} ${String(actor)}`),
      isNote,
    );
    await db.transaction(() => User.create({ name: 'a' }), { actor: 'Ann' });
    await attempt(() => db.transaction(() => inOrder(() => User.create({ name: 'b' }), fail), { actor: 'Ben' }));
    await User.create({ name: 'c' });
    expect(told).toEqual(['afterCommit Ann', 'afterRollback Ben', 'afterCommit undefined']);
  });
});

describe.each(faces.filter(({ waits }) => waits))('what happens meanwhile, $name', (face) => {
  it('is not in the transaction of somebody else, nor done by them', async () => {
    const { db, User } = await face.open();
    const ann = await User.create({ name: 'a' });
    const told: unknown[] = [];
    for (const name of ['afterCommit', 'afterLoad'] as const) {
      db.on(name, ({ instance, actor, transaction }) =>
        later(face, () => told.push([name, (instance as unknown as User).name, actor, transaction === undefined])),
      );
    }
    const transaction = await (db as unknown as { begin(options: object): Promise<AsyncDisposable> }).begin({
      actor: 'Ann',
    });
    const [created, read] = [User.create({ name: 'b' }), User.findById(ann.id)];
    await new Promise((resolve) => setTimeout(resolve, 5));
    await transaction[Symbol.asyncDispose]();
    await Promise.all([created, read]);
    expect(told.sort()).toEqual([
      ['afterCommit', 'b', undefined, true],
      ['afterLoad', 'a', undefined, true],
    ]);
  });

  it('is not, either, where a listener asks only when somebody has begun one', async () => {
    const { db, User } = await face.open();
    await User.create({ name: 'a' });
    let begun!: () => void;
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    const told: unknown[] = [];
    db.on('afterLoad', async (event) => {
      await isBegun;
      told.push(event.actor, event.transaction);
    });
    const read = User.findById(1);
    await db.transaction(
      async () => {
        begun();
        await read;
      },
      { actor: 'Ann' },
    );
    expect(told).toEqual([undefined, undefined]);
  });
});
