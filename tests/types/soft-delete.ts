/** Rows that are marked as deleted: the decorator and its field are compared, and the verbs have their results. */
import { defineModel, deletedAt, hasMany, id, integer, Model, table, text, type Generated } from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { is } from './equal.js';

@table('users')
export class User extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) email!: string;
  @deletedAt() deletedAt!: Date | null;
  @hasMany(() => Post, 'authorId') posts!: Post[];
}

@table('posts')
export class Post extends Model {
  @id() id!: Generated<number>;
  @integer() authorId!: number;
  @deletedAt({ name: 'gone_at', storage: 'integer', index: true }) goneAt!: Date | null;
}

@table('late')
export class Late extends AsyncModel {
  @id() id!: Generated<number>;
  @deletedAt() deletedAt!: Date | null;
}

export class Wrong extends Model {
  // @ts-expect-error: it is null where the row is not deleted
  @deletedAt() a!: Date;
  // @ts-expect-error: it holds a moment
  @deletedAt() b!: string | null;
  // @ts-expect-error: no option of it
  @deletedAt({ unique: true }) c!: Date | null;
}

export function synchronous(user: User): void {
  is<boolean>()(user.restore());
  is<boolean>()(user.forceDelete());
  is<boolean>()(user.isSoftDeleted);
  is<Date | null>()(user.deletedAt);
  is<User[]>()(User.query().withDeleted().all());
  is<User | undefined>()(User.filter({ email: 'x' }).onlyDeleted().first());
  is<number>()(User.query().onlyDeleted().restore());
  is<number>()(User.query().onlyDeleted().forceDelete());
  is<Post[]>()(user.related('posts').withDeleted().all());
  is<{ email: string }[]>()(User.query().select('email').withDeleted().all());
  User.with({ posts: { withDeleted: true } });
  // @ts-expect-error: yes or no
  User.with({ posts: { withDeleted: 1 } });
  // @ts-expect-error: no option
  User.with({ posts: { withDelete: true } });
  User.create({ email: 'x' }); // without it
  User.create({ email: 'x', deletedAt: new Date() });
  User.filter({ deletedAt: null });
  // @ts-expect-error: no field
  User.filter({ restore: null });
  // @ts-expect-error: no field
  User.filter({ isSoftDeleted: true });
  // @ts-expect-error: known to the instance
  user.isSoftDeleted = true;
}

export async function asynchronous(user: User, late: Late): Promise<void> {
  is<Promise<boolean>>()(user.async.restore());
  is<Promise<boolean>>()(user.async.forceDelete());
  is<Promise<boolean>>()(late.restore());
  is<Promise<boolean>>()(late.forceDelete());
  is<boolean>()(late.isSoftDeleted);
  is<Promise<number>>()(Late.query().onlyDeleted().restore());
  is<Promise<User[]>>()(User.query().withDeleted().async.all());
  await Late.filter({ id: 1 }).forceDelete();
}

const Note = defineModel('notes', { id: id(), deletedAt: deletedAt() });
is<Date | null>()(Note.create({}).deletedAt);
