/* A database without SQLite: what it does not have, and what it leaves to the test that uses it. */
import { describe, expect, it } from 'vitest';
import {
  and,
  belongsTo,
  computed,
  countOf,
  defineModel,
  derived,
  gt,
  hasMany,
  id,
  index,
  integer,
  json,
  Model,
  NoDatabaseError,
  sql,
  subtype,
  table,
  text,
  UnsupportedError,
  type Generated,
} from 'litemodel';
import { inMemory } from 'litemodel/in-memory';
import { Product, ProductRepository } from './models.js';

@table('readers')
class Reader extends Model {
  @id({ autoincrement: true }) id!: Generated<number>;
  @text() name!: string;
  @text({ default: sql`'it''s new'` }) state!: Generated<string>;
  @integer({ default: sql`-3` }) rank!: Generated<number>;
  @json<{ theme: string }>({ default: { theme: 'dark' } }) settings!: Generated<{ theme: string }>;
}

@table('loans')
class Loan extends Model {
  @id() id!: Generated<number>;
  @integer() readerId!: number;
  @belongsTo(() => Reader, 'readerId', { onDelete: 'cascade' }) reader!: Reader;
}

@table('animals', { discriminator: 'kind' })
abstract class Animal extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

@subtype('bird')
class Bird extends Animal {
  @integer() wings!: number;
}

@subtype('snake')
class Snake extends Animal {
  @integer() scales!: number;
}

@table('days')
class Day extends Model {
  @id() id!: Generated<number>;
  @text({ default: sql`CURRENT_DATE` }) date!: Generated<string>;
}

@table('names')
class Named extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @computed(sql`length(name)`) readonly letters!: number;
}

@table('sums')
class Sum extends Model {
  @id() id!: Generated<number>;
  @integer() a!: number;
  @integer({ generated: sql`a * 2` }) readonly twice!: number;
}

@table('shelves')
class Shelf extends Model {
  @id() id!: Generated<number>;
  @hasMany(() => Sum, 'a') sums!: Sum[];
  @derived(countOf('sums'), integer()) readonly bookCount!: number;
}

@table('slots')
@index<'place' | 'open'>({ on: 'place', unique: true, where: sql`open = 1`, name: 'open_slots' })
class Slot extends Model {
  @id() id!: Generated<number>;
  @integer() place!: number;
  @integer() open!: number;
}

describe('a database without SQLite', () => {
  it('is one of its own at each call, and none that models find', () => {
    const [one, other] = [new ProductRepository(inMemory()), new ProductRepository(inMemory())];
    one.create({ name: 'Owl' });
    expect([one.count(), other.count()]).toEqual([1, 0]);
    expect(() => Product.count()).toThrow(NoDatabaseError);
    expect(() => new ProductRepository().count()).toThrow(NoDatabaseError);
  });

  it('never uses a key again of a table that says so, and knows defaults that are written out', () => {
    const readers = Reader.using(inMemory());
    const first = readers.create({ name: 'Ann' });
    expect([first.state, first.rank, first.settings.theme]).toEqual(["it's new", -3, 'dark']);
    first.delete();
    expect(readers.create({ name: 'Ben' }).id).toBe(2);
    expect(readers.findById(2)!.state).toBe("it's new");
  });

  it('has subtypes, with their rows in one table', () => {
    const db = inMemory();
    Bird.using(db).create({ name: 'owl', wings: 2 });
    Snake.using(db).create({ name: 'boa', scales: 900 });
    const animals = Animal.using(db).query().orderBy('name').all();
    expect(animals.map((animal) => animal.constructor)).toEqual([Snake, Bird]);
    expect(
      Bird.using(db)
        .filter({ wings: gt(1) })
        .pluck('name'),
    ).toEqual(['owl']);
  });

  it('has keys that are texts, or of several columns', () => {
    const Membership = defineModel(
      'memberships',
      { group: integer(), name: text(), rank: integer({ default: 0 }) },
      { primaryKey: ['group', 'name'], withoutRowid: true },
    );
    const memberships = Membership.using(inMemory());
    memberships.create({ group: 1, name: 'Ann' });
    expect(() => memberships.create({ group: 1, name: 'Ann' })).toThrow('memberships(group, name)');
    const ann = memberships.findById({ group: 1, name: 'Ann' })!;
    ann.rank = 4;
    ann.save();
    expect(memberships.filter({ rank: 4 }).count()).toBe(1);
    expect(ann.delete()).toBe(true);
    expect(memberships.count()).toBe(0);
  });

  it('says what it does not have', () => {
    const db = inMemory();
    const readers = Reader.using(db);
    readers.create({ name: 'Ann' });
    const message = 'A database in memory without SQLite has no SQL of your own.';
    expect(() => readers.filter(sql`length(name) > 2`).all()).toThrow(message);
    expect(() => readers.filter(and({ name: gt(sql`'A'`) }, { rank: 1 })).count()).toThrow(UnsupportedError);
    expect(() => readers.filter({ name: 'Ann' }).update({ rank: sql`rank + 1` })).toThrow(message);
    expect(() => db.all(sql`SELECT 1`)).toThrow(message);
    expect(() => db.execute('DELETE FROM readers')).toThrow(message);
    expect(() => readers.filter({ settings: { theme: 'dark' } }).all()).toThrow(
      'A database in memory without SQLite has no conditions on what is inside of JSON.',
    );
    expect(() => db.pragmas).toThrow(UnsupportedError);
    expect(() => inMemory({ models: [Reader] } as never)).toThrow('inMemory() has no option "models".');
    expect(() => Named.using(db).all()).toThrow(UnsupportedError);
    expect(() => Sum.using(db).create({ a: 1 })).toThrow('generated columns, such as Sum.twice');
    expect(() => Shelf.using(db).create({})).toThrow('columns that triggers keep, such as Shelf.bookCount');
    expect(() => Slot.using(db).count()).toThrow('unique indexes of some rows only, such as "open_slots"');
    expect(() => Day.using(db).create({})).toThrow('defaults that SQL computes, such as that of "date"');
    expect(Day.using(db).create({ date: '2026-11-21' }).id).toBe(1);
    expect(readers.count()).toBe(1);
  });

  it('does not enforce foreign keys', () => {
    const db = inMemory();
    const ann = Reader.using(db).create({ name: 'Ann' });
    const loan = Loan.using(db).create({ readerId: ann.id });
    expect(Loan.using(db).create({ readerId: 99 }).reader).toBeNull();
    expect(ann.delete()).toBe(true);
    expect(loan.reload().readerId).toBe(ann.id);
  });

  it('is closed like others, though it need not be', () => {
    const db = inMemory({ alias: 'test' });
    const readers = Reader.using(db);
    readers.create({ name: 'Ann' });
    db.close();
    expect(() => readers.count()).toThrow('The database "test" is closed.');
  });
});
