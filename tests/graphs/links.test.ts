import { describe, expect, it } from 'vitest';
import { drivers, statementsOf } from '../open-database.js';
import { Friendship, Group, Person, Post, Tag } from '../relations/tags.js';

describe.each(drivers)('a graph over a join table on $name', ({ open }) => {
  const models = [Post, Tag, Group, Person, Friendship];

  it('inserts both ends and what links them, new ones and those that are there', async () => {
    const db = await open({ models });
    const old = Tag.create({ name: 'old' });
    const statements = statementsOf(db, () => {
      const post = Post.createGraph({
        title: 'Owls',
        tags: [{ name: 'birds', groupId: null }, old, { name: 'night' }],
      });
      expect(post.tags.map(({ name }) => name)).toEqual(['birds', 'old', 'night']);
    });
    expect(statements.filter((sql) => sql.startsWith('INSERT INTO "posts_tags"')).length).toBeGreaterThan(0);
    expect(statements.filter((sql) => sql.startsWith('SELECT'))).toEqual([]);
    const [read] = Post.with({ tags: { orderBy: 'name' } }).all();
    expect(read!.tags.map(({ name }) => name)).toEqual(['birds', 'night', 'old']);
    expect(Tag.count()).toBe(3);
  });

  it('links a row once that is named twice, and inserts fields once that are shared', async () => {
    await open({ models });
    const old = Tag.create({ name: 'old' });
    const birds = { name: 'birds', groupId: null };
    const post = Post.createGraph({ title: 'Owls', tags: [birds, old, birds, old] });
    expect(post.tags.map(({ name }) => name)).toEqual(['birds', 'old']);
    expect(
      Post.with({ tags: { orderBy: 'name' } })
        .one()
        .tags.map(({ name }) => name),
    ).toEqual(['birds', 'old']);
    expect(Tag.count()).toBe(2);
  });

  it('makes instances of a join model', async () => {
    await open({ models });
    const ann = Person.createGraph({ name: 'Ann', friends: [{ name: 'Bob' }, { name: 'Eve' }] });
    expect(ann.friendships.map(({ personId, friendId }) => [personId, friendId])).toEqual([
      [ann.id, ann.friends[0]!.id],
      [ann.id, ann.friends[1]!.id],
    ]);
    expect(Friendship.count()).toBe(2);
  });

  it('leaves nothing behind where one row is refused', async () => {
    await open({ models });
    expect(() => Post.createGraph({ title: 'Owls', tags: [{ name: 'a' }, { name: 5 as never }] })).toThrow();
    expect([Post.count(), Tag.count()]).toEqual([0, 0]);
  });
});
