import { belongsTo, boolean, datetime, defineModel, id, integer, real, relate, text, type Database } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { openLikeOurs } from './raw.js';
import type { Workload } from './workload.js';

class Author extends defineModel('authors', {
  id: id(),
  name: text(),
  email: text(),
  country: text({ nullable: true }),
  bornAt: datetime(),
  active: boolean({ default: true }),
}) {}

class Book extends defineModel('books', {
  id: id(),
  title: text(),
  summary: text(),
  language: text(),
  pages: integer(),
  price: real(),
  publishedAt: datetime(),
  inPrint: boolean(),
  authorId: integer(),
}) {
  declare author: Author;
  static {
    relate(Book, { author: belongsTo(() => Author, 'authorId') });
  }
}

class Review extends defineModel('reviews', {
  id: id(),
  body: text(),
  reviewer: text(),
  stars: integer(),
  helpful: boolean(),
  writtenAt: datetime(),
  bookId: integer(),
}) {
  declare book: Book;
  static {
    relate(Review, { book: belongsTo(() => Book, 'bookId') });
  }
}

const authors = 1000;
const booksOfEach = 3;
const reviewsOfEach = 2;

const clear = 'DELETE FROM reviews; DELETE FROM books; DELETE FROM authors; PRAGMA wal_checkpoint(RESTART)';

/** Everything, under the names of the fields. */
const tables = [
  'SELECT id, name, email, country, born_at AS bornAt, active FROM authors',
  `SELECT id, title, summary, language, pages, price, published_at AS publishedAt, in_print AS inPrint,
   author_id AS authorId FROM books`,
  'SELECT id, body, reviewer, stars, helpful, written_at AS writtenAt, book_id AS bookId FROM reviews',
];

type Row = Record<string, unknown>;

/** A row with dates and booleans as we have them. */
const typed = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([field, value]) => {
      if (field.endsWith('At')) return [field, new Date(value as string)];
      return [field, ['active', 'inPrint', 'helpful'].includes(field) ? value === 1 : value];
    }),
  );

const day = 86_400_000;
const newAuthor = (a: number) => ({
  name: `Author number ${a}`,
  email: `author-${a}@example.org`,
  bornAt: new Date(a * day),
});
/** With its author, as a key or as an instance. A spread of one object into another would cost more than an insert: V8 makes a shape for each. */
const newBook = <Whose>(b: number, author: Whose) => ({
  title: `Book number ${b}`,
  summary: `What happens in the book with the number ${b}, told in a line`,
  language: b % 2 === 0 ? 'en' : 'de',
  pages: 100 + b,
  price: 8 + b / 4,
  publishedAt: new Date(b * day),
  inPrint: b % 3 === 0,
  author,
});
const newReview = <Whose>(r: number, book: Whose) => ({
  body: `A review with the number ${r}, which praises what it can`,
  reviewer: `Reader ${r % 100}`,
  stars: r % 6,
  helpful: r % 2 === 0,
  writtenAt: new Date(r * day),
  book,
});

/** The keys of the last rows, which are the same whoever inserts them. */
type Last = readonly number[];

const makeTables = (path: string, alias: string): Database => open(path, { models: [Author, Book, Review], alias });

/** New objects that refer to each other, written at once: 1,000 authors, 3,000 books of theirs, and 6,000 reviews of these. */
export const unitOfWork: Workload = {
  name: 'unit of work: 10,000 objects of 3 models',
  goal: 1.5,
  rows: 1000,
  calls: 1,
  operations: authors * (1 + booksOfEach * (1 + reviewsOfEach)),
  raw(path) {
    makeTables(path, 'raw library').close();
    const database = openLikeOurs(path);
    const author = database.prepare(
      'INSERT INTO authors (name, email, country, born_at, active) VALUES (?, ?, ?, ?, ?)',
    );
    const book = database.prepare(
      `INSERT INTO books (title, summary, language, pages, price, published_at, in_print, author_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const review = database.prepare(
      'INSERT INTO reviews (body, reviewer, stars, helpful, written_at, book_id) VALUES (?, ?, ?, ?, ?, ?)',
    );
    const insertAuthor = ({ name, email, bornAt }: ReturnType<typeof newAuthor>) =>
      Number(author.run(name, email, null, bornAt.toISOString(), 1).lastInsertRowid);
    const insertBook = (made: ReturnType<typeof newBook<number>>) => {
      const { title, summary, language, pages, price, publishedAt, inPrint, author: authorId } = made;
      const { lastInsertRowid } = book.run(
        ...[title, summary, language, pages, price, publishedAt.toISOString(), inPrint ? 1 : 0, authorId],
      );
      return Number(lastInsertRowid);
    };
    const insertReview = (made: ReturnType<typeof newReview<number>>) => {
      const { body, reviewer, stars, helpful, writtenAt, book: bookId } = made;
      return Number(
        review.run(body, reviewer, stars, helpful ? 1 : 0, writtenAt.toISOString(), bookId).lastInsertRowid,
      );
    };
    const call = database.transaction((): Last => {
      let last: Last = [];
      for (let a = 0; a < authors; a++) {
        const authorId = insertAuthor(newAuthor(a));
        for (let b = 0; b < booksOfEach; b++) {
          const bookId = insertBook(newBook(b, authorId));
          for (let r = 0; r < reviewsOfEach; r++) last = [authorId, bookId, insertReview(newReview(r, bookId))];
        }
      }
      return last;
    });
    const answer = () => [call(), tables.map((text) => database.prepare<[], Row>(text).all().map(typed))];
    return { prepare: () => void database.exec(clear), call: () => call(), answer, close: () => void database.close() };
  },
  ours(path) {
    const database = makeTables(path, 'library');
    const call = (): Last => {
      let last: Review | undefined;
      database.unitOfWork((work) => {
        for (let a = 0; a < authors; a++) {
          const author = work.create(Author, newAuthor(a));
          for (let b = 0; b < booksOfEach; b++) {
            const book = work.create(Book, newBook(b, author));
            for (let r = 0; r < reviewsOfEach; r++) last = work.create(Review, newReview(r, book));
          }
        }
      });
      return [last!.book.authorId, last!.bookId, last!.id];
    };
    const answer = () => [
      call(),
      [Author.all(), Book.all(), Review.all()].map((all) => all.map((each) => ({ ...each }))),
    ];
    return { prepare: () => database.execute(clear), call, answer, close: () => database.close() };
  },
};
