import { beforeEach, describe, expect, it } from 'vitest';
import {
  belongsTo,
  bigint,
  computed,
  embedded,
  id,
  integer,
  InvalidValueError,
  json,
  Model,
  NotFoundError,
  NotUniqueError,
  QueryError,
  recordSet,
  sql,
  subtype,
  table,
  text,
  UnknownFieldError,
  updatedAt,
  version,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { blog, Comment, Post, Profile, User } from '../relations/blog.js';

class Size {
  @integer() width!: number;
  @integer() height!: number;
}

@table('pages')
class Page extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ default: 0 }) views!: Generated<number>;
  @json<string[]>({ default: () => [] }) tags!: Generated<string[]>;
  @embedded(() => Size, { nullable: true }) size!: Size | null;
  @text({ deferred: true, default: 'long' }) body!: Generated<string>;
  @integer({ generated: sql`views * 2` }) readonly twice!: number;
  @computed(sql`length(title)`) readonly letters!: number;
  @updatedAt() changedAt!: Generated<Date>;
  @version() version!: Generated<number>;
}

@table('members', { primaryKey: ['group', 'name'] })
class Member extends Model {
  @integer() group!: number;
  @text() name!: string;
  @integer({ default: 0 }) rank!: Generated<number>;
}

@table('vehicles', { discriminator: 'kind' })
abstract class Vehicle extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer() ownerId!: number;
  @belongsTo(() => User, 'ownerId') owner!: User;
}

@subtype('car')
class Car extends Vehicle {
  @integer() doors!: number;
}

@subtype('truck')
class Truck extends Vehicle {
  @bigint() cargo!: bigint;
}

const createPages = (...titles: string[]): Page[] => titles.map((title) => Page.create({ title }));

describe.each(drivers)('record sets on $name', ({ open }) => {
  let db: Database;

  beforeEach(async () => {
    db = await open({ models: [...blog, Page, Member, Vehicle, Car, Truck] });
    const [ann, ben] = [User.create({ name: 'Ann' }), User.create({ name: 'Ben' })];
    for (const [title, author] of [
      ['Owls', ann],
      ['Cats', ben],
      ['Dogs', ann],
    ] as const) {
      const post = Post.create({ title, authorId: author.id });
      for (const body of ['Nice', 'Great']) Comment.create({ body: `${body} ${title}`, postId: post.id });
    }
  });

  describe('hold instances', () => {
    it('in their order, each row once', () => {
      const [first, second, third] = Post.query().orderBy(['id', 'desc']).all() as [Post, Post, Post];
      const again = Post.findById(third.id)!;
      const statements = statementsOf(db, () => {
        const posts = recordSet([first, third, second, again, first]);
        expect([...posts]).toEqual([first, third, second]);
        expect(posts.at(1)).toBe(third);
        expect(posts.at(-1)).toBe(second);
        expect(posts.at(3)).toBeUndefined();
        expect(posts.size).toBe(3);
        expect(posts.ids).toEqual([3, 1, 2]);
        expect(posts.map(({ title }, index) => `${index} ${title}`)).toEqual(['0 Dogs', '1 Owls', '2 Cats']);
        expect(posts.has(again)).toBe(true);
        expect(JSON.stringify(posts)).toBe(JSON.stringify([first, third, second]));
      });
      expect(statements).toEqual([]);
    });

    it('of which there may be none', () => {
      const none = recordSet<Post>([]);
      const emptied = recordSet(Post.all()).filter(() => false);
      const statements = statementsOf(db, () => {
        for (const empty of [none, emptied]) {
          expect([...empty]).toEqual([]);
          expect(empty.ids).toEqual([]);
          expect(empty.write({ title: 'x' })).toBe(0);
          expect(empty.delete()).toBe(0);
          expect(empty.load('comments')).toBe(empty);
          expect(() => empty.one()).toThrow(NotFoundError);
        }
      });
      expect(statements).toEqual([]);
      expect(none.union(Post.all()).size).toBe(3);
      expect(recordSet(Post.all()).union(none).size).toBe(3);
      expect(recordSet(Post.all()).difference(none).size).toBe(3);
      expect(recordSet(Post.all()).intersection(none).size).toBe(0);
    });

    it('of which there may have to be one', () => {
      const posts = recordSet(Post.all());
      expect(posts.filter(({ title }) => title === 'Owls').one().title).toBe('Owls');
      expect(() => posts.one()).toThrow(NotUniqueError);
      expect(() => posts.one()).toThrow('More than one Post matches.');
      expect(() => posts.filter(() => false).one()).toThrow('This record set is empty.');
    });

    it('with the operations of sets, by row and not by object', () => {
      const [owls, cats, dogs] = Post.query().orderBy('id').all() as [Post, Post, Post];
      const again = recordSet(Post.filter({ title: 'Cats' }).all());
      const posts = recordSet([dogs, cats]);
      expect([...posts.union(again).union([owls])]).toEqual([dogs, cats, owls]);
      expect(posts.union(again).at(1)).toBe(cats);
      expect(posts.difference(again).ids).toEqual([3]);
      expect(posts.intersection(again).ids).toEqual([2]);
      expect(posts.intersection(again).one()).toBe(cats);
      expect(again.difference(posts).size).toBe(0);
      expect(posts.ids).toEqual([3, 2]);
    });

    it('with keys of several columns', () => {
      const members = [Member.create({ group: 1, name: 'Ann' }), Member.create({ group: 1, name: "O'Neil" })];
      const set = recordSet([...members, Member.findById({ group: 1, name: 'Ann' })!]);
      expect(set.ids).toEqual([
        { group: 1, name: 'Ann' },
        { group: 1, name: "O'Neil" },
      ]);
      expect(statementsOf(db, () => expect(set.write({ rank: 3 })).toBe(2))).toHaveLength(1);
      expect(members.map(({ rank }) => rank)).toEqual([3, 3]);
      expect(set.delete()).toBe(2);
      expect(Member.count()).toBe(0);
    });

    it('of one model only', () => {
      const mixed = () => recordSet<User | Post>([...User.all(), ...Post.all()]);
      expect(mixed).toThrow(QueryError);
      expect(mixed).toThrow('A record set holds rows of one model, and not of User and Post.');
      expect(() => recordSet<User | Post>(User.all()).union(Post.all())).toThrow(QueryError);
      expect(() => recordSet<User | Post>(User.all()).intersection(Post.all())).toThrow(QueryError);
    });

    it('of one database only', async () => {
      const other = await open({ alias: 'other' });
      const elsewhere = User.using(other).create({ name: 'Cleo' });
      const mixed = () => recordSet([...User.using(db).all(), elsewhere]);
      expect(mixed).toThrow(QueryError);
      expect(mixed).toThrow('A record set holds rows of one database, and not of "default" and "other".');
    });

    it('that are there', () => {
      for (const wrong of [undefined, null, 3, User, User.query(), Promise.resolve([])]) {
        expect(() => recordSet(wrong as never)).toThrow('A record set is made of instances that can be iterated over');
        expect(() => recordSet(User.all()).union(wrong as never)).toThrow(QueryError);
      }
      expect(recordSet(User.all()).has(undefined as never)).toBe(false);
    });

    it('that are saved', () => {
      const message = 'A record set holds saved instances of a model, and was given something else.';
      const deleted = User.create({ name: 'Cleo' });
      deleted.delete();
      for (const wrong of [User.build({ name: 'Cleo' }), deleted, {} as User, null as unknown as User]) {
        expect(() => recordSet([wrong])).toThrow(message);
      }
    });
  });

  describe('write', () => {
    it('fields of all in one statement', () => {
      const users = User.query().orderBy('id').all();
      const set = recordSet(users);
      const statements = statementsOf(db, () => expect(set.write({ country: 'se' })).toBe(2));
      expect(statements).toEqual([
        'UPDATE "users" SET "country" = ? WHERE "id" IN (SELECT "value" FROM json_each(?)) RETURNING "id", "country"',
      ]);
      expect(users.map(({ country }) => country)).toEqual(['se', 'se']);
      expect(User.query().pluck('country')).toEqual(['se', 'se']);
      expect(statementsOf(db, () => users.forEach((user) => user.save()))).toEqual([]);
    });

    it('what SQLite makes of it', () => {
      const pages = createPages('a', 'bc');
      pages[0]!.views = 7;
      pages[0]!.save();
      expect(recordSet(pages).write({ views: sql`views + 1`, tags: ['new'] })).toBe(2);
      expect(pages.map(({ views, twice, tags, letters }) => [views, twice, tags, letters])).toEqual([
        [8, 16, ['new'], 1],
        [1, 2, ['new'], 2],
      ]);
      expect(pages[0]!.tags).not.toBe(pages[1]!.tags);
      expect(statementsOf(db, () => pages.forEach((page) => page.save()))).toEqual([]);
    });

    it('a version and the time of the change, as the update of a query does', () => {
      const pages = createPages('a', 'b');
      const before = pages[0]!.changedAt;
      while (new Date() <= before);
      const [sqlOfSet] = statementsOf(db, () => recordSet(pages).write({ title: 'c' }));
      const [sqlOfQuery] = statementsOf(db, () => Page.filter({ views: 0 }).update({ title: 'c' }));
      expect(sqlOfSet!.split(' WHERE ')[0]).toBe(sqlOfQuery!.split(' WHERE ')[0]);
      expect(pages.map((page) => page.version)).toEqual([2, 2]);
      expect(pages[0]!.changedAt > before).toBe(true);
      const fresh = Page.query().orderBy('id').all();
      expect(fresh.map((page) => page.version)).toEqual([3, 3]);
      recordSet(pages).write({ title: 'd' }); // counted, and not compared
      expect(pages.map((page) => page.version)).toEqual([4, 4]);
      pages[0]!.title = 'e';
      pages[0]!.save();
      expect(pages[0]!.version).toBe(5);
    });

    it('and leave alone what else is changed and not saved', () => {
      const [ann, ben] = User.query().orderBy('id').all() as [User, User];
      ann.name = 'Anna';
      ben.country = 'no';
      recordSet([ann, ben]).write({ country: 'se' });
      expect([ann.name, ann.country, ben.country]).toEqual(['Anna', 'se', 'se']);
      expect(statementsOf(db, () => [ann.save(), ben.save()])).toEqual([
        'UPDATE "users" SET "name" = ? WHERE "id" = ?',
      ]);
    });

    it('embedded objects, in part or as a whole', () => {
      const pages = createPages('a', 'b');
      pages[1]!.size = Object.assign(new Size(), { width: 1, height: 2 });
      pages[1]!.save();
      recordSet(pages).write({ size: { width: 3, height: 4 } });
      expect(pages.map(({ size }) => ({ ...size }))).toEqual([
        { width: 3, height: 4 },
        { width: 3, height: 4 },
      ]);
      expect(pages[0]!.size).toBeInstanceOf(Size);
      recordSet(pages).write({ size: { width: 5 } as Size });
      expect({ ...pages[0]!.size }).toEqual({ width: 5, height: 4 });
      recordSet(pages).write({ size: null });
      expect(pages.map(({ size }) => size)).toEqual([null, null]);
      expect(statementsOf(db, () => pages.forEach((page) => page.save()))).toEqual([]);
    });

    it('deferred columns without reading them before', () => {
      createPages('a', 'b');
      const pages = Page.all();
      expect(statementsOf(db, () => recordSet(pages).write({ body: 'short' }))).toHaveLength(1);
      expect(statementsOf(db, () => expect(pages.map(({ body }) => body)).toEqual(['short', 'short']))).toEqual([]);
      expect(statementsOf(db, () => pages.forEach((page) => page.save()))).toEqual([]);
    });

    it('rows that a default scope hides, for they are known by their keys', () => {
      const hidden = Page.create({ title: 'a' });
      expect(recordSet([hidden]).write({ views: 3 })).toBe(1);
      expect(hidden.views).toBe(3);
    });

    it('and take the values back with a transaction that is undone', () => {
      const pages = createPages('a', 'b');
      const set = recordSet(pages);
      expect(() =>
        db.transaction(() => {
          set.write({ title: 'c', views: 3 });
          pages[1]!.views = 9;
          throw new Error('undo');
        }),
      ).toThrow('undo');
      expect(pages.map(({ title, views }) => [title, views])).toEqual([
        ['a', 0],
        ['b', 9],
      ]);
      expect(pages.map((page) => page.version)).toEqual([1, 1]);
    });

    const undone = (work: () => unknown) =>
      expect(() =>
        db.transaction(() => {
          work();
          throw new Error('undo');
        }),
      ).toThrow('undo');

    it('and take back deferred columns, embedded objects and what was written by several writes', () => {
      createPages('a', 'b');
      const [page, other] = Page.query().orderBy('id').all() as [Page, Page];
      other.size = Object.assign(new Size(), { width: 1, height: 2 });
      other.save();
      expect(other.body).toBe('long');
      const unread = Page.findById(page.id)!;
      undone(() => recordSet([unread, other]).write({ body: 'short' }));
      expect([unread.body, other.body]).toEqual(['long', 'long']);
      undone(() => recordSet([page, other]).write({ size: null }));
      expect([page.size, { ...other.size }]).toEqual([null, { width: 1, height: 2 }]);
      expect(other.size).toBeInstanceOf(Size);
      undone(() => recordSet([page, other]).write({ size: { width: 3, height: 4 } }));
      expect([page.size, { ...other.size }]).toEqual([null, { width: 1, height: 2 }]);
      undone(() => {
        page.title = 'saved';
        page.save();
        recordSet([page, other]).write({ tags: ['x'] });
        recordSet([page, other]).write({ views: 7 });
      });
      expect([page.title, page.tags, page.views, other.views]).toEqual(['saved', [], 0, 0]);
      page.title = 'a';
      expect(statementsOf(db, () => [unread, page, other].forEach((each) => each.save()))).toEqual([]);
    });

    it('and take back one write inside another', () => {
      const [page] = createPages('a') as [Page];
      undone(() => {
        recordSet([page]).write({ views: 1 });
        db.transaction(() => recordSet([page]).write({ views: 2 }));
        expect(page.views).toBe(2);
      });
      expect([page.views, page.version]).toEqual([0, 1]);
    });

    it('and leave deferred columns alone that were forgotten before their write was undone', () => {
      createPages('a');
      const page = Page.query().one();
      undone(() => {
        recordSet([page]).write({ body: 'short' });
        page.reload();
      });
      expect(statementsOf(db, () => page.title)).toEqual([]);
      expect(page.body).toBe('long');
    });

    it('nothing where a row of theirs is gone, and say how many there were', () => {
      const [ann, ben] = User.query().orderBy('id').all() as [User, User];
      Comment.filter({ id: sql`id` }).delete();
      User.filter({ id: ben.id }).delete();
      expect(recordSet([ann, ben]).write({ country: 'se' })).toBe(1);
      expect([ann.country, ben.country]).toEqual(['se', null]);
    });

    it('and refuse what no update takes', () => {
      const set = recordSet(User.all());
      const statements = statementsOf(db, () => {
        expect(() => set.write({ name: 3 as unknown as string })).toThrow(InvalidValueError);
        expect(() => set.write({ nmae: 'x' } as never)).toThrow(UnknownFieldError);
        expect(() => set.write({})).toThrow(QueryError);
        expect(() => set.write(null as never)).toThrow('An update of User takes an object of fields.');
        expect(() => set.write({ id: 3 })).toThrow(
          'User.id is part of the primary key, by which the rows of a record set are known.',
        );
      });
      expect(statements).toEqual([]);
    });

    it('any number of rows', () => {
      db.transaction(() => {
        for (let n = 0; n < 2500; n++) Member.create({ group: n, name: `'${n}"` });
      });
      const set = recordSet(Member.all());
      expect(statementsOf(db, () => expect(set.write({ rank: 1 })).toBe(2500))).toHaveLength(1);
      expect(Member.filter({ rank: 1 }).count()).toBe(2500);
      expect(statementsOf(db, () => expect(set.delete()).toBe(2500))).toHaveLength(1);
      expect(Member.count()).toBe(0);
    });
  });

  describe('delete', () => {
    it('all rows in one statement', () => {
      const comments = Comment.all();
      const set = recordSet(comments).filter(({ body }) => body.startsWith('Nice'));
      const statements = statementsOf(db, () => expect(set.delete()).toBe(3));
      expect(statements).toEqual([
        'DELETE FROM "comments" WHERE "id" IN (SELECT "value" FROM json_each(?)) RETURNING "id"',
      ]);
      expect(Comment.count()).toBe(3);
      expect(() => set.at(0)!.save()).toThrow(NotFoundError);
      expect(statementsOf(db, () => expect(set.delete()).toBe(0))).toEqual([]);
      expect(() => set.write({ body: 'x' })).toThrow(NotFoundError);
      expect(recordSet(comments.filter((comment) => !set.has(comment))).size).toBe(3);
      expect(set.size).toBe(3);
    });

    it('and have them back with a transaction that is undone', () => {
      const set = recordSet(Comment.all());
      expect(() =>
        db.transaction(() => {
          expect(set.delete()).toBe(6);
          throw new Error('undo');
        }),
      ).toThrow('undo');
      expect(set.write({ likes: 1 })).toBe(6);
    });

    it('what is left of them', () => {
      const comments = Comment.all();
      Comment.filter({ id: comments[0]!.id }).delete();
      expect(recordSet(comments).delete()).toBe(5);
    });
  });

  describe('load', () => {
    it('a relation of all with one statement, wherever they were read', () => {
      const posts = recordSet([1, 2, 3].map((key) => Post.findById(key)!));
      const statements = statementsOf(db, () => expect(posts.load('comments')).toBe(posts));
      expect(statements).toHaveLength(1);
      expect(statements[0]).toMatch(/FROM "comments" WHERE "post_id" IN \(SELECT "value" FROM json_each\(\?\)\)$/);
      const read = statementsOf(db, () => {
        expect(posts.map(({ comments }) => comments.length)).toEqual([2, 2, 2]);
      });
      expect(read).toEqual([]);
    });

    it('only for those that lack it, and further ones for all', () => {
      const posts = recordSet([1, 2, 3].map((key) => Post.findById(key)!));
      const [owls] = posts.at(0)!.load('comments').comments;
      expect(statementsOf(db, () => posts.load('comments.post', 'author'))).toHaveLength(3);
      expect(posts.at(0)!.comments[0]).toBe(owls);
      expect(statementsOf(db, () => posts.load('comments.post', 'author'))).toEqual([]);
      const read = statementsOf(db, () => {
        for (const post of posts) for (const { post: back } of post.comments) expect(back.id).toBe(post.id);
        expect(posts.map(({ author }) => author.name)).toEqual(['Ann', 'Ben', 'Ann']);
      });
      expect(read).toEqual([]);
    });

    it('relations to one, of which there may be none', () => {
      const users = recordSet([1, 2].map((key) => User.findById(key)!));
      Profile.create({ userId: 1, bio: 'Owls' });
      expect(statementsOf(db, () => users.load('profile'))).toHaveLength(1);
      expect(statementsOf(db, () => users.load('profile'))).toEqual([]);
      expect(users.map(({ profile }) => profile?.bio)).toEqual(['Owls', undefined]);
    });

    it('deferred columns of all with one statement', () => {
      createPages('a', 'b');
      const pages = recordSet([1, 2].map((key) => Page.findById(key)!));
      pages.at(0)!.body = 'mine';
      expect(statementsOf(db, () => pages.load('body'))).toHaveLength(1);
      expect(statementsOf(db, () => expect(pages.map(({ body }) => body)).toEqual(['mine', 'long']))).toEqual([]);
      expect(statementsOf(db, () => pages.load('body'))).toEqual([]);
    });

    it('nothing that is none', () => {
      const posts = recordSet(Post.all());
      expect(() => posts.load('titel' as 'author')).toThrow(UnknownFieldError);
      expect(() => posts.load('title')).toThrow(QueryError);
    });
  });

  describe('of models that share a table', () => {
    const createVehicles = (): Vehicle[] => {
      Car.create({ name: 'a', ownerId: 1, doors: 3 });
      Truck.create({ name: 'b', ownerId: 2, cargo: 3n });
      Car.create({ name: 'c', ownerId: 2, doors: 5 });
      return Vehicle.query().orderBy('id').all();
    };

    it('are written with one statement', () => {
      const vehicles = createVehicles();
      const statements = statementsOf(db, () => expect(recordSet(vehicles).write({ name: 'x', ownerId: 1 })).toBe(3));
      expect(statements).toEqual([
        'UPDATE "vehicles" SET "name" = ?, "owner_id" = ? WHERE "id" IN (SELECT "value" FROM json_each(?)) ' +
          'RETURNING "id", "name", "owner_id"',
      ]);
      expect(vehicles.map(({ name, ownerId }) => [name, ownerId])).toEqual([
        ['x', 1],
        ['x', 1],
        ['x', 1],
      ]);
      expect(statementsOf(db, () => vehicles.forEach((vehicle) => vehicle.save()))).toEqual([]);
      expect(Vehicle.query().pluck('name')).toEqual(['x', 'x', 'x']);
    });

    it('have no field that only some of them have', () => {
      const vehicles = recordSet<Vehicle>(createVehicles());
      expect(() => vehicles.write({ doors: 4 } as never)).toThrow(UnknownFieldError);
      const cars = recordSet(Car.all());
      expect(cars.write({ doors: 4 })).toBe(2);
      expect(vehicles.intersection(cars).ids).toEqual([1, 3]);
    });

    it('load what they lead to with one statement for each model', () => {
      const vehicles = recordSet(createVehicles());
      expect(statementsOf(db, () => vehicles.load('owner'))).toHaveLength(2);
      expect(vehicles.map(({ owner }) => owner.name)).toEqual(['Ann', 'Ben', 'Ben']);
    });

    it('are deleted with one statement', () => {
      const vehicles = recordSet(createVehicles());
      expect(statementsOf(db, () => expect(vehicles.delete()).toBe(3))).toHaveLength(1);
      expect(Vehicle.count()).toBe(0);
    });
  });

  it('in a unit of work are its own instances', () => {
    db.unitOfWork((work) => {
      const posts = recordSet([work.find(Post, 1)!, work.find(Post, 3)!]);
      const ann = work.find(User, 1)!;
      expect(statementsOf(db, () => posts.load('author'))).toHaveLength(1);
      expect(posts.map(({ author }) => author === ann)).toEqual([true, true]);
      posts.write({ title: 'x' });
    });
    expect(Post.query().orderBy('id').pluck('title')).toEqual(['x', 'Cats', 'x']);
  });
});
