import {
  beforeValidate,
  belongsTo,
  boolean,
  createdAt,
  datetime,
  hasMany,
  hasManyThrough,
  id,
  integer,
  manyToMany,
  Model,
  rules,
  scope,
  table,
  text,
  validate,
  version,
  type Generated,
} from 'litemodel';

@table('authors')
export class Author extends Model {
  @id() id!: Generated<number>;
  @validate(rules.required()) @text() name!: string;
  @validate(rules.email()) @text({ unique: true }) email!: string;
  @hasMany(() => Post, 'authorId') posts!: Post[];
  @hasManyThrough(() => Comment, 'posts.comments') received!: Comment[];
}

@table('posts')
export class Post extends Model {
  static readonly published = scope<Post>('published', { draft: false });

  @id() id!: Generated<number>;
  @validate(rules.required(), rules.maxLength(80)) @text() title!: string;
  @text({ unique: true }) slug!: Generated<string>;
  @text() body!: string;
  @boolean({ default: true }) draft!: Generated<boolean>;
  @datetime({ nullable: true }) publishedAt!: Date | null;
  @version() version!: Generated<number>;
  @integer() authorId!: number;
  @belongsTo(() => Author, 'authorId', { onDelete: 'cascade' }) author!: Author;
  @hasMany(() => Comment, 'postId') comments!: Comment[];
  @manyToMany(() => Tag) tags!: Tag[];

  /** A post has an address, and the time at which it was published first. */
  @beforeValidate() complete() {
    this.slug ??= this.title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-|-$/g, '');
    if (!this.draft) this.publishedAt ??= new Date();
  }
}

@table('comments')
export class Comment extends Model {
  @id() id!: Generated<number>;
  @validate(rules.required(), rules.maxLength(500)) @text() body!: string;
  @createdAt() createdAt!: Generated<Date>;
  @integer() postId!: number;
  @belongsTo(() => Post, 'postId', { onDelete: 'cascade' }) post!: Post;

  /** Nobody comments on what is not published. */
  @validate() isOnPublished() {
    const post = this.post ?? Post.findById(this.postId); // what a new one leads to is not read by itself
    return post.draft ? { path: 'post', message: 'is not published yet' } : undefined;
  }
}

@table('tags')
export class Tag extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true, collate: 'NOCASE' }) name!: string;
  @manyToMany(() => Post) posts!: Post[];
}

export const models = [Author, Post, Comment, Tag];
