import { describe, expect, it, vi } from 'vitest';
import {
  bigint,
  createdAt,
  DefinitionError,
  defineModel,
  id,
  integer,
  json,
  Model,
  QueryError,
  sql,
  table,
  text,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

describe.each(drivers)('$name', ({ open }) => {
  it('a loaded instance has what its class gives: initializers, private fields, getters, setters and methods', async () => {
    const constructed = vi.fn();

    @table('accounts')
    class Account extends Model {
      static readonly kind = 'account';
      readonly #opened = { times: 0 };
      @id() id!: Generated<number>;
      @text() owner!: string;
      @integer() cents: Generated<number> = 5;
      @text({ nullable: true }) nick: string | null = 'from the initializer';
      cache?: Map<string, number> = new Map();

      constructor() {
        super();
        constructed();
      }
      get euros(): number {
        return this.cents / 100;
      }
      set euros(value: number) {
        this.cents = Math.round(value * 100);
      }
      open(): number {
        return ++this.#opened.times;
      }
      static richest(): Account | undefined {
        return this.query().orderBy(['cents', 'desc']).first();
      }
    }
    const db = await open({ models: [Account] });

    const made = Account.create({ owner: 'Ann' } as never); // the compiler takes the setter for a column
    expect({ ...made }).toEqual({ id: 1, owner: 'Ann', cents: 5, nick: 'from the initializer', cache: new Map() });
    made.euros = 12.34;
    made.nick = null;
    expect(statementsOf(db, () => made.save())).toEqual([
      'UPDATE "accounts" SET "cents" = ?, "nick" = ? WHERE "id" = ?',
    ]);

    constructed.mockClear();
    const [read] = Account.all();
    expect(constructed).toHaveBeenCalledTimes(1);
    expect(read).toBeInstanceOf(Account);
    expect([read!.cents, read!.euros, read!.nick]).toEqual([1234, 12.34, null]);
    expect([read!.open(), read!.open(), made.open()]).toEqual([1, 2, 1]);
    expect(read!.cache).not.toBe(made.cache);
    expect(statementsOf(db, () => read!.save())).toEqual([]);
    read!.cache!.set('x', 1);
    read!.euros = 1;
    expect(statementsOf(db, () => read!.save())).toEqual(['UPDATE "accounts" SET "cents" = ? WHERE "id" = ?']);
    expect(Account.richest()!.owner).toBe('Ann');
    expect(read!.toJSON()).toEqual({ id: 1, owner: 'Ann', cents: 100, nick: null });
    expect(() => Account.filter({ euros: 1 })).toThrow('Account has no field "euros".');
    expect(() => Account.create({ owner: 'x', euros: 1 })).toThrow('Account has no field "euros".');
    expect(db.all(sql`SELECT * FROM accounts`)).toEqual([{ id: 1, owner: 'Ann', cents: 100, nick: null }]);
  });

  it('is made of an object of fields, and of nothing else', async () => {
    class Plain extends defineModel('plain', { id: id(), name: text() }) {}
    const db = await open({ models: [Plain] });
    for (const fields of [null, 5, 'x', true] as never[]) {
      expect(statementsOf(db, () => expect(() => Plain.create(fields)).toThrow(QueryError))).toEqual([]);
      expect(() => Plain.build(fields)).toThrow('A Plain is made of an object of fields.');
    }
  });

  it('a column can be an accessor, whose setter runs at loading', async () => {
    @table('words')
    class Word extends Model {
      @id() id!: Generated<number>;
      @text() accessor word!: string;
      @createdAt() accessor at!: Generated<Date>;
    }
    const db = await open({ models: [Word] });
    const made = Word.create({ word: 'a' });
    made.word = 'b';
    expect(statementsOf(db, () => made.save())).toEqual(['UPDATE "words" SET "word" = ? WHERE "id" = ?']);
    const read = Word.findById(1)!;
    expect([read.word, read.at]).toEqual(['b', made.at]);
    expect(Object.keys(read)).toEqual(['id']);
    expect(read.toJSON()).toEqual({ id: 1, word: 'b', at: made.at });
    expect(statementsOf(db, () => read.save())).toEqual([]);
    expect(read.reload().word).toBe('b');
  });

  it('construct: false skips the constructor of loaded instances, and of no others', async () => {
    const constructed = vi.fn();

    @table('points', { construct: false })
    class Point extends Model {
      @id() id!: Generated<number>;
      @integer() x!: number;
      label?: string = 'initialized';
      constructor(required?: string) {
        super();
        constructed(required);
      }
      double(): number {
        return this.x * 2;
      }
    }
    const db = await open({ models: [Point] });
    Point.create({ x: 3 });
    expect(constructed).toHaveBeenCalledTimes(1);
    constructed.mockClear();
    const [read] = Point.all();
    expect(constructed).not.toHaveBeenCalled();
    expect(read).toBeInstanceOf(Point);
    expect(read!.constructor).toBe(Point);
    expect(read!.double()).toBe(6);
    expect(read!.label).toBeUndefined();
    read!.x = 4;
    read!.save();
    expect(db.all(sql`SELECT * FROM points`)).toEqual([{ id: 1, x: 4 }]);
  });

  it('a class inherits the columns of the one it extends, and has a table of its own', async () => {
    abstract class Stamped extends Model {
      @id() id!: Generated<number>;
      @createdAt() createdAt!: Generated<Date>;
      describe(): string {
        return `${this.constructor.name} ${this.id}`;
      }
    }

    @table('animals')
    class Animal extends Stamped {
      @text() name!: string;
    }

    @table('dogs')
    class Dog extends Animal {
      @integer({ default: 4 }) legs!: Generated<number>;
      @text({ name: 'dog_name' }) override name = 'Rex';
    }
    const db = await open({ models: [Animal, Dog] });
    const names = (of: string) => db.all(sql`SELECT name FROM pragma_table_info(${of})`).map((row) => row['name']);
    expect(names('animals')).toEqual(['id', 'created_at', 'name']);
    expect(names('dogs')).toEqual(['id', 'created_at', 'dog_name', 'legs']);
    Animal.create({ name: 'Tom' });
    const rex = Dog.create({ name: 'Rex' });
    expect(rex.describe()).toBe('Dog 1');
    expect(Dog.findById(1)).toBeInstanceOf(Dog);
    expect(Animal.findById(1)).not.toBeInstanceOf(Dog);
    expect([Animal.count(), Dog.count()]).toEqual([1, 1]);
    expect(db.all(sql`SELECT dog_name, legs FROM dogs`)).toEqual([{ dog_name: 'Rex', legs: 4 }]);

    class Undecorated extends Animal {}
    const message =
      'Undecorated has no table of its own, though it extends Animal. Decorate it: @table("…") class Undecorated.';
    expect(() => Undecorated.count()).toThrow(new DefinitionError(message).message);
    expect(() => Stamped.query().all()).toThrow('Stamped has no table.');
  });

  it('a defined model can be extended', async () => {
    class Person extends defineModel('people', { id: id(), name: text() }, { modelName: 'Person' }) {
      greet(): string {
        return `Hello, ${this.name}`;
      }
    }
    const Base = Object.getPrototypeOf(Person) as typeof Person;
    const db = await open({ models: [Base] });
    const made = Base.create({ name: 'Ann' });
    expect(made.name).toBe('Ann');
    expect(db.all(sql`SELECT name FROM people`)).toEqual([{ name: 'Ann' }]);
    void Person;
  });

  it('instances of one row are apart, and none knows of the other', async () => {
    const Note = defineModel('notes', { id: id(), body: json<{ a: number[] }>() });
    await open({ models: [Note] });
    Note.create({ body: { a: [1] } });
    const [first, second] = [Note.findById(1)!, Note.findById(1)!];
    first.body.a.push(2);
    expect(second.body).toEqual({ a: [1] });
    first.save();
    expect(second.reload().body).toEqual({ a: [1, 2] });
  });

  it('instances hold nothing that can be seen besides their fields', async () => {
    const Note = defineModel('notes', { id: id(), big: bigint() });
    await open({ models: [Note] });
    const [made, read] = [Note.create({ big: 1n }), Note.findById(1)!];
    for (const each of [made, read]) {
      expect(Reflect.ownKeys(each)).toHaveLength(2);
      expect({ ...each }).toEqual({ id: 1, big: 1n });
    }
    expect(structuredClone({ ...read })).toEqual({ id: 1, big: 1n });
  });
});
