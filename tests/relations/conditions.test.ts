import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  and,
  columns,
  every,
  gt,
  gte,
  like,
  none,
  not,
  or,
  some,
  scope,
  defineModel,
  belongsTo,
  hasMany,
  relate,
  id,
  integer,
  boolean,
  QueryError,
  sql,
  UndefinedConditionError,
  UnknownFieldError,
  type Where,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Category, Comment, Post, Profile, User } from './blog.js';

const names = (rows: readonly { name: string }[]): string => rows.map(({ name }) => name).join(' ');

describe.each(drivers)('conditions across relations on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: blog });
    const [ann, bob] = [
      User.create({ name: 'Ann', country: 'PT' }),
      User.create({ name: 'Bob', country: 'DE' }),
      User.create({ name: 'Eve' }),
    ];
    Profile.create({ userId: ann.id, bio: 'likes owls' });
    for (const [title, author, editor] of [
      ['a1', ann, bob],
      ['a2', ann, null],
      ['b1', bob, null],
    ] as const) {
      const post = Post.create({ title, authorId: author.id, editorId: editor?.id ?? null });
      Comment.create({ body: 'x', postId: post.id, likes: title === 'a1' ? 5 : 0 });
    }
    return db;
  };

  it('refuse what is undefined by accident', async () => {
    await filled();
    const unsaid = undefined as unknown as { title: string };
    expect(() => some<Post>(unsaid)).toThrow(UndefinedConditionError);
    expect(() => none<Post>(unsaid)).toThrow(UndefinedConditionError);
    expect(() => User.filter({ posts: every(unsaid) }).all()).toThrow(UndefinedConditionError);
    expect(User.filter({ posts: some() }).count()).toBe(2);
  });

  it('are EXISTS, in one statement', async () => {
    const db = await filled();
    const statements = statementsOf(db, () => {
      expect(Post.filter({ author: { country: 'PT' } }).pluck('title')).toEqual(['a1', 'a2']);
      expect(names(User.filter({ posts: some({ title: like('a%'), comments: some({ likes: gt(1) }) }) }).all())).toBe(
        'Ann',
      );
      expect(names(User.filter({ posts: none() }).all())).toBe('Eve');
      expect(names(User.filter({ posts: every({ title: like('b%') }) }).all())).toBe('Bob Eve');
      expect(names(User.filter({ profile: { bio: like('%owls%') } }).all())).toBe('Ann');
      expect(names(User.filter({ profile: null }).all())).toBe('Bob Eve');
    });
    expect(statements.map((statement) => statement.replace(/^SELECT .*? WHERE /, ''))).toEqual([
      'EXISTS (SELECT 1 FROM "users" WHERE "users"."id" = "posts"."author_id" AND "users"."country" = ?)',
      'EXISTS (SELECT 1 FROM "posts" WHERE "users"."id" = "posts"."author_id" AND ("posts"."title" LIKE ? ESCAPE \'\\\' AND ' +
        'EXISTS (SELECT 1 FROM "comments" WHERE "posts"."id" = "comments"."post_id" AND "comments"."likes" > ?)))',
      'NOT EXISTS (SELECT 1 FROM "posts" WHERE "users"."id" = "posts"."author_id")',
      'NOT EXISTS (SELECT 1 FROM "posts" WHERE "users"."id" = "posts"."author_id" AND ' +
        'NOT (coalesce("posts"."title" LIKE ? ESCAPE \'\\\', 0)))',
      'EXISTS (SELECT 1 FROM "profiles" WHERE "users"."id" = "profiles"."user_id" AND "profiles"."bio" LIKE ? ESCAPE \'\\\')',
      'NOT EXISTS (SELECT 1 FROM "profiles" WHERE "users"."id" = "profiles"."user_id")',
    ]);
  });

  it('take instances, null, SQL and columns of the query around', async () => {
    await filled();
    const ann = User.findById(1)!;
    expect(Post.filter({ author: ann }).count()).toBe(2);
    expect(Post.filter({ editor: null }).toSQL().sql).toContain('WHERE "editor_id" IS NULL');
    expect(Post.filter({ editor: null }).count()).toBe(2);
    expect(User.filter({ profile: Profile.findById(1)! }).count()).toBe(1);
    const posts = columns(Post);
    expect(User.filter({ posts: some(sql`${posts.title} = 'b1'`) }).one().name).toBe('Bob');
    expect(Post.filter({ comments: some({ id: gte(columns(Post).id) }) }).count()).toBe(3);
    expect(names(User.filter(or({ name: 'Eve' }, { posts: some({ editor: { name: 'Bob' } }) })).all())).toBe('Ann Eve');
    expect(Post.filter(not({ author: { country: 'PT' } })).pluck('title')).toEqual(['b1']);
  });

  it('on a model inside itself go under an alias', async () => {
    await filled();
    const root = Category.create({ name: 'root' });
    const child = Category.create({ name: 'child', parentId: root.id });
    Category.create({ name: 'leaf', parentId: child.id });
    const query = Category.filter({ parent: { parent: { name: 'root' } } });
    expect(query.toSQL().sql).toContain(
      'WHERE EXISTS (SELECT 1 FROM "categories" AS "categories_2" WHERE "categories_2"."id" = "categories"."parent_id" AND ' +
        'EXISTS (SELECT 1 FROM "categories" AS "categories_3" WHERE "categories_3"."id" = "categories_2"."parent_id" AND ' +
        '"categories_3"."name" = ?))',
    );
    expect(names(query.all())).toBe('leaf');
    expect(names(Category.filter({ children: some({ children: some() }) }).all())).toBe('root');
    expect(Post.filter({ author: { posts: some<Post>({ author: { name: 'Bob' } }) } }).pluck('title')).toEqual(['b1']);
  });

  it('narrow updates and deletes, counts and what is read along', async () => {
    await filled();
    expect(Post.filter({ author: { name: 'Ann' } }).update({ title: 'new' })).toBe(2);
    expect(Comment.filter({ post: { author: { name: 'Ann' } } }).delete()).toBe(2);
    expect(User.filter({ posts: some({ comments: some() }) }).count()).toBe(1);
    const users = User.with({ posts: { filter: { comments: none() } } })
      .orderBy('id')
      .all();
    expect(users.map(({ posts }) => posts.length)).toEqual([2, 0, 0]);
  });

  it('see rows as the default scopes of their model do', async () => {
    class Shop extends defineModel('shops', { id: id() }) {
      declare goods: Good[];
      static {
        relate(Shop, { goods: hasMany(() => Good, 'shopId') });
      }
    }
    const columnsOfGood = { id: id(), shopId: integer(), gone: boolean({ default: false }) };
    const shown = scope<{ gone: boolean }>('shown', { gone: false });
    class Good extends defineModel('goods', columnsOfGood, { scopes: [shown] }) {
      declare shop: Shop;
      static {
        relate(Good, { shop: belongsTo(() => Shop, 'shopId') });
      }
    }
    await open({ models: [Shop, Good] });
    const shop = Shop.create({});
    Good.create({ shopId: shop.id, gone: true });
    expect(Shop.filter({ goods: some() }).count()).toBe(0);
    expect(Shop.with('goods').one().goods).toEqual([]);
    Good.create({ shopId: shop.id });
    expect(Shop.filter({ goods: some() }).count()).toBe(1);
    expect(Shop.with('goods').one().goods).toHaveLength(1);
  });

  it('are refused where they say nothing, or something else than was meant', async () => {
    await filled();
    const refused = (where: object, kind: new (...parts: never[]) => Error, message: string) => {
      expect(() => User.filter(where as Where<User>)).toThrow(kind);
      expect(() => User.filter(where as Where<User>)).toThrow(message);
    };
    refused({ posts: undefined }, UndefinedConditionError, 'The condition on User.posts is undefined');
    refused({ posts: some<Post>({ title: undefined as never }) }, UndefinedConditionError, 'Post.title is undefined');
    refused({ posts: every(undefined as never) }, UndefinedConditionError, 'every() of User.posts says nothing.');
    refused({ posts: every<Post>({}) }, UndefinedConditionError, 'every() of User.posts says nothing.');
    refused({ posts: { title: 'x' } }, QueryError, 'User.posts leads to any number of rows. Write some({ … })');
    refused({ profile: some() }, QueryError, 'User.profile leads to one row at most.');
    refused({ profile: 3 }, QueryError, 'Conditions on Profile are an object of its fields, not number.');
    refused(
      { profile: Profile.build({}) },
      QueryError,
      'User.profile is compared with an instance that has no key yet.',
    );
    refused(
      { profile: User.findById(1)! },
      QueryError,
      'User.profile is compared with an instance of User. It leads to',
    );
    refused({ profile: { boi: 'x' } }, UnknownFieldError, 'Profile has no field "boi". Did you mean');
  });
});

describe('every() over no rows at all (DL-16)', () => {
  it('holds, so that a delete in plain SQL takes along those that have none', async () => {
    const db = await drivers[0]!.open({ models: blog });
    User.create({ name: 'without posts' });
    db.run(
      sql`DELETE FROM users WHERE NOT EXISTS (SELECT 1 FROM posts WHERE author_id = users.id AND NOT title = 'old')`,
    );
    expect(User.count()).toBe(0);
  });

  it.each(drivers)('is refused in bulk on $name, unless some() says that there are rows', async ({ open }) => {
    await open({ models: blog });
    User.create({ name: 'without posts' });
    const old = User.create({ name: 'old' });
    Post.create({ title: 'old', authorId: old.id });
    const isOld = every<Post>({ title: 'old' });
    const message =
      'This delete would reach rows that have no User.posts, too, for of none every one is as you like. ' +
      'Say that there are some: and({ … : some() }, { … : every(…) }); or say none(…) of what they are not.';
    expect(() => User.filter({ posts: isOld }).delete()).toThrow(message);
    expect(() => User.filter(or({ name: 'x' }, { posts: isOld })).update({ name: 'y' })).toThrow(
      'This update would reach',
    );
    expect(() => User.filter({ posts: isOld }).returning().delete()).toThrow(QueryError);
    expect(User.count()).toBe(2);
    expect(names(User.filter({ posts: isOld }).all())).toBe('without posts old');
    expect(User.filter(and({ posts: some() }, or({ name: 'x' }, { posts: isOld }))).update({ name: 'y' })).toBe(1);
    expect(User.filter({ posts: isOld }).filter({ posts: some() }).delete()).toBe(1);
    expect(names(User.all())).toBe('without posts');
  });
});

describe.each(drivers)('relations on $name are as in JavaScript', ({ name, open }) => {
  const numRuns = name === 'sql.js' ? 25 : 60;
  const country = fc.constantFrom('PT', 'DE', null);
  const world = fc.record({
    users: fc.array(country, { minLength: 1, maxLength: 4 }),
    posts: fc.array(
      fc.record({ author: fc.nat(3), editor: fc.option(fc.nat(3)), likes: fc.array(fc.nat(3), { maxLength: 3 }) }),
      {
        maxLength: 6,
      },
    ),
  });
  interface PlainPost {
    readonly editor: string | null | undefined;
    readonly likes: number[];
  }
  interface Plain {
    readonly country: string | null;
    readonly posts: PlainPost[];
  }
  type Test = readonly [Where<User>, (user: Plain) => boolean];
  const least = fc.nat(3);
  const ofPosts: fc.Arbitrary<readonly [Where<Post>, (post: PlainPost) => boolean]> = fc.oneof(
    least.map(
      (n) =>
        [
          { comments: some<Comment>({ likes: gte(n) }) },
          (post: PlainPost) => post.likes.some((likes) => likes >= n),
        ] as const,
    ),
    least.map(
      (n) =>
        [
          { comments: every<Comment>({ likes: gte(n) }) },
          (post: PlainPost) => post.likes.every((likes) => likes >= n),
        ] as const,
    ),
    fc.constant([{ editor: null }, (post: PlainPost) => post.editor === undefined] as const),
    fc.constant([{ editor: { country: 'PT' } }, (post: PlainPost) => post.editor === 'PT'] as const),
  );
  const ofUsers: fc.Arbitrary<Test> = fc.oneof(
    ofPosts.map(([where, is]): Test => [{ posts: some(where) }, ({ posts }) => posts.some(is)]),
    ofPosts.map(([where, is]): Test => [{ posts: every(where) }, ({ posts }) => posts.every(is)]),
    ofPosts.map(([where, is]): Test => [{ posts: none(where) }, ({ posts }) => !posts.some(is)]),
    ofPosts.map(([where, is]): Test => [not({ posts: some(where) }), ({ posts }) => !posts.some(is)]),
  );

  it('in conditions, and with limits for each owner', async () => {
    const db = await open({ models: blog });
    fc.assert(
      fc.property(world, ofUsers, fc.nat(3), (plan, [where, is], limit) => {
        db.execute('DELETE FROM comments; DELETE FROM posts; DELETE FROM users');
        const users = plan.users.map((from, at) => User.create({ name: `${at}`, country: from }));
        const plain: Plain[] = plan.users.map((from) => ({ country: from, posts: [] }));
        for (const { author, editor, likes } of plan.posts) {
          const [by, edits] = [author % users.length, editor === null ? null : editor % users.length];
          const post = Post.create({
            title: 'x',
            authorId: users[by]!.id,
            editorId: edits === null ? null : users[edits]!.id,
          });
          for (const each of likes) Comment.create({ body: 'x', postId: post.id, likes: each });
          plain[by]!.posts.push({ editor: edits === null ? undefined : plain[edits]!.country, likes });
        }
        const expected = users.filter((_, at) => is(plain[at]!)).map(({ id }) => id);
        expect(User.filter(where).orderBy('id').pluck('id')).toEqual(expected);

        const read = User.with({ posts: { orderBy: ['id', 'desc'], limit } })
          .orderBy('id')
          .all();
        const all = Post.query().orderBy(['id', 'desc']).all();
        expect(read.map(({ posts }) => posts.map(({ id }) => id))).toEqual(
          users.map((user) =>
            all
              .filter(({ authorId }) => authorId === user.id)
              .slice(0, limit)
              .map(({ id }) => id),
          ),
        );
      }),
      { numRuns },
    );
  });
});
