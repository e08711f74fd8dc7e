import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asc, desc, gt, like, QueryError, some, UnknownFieldError } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Category, Comment, Post, Profile, User } from './blog.js';
import { Friendship, Group, Person, Tag, Post as TaggedPost } from './tags.js';

const tagged = [TaggedPost, Tag, Group, Person, Friendship];

describe.each(drivers)('values of related rows on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: blog });
    const [eve, ann] = [User.create({ name: 'Eve', country: 'PT' }), User.create({ name: 'Ann', country: 'DE' })];
    User.create({ name: 'Nil' });
    for (const [title, author, editor] of [
      ['e1', eve, ann],
      ['a1', ann, null],
      ['e2', eve, eve],
    ] as const) {
      const post = Post.create({ title, authorId: author.id, editorId: editor?.id ?? null });
      for (let n = 0; n < Number(title[1]); n++) Comment.create({ body: title, postId: post.id, likes: n });
    }
    return db;
  };

  it('order rows, in one statement', async () => {
    const db = await filled();
    const statements = statementsOf(db, () => {
      expect(Post.query().orderBy('author.name', ['id', 'desc']).pluck('title')).toEqual(['a1', 'e2', 'e1']);
      expect(
        Post.query()
          .orderBy(asc('editor.name', { nulls: 'last' }))
          .pluck('title'),
      ).toEqual(['e1', 'e2', 'a1']);
      expect(Post.query().orderBy(['editor.name', 'desc']).limit(1).pluck('title')).toEqual(['e2']);
    });
    const name = (key: string) => `(SELECT "users"."name" FROM "users" WHERE "users"."id" = "posts"."${key}")`;
    expect(statements).toEqual([
      `SELECT "title" FROM "posts" ORDER BY ${name('author_id')}, "id" DESC`,
      `SELECT "title" FROM "posts" ORDER BY ${name('editor_id')} NULLS LAST`,
      `SELECT "title" FROM "posts" ORDER BY ${name('editor_id')} DESC LIMIT 1`,
    ]);
  });

  it('order rows by what is further away, and by relations that others hold the key of', async () => {
    await filled();
    const byAuthor = Comment.query().orderBy('post.author.name', desc('post.title'), desc('likes'));
    expect(byAuthor.all().map(({ body, likes }) => body + likes)).toEqual(['a10', 'e21', 'e20', 'e10']);
    Profile.create({ userId: 2, bio: 'a' });
    Profile.create({ userId: 1, bio: 'b' });
    expect(
      User.query()
        .orderBy(asc('profile.bio', { nulls: 'last' }))
        .pluck('name'),
    ).toEqual(['Ann', 'Eve', 'Nil']);
  });

  it('order rows of a table by others of the same', async () => {
    await open({ models: blog });
    const root = Category.create({ name: 'root' });
    const b = Category.create({ name: 'b', parentId: root.id });
    const a = Category.create({ name: 'a', parentId: root.id });
    Category.create({ name: 'x', parentId: b.id });
    Category.create({ name: 'y', parentId: a.id });
    expect(Category.query().orderBy('parent.parent.name', 'parent.name', 'id').pluck('name')).toEqual([
      'root',
      'b',
      'a',
      'y',
      'x',
    ]);
  });

  it('count related rows beside each row, in one statement', async () => {
    const db = await filled();
    const statements = statementsOf(db, () => {
      const users = User.query().withCount('posts').orderBy('id').all();
      expect(users.map(({ name, postsCount }) => [name, postsCount])).toEqual([
        ['Eve', 2],
        ['Ann', 1],
        ['Nil', 0],
      ]);
      expect(users[0]).toBeInstanceOf(User);
    });
    expect(statements).toEqual([
      'SELECT "id", "name", "country", ' +
        '(SELECT count(*) FROM "posts" WHERE "users"."id" = "posts"."author_id") AS "postsCount" ' +
        'FROM "users" ORDER BY "users"."id"',
    ]);
  });

  it('count only what meets conditions, across relations, too', async () => {
    await filled();
    const counted = (where: Parameters<typeof countOf>[0]) => countOf(where);
    const countOf = (where: { title?: ReturnType<typeof like>; comments?: ReturnType<typeof some<Comment>> }) =>
      User.query()
        .withCount({ posts: where })
        .orderBy('id')
        .all()
        .map(({ postsCount }) => postsCount);
    expect(counted({ title: like('%2') })).toEqual([1, 0, 0]);
    expect(counted({ comments: some<Comment>({ likes: gt(0) }) })).toEqual([1, 0, 0]);
  });

  it('count beside plain objects, pages and batches', async () => {
    await filled();
    const counted = User.query().select('name').withCount('posts');
    expect(counted.orderBy(['id', 'desc']).first()).toEqual({ name: 'Nil', postsCount: 0 });
    const page = User.query().withCount('posts').orderBy('id').page({ size: 2 });
    expect(page.rows.map(({ postsCount }) => postsCount)).toEqual([2, 1]);
    const batches = [...User.query().withCount('posts').orderBy('id').iterate({ batch: 1 })];
    expect(batches.map(({ postsCount }) => postsCount)).toEqual([2, 1, 0]);
    expect(await User.async().query().withCount('posts').count()).toBe(3);
    expect((await User.async().query().withCount('posts').one().catch(String)) as unknown).toMatch('NotUniqueError');
  });

  it('leave saving as it is', async () => {
    const db = await filled();
    const user = User.query().withCount('posts').with('posts').first()!;
    expect([user.postsCount, user.posts.length]).toEqual([2, 2]);
    user.name = 'Eva';
    expect(statementsOf(db, () => user.save())).toEqual(['UPDATE "users" SET "name" = ? WHERE "id" = ?']);
    expect(statementsOf(db, () => user.save())).toEqual([]);
  });

  it('are errors where there is none, or more than one', async () => {
    await filled();
    const order = (path: string) => () => User.query().orderBy(path as 'name');
    expect(order('posts.title')).toThrow(QueryError);
    expect(order('posts.title')).toThrow('User.posts leads to any number of rows');
    expect(order('profil.bio')).toThrow(UnknownFieldError);
    expect(order('profile.bioo')).toThrow(UnknownFieldError);
    expect(order('name.x')).toThrow('User.name is a column');
    const count = (name: string) => () => User.query().withCount(name as 'posts');
    expect(count('profile')).toThrow('User.profile leads to one row at most');
    expect(count('name')).toThrow(QueryError);
    expect(() => User.query().withCount(5 as never)).toThrow(QueryError);
  });

  it('cannot be the order of a cursor', async () => {
    await filled();
    expect(() => Post.query().orderBy('author.name').page({ size: 1 })).toThrow(QueryError);
    expect([...Post.query().orderBy('author.name', 'id').iterate()].map(({ title }) => title)).toEqual([
      'a1',
      'e1',
      'e2',
    ]);
  });
});

describe.each(drivers)('counts across tables between on $name', ({ open }) => {
  it('are of the rows at the end, in one statement', async () => {
    const db = await open({ models: tagged });
    const posts = ['a', 'b', 'c'].map((title) => TaggedPost.create({ title }));
    const tags = ['x', 'y'].map((name) => Tag.create({ name }));
    posts[0]!.related('tags').attach(tags);
    posts[1]!.related('tags').attach([tags[1]!]);
    const statements = statementsOf(db, () => {
      const counted = TaggedPost.query().withCount('tags').orderBy('id').all();
      expect(counted.map(({ tagsCount }) => tagsCount)).toEqual([2, 1, 0]);
    });
    expect(statements).toHaveLength(1);
    expect(statements[0]).toContain(
      '(SELECT count(*) FROM "tags" WHERE "tags"."id" IN ' +
        '(SELECT "posts_tags"."tags_id" FROM "posts_tags" WHERE "posts"."id" = "posts_tags"."posts_id"))',
    );
    const named = TaggedPost.query()
      .withCount({ tags: { name: 'Y' } })
      .orderBy('id')
      .all();
    expect(named.map(({ tagsCount }) => tagsCount)).toEqual([1, 1, 0]);
  });

  it('tell rows of one table apart', async () => {
    await open({ models: tagged });
    const [ann, bob, eve] = ['Ann', 'Bob', 'Eve'].map((name) => Person.create({ name }));
    ann!.related('friends').attach([bob!, eve!]);
    bob!.related('friends').attach([eve!]);
    const counted = Person.query().withCount('friends', 'friendOf').orderBy('id').all();
    expect(counted.map(({ friendsCount, friendOfCount }) => [friendsCount, friendOfCount])).toEqual([
      [2, 0],
      [1, 1],
      [0, 2],
    ]);
  });
});

describe('counts of related rows', () => {
  it('are those of a loop', async () => {
    const [{ open }] = drivers as [(typeof drivers)[0]];
    const trees = fc.array(fc.option(fc.nat(9), { nil: null }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(trees, async (parents) => {
        const db = await open({ models: blog });
        parents.forEach((parent, at) =>
          Category.create({ name: String(at), parentId: parent === null || parent >= at ? null : parent + 1 }),
        );
        const all = Category.query().withCount('children').orderBy('id').all();
        for (const { id, childrenCount } of all) {
          expect(childrenCount).toBe(all.filter(({ parentId }) => parentId === id).length);
        }
        db.close();
      }),
      { numRuns: 30 },
    );
  });
});
