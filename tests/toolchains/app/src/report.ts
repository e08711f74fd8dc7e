import { contains, gte, sql, type Database } from 'litemodel';
import { open } from 'litemodel/better-sqlite3';
import { Author } from './author.js';
import { Book } from './book.js';

/** The schema, the rows, and what instances said, as JSON: nothing of it may depend on the compiler. */
export function report(): string {
  const db = open(':memory:', { models: [Author, Book] });
  try {
    const instances = describeInstances(writeRows());
    return JSON.stringify({ schema: schemaOf(db), ...rowsOf(db), instances }, undefined, 2);
  } finally {
    db.close();
  }
}

function writeRows(): Author {
  const day = new Date('2026-11-21T05:41:00.250Z');
  const ann = Author.create({
    name: 'Ann',
    readers: 9_007_199_254_740_993n,
    token: 'F81D4FAE-7DEC-4BD0-A765-00A0C91E6BF6',
    profile: { languages: ['de', 'en'] },
    joinedAt: day,
    changedAt: day,
  });
  const book = { authorId: ann.id, price: '19.90', printedAt: day };
  Book.create({ ...book, title: 'Owls', cover: new Uint8Array([1, 2, 3]), rating: 4.5, shelf: 'birds' });
  Book.create({ ...book, title: 'Cats', price: '7.00', status: 'published' });
  Book.create({ ...book, title: 'Gone', withdrawnOn: '2026-01-31' });
  const owls = Book.filter({ title: contains('wl'), rating: gte(4) }).one();
  owls.shelf = 'night';
  owls.save();
  return ann;
}

/** What only works if fields, accessors, private fields and getters do, in an instance that was loaded. */
function describeInstances({ id }: Author): object {
  const ann = Author.findById(id)!;
  const [owls] = ann.books();
  return {
    ann: [ann.country, ann.retired, String(ann.readers), ann.profile],
    books: ann.books(), // the withdrawn one is out of scope
    label: owls!.label,
    opened: [owls!.open(), owls!.open()],
    notes: owls!.notes,
    cheapest: Book.cheapest().heading,
    loan: Book.longLoan,
    everything: Book.query().unscoped().count(),
  };
}

const schemaOf = (db: Database): object[] => db.all(sql`SELECT name, sql FROM sqlite_schema ORDER BY rowid`);

const rowsOf = (db: Database): object => ({
  authors: db.all(sql`
    SELECT id, name, country, CAST(readers AS TEXT) AS readers, retired, token, profile, joined_at, changed_at
    FROM authors`),
  books: db.all(sql`SELECT *, typeof(price) AS stored FROM books`),
});
