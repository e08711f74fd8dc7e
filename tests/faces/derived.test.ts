import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  countOf,
  defineModel,
  derived,
  hasMany,
  id,
  integer,
  Model,
  relate,
  table,
  validate,
  ValidationError,
  type Described,
  type Face,
  type Generated,
  type InstanceOf,
} from 'litemodel';
import { defineModel as defineAsyncModel, Model as AsyncModel } from 'litemodel/async';
import { statementsOf } from './engines.js';
import { attempt, faces, type TestModel } from './faces.js';

const shelfColumns = { id: id(), bookCount: derived(countOf('books'), integer()) };
const bookColumns = { id: id(), shelfId: integer() };

class SyncShelf extends defineModel('shelves', shelfColumns) {
  declare books: SyncBook[];
  static {
    relate(SyncShelf, { books: hasMany(() => SyncBook, 'shelfId') });
  }
}
class SyncBook extends defineModel('books', bookColumns) {
  declare shelf: SyncShelf;
  static {
    relate(SyncBook, { shelf: belongsTo(() => SyncShelf, 'shelfId', { onDelete: 'cascade' }) });
  }
}
class AsyncShelf extends defineAsyncModel('shelves', shelfColumns) {
  declare books: AsyncBook[];
  static {
    relate(AsyncShelf, { books: hasMany(() => AsyncBook, 'shelfId') });
  }
}
class AsyncBook extends defineAsyncModel('books', bookColumns) {
  declare shelf: AsyncShelf;
  static {
    relate(AsyncBook, { shelf: belongsTo(() => AsyncShelf, 'shelfId', { onDelete: 'cascade' }) });
  }
}

/** Whether checks answer later. */
let waits = false;

@table('entries')
class SyncEntry extends Model {
  @id() id!: Generated<number>;
  @integer() amount!: number;

  @validate({ at: 'commit' }) balances(): boolean | Promise<boolean> {
    const isZero = (amounts: readonly number[]) => amounts.reduce((sum, each) => sum + each, 0) === 0;
    if (!waits) return isZero(SyncEntry.query().pluck('amount'));
    return SyncEntry.async()
      .query()
      .pluck('amount')
      .then((amounts) => isZero(amounts));
  }
}

@table('entries')
class AsyncEntry extends AsyncModel {
  @id() id!: Generated<number>;
  @integer() amount!: number;

  @validate({ at: 'commit' }) async balances() {
    const amounts = await AsyncEntry.query().pluck('amount');
    return amounts.reduce((sum, each) => sum + each, 0) === 0;
  }
}

type Shelf = Described<typeof shelfColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;
type Book = Described<typeof bookColumns> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;
type Entry = Pick<SyncEntry, 'id' | 'amount'> & Pick<InstanceOf<Face>, 'fill' | 'toJSON'>;

describe.each(faces)('what other rows say, $name', (face) => {
  waits = face.waits;
  const isAsync = face.name.startsWith('litemodel/async');
  const inFace = <Instance>(model: unknown): TestModel<Instance> =>
    (isAsync || !face.waits ? model : (model as typeof SyncShelf).async()) as TestModel<Instance>;

  it('is kept in a derived column', async () => {
    const [shelves, books] = isAsync ? [AsyncShelf, AsyncBook] : [SyncShelf, SyncBook];
    const { db, of } = await face.open({ models: [shelves, books] });
    const [Shelves, Books] = [inFace<Shelf>(shelves), inFace<Book>(books)];
    const shelf = await Shelves.create({});
    const statements = await statementsOf(db, () => Books.create({ shelfId: shelf.id }));
    expect(statements).toEqual(['INSERT INTO "books" ("shelf_id") VALUES (?)']);
    expect(shelf.bookCount).toBe(0);
    await of(shelf).reload();
    expect(shelf.bookCount).toBe(1);
  });

  it('is asked before the commit', async () => {
    waits = face.waits;
    const entries = isAsync ? AsyncEntry : SyncEntry;
    const { db } = await face.open({ models: [entries] });
    const Entries = inFace<Entry>(entries);
    expect(await attempt(() => Entries.create({ amount: 5 }))).toBeInstanceOf(ValidationError);
    expect(await Entries.count()).toBe(0);
    const statements = await statementsOf(db, () => Entries.create({ amount: 0 }));
    expect(statements).toEqual([
      'BEGIN IMMEDIATE',
      'INSERT INTO "entries" ("amount") VALUES (?)',
      'SELECT "amount" FROM "entries"',
      'COMMIT',
    ]);
  });
});
