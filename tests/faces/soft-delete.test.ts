import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  defineModel,
  deletedAt,
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
} from 'litemodel';
import { defineModel as defineAsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { attempt, faces, inOrder, type TestFace, type TestModel } from './faces.js';

const authorColumns = { id: id(), name: text({ unique: true }), deletedAt: deletedAt() };
const bookColumns = { id: id(), title: text(), authorId: integer(), deletedAt: deletedAt() };
const cascade = { onDelete: 'cascade' } as const;

class SyncAuthor extends defineModel('authors', authorColumns) {
  declare books: SyncBook[];
  static {
    relate(SyncAuthor, { books: hasMany(() => SyncBook, 'authorId') });
  }
}
class SyncBook extends defineModel('books', bookColumns) {
  declare author: SyncAuthor;
  static {
    relate(SyncBook, { author: belongsTo(() => SyncAuthor, 'authorId', cascade) });
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
    relate(AsyncBook, { author: belongsTo(() => AsyncAuthor, 'authorId', cascade) });
  }
}

type Author = Described<typeof authorColumns> &
  Pick<InstanceOf<Face>, 'fill' | 'toJSON' | 'isSoftDeleted'> & { books: (Book & Model)[] };
type Book = Described<typeof bookColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON' | 'isSoftDeleted'>;

/** The models in a face, with an author of two books. */
async function openFilled(face: TestFace) {
  const isAsync = face.name.startsWith('litemodel/async');
  const models = isAsync ? [AsyncAuthor, AsyncBook] : [SyncAuthor, SyncBook];
  const { db, of } = await face.open({ models });
  const [Author, Book] = (isAsync || !face.waits ? models : [SyncAuthor.async(), SyncBook.async()]) as unknown as [
    TestModel<Author>,
    TestModel<Book>,
  ];
  const ann = await Author.create({ name: 'Ann' });
  for (const title of ['Owls', 'Cats']) await Book.create({ title, authorId: ann.id });
  return { db, of, Author, Book, ann };
}

describe.each(faces)('soft deletes, $name', (face) => {
  it('mark a row and what goes along with it, and bring both back', async () => {
    const { db, of, Author, Book, ann } = await openFilled(face);
    const statements = await statementsOf(db, () => of(ann).delete());
    expect(statements.filter((sql) => sql.startsWith('UPDATE'))).toHaveLength(2);
    expect(ann.isSoftDeleted).toBe(true);
    expect([await Author.count(), await Book.count(), await Author.findById(ann.id)]).toEqual([0, 0, undefined]);
    const [found] = await Author.query()
      .onlyDeleted()
      .with({ books: { withDeleted: true } })
      .all();
    expect(found!.books).toHaveLength(2);
    expect(await of(ann).restore()).toBe(true);
    expect([ann.deletedAt, await Author.count(), await Book.count()]).toEqual([null, 1, 2]);
  });

  it('do the same for queries', async () => {
    const { Author, Book } = await openFilled(face);
    expect(await Author.filter({ name: 'Ann' }).delete()).toBe(1);
    expect([await Author.count(), await Book.query().onlyDeleted().count()]).toEqual([0, 2]);
    await Author.create({ name: 'Ann' });
    expect(await attempt(() => Author.query().onlyDeleted().restore())).toBeInstanceOf(UniqueViolation);
    expect(await Author.deleteAll()).toBe(1);
    expect(await Author.filter({ id: 1 }).restore()).toBe(1);
    expect(await Author.query().onlyDeleted().forceDelete()).toBe(1);
    expect([await Author.query().withDeleted().count(), await Book.count()]).toEqual([1, 2]);
  });

  it('are undone with their transaction', async () => {
    const { db, of, Author, Book, ann } = await openFilled(face);
    const undone = new Error('undone');
    const failure = await attempt(() =>
      db.transaction(() =>
        inOrder(
          () => of(ann).delete(),
          () => {
            throw undone;
          },
        ),
      ),
    );
    expect(failure).toBe(undone);
    expect([ann.isSoftDeleted, ann.deletedAt, await Author.count(), await Book.count()]).toEqual([false, null, 1, 2]);
    expect(await of(ann).forceDelete()).toBe(true);
    expect(await Book.query().withDeleted().count()).toBe(0);
  });

  it('are for models that say so', async () => {
    const { of, User } = await face.open();
    const user = await User.create({ name: 'Ann' });
    expect(await attempt(() => of(user).restore())).toBeInstanceOf(QueryError);
    expect(await attempt(() => of(user).forceDelete())).toBeInstanceOf(QueryError);
    expect(await attempt(() => User.filter({ id: 1 }).restore())).toBeInstanceOf(QueryError);
  });
});
