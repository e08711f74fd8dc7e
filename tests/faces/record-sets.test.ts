import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  hasMany,
  id,
  integer,
  QueryError,
  recordSet,
  relate,
  text,
  TransactionError,
  type Described,
  type Face,
  type InstanceOf,
  type Model,
  type RecordSetOf,
} from 'litemodel';
import { defineModel as defineAsyncModel, recordSet as asyncRecordSet } from 'litemodel/async';
import { closedLater, statementsOf } from './engines.js';
import { attempt, faces, type TestFace, type TestModel } from './faces.js';
import { drivers } from '../open-database.js';

const authorColumns = { id: id(), name: text() };
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
    relate(SyncBook, { author: belongsTo(() => SyncAuthor, 'authorId', { onDelete: 'cascade' }) });
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
    relate(AsyncBook, { author: belongsTo(() => AsyncAuthor, 'authorId', { onDelete: 'cascade' }) });
  }
}

type Author = Described<typeof authorColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'> & Model & { books: Book[] };
type Book = Described<typeof bookColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'> & Model & { author: Author };

async function openAuthors(face: TestFace) {
  const isAsync = face.name.startsWith('litemodel/async');
  const { db } = await face.open({ models: isAsync ? [AsyncAuthor, AsyncBook] : [SyncAuthor, SyncBook] });
  const view = (Async: object, Sync: { async(): object }): unknown =>
    isAsync ? Async : face.waits ? Sync.async() : Sync;
  const setOf = <Instance extends Author | Book>(instances: Instance[]): RecordSetOf<Instance, Face> => {
    if (isAsync) return asyncRecordSet(instances);
    return (face.waits ? recordSet(instances).async : recordSet(instances)) as RecordSetOf<Instance, Face>;
  };
  const Author = view(AsyncAuthor, SyncAuthor) as TestModel<Author>;
  const Book = view(AsyncBook, SyncBook) as TestModel<Book>;
  const [ann, ben] = [await Author.create({ name: 'Ann' }), await Author.create({ name: 'Ben' })];
  for (const title of ['Owls', 'Cats']) await Book.create({ title, authorId: ann.id });
  await Book.create({ title: 'Dogs', authorId: ben.id });
  return { db, Author, Book, setOf };
}

describe.each(faces)('record sets, $name', (face) => {
  it('write all rows with one statement', async () => {
    const { db, Book, setOf } = await openAuthors(face);
    const books = await Book.query().orderBy('id').all();
    const statements = await statementsOf(db, async () => expect(await setOf(books).write({ title: 'x' })).toBe(3));
    expect(statements).toEqual([
      'UPDATE "books" SET "title" = ? WHERE "id" IN (SELECT "value" FROM json_each(?)) RETURNING "id", "title"',
    ]);
    expect(books.map(({ title }) => title)).toEqual(['x', 'x', 'x']);
    expect(await Book.query().pluck('title')).toEqual(['x', 'x', 'x']);
  });

  it('delete all rows with one statement', async () => {
    const { db, Book, setOf } = await openAuthors(face);
    const books = setOf(await Book.all());
    const owls = books.filter(({ title }) => title === 'Owls');
    expect(await statementsOf(db, async () => expect(await owls.delete()).toBe(1))).toHaveLength(1);
    expect(await Book.query().orderBy('id').pluck('title')).toEqual(['Cats', 'Dogs']);
    expect(await statementsOf(db, async () => expect(await owls.delete()).toBe(0))).toEqual([]);
    expect(await attempt(() => owls.write({ title: 'x' }))).toBeInstanceOf(Error);
  });

  it('load relations with one statement each, of instances that were read one by one', async () => {
    const { db, Author, setOf } = await openAuthors(face);
    const authors = setOf([(await Author.findById(1))!, (await Author.findById(2))!]);
    expect(await statementsOf(db, async () => expect(await authors.load('books')).toBe(authors))).toHaveLength(1);
    expect(authors.map(({ books }) => books.length)).toEqual([2, 1]);
    expect(await statementsOf(db, () => authors.load('books.author'))).toHaveLength(1);
    expect(authors.map(({ books }) => books[0]!.author.name)).toEqual(['Ann', 'Ben']);
  });

  it('answer without a statement where there is nothing to do', async () => {
    const { db, Author, setOf } = await openAuthors(face);
    const none = setOf(await Author.all()).filter(() => false);
    const statements = await statementsOf(db, async () => {
      const answers = [none.write({ name: 'x' }), none.delete(), none.load('books')];
      for (const answer of answers) expect(answer instanceof Promise).toBe(face.waits);
      const known: unknown[] = [];
      for (const answer of answers) known.push(await answer);
      expect(known).toEqual([0, 0, none]);
    });
    expect(statements).toEqual([]);
  });

  it('refuse what does not fit, in the way of the face', async () => {
    const { Author, setOf } = await openAuthors(face);
    const authors = setOf(await Author.all());
    expect(await attempt(() => authors.write({ id: 7 }))).toBeInstanceOf(QueryError);
    if (face.waits)
      await expect((authors.write as (fields: object) => Promise<number>)({})).rejects.toThrow(QueryError);
  });
});

describe.each(drivers)('record sets in a transaction, on $name', ({ open }) => {
  it('say so by using(tx)', async () => {
    const db = await closedLater(open({ models: [AsyncAuthor, AsyncBook] }).then((each) => each.async));
    const authors = [await AsyncAuthor.create({ name: 'Ann' }), await AsyncAuthor.create({ name: 'Ben' })];
    const undone = db.transaction(async (tx) => {
      expect(await asyncRecordSet(authors).using(tx).write({ name: 'x' })).toBe(2);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(authors.map(({ name }) => name)).toEqual(['Ann', 'Ben']);
    expect(await AsyncAuthor.query().orderBy('id').pluck('name')).toEqual(['Ann', 'Ben']);
  });

  it('stay in their database', async () => {
    await open({ models: [AsyncAuthor, AsyncBook] });
    const other = (await open({ alias: 'other' })).async;
    const authors = asyncRecordSet([await AsyncAuthor.create({ name: 'Ann' })]);
    const written = other.transaction((tx) => authors.using(tx).write({ name: 'x' }));
    await expect(written).rejects.toThrow(TransactionError);
    await expect(written).rejects.toThrow('This set of AsyncAuthor is in the database "default"');
  });
});
