import { beforeEach, describe, expect, it } from 'vitest';
import {
  columns,
  desc,
  gt,
  gte,
  id,
  integer,
  InvalidValueError,
  like,
  Model,
  oneOf,
  or,
  sql,
  table,
  text,
  UnconditionalWriteError,
  UnknownFieldError,
  type Database,
  type Generated,
  type Query,
  type SqlValue,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('users', { naming: 'as written' })
class User extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer({ nullable: true }) age!: number | null;
}

interface UserRow {
  id: number;
  name: string;
  age: number | null;
}

type Loose = Record<string, SqlValue>;

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [User] });
  });
  /** Without types: what is in these tables only the file knows. */
  const loose = (name: string) => db.table<Loose>(name) as unknown as Query<Loose>;

  it('has the same SQL and rows as a model of the table', () => {
    for (const [name, age] of [
      ['Ann', 30],
      ['Bob', 20],
      ['Cy', null],
    ] as const)
      User.create({ name, age });
    const users = db.table<UserRow>('users');
    const column = columns(User);
    const pairs = [
      [User.query(), users],
      [
        User.filter({ age: gte(20) })
          .orderBy(['name', 'desc'])
          .limit(1),
        users
          .filter({ age: gte(20) })
          .orderBy(['name', 'desc'])
          .limit(1),
      ],
      [User.filter(or({ name: like('A%') }, { age: null })), users.filter(or({ name: like('A%') }, { age: null }))],
      [
        User.filter({ id: oneOf([1, 3]) })
          .distinct()
          .offset(1),
        users
          .filter({ id: oneOf([1, 3]) })
          .distinct()
          .offset(1),
      ],
      [User.filter(sql`length(${column.name}) > ${2}`), users.filter(sql`length(${column.name}) > ${2}`)],
    ] as const;
    for (const [ofModel, ofTable] of pairs) {
      expect(ofTable.toSQL().sql).toBe(ofModel.toSQL().sql);
      expect(ofTable.toSQL().parameters.map(Number)).toEqual(ofModel.toSQL().parameters.map(Number));
      expect(ofTable.all()).toEqual(ofModel.all().map((user) => user.toJSON()));
      expect(ofTable.count()).toBe(ofModel.count());
      expect(statementsOf(db, () => ofTable.all())).toEqual([ofTable.toSQL().sql]);
    }
    expect(Object.getPrototypeOf(users.first())).toBe(Object.prototype);
    expect(users.select('name').orderBy('id').all()).toEqual([{ name: 'Ann' }, { name: 'Bob' }, { name: 'Cy' }]);
    expect(users.pluck('age')).toEqual([30, 20, null]);
    expect([...users.iterate({ batch: 1 })].map((user) => user.id)).toEqual([1, 2, 3]);
    expect(users.page({ size: 2 }).rows).toHaveLength(2);
  });

  it('updates and deletes', () => {
    for (const name of ['Ann', 'Bob', 'Cy']) User.create({ name, age: 1 });
    const users = db.table<UserRow>('users');
    const statements = statementsOf(db, () => {
      expect(users.filter({ name: 'Ann' }).update({ age: sql`age + ${1}` })).toBe(1);
      expect(users.filter({ age: 1 }).orderBy('id').limit(1).returning().delete()).toEqual([
        { id: 2, name: 'Bob', age: 1 },
      ]);
    });
    expect(statements).toEqual([
      'UPDATE "users" SET "age" = age + ? WHERE "name" = ?',
      'DELETE FROM "users" WHERE "id" IN (SELECT "users"."id" FROM "users" WHERE "users"."age" = ? ' +
        'ORDER BY "users"."id" LIMIT 1) RETURNING "id", "name", "age"',
    ]);
    expect(() => users.delete()).toThrow(UnconditionalWriteError);
    expect(users.orderBy('id').pluck('age')).toEqual([2, 1]);
  });

  it('knows the columns, and refuses others', () => {
    expect(() => db.table<{ nmae: string }>('users').filter({ nmae: 'x' })).toThrow(
      'users has no field "nmae". Did you mean "name"?',
    );
    expect(() => loose('users').orderBy('x')).toThrow(UnknownFieldError);
    expect(() => loose('users').filter({ name: { $ne: 1 } as never })).toThrow(InvalidValueError);
    expect(() => loose('users').filter({ name: undefined })).toThrow('The condition on users.name is undefined');
    expect(() => db.table('missing')).toThrow('There is no table "missing" in the database "default".');
    expect(() => db.table('users"; DROP TABLE users; --')).toThrow('There is no table');
    expect(() => db.table('')).toThrow();
  });

  it.each(['a b', 'a"b', "a'b", 'select', 'order', '[x]', '`', '日本', 'UPPER', 'x;--', '%', '"', 'a.b', '\\'])(
    'reads a table and a column called %j',
    (name) => {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      db.execute(`CREATE TABLE ${quoted} (${quoted} TEXT, "other ${name.replaceAll('"', '""')}" INTEGER);
        INSERT INTO ${quoted} VALUES ('x', 1), ('y', 2)`);
      const other = `other ${name}`;
      const odd = loose(name);
      expect(odd.all()).toEqual([
        { [name]: 'x', [other]: 1 },
        { [name]: 'y', [other]: 2 },
      ]);
      expect(odd.filter({ [name]: 'y' }).pluck(other as never)).toEqual([2]);
      expect(
        odd
          .filter({ [other]: gt(1) })
          .select(name as never)
          .all(),
      ).toEqual([{ [name]: 'y' }]);
      expect(
        odd
          .orderBy([name, 'desc'] as never)
          .limit(1)
          .count(),
      ).toBe(1);
      expect(odd.filter({ [name]: oneOf(odd.filter({ [other]: 1 }).select(name as never)) }).count()).toBe(1);
      expect(odd.filter({ [name]: 'x' }).update({ [other]: 5 })).toBe(1);
      expect(
        odd
          .filter({ [other]: 5 })
          .limit(1)
          .delete(),
      ).toBe(1);
      expect(odd.count()).toBe(1);
    },
  );

  it('reads views', () => {
    User.create({ name: 'Ann', age: 30 });
    User.create({ name: 'Bob', age: 20 });
    db.execute('CREATE VIEW adults AS SELECT name, age * 2 AS "twice the age" FROM users WHERE age > 25');
    const adults = loose('adults');
    expect(adults.all()).toEqual([{ name: 'Ann', 'twice the age': 60 }]);
    expect(
      adults
        .filter({ 'twice the age': gte(60) })
        .orderBy('name')
        .count(),
    ).toBe(1);
    expect([...adults.iterate()]).toHaveLength(1);
    expect(() => adults.filter({ name: 'Ann' }).delete()).toThrow('cannot modify adults because it is a view');
  });

  it('reads and writes tables without rowid, and with composite keys', () => {
    db.execute(`CREATE TABLE pairs (a TEXT, b INTEGER, c, PRIMARY KEY (b, a)) WITHOUT ROWID;
      INSERT INTO pairs VALUES ('x', 1, 'p'), ('x', 2, 'q'), ('y', 1, 'r')`);
    const pairs = loose('pairs');
    const [statement] = statementsOf(db, () =>
      expect(pairs.filter({ b: 1 }).orderBy(desc('a')).limit(1).delete()).toBe(1),
    );
    expect(statement).toBe(
      'DELETE FROM "pairs" WHERE ("b", "a") IN (SELECT "pairs"."b", "pairs"."a" FROM "pairs" ' +
        'WHERE "pairs"."b" = ? ORDER BY "pairs"."a" DESC LIMIT 1)',
    );
    expect(pairs.orderBy('b').pluck('c')).toEqual(['p', 'q']);
    expect(pairs.page({ size: 1 }).rows).toEqual([{ a: 'x', b: 1, c: 'p' }]);
  });

  it('writes as many rows as it was limited to, without a key or with NULLs in it', () => {
    db.execute(`CREATE TABLE log (line, rowid); INSERT INTO log VALUES ('a', 7), ('a', 7), ('b', 7);
      CREATE TABLE loose (k TEXT PRIMARY KEY, v); INSERT INTO loose VALUES (NULL, 1), (NULL, 1), ('x', 1)`);
    const log = loose('log');
    const statements = statementsOf(db, () => expect(log.filter({ line: 'a' }).limit(1).delete()).toBe(1));
    expect(statements).toEqual([
      'DELETE FROM "log" WHERE "_rowid_" IN (SELECT "log"."_rowid_" FROM "log" WHERE "log"."line" = ? LIMIT 1)',
    ]);
    expect(log.count()).toBe(2);
    expect(loose('loose').filter({ v: 1 }).orderBy('k').limit(1).update({ v: 2 })).toBe(1);
    expect(loose('loose').filter({ v: 1 }).limit(5).delete()).toBe(2);
    expect([...log.iterate({ batch: 1 })]).toHaveLength(2);
  });

  it('keeps values as they are in columns without a type', () => {
    db.execute(
      `CREATE TABLE anything (id INTEGER PRIMARY KEY, x); CREATE TABLE strictly (id INTEGER PRIMARY KEY, x ANY) STRICT`,
    );
    for (const name of ['anything', 'strictly']) {
      const values: SqlValue[] = [
        1,
        2 ** 40,
        2n ** 60n,
        -(2n ** 63n),
        '1',
        '1099511627776',
        1.5,
        'x',
        Uint8Array.of(1),
        null,
      ];
      values.forEach((x, index) => {
        db.run(sql`INSERT INTO ${sql.id(name)} (id) VALUES (${index})`);
        loose(name).filter({ id: index }).update({ x });
      });
      expect(loose(name).orderBy('id').pluck('x')).toEqual(values);
      values.forEach((x, index) => {
        expect(loose(name).filter({ x }).pluck('id'), `${String(x)} in ${name}`).toEqual([index]);
        expect(
          loose(name)
            .filter({ x: oneOf([x, 'none']) })
            .pluck('id'),
        ).toEqual([index]);
      });
      expect(
        loose(name)
          .filter({ x: oneOf([2 ** 40, ...Array.from({ length: 100 }, (_, n) => n + 5)]) })
          .pluck('id'),
      ).toEqual([1]);
      expect(db.all(sql`SELECT typeof(x) AS type FROM ${sql.id(name)} ORDER BY id`).map(({ type }) => type)).toEqual([
        ...['integer', 'integer', 'integer', 'integer', 'text', 'text', 'real', 'text', 'blob', 'null'],
      ]);
    }
  });

  describe('SEC-04: a column called __proto__', () => {
    it('is an ordinary column, as are others that objects have', () => {
      db.execute(
        `CREATE TABLE odd ("__proto__" TEXT, "constructor" TEXT, "toString" TEXT); INSERT INTO odd VALUES ('p', 'c', 't')`,
      );
      const plain: Record<string, unknown> = {};
      plain['__proto__'] = 'p';
      expect(Object.keys(plain)).toEqual([]); // what happens by assignment
      const row = loose('odd').first()!;
      expect(Object.entries(row)).toEqual([
        ['__proto__', 'p'],
        ['constructor', 'c'],
        ['toString', 't'],
      ]);
      expect(loose('odd').pluck('__proto__')).toEqual(['p']);
      expect(
        loose('odd')
          .filter(JSON.parse('{"__proto__":"p"}') as never)
          .count(),
      ).toBe(1);
      expect(
        loose('odd')
          .filter(JSON.parse('{"__proto__":"q"}') as never)
          .count(),
      ).toBe(0);
    });
  });

  describe('fact 33: a temporary table of the same name', () => {
    it('shadows the one of the file in plain SQL', () => {
      User.create({ name: 'Ann' });
      db.execute('CREATE TEMP TABLE users (id, name, age)');
      expect(db.all(sql`SELECT * FROM users`)).toEqual([]);
      expect(db.all(sql`SELECT name FROM main.users`)).toEqual([{ name: 'Ann' }]);
    });

    it('does not get the tables of models, and is not what describes them', async () => {
      const other = await open({ alias: 'other' });
      other.execute('CREATE TEMP TABLE users (x)');
      const ours = User.using(other);
      expect(() => ours.query().toSQL()).not.toThrow();
      other.run(sql`INSERT INTO temp.users VALUES (1)`);
      expect(() => ours.count()).not.toThrow();
      expect(other.all(sql`SELECT name FROM main.sqlite_schema WHERE name = 'users'`)).toEqual([{ name: 'users' }]);
      expect(Object.keys(other.table<Loose>('users').toSQL())).toEqual(['sql', 'parameters']);
      expect(() => (other.table<Loose>('users') as unknown as Query<Loose>).filter({ x: 1 })).toThrow(
        UnknownFieldError,
      );
    });
  });
});
