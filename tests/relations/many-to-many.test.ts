import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  DefinitionError,
  every,
  ForeignKeyViolation,
  id,
  integer,
  like,
  manyToMany,
  none,
  relate,
  SchemaDriftError,
  some,
  sql,
  text,
} from 'litemodel';
import { dialects, run } from '../dialects/compile.js';
import { ddlOf } from '../dialects/ddl.js';
import { drivers, statementsOf } from '../open-database.js';
import { Cup, Friendship, Group, Person, Post, Tag, Team } from './tags.js';

const joinTable = [
  `CREATE TABLE "posts_tags" (
  "posts_id" INTEGER NOT NULL,
  "tags_id" INTEGER NOT NULL,
  PRIMARY KEY ("posts_id", "tags_id"),
  FOREIGN KEY ("posts_id") REFERENCES "posts" ("id") ON DELETE CASCADE,
  FOREIGN KEY ("tags_id") REFERENCES "tags" ("id") ON DELETE CASCADE
) STRICT`,
  'CREATE INDEX "posts_tags_tags_id_index" ON "posts_tags" ("tags_id")',
];
const joinDdl = (models: Parameters<typeof ddlOf>[0]) => ddlOf(models).filter((each) => each.includes('"posts_tags'));

describe('an implied join table', () => {
  it.each([[[Post]], [[Tag]], [[Post, Tag]], [[Tag, Post]]])('is the same from either side: %#', (models) => {
    expect(joinDdl(models)).toEqual(joinTable);
    expect(ddlOf(models).filter((each) => each.startsWith('CREATE TABLE'))).toHaveLength(4);
  });

  it('has the names that it is given, and the columns of composite keys', () => {
    const expected = [
      `CREATE TABLE "entries" (
  "cups_name" TEXT NOT NULL,
  "cups_year" INTEGER NOT NULL,
  "team_country" TEXT NOT NULL,
  "team_number" INTEGER NOT NULL,
  PRIMARY KEY ("cups_name", "cups_year", "team_country", "team_number"),
  FOREIGN KEY ("cups_name", "cups_year") REFERENCES "cups" ("name", "year") ON DELETE CASCADE,
  FOREIGN KEY ("team_country", "team_number") REFERENCES "teams" ("country", "number") ON DELETE CASCADE
) STRICT`,
      'CREATE INDEX "entries_team_country_team_number_index" ON "entries" ("team_country", "team_number")',
    ];
    for (const model of [Team, Cup]) {
      expect(ddlOf([model]).filter((each) => each.includes('"entries'))).toEqual(expected);
    }
  });

  it('of a model with itself is the same in both directions', async () => {
    class Page extends defineModel('pages', { id: id() }) {
      declare links: Page[];
      declare linkedBy: Page[];
      static {
        relate(Page, {
          links: manyToMany(() => Page, { table: 'links', from: 'source', to: 'destination' }),
          linkedBy: manyToMany(() => Page, { table: 'links', from: 'destination', to: 'source' }),
        });
      }
    }
    expect(ddlOf([Page]).filter((each) => each.startsWith('CREATE TABLE "links"'))).toHaveLength(1);
    await drivers[0]!.open({ models: [Page] });
    const [a, b] = [Page.create({}), Page.create({})];
    a.related('links').attach(b);
    expect(a.links.map((page) => page.id)).toEqual([b.id]);
    expect(b.linkedBy.map((page) => page.id)).toEqual([a.id]);
    expect([a.linkedBy, b.links]).toEqual([[], []]);
  });

  it.each(dialects)('is the same compiled by $name', (compiler) => {
    const models = run(
      compiler,
      `
import { id, manyToMany, Model, table } from 'litemodel';
@table('tags') export class Tag extends Model { @id() id: number; @manyToMany(() => Post) posts: Post[]; }
@table('posts') export class Post extends Model { @id() id: number; @manyToMany(() => Tag) accessor tags: Tag[]; }`,
    ) as { Post: typeof Post };
    expect(joinDdl([models.Post])).toEqual(joinTable);
  });
});

describe.each(drivers)('an implied join table on $name', ({ open }) => {
  it('is compared with the one in the file', async () => {
    const db = await open();
    db.execute(`
      CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;
      CREATE TABLE posts_tags (posts_id INTEGER NOT NULL REFERENCES posts ON DELETE CASCADE,
        tags_id INTEGER NOT NULL REFERENCES tags, PRIMARY KEY (posts_id, tags_id)) STRICT`);
    expect(() => Post.count()).toThrow(SchemaDriftError);
    expect(() => Post.count()).toThrow('FOREIGN KEY (tags_id) REFERENCES tags on delete cascade is missing');
    db.execute('DROP TABLE posts_tags');
    expect(Post.count()).toBe(0);
  });

  it('loses its rows with those that they link, and takes no others', async () => {
    const db = await open({ models: [Post, Tag] });
    const post = Post.create({ title: 'a' });
    const tags = ['x', 'y'].map((name) => Tag.create({ name }));
    post.related('tags').attach(tags);
    expect(() => db.run(sql`INSERT INTO posts_tags VALUES (1, 9)`)).toThrow(ForeignKeyViolation);
    tags[0]!.delete();
    expect(db.all(sql`SELECT * FROM posts_tags`)).toEqual([{ posts_id: 1, tags_id: 2 }]);
    post.delete();
    expect(db.all(sql`SELECT * FROM posts_tags`)).toEqual([]);
    expect(Tag.count()).toBe(1);
  });
});

/** Four posts with tags: a: x y z, b: y, c: none, d: z Y. */
function fill(): void {
  const group = Group.create({ name: 'letters' });
  const [x, y, z] = ['x', 'y', 'Z'].map((name) => Tag.create({ name, groupId: name === 'x' ? group.id : null }));
  for (const [title, tags] of [
    ['a', [x!, y!, z!]],
    ['b', [y!]],
    ['c', []],
    ['d', [z!, y!]],
  ] as const) {
    Post.create({ title }).related('tags').attach(tags);
  }
}

const names = (tags: readonly { name: string }[]): string => tags.map(({ name }) => name).join(' ');

describe.each(drivers)('many-to-many on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: [Post, Tag] });
    fill();
    return db;
  };
  const links = 'SELECT "posts_id", "tags_id" FROM "posts_tags" WHERE "posts_id" IN (SELECT "value" FROM json_each(?))';
  const tags = 'SELECT "id", "name", "group_id" FROM "tags" WHERE "id" IN (SELECT "value" FROM json_each(?))';

  it('is read along with two statements, whatever the number of rows', async () => {
    const db = await filled();
    let posts: Post[] = [];
    const statements = statementsOf(db, () => (posts = Post.with('tags').orderBy('id').all()));
    expect(statements).toEqual(['SELECT "id", "title" FROM "posts" ORDER BY "id"', links, tags]);
    expect(
      statementsOf(db, () => expect(posts.map((each) => names(each.tags))).toEqual(['x y Z', 'y', '', 'y Z'])),
    ).toEqual([]);
    expect(posts[0]!.tags[1]).toBe(posts[1]!.tags[0]); // one row is one object
    db.transaction(() => {
      for (let n = 0; n < 1000; n++) Post.create({ title: 'more' }).related('tags').attach([1, 2]);
    });
    expect(statementsOf(db, () => expect(names(Post.with('tags').all().at(-1)!.tags)).toBe('x y'))).toHaveLength(3);
    expect(statementsOf(db, () => Post.filter({ title: 'c' }).with('tags', 'tags.posts').all())).toHaveLength(2);
  });

  it('is narrowed, ordered and read further', async () => {
    const db = await filled();
    const ordered = Post.with({ tags: { orderBy: ['name', 'desc'], filter: { name: like('%') } } });
    expect(ordered.all().map((post) => names(post.tags))).toEqual(['Z y x', 'y', '', 'Z y']);
    const narrowed = Post.with({ tags: { filter: { name: 'y' }, with: ['group', 'posts'] as never } }).all();
    expect(narrowed.map((post) => names(post.tags))).toEqual(['y', 'y', '', 'y']);
    expect(narrowed[0]!.tags[0]!.posts.map(({ title }) => title)).toEqual(['a', 'b', 'd']);
    const deep = statementsOf(db, () => Post.with('tags.group', 'tags.posts.tags').all());
    expect(deep).toHaveLength(8);
  });

  it('is limited for each owner, in SQL', async () => {
    const db = await filled();
    const limited = Post.with({ tags: { orderBy: ['name', 'desc'], limit: 2 } });
    let posts: Post[] = [];
    const statements = statementsOf(db, () => (posts = limited.all()));
    expect(posts.map((post) => names(post.tags))).toEqual(['Z y', 'y', '', 'Z y']);
    expect(statements.slice(1)).toEqual([
      'SELECT "litemodel_0", "litemodel_1" FROM (SELECT "posts_id" AS "litemodel_0", "tags_id" AS "litemodel_1", ' +
        'row_number() OVER (PARTITION BY "posts_id" ' +
        'ORDER BY (SELECT "tags"."name" FROM "tags" WHERE "tags"."id" = "posts_tags"."tags_id") COLLATE "NOCASE" DESC, ' +
        '(SELECT "tags"."id" FROM "tags" WHERE "tags"."id" = "posts_tags"."tags_id")) AS "litemodel_place" ' +
        'FROM "posts_tags" WHERE "posts_id" IN (SELECT "value" FROM json_each(?)) ' +
        'AND EXISTS (SELECT 1 FROM "tags" WHERE "tags"."id" = "posts_tags"."tags_id")) ' +
        'WHERE "litemodel_place" <= 2 ORDER BY "litemodel_place"',
      `${tags} ORDER BY "name" DESC, "id"`,
    ]);
    const filtered = Post.with({ tags: { filter: { name: like('y') }, limit: 1 } }).all();
    expect(filtered.map((post) => names(post.tags))).toEqual(['y', 'y', '', 'y']);
    expect(Post.with({ tags: { limit: 0 } }).first()!.tags).toEqual([]);
    expect(Post.with({ tags: { orderBy: sql`length("tags"."name")`, limit: 1 } }).first()!.tags).toHaveLength(1);
  });

  it('is loaded when it is touched, for all siblings', async () => {
    const db = await filled();
    const statements = statementsOf(db, () => {
      expect(
        Post.query()
          .orderBy('id')
          .all()
          .map((post) => names(post.tags)),
      ).toEqual(['x y Z', 'y', '', 'y Z']);
    });
    expect(statements).toHaveLength(3);
    const posts = Post.all();
    expect(statementsOf(db, () => posts.forEach((post) => post.load('tags', 'tags.group')))).toHaveLength(3);
    expect(statementsOf(db, () => expect(Post.build({ title: 'x' }).tags).toEqual([]))).toEqual([]);
  });

  it('stands in conditions', async () => {
    const db = await filled();
    const titles = (where: Parameters<typeof Post.filter<Post>>[0]) =>
      Post.filter(where).orderBy('id').pluck('title').join('');
    expect(statementsOf(db, () => expect(titles({ tags: some({ name: 'X' }) })).toBe('a'))).toEqual([
      'SELECT "title" FROM "posts" WHERE EXISTS (SELECT 1 FROM "posts_tags" WHERE "posts"."id" = "posts_tags"."posts_id" ' +
        'AND EXISTS (SELECT 1 FROM "tags" WHERE "tags"."id" = "posts_tags"."tags_id" AND "tags"."name" = ?)) ORDER BY "id"',
    ]);
    expect(titles({ tags: some() })).toBe('abd');
    expect(titles({ tags: none() })).toBe('c');
    expect(titles({ tags: none({ name: 'x' }) })).toBe('bcd');
    expect(titles({ tags: every({ name: 'y' }) })).toBe('bc');
    expect(titles({ tags: every({ groupId: 1 }) })).toBe('c'); // NULL is not 1
    expect(titles({ tags: some({ group: { name: 'letters' }, posts: some({ title: 'd' }) }) })).toBe('');
    expect(titles({ tags: some({ posts: some({ title: 'd' }) }) })).toBe('abd');
    expect(() => Post.filter({ tags: every({ name: 'y' }) }).delete()).toThrow(
      'This delete would reach rows that have no Post.tags',
    );
    expect(() => Post.filter({ tags: { name: 'y' } as never })).toThrow('Post.tags leads to any number of rows.');
  });
});

describe.each(drivers)('a join model on $name', ({ open }) => {
  it('leads both ways between instances of one model', async () => {
    const db = await open({ models: [Person, Friendship] });
    const [ann, bob, eve] = ['Ann', 'Bob', 'Eve'].map((name) => Person.create({ name }));
    ann!.related('friends').attach([bob!, eve!], { closeness: 3 });
    bob!.related('friends').attach(eve!);
    let people: Person[] = [];
    expect(statementsOf(db, () => (people = Person.with('friends', 'friendOf').orderBy('id').all()))).toHaveLength(5);
    expect(people.map((each) => names(each.friends))).toEqual(['Bob Eve', 'Eve', '']);
    expect(people.map((each) => names(each.friendOf))).toEqual(['', 'Ann', 'Ann Bob']);
    expect(Person.filter({ friends: some({ friends: some({ name: 'Eve' }) }) }).pluck('name')).toEqual(['Ann']);
    expect(ann!.reload().friendships.map(({ friendId, closeness }) => [friendId, closeness])).toEqual([
      [2, 3],
      [3, 3],
    ]);
    expect(names(Person.with({ friends: { limit: 1, orderBy: ['name', 'desc'] } }).first()!.friends)).toBe('Eve');
  });

  it('whose links may be there twice leads to each row once', async () => {
    class Visit extends defineModel('visits', {
      id: id(),
      personId: integer({ nullable: true }),
      placeId: integer({ nullable: true }),
      note: text({ default: '' }),
    }) {
      declare person: Person | null;
      declare place: Place | null;
      static {
        relate(Visit, {
          person: belongsTo(() => Person, 'personId', { nullable: true }),
          place: belongsTo(() => Place, 'placeId', { nullable: true }),
        });
      }
    }
    class Place extends defineModel('places', { id: id(), name: text() }) {
      declare visitors: Person[];
      static {
        relate(Place, { visitors: manyToMany(() => Person, { through: () => Visit }) });
      }
    }
    const db = await open({ models: [Person, Place, Visit] });
    const place = Place.create({ name: 'zoo' });
    const [ann, bob] = ['Ann', 'Bob'].map((name) => Person.create({ name }));
    for (const personId of [ann!.id, ann!.id, null]) Visit.create({ personId, placeId: place.id });
    Visit.create({ personId: bob!.id, placeId: null });
    expect(names(Place.with('visitors').first()!.visitors)).toBe('Ann');
    expect(place.related('visitors').count()).toBe(1);
    const visitors = place.related('visitors');
    const statements = statementsOf(db, () => expect(visitors.attach([ann!, bob!], { note: 'x' })).toBe(2));
    expect(statements.map((each) => each.split(' ')[0])).toEqual(['BEGIN', 'SELECT', 'INSERT', 'UPDATE', 'COMMIT']);
    expect(Visit.filter({ placeId: place.id }).orderBy('id').pluck('note')).toEqual(['x', 'x', '', 'x']);
    Visit.filter({ id: 1 }).update({ note: 'y' });
    expect(visitors.attach(ann!, { note: 'x' })).toBe(1);
    expect(Visit.filter({ person: ann! }).pluck('note')).toEqual(['x', 'x']);
    expect(visitors.sync(bob!)).toEqual({ attached: [], detached: [ann!.id], updated: [] });
    expect(Visit.count()).toBe(3); // those that link nobody are left alone
  });
});

describe('many-to-many in other files', () => {
  it('has its join table in the attached file with the others', async () => {
    const db = await drivers[0]!.open();
    db.attach(':memory:', 'archive', { models: [Post] });
    expect(db.all(sql`SELECT name FROM archive.sqlite_schema WHERE type = 'table' ORDER BY 1`)).toEqual(
      ['groups', 'posts', 'posts_tags', 'tags'].map((name) => ({ name })),
    );
    fill();
    expect(
      Post.with('tags')
        .all()
        .map((post) => names(post.tags)),
    ).toEqual(['x y Z', 'y', '', 'y Z']);
    expect(
      Post.with({ tags: { limit: 1, orderBy: ['name', 'desc'] } })
        .all()
        .map((post) => names(post.tags)),
    ).toEqual(['Z', 'y', '', 'Z']);
    const post = Post.query().orderBy('id').first()!;
    expect(post.related('tags').sync([1, 3])).toEqual({ attached: [], detached: [2], updated: [] });
    expect(
      post
        .related('tags')
        .filter({ posts: some({ title: 'd' }) })
        .pluck('name'),
    ).toEqual(['Z']);
    expect(db.all(sql`SELECT count(*) AS n FROM archive.posts_tags`)).toEqual([{ n: 5 }]);
    class Pair extends defineModel(
      'pairs',
      { a: integer(), b: integer(), note: text({ nullable: true }) },
      { primaryKey: ['a', 'b'] },
    ) {
      declare one: Thing;
      declare other: Thing;
      static {
        relate(Pair, { one: belongsTo(() => Thing, 'a'), other: belongsTo(() => Thing, 'b') });
      }
    }
    class Thing extends defineModel('things', { id: id() }) {
      declare things: Thing[];
      static {
        relate(Thing, { things: manyToMany(() => Thing, { through: () => Pair, from: 'one' }) });
      }
    }
    db.attach(':memory:', 'second', { models: [Thing, Pair] });
    const thing = Thing.create({});
    expect(thing.related('things').attach<Pair>(thing, { note: 'x' })).toBe(1);
    expect(thing.related('things').attach<Pair>(thing, { note: 'y' })).toBe(1);
    expect(Pair.query().pluck('note')).toEqual(['y']);
  });

  it('is in the database that its instance came from', async () => {
    await drivers[0]!.open({ models: [Post, Tag] });
    const other = await drivers[0]!.open({ alias: 'other' });
    const post = Post.using(other).create({ title: 'x' });
    const tag = post.related('tags').create({ name: 't' });
    expect([Post.count(), Tag.count(), Tag.using(other).count()]).toEqual([0, 0, 1]);
    expect(post.tags).toEqual([tag]);
    await other.async.transaction(async (tx) => {
      await post.async.using(tx).related('tags').detach();
      await post.async.using(tx).related('tags').create({ name: 'u' });
    });
    expect(names(post.tags)).toBe('u');
    await expect(
      post.async
        .related('tags')
        .abortSignal(AbortSignal.abort(new Error('no')))
        .all(),
    ).rejects.toThrow('no');
  });
});

describe('a declaration of manyToMany', () => {
  const refused = (relation: object): string => {
    class Thing extends defineModel('things', { id: id(), other: integer() }, { modelName: 'Thing' }) {
      static {
        relate(Thing, { things: relation } as object);
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
      manyToMany(() => Person, { through: () => Friendship }),
      'Thing.things goes through Friendship, which does not refer to Thing. Declare it in Friendship: @belongsTo(() => Thing, …).',
    ],
    [
      manyToMany(() => Tag, { from: ['a', 'b'] }),
      'Thing.things names 2 columns for the primary key of Thing, which has 1. Name as many, in the same order.',
    ],
    [
      manyToMany(() => Tag, { from: 'same', to: 'SAME' }),
      "Thing.things has a join table with two columns of one name: SAME, same. Name them: { from: 'follower_id', to: 'followed_id' }.",
    ],
    [
      manyToMany(() => undefined as never),
      'Thing.things leads to undefined. Its function returns a model: () => User.',
    ],
  ])('is refused: %#', (relation, message) => {
    expect(refused(relation)).toBe(message);
  });

  it('is refused where it does not say by which reference', () => {
    class Being extends defineModel('beings', { id: id() }, { modelName: 'Being' }) {
      declare friends: Being[];
      static {
        relate(Being, { friends: manyToMany(() => Being, { through: () => Bond }) });
      }
    }
    class Bond extends defineModel('bonds', { id: id(), a: integer(), b: integer() }, { modelName: 'Bond' }) {
      declare one: Being;
      declare two: Being;
      static {
        relate(Bond, { one: belongsTo(() => Being, 'a'), two: belongsTo(() => Being, 'b') });
      }
    }
    expect(() => ddlOf([Being])).toThrow(
      "Being.friends goes through Bond, which refers to Being by 'one' and 'two'. Say which is meant: { from: 'one' }.",
    );
  });
});
