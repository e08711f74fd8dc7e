import { beforeEach, describe, expect, it } from 'vitest';
import type { OrmError } from 'litemodel';
import {
  defineModel,
  id,
  integer,
  InvalidValueError,
  json,
  MissingFieldError,
  NotFoundError,
  ReadOnlyFieldError,
  sql,
  text,
  UniqueViolation,
  UnknownFieldError,
  type Database,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { Person, selectPeople } from './person.js';

const insert = 'INSERT INTO "people" ("name", "age", "settings", "seen_at", "photo") VALUES (?, ?, ?, ?, ?)';
const update = (...columns: string[]) =>
  `UPDATE "people" SET ${columns.map((column) => `"${column}" = ?`).join(', ')} WHERE "id" = ?`;

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Person] });
  });
  const rows = () => db.all(sql`SELECT id, name, age, settings, seen_at, hex(photo) AS photo FROM people ORDER BY id`);
  const nulls = { settings: null, seen_at: null, photo: '' };

  describe('build', () => {
    it('makes an instance without any statement', () => {
      const statements = statementsOf(db, () => {
        const ann = Person.build({ name: 'Ann' });
        expect(ann).toBeInstanceOf(Person);
        expect([ann.name, ann.id, ann.age]).toEqual(['Ann', undefined, undefined]);
        expect(Person.build().name).toBeUndefined();
        expect(() => Person.build({ nmae: 'x' } as never)).toThrow('Person has no field "nmae". Did you mean "name"?');
      });
      expect(statements).toEqual([]);
    });

    it('is inserted by its first save, and not again', () => {
      const ann = Person.build({ name: 'Ann' });
      expect(statementsOf(db, () => ann.save())).toEqual([insert]);
      expect(statementsOf(db, () => ann.save())).toEqual([]);
      expect(ann.id).toBe(1);
      expect(rows()).toEqual([{ id: 1, name: 'Ann', age: 18, ...nulls }]);
    });

    it('is what `new` makes, too', () => {
      const ann = new Person();
      ann.name = 'Ann';
      ann.id = 7;
      expect(statementsOf(db, () => ann.save())).toEqual([
        'INSERT INTO "people" ("id", "name", "age", "settings", "seen_at", "photo") VALUES (?, ?, ?, ?, ?, ?)',
      ]);
      expect(rows()).toEqual([{ id: 7, name: 'Ann', age: 18, ...nulls }]);
    });
  });

  describe('create', () => {
    it('inserts one row with one statement, and returns it whole', () => {
      let ann!: Person;
      const seenAt = new Date('2026-11-21');
      const fields = { name: 'Ann', age: 40, settings: { tags: ['a'] }, seenAt, photo: Uint8Array.of(1, 2) };
      expect(statementsOf(db, () => (ann = Person.create(fields)))).toEqual([insert]);
      expect(ann).toBeInstanceOf(Person);
      expect({ ...ann }).toEqual({ id: 1, ...fields });
      expect(rows()).toEqual([
        { id: 1, name: 'Ann', age: 40, settings: '{"tags":["a"]}', seen_at: '2026-11-21T00:00:00.000Z', photo: '0102' },
      ]);
    });

    it('names every field that is missing, and the first that is wrong, before any SQL', () => {
      const Kept = defineModel('kept', { id: id(), a: text(), b: integer(), c: text({ nullable: true }) });
      Kept.using(db).count();
      const statements = statementsOf(db, () => {
        const error = (() => {
          try {
            Kept.using(db).create({} as never);
          } catch (thrown) {
            return thrown as MissingFieldError;
          }
        })();
        expect(error).toBeInstanceOf(MissingFieldError);
        expect(error).toMatchObject({ model: 'kept', fields: ['a', 'b'], code: 'ORM_MISSING_FIELD' });
        expect(error!.message).toBe(
          'kept cannot be inserted without a, b. Give a value, or declare a default or { nullable: true }.',
        );
        expect(() => Person.create({ name: 1 as never })).toThrow(InvalidValueError);
        expect(() => Person.create({ name: null as never })).toThrow(InvalidValueError);
        expect(() => Person.create({ name: 'x', nope: 1 } as never)).toThrow(UnknownFieldError);
      });
      expect(statements).toEqual([]);
    });

    it('that SQLite refuses leaves a new instance, which can be saved when it is mended', () => {
      Person.create({ name: 'Ann' });
      const other = Person.build({ name: 'Ann' });
      expect(() => other.save()).toThrow(UniqueViolation);
      expect(other.id).toBeUndefined();
      other.name = 'Bea';
      other.save();
      expect(rows().map(({ id: key, name }) => [key, name])).toEqual([
        [1, 'Ann'],
        [2, 'Bea'],
      ]);
    });
  });

  describe('save', () => {
    it('writes only what changed', () => {
      Person.create({ name: 'Ann' });
      const ann = Person.findById(1)!;
      ann.age = 40;
      expect(statementsOf(db, () => ann.save())).toEqual([update('age')]);
      ann.age = 41;
      ann.name = 'Anna';
      expect(statementsOf(db, () => ann.save())).toEqual([update('name', 'age')]);
      expect(rows()).toEqual([{ id: 1, name: 'Anna', age: 41, ...nulls }]);
    });

    it('runs nothing when nothing changed, or changed back', () => {
      const photo = Uint8Array.of(1);
      Person.create({ name: 'Ann', settings: { tags: [] }, seenAt: new Date(0), photo });
      const ann = Person.findById(1)!;
      const statements = statementsOf(db, () => {
        ann.save();
        ann.age = 99;
        ann.age = 18;
        ann.name = 'Ann';
        ann.settings = { tags: [] };
        ann.seenAt = new Date(0);
        ann.photo = Uint8Array.of(1);
        expect(ann.save()).toBe(ann);
      });
      expect(statements).toEqual([]);
    });

    it('leaves alone what another writer changed meanwhile', () => {
      Person.create({ name: 'Ann' });
      const [mine, theirs] = [Person.findById(1)!, Person.findById(1)!];
      theirs.age = 50;
      theirs.save();
      mine.name = 'Anna';
      mine.save();
      expect(rows()).toEqual([{ id: 1, name: 'Anna', age: 50, ...nulls }]);
      expect(mine.age).toBe(18);
    });

    describe.each([
      [
        'created',
        () =>
          Person.create({
            name: 'Ann',
            settings: { tags: [], deep: { n: 1 } },
            seenAt: new Date(0),
            photo: Uint8Array.of(1, 2),
          }),
      ],
      [
        'loaded',
        () => {
          Person.create({
            name: 'Ann',
            settings: { tags: [], deep: { n: 1 } },
            seenAt: new Date(0),
            photo: Uint8Array.of(1, 2),
          });
          return Person.findById(1)!;
        },
      ],
    ])('of an instance that was %s', (_, make) => {
      it('sees a change inside of JSON, of a Date and of bytes', () => {
        const ann = make();
        expect(statementsOf(db, () => ann.save())).toEqual([]);
        ann.settings!.deep!.n = 2;
        ann.settings!.tags.push('x');
        expect(statementsOf(db, () => ann.save())).toEqual([update('settings')]);
        ann.seenAt!.setTime(1);
        expect(statementsOf(db, () => ann.save())).toEqual([update('seen_at')]);
        ann.photo![1] = 255;
        expect(statementsOf(db, () => ann.save())).toEqual([update('photo')]);
        expect(statementsOf(db, () => ann.save())).toEqual([]);
        ann.settings!.tags.pop();
        ann.seenAt!.setTime(2);
        ann.photo![0] = 3;
        expect(statementsOf(db, () => ann.save())).toEqual([update('settings', 'seen_at', 'photo')]);
        expect(rows()).toEqual([
          {
            id: 1,
            name: 'Ann',
            age: 18,
            settings: '{"tags":[],"deep":{"n":2}}',
            seen_at: '1970-01-01T00:00:00.002Z',
            photo: '03FF',
          },
        ]);
      });

      it('writes null, and from null again', () => {
        const ann = make();
        ann.settings = ann.seenAt = ann.photo = null;
        expect(statementsOf(db, () => ann.save())).toEqual([update('settings', 'seen_at', 'photo')]);
        expect(rows()).toEqual([{ id: 1, name: 'Ann', age: 18, ...nulls }]);
        expect(statementsOf(db, () => ann.save())).toEqual([]);
        ann.seenAt = new Date(5);
        expect(statementsOf(db, () => ann.save())).toEqual([update('seen_at')]);
        expect(Person.findById(1)!.seenAt).toEqual(new Date(5));
      });
    });

    it('takes JSON of another writer for what it means, whatever spaces it has', () => {
      db.run(sql`INSERT INTO people (name, settings) VALUES ('Ann', '{ "tags" : [ "a" ] }')`);
      const ann = Person.findById(1)!;
      expect(statementsOf(db, () => ann.save())).toEqual([]);
      ann.settings!.tags.push('b');
      expect(statementsOf(db, () => ann.save())).toEqual([update('settings')]);
      expect(rows()[0]!['settings']).toBe('{"tags":["a","b"]}');
    });

    it('refuses a wrong value before any SQL, and writes it when it is mended', () => {
      const ann = Person.create({ name: 'Ann' });
      const statements = statementsOf(db, () => {
        for (const wrong of [{ age: 1.5 }, { age: null }, { age: undefined }, { name: undefined }, { name: 5 }]) {
          const { age, name } = ann;
          Object.assign(ann, wrong);
          expect(() => ann.save()).toThrow(InvalidValueError);
          Object.assign(ann, { age, name });
        }
        ann.save();
      });
      expect(statements).toEqual([]);
      ann.age = 5;
      ann.save();
      expect(rows()).toEqual([{ id: 1, name: 'Ann', age: 5, ...nulls }]);
    });

    it('that SQLite refuses still knows what is stored', () => {
      Person.create({ name: 'Ann' });
      const bea = Person.create({ name: 'Bea' });
      bea.name = 'Ann';
      bea.age = 3;
      expect(() => bea.save()).toThrow(UniqueViolation);
      bea.name = 'Bea';
      expect(statementsOf(db, () => bea.save())).toEqual([update('age')]);
    });

    it('of a row that is gone is a NotFoundError, whoever deleted it', () => {
      const [mine, theirs] = [Person.create({ name: 'Ann' }), Person.create({ name: 'Bea' })];
      mine.delete();
      db.run(sql`DELETE FROM people`);
      mine.age = 2;
      theirs.age = 2;
      expect(() => mine.save()).toThrow(
        'This Person was deleted, so there is no row to write or read. Insert it anew with Person.create(…) if that is meant.',
      );
      expect(() => mine.save()).toThrow(NotFoundError);
      expect(() => theirs.save()).toThrow(
        'This Person is no longer in the database, or a trigger skipped the update, so there is no row to write or read. ' +
          'Insert it anew with Person.create(…) if that is meant.',
      );
      expect(() => theirs.reload()).toThrow(NotFoundError);
      expect(rows()).toEqual([]);
    });

    it('of a row that is gone is a NotFoundError where columns are read back, too', async () => {
      const Kept = defineModel('kept', { id: id(), n: integer(), twice: integer({ generated: sql`n * 2` }) });
      const other = await open({ models: [Kept], alias: 'other' });
      const made = Kept.create({ n: 1 } as never);
      other.run(sql`DELETE FROM kept`);
      made.n = 2;
      expect(() => made.save()).toThrow(NotFoundError);
    });

    it('with a bigint beside sees no change in numbers, dates and booleans', async () => {
      const { bigint, boolean, datetime, decimal } = await import('litemodel');
      const Kept = defineModel('kept', {
        id: id(),
        big: bigint(),
        n: integer(),
        at: datetime({ storage: 'integer' }),
        flag: boolean(),
        price: decimal(4, 2),
        body: json<unknown>(),
      });
      const other = await open({ models: [Kept], alias: 'other' });
      Kept.create({ big: 1n, n: 2, at: new Date(5), flag: true, price: '1.00', body: [1] });
      const read = Kept.findById(1)!;
      expect({ ...read }).toEqual({ id: 1, big: 1n, n: 2, at: new Date(5), flag: true, price: '1.00', body: [1] });
      expect(statementsOf(other, () => read.save())).toEqual([]);
      read.n = 3;
      expect(statementsOf(other, () => read.save())).toEqual(['UPDATE "kept" SET "n" = ? WHERE "id" = ?']);
    });
  });

  describe('delete', () => {
    it('deletes the row, keeps the values, and says whether there was one', () => {
      const ann = Person.create({ name: 'Ann' });
      const again = Person.findById(1)!;
      expect(statementsOf(db, () => expect(ann.delete()).toBe(true))).toEqual(['DELETE FROM "people" WHERE "id" = ?']);
      expect([ann.id, ann.name]).toEqual([1, 'Ann']);
      expect(statementsOf(db, () => expect(ann.delete()).toBe(false))).toEqual([]);
      expect(statementsOf(db, () => expect(again.delete()).toBe(false))).toEqual([
        'DELETE FROM "people" WHERE "id" = ?',
      ]);
      expect(rows()).toEqual([]);
    });

    it('of a new instance is an error', () => {
      const statements = statementsOf(db, () => {
        expect(() => Person.build({ name: 'Ann' }).delete()).toThrow(NotFoundError);
        expect(() => Person.build({ id: 1 }).delete()).toThrow('This Person was never saved');
      });
      expect(statements).toEqual([]);
    });
  });

  describe('reload', () => {
    it('reads every column again, over what was changed', () => {
      const ann = Person.create({ name: 'Ann', settings: { tags: ['a'] } });
      db.run(sql`UPDATE people SET age = 50, settings = '{"tags":[]}'`);
      ann.name = 'unsaved';
      ann.settings!.tags.push('unsaved');
      expect(statementsOf(db, () => expect(ann.reload()).toBe(ann))).toEqual([`${selectPeople} WHERE "id" = ?`]);
      expect({ ...ann }).toEqual({ id: 1, name: 'Ann', age: 50, settings: { tags: [] }, seenAt: null, photo: null });
      expect(statementsOf(db, () => ann.save())).toEqual([]);
      ann.id = 99; // goes by the key that is stored
      expect(ann.reload().id).toBe(1);
    });

    it('of what is not stored is an error', () => {
      expect(() => Person.build().reload()).toThrow('This Person was never saved');
      const ann = Person.create({ name: 'Ann' });
      ann.delete();
      expect(() => ann.reload()).toThrow('This Person was deleted');
    });
  });

  describe('fill', () => {
    const Account = defineModel(
      'accounts',
      {
        id: id(),
        name: text(),
        slug: text({ writeOnce: true }),
        isAdmin: integer({ default: 0 }),
        note: text({ nullable: true }),
      },
      { fillable: ['name', 'note'], modelName: 'Account' },
    );

    it('sets fillable fields, and returns the instance', async () => {
      await open({ models: [Account], alias: 'accounts' });
      const account = Account.create({ name: 'a', slug: 's' });
      expect(account.fill({ name: 'b', note: 'n' })).toBe(account);
      expect(account.save().reload()).toMatchObject({ name: 'b', note: 'n', isAdmin: 0 });
      expect(account.fill({})).toBe(account);
    });

    it.each([
      [
        'isAdmin',
        1,
        'ORM_MASS_ASSIGNMENT',
        'Account.isAdmin may not be filled from input. Assign it by name, or list it in the "fillable" option of @table.',
      ],
      [
        'id',
        9,
        'ORM_MASS_ASSIGNMENT',
        'Account.id may not be filled from input. Assign it by name, or list it in the "fillable" option of @table.',
      ],
      [
        'slug',
        'x',
        'ORM_MASS_ASSIGNMENT',
        'Account.slug may not be filled from input. Assign it by name, or list it in the "fillable" option of @table.',
      ],
      ['isadmin', 1, 'ORM_UNKNOWN_FIELD', 'Account has no field "isadmin". Did you mean "isAdmin"?'],
      ['save', 1, 'ORM_UNKNOWN_FIELD', 'Account has no field "save". There are: id, name, slug, isAdmin, note.'],
      [
        '__proto__',
        {},
        'ORM_UNKNOWN_FIELD',
        'Account has no field "__proto__". There are: id, name, slug, isAdmin, note.',
      ],
    ])('refuses %s, and then sets nothing', (field, value, code, message) => {
      const account = Account.build({ name: 'a' });
      const input = JSON.parse(JSON.stringify({ name: 'b', FIELD: value }).replace('FIELD', field)) as object;
      const error = (() => {
        try {
          account.fill(input);
        } catch (thrown) {
          return thrown as OrmError;
        }
      })();
      expect(error).toMatchObject({ code, message });
      expect(account.name).toBe('a');
    });

    it('without a list takes all but the key and what is read-only', () => {
      const Open = defineModel('open', {
        id: id(),
        name: text(),
        slug: text({ writeOnce: true }),
        twice: integer({ generated: sql`1` }),
      });
      expect(Open.build().fill({ name: 'a' }).name).toBe('a');
      for (const field of ['id', 'slug', 'twice']) {
        expect(() => Open.build().fill({ [field]: 1 })).toThrow(`open.${field} may not be filled from input.`);
      }
    });

    it('leaves wrong values to save, which refuses them', () => {
      const ann = Person.create({ name: 'Ann' });
      ann.fill({ age: '40' as never });
      expect(() => ann.save()).toThrow('Person.age takes a whole number within ±(2^53 - 1), not a string.');
      expect(() =>
        Person.build({ name: 'x' })
          .fill({ age: { $inc: 1 } } as never)
          .save(),
      ).toThrow(InvalidValueError);
    });
  });

  it('a read-only field is refused by the instance as by the query', async () => {
    const Kept = defineModel('kept', {
      id: id(),
      n: integer(),
      twice: integer({ generated: sql`n * 2`, stored: true }),
    });
    await open({ models: [Kept], alias: 'other' });
    const made = Kept.create({ n: 1 } as never);
    made.twice = 5;
    expect(() => made.save()).toThrow(ReadOnlyFieldError);
  });
});
