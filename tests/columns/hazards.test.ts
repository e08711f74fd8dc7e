import { describe, expect, it } from 'vitest';
import {
  bigint,
  column,
  columns,
  defineModel,
  eq,
  id,
  integer,
  InvalidValueError,
  json,
  ne,
  OrmError,
  QueryError,
  real,
  sql,
  text,
  UnknownFieldError,
  uuid,
  type Codec,
} from 'litemodel';
import initSqlJs from 'sql.js';
import BetterSqlite3 from 'better-sqlite3';
import { drivers, statementsOf } from '../open-database.js';

/** The engine as it comes, to show what it does by itself. */
interface BareEngine {
  run(text: string, parameters?: readonly unknown[]): void;
  row(text: string): unknown[];
}

async function bareEngine(name: string): Promise<BareEngine> {
  if (name === 'sql.js') {
    const { Database } = await initSqlJs();
    const database = new Database();
    return {
      run: (text, parameters) => void database.run(text, parameters as never),
      row: (text) => database.exec(text)[0]!.values[0]!,
    };
  }
  const database = new BetterSqlite3(':memory:');
  return {
    run: (text, parameters = []) => void database.prepare(text).run(...parameters),
    row: (text) => database.prepare(text).raw().get() as unknown[],
  };
}

describe.each(drivers)('$name', ({ name, open }) => {
  const Wide = () => defineModel('wide', { id: id(), big: bigint(), n: integer() });

  it('DL-25: an integer beyond 2^53 is never rounded', async () => {
    const bare = await bareEngine(name);
    bare.run('CREATE TABLE wide (big INTEGER)');
    bare.run('INSERT INTO wide VALUES (9007199254740993)');
    expect(bare.row('SELECT big FROM wide')).toEqual([9007199254740992]); // the hazard
    if (name === 'sql.js') {
      bare.run('CREATE TABLE loose (n)');
      bare.run('INSERT INTO loose VALUES (?)', [9n]);
      expect(bare.row(`SELECT typeof(n), n < '10' FROM loose`)).toEqual(['text', 0]); // 9 is not less than 10
    }

    const Model = Wide();
    const db = await open({ models: [Model] });
    const big = 9007199254740993n;
    Model.create({ big, n: 1 });
    const read = Model.findById(1)!;
    expect(read.big).toBe(big);
    read.big += 1n;
    read.save();
    expect(Model.filter({ big: big + 1n }).pluck('big')).toEqual([big + 1n]);
    expect(Model.query().select('big', 'n').all()).toEqual([{ big: big + 1n, n: 1 }]);
    expect(
      Model.query()
        .select({ big: columns(Model).big, more: sql<bigint>`big + 1` })
        .all(),
    ).toEqual([{ big: big + 1n, more: big + 2n }]);
    expect(
      Model.query()
        .select({ n: true, more: sql<bigint>`9007199254740993` })
        .all(),
    ).toEqual([{ n: 1, more: big }]);
    expect(Model.filter({ id: 1 }).returning('big').update({ big })).toEqual([{ big }]);
    expect(db.all(sql`SELECT big, big + 1 AS more, 5 AS small FROM wide`)).toEqual([{ big, more: big + 1n, small: 5 }]);
    expect(db.table<{ big: bigint }>('wide').pluck('big')).toEqual([big]);
    expect(db.all(sql`SELECT ${big} AS big, typeof(${big}) AS type, ${9n} < ${10n} AS less`)).toEqual([
      { big, type: 'integer', less: 1 },
    ]);

    db.run(sql`UPDATE wide SET n = ${big}`);
    expect(() => Model.all()).toThrow('wide.n holds a bigint in the row with primary key 1');
    expect(() => Model.query().pluck('n')).toThrow('wide.n holds a number in a row');
    expect(db.first(sql`SELECT n FROM wide`)).toEqual({ n: big });
  });

  it('DL-25: an integer of any size stays one in a column without a type', async () => {
    const anything: Codec<number | bigint> = {
      storage: 'ANY',
      encode: (value) => value,
      decode: (stored) => stored as number,
    };
    const Loose = defineModel('loose', { id: id(), value: column(anything) });
    const db = await open({ models: [Loose] });
    const values = [9, 10n, -1, 3_000_000_000, 2n ** 40n, Number.MAX_SAFE_INTEGER];
    for (const value of values) Loose.create({ value });
    const typed = () => db.all(sql`SELECT DISTINCT typeof(value) AS type FROM loose`);
    expect(typed()).toEqual([{ type: 'integer' }]);
    for (const value of values) expect(Loose.filter({ value: eq(value) }).count()).toBe(1);
    Loose.filter({ id: 1 }).update({ value: 4_000_000_000 });
    const last = Loose.findById(2)!;
    last.value = 5_000_000_000;
    last.save();
    db.table<{ id: number; value: number }>('loose').filter({ id: 3 }).update({ value: 6_000_000_000 });
    expect(typed()).toEqual([{ type: 'integer' }]);
    expect(db.table<{ value: number }>('loose').filter({ value: 6_000_000_000 }).count()).toBe(1);
  });

  it('DL-26: a number is stored as what it is, and NaN not at all', async () => {
    const bare = await bareEngine(name);
    bare.run('CREATE TABLE plain (t TEXT, n)');
    bare.run('INSERT INTO plain VALUES (?, ?)', [1, NaN]);
    // the hazards: 1 became '1.0' on better-sqlite3, and NaN nothing at all on both
    expect(bare.row('SELECT t, typeof(n) FROM plain')).toEqual([name === 'sql.js' ? '1' : '1.0', 'null']);

    const asText: Codec<number> = { storage: 'TEXT', encode: (value) => value, decode: Number };
    const anything: Codec<number> = { storage: 'ANY', encode: (value) => value, decode: Number };
    const Kept = defineModel('kept', {
      id: id(),
      t: column(asText),
      a: column(anything),
      r: real(),
      j: json<unknown>(),
    });
    const db = await open({ models: [Kept] });
    Kept.create({ t: 1, a: 1, r: 1, j: 1 });
    expect(db.all(sql`SELECT t, a, typeof(a) AS a_type, typeof(r) AS r_type, j FROM kept`)).toEqual([
      { t: '1', a: 1, a_type: 'integer', r_type: 'real', j: '1' },
    ]);
    expect(db.all(sql`SELECT ${1} || 'x' AS text, ${7} / ${2} AS quotient, typeof(${1}) AS type`)).toEqual([
      { text: '1x', quotient: 3, type: 'integer' },
    ]);
    const statements = statementsOf(db, () => {
      for (const value of [NaN, Infinity, -Infinity]) {
        for (const field of ['t', 'a', 'r', 'j']) {
          expect(() => Kept.create({ t: 1, a: 1, r: 1, j: 1, [field]: value })).toThrow(InvalidValueError);
          expect(() => Kept.filter({ id: 1 }).update({ [field]: value })).toThrow(InvalidValueError);
          expect(() => Kept.filter({ [field]: value })).toThrow(InvalidValueError);
        }
        expect(() => db.all(sql`SELECT ${value}`)).toThrow(InvalidValueError);
        expect(() => Kept.create({ t: 1, a: 1, r: 1, j: { deep: [value] } })).toThrow(InvalidValueError);
      }
    });
    expect(statements).toEqual([]);
    expect(Kept.count()).toBe(1);
  });

  it('DL-27: a text that looks like a number stays a text', async () => {
    const hazardous = [
      '0012',
      '123e4',
      '1.0',
      '00000000-0000-0000-0000-000000000000',
      ' 7',
      '0x1F',
      '9007199254740993',
    ];
    const bare = await bareEngine(name);
    bare.run('CREATE TABLE plain (code STRING, uuid UUID)');
    bare.run('INSERT INTO plain VALUES (?, ?)', ['0012', '123e4']);
    expect(bare.row('SELECT code, uuid FROM plain')).toEqual([12, 1230000]); // the hazard

    const Kept = defineModel('kept', { id: id(), code: text(), key: uuid(), body: json<string>() }, { strict: false });
    const db = await open({ models: [Kept] });
    const key = '12345678-1234-1234-1234-123456789012';
    for (const code of hazardous) Kept.create({ code, key, body: code });
    expect(db.all(sql`SELECT code, typeof(code) AS type, key, body FROM kept ORDER BY id`)).toEqual(
      hazardous.map((code) => ({ code, type: 'text', key, body: JSON.stringify(code) })),
    );
    expect(Kept.query().orderBy('id').pluck('code')).toEqual(hazardous);
    for (const code of hazardous) expect(Kept.filter({ code }).count()).toBe(1);
    const storages = db.all(sql`SELECT DISTINCT type FROM pragma_table_info('kept') ORDER BY type`);
    expect(storages).toEqual([{ type: 'INTEGER' }, { type: 'TEXT' }]);
  });

  it('fact 35: text is stored whole or not at all', async () => {
    const bare = await bareEngine(name);
    bare.run('CREATE TABLE plain (t TEXT)');
    bare.run('INSERT INTO plain VALUES (?)', ['a\uD800b']);
    expect(bare.row('SELECT t FROM plain')[0]).not.toBe('a\uD800b'); // the hazard
    expect(bare.row(`SELECT length('a' || char(0) || 'b')`)).toEqual([1]);

    const Kept = defineModel('kept', { id: id(), t: text({ unique: true }) });
    const db = await open({ models: [Kept] });
    const statements = statementsOf(db, () => {
      for (const half of ['\uD800', 'a\uDC00', '\uDC00\uD800']) {
        expect(() => Kept.create({ t: half })).toThrow(InvalidValueError);
        expect(() => Kept.filter({ t: half })).toThrow(InvalidValueError);
        expect(() => Kept.filter({ t: ne(half) })).toThrow(InvalidValueError);
        expect(() => db.all(sql`SELECT ${half}`)).toThrow(InvalidValueError);
      }
    });
    expect(statements).toEqual([]);
    for (const whole of ['a\0b', 'a', 'a\0c', '\0']) Kept.create({ t: whole });
    expect(Kept.query().orderBy('id').pluck('t')).toEqual(['a\0b', 'a', 'a\0c', '\0']);
    expect(Kept.filter({ t: 'a' }).pluck('id')).toEqual([2]);
    expect(db.all(sql`SELECT hex(t) AS hex FROM kept ORDER BY id`).map((row) => row['hex'])).toEqual([
      '610062',
      '61',
      '610063',
      '00',
    ]);
  });

  it('SEC-03: a default is never part of the DDL but as a literal', async () => {
    const attacks = ["x'); DROP TABLE victims; --", "');", '"', "''", '\\', '\0); DROP TABLE victims; --', "'; --\n"];
    const bare = await bareEngine(name);
    bare.run('CREATE TABLE victims (a)');
    const typed = '0); DROP TABLE victims; --';
    for (const part of `CREATE TABLE t (a INTEGER DEFAULT ${typed})`.split('; ').slice(0, 2)) bare.run(part); // the hazard
    expect(bare.row(`SELECT count(*) FROM sqlite_schema WHERE name = 'victims'`)).toEqual([0]);

    for (const value of attacks) {
      const Kept = defineModel('kept', {
        id: id(),
        t: text({ default: value }),
        j: json<unknown>({ default: { [value]: [value] } }),
        b: column<string>(
          {
            storage: 'BLOB',
            encode: (each) => new TextEncoder().encode(each),
            decode: (each) => new TextDecoder().decode(each as Uint8Array),
          },
          { default: value },
        ),
      });
      const db = await open({ schema: 'create', alias: value });
      db.execute('CREATE TABLE victims (a)');
      Kept.using(db).count();
      db.run(sql`INSERT INTO kept DEFAULT VALUES`);
      const [row] = Kept.using(db).all();
      expect({ ...row }).toEqual({ id: 1, t: value, j: { [value]: [value] }, b: value });
      expect(db.first(sql`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'victims'`)).toEqual({ n: 1 });
    }
  });

  it('SEC-03: names of tables, columns, indexes and constraints are quoted', async () => {
    const attack = 'x" TEXT); DROP TABLE victims; --';
    const Kept = defineModel(
      attack,
      { id: id(), [attack]: text({ index: true }) },
      { naming: 'as written', checks: { [attack]: sql`1` } },
    );
    const db = await open();
    db.execute('CREATE TABLE victims (a)');
    Kept.using(db).create({ [attack]: 'y' });
    expect(db.all(sql`SELECT * FROM ${sql.id(attack)}`)).toEqual([{ id: 1, [attack]: 'y' }]);
    expect(db.first(sql`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'victims'`)).toEqual({ n: 1 });
    expect(() => defineModel('a\0b', { id: id() }).using(db).count()).toThrow(OrmError);
  });

  it('SEC-04: what came out of JSON.parse is a value, and never an operator', async () => {
    const User = defineModel('users', { id: id(), name: text(), age: integer(), settings: json<object>() });
    const db = await open({ models: [User] });
    User.create({ name: 'Ann', age: 40, settings: { $ne: null } });
    // the hazard in plain SQL: text that a user wrote into an operator's place matches everything
    expect(db.all(sql`SELECT count(*) AS n FROM users WHERE name ${sql.raw("<> 'x'")}`)).toEqual([{ n: 1 }]);

    const parsed = (text: string) => JSON.parse(text) as never;
    const statements = statementsOf(db, () => {
      for (const [condition, type] of [
        ['{"name": {"$ne": ""}}', InvalidValueError],
        ['{"name": {"comparison": {"kind": "isNull", "negated": true}}}', InvalidValueError],
        ['{"name": ["Ann", "Bea"]}', QueryError],
        ['{"age": {"gte": 0}}', InvalidValueError],
        ['{"age": "40"}', InvalidValueError],
        ['{"age": true}', InvalidValueError],
        ['{"$or": [{"age": 40}]}', UnknownFieldError],
        ['{"__proto__": {"name": "Ann"}}', UnknownFieldError],
        ['{"constructor": "x"}', UnknownFieldError],
        ['{"toString": "x"}', UnknownFieldError],
        ['{"name": {"fragment": {"kind": "fragment", "texts": ["1"], "chunks": []}}}', InvalidValueError],
        ['[{"name": "Ann"}]', QueryError],
        ['"1 = 1"', QueryError],
        ['null', OrmError],
      ] as const) {
        expect(() => User.filter(parsed(condition)), condition).toThrow(type);
      }
      for (const [fields, type] of [
        ['{"name": {"toString": "x"}, "age": 1, "settings": {}}', InvalidValueError],
        ['{"name": ["x"], "age": 1, "settings": {}}', InvalidValueError],
        ['{"__proto__": {"isAdmin": true}, "name": "x", "age": 1, "settings": {}}', UnknownFieldError],
        ['{"constructor": {"prototype": {}}, "name": "x"}', UnknownFieldError],
        ['{"save": "x", "name": "x"}', UnknownFieldError],
      ] as const) {
        expect(() => User.create(parsed(fields)), fields).toThrow(type);
        expect(() => User.build().fill(parsed(fields)).save(), fields).toThrow(OrmError);
        expect(() => User.filter({ id: 1 }).update(parsed(fields)), fields).toThrow(type);
      }
    });
    expect(statements).toEqual([]);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(User.filter({ settings: parsed('{"$ne": 5}') }).count()).toBe(0); // a key of the JSON like any other
    expect(User.count()).toBe(1);
  });

  it('SEC-04: a column named __proto__ is neither lost nor a prototype', async () => {
    const db = await open();
    db.execute('CREATE TABLE odd (id INTEGER PRIMARY KEY, "__proto__" TEXT, "constructor" TEXT)');
    db.run(sql`INSERT INTO odd VALUES (1, 'a', 'b')`);
    const rows = db.all(sql`SELECT * FROM odd`);
    expect(Object.entries(rows[0]!)).toEqual([
      ['id', 1],
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    const [row] = db.table('odd').all();
    expect(Object.entries(row!)).toEqual([
      ['id', 1],
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(
      db
        .table('odd')
        .filter(JSON.parse('{"__proto__": "a"}') as never)
        .count(),
    ).toBe(1);
    expect(
      db
        .table('odd')
        .filter(JSON.parse('{"__proto__": "b"}') as never)
        .count(),
    ).toBe(0);
  });
});
