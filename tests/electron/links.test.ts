import { describe, expect, it } from 'vitest';
import { ForbiddenError, InvalidValueError, type AsyncDatabase, type OpenOptions } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { allow } from 'litemodel/electron-main';
import { admit } from '../../src/port/untrusted-command.js';
import { Grants } from '../../src/port/untrusted-grant.js';
import { mainOnly } from '../../src/sql/index.js';
import { closedLater } from '../open-database.js';
import { Friendship, Person, Post, Tag } from '../relations/tags.js';
import { openWindow } from './window.js';

const models: OpenOptions['models'] = [Person, Friendship, Post, Tag];
const all = ['create', 'read', 'update', 'delete'] as const;

async function opened(...allowances: ReturnType<typeof allow>[]): Promise<AsyncDatabase> {
  const db = closedLater(open(':memory:', { models: models!, alias: 'main' }));
  for (const name of ['Ann', 'Bob', 'Eve']) Person.using(db).create({ name });
  return (await openWindow(db, { models: allowances }, { models: models! })).window;
}

describe('links in a window', () => {
  it('are read and written by way of a join model that is allowed', async () => {
    const window = await opened(allow(Person, ['read']), allow(Friendship, all));
    const [ann, bob, eve] = await Person.using(window).query().orderBy('id').all();
    const friends = ann!.async.related('friends');
    expect(await friends.attach<Friendship>([bob!, eve!], { closeness: 2 })).toBe(2);
    expect(await friends.attach<Friendship>([bob!, eve!], { closeness: 3 })).toBe(2);
    expect(await friends.attach([bob!, eve!])).toBe(0);
    expect(await friends.toggle(bob!)).toEqual({ attached: [], detached: [bob!.id] });
    expect(await friends.sync([bob!, eve!], { closeness: 3 })).toEqual({
      attached: [bob!.id],
      detached: [],
      updated: [],
    });
    const [read] = await Person.using(window).with('friends').all();
    expect(read!.friends.map(({ name }) => name)).toEqual(['Bob', 'Eve']);
    const limited = await Person.using(window)
      .with({ friends: { limit: 1, orderBy: ['name', 'desc'] } })
      .first();
    expect(limited!.friends.map(({ name }) => name)).toEqual(['Eve']);
    expect(await friends.filter({ name: 'Eve' }).count()).toBe(1);
  });

  it('are found by an instance, whose key is sent as any other value', async () => {
    const window = await opened(allow(Person, ['read']), allow(Friendship, all));
    const [ann, bob] = await Person.using(window).query().orderBy('id').all();
    await ann!.async.related('friends').attach(bob!);
    const friendships = Friendship.using(window);
    expect(await friendships.filter({ person: ann! }).count()).toBe(1);
    expect(await friendships.filter({ friend: ann! }).count()).toBe(0);
  });

  it('are written only as far as the join model may be', async () => {
    const window = await opened(allow(Person, ['read']), allow(Friendship, ['create', 'read']));
    const [ann, bob] = await Person.using(window).query().orderBy('id').all();
    const friends = ann!.async.related('friends');
    expect(await friends.attach(bob!)).toBe(1);
    await expect(friends.attach<Friendship>(bob!, { closeness: 3 })).rejects.toThrow(
      'Friendship may not be updated over this port.',
    );
    await expect(friends.detach()).rejects.toThrow('Friendship may not be deleted over this port.');
  });

  it('do not write over rows that may not be got at', async () => {
    const window = await opened(allow(Person, ['read']), allow(Friendship, all, { rows: { personId: 1 } }));
    const [ann, bob] = await Person.using(window).query().orderBy('id').all();
    const friends = ann!.async.related('friends');
    expect(await friends.attach(bob!)).toBe(1);
    await expect(friends.attach<Friendship>(bob!, { closeness: 3 })).rejects.toThrow(
      'A row of Friendship that is there already may not be written over by an insert over this port.',
    );
  });

  it('do not tell what rows hold that may not be read', () => {
    const { grant } = allow(Friendship, ['create', 'update']);
    const columns = ['person_id', 'friend_id', 'note'];
    const value = { kind: 'parameter' };
    const conflict = { target: ['person_id', 'friend_id'], update: ['note'], along: [] };
    const values = [value, value, value];
    const syntax = { kind: 'insert', into: 'friendships', columns, values, conflict, returning: [] };
    const command = { method: 'run', statement: { sql: '', bigints: false, syntax }, parameters: [1, 2, 'guess'] };
    expect(() => admit(command, new Grants([grant]), mainOnly)).toThrow('Friendship may not be read over this port.');
  });

  it('are out of reach where the join table is implied', async () => {
    const window = await opened(allow(Post, all), allow(Tag, all));
    const post = await Post.using(window).create({ title: 'x' });
    await expect(post.async.load('tags')).rejects.toThrow('The table "posts_tags" may not be used over this port.');
    await expect(post.async.related('tags').attach(1)).rejects.toThrow(ForbiddenError);
  });
});

describe('an insert of several rows that somebody else sends', () => {
  const { grant } = allow(Friendship, all);
  const value = { kind: 'parameter' };
  const insert = (change: object) => ({
    method: 'run',
    statement: {
      sql: '',
      bigints: false,
      syntax: {
        kind: 'insert',
        into: 'friendships',
        columns: ['person_id', 'friend_id'],
        values: [value, value],
        moreValues: [[value, value]],
        returning: [],
        ...change,
      },
    },
    parameters: [1, 2, 3, 4],
  });
  const sent = (change: object, rows: { readonly personId?: number } = {}) =>
    admit(
      insert(change),
      new Grants([Object.keys(rows).length === 0 ? grant : allow(Friendship, all, { rows }).grant]),
      mainOnly,
    );

  it('is built anew', () => {
    expect(JSON.stringify(sent({}))).toContain('VALUES (?, ?), (?, ?)');
  });

  it.each([
    { moreValues: 0 },
    { moreValues: '' },
    { moreValues: [[value]] },
    { moreValues: [[value, value, value]] },
    { moreValues: [[value, { kind: 'literal', value: 1 }]] },
    { conflict: '' },
    { conflict: { target: [], update: [], along: [] } },
    { conflict: { target: ['nobody'], update: [], along: [] } },
    { conflict: { target: ['id'], update: ['note); DROP TABLE people --'], along: [] } },
    { conflict: { target: ['id'], update: ['note', 'note'], along: [] } },
    { conflict: { target: ['id'], update: ['note'], along: ['note'] } },
    { conflict: { target: ['id'], update: ['note'] } },
    { conflict: { target: ['id'], update: ['note'], along: [], where: value } },
  ])('is refused where it is malformed: %j', (change) => {
    expect(() => sent(change)).toThrow(ForbiddenError);
  });

  it('is of rows that may be got at, each of them', () => {
    expect(() => sent({}, { personId: 1 })).toThrow('Friendship.personId may not be given another value');
    expect(() => sent({ columns: ['note', 'friend_id'] })).toThrow(InvalidValueError); // a number is no note
  });
});
