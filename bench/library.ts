import { belongsTo, defineModel, id, integer, relate, text, type Database } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { openLikeOurs } from './raw.js';
import type { Workload } from './workload.js';

class Author extends defineModel('authors', { id: id(), name: text(), country: text({ nullable: true }) }) {}

class Book extends defineModel('books', { id: id(), title: text(), pages: integer(), authorId: integer() }) {
  declare author: Author;
  static {
    relate(Book, { author: belongsTo(() => Author, 'authorId') });
  }
}

class Review extends defineModel('reviews', { id: id(), body: text(), stars: integer(), bookId: integer() }) {
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
  'SELECT id, name, country FROM authors',
  'SELECT id, title, pages, author_id AS authorId FROM books',
  'SELECT id, body, stars, book_id AS bookId FROM reviews',
];

/** The keys of the last rows, which are the same whoever inserts them. */
type Last = readonly number[];

function makeTables(path: string): Database {
  return open(path, { models: [Author, Book, Review] });
}

/** New objects that refer to each other, written at once: 1,000 authors, 3,000 books of theirs, and 6,000 reviews of these. */
export const unitOfWork: Workload = {
  name: 'unit of work: 10,000 objects of 3 models',
  goal: 1.5,
  rows: 1000,
  calls: 1,
  operations: authors * (1 + booksOfEach * (1 + reviewsOfEach)),
  raw(path) {
    makeTables(path).close();
    const database = openLikeOurs(path);
    const author = database.prepare('INSERT INTO authors (name, country) VALUES (?, ?)');
    const book = database.prepare('INSERT INTO books (title, pages, author_id) VALUES (?, ?, ?)');
    const review = database.prepare('INSERT INTO reviews (body, stars, book_id) VALUES (?, ?, ?)');
    const call = database.transaction((): Last => {
      let last: Last = [];
      for (let a = 0; a < authors; a++) {
        const authorId = Number(author.run(`Author ${a}`, null).lastInsertRowid);
        for (let b = 0; b < booksOfEach; b++) {
          const bookId = Number(book.run(`Book ${b} of author ${a}`, 100 + b, authorId).lastInsertRowid);
          for (let r = 0; r < reviewsOfEach; r++) {
            last = [authorId, bookId, Number(review.run(`Review ${r} of book ${b}`, r, bookId).lastInsertRowid)];
          }
        }
      }
      return last;
    });
    const answer = () => [call(), tables.map((text) => database.prepare(text).all())];
    return { prepare: () => void database.exec(clear), call: () => call(), answer, close: () => void database.close() };
  },
  ours(path) {
    const database = makeTables(path);
    const call = (): Last => {
      let last: Review | undefined;
      database.unitOfWork((work) => {
        for (let a = 0; a < authors; a++) {
          const author = work.create(Author, { name: `Author ${a}` });
          for (let b = 0; b < booksOfEach; b++) {
            const book = work.create(Book, { title: `Book ${b} of author ${a}`, pages: 100 + b, author });
            for (let r = 0; r < reviewsOfEach; r++) {
              last = work.create(Review, { body: `Review ${r} of book ${b}`, stars: r, book });
            }
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
