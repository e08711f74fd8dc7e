import { describe, expect, it } from 'vitest';
import { bigint, blob, id, integer, belongsTo, Model, QueryError, sql, table, type Generated } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Comment, Post, User } from './blog.js';
import { Post as TaggedPost, Friendship, Group, Person, Tag } from './tags.js';

@table('keepers')
class Keeper extends Model {
  @bigint({ primaryKey: true }) id!: bigint;
  @blob() photo!: Uint8Array;
}

@table('kept')
class Kept extends Model {
  @id() id!: Generated<number>;
  @bigint() keeperId!: bigint;
  @integer() n!: number;
  @belongsTo(() => Keeper, 'keeperId') keeper!: Keeper;
}

describe.each(drivers)('shapes of related rows on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: blog });
    const [ann, bob] = [User.create({ name: 'Ann', country: 'PT' }), User.create({ name: 'Bob' })];
    User.create({ name: 'Eve' });
    for (const [title, author, editor] of [
      ['a1', ann, bob],
      ['b1', bob, null],
      ['a2', ann, null],
    ] as const) {
      const post = Post.create({ title, authorId: author.id, editorId: editor?.id ?? null });
      Comment.create({ body: `on ${title}`, postId: post.id, likes: 3 });
    }
    return db;
  };

  it('give what is asked for and nothing else, with one statement for each relation', async () => {
    const db = await filled();
    const statements = statementsOf(db, () =>
      expect(
        Post.query()
          .select({ title: true, author: { name: true }, editor: { country: true } })
          .orderBy('id')
          .all(),
      ).toEqual([
        { title: 'a1', author: { name: 'Ann' }, editor: { country: null } },
        { title: 'b1', author: { name: 'Bob' }, editor: null },
        { title: 'a2', author: { name: 'Ann' }, editor: null },
      ]),
    );
    expect(statements).toEqual([
      'SELECT "id", "title", "author_id", "editor_id" FROM "posts" ORDER BY "id"',
      'SELECT "id", "name" FROM "users" WHERE "id" IN (SELECT "value" FROM json_each(?))',
      'SELECT "id", "country" FROM "users" WHERE "id" IN (SELECT "value" FROM json_each(?))',
    ]);
  });

  it('nest, to many as well, and stand beside SQL and counts', async () => {
    const db = await filled();
    const statements = statementsOf(db, () =>
      expect(
        User.query()
          .select({ size: sql<number>`length(name)`, posts: { title: true, comments: { body: true, likes: true } } })
          .withCount('posts')
          .orderBy('id')
          .all(),
      ).toEqual([
        {
          size: 3,
          posts: [
            { title: 'a1', comments: [{ body: 'on a1', likes: 3 }] },
            { title: 'a2', comments: [{ body: 'on a2', likes: 3 }] },
          ],
          postsCount: 2,
        },
        { size: 3, posts: [{ title: 'b1', comments: [{ body: 'on b1', likes: 3 }] }], postsCount: 1 },
        { size: 3, posts: [], postsCount: 0 },
      ]),
    );
    expect(statements).toHaveLength(3);
    const first = Comment.query()
      .select({ post: { author: { name: true } } })
      .orderBy('id')
      .first();
    expect(first).toEqual({ post: { author: { name: 'Ann' } } });
    expect(Object.keys(first!)).toEqual(['post']);
  });

  it('go over join tables and between rows of one table', async () => {
    const db = await open({ models: [TaggedPost, Tag, Group, Person, Friendship] });
    const group = Group.create({ name: 'g' });
    const tags = ['x', 'y'].map((name) => Tag.create({ name, groupId: name === 'x' ? group.id : null }));
    TaggedPost.create({ title: 'p' }).related('tags').attach(tags);
    TaggedPost.create({ title: 'q' });
    const statements = statementsOf(db, () =>
      expect(
        TaggedPost.query()
          .select({ title: true, tags: { name: true, group: { name: true } } })
          .orderBy('id')
          .all(),
      ).toEqual([
        {
          title: 'p',
          tags: [
            { name: 'x', group: { name: 'g' } },
            { name: 'y', group: null },
          ],
        },
        { title: 'q', tags: [] },
      ]),
    );
    expect(statements).toHaveLength(4);
    const [ann, bob] = ['Ann', 'Bob'].map((name) => Person.create({ name }));
    ann!.related('friends').attach([bob!]);
    expect(
      Person.query()
        .select({ name: true, friends: { name: true }, friendOf: { id: true } })
        .orderBy('id')
        .all(),
    ).toEqual([
      { name: 'Ann', friends: [{ name: 'Bob' }], friendOf: [] },
      { name: 'Bob', friends: [], friendOf: [{ id: ann!.id }] },
    ]);
  });

  it('carry bytes and large integers as they are', async () => {
    await open({ models: [Keeper, Kept] });
    Keeper.create({ id: 2n ** 60n + 1n, photo: new Uint8Array([1, 0, 255]) });
    Kept.create({ keeperId: 2n ** 60n + 1n, n: 7 });
    expect(
      Kept.query()
        .select({ n: true, keeper: { id: true, photo: true } })
        .all(),
    ).toEqual([{ n: 7, keeper: { id: 2n ** 60n + 1n, photo: new Uint8Array([1, 0, 255]) } }]);
  });

  it('are promised in the asynchronous face', async () => {
    await filled();
    const query = Post.async()
      .query()
      .select({ author: { name: true } })
      .orderBy('id');
    expect(await query.first()).toEqual({ author: { name: 'Ann' } });
    const seen: unknown[] = [];
    for await (const each of query.iterate()) seen.push(each.author.name);
    expect(seen).toEqual(['Ann', 'Bob', 'Ann']);
    expect(await query.count()).toBe(3);
    expect(await query.page({ size: 1, number: 2 })).toMatchObject({ rows: [{ author: { name: 'Bob' } }], total: 3 });
  });

  it('find nothing, in one statement', async () => {
    const db = await open({ models: blog });
    expect(
      statementsOf(db, () =>
        expect(
          Post.query()
            .select({ author: { name: true } })
            .all(),
        ).toEqual([]),
      ),
    ).toHaveLength(1);
  });

  it('show the statement of their rows', async () => {
    await open({ models: blog });
    expect(
      Post.query()
        .select({ author: { name: true } })
        .toSQL().sql,
    ).toBe('SELECT "id", "author_id" FROM "posts"');
  });

  it('are refused where they make no sense', async () => {
    await filled();
    const select = (shape: object) => () =>
      Post.query()
        .select(shape as { title: true })
        .all();
    expect(select({ author: true })).toThrow('Post.author');
    expect(select({ author: {} })).toThrow(QueryError);
    expect(select({ author: { nam: true } })).toThrow('User has no field "nam". Did you mean "name"?');
    expect(select({ author: { posts: { titel: true } } })).toThrow('Did you mean "title"?');
    expect(select({ author: 'name' })).toThrow(QueryError);
  });
});
