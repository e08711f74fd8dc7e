import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  every,
  hasMany,
  id,
  integer,
  manyToMany,
  QueryError,
  relate,
  some,
  text,
  UnloadedRelationError,
  type Described,
  type Face,
  type InstanceOf,
  type Model,
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { faces, type TestFace, type TestModel } from './faces.js';

const authorColumns = { id: id(), name: text() };
const friends = { from: 'author_id', to: 'friend_id' };
const bookColumns = { id: id(), title: text(), authorId: integer() };

class SyncAuthor extends defineModel('authors', authorColumns) {
  declare books: SyncBook[];
  declare friends: SyncAuthor[];
  static {
    relate(SyncAuthor, { books: hasMany(() => SyncBook, 'authorId'), friends: manyToMany(() => SyncAuthor, friends) });
  }
}
class SyncBook extends defineModel('books', bookColumns) {
  declare author: SyncAuthor;
  static {
    relate(SyncBook, { author: belongsTo(() => SyncAuthor, 'authorId', { onDelete: 'cascade' }) });
  }
}
class AsyncAuthor extends defineAsyncModel('authors', authorColumns) {
  declare books: AsyncBook[];
  declare friends: AsyncAuthor[];
  static {
    relate(AsyncAuthor, {
      books: hasMany(() => AsyncBook, 'authorId'),
      friends: manyToMany(() => AsyncAuthor, friends),
    });
  }
}
class AsyncBook extends defineAsyncModel('books', bookColumns) {
  declare author: AsyncAuthor;
  static {
    relate(AsyncBook, { author: belongsTo(() => AsyncAuthor, 'authorId', { onDelete: 'cascade' }) });
  }
}

type Author = Described<typeof authorColumns> &
  Pick<InstanceOf<Face>, 'fill' | 'toJSON'> & { books: (Book & Model)[]; friends: (Author & Model)[] };
type Book = Described<typeof bookColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'> & { author: Author & Model };

/** The models in a face, with two authors, of whom one wrote two books. */
async function openFilled(face: TestFace) {
  const isAsync = face.name.startsWith('litemodel/async');
  const models = isAsync ? [AsyncAuthor, AsyncBook] : [SyncAuthor, SyncBook];
  const { db, of } = await face.open({ models });
  const [Author, Book] = (isAsync || !face.waits ? models : [SyncAuthor.async(), SyncBook.async()]) as unknown as [
    TestModel<Author>,
    TestModel<Book>,
  ];
  const ann = await Author.create({ name: 'Ann' });
  await Author.create({ name: 'Eve' });
  for (const title of ['Owls', 'Cats']) await Book.create({ title, authorId: ann.id });
  return { db, of, Author, Book };
}

describe.each(faces)('relations, $name', (face) => {
  it('are read along, and loaded by name for all siblings', async () => {
    const { db, of, Author, Book } = await openFilled(face);
    const titles = (authors: readonly Author[]) => authors.map(({ books }) => books.map(({ title }) => title));
    expect(
      await statementsOf(db, async () =>
        expect(titles(await Author.query().with('books').all())).toEqual([['Owls', 'Cats'], []]),
      ),
    ).toEqual([
      'SELECT "id", "name" FROM "authors"',
      'SELECT "id", "title", "author_id" FROM "books" WHERE "author_id" IN (SELECT "value" FROM json_each(?))',
    ]);
    const limited = Author.with({ books: { orderBy: ['id', 'desc'], limit: 1, with: 'author' } } as never);
    const [first] = await (limited as ReturnType<typeof Author.query>).all();
    expect(first!.books.map(({ title, author }) => [title, author.name])).toEqual([['Cats', 'Ann']]);

    const books = await Book.all();
    const statements = await statementsOf(db, async () => {
      for (const book of books) await of(book).load('author');
    });
    expect(statements).toHaveLength(1);
    expect(books.map(({ author }) => author.name)).toEqual(['Ann', 'Ann']);
  });

  it('that are touched are loaded, or an error where that had to be waited for', async () => {
    const { db, Author } = await openFilled(face);
    const authors = await Author.query().orderBy('id').all();
    const touch = () => authors.map(({ books }) => books.length);
    const statements = await statementsOf(db, () =>
      face.waits ? expect(touch).toThrow(UnloadedRelationError) : expect(touch()).toEqual([2, 0]),
    );
    expect(statements).toHaveLength(face.waits ? 0 : 1);
    const strict = (await Author.query().strictLoading().first())!;
    expect(() => strict.books).toThrow('.books is not loaded.');
  });

  it('are counted beside each row, and order it', async () => {
    const { Author, Book } = await openFilled(face);
    const counted = await Author.query().withCount('books').orderBy('id').all();
    expect(counted.map(({ name, booksCount }) => [name, booksCount])).toEqual([
      ['Ann', 2],
      ['Eve', 0],
    ]);
    const ordered = Book.query().orderBy('author.name' as 'id', ['id', 'desc']);
    expect(await ordered.pluck('title')).toEqual(['Cats', 'Owls']);
  });

  it('stand in conditions', async () => {
    const { Author, Book } = await openFilled(face);
    expect(await Book.filter({ author: { name: 'Ann' } }).count()).toBe(2);
    const all = every<Book>({ title: 'Owls' });
    expect(await Author.filter({ books: all }).pluck('name')).toEqual(['Eve']);
    await expect(async () => await Author.filter({ books: all }).delete()).rejects.toThrow(QueryError);
    expect(await Author.filter({ books: some<Book>({ title: 'Owls' }) }).delete()).toBe(1);
    expect(await Book.count()).toBe(0);
  });

  it('are queries, which make and change rows', async () => {
    const { db, of, Author, Book } = await openFilled(face);
    const [ann, eve] = (await Author.query().orderBy('id').all()) as [Author & Model, Author & Model];
    const books = of(ann).related('books');
    expect(await books.count()).toBe(2);
    expect(await books.filter({ title: 'Owls' }).update({ title: 'Dogs' })).toBe(1);
    expect((await books.create({ title: 'Bats' })).authorId).toBe(ann.id);
    expect(books.build({ title: 'x' }).authorId).toBe(ann.id);
    expect(await books.orderBy('id').async.pluck('title')).toEqual(['Dogs', 'Cats', 'Bats']);
    expect(await books.async.create({ title: 'Ants' })).toMatchObject({ authorId: ann.id });
    await expect(
      async () =>
        await of(Author.build({ name: 'x' }))
          .related('books')
          .delete(),
    ).rejects.toThrow(QueryError);
    expect(
      await of(Author.build({ name: 'x' }))
        .related('books')
        .all(),
    ).toEqual([]);
    expect(await Book.count()).toBe(4);

    const friends = of(ann).related('friends');
    await of(ann).load('friends');
    const statements = await statementsOf(db, async () => {
      expect(await friends.attach([eve, ann])).toBe(2);
      expect(await friends.detach(ann)).toBe(1);
      expect(await friends.toggle([eve.id, ann.id])).toEqual({ attached: [ann.id], detached: [eve.id] });
      expect(await friends.sync(eve)).toEqual({ attached: [eve.id], detached: [ann.id], updated: [] });
    });
    expect(statements.map((each) => each.split(' ')[0])).toEqual([
      ...['INSERT', 'DELETE'],
      ...['BEGIN', 'DELETE', 'INSERT', 'COMMIT'],
      ...['BEGIN', 'SELECT', 'DELETE', 'INSERT', 'COMMIT'],
    ]);
    await of(ann).load('friends');
    expect(ann.friends.map(({ name }) => name)).toEqual(['Eve']);
    expect((await friends.create({ name: 'New' })).name).toBe('New');
    expect(await friends.orderBy('id').pluck('name')).toEqual(['Eve', 'New']);
    expect(await friends.detach()).toBe(2);
  });
});
