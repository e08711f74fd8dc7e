/** The models of the tests of relations: a blog, with a tree of categories. */
import { belongsTo, hasMany, hasOne, id, integer, Model, table, text, type Generated } from 'litemodel';

@table('users')
export class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @text({ nullable: true }) country!: string | null;
  @hasMany(() => Post, 'authorId') posts!: Post[];
  @hasOne(() => Profile, 'userId') profile!: Profile | null;
}

@table('profiles')
export class Profile extends Model {
  @id() id!: Generated<number>;
  @integer({ unique: true }) userId!: number;
  @text() bio!: string;
  @belongsTo(() => User, 'userId', { onDelete: 'cascade' }) user!: User;
}

@table('posts')
export class Post extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer() authorId!: number;
  @integer({ nullable: true }) editorId!: number | null;
  @belongsTo(() => User, 'authorId', { onDelete: 'cascade' }) author!: User;
  @belongsTo(() => User, 'editorId', { nullable: true, onDelete: 'set null' }) editor!: User | null;
  @hasMany(() => Comment, 'postId') comments!: Comment[];
}

@table('comments')
export class Comment extends Model {
  @id() id!: Generated<number>;
  @text() body!: string;
  @integer() postId!: number;
  @integer({ default: 0 }) likes!: Generated<number>;
  @belongsTo(() => Post, 'postId') post!: Post;
}

@table('categories')
export class Category extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer({ nullable: true }) parentId!: number | null;
  @belongsTo(() => Category, 'parentId', { nullable: true }) parent!: Category | null;
  @hasMany(() => Category, 'parentId') children!: Category[];
}

export const blog = [User, Profile, Post, Comment, Category];
