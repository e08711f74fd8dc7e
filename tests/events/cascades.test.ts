import { beforeEach, describe, expect, it } from 'vitest';
import { belongsTo, CancelledError, hasMany, id, integer, Model, table, text, type Generated } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { stopLater } from './stop-later.js';

@table('authors')
class Author extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Book, 'authorId') books!: Book[];
}

@table('books', { scopes: [{ name: 'shown', where: () => ({ title: 'shown' }) }] })
class Book extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer() authorId!: number;
  @integer({ nullable: true }) sequelId!: number | null;
  @belongsTo(() => Author, 'authorId', { onDelete: 'cascade' }) author!: Author;
  @belongsTo(() => Book, 'sequelId', { nullable: true, onDelete: 'cascade' }) sequel!: Book | null;
}

@table('pages')
class Page extends Model {
  @id() id!: Generated<number>;
  @integer() bookId!: number;
  @belongsTo(() => Book, 'bookId', { onDelete: 'cascade' }) book!: Book;
}

@table('reviews')
class Review extends Model {
  @id() id!: Generated<number>;
  @integer({ nullable: true }) bookId!: number | null;
  @belongsTo(() => Book, 'bookId', { nullable: true, onDelete: 'set null' }) book!: Book | null;
}

const models = [Author, Book, Page, Review];
const told: string[] = [];
const tell = (event: { readonly name: string; readonly source: string; readonly instance: object }) =>
  void told.push(`${event.name} ${event.instance.constructor.name} ${(event.instance as Author).id} ${event.source}`);

/** An author with three books; the third is a sequel of the first, and the second has two pages and a review. */
function fill(): Author {
  const author = Author.create({ name: 'Ann' });
  const [, second] = [1, 2].map((number) => Book.create({ title: `${number}`, authorId: author.id }));
  Book.create({ title: '3', authorId: author.id, sequelId: 1 });
  for (const bookId of [2, 2]) Page.create({ bookId });
  Review.create({ bookId: second!.id });
  return author;
}

beforeEach(() => void told.splice(0));

describe.each(drivers)('what a delete takes along on $name', ({ open }) => {
  it('emits an event for each of three children, in one transaction with their parent', async () => {
    const db = await open({ models, cascadeEvents: true });
    const author = fill();
    const transactions = new Set<unknown>();
    stopLater(Book.on('beforeDelete', tell));
    stopLater(Book.on('afterDelete', tell));
    stopLater(Book.on('afterDelete', ({ transaction }) => transactions.add(transaction)));
    stopLater(Book.on('afterCommit', tell));
    const statements = statementsOf(db, () => author.delete());
    const each = (name: string) => [1, 2, 3].map((number) => `${name} Book ${number} cascade`);
    expect(told).toEqual([...each('beforeDelete'), ...each('afterDelete'), ...each('afterCommit')]);
    expect(transactions.size).toBe(1);
    expect([...transactions]).toMatchObject([{ isKept: true, isUndone: false }]);
    const selectBooks = 'SELECT "id", "title", "author_id", "sequel_id" FROM "books" WHERE';
    const among = 'IN (SELECT "value" FROM json_each(?))';
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      `${selectBooks} "author_id" ${among}`, // those that a default scope hides, too
      `${selectBooks} "sequel_id" ${among}`,
      `SELECT "id", "book_id" FROM "pages" WHERE "book_id" ${among}`,
      'DELETE FROM "authors" WHERE "id" = ?',
      'COMMIT',
    ]);
    expect([Book.query().unscoped().count(), Page.count(), Review.count()]).toEqual([0, 0, 1]);
  });

  it('is told level by level, each row once, and not of what only loses its reference', async () => {
    const db = await open({ models, cascadeEvents: true });
    const author = fill();
    db.on('beforeDelete', tell);
    db.on('afterDelete', tell);
    author.delete();
    const all = ['Author 1 call', ...[1, 2, 3].map((n) => `Book ${n} cascade`), 'Page 1 cascade', 'Page 2 cascade'];
    expect(told).toEqual(['beforeDelete', 'afterDelete'].flatMap((name) => all.map((each) => `${name} ${each}`)));
    expect(Review.filter({ bookId: null }).count()).toBe(1);
  });

  it('is told once of a row that a listener deletes itself, before the one that it belongs to', async () => {
    await open({ models, cascadeEvents: true });
    const author = fill();
    stopLater(
      Book.on('beforeDelete', ({ instance }) =>
        Page.filter({ bookId: instance.id })
          .all()
          .forEach((page) => page.delete()),
      ),
    );
    for (const name of ['beforeDelete', 'afterDelete', 'afterCommit'] as const) stopLater(Page.on(name, tell));
    author.delete();
    expect(told).toEqual([
      ...[1, 2].flatMap((page) => [`beforeDelete Page ${page} call`, `afterDelete Page ${page} call`]),
      ...[1, 2].map((page) => `afterCommit Page ${page} call`),
    ]);
  });

  it('can be kept from being deleted, with everything', async () => {
    await open({ models, cascadeEvents: true });
    const author = fill();
    stopLater(Page.on('beforeDelete', (event) => event.cancel('kept')));
    expect(() => author.delete()).toThrow(CancelledError);
    expect([Author.count(), Page.count()]).toEqual([1, 2]);
    Book.query().unscoped().filter({ id: 1 }).first()!.delete(); // its sequel has no pages
    expect(Book.query().unscoped().pluck('id')).toEqual([2]);
  });

  it('is undone with a transaction, and is told of that', async () => {
    const db = await open({ models, cascadeEvents: true });
    const author = fill();
    stopLater(Page.on('afterRollback', tell));
    expect(() =>
      db.transaction(() => {
        author.delete();
        throw new Error('boom');
      }),
    ).toThrow('boom');
    expect(told).toEqual(['afterRollback Page 1 cascade', 'afterRollback Page 2 cascade']);
    expect(Page.count()).toBe(2);
  });

  it('marks what a unit of work has, and is told of once', async () => {
    const db = await open({ models, cascadeEvents: true });
    fill();
    stopLater(Page.on('afterDelete', tell));
    db.unitOfWork((work) => {
      const page = work.find(Page, 1)!;
      const author = work.find(Author, 1)!;
      work.delete(page);
      work.delete(author);
      work.flush();
      expect(work.find(Page, 2)).toBeUndefined();
    });
    expect(told).toEqual(['afterDelete Page 1 cascade', 'afterDelete Page 2 cascade']);
  });

  it('costs nothing where it is not asked for, where nobody listens, or foreign keys are off', async () => {
    const plain = ['DELETE FROM "authors" WHERE "id" = ?'];
    const db = await open({ models });
    using listening = db.on('afterDelete', tell);
    const author = fill();
    expect(statementsOf(db, () => author.delete())).toEqual(['BEGIN IMMEDIATE', ...plain, 'COMMIT']);
    expect(told).toEqual(['afterDelete Author 1 call']);
    expect(listening).toBeTypeOf('function');
    db.close();
    const asked = await open({ models, cascadeEvents: true });
    expect(statementsOf(asked, () => fill().delete()).at(-1)).toBe(plain[0]);
    asked.close();
    const unchecked = await open({ models, cascadeEvents: true, foreignKeys: false });
    stopLater(Page.on('afterDelete', tell));
    expect(statementsOf(unchecked, () => fill().delete()).at(-1)).toBe(plain[0]);
    expect(told).toHaveLength(1);
  });

  it('is not seen in bulk deletes', async () => {
    await open({ models, cascadeEvents: true });
    fill();
    stopLater(Page.on('afterDelete', tell));
    Author.filter({ id: 1 }).delete();
    expect(told).toEqual([]);
  });
});
