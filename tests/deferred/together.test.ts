import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  hasMany,
  id,
  integer,
  Model,
  rules,
  sql,
  StaleRecordError,
  table,
  text,
  UniqueViolation,
  validate,
  ValidationError,
  version,
  type AfterEvent,
  type BeforeEvent,
  type Generated,
} from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { drivers, statementsOf } from '../open-database.js';

const heard: unknown[] = [];

@table('shelves')
class Shelf extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) name!: string;
  @hasMany(() => Book, 'shelfId') books!: Book[];
}

@table('books')
class Book extends Model {
  @validate(rules.minLength(3)) @text({ deferred: true }) body!: string;
  @belongsTo(() => Shelf, 'shelfId') shelf!: Shelf;
  @id() id!: Generated<number>;
  @text({ deferred: true, default: 'none' }) notes!: Generated<string>;
  @text() title!: string;
  @integer() shelfId!: number;
  @version() version!: Generated<number>;

  afterCreate({ changes }: AfterEvent<Book>): void {
    heard.push(changes);
  }

  afterUpdate({ changes }: AfterEvent<Book>): void {
    heard.push(changes);
  }
}

const select = 'SELECT "id", "title", "shelf_id", "version" FROM "books"';

describe.each(drivers)('deferred columns on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: [Shelf, Book] });
    const shelf = Shelf.createGraph({
      name: 'A',
      books: [
        { title: 'One', body: 'one' },
        { title: 'Two', body: 'two', notes: 'x' },
      ],
    });
    return { db, shelf };
  };
  const rows = (db: Awaited<ReturnType<typeof open>>) =>
    db.all(sql`SELECT title, body, notes, version FROM books ORDER BY id`);

  it('are inserted by graphs, and read apart through relations', async () => {
    const { db, shelf } = await filled();
    expect(shelf.books.map(({ body, notes }) => [body, notes])).toEqual([
      ['one', 'none'],
      ['two', 'x'],
    ]);
    const statements = statementsOf(db, () => {
      const [read] = Shelf.with({ books: { orderBy: 'id', limit: 5 } }).all();
      expect(read!.books.map(({ body }) => body)).toEqual(['one', 'two']);
    });
    expect(statements).toHaveLength(3);
    expect(statements[1]).not.toContain('body');
    expect(statements[2]).toContain('SELECT "id", "body" FROM "books"');
  });

  it('are among the changes that listeners are told of, and not read for that', async () => {
    const { db } = await filled();
    const book = Book.query().first()!;
    heard.length = 0;
    book.title = 'Uno';
    expect(statementsOf(db, () => book.save()).filter((sql) => sql.includes('body'))).toEqual([]);
    book.body = 'uno';
    expect(statementsOf(db, () => book.save()).filter((sql) => sql.startsWith('SELECT'))).toEqual([]);
    void book.notes;
    book.notes = 'y';
    book.body = 'unu';
    book.save();
    expect(heard).toEqual([
      { title: { before: 'One', after: 'Uno' }, version: { before: 1, after: 2 } },
      { body: { before: undefined, after: 'uno' }, version: { before: 2, after: 3 } },
      {
        version: { before: 3, after: 4 },
        body: { before: 'uno', after: 'unu' },
        notes: { before: 'none', after: 'y' },
      },
    ]);
    expect(rows(db)[0]).toEqual({ title: 'Uno', body: 'unu', notes: 'y', version: 4 });
  });

  it('are validated if they were given a value, and not read for that', async () => {
    const { db } = await filled();
    const book = Book.query().first()!;
    expect(statementsOf(db, () => expect(book.validate()).toEqual([]))).toEqual([]);
    book.body = 'x';
    expect(book.validate()).toMatchObject([{ path: 'body', rule: 'minLength' }]);
    expect(() => book.save()).toThrow(ValidationError);
    expect(() => Book.create({ title: 'T', shelfId: 1, body: '' })).toThrow(ValidationError);
  });

  it('count as an update for the version', async () => {
    const { db } = await filled();
    const [book, other] = [Book.query().first()!, Book.query().first()!];
    book.body = 'new';
    book.save();
    other.notes = 'late';
    expect(() => other.save()).toThrow(StaleRecordError);
    other.reload();
    expect([other.body, other.notes, other.version]).toEqual(['new', 'none', 2]);
    expect(rows(db)[0]).toMatchObject({ body: 'new', notes: 'none', version: 2 });
  });

  it('are not read by a unit of work, and written by it where they changed', async () => {
    const { db } = await filled();
    const statements = statementsOf(db, () =>
      db.unitOfWork((work) => {
        const [one, two] = work.query(Book).orderBy('id').all() as [Book, Book];
        one.title = 'Uno';
        two.body = 'duo';
        work.flush();
        expect(two.notes).toBe('x');
        expect(one.notes).toBe('none');
        db.run(sql`UPDATE books SET notes = 'z', version = 9 WHERE id = ${two.id}`);
        expect(work.query(Book).filter({ id: two.id }).first()).toBe(two);
        expect(two.notes).toBe('z');
      }),
    );
    expect(statements.filter((sql) => sql.startsWith('SELECT'))).toEqual([
      `${select} ORDER BY "id"`,
      expect.stringContaining('SELECT "id", "notes" FROM "books"'),
      `${select} WHERE "id" = ? LIMIT 1`,
      expect.stringContaining('SELECT "id", "notes" FROM "books"'),
    ]);
    expect(rows(db)).toEqual([
      { title: 'Uno', body: 'one', notes: 'none', version: 2 },
      { title: 'Two', body: 'duo', notes: 'z', version: 9 },
    ]);
  });

  it('are as they were after a unit of work that failed', async () => {
    const { db } = await filled();
    const book = Book.query().first()!;
    const fresh = Book.build({ title: 'New', shelfId: 1, body: 'new' });
    const statements = statementsOf(db, () =>
      expect(() =>
        db.unitOfWork((work) => {
          work.add(book);
          work.add(fresh);
          book.body = 'uno';
          work.create(Shelf, { name: 'A' });
        }),
      ).toThrow(UniqueViolation),
    );
    expect(statements.filter((sql) => sql.startsWith('SELECT'))).toEqual([]);
    expect([fresh.id, fresh.notes, fresh.body]).toEqual([undefined, undefined, 'new']);
    expect([book.body, book.notes]).toEqual(['uno', 'none']);
    book.save();
    fresh.save();
    expect(rows(db).map((row) => row['body'])).toEqual(['uno', 'two', 'new']);
  });
});

it('are not asked for by events and rules of the asynchronous face', async () => {
  @table('letters')
  class Letter extends AsyncModel {
    @id() id!: Generated<number>;
    @text() to!: string;
    @validate(rules.minLength(2)) @text({ deferred: true }) body!: string;
    beforeUpdate({ changes }: BeforeEvent<Letter>): void {
      heard.push(Object.keys(changes));
    }
  }
  const db = await drivers[0]!.open({ models: [Letter] });
  await Letter.create({ to: 'Ann', body: 'Hi' });
  const letter = (await Letter.query().first())!;
  heard.length = 0;
  letter.to = 'Bob';
  await letter.save();
  expect(await letter.validate()).toEqual([]);
  expect(heard).toEqual([['to']]);
  db.close();
});
