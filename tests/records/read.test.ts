import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  bigint,
  blob,
  columns,
  defineModel,
  eq,
  gte,
  id,
  InvalidValueError,
  isNull,
  json,
  NotFoundError,
  NotUniqueError,
  QueryError,
  ReadOnlyFieldError,
  sql,
  text,
  UndefinedConditionError,
  UniqueViolation,
  UnknownFieldError,
  type Database,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { Person, selectPeople } from './person.js';

const insert = 'INSERT INTO "people" ("name", "age", "settings", "seen_at", "photo") VALUES (?, ?, ?, ?, ?)';

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Person] });
    for (const [name, age] of [
      ['Ann', 40],
      ['Bea', 20],
      ['Cid', 40],
    ] as const)
      Person.create({ name, age });
  });
  /** Runs exactly these statements, with what they give. */
  const running = <Result>(statements: readonly string[], work: () => Result): Result => {
    let result!: Result;
    expect(statementsOf(db, () => (result = work()))).toEqual(statements);
    return result;
  };

  it('findById finds one or none', () => {
    const byId = `${selectPeople} WHERE "id" = ?`;
    const bea = running([byId], () => Person.findById(2));
    expect(bea).toBeInstanceOf(Person);
    expect({ ...bea }).toEqual({ id: 2, name: 'Bea', age: 20, settings: null, seenAt: null, photo: null });
    expect(running([byId], () => Person.findById(99))).toBeUndefined();
    expect(running([byId], () => Person.findById({ id: 3 })!.name)).toBe('Cid');
  });

  it('all gives instances, each its own object', () => {
    const people = running([selectPeople], () => Person.all());
    expect(people.map(({ name }) => name)).toEqual(['Ann', 'Bea', 'Cid']);
    expect(people.every((person) => person instanceof Person)).toBe(true);
    expect(Person.findById(1)).not.toBe(people[0]);
  });

  it('first asks for one row', () => {
    const query = Person.filter({ age: 40 }).orderBy(['id', 'desc']);
    const limited = `${selectPeople} WHERE "age" = ? ORDER BY "id" DESC LIMIT 1`;
    expect(running([limited], () => query.first())!.name).toBe('Cid');
    expect(running([limited], () => query.limit(5).first())!.name).toBe('Cid');
    expect(running([limited.replace(/1$/, '0')], () => query.limit(0).first())).toBeUndefined();
    expect(
      running([`${selectPeople} WHERE "age" = ? LIMIT 1`], () => Person.filter({ age: 1 }).first()),
    ).toBeUndefined();
    expect(running([`${limited} OFFSET ?`], () => query.offset(1).first())!.name).toBe('Ann');
  });

  it('one wants exactly one', () => {
    const two = `${selectPeople} WHERE "age" = ? LIMIT 2`;
    expect(running([two], () => Person.filter({ age: 20 }).one()).name).toBe('Bea');
    running([two, two], () => {
      expect(() => Person.filter({ age: 1 }).one()).toThrow(new NotFoundError('Person'));
      expect(() => Person.filter({ age: 40 }).one()).toThrow(new NotUniqueError('Person'));
    });
    expect(() => Person.filter({ age: 1 }).one()).toThrow('No Person matches.');
    expect(() => Person.filter({ age: 40 }).one()).toThrow(
      'More than one Person matches. Narrow the filter, or use first().',
    );
    expect(Person.filter({ age: 40 }).limit(1).one().name).toBe('Ann');
  });

  it('count is counted by SQLite, with no row read', () => {
    const count = 'SELECT count(*) FROM "people"';
    expect(running([count], () => Person.count())).toBe(3);
    expect(running([`${count} WHERE "age" = ?`], () => Person.filter({ age: 40 }).orderBy('name').count())).toBe(2);
    expect(running([`SELECT count(*) FROM (${selectPeople} LIMIT 2)`], () => Person.query().limit(2).count())).toBe(2);
    expect(
      running([`SELECT count(*) FROM (${selectPeople} LIMIT 2 OFFSET ?)`], () =>
        Person.query().limit(2).offset(2).count(),
      ),
    ).toBe(1);
    expect(
      running(['SELECT count(*) FROM (SELECT DISTINCT "age" FROM "people")'], () =>
        Person.query().select('age').distinct().count(),
      ),
    ).toBe(2);
  });

  it('exists asks for one row, and none of its columns', () => {
    const exists = 'SELECT 1 FROM "people" WHERE "age" = ? LIMIT 1';
    expect(running([exists], () => Person.filter({ age: 40 }).orderBy('name').exists())).toBe(true);
    expect(running([exists], () => Person.filter({ age: 1 }).exists())).toBe(false);
    expect(Person.query().offset(3).exists()).toBe(false);
    expect(Person.query().limit(0).exists()).toBe(false);
  });

  it('pluck gives the values of one field', () => {
    const names = running(['SELECT "name" FROM "people" ORDER BY "name" DESC'], () =>
      Person.query().orderBy(['name', 'desc']).pluck('name'),
    );
    expect(names).toEqual(['Cid', 'Bea', 'Ann']);
    Person.filter({ id: 1 }).update({ seenAt: new Date(7), settings: { tags: ['a'] } });
    expect(
      running(['SELECT "seen_at" AS "seenAt" FROM "people" WHERE "id" = ?'], () =>
        Person.filter({ id: 1 }).pluck('seenAt'),
      ),
    ).toEqual([new Date(7)]);
    expect(Person.filter({ id: 1 }).pluck('settings')).toEqual([{ tags: ['a'] }]);
    expect(Person.query().distinct().pluck('age').sort()).toEqual([20, 40]);
    expect(Person.filter({ age: 1 }).pluck('age')).toEqual([]);
    expect(() => Person.query().pluck('nmae' as 'name')).toThrow('Person has no field "nmae". Did you mean "name"?');
  });

  it('select gives plain objects with what was asked for', () => {
    const [ann] = running(['SELECT "id", "name" FROM "people" WHERE "id" = ?'], () =>
      Person.filter({ id: 1 }).select('id', 'name').all(),
    );
    expect(ann).toStrictEqual({ id: 1, name: 'Ann' });
    const people = columns(Person);
    expect(
      running(
        [
          'SELECT "id", "seen_at" AS "seenAt", length("people"."name") + ? AS "size", "age" AS "years" FROM "people" LIMIT 1',
        ],
        () =>
          Person.query()
            .select({ id: true, seenAt: true, size: sql<number>`length(${people.name}) + ${1}`, years: people.age })
            .first(),
      ),
    ).toStrictEqual({ id: 1, seenAt: null, size: 4, years: 40 });
    expect(Person.query().select('age').distinct().orderBy('age').all()).toEqual([{ age: 20 }, { age: 40 }]);
    expect(Person.filter({ age: 20 }).select('name').one()).toEqual({ name: 'Bea' });
    expect(() => Person.query().select('nmae' as 'name')).toThrow(UnknownFieldError);
    expect(() => Person.query().select({ id: false as true })).toThrow(QueryError);
    expect(() => Person.query().select()).toThrow('select names no field of Person.');
  });

  it('fromSql makes instances of a query of one’s own, whose columns come in any order', () => {
    const query = sql`SELECT photo, name, id, settings, seen_at, age, 1 AS more FROM people WHERE age = ${40} ORDER BY id`;
    const people = running(
      ['SELECT photo, name, id, settings, seen_at, age, 1 AS more FROM people WHERE age = ? ORDER BY id'],
      () => Person.fromSql(query),
    );
    expect(people.map(({ name }) => name)).toEqual(['Ann', 'Cid']);
    expect(people[0]).toBeInstanceOf(Person);
    people[0]!.age = 41;
    expect(statementsOf(db, () => people[0]!.save())).toEqual(['UPDATE "people" SET "age" = ? WHERE "id" = ?']);
    expect(() => Person.fromSql(sql`SELECT id, name FROM people`)).toThrow(
      'This query does not return "age", "settings", "seen_at", "photo" of Person. ' +
        'Return every column of the table, or read plain objects with db.all().',
    );
    expect(() => Person.fromSql(sql`SELECT *, id FROM people`)).toThrow(
      'This query returns two columns named "id". Give one of them another name with AS.',
    );
  });

  describe('findOrCreate', () => {
    const byName = `${selectPeople} WHERE "name" = ? LIMIT 1`;

    it('finds with one statement', () => {
      expect(running([byName], () => Person.findOrCreate({ name: 'Ann' }, { age: 1 })).age).toBe(40);
    });

    it('creates in a transaction, after a second look', () => {
      const dee = running(
        ['SELECT', 'BEGIN IMMEDIATE', 'SELECT', insert, 'COMMIT'].map((each) => (each === 'SELECT' ? byName : each)),
        () => Person.findOrCreate({ name: 'Dee' }, { age: 9, name: 'overridden' }),
      );
      expect(dee).toMatchObject({ id: 4, name: 'Dee', age: 9 });
      expect(Person.findOrCreate({ name: 'Dee' }).id).toBe(4);
      expect(Person.count()).toBe(4);
    });

    it('is a savepoint inside of a transaction', () => {
      const statements = statementsOf(db, () => db.transaction(() => void Person.findOrCreate({ name: 'Dee' })));
      expect(statements).toEqual([
        'BEGIN IMMEDIATE',
        byName,
        expect.stringMatching(/^SAVEPOINT /),
        byName,
        insert,
        expect.stringMatching(/^RELEASE /),
        'COMMIT',
      ]);
    });

    it('compares JSON as a whole, and null as NULL', () => {
      Person.filter({ id: 1 }).update({ settings: { tags: ['a'], deep: { n: 1 } } });
      const made = Person.findOrCreate({ settings: { tags: ['a'] } }, { name: 'Dee' });
      expect(made.id).toBe(4);
      expect(Person.findOrCreate({ settings: { tags: ['a'] } }, { name: 'Eve' }).id).toBe(4);
      expect(Person.findOrCreate({ name: 'Bea', settings: null }).id).toBe(2);
    });

    it('refuses conditions, nothing and undefined, before any SQL', () => {
      const statements = statementsOf(db, () => {
        expect(() => Person.findOrCreate({})).toThrow(UndefinedConditionError);
        expect(() => Person.findOrCreate({ name: undefined as never })).toThrow(UndefinedConditionError);
        expect(() => Person.findOrCreate({ name: eq('Ann') as never })).toThrow(QueryError);
        expect(() => Person.findOrCreate({ name: sql`'Ann'` as never })).toThrow(QueryError);
        expect(() => Person.findOrCreate({ name: 5 as never })).toThrow(InvalidValueError);
        expect(() => Person.findOrCreate({ nope: 5 } as never)).toThrow(UnknownFieldError);
        expect(() => Person.updateOrCreate({}, { age: 1 })).toThrow(UndefinedConditionError);
      });
      expect(statements.filter((each) => !/^(BEGIN|ROLLBACK)/.test(each))).toEqual([]);
    });

    it('creates nothing when what it lacks is missing', () => {
      expect(() => Person.findOrCreate({ age: 5 })).toThrow('Person cannot be inserted without name.');
      expect(db.inTransaction).toBe(false);
      expect(Person.count()).toBe(3);
    });
  });

  describe('updateOrCreate', () => {
    const byName = `${selectPeople} WHERE "name" = ? LIMIT 1`;

    it('saves what changed of the one it finds', () => {
      const ann = running(['BEGIN IMMEDIATE', byName, 'UPDATE "people" SET "age" = ? WHERE "id" = ?', 'COMMIT'], () =>
        Person.updateOrCreate({ name: 'Ann' }, { age: 41 }),
      );
      expect(ann).toMatchObject({ id: 1, age: 41 });
      running(['BEGIN IMMEDIATE', byName, 'COMMIT'], () => Person.updateOrCreate({ name: 'Ann' }, { age: 41 }));
      expect(db.all(sql`SELECT age FROM people ORDER BY id`)).toEqual([{ age: 41 }, { age: 20 }, { age: 40 }]);
    });

    it('creates with both where it finds none', () => {
      const dee = running(['BEGIN IMMEDIATE', byName, insert, 'COMMIT'], () =>
        Person.updateOrCreate({ name: 'Dee' }, { age: 4 }),
      );
      expect(dee).toMatchObject({ id: 4, name: 'Dee', age: 4 });
    });

    it('rolls back as a whole', () => {
      expect(() => Person.updateOrCreate({ name: 'Ann' }, { name: 'Bea' })).toThrow(UniqueViolation);
      expect(db.inTransaction).toBe(false);
      expect(Person.query().orderBy('id').pluck('name')).toEqual(['Ann', 'Bea', 'Cid']);
    });
  });

  describe('toJSON and inspect', () => {
    it('show what is visible, in types that JSON has', async () => {
      const Kept = defineModel(
        'kept',
        { id: id(), big: bigint(), bytes: blob(), body: json<unknown>(), secret: text({ hidden: true }) },
        { modelName: 'Kept' },
      );
      await open({ models: [Kept], alias: 'other' });
      Kept.create({ big: 2n ** 60n, bytes: Uint8Array.of(0, 1, 254, 255), body: { a: [null] }, secret: 'hush' });
      const kept = Kept.findById(1)!;
      expect(JSON.parse(JSON.stringify(kept))).toEqual({
        id: 1,
        big: '1152921504606846976',
        bytes: 'AAH+/w==',
        body: { a: [null] },
      });
      const shown = inspect(kept);
      expect(shown).toMatch(/^Kept \{\s+id: 1,\s+big: 1152921504606846976n,/);
      expect(shown).not.toContain('hush');
      expect(shown).not.toContain('secret');
    });

    it('leave out what has no value yet', () => {
      const dee = Person.build({ name: 'Dee' });
      expect(dee.toJSON()).toEqual({ name: 'Dee' });
      expect(inspect(dee)).toBe("Person { name: 'Dee' }");
      expect(JSON.stringify({ dee })).toBe('{"dee":{"name":"Dee"}}');
    });

    it('of a class without a table never throw into console.log', () => {
      class Unbound extends Person {}
      expect(inspect(new Unbound())).toBe('Unbound');
      expect(() => inspect(Person.prototype)).not.toThrow();
      expect(() => inspect(Unbound.prototype)).not.toThrow();
    });
  });

  it('statements that were prepared stay right when the query changes its shape', () => {
    for (let round = 0; round < 3; round++) {
      expect(Person.filter({ age: gte(30) }).count()).toBe(2);
      expect(Person.filter({ settings: isNull() }).filter({ age: 20 }).pluck('name')).toEqual(['Bea']);
      expect(
        Person.filter({ age: 40 })
          .orderBy('name')
          .limit(1 + round)
          .all(),
      ).toHaveLength(Math.min(1 + round, 2));
    }
  });

  it('an error of a read-only field names the field', () => {
    expect(new ReadOnlyFieldError('Person.x', 'why').message).toBe('Person.x cannot be written: why.');
  });
});
