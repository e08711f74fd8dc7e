import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bigint,
  defineModel,
  DefinitionError,
  id,
  integer,
  Model,
  NotFoundError,
  ReadOnlyFieldError,
  sql,
  StaleRecordError,
  table,
  text,
  updatedAt,
  version,
  type Generated,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { newPath } from '../databases/file.js';
import { drivers, statementsOf } from '../open-database.js';

@table('pages')
class Page extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ default: 0 }) views!: Generated<number>;
  @version() version!: Generated<number>;
}

const stale = (verb: string) =>
  `The row of this Page was updated since it was read, so it cannot be ${verb}. ` +
  'reload() the instance, look at what is there now, and try again.';

describe.each(drivers)('a version on $name', ({ open }) => {
  it('begins with 1 and grows with each update, in the statement that updates', async () => {
    const db = await open({ models: [Page] });
    const page = Page.create({ title: 'a' });
    expect(page.version).toBe(1);
    page.title = 'b';
    expect(statementsOf(db, () => page.save())).toEqual([
      'UPDATE "pages" SET "title" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?',
    ]);
    expect(page.version).toBe(2);
    expect(statementsOf(db, () => page.save())).toEqual([]);
    page.title = 'c';
    page.views = 1;
    page.save();
    expect({ ...page }).toEqual({ id: 1, title: 'c', views: 1, version: 3 });
    expect(db.all(sql`SELECT * FROM pages`)).toEqual([{ id: 1, title: 'c', views: 1, version: 3 }]);
  });

  it('keeps one writer from undoing what another one wrote', async () => {
    const db = await open({ models: [Page] });
    Page.create({ title: 'a' });
    const [mine, other] = [Page.findById(1)!, Page.findById(1)!];
    other.title = 'theirs';
    other.save();
    mine.views = 5;
    const statements = statementsOf(db, () => {
      expect(() => mine.save()).toThrow(new StaleRecordError('Page', 'save'));
      expect(() => mine.delete()).toThrow(stale('deleted'));
    });
    expect(statements).toEqual([
      'UPDATE "pages" SET "views" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ?',
      'SELECT "id", "title", "views", "version" FROM "pages" WHERE "id" = ?',
      'DELETE FROM "pages" WHERE "id" = ? AND "version" = ?',
      'SELECT "id", "title", "views", "version" FROM "pages" WHERE "id" = ?',
    ]);
    expect(mine).toMatchObject({ title: 'a', views: 5, version: 1 });
    expect(db.all(sql`SELECT * FROM pages`)).toEqual([{ id: 1, title: 'theirs', views: 0, version: 2 }]);
    mine.reload().views = 5;
    mine.save();
    expect(Page.findById(1)).toMatchObject({ title: 'theirs', views: 5, version: 3 });
    expect(mine.delete()).toBe(true);
  });

  it('tells a row that is gone from one that was updated', async () => {
    await open({ models: [Page] });
    const page = Page.create({ title: 'a' });
    Page.deleteAll();
    page.title = 'b';
    expect(() => page.save()).toThrow(NotFoundError);
    expect(page.delete()).toBe(false);
  });

  it('does not take a row that a trigger keeps for a stale one', async () => {
    const db = await open({ models: [Page] });
    const page = Page.create({ title: 'a' });
    db.execute(`CREATE TRIGGER keep_u BEFORE UPDATE ON pages BEGIN SELECT RAISE(IGNORE); END;
      CREATE TRIGGER keep_d BEFORE DELETE ON pages BEGIN SELECT RAISE(IGNORE); END;`);
    page.title = 'b';
    expect(() => page.save()).toThrow(NotFoundError);
    expect(page.version).toBe(1);
    expect(page.delete()).toBe(false);
  });

  it('grows with updates by query, too', async () => {
    const db = await open({ models: [Page] });
    const page = Page.create({ title: 'a' });
    Page.create({ title: 'b' });
    expect(statementsOf(db, () => Page.filter({ title: 'a' }).update({ views: sql`views + 1` }))).toEqual([
      'UPDATE "pages" SET "views" = views + 1, "version" = "version" + 1 WHERE "title" = ?'.replace(
        '"views" + 1',
        'views + 1',
      ),
    ]);
    expect(Page.updateAll({ views: 3 })).toBe(2);
    expect(Page.filter({ id: 1 }).returning('version').update({ views: 4 })).toEqual([{ version: 4 }]);
    expect(Page.query().orderBy('id').pluck('version')).toEqual([4, 2]);
    page.title = 'c';
    expect(() => page.save()).toThrow(stale('saved'));
  });

  it('is not set by hand after the insert', async () => {
    await open({ models: [Page] });
    const page = Page.create({ title: 'a' });
    page.version = 7;
    expect(() => page.save()).toThrow(ReadOnlyFieldError);
    expect(() => page.save()).toThrow('Page.version cannot be written: it counts the updates of its row.');
    expect(() => page.fill({ version: 7 })).toThrow('may not be filled from input');
    expect(() => Page.filter({ id: 1 }).update({ version: 7 })).toThrow(ReadOnlyFieldError);
    expect(() => Page.updateAll({ version: 7 })).toThrow(ReadOnlyFieldError);
    expect(Page.findById(1)!.version).toBe(1);
  });

  it('goes back with a transaction that is rolled back', async () => {
    const db = await open({ models: [Page] });
    const page = Page.create({ title: 'a' });
    expect(() =>
      db.transaction(() => {
        page.title = 'b';
        page.save();
        expect(page.version).toBe(2);
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(statementsOf(db, () => page.save())).toHaveLength(1);
    expect(page).toMatchObject({ title: 'b', version: 2 });
    expect(Page.findById(1)).toMatchObject({ title: 'b', version: 2 });
  });

  it('stands beside generated columns, times of update, bigints and keys of several columns', async () => {
    const Seat = defineModel(
      'seats',
      {
        row: integer(),
        place: text(),
        size: bigint(),
        double: bigint({ generated: sql`size * 2` }),
        seen: updatedAt(),
        count: version({ name: 'lock_version' }),
      },
      { primaryKey: ['row', 'place'] },
    );
    const db = await open({ models: [Seat] });
    const seat = Seat.create({ row: 1, place: 'a', size: 5n } as never);
    const other = Seat.all()[0]!;
    for (const size of [6n, 7n]) {
      seat.size = size;
      expect(statementsOf(db, () => seat.save())).toEqual([
        'UPDATE "seats" SET "size" = ?, "seen" = ?, "lock_version" = "lock_version" + 1 WHERE "row" = ? AND "place" = ? AND "lock_version" = ? RETURNING "double"'.replace(
          'updated_at',
          'seen',
        ),
      ]);
      expect(seat.double).toBe(size * 2n);
    }
    expect(seat.count).toBe(3);
    other.size = 1n;
    expect(() => other.save()).toThrow(StaleRecordError);
    other.reload().place = 'b';
    other.save();
    expect(Seat.all()).toMatchObject([{ place: 'b', size: 7n, count: 4 }]);
    expect(() => seat.delete()).not.toThrow();
    expect(other.delete()).toBe(true);
  });

  it('is added to a table that has rows', async () => {
    const db = await open();
    db.execute(`CREATE TABLE pages (id INTEGER NOT NULL PRIMARY KEY, title TEXT NOT NULL, views INTEGER NOT NULL DEFAULT 0) STRICT;
      INSERT INTO pages (title) VALUES ('old')`);
    const page = Page.using(db).findById(1)!;
    page.title = 'new';
    expect(page.save().version).toBe(2);
  });
});

it('is one column of a table at most', () => {
  expect(() => defineModel('twice', { id: id(), a: version(), b: version() })).toThrow(DefinitionError);
  expect(() => defineModel('twice', { id: id(), a: version(), b: version() })).toThrow(
    'twice has 2 versions: a, b. One counts all updates of a row.',
  );
});

describe('two connections on one file', () => {
  const openTwice = () => {
    const path = newPath();
    const homes = ['one', 'two'].map((alias) => openFile(path, { models: [Page], alias }));
    return { homes, close: () => homes.forEach((db) => db.close()) };
  };

  it('lose an update without a version, and not with one', () => {
    const Plain = defineModel('plain', { id: id(), count: integer() });
    const { homes, close } = openTwice();
    const readBoth = <T>(find: (db: (typeof homes)[number]) => T) => homes.map(find);
    Plain.using(homes[0]!).create({ count: 0 });
    for (const each of readBoth((db) => Plain.using(db).findById(1)!)) {
      each.count++;
      each.save();
    }
    expect(Plain.using(homes[0]!).findById(1)!.count).toBe(1); // two were made

    Page.using(homes[0]!).create({ title: 'x' });
    const [a, b] = readBoth((db) => Page.using(db).findById(1)!);
    for (const each of [a!, b!]) each.views++;
    a!.save();
    expect(() => b!.save()).toThrow(StaleRecordError);
    b!.reload().views++;
    b!.save();
    expect(Page.using(homes[0]!).findById(1)!.views).toBe(2);
    close();
  });

  it('never lose one, in whatever order they read, write, try again and delete', () => {
    const { homes, close } = openTwice();
    const step = fc.record({ who: fc.nat(2), what: fc.constantFrom('read', 'add', 'query', 'save', 'reload') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { id: key } = Page.using(homes[0]!).create({ title: 'x' });
        const home = (who: number) => Page.using(homes[who % 2]!);
        const hands = [0, 1, 2].map((who) => home(who).findById(key)!);
        const added = [0, 0, 0];
        let expected = 0;
        for (const { who, what } of steps) {
          const mine = hands[who]!;
          if (what === 'read') hands[who] = home(who).findById(key)!;
          if (what === 'reload') mine.reload();
          if (what === 'read' || what === 'reload') added[who] = 0;
          if (what === 'add') [mine.views, added[who]] = [mine.views + 1, added[who]! + 1];
          if (what === 'query')
            expected += home(who)
              .filter({ id: key })
              .update({ views: sql`views + 1` });
          if (what !== 'save') continue;
          try {
            mine.save();
            expected += added[who]!;
            added[who] = 0;
          } catch (error) {
            if (!(error instanceof StaleRecordError)) throw error;
          }
        }
        expect(home(0).findById(key)!.views).toBe(expected);
      }),
      { numRuns: 150 },
    );
    close();
  });
});
