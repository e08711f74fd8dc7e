import { beforeEach, describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  hasOneThrough,
  id,
  integer,
  Model,
  NoDatabaseError,
  relate,
  table,
  text,
  UnloadedRelationError,
  type Database,
  type Generated,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Category, Comment, Post, User } from './blog.js';

class AsyncPost extends defineAsyncModel('posts', { id: id(), title: text(), authorId: integer() }) {
  declare author: AsyncUser;
  static {
    relate(AsyncPost, { author: belongsTo(() => AsyncUser, 'authorId') });
  }
}
class AsyncUser extends defineAsyncModel('users', { id: id(), name: text() }) {}

/** A key of two columns. */
class Seat extends defineModel('seats', { row: integer(), place: text() }, { primaryKey: ['row', 'place'] }) {}
class Ticket extends defineModel('tickets', { id: id(), seatRow: integer(), seatPlace: text() }) {
  declare seat: Seat;
  static {
    relate(Ticket, { seat: belongsTo(() => Seat, ['seatRow', 'seatPlace']) });
  }
}

@table('likes')
class Like extends Model {
  @id() id!: Generated<number>;
  @integer() postId!: number;
  @belongsTo(() => Post, 'postId') post!: Post;
  @hasOneThrough(() => User, 'post.author') author!: User | null;
}

describe.each(drivers)('a new instance whose key is set on $name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [...blog, Seat, Ticket, Like] });
    User.createGraph({ name: 'Ann', posts: [{ title: 'Owls' }, { title: 'Cats' }] });
  });

  it('leads to the row with that key, read when it is touched', () => {
    const comment = Comment.build({ body: 'x', postId: 2 });
    const statements = statementsOf(db, () => {
      expect(comment.post.title).toBe('Cats');
      expect(comment.post.title).toBe('Cats');
    });
    expect(statements).toHaveLength(1);
    comment.postId = 1;
    expect(comment.post.title).toBe('Owls');
    comment.save();
    expect(comment.post.title).toBe('Owls');
    expect(Like.build({ postId: 2 }).author?.name).toBe('Ann');
  });

  it('leads nowhere as long as there is no key, or no row with it', () => {
    const statements = statementsOf(db, () => {
      expect(Comment.build({ body: 'x' }).post).toBeNull();
      expect(Category.build({ name: 'x' }).parent).toBeNull();
      expect(Category.build({ name: 'x', parentId: null }).parent).toBeNull();
      expect(Ticket.build({ seatRow: 1 }).seat).toBeNull();
      expect(User.build({ name: 'x' }).posts).toEqual([]);
    });
    expect(statements).toEqual([]);
    expect(Comment.build({ body: 'x', postId: 99 }).post).toBeNull();
    Seat.create({ row: 1, place: 'a' });
    expect(Ticket.build({ seatRow: 1, seatPlace: 'a' }).seat.place).toBe('a');
  });

  it('leads into the database for which it was built', async () => {
    const other = await open({ alias: 'other', models: blog });
    const bob = User.using(other).create({ name: 'Bob' });
    const post = Post.using(other).build({ title: 'x', authorId: bob.id });
    expect(post.author.name).toBe('Bob');
    db.close();
    other.close();
    expect(() => Comment.build({ body: 'x', postId: 1 }).post).toThrow(NoDatabaseError);
  });

  it('leads to the instance that its unit of work has', () => {
    db.unitOfWork((work) => {
      const ann = work.find(User, 1)!;
      const post = work.create(Post, { title: 'New', authorId: 1 });
      expect(post.author).toBe(ann);
      const comment = work.create(Comment, { body: 'x', postId: 2 });
      const cats = comment.post;
      expect(work.find(Post, 2)).toBe(cats);
      cats.title = 'Dogs';
    });
    expect(Post.findById(2)!.title).toBe('Dogs');
  });

  it('has it loaded by name in the asynchronous face', async () => {
    const async = await open({ alias: 'async', models: [AsyncPost, AsyncUser] });
    const eve = await AsyncUser.using(async).create({ name: 'Eve' });
    const post = AsyncPost.build({ title: 'x', authorId: eve.id });
    expect(() => post.author).toThrow(UnloadedRelationError);
    await post.load('author');
    expect(post.author.name).toBe('Eve');
    const comment = Comment.build({ body: 'x', postId: 2 });
    await comment.async.load('post');
    expect(statementsOf(db, () => expect(comment.post.title).toBe('Cats'))).toEqual([]);
  });
});
