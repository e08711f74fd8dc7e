import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  DefinitionError,
  every,
  hasMany,
  hasManyThrough,
  hasOneThrough,
  id,
  integer,
  like,
  manyToMany,
  Model,
  none,
  relate,
  scope,
  some,
  table,
  text,
  type Generated,
} from 'litemodel';
import { dialects, run } from '../dialects/compile.js';
import { ddlOf } from '../dialects/ddl.js';
import { drivers, statementsOf } from '../open-database.js';

const shown = scope<Post>('shown', { hidden: 0 });

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Post, 'authorId') posts!: Post[];
  @hasManyThrough(() => Comment, 'posts.comments') comments!: Comment[];
  @hasManyThrough(() => Tag, 'posts.tags') tags!: Tag[];
  @hasManyThrough(() => User, 'comments.writer') readers!: User[];
}
@table('posts', { scopes: [shown] })
class Post extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ default: 0 }) hidden!: Generated<number>;
  @integer() authorId!: number;
  @belongsTo(() => User, 'authorId') author!: User;
  @hasMany(() => Comment, 'postId') comments!: Comment[];
  @manyToMany(() => Tag) tags!: Tag[];
}
@table('comments')
class Comment extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @integer({ nullable: true }) postId!: number | null;
  @integer() writerId!: number;
  @belongsTo(() => Post, 'postId', { nullable: true }) post!: Post | null;
  @belongsTo(() => User, 'writerId') writer!: User;
  @hasOneThrough(() => User, 'post.author') author!: User | null;
}
@table('tags')
class Tag extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @manyToMany(() => Post) posts!: Post[];
  @hasOneThrough(() => User, 'posts.author') firstAuthor!: User | null;
}

const models = [User, Post, Comment];

/** Ann wrote a1, a2 and a hidden a3, Bob b1; each post has a comment of each user, of Bob two. */
function fill(): void {
  const users = ['Ann', 'Bob', 'Eve'].map((name) => User.create({ name }));
  const tags = ['x', 'y'].map((name) => Tag.create({ name }));
  for (const [title, author, hidden] of [
    ['a1', 0, 0],
    ['a2', 0, 0],
    ['a3', 0, 1],
    ['b1', 1, 0],
  ] as const) {
    const post = Post.create({ title, authorId: users[author]!.id, hidden });
    post.related('tags').attach(title === 'a1' ? tags : tags[0]!);
    for (const writer of [users[0]!, users[1]!, users[1]!]) {
      post.related('comments').create({ body: `${title} ${writer.name}`, writerId: writer.id });
    }
  }
  Comment.create({ body: 'lost', writerId: 1 });
}

const bodies = (comments: readonly Comment[]): string => comments.map(({ body }) => body).join(', ');

describe.each(drivers)('relations through others on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models });
    fill();
    return db;
  };

  it('are read along with one statement for each table on the way', async () => {
    const db = await filled();
    let users: User[] = [];
    const statements = statementsOf(db, () => (users = User.with('comments').orderBy('id').all()));
    expect(statements).toEqual([
      'SELECT "id", "name" FROM "users" ORDER BY "id"',
      'SELECT "author_id", "id" FROM "posts" WHERE "author_id" IN (SELECT "value" FROM json_each(?)) AND "hidden" = ?',
      'SELECT "id", "body", "post_id", "writer_id" FROM "comments" WHERE "post_id" IN (SELECT "value" FROM json_each(?))',
    ]);
    expect(users.map(({ comments }) => bodies(comments))).toEqual([
      'a1 Ann, a1 Bob, a1 Bob, a2 Ann, a2 Bob, a2 Bob',
      'b1 Ann, b1 Bob, b1 Bob',
      '',
    ]);
    expect(statementsOf(db, () => User.filter({ name: 'Eve' }).with('comments').all())).toHaveLength(2);
  });

  it('lead to each row once, by whatever ways', async () => {
    const db = await filled();
    const users = User.with('tags', 'readers').orderBy('id').all();
    expect(users.map(({ tags }) => tags.map(({ name }) => name).join(''))).toEqual(['xy', 'x', '']);
    expect(users.map(({ readers }) => readers.map(({ name }) => name).join())).toEqual(['Ann,Bob', 'Ann,Bob', '']);
    const deep = statementsOf(db, () => User.with('readers.readers').all());
    expect(deep).toHaveLength(7);
    expect(users[0]!.related('readers').count()).toBe(2);
    expect(users[0]!.related('tags').orderBy(['name', 'desc']).pluck('name')).toEqual(['y', 'x']);
  });

  it('are narrowed, ordered and limited for each owner', async () => {
    await filled();
    const some = { filter: { body: like('%Ann') }, orderBy: ['id', 'desc'], limit: 1, with: 'post' } as const;
    const users = User.with({ comments: some }).orderBy('id').all();
    expect(users.map(({ comments }) => bodies(comments))).toEqual(['a2 Ann', 'b1 Ann', '']);
    expect(users[0]!.comments[0]!.post!.title).toBe('a2');
    const tagged = User.with({ tags: { orderBy: ['name', 'desc'], limit: 1 } })
      .orderBy('id')
      .all();
    expect(tagged.map(({ tags }) => tags.map(({ name }) => name).join(''))).toEqual(['y', 'x', '']);
    expect(User.with({ tags: { limit: 0 } }).first()!.tags).toEqual([]);
  });

  it('are narrowed, ordered and limited by what they lead to, where the rows between are of the same table', async () => {
    @table('staff')
    class Employee extends Model {
      @id() id!: Generated<number>;
      @text() name!: string;
      @integer({ nullable: true }) bossId!: number | null;
      @integer({ nullable: true }) mentorId!: number | null;
      @hasMany(() => Employee, 'bossId') reports!: Employee[];
      @belongsTo(() => Employee, 'mentorId', { nullable: true }) mentor!: Employee | null;
      @hasManyThrough(() => Employee, 'reports.mentor') mentors!: Employee[];
    }
    await open({ models: [Employee] });
    for (const name of ['Boss', 'Zoe', 'Amy']) Employee.create({ name });
    Employee.create({ name: 'a', bossId: 1, mentorId: 2 });
    Employee.create({ name: 'z', bossId: 1, mentorId: 3 });
    const mentors = (options: object) =>
      Employee.with({ mentors: { limit: 1, ...options } })
        .first()!
        .mentors.map(({ name }) => name);
    expect(mentors({ orderBy: 'name' })).toEqual(['Amy']);
    expect(mentors({ orderBy: ['name', 'desc'] })).toEqual(['Zoe']);
    expect(mentors({ filter: { name: 'Zoe' } })).toEqual(['Zoe']);
    expect(mentors({ filter: { name: 'a' } })).toEqual([]);
  });

  it('to one follow references, and their columns', async () => {
    const db = await filled();
    const comments = Comment.with('author').orderBy('id').all();
    expect(comments.at(-1)!.author).toBeNull();
    expect(comments.map(({ author }) => author?.name ?? '-').join('')).toBe('AnnAnnAnnAnnAnnAnn---BobBobBob-'); // a3 is hidden
    const comment = Comment.findById(1)!;
    expect(statementsOf(db, () => expect(comment.author!.name).toBe('Ann'))).toHaveLength(2);
    comment.postId = 4;
    expect(comment.author!.name).toBe('Bob');
    comment.postId = null;
    expect(statementsOf(db, () => expect(comment.author).toBeNull())).toEqual([]);
    expect(
      Tag.with('firstAuthor')
        .orderBy('id')
        .all()
        .map(({ firstAuthor }) => firstAuthor!.name),
    ).toEqual(['Ann', 'Ann']);
    expect(Tag.findById(1)!.related('firstAuthor').orderBy('id').pluck('name')).toEqual(['Ann', 'Bob']);
  });

  it('are loaded when they are touched, for all siblings', async () => {
    const db = await filled();
    const statements = statementsOf(db, () => User.all().map(({ comments, tags }) => [comments.length, tags.length]));
    expect(statements).toHaveLength(6);
    expect(statementsOf(db, () => expect(User.build({ name: 'x' }).comments).toEqual([]))).toEqual([]);
  });

  it('stand in conditions', async () => {
    const db = await filled();
    const names = (where: Parameters<typeof User.filter<User>>[0]) =>
      User.filter(where).orderBy('id').pluck('name').join();
    expect(statementsOf(db, () => expect(names({ comments: some({ body: 'a1 Bob' }) })).toBe('Ann'))).toEqual([
      'SELECT "name" FROM "users" WHERE EXISTS (SELECT 1 FROM "posts" WHERE "users"."id" = "posts"."author_id" ' +
        'AND "posts"."hidden" = ? AND EXISTS (SELECT 1 FROM "comments" WHERE "posts"."id" = "comments"."post_id" ' +
        'AND "comments"."body" = ?)) ORDER BY "id"',
    ]);
    expect(names({ comments: some({ body: like('a3%') }) })).toBe('');
    expect(names({ comments: none() })).toBe('Eve');
    expect(names({ comments: every({ body: like('b%') }) })).toBe('Bob,Eve');
    expect(names({ readers: some({ name: 'Bob' }), tags: some({ name: 'y' }) })).toBe('Ann');
    expect(Comment.filter({ author: { name: 'Bob' } }).count()).toBe(3);
    expect(Comment.filter({ author: User.findById(1)! }).count()).toBe(6);
    expect(Comment.filter({ author: null }).count()).toBe(4);
    expect(() => User.filter({ comments: every({ body: 'x' }) }).delete()).toThrow('no User.comments');
  });

  it('are queries of one instance, which make and link nothing', async () => {
    const db = await filled();
    const comments = User.findById(1)!.related('comments');
    const among =
      '"post_id" IN (SELECT "posts"."id" FROM "posts" WHERE "posts"."author_id" = ? AND "posts"."hidden" = ?)';
    expect(statementsOf(db, () => expect(comments.filter({ writerId: 2 }).count()).toBe(4))).toEqual([
      `SELECT count(*) FROM "comments" WHERE ${among} AND "writer_id" = ?`,
    ]);
    expect(() => comments.create({ body: 'x' })).toThrow(
      'User.comments makes no Comment of its own. Write Comment.create({ … }).',
    );
    expect(() => comments.attach(1)).toThrow('User.comments links no rows');
    expect(comments.filter({ writerId: 2 }).delete()).toBe(4);
    expect(Comment.count()).toBe(9);
    expect(User.build({ name: 'x' }).related('comments').all()).toEqual([]);
  });
});

describe.each(drivers)('a relation through others of the same model on $name', ({ open }) => {
  class Page extends defineModel('pages', { id: id(), parentId: integer({ nullable: true }) }) {
    declare parent: Page | null;
    declare children: Page[];
    declare siblings: Page[];
    declare grandparent: Page | null;
    static {
      relate(Page, {
        parent: belongsTo(() => Page, 'parentId', { nullable: true }),
        children: hasMany(() => Page, 'parentId'),
        siblings: hasManyThrough(() => Page, 'parent.children'),
        grandparent: hasOneThrough(() => Page, 'parent.parent'),
      });
    }
  }

  it('tells its tables apart', async () => {
    const db = await open({ models: [Page] });
    for (const parentId of [null, 1, 1, 2]) Page.create({ parentId });
    const ids = (pages: readonly Page[]) => pages.map((page) => page.id).join();
    const pages = Page.with('siblings', 'grandparent').orderBy('id').all();
    expect(pages.map(({ siblings }) => ids(siblings))).toEqual(['', '2,3', '2,3', '4']);
    expect(pages.map(({ grandparent }) => grandparent?.id)).toEqual([undefined, undefined, undefined, 1]);
    const statements = statementsOf(db, () => expect(ids(pages[1]!.related('siblings').all())).toBe('2,3'));
    expect(statements).toEqual([
      'SELECT "id", "parent_id" FROM "pages" WHERE "parent_id" IN (SELECT "pages_2"."id" FROM "pages" AS "pages_2" ' +
        'WHERE "pages_2"."id" = ?)',
    ]);
    expect(
      Page.filter({ siblings: some({ id: 3 }) })
        .orderBy('id')
        .pluck('id'),
    ).toEqual([2, 3]);
    expect(Page.filter({ grandparent: { id: 1 } }).pluck('id')).toEqual([4]);
    expect(pages[1]!.related('siblings').filter({ id: 3 }).delete()).toBe(1);
    expect(Page.count()).toBe(3);
  });
});

describe('a declaration of a relation through others', () => {
  const refused = (relations: object): string => {
    class Thing extends defineModel('things', { id: id(), postId: integer() }, { modelName: 'Thing' }) {
      static {
        relate(Thing, relations);
      }
    }
    try {
      ddlOf([Thing]);
    } catch (error) {
      expect(error).toBeInstanceOf(DefinitionError);
      return (error as Error).message;
    }
    throw new Error('It was not refused.');
  };

  it.each([
    [
      { users: hasManyThrough(() => User, 'post.author') },
      `Thing.users goes through "post", which is no relation of Thing. Name relations: 'posts.comments' goes through the posts to their comments.`,
    ],
    [
      { post: belongsTo(() => Post, 'postId'), users: hasManyThrough(() => User, 'post.writer') },
      `Thing.users goes through "writer", which is no relation of Post. Name relations: 'posts.comments' goes through the posts to their comments.`,
    ],
    [
      { post: belongsTo(() => Post, 'postId'), users: hasManyThrough(() => Comment, 'post.author') },
      'Thing.users goes by the path post.author, which leads to User and not to Comment. Name relations that end there.',
    ],
    [
      { users: hasManyThrough(() => User, 'users.posts') },
      'The path of Thing.users leads over itself. Name relations that lead elsewhere.',
    ],
  ])('is refused: %#', (relations, message) => {
    expect(refused(relations)).toBe(message);
  });

  it.each(dialects)('works compiled by $name', async (compiler) => {
    const made = run(
      compiler,
      `
import { belongsTo, hasMany, hasManyThrough, id, integer, Model, table } from 'litemodel';
@table('a') export class A extends Model {
  @id() id: number; @hasMany(() => B, 'aId') bs: B[]; @hasManyThrough(() => C, 'bs.cs') cs: C[];
}
@table('b') export class B extends Model { @id() id: number; @integer() aId: number; @hasMany(() => C, 'bId') cs: C[]; }
@table('c') export class C extends Model { @id() id: number; @integer() bId: number; }`,
    ) as Record<'A' | 'B' | 'C', { create(fields: object): { id: number; cs: object[] } }>;
    await drivers[0]!.open({ models: Object.values(made) as never });
    const a = made.A.create({});
    made.C.create({ bId: made.B.create({ aId: a.id }).id });
    expect(a.cs).toHaveLength(1);
  });
});
