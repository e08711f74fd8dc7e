/*
 * One contract, two repositories: what is true of one on SQLite is true of the one without it.
 */
import { describe, expect, it } from 'vitest';
import {
  and,
  AsyncRepository,
  desc,
  gte,
  InvalidValueError,
  like,
  lt,
  MissingFieldError,
  none,
  not,
  NotFoundError,
  NotUniqueError,
  oneOf,
  or,
  QueryError,
  recordSet,
  some,
  StaleRecordError,
  UnconditionalWriteError,
  UniqueViolation,
  UnknownFieldError,
  ValidationError,
  type Database,
  type Repository,
} from 'litemodel';
import { inMemory } from 'litemodel/in-memory';
import { drivers } from '../open-database.js';
import { Account, inStock, Label, models, named, Product, ProductRepository, Shelf } from './models.js';

const databases: readonly { readonly name: string; open(): Promise<Database> }[] = [
  ...drivers.map(({ name, open }) => ({ name, open: () => open({ models }) })),
  { name: 'memory, without SQLite', open: () => Promise.resolve(inMemory()) },
];

const product = (name: string, fields: object = {}) => ({
  ...{
    name,
    note: null,
    weight: null,
    code: null,
    price: null,
    soldAt: null,
    madeOn: null,
    shelfId: null,
    place: null,
  },
  ...fields,
});

describe.each(databases)('a repository in $name', ({ open }) => {
  async function openProducts() {
    const db = await open();
    const products = new ProductRepository(db);
    const repository: Repository<Product> = products; // all that follows needs no more, but for the query with a name
    return { db, products, repository };
  }

  it('creates with keys and defaults, and finds again', async () => {
    const { repository } = await openProducts();
    expect(repository.count()).toBe(0);
    const soldAt = new Date('2026-11-21T10:00:00.123Z');
    const owl = repository.create(product('Owl', { weight: 1.5, code: 2n ** 60n, price: '3.50', soldAt }));
    const cat = repository.create(product('Cat', { id: 7, stock: 3, active: false, tags: ['a', 'b'] }));
    const dog = repository.create(product('Dog'));
    expect([owl.id, cat.id, dog.id]).toEqual([1, 7, 8]);
    expect([owl.stock, owl.active, owl.version, owl.created]).toEqual([0, true, 1, 1]);
    expect(owl).toBeInstanceOf(Product);
    const found = repository.findById(1)!;
    expect(found).not.toBe(owl);
    expect(found.toJSON()).toEqual(owl.toJSON());
    expect([found.weight, found.code, found.price, found.soldAt]).toEqual([1.5, 2n ** 60n, '3.50', soldAt]);
    expect(repository.findById(7)!.tags).toEqual(['a', 'b']);
    expect(repository.findById(2)).toBeUndefined();
    expect(repository.all().map(({ name }) => name)).toEqual(['Owl', 'Cat', 'Dog']);
  });

  it('saves what is new and what changed', async () => {
    const { db, repository } = await openProducts();
    const built = Product.build(product('Owl'));
    expect(repository.save(built)).toBe(built);
    expect(built.id).toBe(1);
    built.stock = 5;
    built.tags = ['x'];
    repository.save(built);
    expect(built.version).toBe(2);
    const found = repository.findById(1)!;
    expect([found.stock, found.tags, found.version]).toEqual([5, ['x'], 2]);
    const statements: string[] = [];
    const stop = db.onStatement(({ sql }) => statements.push(sql));
    repository.save(found);
    stop();
    expect(statements).toEqual([]);
    found.note = 'second';
    found.save(); // an instance knows where it is
    expect(repository.findById(1)!.note).toBe('second');
  });

  it('does not let one of two writers undo the other', async () => {
    const { repository } = await openProducts();
    const first = repository.create(product('Owl'));
    const second = repository.findById(first.id)!;
    second.stock = 1;
    repository.save(second);
    first.stock = 2;
    expect(() => repository.save(first)).toThrow(StaleRecordError);
    expect(() => repository.delete(first)).toThrow(StaleRecordError);
    expect(first.reload().stock).toBe(1);
  });

  it('deletes', async () => {
    const { repository } = await openProducts();
    const owl = repository.create(product('Owl'));
    const again = repository.findById(owl.id)!;
    expect(repository.delete(owl)).toBe(true);
    expect(repository.delete(again)).toBe(false);
    expect(repository.count()).toBe(0);
    expect(() => repository.save(owl)).toThrow(NotFoundError);
    again.stock = 3;
    expect(() => repository.save(again)).toThrow(NotFoundError);
    expect(repository.create(product('Cat')).id).toBe(1);
  });

  it('refuses what its model does not take, before anything is written', async () => {
    const { db, repository } = await openProducts();
    expect(() => repository.create({ note: 'x' } as never)).toThrow(MissingFieldError);
    expect(() => repository.create(product('Owl', { stock: 1.5 }))).toThrow(InvalidValueError);
    expect(() => repository.create(product('Owl', { stok: 1 }))).toThrow(UnknownFieldError);
    expect(() => repository.filter({ stok: 1 } as never)).toThrow(UnknownFieldError);
    expect(() => Account.using(db).create({ email: 'nobody' })).toThrow(ValidationError);
    expect(repository.count()).toBe(0);
  });

  it('refuses what is no instance and no database', async () => {
    const { repository } = await openProducts();
    for (const wrong of [undefined, null, 3, 'Owl', {}, Product] as never[]) {
      expect(() => repository.save(wrong)).toThrow('A repository takes instances of its model');
      expect(() => repository.delete(wrong)).toThrow(QueryError);
    }
    for (const wrong of [null, {}, ':memory:', Product] as never[]) {
      expect(() => new ProductRepository(wrong)).toThrow('A database or transaction is wanted here');
      expect(() => Product.using(wrong)).toThrow(QueryError);
    }
  });

  it('keeps unique what is unique, by the collation of the column', async () => {
    const { db, repository } = await openProducts();
    repository.create(product('Owl', { shelfId: null, place: 1 }));
    const cat = repository.create(product('Cat', { shelfId: null, place: 1 })); // NULLs differ
    const violation = (work: () => unknown): unknown => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof UniqueViolation)) throw error;
        return [error.message.split('\n', 1)[0], error.table, error.columns, error.code];
      }
      return undefined;
    };
    const code = 'ORM_UNIQUE_VIOLATION';
    const onName = ['Another row already has this value in products(name).', 'products', ['name'], code];
    expect(violation(() => repository.create(product('OWL')))).toEqual(onName);
    expect(violation(() => repository.filter({ id: cat.id }).update({ name: 'owl' }))).toEqual(onName);
    expect(violation(() => repository.create(product('Dog', { id: cat.id })))).toEqual([
      'Another row already has this value in products(id).',
      'products',
      ['id'],
      code,
    ]);
    const placed = { shelfId: Shelf.using(db).create({ name: 'first' }).id, place: 1 };
    repository.create(product('Dog', placed));
    expect(violation(() => repository.create(product('Elk', placed)))).toMatchObject({ 2: ['shelf_id', 'place'] });
    cat.name = 'oWl';
    expect(violation(() => repository.save(cat))).toEqual(onName);
    cat.name = 'CAT';
    repository.save(cat);
    expect(repository.filter({ name: 'cat' }).pluck('name')).toEqual(['CAT']);
    expect(repository.count()).toBe(3);
  });

  it('finds by conditions, and by those with a name', async () => {
    const { products, repository } = await openProducts();
    repository.create(product('Owl', { stock: 3, note: 'bird' }));
    repository.create(product('Cat', { stock: 0, note: null }));
    repository.create(product('dog', { stock: 9, active: false, note: 'Owls fear it' }));
    const names = (where: Parameters<typeof repository.filter>[0]) =>
      repository.filter(where).orderBy('name').pluck('name');
    expect(names({ stock: gte(3) })).toEqual(['dog', 'Owl']);
    expect(names(inStock())).toEqual(['dog', 'Owl']);
    expect(names(and(inStock(4), named('owl%')))).toEqual(['dog']);
    expect(names(not(named('owl%')))).toEqual([]); // of NULL nobody knows
    expect(names({ note: null })).toEqual(['Cat']);
    expect(names({ name: oneOf(['OWL', 'DOG']) })).toEqual(['dog', 'Owl']);
    expect(names({ note: like('%L%') })).toEqual(['dog']);
    expect(products.available().map(({ name }) => name)).toEqual(['Owl']);
    expect(repository.filter(inStock()).exists()).toBe(true);
    expect(repository.filter(inStock(100)).exists()).toBe(false);
    expect(repository.filter({ active: true }).count()).toBe(2);
    expect(repository.filter(inStock(9)).one().name).toBe('dog');
    expect(() => repository.filter(inStock()).one()).toThrow(NotUniqueError);
    expect(() => repository.filter(inStock(100)).one()).toThrow(NotFoundError);
    expect(repository.filter(inStock(100)).first()).toBeUndefined();
  });

  it('orders, cuts, pages, selects and counts', async () => {
    const { repository } = await openProducts();
    for (const [at, note] of ['b', null, 'a', 'B', null, 'c'].entries()) {
      repository.create(product(`p${at}`, { note, stock: at % 2 }));
    }
    const ids = (query = repository.query()) => query.all().map(({ id }) => id);
    expect(ids(repository.query().orderBy('note', ['id', 'desc']))).toEqual([5, 2, 4, 3, 1, 6]);
    expect(ids(repository.query().orderBy(desc('note', { nulls: 'first' }), 'id'))).toEqual([2, 5, 6, 1, 3, 4]);
    expect(ids(repository.query().orderBy('id').limit(2).offset(3))).toEqual([4, 5]);
    expect(ids(repository.query().orderBy('id').offset(4))).toEqual([5, 6]);
    expect(repository.query().distinct().orderBy('stock').pluck('stock')).toEqual([0, 1]);
    expect(repository.query().limit(4).count()).toBe(4);
    expect(repository.query().orderBy('id').select('id', 'note').first()).toEqual({ id: 1, note: 'b' });
    expect([...repository.query().orderBy('note').iterate({ batch: 2 })].map(({ id }) => id)).toHaveLength(6);
    const page = repository.query().orderBy('id').page({ size: 4 });
    expect(page.rows.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    const next = repository.query().orderBy('id').page({ size: 4, after: page.next });
    expect(next.rows.map(({ id }) => id)).toEqual([5, 6]);
    expect(repository.query().page({ size: 4, number: 2 })).toMatchObject({ total: 6 });
  });

  it('writes and deletes many rows', async () => {
    const { repository } = await openProducts();
    for (const name of ['a', 'b', 'c']) repository.create(product(name));
    expect(repository.filter({ name: lt('c') }).update({ stock: 4 })).toBe(2);
    expect(repository.query().orderBy('id').pluck('stock')).toEqual([4, 4, 0]);
    expect(repository.query().orderBy('id').pluck('version')).toEqual([2, 2, 1]);
    expect(() => repository.query().update({ stock: 1 })).toThrow(UnconditionalWriteError);
    const returned = repository.filter({ stock: 4 }).returning('name').update({ stock: 5 });
    expect(returned.map(({ name }) => name).sort()).toEqual(['a', 'b']);
    expect(
      repository
        .filter({ stock: gte(0) })
        .orderBy('id')
        .limit(1)
        .delete(),
    ).toBe(1);
    const set = recordSet(repository.all());
    expect(set.write({ note: 'x' })).toBe(2);
    expect(repository.query().pluck('note')).toEqual(['x', 'x']);
    expect(set.delete()).toBe(2);
    expect(repository.count()).toBe(0);
  });

  it('leaves nothing behind of a statement that fails', async () => {
    const { repository } = await openProducts();
    for (const name of ['a', 'b', 'c']) repository.create(product(name));
    expect(() => repository.filter({ id: gte(1) }).update({ name: 'z' })).toThrow(UniqueViolation);
    expect(repository.query().orderBy('id').pluck('name')).toEqual(['a', 'b', 'c']);
  });

  it('takes part in transactions, and in those inside', async () => {
    const { db, repository } = await openProducts();
    const owl = repository.create(product('Owl'));
    const undo = new Error('undo');
    const failing = (work: () => void) => () =>
      db.transaction(() => {
        work();
        throw undo;
      });
    expect(
      failing(() => {
        owl.stock = 3;
        repository.save(owl);
        repository.create(product('Cat'));
        expect(repository.count()).toBe(2);
      }),
    ).toThrow(undo);
    expect(repository.query().pluck('stock')).toEqual([0]);
    db.transaction(() => {
      repository.create(product('Cat'));
      expect(failing(() => repository.create(product('Dog')))).toThrow(undo);
      repository.create(product('Elk'));
    });
    expect(repository.query().orderBy('id').pluck('name')).toEqual(['Owl', 'Cat', 'Elk']);
    repository.save(owl);
    expect(repository.findById(owl.id)!.stock).toBe(3);
  });

  it('has relations', async () => {
    const { db, repository } = await openProducts();
    const [first, second] = [Shelf.using(db).create({ name: 'first' }), Shelf.using(db).create({ name: 'second' })];
    for (const [at, name] of ['a', 'b', 'c'].entries()) {
      repository.create(product(name, { shelfId: at === 2 ? second.id : first.id, place: at }));
    }
    const shelves = Shelf.using(db)
      .with({ products: { orderBy: ['id', 'desc'], limit: 1 } })
      .orderBy('id')
      .all();
    expect(shelves.map(({ products }) => products.map(({ name }) => name))).toEqual([['b'], ['c']]);
    expect(first.products.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(
      Shelf.using(db)
        .filter({ products: some({ name: 'c' }) })
        .pluck('name'),
    ).toEqual(['second']);
    expect(
      Shelf.using(db)
        .filter({ products: none({ name: 'c' }) })
        .pluck('name'),
    ).toEqual(['first']);
    expect(repository.query().orderBy(['shelf.name', 'desc'], 'id').pluck('name')).toEqual(['c', 'a', 'b']);
    expect(Shelf.using(db).query().withCount('products').orderBy('id').all()[0]!.productsCount).toBe(2);
    const [sale, fresh] = ['sale', 'new'].map((word) => Label.using(db).create({ word }));
    const owl = repository.findById(1)!;
    expect(owl.related('labels').attach([sale!, fresh!])).toBe(2);
    expect(owl.related('labels').attach([sale!])).toBe(0);
    expect(owl.related('labels').sync([fresh!]).detached).toEqual([sale!.id]);
    expect(owl.labels.map(({ word }) => word)).toEqual(['new']);
    expect(repository.filter(or({ labels: some({ word: 'new' }) }, { name: 'c' })).count()).toBe(2);
  });

  it('works for units of work', async () => {
    const { db, repository } = await openProducts();
    db.unitOfWork((work) => {
      const shelf = work.create(Shelf, { name: 'first' });
      work.create(Product, { ...product('a', { place: 1 }), shelf });
    });
    expect(repository.all().map(({ shelfId }) => shelfId)).toEqual([1]);
    expect(repository.findById(1)!.created).toBeUndefined();
  });

  it('keeps to its database', async () => {
    const { repository } = await openProducts();
    const other = new ProductRepository(inMemory({ alias: 'other' }));
    const owl = repository.create(product('Owl'));
    owl.stock = 3;
    expect(() => other.save(owl)).toThrow('This Product is in the database');
    expect(() => other.delete(owl)).toThrow('and the repository in "other".');
    expect(other.count()).toBe(0);
  });

  it('has an asynchronous face', async () => {
    const db = (await open()).async;
    const products = new (AsyncRepository(Product))(db);
    const owl = await products.create(product('Owl'));
    const cat = await products.save(Product.build(product('Cat')));
    expect([owl.id, cat.id]).toEqual([1, 2]);
    cat.stock = 4;
    await products.save(cat);
    expect(await products.filter(inStock()).pluck('name')).toEqual(['Cat']);
    expect(await products.findById(2)).toBeInstanceOf(Product);
    await expect(products.create(product('owl'))).rejects.toThrow(UniqueViolation);
    const undone = db.transaction(async (tx) => {
      const inside = new (AsyncRepository(Product))(tx);
      await inside.create(product('Dog'));
      expect(await inside.delete(cat)).toBe(true);
      expect(await inside.count()).toBe(2);
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(await products.count()).toBe(2);
    expect(await products.delete(cat)).toBe(true);
    expect((await products.all()).map(({ name }) => name)).toEqual(['Owl']);
  });
});
