import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  hasMany,
  hasOne,
  id,
  integer,
  InvalidValueError,
  manyToMany,
  MissingFieldError,
  QueryError,
  relate,
  sql,
  text,
  UndefinedConditionError,
  UniqueViolation,
  UnknownFieldError,
  type Database,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Comment, Post as BlogPost, Profile, User } from './blog.js';
import { Cup, Friendship, Person, Post, Tag, Team } from './tags.js';

/** The first words of statements. */
const kinds = (statements: readonly string[]): string[] => statements.map((each) => each.split(' ')[0]!);

describe.each(drivers)('the query behind a relation on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: blog });
    const [ann, bob] = ['Ann', 'Bob'].map((name) => User.create({ name }));
    for (const [title, author] of [
      ['a1', ann],
      ['b1', bob],
      ['a2', ann],
    ] as const) {
      BlogPost.create({ title, authorId: author!.id });
    }
    return { db, ann: ann!, bob: bob! };
  };

  it('is one like any other', async () => {
    const { db, ann } = await filled();
    const posts = ann.related('posts');
    const columns = '"id", "title", "author_id", "editor_id"';
    const statements = statementsOf(db, () => {
      expect(
        posts
          .orderBy(['id', 'desc'])
          .all()
          .map(({ title }) => title),
      ).toEqual(['a2', 'a1']);
      expect(posts.count()).toBe(2);
      expect(posts.filter({ title: 'b1' }).exists()).toBe(false);
      expect(posts.pluck('title')).toEqual(['a1', 'a2']);
      expect(posts.limit(1).first()!.title).toBe('a1');
      expect([...posts.iterate({ batch: 1 })]).toHaveLength(2);
      expect(posts.page({ size: 1, number: 2 }).rows).toHaveLength(1);
    });
    expect(statements.slice(0, 3)).toEqual([
      `SELECT ${columns} FROM "posts" WHERE "author_id" = ? ORDER BY "id" DESC`,
      'SELECT count(*) FROM "posts" WHERE "author_id" = ?',
      'SELECT 1 FROM "posts" WHERE "author_id" = ? AND "title" = ? LIMIT 1',
    ]);
    expect(posts.toSQL().parameters).toEqual([1]);
    expect(User.filter({ id: 1 }).count()).toBe(1);
  });

  it('updates and deletes its own rows only, without another condition', async () => {
    const { db, ann } = await filled();
    const statements = statementsOf(db, () => {
      expect(ann.related('posts').update({ title: 'x' })).toBe(2);
      expect(ann.related('posts').delete()).toBe(2);
    });
    expect(statements).toEqual([
      'UPDATE "posts" SET "title" = ? WHERE "author_id" = ?',
      'DELETE FROM "posts" WHERE "author_id" = ?',
    ]);
    expect(BlogPost.query().pluck('title')).toEqual(['b1']);
  });

  it('makes new rows with the key filled in, which the field then has', async () => {
    const { db, ann } = await filled();
    expect(ann.posts).toHaveLength(2);
    let made: BlogPost | undefined;
    expect(kinds(statementsOf(db, () => (made = ann.related('posts').create({ title: 'a3' }))))).toEqual(['INSERT']);
    expect(made).toBeInstanceOf(BlogPost);
    expect(made!.authorId).toBe(ann.id);
    expect(ann.posts.map(({ title }) => title)).toEqual(['a1', 'a2', 'a3']);
    const built = ann.related('posts').build({ title: 'a4' });
    expect([built.authorId, built.id]).toEqual([ann.id, undefined]);
    expect(ann.related('profile').create({ bio: 'x' }).userId).toBe(ann.id);
    expect(ann.profile!.bio).toBe('x');
    expect(() => ann.related('posts').create({ title: 'x', authorId: 2 })).toThrow(
      'Post.authorId is given another value than that of the instance that it is to belong to. Leave it out.',
    );
    expect(ann.related('posts').create({ title: 'x', authorId: 1 }).authorId).toBe(1);
    expect(() => ann.related('posts').create({} as never)).toThrow(MissingFieldError);
  });

  it('is there for relations to one', async () => {
    const { db, ann } = await filled();
    const post = BlogPost.findById(1)!;
    expect(statementsOf(db, () => expect(post.related('author').one().name).toBe('Ann'))).toEqual([
      'SELECT "id", "name", "country" FROM "users" WHERE "id" = ? LIMIT 2',
    ]);
    expect(post.related('author').update({ country: 'x' })).toBe(1);
    post.authorId = 2;
    expect(post.related('author').one().name).toBe('Bob');
    expect(statementsOf(db, () => expect(post.related('editor').all()).toEqual([]))).toEqual([]);
    expect(() => post.related('editor').delete()).toThrow('Post.editor is null here, so there is nothing to write.');
    expect(() => post.related('author').create({ name: 'x' })).toThrow(
      'Post.author makes no User of its own. Write User.create({ … }).',
    );
    expect(ann.related('profile').first()).toBeUndefined();
  });

  it('finds nothing for an instance that is not saved, without a statement, and does not write', async () => {
    const { db } = await filled();
    const user = User.build({ name: 'x' });
    const posts = user.related('posts');
    const statements = statementsOf(db, () => {
      expect(posts.all()).toEqual([]);
      expect(posts.filter({ title: 'x' }).first()).toBeUndefined();
      expect([posts.count(), posts.exists(), posts.pluck('title')]).toEqual([0, false, []]);
      expect([...posts.iterate()]).toEqual([]);
      expect(posts.page({ size: 2, number: 1 })).toEqual({ rows: [], number: 1, size: 2, total: 0, pages: 0 });
      expect(() => posts.one()).toThrow('No Post matches.');
      const error = new QueryError('This User is not saved, so User.posts cannot be written.', 'Save it first.');
      for (const write of [
        () => posts.delete(),
        () => posts.update({ title: 'x' }),
        () => posts.filter({ id: 1 }).delete(),
        () => posts.returning().delete(),
        () => posts.create({ title: 'x' }),
        () => posts.build({ title: 'x' }),
      ]) {
        expect(write).toThrow(error);
      }
    });
    expect(statements).toEqual([]);
    expect(posts.toSQL().sql).toContain('WHERE 0');
    expect(BlogPost.filter({ id: 1 }).count()).toBe(1);
    user.save();
    user.delete();
    expect(() => user.related('posts').delete()).toThrow('This User was deleted, so User.posts cannot be written.');
  });

  it('is asked for by the name of a relation', async () => {
    const { ann } = await filled();
    expect(() => ann.related('pots' as never)).toThrow(UnknownFieldError);
    expect(() => ann.related('name' as never)).toThrow('User.name is a column');
    expect(() => ann.related('posts').attach(1)).toThrow(
      'User.posts links no rows, so that there is nothing to attach. That is for relations by @manyToMany.',
    );
  });
});

describe.each(drivers)('links on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: [Post, Tag] });
    const post = Post.create({ title: 'a' });
    const other = Post.create({ title: 'b' });
    const tags = ['x', 'y', 'z'].map((name) => Tag.create({ name }));
    other.related('tags').attach(tags);
    return { db, post, other, tags };
  };
  const linksOf = (db: Database, post: Post) =>
    db
      .all<{ tags_id: number }>(sql`SELECT tags_id FROM posts_tags WHERE posts_id = ${post.id} ORDER BY 1`)
      .map((row) => row.tags_id);

  it('are made by one statement, and not twice', async () => {
    const { db, post, tags } = await filled();
    expect(post.tags).toEqual([]);
    expect(statementsOf(db, () => expect(post.related('tags').attach([tags[0]!, 2, tags[0]!])).toBe(2))).toEqual([
      'INSERT INTO "posts_tags" ("posts_id", "tags_id") VALUES (?, ?), (?, ?) ON CONFLICT ("posts_id", "tags_id") DO NOTHING',
    ]);
    expect(post.tags.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(statementsOf(db, () => expect(post.related('tags').attach(tags)).toBe(1))).toHaveLength(1);
    expect(post.related('tags').attach(1)).toBe(0);
    expect(statementsOf(db, () => expect(post.related('tags').attach([])).toBe(0))).toEqual([]);
    expect(linksOf(db, post)).toEqual([1, 2, 3]);
    expect(tags[0]!.posts.map(({ title }) => title)).toEqual(['a', 'b']);
  });

  it('of more rows than fit into a statement are made in one transaction', async () => {
    const { db, post } = await filled();
    db.run(
      sql`WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 16000) INSERT INTO tags (id, name) SELECT i, i FROM n`,
    );
    post.related('tags').attach([7, 8]);
    const all = Tag.query().pluck('id');
    const statements = statementsOf(db, () => expect(post.related('tags').attach(all)).toBe(15_998));
    expect(kinds(statements)).toEqual(['BEGIN', 'SELECT', 'INSERT', 'INSERT', 'COMMIT']);
    expect(post.related('tags').count()).toBe(16_000);
    expect(statementsOf(db, () => expect(post.related('tags').detach(all)).toBe(16_000))).toHaveLength(1);
  });

  it('are deleted: some, or all of one instance', async () => {
    const { db, post, other, tags } = await filled();
    post.related('tags').attach(tags);
    expect(other.tags).toHaveLength(3);
    expect(statementsOf(db, () => expect(other.related('tags').detach([1, tags[1]!])).toBe(2))).toEqual([
      'DELETE FROM "posts_tags" WHERE "posts_id" = ? AND "tags_id" IN (SELECT "value" FROM json_each(?)) RETURNING "tags_id"',
    ]);
    expect(other.tags.map(({ name }) => name)).toEqual(['z']);
    expect(statementsOf(db, () => expect(other.related('tags').detach([])).toBe(0))).toEqual([]);
    expect(() => other.related('tags').detach(undefined)).toThrow(UndefinedConditionError);
    expect(other.related('tags').detach()).toBe(1);
    expect([linksOf(db, post), linksOf(db, other), Tag.count()]).toEqual([[1, 2, 3], [], 3]);
  });

  it('are made to be these, by the difference, in one transaction', async () => {
    const { db, post, tags } = await filled();
    const linked = post.related('tags');
    const sync = (wanted: Parameters<typeof linked.sync>[0], changed: object, statements: readonly string[]) => {
      const ran = statementsOf(db, () => expect(linked.sync(wanted)).toEqual({ updated: [], ...changed }));
      expect(kinds(ran)).toEqual(['BEGIN', ...statements, 'COMMIT']);
    };
    sync([1, tags[1]!], { attached: [1, 2], detached: [] }, ['SELECT', 'INSERT']);
    expect(post.tags).toHaveLength(2);
    sync([2, 3], { attached: [3], detached: [1] }, ['SELECT', 'DELETE', 'INSERT']);
    expect(post.tags.map((tag) => tag.id)).toEqual([2, 3]);
    sync([3, 2], { attached: [], detached: [] }, ['SELECT']);
    sync(tags[2]!, { attached: [], detached: [2] }, ['SELECT', 'DELETE']);
    sync([], { attached: [], detached: [3] }, ['SELECT', 'DELETE']);
    expect(() => linked.sync(undefined as never)).toThrow(UndefinedConditionError);
    sync(1, { attached: [1], detached: [] }, ['SELECT', 'INSERT']);
    expect(() => linked.sync([2, 99])).toThrow('A foreign key fails');
    expect(linksOf(db, post)).toEqual([1]);
  });

  it('are toggled', async () => {
    const { db, post } = await filled();
    post.related('tags').attach([1, 2]);
    const statements = statementsOf(db, () =>
      expect(post.related('tags').toggle([2, 3])).toEqual({ attached: [3], detached: [2] }),
    );
    expect(kinds(statements)).toEqual(['BEGIN', 'DELETE', 'INSERT', 'COMMIT']);
    expect(linksOf(db, post)).toEqual([1, 3]);
    expect(statementsOf(db, () => post.related('tags').toggle([]))).toEqual([]);
  });

  it('come with new rows', async () => {
    const { db, post } = await filled();
    let tag: Tag | undefined;
    const statements = statementsOf(db, () => (tag = post.related('tags').create({ name: 'new' })));
    expect(kinds(statements)).toEqual(['BEGIN', 'INSERT', 'INSERT', 'COMMIT']);
    expect(post.tags.map(({ name }) => name)).toEqual(['new']);
    expect(tag!.posts.map(({ title }) => title)).toEqual(['a']);
  });

  it('are part of the query behind the relation', async () => {
    const { db, other } = await filled();
    const statements = statementsOf(db, () => {
      expect(other.related('tags').filter({ name: 'X' }).count()).toBe(1);
      expect(other.related('tags').update({ name: 'n' })).toBe(3);
      expect(other.related('tags').filter({ id: 1 }).delete()).toBe(1);
    });
    const among = '"id" IN (SELECT "posts_tags"."tags_id" FROM "posts_tags" WHERE "posts_tags"."posts_id" = ?)';
    expect(statements).toEqual([
      `SELECT count(*) FROM "tags" WHERE ${among} AND "name" = ?`,
      `UPDATE "tags" SET "name" = ? WHERE ${among}`,
      `DELETE FROM "tags" WHERE ${among} AND "id" = ?`,
    ]);
  });

  it('are undone with the transaction, and the field tells so', async () => {
    const { db, post } = await filled();
    expect(() =>
      db.transaction(() => {
        post.related('tags').attach([1, 2]);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(post.tags).toEqual([]);
  });

  it('are refused where they cannot be meant', async () => {
    const { post } = await filled();
    const linked = post.related('tags');
    expect(() => linked.attach(undefined as never)).toThrow(UndefinedConditionError);
    expect(() => linked.attach([1, undefined] as never)).toThrow(
      'Post.tags was given undefined. Give instances of Tag, or keys.',
    );
    expect(() => linked.attach(post as never)).toThrow('Post.tags was given an instance of Post. It leads to Tag.');
    expect(() => linked.attach(Tag.build({ name: 'x' }))).toThrow(
      'Post.tags was given an instance that has no key yet.',
    );
    expect(() => linked.attach('x' as never)).toThrow(InvalidValueError);
    expect(() => linked.attach(1, { note: 'x' })).toThrow(UnknownFieldError);
    const unsaved = Post.build({ title: 'x' }).related('tags');
    for (const write of [
      () => unsaved.attach(1),
      () => unsaved.detach(),
      () => unsaved.sync([]),
      () => unsaved.toggle(1),
    ]) {
      expect(write).toThrow('This Post is not saved, so Post.tags cannot be written. Save it first.');
    }
    expect(unsaved.all()).toEqual([]);
  });
});

describe.each(drivers)('columns of a join model on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: [Person, Friendship] });
    const [ann, bob, eve] = ['Ann', 'Bob', 'Eve'].map((name) => Person.create({ name }));
    return { db, ann: ann!, bob: bob!, eve: eve! };
  };

  it('are written with new links, and to those that are there where they differ', async () => {
    const { db, ann, bob, eve } = await filled();
    const friends = ann.related('friends');
    const statements = statementsOf(db, () => {
      expect(friends.attach<Friendship>(bob, { closeness: 1, note: null })).toBe(1);
      expect(friends.attach<Friendship>([bob, eve], { closeness: 2 })).toBe(2);
      expect(friends.attach([bob, eve], { closeness: 2 })).toBe(0);
      expect(friends.attach([bob, eve])).toBe(0);
    });
    expect(statements).toHaveLength(4);
    expect(statements[0]).toBe(
      'INSERT INTO "friendships" ("person_id", "friend_id", "closeness", "note", "created_at", "updated_at") ' +
        'VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT ("person_id", "friend_id") DO UPDATE SET "closeness" = excluded."closeness", ' +
        '"note" = excluded."note", "updated_at" = excluded."updated_at" ' +
        'WHERE "friendships"."closeness" IS NOT excluded."closeness" OR "friendships"."note" IS NOT excluded."note"',
    );
    const rows = Friendship.query().orderBy('id').all();
    expect(rows.map(({ friendId, closeness, note }) => [friendId, closeness, note])).toEqual([
      [2, 2, null],
      [3, 2, null],
    ]);
    expect(rows[0]!.createdAt).toBeInstanceOf(Date);
  });

  it('are written by sync where they differ', async () => {
    const { db, ann, bob, eve } = await filled();
    const friends = ann.related('friends');
    friends.attach([bob, eve], { closeness: 1 });
    Friendship.filter({ friendId: eve.id }).update({ closeness: 5 });
    const statements = statementsOf(db, () =>
      expect(friends.sync([bob, eve, ann], { closeness: 5 })).toEqual({ attached: [1], detached: [], updated: [2] }),
    );
    expect(kinds(statements)).toEqual(['BEGIN', 'SELECT', 'INSERT', 'UPDATE', 'COMMIT']);
    expect(Friendship.query().pluck('closeness')).toEqual([5, 5, 5]);
  });

  it('are checked', async () => {
    const { ann, bob } = await filled();
    const friends = ann.related('friends');
    expect(() => friends.attach(bob, { closness: 1 })).toThrow(
      'Friendship has no field "closness". Did you mean "closeness"?',
    );
    expect(() => friends.attach(bob, { closeness: 'x' })).toThrow(InvalidValueError);
    expect(() => friends.attach(bob, { personId: 3 })).toThrow(
      'Person.friends says itself what Friendship.personId is.',
    );
    expect(Friendship.count()).toBe(0);
  });

  it('that are unique are not taken for the link itself', async () => {
    class Seat extends defineModel(
      'seats',
      { personId: integer(), placeId: integer(), position: integer({ unique: true }) },
      { primaryKey: ['placeId', 'personId'] },
    ) {
      declare person: Person;
      declare place: Place;
      static {
        relate(Seat, { person: belongsTo(() => Person, 'personId'), place: belongsTo(() => Place, 'placeId') });
      }
    }
    class Place extends defineModel('places', { id: id(), name: text() }) {
      declare people: Person[];
      declare seats: Seat[];
      declare firstSeat: Seat | null;
      static {
        relate(Place, {
          people: manyToMany(() => Person, { through: () => Seat }),
          seats: hasMany(() => Seat, 'placeId'),
          firstSeat: hasOne(() => Seat, 'placeId'),
        });
      }
    }
    const db = await open({ models: [Place, Person] });
    const place = Place.create({ name: 'x' });
    const people = ['Ann', 'Bob'].map((name) => Person.create({ name }));
    place.related('people').attach(people[0]!, { position: 1 });
    expect(() => place.related('people').attach(people[1]!, { position: 1 })).toThrow(UniqueViolation);
    expect(() => place.related('people').attach(people[1]!)).toThrow(MissingFieldError);
    expect(place.related('people').pluck('name')).toEqual(['Ann']);
    expect(db.isOpen).toBe(true);
  });
});

describe.each(drivers)('links of composite keys on $name', ({ open }) => {
  it('are made, read, limited and deleted', async () => {
    const db = await open({ models: [Team, Cup] });
    const teams = [1, 2].map((number) => Team.create({ country: 'de', number }));
    const cups = [2001, 2002].map((year) => Cup.create({ name: 'c', year }));
    expect(teams[0]!.related('cups').attach([cups[0]!, { name: 'c', year: 2002 }])).toBe(2);
    expect(cups[1]!.related('teams').attach(teams[1]!)).toBe(1);
    let read: Team[] = [];
    expect(statementsOf(db, () => (read = Team.with('cups.teams').all()))).toHaveLength(5);
    expect(read.map((team) => team.cups.map(({ year }) => year))).toEqual([[2001, 2002], [2002]]);
    expect(read[1]!.cups[0]!.teams.map(({ number }) => number)).toEqual([1, 2]);
    expect(
      Team.with({ cups: { orderBy: ['year', 'desc'], limit: 1 } })
        .all()
        .map((team) => team.cups.map(({ year }) => year)),
    ).toEqual([[2002], [2002]]);
    expect(teams[0]!.related('cups').orderBy('year').pluck('year')).toEqual([2001, 2002]);
    expect(teams[0]!.related('cups').sync(cups[1]!)).toEqual({
      attached: [],
      detached: [{ name: 'c', year: 2001 }],
      updated: [],
    });
    expect(() => teams[0]!.related('cups').attach('c')).toThrow(
      'The primary key of Cup is name, year. Give Team.cups objects of these: { name, year }.',
    );
    expect(() => teams[0]!.related('cups').attach({ name: 'c' })).toThrow(
      'Team.cups was given an object without year.',
    );
  });
});

describe.each(drivers)('unsaved changes on $name', ({ open }) => {
  it('are no matter of what an instance leads to', async () => {
    await open({ models: blog });
    const user = User.create({ name: 'Ann' });
    const post = user.related('posts').create({ title: 'x' });
    user.id = 7;
    expect(user.related('posts').count()).toBe(1);
    expect(user.related('posts').build({ title: 'y' }).authorId).toBe(1);
    expect(post.related('comments').create({ body: 'x' }).postId).toBe(post.id);
    expect([Comment.count(), Profile.count()]).toEqual([1, 0]);
  });
});
