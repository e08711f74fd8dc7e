import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  CyclicReferenceError,
  defineModel,
  hasMany,
  id,
  integer,
  MissingFieldError,
  Model,
  relate,
  sql,
  table,
  text,
  uuid,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Category, Comment, Post, User } from '../relations/blog.js';

@table('teams')
class Team extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @integer({ nullable: true }) captainId!: number | null;
  @belongsTo(() => Player, 'captainId', { nullable: true }) captain!: Player | null;
  @hasMany(() => Player, 'teamId') players!: Player[];
}

@table('players')
class Player extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer() teamId!: number;
  @belongsTo(() => Team, 'teamId') team!: Team;

  static pluckTeams(): number[] {
    return Player.query().pluck('teamId');
  }
}

/** Rows that refer to each other by keys that may not be NULL, one of which is checked at the end only. */
@table('locks')
class Lock extends Model {
  @id() id!: Generated<number>;
  @integer({ unique: true }) keyId!: number;
  @belongsTo(() => Key, 'keyId', { deferrable: true }) key!: Key;
}

@table('keys')
class Key extends Model {
  @id() id!: Generated<number>;
  @integer() lockId!: number;
  @belongsTo(() => Lock, 'lockId') lock!: Lock;
}

/** The same, by keys that SQLite does not make. */
@table('husbands')
class Husband extends Model {
  @uuid({ primaryKey: true, default: () => crypto.randomUUID() }) id!: Generated<string>;
  @uuid() wifeId!: string;
  @belongsTo(() => Wife, 'wifeId', { deferrable: true }) wife!: Wife;
}

@table('wives')
class Wife extends Model {
  @uuid({ primaryKey: true }) id!: string;
  @uuid() husbandId!: string;
  @belongsTo(() => Husband, 'husbandId') husband!: Husband;
}

/** Nothing lets one of these be the first. */
class Hen extends defineModel('hens', { id: id(), eggId: integer() }) {
  declare egg: Egg;
  static {
    relate(Hen, { egg: belongsTo(() => Egg, 'eggId') });
  }
}
class Egg extends defineModel('eggs', { id: id(), henId: integer() }) {
  declare hen: Hen;
  static {
    relate(Egg, { hen: belongsTo(() => Hen, 'henId') });
  }
}

/** A key of two columns, to which rows refer without leading back. */
class Seat extends defineModel('seats', { row: integer(), place: text() }, { primaryKey: ['row', 'place'] }) {
  declare tickets: Ticket[];
  static {
    relate(Seat, { tickets: hasMany(() => Ticket, ['seatRow', 'seatPlace']) });
  }
}
class Ticket extends defineModel('tickets', { id: id(), seatRow: integer(), seatPlace: text() }) {}

describe.each(drivers)('createGraph on $name', ({ open }) => {
  it('inserts what is referred to first, each row with one statement, in one transaction', async () => {
    const db = await open({ models: blog });
    let comment!: Comment;
    const statements = statementsOf(db, () => {
      comment = Comment.createGraph({
        body: 'x',
        post: { title: 'Owls', author: { name: 'Ann', profile: { bio: 'b' } }, comments: [{ body: 'y' }] },
      });
    });
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      'INSERT INTO "users" ("name", "country") VALUES (?, ?)',
      'INSERT INTO "posts" ("title", "author_id", "editor_id") VALUES (?, ?, ?)',
      'INSERT INTO "comments" ("body", "post_id", "likes") VALUES (?, ?, ?)',
      'INSERT INTO "comments" ("body", "post_id", "likes") VALUES (?, ?, ?)',
      'INSERT INTO "profiles" ("user_id", "bio") VALUES (?, ?)',
      'COMMIT',
    ]);
    expect(
      db.all(sql`SELECT body, title, users.name, bio FROM comments JOIN posts ON posts.id = post_id
      JOIN users ON users.id = author_id JOIN profiles ON user_id = users.id ORDER BY comments.id`),
    ).toEqual([
      { body: 'x', title: 'Owls', name: 'Ann', bio: 'b' },
      { body: 'y', title: 'Owls', name: 'Ann', bio: 'b' },
    ]);
    expect([comment.postId, comment.post.authorId]).toEqual([1, 1]);
  });

  it('leaves the relations loaded, from both ends', async () => {
    const db = await open({ models: blog });
    const ann = User.createGraph({
      name: 'Ann',
      profile: { bio: 'b' },
      posts: [
        { title: 'a', comments: [{ body: 'a1' }, { body: 'a2' }] },
        { title: 'b', editor: null, comments: [] },
      ],
    });
    const statements = statementsOf(db, () => {
      expect(ann.profile!.user).toBe(ann);
      expect(ann.posts.map(({ author, title }) => [author === ann, title])).toEqual([
        [true, 'a'],
        [true, 'b'],
      ]);
      expect(ann.posts.map(({ comments }) => comments.map(({ body }) => body))).toEqual([['a1', 'a2'], []]);
      expect(ann.posts[0]!.comments[1]!.post).toBe(ann.posts[0]);
      expect(ann.posts[1]!.editor).toBeNull();
    });
    expect(statements).toEqual([]);
    ann.posts[0]!.title = 'c';
    expect(statementsOf(db, () => ann.posts[0]!.save())).toEqual(['UPDATE "posts" SET "title" = ? WHERE "id" = ?']);
    expect(statementsOf(db, () => ann.posts.forEach((post) => post.save()))).toEqual([]);
  });

  it('links instances that are there', async () => {
    const db = await open({ models: blog });
    const [ann, ben] = ['Ann', 'Ben'].map((name) => User.create({ name })) as [User, User];
    const old = Post.create({ title: 'old', authorId: ann.id });
    const post = Post.createGraph({ title: 'x', author: ann, editor: ben });
    expect([post.authorId, post.editorId, post.author === ann, post.editor === ben]).toEqual([1, 2, true, true]);
    let eve!: User;
    const statements = statementsOf(
      db,
      () => (eve = User.createGraph({ name: 'Eve', posts: [{ title: 'new' }, old] })),
    );
    expect(statements.slice(1, -1)).toEqual([
      'INSERT INTO "users" ("name", "country") VALUES (?, ?)',
      'INSERT INTO "posts" ("title", "author_id", "editor_id") VALUES (?, ?, ?)',
      'UPDATE "posts" SET "author_id" = ? WHERE "id" = ?',
    ]);
    expect(old.author).toBe(eve);
    expect(Post.filter({ author: eve }).orderBy('id').pluck('title')).toEqual(['old', 'new']);
    const unsaved = User.build({ name: 'Zoe' });
    expect(Post.createGraph({ title: 'y', author: unsaved }).authorId).toBe(unsaved.id);
    expect(User.count()).toBe(4);
  });

  it('inserts a tree of one table, however deep', async () => {
    const db = await open({ models: blog });
    interface Node {
      name: string;
      children?: Node[];
    }
    let node: Node = { name: '800' };
    for (let depth = 799; depth > 0; depth--) node = { name: String(depth), children: [node] };
    const root = Category.createGraph(node);
    expect(db.first(sql`SELECT count(*) AS n, sum(parent_id = id - 1) AS linked FROM categories`)).toEqual({
      n: 800,
      linked: 799,
    });
    expect(root.children[0]!.children[0]!.parent!.parent).toBe(root);
  });

  it('inserts a row with NULL, and its reference after, where rows refer to each other', async () => {
    const db = await open({ models: [Team, Player] });
    const ann = Player.build({ name: 'Ann' });
    let team!: Team;
    const statements = statementsOf(db, () => {
      team = Team.createGraph({ name: 'Owls', captain: ann, players: [ann, { name: 'Ben' }] });
    });
    expect(statements.slice(1, -1)).toEqual([
      'INSERT INTO "teams" ("name", "captain_id") VALUES (?, ?)',
      'INSERT INTO "players" ("name", "team_id") VALUES (?, ?)',
      'INSERT INTO "players" ("name", "team_id") VALUES (?, ?)',
      'UPDATE "teams" SET "captain_id" = ? WHERE "id" = ?',
    ]);
    expect(Team.findById(1)).toMatchObject({ captainId: 1 });
    expect([team.captain, team.captain!.team]).toEqual([ann, team]);
  });

  it('takes fields that are met again for the same row', async () => {
    await open({ models: [Team, Player] });
    const captain: { name: string; team?: object } = { name: 'Ann' };
    const team = { name: 'Owls', captain, players: [captain, { name: 'Ben' }] };
    captain.team = team;
    const owls = Team.createGraph(team as never);
    expect([Team.count(), Player.count()]).toEqual([1, 2]);
    expect(owls.players[0]).toBe(owls.captain);
    expect(owls.captain!.team).toBe(owls);
    expect(Team.with('captain').one().captain!.name).toBe('Ann');
    expect(Player.pluckTeams()).toEqual([1, 1]);
  });

  it('takes fields without relations that are met again for the same row, too', async () => {
    await open({ models: blog });
    const eve = { name: 'Eve' };
    const ann = User.createGraph({
      name: 'Ann',
      posts: [
        { title: 'a', editor: eve },
        { title: 'b', editor: eve },
      ],
    });
    expect(ann.posts[0]!.editor).toBe(ann.posts[1]!.editor);
    expect(User.query().orderBy('id').pluck('name')).toHaveLength(2);
    const leaf = { name: 'leaf' };
    expect(Category.createGraph({ name: 'root', children: [leaf, leaf] }).children).toHaveLength(1);
    expect(Category.count()).toBe(2);
  });

  it('refuses fields that are met again for another model', async () => {
    await open({ models: [Team, Player] });
    const twice: Record<string, unknown> = { name: 'Ann' };
    twice['players'] = [twice];
    expect(() => Team.createGraph(twice as never)).toThrow(
      'The relation players was given something that is no Player.',
    );
    expect([Team.count(), Player.count()]).toEqual([0, 0]);
  });

  it('inserts rows whose keys are checked at the end with a number of no row, or with the key that they will have', async () => {
    const db = await open({ models: [Lock, Key, Husband, Wife] });
    const locks = [1, 2].map(() => {
      const lock: { key?: object } = {};
      lock.key = { lock };
      return Lock.createGraph(lock);
    });
    expect(locks.map(({ id: key, keyId, key: { lockId } }) => [key, keyId, lockId])).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(
      db.all(sql`SELECT locks.id, key_id FROM locks JOIN keys ON keys.id = key_id AND lock_id = locks.id`),
    ).toHaveLength(2);

    const husband: { wife?: object } = {};
    husband.wife = { id: crypto.randomUUID(), husband };
    const { id: key, wifeId, wife } = Husband.createGraph(husband as never);
    expect(Wife.filter({ husband: { id: key } }).one().id).toBe(wifeId);
    expect(wife.husbandId).toBe(key);
    expect(db.all(sql`PRAGMA foreign_key_check`)).toEqual([]);
  });

  it('refuses a circle in which no row can be the first, by name', async () => {
    const db = await open({ models: [Hen, Egg] });
    const hen: { egg?: object } = {};
    hen.egg = { hen };
    const statements = statementsOf(db, () => {
      expect(() => Hen.createGraph(hen as never)).toThrow(CyclicReferenceError);
      expect(() => Hen.createGraph(hen as never)).toThrow(
        'These references make a circle in which no row can be the first: Egg.hen, Hen.egg. ' +
          'Declare one of them with { nullable: true } or { deferrable: true }.',
      );
    });
    expect(statements).toEqual(['BEGIN IMMEDIATE', 'ROLLBACK', 'BEGIN IMMEDIATE', 'ROLLBACK']);
  });

  it('puts keys of several columns where nothing leads back', async () => {
    const db = await open({ models: [Seat, Ticket] });
    const seat = Seat.createGraph({ row: 1, place: 'a', tickets: [{}, {}] } as never);
    expect(seat.tickets.map(({ seatRow, seatPlace }) => [seatRow, seatPlace])).toEqual([
      [1, 'a'],
      [1, 'a'],
    ]);
    expect(db.all(sql`SELECT seat_row, seat_place FROM tickets`)).toEqual(
      [1, 2].map(() => ({ seat_row: 1, seat_place: 'a' })),
    );
  });

  it('inserts all or nothing, and leaves instances as they were', async () => {
    const db = await open({ models: blog });
    const ann = User.create({ name: 'Ann' });
    const old = Post.create({ title: 'old', authorId: ann.id });
    const unsaved = User.build({ name: 'Ben' });
    const graph = {
      name: 'Eve',
      posts: [old, { title: 'x', editor: unsaved }],
      profile: { bio: 'b' },
    };
    db.execute(`CREATE TRIGGER refuse BEFORE INSERT ON profiles BEGIN SELECT RAISE(ABORT, 'no'); END`);
    expect(() => User.createGraph(graph)).toThrow('no');
    expect([User.count(), Post.count(), db.inTransaction]).toEqual([1, 1, false]);
    expect({ ...unsaved }).toEqual({ id: undefined, name: 'Ben', country: undefined });
    expect(old.authorId).toBe(ann.id);
    expect(statementsOf(db, () => old.save())).toEqual([]);
    unsaved.save();
    expect(User.findById(unsaved.id)!.name).toBe('Ben');
  });

  it('is part of a transaction around it, and goes with it', async () => {
    const db = await open({ models: blog });
    let ann!: User;
    expect(() =>
      db.transaction(() => {
        ann = User.createGraph({ name: 'Ann', posts: [{ title: 'x' }] });
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(User.count() + Post.count()).toBe(0);
    ann.save();
    expect(ann.id).toBe(1);
  });

  it('refuses what does not fit, before any row', async () => {
    const db = await open({ models: blog });
    const ann = User.create({ name: 'Ann' });
    const refused: readonly [object, string][] = [
      [{ name: 'x', nmae: 1 }, 'User has no field "nmae". Did you mean "name"?'],
      [{ name: 'x', posts: [{ titel: 'a' }] }, 'Post has no field "titel". Did you mean "title"?'],
      [{ name: 'x', posts: { title: 'a' } }, 'The relation posts takes an array.'],
      [{ name: 'x', profile: [{ bio: 'b' }] }, 'The relation profile takes one row and no array.'],
      [{ name: 'x', posts: [ann] }, 'The relation posts was given something that is no Post.'],
      [{ name: 'x', posts: ['a'] }, 'The relation posts was given something that is no Post.'],
      [
        { name: 'x', posts: [{ title: 'a', authorId: 7 }] },
        'A new Post in User.posts has a value in authorId, which the relation fills.',
      ],
      [{ name: 'x', posts: [{}] }, 'Post cannot be inserted without title.'],
    ];
    for (const [graph, message] of refused) expect(() => User.createGraph(graph as never)).toThrow(message);
    for (const fields of [null, undefined, 5, 'x', [{ name: 'x' }]]) {
      expect(() => User.createGraph(fields as never)).toThrow('A User is made of an object of its fields.');
    }
    expect(() => Post.createGraph({ title: 'x', author: null } as never)).toThrow('Post.author cannot be null.');
    expect(() => Post.createGraph({ title: 'x' })).toThrow(MissingFieldError);
    expect([User.count(), Post.count(), db.inTransaction]).toEqual([1, 0, false]);
  });
});
