import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  belongsTo,
  deletedAt,
  ForeignKeyViolation,
  hasMany,
  id,
  integer,
  Model,
  some,
  sql,
  table,
  text,
  UniqueViolation,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { Comment, models, Pin, Post, Profile, Tag, User } from './models.js';

@table('folders')
class Folder extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @integer({ nullable: true }) parentId!: number | null;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => Folder, 'parentId', { nullable: true, onDelete: 'cascade' }) parent!: Folder | null;
  @hasMany(() => Folder, 'parentId') children!: Folder[];
}

/** Its row goes with that of its folder only where that goes itself. */
@table('stickers')
class Sticker extends Model {
  @id() id!: Generated<number>;
  @integer() folderId!: number;
  @belongsTo(() => Folder, 'folderId', { onDelete: 'cascade' }) folder!: Folder;
}

@table('customers')
class Customer extends Model {
  @id() id!: Generated<number>;
  @deletedAt() deletedAt!: Date | null;
}

/** Keeps its customer, as long as it is not deleted itself. */
@table('orders')
class Order extends Model {
  @id() id!: Generated<number>;
  @integer() customerId!: number;
  @deletedAt() deletedAt!: Date | null;
  @belongsTo(() => Customer, 'customerId', { onDelete: 'restrict' }) customer!: Customer;
}

/** Keeps it in any case, and lets it go by the other key. */
@table('invoices')
class Invoice extends Model {
  @id() id!: Generated<number>;
  @integer({ nullable: true }) customerId!: number | null;
  @integer({ nullable: true }) payerId!: number | null;
  @belongsTo(() => Customer, 'customerId', { nullable: true, onDelete: 'restrict' }) customer!: Customer | null;
  @belongsTo(() => Customer, 'payerId', { nullable: true, onDelete: 'set null' }) payer!: Customer | null;
}

const noon = new Date('2026-11-21T12:00:00.000Z');
const all = [...models, Folder, Sticker, Customer, Order, Invoice];

let db: Database;

const isWrite = (sql: string): boolean => !sql.startsWith('SELECT');

describe.each(drivers)('what is deleted along with a row on $name', ({ open }) => {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: noon });
    db = await open({ models: all });
  });
  afterEach(() => void vi.useRealTimers());

  /** Ann has a profile and two posts, each of which has two comments. */
  function fill(): User {
    const ann = User.create({ email: 'ann@x.org', name: 'Ann' });
    Profile.create({ bio: 'me', userId: ann.id });
    for (const title of ['Owls', 'Cats']) {
      const post = Post.create({ title, authorId: ann.id });
      for (const body of ['nice', 'rude']) Comment.create({ body: `${title}: ${body}`, postId: post.id });
    }
    return ann;
  }

  const living = () => [User.count(), Profile.count(), Post.count(), Comment.count()];

  it('is what refers to it by onDelete cascade, to any depth, by one statement for each relation and level', () => {
    const ann = fill();
    const along = (table: string, key: string) =>
      `UPDATE "${table}" SET "deleted_at" = ? WHERE "${key}" IN (SELECT "value" FROM json_each(?)) AND "deleted_at" IS NULL`;
    expect(statementsOf(db, () => ann.delete())).toEqual([
      'BEGIN IMMEDIATE',
      'UPDATE "users" SET "deleted_at" = ? WHERE "id" = ? AND "deleted_at" IS NULL RETURNING "deleted_at", "post_count"',
      along('profiles', 'user_id'),
      'UPDATE "posts" SET "deleted_at" = ?, "updated_at" = ?, "version" = "version" + 1 ' +
        'WHERE "author_id" IN (SELECT "value" FROM json_each(?)) AND "deleted_at" IS NULL RETURNING "id"',
      along('comments', 'post_id'),
      along('pins', 'post_id'),
      'COMMIT',
    ]);
    expect(living()).toEqual([0, 0, 0, 0]);
    const moments = [User, Profile, Post, Comment].flatMap((model) =>
      (model as typeof User).query().onlyDeleted().pluck('deletedAt'),
    );
    expect(new Set(moments.map((moment) => moment!.getTime())).size).toBe(1); // though the profile's is an integer
    expect(Post.query().onlyDeleted().pluck('version')).toEqual([2, 2]);
  });

  it('comes back with it, and nothing else does', () => {
    const ann = fill();
    const [owls, cats] = ann.posts as [Post, Post];
    owls.comments[1]!.delete(); // by itself
    cats.delete(); // with its comments
    ann.delete();
    expect(living()).toEqual([0, 0, 0, 0]);
    const statements = statementsOf(db, () => ann.restore()).filter(isWrite);
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      'UPDATE "users" SET "deleted_at" = ? WHERE "id" = ? AND "deleted_at" IS NOT NULL RETURNING "deleted_at", "post_count"',
      'UPDATE "profiles" SET "deleted_at" = ? WHERE "user_id" IN (SELECT "value" FROM json_each(?)) AND "deleted_at" = ?',
      'UPDATE "posts" SET "deleted_at" = ?, "updated_at" = ?, "version" = "version" + 1 WHERE "id" IN (SELECT "value" FROM json_each(?))',
      'UPDATE "comments" SET "deleted_at" = ? WHERE "post_id" IN (SELECT "value" FROM json_each(?)) AND "deleted_at" = ?',
      'UPDATE "pins" SET "deleted_at" = ? WHERE "post_id" IN (SELECT "value" FROM json_each(?)) AND "deleted_at" = ?',
      'COMMIT',
    ]);
    expect(living()).toEqual([1, 1, 1, 1]);
    expect(Comment.query().pluck('body')).toEqual(['Owls: nice']);
    expect(cats.reload().restore()).toBe(true);
    expect(living()).toEqual([1, 1, 2, 3]);
  });

  it('comes back by another instance, which knows nothing of the moment', () => {
    const ann = fill();
    const other = User.findById(ann.id)!;
    ann.delete();
    expect(other.restore()).toBe(true);
    expect(living()).toEqual([1, 1, 2, 4]);
    expect(other.restore()).toBe(false);
  });

  it('is told apart though the clock stands still', () => {
    const ann = fill();
    Comment.filter({ body: 'Owls: nice' }).delete();
    Post.filter({ title: 'Cats' }).delete();
    ann.delete();
    const [eve] = [User.create({ email: 'eve@x.org', name: 'Eve' })];
    ann.restore();
    expect(Comment.query().pluck('body')).toEqual(['Owls: rude']);
    expect(Post.query().pluck('title')).toEqual(['Owls']);
    Post.filter({ title: 'Cats' }).restore();
    expect(Comment.query().pluck('body')).toEqual(['Owls: rude', 'Cats: nice', 'Cats: rude']);
    eve.delete();
    expect(User.query().pluck('name')).toEqual(['Ann']);
  });

  it('is the same for queries, of rows that were deleted at different moments, too', () => {
    const ann = fill();
    const posts = Post.query().orderBy('id').all();
    posts[0]!.delete();
    vi.setSystemTime(noon.getTime() + 5000);
    expect(Post.filter({ authorId: ann.id }).delete()).toBe(1);
    expect(living()).toEqual([1, 1, 0, 0]);
    expect(Post.filter({ authorId: ann.id }).restore()).toBe(2);
    expect(living()).toEqual([1, 1, 2, 4]);
    expect(Post.filter({ authorId: ann.id }).returning('title').delete()).toEqual([
      { title: 'Owls' },
      { title: 'Cats' },
    ]);
    expect(living()).toEqual([1, 1, 0, 0]);
    expect(User.filter({ id: ann.id }).delete()).toBe(1);
    expect(User.filter({ id: ann.id }).restore()).toBe(1);
    expect(living()).toEqual([1, 1, 0, 0]); // the posts were deleted before
  });

  it('leaves nothing behind where one of it cannot come back', () => {
    const ann = fill();
    ann.delete();
    const eve = User.create({ email: 'eve@x.org', name: 'Eve' });
    Profile.create({ bio: 'her', userId: eve.id });
    db.run(sql`UPDATE profiles SET user_id = ${ann.id} WHERE user_id = ${eve.id}`);
    expect(() => ann.restore()).toThrow(UniqueViolation);
    expect(() => User.query().onlyDeleted().restore()).toThrow(UniqueViolation);
    expect([ann.isSoftDeleted, ...living()]).toEqual([true, 1, 1, 0, 0]);
  });

  it('goes down a tree', () => {
    const folder = (name: string, parent?: Folder) => Folder.create({ name, parentId: parent?.id ?? null });
    const root = folder('root');
    const [left, right] = [folder('left', root), folder('right', root)];
    const leaf = folder('leaf', left);
    Sticker.create({ folderId: leaf.id });
    right.delete();
    expect(statementsOf(db, () => root.delete()).filter((sql) => sql.startsWith('UPDATE'))).toHaveLength(4); // the last finds none
    expect([Folder.count(), Sticker.count()]).toEqual([0, 1]);
    root.restore();
    expect(Folder.query().orderBy('id').pluck('name')).toEqual(['root', 'left', 'leaf']);
    expect(Folder.filter({ children: some({ name: 'leaf' }) }).pluck('name')).toEqual(['left']);
    folder('right', root);
    expect(() => right.restore()).toThrow(UniqueViolation);
    root.delete();
    expect(root.forceDelete()).toBe(true); // by SQLite, with all that refers to it
    expect([Folder.query().withDeleted().count(), Sticker.count()]).toEqual([0, 0]);
  });

  it('is nothing where somebody has to keep the row', () => {
    const customer = Customer.create({});
    const [order, other] = [Order.create({ customerId: customer.id }), Order.create({ customerId: customer.id })];
    const error: unknown = (() => {
      try {
        customer.delete();
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(ForeignKeyViolation);
    expect((error as ForeignKeyViolation).message).toBe(
      'A foreign key fails: the row refers to one that does not exist, or another row still refers to it. ' +
        "A Order that is not deleted refers to this Customer with { onDelete: 'restrict' }.",
    );
    expect([customer.deletedAt, customer.isSoftDeleted, Customer.count()]).toEqual([null, false, 1]);
    order.delete();
    expect(() => Customer.deleteAll()).toThrow(ForeignKeyViolation);
    other.delete();
    const invoice = Invoice.create({ customerId: customer.id, payerId: customer.id });
    expect(() => customer.delete()).toThrow(ForeignKeyViolation);
    invoice.customerId = null;
    invoice.save();
    expect(statementsOf(db, () => customer.delete())).toEqual([
      'BEGIN IMMEDIATE',
      'UPDATE "customers" SET "deleted_at" = ? WHERE "id" = ? AND "deleted_at" IS NULL RETURNING "deleted_at"',
      'SELECT 1 FROM "orders" WHERE "customer_id" IN (SELECT "value" FROM json_each(?)) AND "deleted_at" IS NULL LIMIT 1',
      'SELECT 1 FROM "invoices" WHERE "customer_id" IN (SELECT "value" FROM json_each(?)) LIMIT 1',
      'COMMIT',
    ]);
    expect(invoice.reload().payerId).toBe(customer.id); // set null is for rows that are gone
    expect(() => customer.forceDelete()).toThrow(ForeignKeyViolation); // deleted orders refer to it, too
  });

  it('is in one unit of work with what it goes with, and what is deleted there by itself stays deleted', () => {
    const ann = fill();
    const [post] = ann.posts as [Post];
    db.unitOfWork((work) => {
      work.delete(post);
      work.delete(ann);
    });
    expect(living()).toEqual([0, 0, 0, 0]);
    ann.restore();
    expect(Post.query().pluck('title')).toEqual(['Cats']);
  });

  it('are links that a model of their own has, which come back when they are made again', () => {
    const post = Post.create({ title: 'Owls', authorId: User.create({ email: 'a', name: 'Ann' }).id });
    const [birds, night] = ['birds', 'night'].map((name) => Tag.create({ name })) as [Tag, Tag];
    const pinned = post.related('pinned');
    const names = () => Post.findById(post.id)!.pinned.map(({ name }) => name);
    expect(pinned.attach([birds, night], { place: 1 })).toBe(2);
    expect(pinned.attach(night)).toBe(0);
    expect(pinned.detach(birds)).toBe(1);
    expect([names(), Pin.count(), Pin.query().withDeleted().count()]).toEqual([['night'], 1, 2]);
    expect(pinned.attach(birds)).toBe(1);
    expect([names(), Pin.query().withDeleted().count()]).toEqual([['birds', 'night'], 2]);
    expect(pinned.sync([birds])).toEqual({ attached: [], detached: [night.id], updated: [] });
    expect(pinned.sync([night])).toEqual({ attached: [night.id], detached: [birds.id], updated: [] });
    expect(pinned.toggle([birds, night])).toEqual({ attached: [birds.id], detached: [night.id] });
    expect([names(), Pin.count(), Pin.query().withDeleted().count()]).toEqual([['birds'], 1, 2]);
    post.delete();
    expect(Pin.count()).toBe(0);
    post.restore();
    expect(names()).toEqual(['birds']);
  });
});
