import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  hasMany,
  id,
  integer,
  InvalidValueError,
  Model,
  oneOf,
  table,
  text,
  UnknownFieldError,
  UnloadedRelationError,
  uuid,
  type Generated,
} from 'litemodel';
import { dialects, run } from '../dialects/compile.js';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Category, Comment, Post, Profile, User } from './blog.js';

/** Three users, of whom two wrote posts, and comments on these. */
function fill(): void {
  const [ann, bob] = ['Ann', 'Bob', 'Eve'].map((name) => User.create({ name }));
  Profile.create({ userId: ann!.id, bio: 'x' });
  for (const [title, author, editorId] of [
    ['a1', ann, bob!.id],
    ['b1', bob, null],
    ['a2', ann, null],
    ['a3', ann, ann!.id],
  ] as const) {
    const post = Post.create({ title, authorId: author!.id, editorId });
    for (const body of ['x', 'y']) Comment.create({ body: `${title} ${body}`, postId: post.id });
  }
}

const titles = (posts: readonly Post[]): string => posts.map(({ title }) => title).join(' ');

describe.each(drivers)('reading along on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: blog });
    fill();
    return db;
  };

  it('takes one statement for each relation and level, whatever the number of rows', async () => {
    const db = await filled();
    let users: User[] = [];
    const statements = statementsOf(db, () => {
      users = User.with('posts', 'posts.comments', 'profile').orderBy('id').all();
    });
    expect(statements).toEqual([
      'SELECT "id", "name", "country" FROM "users" ORDER BY "id"',
      'SELECT "id", "title", "author_id", "editor_id" FROM "posts" WHERE "author_id" IN (SELECT "value" FROM json_each(?))',
      'SELECT "id", "body", "post_id", "likes" FROM "comments" WHERE "post_id" IN (SELECT "value" FROM json_each(?))',
      'SELECT "id", "user_id", "bio" FROM "profiles" WHERE "user_id" IN (SELECT "value" FROM json_each(?)) ORDER BY "id"',
    ]);
    const read = statementsOf(db, () => {
      expect(users.map(({ posts }) => titles(posts))).toEqual(['a1 a2 a3', 'b1', '']);
      expect(users[0]!.posts[1]!.comments.map(({ body }) => body)).toEqual(['a2 x', 'a2 y']);
      expect(users.map(({ profile }) => profile?.bio ?? null)).toEqual(['x', null, null]);
    });
    expect(read).toEqual([]);
  });

  it('takes none where nothing was found, or nothing is referred to', async () => {
    const db = await filled();
    expect(statementsOf(db, () => User.filter({ name: 'Zoe' }).with('posts', 'posts.comments').all())).toHaveLength(1);
    const [post] = [Post.filter({ title: 'b1' }).with('editor').one()];
    expect(statementsOf(db, () => Post.filter({ title: 'b1' }).with('editor').all())).toHaveLength(1);
    expect(post.editor).toBeNull();
    expect(statementsOf(db, () => User.filter({ name: 'Eve' }).with('posts', 'posts.comments').all())).toHaveLength(2);
  });

  it('gives one object for one row', async () => {
    await filled();
    const posts = Post.with('author', 'editor').orderBy('id').all();
    expect(posts[0]!.author).toBe(posts[2]!.author);
    expect(posts.map(({ author }) => author.name)).toEqual(['Ann', 'Bob', 'Ann', 'Ann']);
    expect(posts.map(({ editor }) => editor?.name)).toEqual(['Bob', undefined, undefined, 'Ann']);
  });

  it('narrows, orders and limits for each owner, in one statement', async () => {
    const db = await filled();
    let users: User[] = [];
    const statements = statementsOf(db, () => {
      users = User.with({ posts: { orderBy: ['title', 'desc'], limit: 2, with: 'comments' } }).all();
    });
    expect(statements.slice(1)).toEqual([
      'SELECT "id", "title", "author_id", "editor_id" FROM (SELECT "id" AS "id", "title" AS "title", ' +
        '"author_id" AS "author_id", "editor_id" AS "editor_id", row_number() OVER (PARTITION BY "author_id" ORDER BY "title" DESC, "id") AS "litemodel_place" FROM "posts" ' +
        'WHERE "author_id" IN (SELECT "value" FROM json_each(?))) WHERE "litemodel_place" <= 2 ORDER BY "litemodel_place"',
      expect.stringContaining('FROM "comments"'),
    ]);
    expect(users.map(({ posts }) => titles(posts))).toEqual(['a3 a2', 'b1', '']);
    expect(users[0]!.posts[0]!.comments).toHaveLength(2);

    const some = User.with({
      posts: { filter: { title: oneOf(['a1', 'b1', 'a3']) }, orderBy: [['title', 'desc'], 'id'] },
    });
    expect(some.all().map(({ posts }) => titles(posts))).toEqual(['a3 a1', 'b1', '']);
    expect(User.with({ posts: { limit: 0 } }).first()!.posts).toEqual([]);
    expect(User.with({ posts: true }).with('posts.author').first()!.posts[0]!.author.name).toBe('Ann');
  });

  it('works with first, one, pages, batches, returned rows, distinct ones and SQL of the user', async () => {
    await filled();
    expect(titles(User.with('posts').orderBy('id').first()!.posts)).toBe('a1 a2 a3');
    expect(titles(User.filter({ name: 'Bob' }).with('posts').one().posts)).toBe('b1');
    expect(
      User.with('posts')
        .page({ size: 2, number: 1 })
        .rows.map(({ posts }) => posts.length),
    ).toEqual([3, 1]);
    const page = User.with('posts').page({ size: 2 });
    expect(User.with('posts').strictLoading().page({ size: 2, after: page.next }).rows[0]!.posts).toEqual([]);
    const batches = [...User.with('posts').strictLoading().iterate({ batch: 2 })];
    expect(batches.map(({ posts }) => posts.length)).toEqual([3, 1, 0]);
    expect(User.with('posts').strictLoading().distinct().all()[0]!.posts).toHaveLength(3);
  });

  it('follows a relation of a model to itself', async () => {
    const db = await filled();
    const root = Category.create({ name: 'root' });
    const child = Category.create({ name: 'child', parentId: root.id });
    Category.create({ name: 'leaf', parentId: child.id });
    let found: Category | undefined;
    expect(
      statementsOf(db, () => (found = Category.filter({ name: 'root' }).with('children.children.parent').one())),
    ).toHaveLength(4);
    expect(found!.children[0]!.children[0]!.parent!.name).toBe('child');
    expect(found!.parent).toBeNull();
  });

  it('refuses what is no relation', async () => {
    await filled();
    expect(() => User.with('pots' as never)).toThrow(UnknownFieldError);
    expect(() => User.with('pots' as never)).toThrow('User has no field "pots". Did you mean "posts"?');
    expect(() => User.with('posts.coments' as never)).toThrow('Post has no field "coments". Did you mean "comments"?');
    expect(() => User.with('name' as never)).toThrow(
      'User.name is a column, and always loaded. Only relations are named in with(…).',
    );
    expect(() => User.with({ posts: { where: {} } as never })).toThrow(
      'with has no option "where" for User.posts. There are filter, orderBy, limit, withDeleted, with.',
    );
    expect(() => User.with({ posts: 3 as never })).toThrow('with takes true or an object for User.posts.');
    expect(() => User.with(3 as never)).toThrow('with takes names of relations, or an object of them.');
    expect(() => User.with({ posts: { filter: { title: undefined as never } } })).toThrow('is undefined');
  });
});

describe.each(drivers)('a relation that is touched on $name', ({ open }) => {
  it('is loaded then, for all that were read together', async () => {
    const db = await open({ models: blog });
    const names = Array.from({ length: 1000 }, (_, index) => `user ${index}`);
    db.transaction(() => {
      for (const name of names) Post.create({ title: name, authorId: User.create({ name }).id });
    });
    const statements = statementsOf(db, () => {
      for (const user of User.all()) expect(titles(user.posts)).toBe(user.name);
    });
    expect(statements).toHaveLength(2);
    const nested = statementsOf(db, () => {
      for (const user of User.all()) for (const post of user.posts) expect(post.author.name).toBe(user.name);
    });
    expect(nested).toHaveLength(3);
  });

  it('is what was written, until it is read anew', async () => {
    const db = await open({ models: blog });
    fill();
    const user = User.findById(1)!;
    expect(titles(user.posts)).toBe('a1 a2 a3');
    Post.create({ title: 'a4', authorId: 1 });
    expect(statementsOf(db, () => expect(titles(user.posts)).toBe('a1 a2 a3'))).toEqual([]);
    expect(titles(user.reload().posts)).toBe('a1 a2 a3 a4');
  });

  it('is loaded whatever nonsense a sibling holds, which only that one hears of', async () => {
    const db = await open({ models: blog });
    fill();
    const [first, second, third] = Post.query().orderBy('id').all() as [Post, Post, Post];
    second.authorId = 'Bob' as never;
    third.authorId = 3; // another one than is stored
    expect(first.author.name).toBe('Ann');
    expect(statementsOf(db, () => expect(third.author.name).toBe('Eve'))).toEqual([]);
    expect(() => second.author).toThrow(InvalidValueError);
    second.authorId = 2;
    expect(second.author.name).toBe('Bob');
  });

  it('is loaded whatever has been put into the array of those that were read together', async () => {
    const db = await open({ models: blog });
    fill();
    const posts = Post.query().orderBy('id').all();
    const [first, , third] = posts as [Post, Post, Post];
    (posts as unknown[]).push(null, undefined, 'Ann', {}, Post.build({ title: 'x' }), User.findById(1));
    posts[1] = undefined as never;
    expect(
      statementsOf(db, () => expect([first, third].map(({ author }) => author.name)).toEqual(['Ann', 'Ann'])),
    ).toHaveLength(1);
  });

  it('is loaded of one that was taken out of the array, too', async () => {
    const db = await open({ models: blog });
    fill();
    const posts = Post.query().orderBy('id').all();
    const last = posts.pop()!;
    expect(statementsOf(db, () => expect(last.author.name).toBe('Ann'))).toHaveLength(1);
    expect(statementsOf(db, () => expect(posts[1]!.author.name).toBe('Bob'))).toHaveLength(1);
  });

  it('is refused with an instance whose insert was undone, for another row may have its key', async () => {
    const db = await open({ models: blog });
    const undone = (before?: (user: User) => void): User => {
      let user: User | undefined;
      expect(() =>
        db.transaction(() => {
          user = User.create({ name: 'Undone' });
          before?.(user);
          throw new Error('undo');
        }),
      ).toThrow('undo');
      const other = User.create({ name: 'Other' });
      Post.create({ title: 'x', authorId: other.id });
      return user!;
    };
    expect(() => Post.filter({ author: undone() }).all()).toThrow('compared with an instance that has no key yet');
    const post = new Post();
    post.title = 'mine';
    const message = 'Post.author was assigned an instance that has no key yet.';
    post.author = undone();
    expect(() => post.save()).toThrow(message);
    const user = undone((each) => (post.author = each));
    expect(() => post.save()).toThrow(message);
    user.save();
    post.author = user;
    post.save();
    expect(Post.findById(post.id)!.author.name).toBe('Undone');
  });

  it.each([['a new row'], ['a stored row']])('of %s follows an instance whose insert was undone', async (what) => {
    const db = await open({ models: blog });
    fill();
    const post = what === 'a stored row' ? Post.findById(1)! : Post.build({ title: 'mine', authorId: 1 });
    let user: User | undefined;
    expect(() =>
      db.transaction(() => {
        user = User.create({ name: 'Undone' });
        post.author = user;
        post.save();
        throw new Error('undo');
      }),
    ).toThrow('undo');
    const other = User.create({ name: 'Has the key now' });
    expect(statementsOf(db, () => expect(() => post.save()).toThrow('an instance that has no key yet'))).toEqual([]);
    user!.save();
    expect(user!.id).not.toBe(other.id);
    post.save();
    expect(post.author).toBe(user);
    expect(Post.findById(post.id)!.author.name).toBe('Undone');
    post.authorId = other.id; // what it is given by key is left alone
    post.save();
    expect(Post.findById(post.id)!.author.name).toBe('Has the key now');
  });

  it('is empty once the row was deleted, until that is undone', async () => {
    const db = await open({ models: blog });
    fill();
    const post = Post.findById(1)!;
    expect(() =>
      db.transaction(() => {
        Comment.filter({ postId: 1 }).delete();
        post.delete();
        expect(post.comments).toEqual([]);
        throw new Error('undo');
      }),
    ).toThrow('undo');
    expect(post.comments).toHaveLength(2);
  });

  it('follows the columns that it goes by', async () => {
    await open({ models: blog });
    fill();
    const post = Post.findById(1)!;
    expect(post.author.name).toBe('Ann');
    post.authorId = 2;
    expect(post.author.name).toBe('Bob');
    post.editorId = null;
    expect(post.editor).toBeNull();
    post.editor = User.findById(3)!;
    expect([post.editorId, post.editor.name]).toEqual([3, 'Eve']);
    post.save();
    expect(Post.findById(1)!.editor!.name).toBe('Eve');
    post.editor = null;
    expect(post.editorId).toBeNull();
    expect(() => (post.author = null as never)).toThrow('Post.author cannot be null. Assign an instance.');
    expect(() => (post.author = User.build({ name: 'x' }))).toThrow(
      'Post.author was assigned an instance that has no key yet. Save it first.',
    );
  });

  it('of an instance that is not saved is empty, without a statement', async () => {
    const db = await open({ models: blog });
    const statements = statementsOf(db, () => {
      const user = User.build({ name: 'x' });
      expect(user.posts).toEqual([]);
      expect(user.posts).toBe(user.posts); // what is pushed stays
      expect(user.profile).toBeNull();
    });
    expect(statements).toEqual([]);
    const post = new Post();
    post.title = 'x';
    post.author = User.create({ name: 'Ann' });
    post.save();
    expect([post.authorId, post.author.name]).toEqual([1, 'Ann']);
    expect(post.comments).toEqual([]);
    post.delete();
    expect(post.editor).toBeNull();
  });

  it('is no column: it is neither written, nor in JSON, nor a change', async () => {
    const db = await open({ models: blog });
    fill();
    const user = User.with('posts').first()!;
    expect(user.toJSON()).toEqual({ id: 1, name: 'Ann', country: null });
    expect(statementsOf(db, () => user.save())).toEqual([]);
    user.posts = [];
    expect(statementsOf(db, () => user.save())).toEqual([]);
    expect(Post.count()).toBe(4);
    user.name = 'Anna';
    expect(statementsOf(db, () => user.save())).toEqual(['UPDATE "users" SET "name" = ? WHERE "id" = ?']);
    expect(() => User.create({ name: 'x', posts: [] } as never)).toThrow('User.posts is a relation');
  });

  it('is loaded by name, with the siblings', async () => {
    const db = await open({ models: blog });
    fill();
    const users = User.all();
    expect(
      statementsOf(db, () => {
        for (const user of users) user.load('posts', 'posts.comments');
      }),
    ).toHaveLength(2);
    const [first] = User.with('posts').all();
    expect(statementsOf(db, () => first!.load('posts.comments'))).toHaveLength(1);
    expect(first!.posts[0]!.comments).toHaveLength(2);
    expect(() => users[0]!.load({ posts: true } as never)).toThrow('load takes names of relations.');
  });
});

describe.each(drivers)('strict loading on $name', ({ open }) => {
  const message =
    "User.posts is not loaded. Read it along, User.with('posts'), or load it: await instance.async.load('posts').";

  it('makes touching an error, for a database or a query', async () => {
    const db = await open({ models: blog, strictLoading: true });
    fill();
    const [user] = User.all();
    expect(statementsOf(db, () => expect(() => user!.posts).toThrow(UnloadedRelationError))).toEqual([]);
    expect(() => user!.posts).toThrow(message);
    expect(User.with('posts').first()!.posts).toHaveLength(3);
    expect(user!.load('posts').posts).toHaveLength(3);
    expect(() => user!.reload().posts).toThrow(message);
    expect(User.query().strictLoading(false).first()!.posts).toHaveLength(3);
    db.close();

    await open({ models: blog });
    fill();
    expect(() => User.query().strictLoading().first()!.posts).toThrow(message);
  });

  it('of a query reaches what it reads along', async () => {
    await open({ models: blog });
    fill();
    const [post] = User.with('posts').strictLoading().first()!.posts;
    expect(() => post!.comments).toThrow(UnloadedRelationError);
    const [touched] = User.with('posts').first()!.posts;
    expect(touched!.comments).toBeInstanceOf(Array);
  });

  it('is how the asynchronous face always is', async () => {
    const db = await open({ models: blog });
    fill();
    const users = await User.async().all();
    expect(() => users[0]!.posts).toThrow(message);
    const statements: string[] = [];
    const stop = db.onStatement(({ sql }) => statements.push(sql));
    for (const user of users) await user.async.load('posts', 'profile');
    stop();
    expect(statements).toHaveLength(2);
    expect(users.map(({ posts }) => posts.length)).toEqual([3, 1, 0]);
    const [read] = await User.async().with('posts.comments').all();
    expect(read!.posts[0]!.comments).toHaveLength(2);
  });
});

const program = (fields: string, options = '') => `
import { belongsTo, hasMany, id, integer, Model, table, text } from 'litemodel';
@table('users'${options}) export class User extends Model {
  ${fields}
}
@table('posts'${options}) export class Post extends Model {
  @id() id: number;
  @belongsTo(() => User, 'authorId') author: User;
  @integer() authorId: number;
  @text() title: string;
}`;
const columns = '@id() id: number; @text() name: string;';
const relation = "@hasMany(() => Post, 'authorId')";

describe.each(dialects)('relations compiled by $name', (compiler) => {
  it.each([
    ['that stand last', program(`${columns} ${relation} posts: Post[];`)],
    ['that stand first', program(`${relation} posts: Post[]; ${columns}`)],
    [
      'of instances that are not constructed',
      program(`${columns} ${relation} posts: Post[];`, ', { construct: false }'),
    ],
    ['as accessors', program(`${columns} ${relation} accessor posts: Post[];`)],
  ])('%s are read along and loaded when they are touched', async (_, text) => {
    const models = run(compiler, text) as { User: typeof User; Post: typeof Post };
    const db = await drivers[0]!.open({ models: [models.User, models.Post] });
    const ann = models.User.create({ name: 'Ann' });
    const post = models.Post.create({ title: 'x', authorId: ann.id });
    expect(post.author.name).toBe('Ann');
    expect(titles(models.User.findById(1)!.posts)).toBe('x');
    expect(statementsOf(db, () => expect(titles(models.User.with('posts').all()[0]!.posts)).toBe('x'))).toHaveLength(2);
    const [loaded] = models.Post.all();
    expect(loaded!.author.name).toBe('Ann');
    expect(Object.keys(loaded!).sort()).toEqual(['authorId', 'id', 'title']);
    const built = new models.Post();
    built.title = 'y';
    built.author = ann;
    built.save();
    expect(built.authorId).toBe(1);
  });
});

describe.each(drivers)('keys on $name', ({ open }) => {
  @table('authors')
  class Author extends Model {
    @text({ primaryKey: true, collate: 'NOCASE' }) name!: string;
    @hasMany(() => Book, 'author') books!: Book[];
  }
  @table('books')
  class Book extends Model {
    @uuid({ primaryKey: true }) id!: Generated<string>;
    @text() author!: string;
    @belongsTo(() => Author, 'author', { constraint: false }) writer!: Author;
  }
  @table('seats', { primaryKey: ['row', 'number'] })
  class Seat extends Model {
    @integer() row!: number;
    @text() number!: string;
    @hasMany(() => Ticket, ['row', 'number']) tickets!: Ticket[];
  }
  @table('tickets')
  class Ticket extends Model {
    @id() id!: Generated<number>;
    @integer() row!: number;
    @text() number!: string;
    @belongsTo(() => Seat, ['row', 'number']) seat!: Seat;
  }

  it('are the same where SQLite takes them for the same, in conditions and limits, too', async () => {
    await open({ models: [Book, Author] });
    const ann = Author.create({ name: 'Ann' });
    for (const author of ['Ann', 'ANN', 'ann']) Book.create({ author });
    expect(Book.filter({ writer: { name: 'Ann' } }).count()).toBe(3);
    expect(Book.filter({ writer: ann }).count()).toBe(3);
    expect(Author.with({ books: { limit: 2 } }).one().books).toHaveLength(2);
  });

  it('of several columns find each other in one statement', async () => {
    const db = await open({ models: [Ticket] });
    for (const number of ['1', '2', '1\0', '"']) Seat.create({ row: 1, number });
    for (const number of ['1', '2', '2', '"']) Ticket.create({ row: 1, number });
    let seats: Seat[] = [];
    const statements = statementsOf(
      db,
      () =>
        (seats = Seat.filter({ number: oneOf(['1', '2', '"']) })
          .with('tickets')
          .all()),
    );
    expect(statements[1]).toBe(
      `SELECT "id", "row", "number" FROM "tickets" WHERE ("row", "number") IN (SELECT json_extract("value", '$[0]'), ` +
        `json_extract("value", '$[1]') FROM json_each(?))`,
    );
    expect(seats.map(({ number, tickets }) => [number, tickets.length]).sort()).toEqual([
      ['"', 1],
      ['1', 1],
      ['2', 2],
    ]);
    expect(
      Seat.with('tickets')
        .all()
        .map(({ tickets }) => tickets.length)
        .sort(),
    ).toEqual([0, 1, 1, 2]);
    expect(
      Ticket.with('seat')
        .all()
        .map(({ seat }) => seat.number),
    ).toEqual(['1', '2', '2', '"']);
  });

  it('that compare without case do so here, too', async () => {
    await open({ models: [Author, Book] });
    Author.create({ name: 'Ann' });
    Book.create({ author: 'ANN' });
    Book.create({ author: 'ann' });
    expect(
      Book.with('writer')
        .all()
        .map(({ writer }) => writer.name),
    ).toEqual(['Ann', 'Ann']);
    expect(Author.with('books').all()[0]!.books).toHaveLength(2);
  });
});
