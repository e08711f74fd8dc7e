import {
  belongsTo,
  belongsToAny,
  choice,
  countOf,
  deletedAt,
  derived,
  hasMany,
  hasManyThrough,
  hasOne,
  id,
  integer,
  manyToMany,
  Model,
  table,
  text,
  updatedAt,
  version,
  type Generated,
} from 'litemodel';

@table('users')
export class User extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) email!: string;
  @text() name!: string;
  @derived(countOf('posts'), integer()) readonly postCount!: number;
  @deletedAt() deletedAt!: Date | null;
  @hasMany(() => Post, 'authorId') posts!: Post[];
  @hasOne(() => Profile, 'userId') profile!: Profile | null;
  @hasManyThrough(() => Comment, 'posts.comments') comments!: Comment[];
  @hasMany(() => Note, 'subject') notes!: Note[];
}

/** Deleted with its user; its key is unique. */
@table('profiles')
export class Profile extends Model {
  @id() id!: Generated<number>;
  @text() bio!: string;
  @integer({ unique: true }) userId!: number;
  @deletedAt({ storage: 'integer' }) deletedAt!: Date | null;
  @belongsTo(() => User, 'userId', { onDelete: 'cascade' }) user!: User;
}

@table('posts', { scopes: [{ name: 'published', where: () => ({ draft: 0 }) }] })
export class Post extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ default: 0 }) draft!: Generated<number>;
  @integer() authorId!: number;
  @updatedAt() updatedAt!: Generated<Date>;
  @version() version!: Generated<number>;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => User, 'authorId', { onDelete: 'cascade' }) author!: User;
  @hasMany(() => Comment, 'postId') comments!: Comment[];
  @manyToMany(() => Tag) tags!: Tag[];
  @manyToMany(() => Tag, { through: () => Pin }) pinned!: Tag[];
}

/** Deleted with its post, and with its user. */
@table('comments')
export class Comment extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @integer() postId!: number;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => Post, 'postId', { onDelete: 'cascade' }) post!: Post;
}

@table('tags')
export class Tag extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @deletedAt() deletedAt!: Date | null;
  @manyToMany(() => Post) posts!: Post[];
}

/** A link whose row stays when it is taken off. */
@table('pins', { primaryKey: ['postId', 'tagId'] })
export class Pin extends Model {
  @integer() postId!: number;
  @integer() tagId!: number;
  @integer({ default: 0 }) place!: Generated<number>;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => Post, 'postId', { onDelete: 'cascade' }) post!: Post;
  @belongsTo(() => Tag, 'tagId') tag!: Tag;
}

/** Of a user or a post, whose row it does not keep. */
@table('notes')
export class Note extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @choice(['user', 'post']) subjectType!: 'user' | 'post';
  @integer() subjectId!: number;
  @deletedAt() deletedAt!: Date | null;
  @belongsToAny(() => ({ user: User, post: Post }), 'subjectType', 'subjectId') subject!: User | Post;
}

export const models = [User, Profile, Post, Comment, Tag, Pin, Note];
