import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  hasMany,
  id,
  integer,
  QueryError,
  relate,
  text,
  UniqueViolation,
  type Described,
  type Face,
  type InstanceOf,
  type Model,
  type UnitOfWork,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { attempt, faces, inOrder, type Awaitable, type TestDatabase, type TestFace, type TestModel } from './faces.js';

const authorColumns = { id: id(), name: text({ unique: true }) };
const bookColumns = { id: id(), title: text(), authorId: integer() };

class SyncAuthor extends defineModel('authors', authorColumns) {
  declare books: SyncBook[];
  static {
    relate(SyncAuthor, { books: hasMany(() => SyncBook, 'authorId') });
  }
}
class SyncBook extends defineModel('books', bookColumns) {
  declare author: SyncAuthor;
  static {
    relate(SyncBook, { author: belongsTo(() => SyncAuthor, 'authorId') });
  }
}
class AsyncAuthor extends defineAsyncModel('authors', authorColumns) {
  declare books: AsyncBook[];
  static {
    relate(AsyncAuthor, { books: hasMany(() => AsyncBook, 'authorId') });
  }
}
class AsyncBook extends defineAsyncModel('books', bookColumns) {
  declare author: AsyncAuthor;
  static {
    relate(AsyncBook, { author: belongsTo(() => AsyncAuthor, 'authorId') });
  }
}

type Author = Described<typeof authorColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'> & { books: Book[] & Model[] };
type Book = Described<typeof bookColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'> & { author: Author & Model };

interface WorkingDatabase extends TestDatabase {
  unitOfWork<Result>(work: (work: UnitOfWork<Face>) => Awaitable<Result>): Awaitable<Result>;
}

async function openBoth(face: TestFace) {
  const isAsync = face.name.startsWith('litemodel/async');
  const models = isAsync ? [AsyncAuthor, AsyncBook] : [SyncAuthor, SyncBook];
  const { db, of } = await face.open({ models });
  const [Author, Book] = (isAsync || !face.waits ? models : [SyncAuthor.async(), SyncBook.async()]) as unknown as [
    TestModel<Author>,
    TestModel<Book>,
  ];
  return { db: db as WorkingDatabase, of, Author, Book };
}

describe.each(faces)('units of work, $name', (face) => {
  it('insert a graph', async () => {
    const { db, Author } = await openBoth(face);
    let ann!: Author;
    expect(
      await statementsOf(db, async () => {
        ann = await Author.createGraph({ name: 'Ann', books: [{ title: 'Owls' }, { title: 'Cats' }] });
      }),
    ).toEqual([
      'BEGIN IMMEDIATE',
      'INSERT INTO "authors" ("name") VALUES (?)',
      'INSERT INTO "books" ("title", "author_id") VALUES (?, ?)',
      'INSERT INTO "books" ("title", "author_id") VALUES (?, ?)',
      'COMMIT',
    ]);
    expect(ann.books.map(({ title, authorId }) => [title, authorId])).toEqual([
      ['Owls', 1],
      ['Cats', 1],
    ]);
    expect(ann.books[1]!.author).toBe(ann);
  });

  it('write everything at the end, in order', async () => {
    const { db, Author, Book } = await openBoth(face);
    await Author.createGraph({ name: 'Ann', books: [{ title: 'Owls' }, { title: 'Cats' }] });
    const statements = await statementsOf(db, () =>
      db.unitOfWork((work) => {
        let ann!: Author;
        return inOrder(
          () =>
            inOrder(
              () => work.find(Author, 1),
              () => undefined,
            ),
          () => {
            const found = work.find(Author, 1) as Awaitable<Author>;
            return found instanceof Promise ? found.then((author) => (ann = author)) : (ann = found);
          },
          () => {
            const found = work
              .query(Author)
              .with('books' as never)
              .one() as Awaitable<Author>;
            const check = (again: Author) => expect(again).toBe(ann);
            return found instanceof Promise ? found.then(check) : check(found);
          },
          () => {
            ann.books[0]!.title = 'Larks';
            work.delete(ann.books[1]!);
            const ben = work.create(Author, { name: 'Ben' });
            work.create(Book, { title: 'Dogs', author: ben });
          },
        );
      }),
    );
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      'SELECT "id", "name" FROM "authors" WHERE "id" = ?',
      'SELECT "id", "name" FROM "authors" LIMIT 2',
      'SELECT "id", "title", "author_id" FROM "books" WHERE "author_id" IN (SELECT "value" FROM json_each(?))',
      'INSERT INTO "authors" ("name") VALUES (?)',
      'INSERT INTO "books" ("title", "author_id") VALUES (?, ?)',
      'UPDATE "books" SET "title" = ? WHERE "id" = ?',
      'DELETE FROM "books" WHERE "id" = ?',
      'COMMIT',
    ]);
    const books = await Book.query().with('author').orderBy('id').all();
    expect(books.map(({ title, author }) => [title, author.name])).toEqual([
      ['Larks', 'Ann'],
      ['Dogs', 'Ben'],
    ]);
  });

  it('keep nothing when one of their rows is refused, and leave the objects as they were', async () => {
    const { db, of, Author, Book } = await openBoth(face);
    const ann = await Author.create({ name: 'Ann' });
    ann.name = 'Anna';
    let book!: Book;
    const error = await attempt(() =>
      db.unitOfWork((work) => {
        work.add(ann as unknown as Model);
        book = work.create(Book, { title: 'x', author: work.create(Author, { name: 'Eve' }) });
        work.create(Author, { name: 'Eve' });
      }),
    );
    expect(error).toBeInstanceOf(UniqueViolation);
    expect([await Author.count(), await Book.count()]).toEqual([1, 0]);
    expect([book.id, book.authorId, book.author.name, ann.name]).toEqual([undefined, undefined, 'Eve', 'Anna']);
    await of(ann).save();
    expect(await Author.query().pluck('name')).toEqual(['Anna']);
  });

  it('flush in between, and refuse to work once they ended', async () => {
    const { db, Author } = await openBoth(face);
    let escaped!: UnitOfWork<Face>;
    const eve = await db.unitOfWork((work) => {
      escaped = work;
      const author = work.create(Author, { name: 'Eve' });
      return inOrder(
        () => work.flush(),
        () => {
          expect(author.id).toBe(1);
          author.name = 'Eva';
          return author;
        },
      );
    });
    expect((await Author.findById(eve.id))!.name).toBe('Eva');
    expect(await attempt(() => escaped.find(Author, 1))).toBeInstanceOf(QueryError);
    expect(await attempt(() => escaped.flush())).toBeInstanceOf(QueryError);
  });
});
