/* The rows without SQLite are marked and found as those with it; what refers to them goes along as well. */
import { expect, it } from 'vitest';
import {
  belongsTo,
  deletedAt,
  hasMany,
  id,
  integer,
  Model,
  Repository,
  table,
  text,
  UniqueViolation,
  type Generated,
} from 'litemodel';
import { inMemory } from 'litemodel/in-memory';

@table('users')
class User extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) email!: string;
  @deletedAt() deletedAt!: Date | null;
  @hasMany(() => Post, 'userId') posts!: Post[];
}

@table('posts')
class Post extends Model {
  @id() id!: Generated<number>;
  @integer() userId!: number;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => User, 'userId', { onDelete: 'cascade' }) user!: User;
  @hasMany(() => Reply, 'postId') replies!: Reply[];
}

@table('replies')
class Reply extends Model {
  @id() id!: Generated<number>;
  @integer() postId!: number;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => Post, 'postId', { onDelete: 'cascade' }) post!: Post;
}

it('is deleted, restored and taken away without SQLite', () => {
  const memory = inMemory();
  const users = new (Repository(User))(memory);
  const posts = new (Repository(Post))(memory);
  const replies = new (Repository(Reply))(memory);
  const ann = users.create({ email: 'ann@x.org' });
  const [first, second] = [posts.create({ userId: ann.id }), posts.create({ userId: ann.id })];
  for (const postId of [first.id, second.id]) replies.create({ postId });
  second.delete();
  const counts = () => [users.count(), posts.count(), replies.count()];
  expect(counts()).toEqual([1, 1, 1]);
  expect(users.query().with('posts').one().posts).toHaveLength(1);

  expect(users.delete(ann)).toBe(true);
  expect(counts()).toEqual([0, 0, 0]);
  expect(ann.isSoftDeleted).toBe(true);
  const again = users.create({ email: 'ann@x.org' });
  expect(() => users.create({ email: 'ann@x.org' })).toThrow(UniqueViolation);
  expect(() => ann.restore()).toThrow(UniqueViolation);
  expect(again.forceDelete()).toBe(true);
  expect(ann.restore()).toBe(true);
  expect(counts()).toEqual([1, 1, 1]);
  expect(posts.query().onlyDeleted().restore()).toBe(1);
  expect(counts()).toEqual([1, 2, 2]);
  expect(posts.filter({ userId: ann.id }).delete()).toBe(2);
  expect(
    users
      .query()
      .withDeleted()
      .with({ posts: { withDeleted: true } })
      .one().posts,
  ).toHaveLength(2);
  expect(posts.query().onlyDeleted().forceDelete()).toBe(2);
  expect(posts.query().withDeleted().count()).toBe(0);
});
