/**
 * DL-24: saving a parent nulls, deletes or moves children that were not loaded, or not all of them. It comes of taking the array in
 * memory for all that there are, and writing the difference to the table. https://github.com/typeorm/typeorm/issues/763
 */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  belongsTo,
  hasMany,
  hasOne,
  id,
  integer,
  manyToMany,
  Model,
  sql,
  table,
  text,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Post, 'authorId') posts!: Post[];
  @hasOne(() => Post, 'authorId') firstPost!: Post | null;
  @manyToMany(() => Tag) tags!: Tag[];
}
@table('posts')
class Post extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ nullable: true }) authorId!: number | null;
  @belongsTo(() => User, 'authorId', { nullable: true }) author!: User | null;
}
@table('tags')
class Tag extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

function fill(): void {
  const [ann, bob] = ['Ann', 'Bob'].map((name) => User.create({ name }));
  for (const title of ['a', 'b', 'c']) ann!.related('posts').create({ title });
  bob!.related('posts').create({ title: 'd' });
  for (const name of ['x', 'y']) ann!.related('tags').create({ name });
}

/** All that is stored of who has what. */
const stored = (db: Database) => ({
  posts: db.all(sql`SELECT title, author_id FROM posts ORDER BY id`).map((row) => Object.values(row).join()),
  links: db.all(sql`SELECT users_id, tags_id FROM tags_users ORDER BY 1, 2`).map((row) => Object.values(row).join()),
});
const everything = { posts: ['a,1', 'b,1', 'c,1', 'd,2'], links: ['1,1', '1,2'] };

describe.each(drivers)('saving a parent on $name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [User, Post, Tag] });
    fill();
  });

  it('would lose children, if what is loaded were taken for all that there are', () => {
    const loaded = 1; // read with LIMIT 1, say
    db.run(sql`UPDATE posts SET author_id = NULL WHERE author_id = 1 AND id NOT IN (${loaded})`);
    db.run(sql`DELETE FROM tags_users WHERE users_id = 1 AND tags_id NOT IN (${loaded})`);
    expect(stored(db)).toEqual({
      posts: ['a,1', 'b,null', 'c,null', 'd,2'].map((row) => row.replace('null', '')),
      links: ['1,1'],
    });
  });

  const some = { filter: { title: 'b' } } as const;
  const states: [string, () => User][] = [
    ['are not loaded', () => User.findById(1)!],
    ['are loaded', () => User.with('posts', 'tags', 'firstPost').first()!],
    [
      'were touched',
      () => {
        const user = User.findById(1)!;
        expect([user.posts.length, user.tags.length, user.firstPost!.title]).toEqual([3, 2, 'a']);
        return user;
      },
    ],
    ['are filtered', () => User.with({ posts: some, tags: { filter: { name: 'x' } }, firstPost: some }).first()!],
    ['are limited', () => User.with({ posts: { limit: 1 }, tags: { limit: 1 } }).first()!],
    ['are limited to none', () => User.with({ posts: { limit: 0 }, tags: { limit: 0 } }).first()!],
    [
      'are replaced by none',
      () => Object.assign(User.with('posts', 'tags').first()!, { posts: [], tags: [], firstPost: null }),
    ],
    [
      'are replaced by those of another',
      () => Object.assign(User.findById(1)!, { posts: User.findById(2)!.posts, tags: [], firstPost: Post.findById(4) }),
    ],
    [
      'are taken out of the array',
      () => {
        const user = User.with('posts', 'tags').first()!;
        user.posts.length = 0;
        user.tags.pop();
        return user;
      },
    ],
    [
      'are put into the array',
      () => {
        const user = User.with('posts', 'tags').first()!;
        user.posts.push(Post.findById(4)!, Post.build({ title: 'new' }));
        user.tags.push(Tag.create({ name: 'z' }));
        return user;
      },
    ],
  ];

  it.each(states)('whose children %s writes only the parent', (_, read) => {
    const user = read();
    user.name = 'Anna';
    const statements = statementsOf(db, () => user.save());
    expect(statements).toEqual(['UPDATE "users" SET "name" = ? WHERE "id" = ?']);
    expect(statementsOf(db, () => user.save())).toEqual([]);
    expect(stored(db)).toEqual(everything);
  });

  it('in the asynchronous face does so, too', async () => {
    const [user] = await User.async()
      .with({ posts: { limit: 1 } })
      .all();
    Object.assign(user!, { name: 'Anna', tags: [] });
    await user!.async.save();
    expect(stored(db)).toEqual(everything);
  });

  it('is not what saving a child does: its own reference is written, and nobody else', () => {
    const post = Post.findById(1)!;
    post.author = User.findById(2)!;
    expect(statementsOf(db, () => post.save())).toEqual(['UPDATE "posts" SET "author_id" = ? WHERE "id" = ?']);
    expect(stored(db)).toEqual({ ...everything, posts: ['a,2', 'b,1', 'c,1', 'd,2'] });
  });

  it('or deleting it leaves what SQLite would refuse to lose', () => {
    expect(() => User.findById(1)!.delete()).toThrow('A foreign key fails');
    expect(stored(db)).toEqual(everything);
  });
});
