import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  deletedAt,
  id,
  integer,
  Model,
  NotFoundError,
  QueryError,
  ReadOnlyFieldError,
  recordSet,
  Repository,
  rules,
  scope,
  StaleRecordError,
  table,
  text,
  UnconditionalWriteError,
  UniqueViolation,
  updatedAt,
  validate,
  ValidationError,
  version,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('books', { scopes: [{ name: 'own', where: () => ({ tenant: 1 }) }] })
class Book extends Model {
  @id() id!: Generated<number>;
  @validate(rules.unique()) @text({ unique: true }) title!: string;
  @integer({ default: 1 }) tenant!: Generated<number>;
  @deletedAt() deletedAt!: Date | null;
}

/** With all that an update writes along. */
@table('pages')
class Page extends Model {
  @id() id!: Generated<number>;
  @text() words!: string;
  @updatedAt() updatedAt!: Generated<Date>;
  @version() version!: Generated<number>;
  @deletedAt({ name: 'gone', storage: 'integer', index: true }) deletedAt!: Date | null;
}

@table('plain')
class Plain extends Model {
  @id() id!: Generated<number>;
}

const noon = new Date('2026-11-21T12:00:00.000Z');
const later = new Date('2026-11-21T13:00:00.000Z');

let db: Database;

describe.each(drivers)('a model with @deletedAt on $name', ({ open }) => {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: noon });
    db = await open({ models: [Book, Page, Plain] });
  });
  afterEach(() => void vi.useRealTimers());

  const owls = (): Book => Book.create({ title: 'Owls' });

  it('keeps the row that an instance deletes, in one statement, and brings it back in another', () => {
    const book = owls();
    let answer: unknown;
    expect(statementsOf(db, () => (answer = book.delete()))).toEqual([
      'UPDATE "books" SET "deleted_at" = ? WHERE "id" = ? AND "deleted_at" IS NULL RETURNING "deleted_at"',
    ]);
    expect(answer).toBe(true);
    expect([book.deletedAt, book.isSoftDeleted]).toEqual([noon, true]);
    expect(Book.findById(book.id)).toBeUndefined();
    expect(Book.query().onlyDeleted().one().deletedAt).toEqual(noon);

    expect(statementsOf(db, () => (answer = book.restore()))).toEqual([
      'UPDATE "books" SET "deleted_at" = ? WHERE "id" = ? AND "deleted_at" IS NOT NULL RETURNING "deleted_at"',
    ]);
    expect(answer).toBe(true);
    expect([book.deletedAt, book.isSoftDeleted]).toEqual([null, false]);
    expect(Book.findById(book.id)?.title).toBe('Owls');
    book.title = 'Cats';
    book.save();
    expect(Book.query().pluck('title')).toEqual(['Cats']);
  });

  it('keeps the moment of the first of two deletes', () => {
    const book = owls();
    const other = Book.findById(book.id)!;
    book.delete();
    vi.setSystemTime(later);
    expect([book.delete(), other.delete()]).toEqual([false, false]);
    expect(Book.query().withDeleted().filter({ id: book.id }).delete()).toBe(0);
    expect(Book.query().onlyDeleted().delete()).toBe(0);
    expect(recordSet([other]).delete()).toBe(0);
    db.unitOfWork((work) => work.delete(other));
    expect(Book.query().onlyDeleted().one().deletedAt).toEqual(noon);
    expect([book.restore(), book.restore(), other.restore()]).toEqual([true, false, false]);
  });

  it('takes the row out of the table where that is asked for', () => {
    const [first, second] = [owls(), Book.create({ title: 'Cats' })];
    second.delete();
    let answer: unknown;
    expect(statementsOf(db, () => (answer = first.forceDelete()))).toEqual(['DELETE FROM "books" WHERE "id" = ?']);
    expect([answer, first.forceDelete(), second.forceDelete()]).toEqual([true, false, true]);
    expect(Book.query().withDeleted().unscoped().count()).toBe(0);
    expect(() => first.save()).toThrow(NotFoundError);
    expect(first.isSoftDeleted).toBe(false);
    expect(first.restore()).toBe(false);
  });

  it('marks and restores the rows of a query, each in one statement', () => {
    for (const title of ['Owls', 'Cats', 'Dogs']) Book.create({ title });
    Book.create({ title: 'Foreign', tenant: 2 });
    let answer: unknown;
    expect(statementsOf(db, () => (answer = Book.filter({ title: 'Owls' }).delete()))).toEqual([
      'UPDATE "books" SET "deleted_at" = ? WHERE "title" = ? AND "deleted_at" IS NULL AND "tenant" = ?',
    ]);
    expect(answer).toBe(1);
    expect(
      statementsOf(db, () => (answer = Book.query().orderBy('id').limit(1).filter({ tenant: 1 }).delete())),
    ).toEqual([
      'UPDATE "books" SET "deleted_at" = ? WHERE "id" IN (SELECT "books"."id" FROM "books" WHERE "books"."tenant" = ? ' +
        'AND "books"."deleted_at" IS NULL AND "books"."tenant" = ? ORDER BY "books"."id" LIMIT 1)',
    ]);
    expect(answer).toBe(1);
    expect(Book.query().pluck('title')).toEqual(['Dogs']);
    expect(Book.deleteAll()).toBe(1);
    expect(Book.query().withDeleted().unscoped('own').filter({ tenant: 2 }).one().deletedAt).toBeNull(); // other scopes hold

    expect(statementsOf(db, () => (answer = Book.filter({ title: 'Owls' }).restore()))).toEqual([
      'UPDATE "books" SET "deleted_at" = ? WHERE "title" = ? AND "deleted_at" IS NOT NULL AND "tenant" = ?',
    ]);
    expect(answer).toBe(1);
    expect(Book.query().onlyDeleted().restore()).toBe(2);
    expect(Book.query().orderBy('id').pluck('title')).toEqual(['Owls', 'Cats', 'Dogs']);
  });

  it('empties the table of what was deleted, and of nothing else', () => {
    for (const title of ['Owls', 'Cats', 'Dogs']) Book.create({ title });
    Book.filter({ title: 'Owls' }).delete();
    let answer: unknown;
    expect(statementsOf(db, () => (answer = Book.query().onlyDeleted().forceDelete()))).toEqual([
      'DELETE FROM "books" WHERE "deleted_at" IS NOT NULL AND "tenant" = ?',
    ]);
    expect(answer).toBe(1);
    Book.filter({ title: 'Cats' }).delete();
    expect(Book.filter({ title: 'Cats' }).forceDelete()).toBe(0); // it does not find what is hidden
    expect(Book.query().withDeleted().filter({ title: 'Cats' }).forceDelete()).toBe(1);
    expect(Book.query().withDeleted().pluck('title')).toEqual(['Dogs']);
  });

  it('writes to all rows only by name', () => {
    owls();
    expect(() => Book.query().delete()).toThrow(UnconditionalWriteError);
    expect(() => Book.query().withDeleted().delete()).toThrow(UnconditionalWriteError);
    expect(() => Book.query().restore()).toThrow(
      'This restore has no condition and would reach every row of Book. Add a filter, or onlyDeleted() when every deleted row is meant.',
    );
    expect(() => Book.query().withDeleted().restore()).toThrow(UnconditionalWriteError);
    expect(() => Book.query().forceDelete()).toThrow(UnconditionalWriteError);
    expect(() => Book.query().withDeleted().forceDelete()).toThrow(UnconditionalWriteError);
  });

  it('returns the rows that a query deletes, marked', () => {
    owls();
    expect(Book.filter({ title: 'Owls' }).returning('title', 'deletedAt').delete()).toEqual([
      { title: 'Owls', deletedAt: noon },
    ]);
    Book.filter({ title: 'Owls' }).restore();
    const [book] = Book.filter({ title: 'Owls' }).returning().delete();
    expect(book!.isSoftDeleted).toBe(true);
    expect(book!.restore()).toBe(true);
  });

  it('lets a unique value be used again, and refuses to restore what had it', () => {
    const first = owls();
    first.delete();
    const second = owls();
    expect(() => Book.build({ title: 'Owls' }).save()).toThrow(ValidationError); // rules.unique looks at what is there
    expect(() => db.transaction(() => first.restore())).toThrow(UniqueViolation);
    expect(() => first.restore()).toThrow(UniqueViolation);
    expect(() => Book.query().onlyDeleted().restore()).toThrow(UniqueViolation);
    expect([first.isSoftDeleted, first.deletedAt]).toEqual([true, noon]);
    expect([Book.count(), Book.query().onlyDeleted().count()]).toEqual([1, 1]);
    second.delete();
    expect(first.restore()).toBe(true);
    expect(Book.findOrCreate({ title: 'Owls' }).id).toBe(first.id);
    first.delete();
    expect(Book.findOrCreate({ title: 'Owls' }).id).toBe(3);
    expect(Book.updateOrCreate({ title: 'Owls' }, { tenant: 1 }).id).toBe(3);
  });

  it('writes along what every update does, and refuses an instance that is not as it was read', () => {
    const page = Page.create({ words: 'x' });
    const stale = Page.findById(page.id)!;
    vi.setSystemTime(later);
    expect(statementsOf(db, () => page.delete())).toEqual([
      'UPDATE "pages" SET "gone" = ?, "updated_at" = ?, "version" = "version" + 1 WHERE "id" = ? AND "version" = ? AND "gone" IS NULL ' +
        'RETURNING "gone", "updated_at", "version"',
    ]);
    expect([page.deletedAt, page.updatedAt, page.version]).toEqual([later, later, 2]);
    expect(stale.delete()).toBe(false); // somebody else did
    expect(() => stale.restore()).toThrow(new StaleRecordError('Page', 'restore'));
    expect(() => stale.forceDelete()).toThrow(StaleRecordError);
    stale.words = 'y';
    expect(() => stale.save()).toThrow(NotFoundError);
    expect(page.restore()).toBe(true);
    expect([page.deletedAt, page.version, Page.query().pluck('version')]).toEqual([null, 3, [3]]);
    expect(() => stale.delete()).toThrow(StaleRecordError);
  });

  it('does not save what was deleted, whoever did', () => {
    const book = owls();
    const other = Book.findById(book.id)!;
    other.title = 'Cats';
    book.delete();
    expect(() => other.save()).toThrow('This Book was deleted, or a trigger skipped the update');
    book.title = 'Dogs';
    expect(() => book.save()).toThrow(
      'This Book was deleted, so it is not written. restore() it first, or write deleted rows by a query: ' +
        'Book.query().onlyDeleted().filter(…).update(…).',
    );
    expect(Book.query().onlyDeleted().update({ title: 'Erased' })).toBe(1);
    expect(recordSet([other]).write({ tenant: 1 })).toBe(0);
    expect(Book.query().withDeleted().one().title).toBe('Erased');
  });

  it('reads a deleted row again by its instance', () => {
    const book = owls();
    Book.filter({ id: book.id }).delete();
    expect(book.isSoftDeleted).toBe(false);
    book.reload();
    expect([book.isSoftDeleted, book.deletedAt]).toEqual([true, noon]);
  });

  it('lets nobody else write when a row was deleted', () => {
    const book = owls();
    book.deletedAt = new Date();
    const message = 'Book.deletedAt cannot be written: delete() and restore() do it.';
    expect(() => book.save()).toThrow(new ReadOnlyFieldError('Book.deletedAt', 'delete() and restore() do it'));
    expect(() => Book.filter({ id: 1 }).update({ deletedAt: null })).toThrow(message);
    expect(() => book.fill({ deletedAt: null })).toThrow('Book.deletedAt may not be filled');
    Book.create({ title: 'Imported', deletedAt: noon });
    expect(Book.query().pluck('title')).toEqual(['Owls']);
  });

  it('is as it was when a transaction is rolled back', () => {
    const book = owls();
    const page = Page.create({ words: 'x' });
    const undone = new Error('undone');
    expect(() =>
      db.transaction(() => {
        book.delete();
        page.delete();
        throw undone;
      }),
    ).toThrow(undone);
    expect([book.deletedAt, book.isSoftDeleted, page.deletedAt, page.version]).toEqual([null, false, null, 1]);
    book.delete();
    expect(() =>
      db.transaction(() => {
        book.restore();
        throw undone;
      }),
    ).toThrow(undone);
    expect([book.deletedAt, Book.count(), Page.count()]).toEqual([noon, 0, 1]);
  });

  it('is deleted by record sets and units of work, in one statement for all', () => {
    const books = ['Owls', 'Cats', 'Dogs', 'Cows'].map((title) => Book.create({ title }));
    const [first, second] = books as [Book, Book];
    expect(statementsOf(db, () => recordSet([first, second]).delete())).toEqual([
      'UPDATE "books" SET "deleted_at" = ? WHERE "id" IN (SELECT "value" FROM json_each(?)) AND "deleted_at" IS NULL ' +
        'RETURNING "id", "deleted_at"',
    ]);
    expect([first.isSoftDeleted, second.deletedAt, books[2]!.deletedAt]).toEqual([true, noon, null]);

    const pages = ['a', 'b', 'c'].map((words) => Page.create({ words }));
    const statements = statementsOf(db, () =>
      db.unitOfWork((work) => {
        for (const page of pages) work.delete(page);
        work.flush();
        expect(work.find(Page, 1)).toBeUndefined();
      }),
    );
    expect(statements.filter((sql) => sql.startsWith('UPDATE'))).toEqual([
      'UPDATE "pages" SET "gone" = ?, "updated_at" = ?, "version" = "version" + 1 ' +
        `WHERE ("id", "version") IN (SELECT json_extract("value", '$[0]'), json_extract("value", '$[1]') FROM json_each(?)) AND "gone" IS NULL ` +
        'RETURNING "id", "gone", "updated_at", "version"',
    ]);
    expect(pages.map(({ isSoftDeleted, version }) => [isSoftDeleted, version])).toEqual([
      [true, 2],
      [true, 2],
      [true, 2],
    ]);
    expect([Page.count(), Page.query().withDeleted().count()]).toEqual([0, 3]);
    new (Repository(Book))().delete(Book.create({ title: 'New' }));
    expect([Book.count(), Book.query().withDeleted().count()]).toEqual([2, 5]);
  });

  it('is put back with a unit of work that fails', () => {
    const [book, page] = [owls(), Page.create({ words: 'x' })];
    expect(() =>
      db.unitOfWork((work) => {
        work.delete(book);
        work.delete(page);
        work.flush();
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect([book.deletedAt, page.deletedAt, page.version, Book.count()]).toEqual([null, null, 1, 1]);
  });

  it('is one that others are not', () => {
    const plain = Plain.create({});
    const message =
      'restore is for models whose deleted rows stay in the table, and Plain is none.\n' +
      '  Declare when a row was deleted: @deletedAt() deletedAt!: Date | null.';
    expect(() => plain.restore()).toThrow(new QueryError(...(message.split('\n  ') as [string, string])));
    expect(() => plain.forceDelete()).toThrow('forceDelete is for models');
    expect(() => Plain.query().withDeleted()).toThrow('withDeleted is for models');
    expect(() => Plain.query().onlyDeleted()).toThrow('onlyDeleted is for models');
    expect(() => Plain.filter({ id: 1 }).restore()).toThrow('restore is for models');
    expect(() => Plain.filter({ id: 1 }).forceDelete()).toThrow('forceDelete is for models');
    expect(plain.isSoftDeleted).toBe(false);
    expect(statementsOf(db, () => plain.delete())).toEqual(['DELETE FROM "plain" WHERE "id" = ?']);
    expect(() => Book.build({ title: 'x' }).restore()).toThrow('was never saved');
  });

  it('keeps its deleted rows out of scopes that are used and lifted', () => {
    owls().delete();
    const any = scope<Book>('any', { tenant: 1 });
    expect(Book.query().use(any).count()).toBe(0);
    expect(Book.query().withDeleted().use(any).unscoped(any).count()).toBe(1);
    expect(Book.query().withDeleted().unscoped().count()).toBe(1);
    expect(Book.query().unscoped().count()).toBe(0);
  });
});
