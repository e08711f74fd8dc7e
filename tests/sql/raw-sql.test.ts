import { beforeEach, describe, expect, it } from 'vitest';
import {
  bigint,
  blob,
  boolean,
  columns,
  datetime,
  gte,
  id,
  json,
  Model,
  QueryError,
  real,
  sql,
  SqlError,
  table,
  text,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('events')
class Event extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @boolean({ default: true, name: 'is_open' }) open!: Generated<boolean>;
  @datetime({ nullable: true }) startsAt!: Date | null;
  @json<string[]>({ default: [] }) tags!: Generated<string[]>;
  @bigint({ nullable: true }) size!: bigint | null;
  @blob({ nullable: true }) photo!: Uint8Array | null;
  @real({ nullable: true }) score!: number | null;
}

const awkward = 'it\'s "q" \\ % _ ? :a $b \n\t é 日本 😀';

describe.each(drivers)('$name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Event] });
    Event.create({ title: 'a', startsAt: new Date(0), tags: ['x'], size: 2n ** 62n });
    Event.create({ title: 'b', open: false });
  });

  it('reads rows as plain objects', () => {
    const statements = statementsOf(db, () => {
      expect(db.all<{ id: number; title: string }>(sql`SELECT id, title FROM events ORDER BY id`)).toEqual([
        { id: 1, title: 'a' },
        { id: 2, title: 'b' },
      ]);
      expect(db.first(sql`SELECT title FROM events WHERE id = ${2}`)).toEqual({ title: 'b' });
      expect(db.first(sql`SELECT title FROM events WHERE id = ${9}`)).toBeUndefined();
      expect(db.all(sql`SELECT title FROM events WHERE 0`)).toEqual([]);
    });
    expect(statements).toHaveLength(4);
    expect(Object.getPrototypeOf(db.first(sql`SELECT 1 AS one`))).toBe(Object.prototype);
  });

  it('gives integers beyond 2^53 as bigint, and the others as numbers', () => {
    expect(
      db.first(
        sql`SELECT 5 AS small, 9007199254740991 AS most, 9007199254740993 AS large, -9223372036854775808 AS least, 1.5 AS real`,
      ),
    ).toEqual({
      small: 5,
      most: 2 ** 53 - 1,
      large: 2n ** 53n + 1n,
      least: -(2n ** 63n),
      real: 1.5,
    });
  });

  it('refuses two columns of the same name, before anything is written', () => {
    expect(() => db.all(sql`SELECT 1 AS a, 2 AS a`)).toThrow(
      'This query returns two columns named "a". Give one of them another name with AS.',
    );
    expect(() => db.all(sql`SELECT e.id, f.id FROM events e JOIN events f`)).toThrow(QueryError);
    expect(() => db.all(sql`INSERT INTO events (title) VALUES ('c') RETURNING id AS x, title AS x`)).toThrow(
      QueryError,
    );
    expect(Event.count()).toBe(2);
  });

  it('keeps columns called __proto__ and constructor', () => {
    const row = db.first(sql`SELECT 1 AS "__proto__", 2 AS "constructor", 3 AS "toString"`)!;
    expect(Object.entries(row)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ]);
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
  });

  it('runs a statement, and says what it changed', () => {
    expect(db.run(sql`INSERT INTO events (title, tags) VALUES (${'c'}, ${'[]'})`)).toEqual({
      changes: 1,
      lastInsertRowid: 3,
    });
    expect(db.run(sql`UPDATE events SET title = ${'z'}`).changes).toBe(3);
    expect(db.run(sql`DELETE FROM events WHERE id = ${99}`).changes).toBe(0);
    expect(db.all(sql`DELETE FROM events WHERE id = 1 RETURNING id`)).toEqual([{ id: 1 }]);
    expect(db.all(sql`DELETE FROM events WHERE id = 2`)).toEqual([]);
  });

  describe('DL-18: several statements', () => {
    it('are refused where only the first would run', () => {
      for (const attempt of [
        () => db.all(sql`SELECT 1 AS one; DELETE FROM events`),
        () => db.first(sql`SELECT 1 AS one; SELECT 2 AS two`),
        () => db.run(sql`DELETE FROM events WHERE id = 1; DELETE FROM events`),
        () => db.run(sql`DELETE FROM events; -- and more\n SELECT 1`),
        () => Event.fromSql(sql`SELECT * FROM events; DELETE FROM events`),
      ]) {
        expect(attempt).toThrow(SqlError);
        expect(attempt).toThrow('The supplied SQL string contains more than one statement');
      }
      expect(Event.count()).toBe(2);
    });

    it('end in a semicolon or a comment as they like', () => {
      expect(db.all(sql`SELECT 1 AS one;`)).toEqual([{ one: 1 }]);
      expect(db.all(sql`SELECT 1 AS one; -- the end`)).toEqual([{ one: 1 }]);
      expect(db.all(sql`SELECT 1 AS one /* the end */ ;  `)).toEqual([{ one: 1 }]);
      expect(() => db.all(sql``)).toThrow(SqlError);
      expect(() => db.all(sql`-- nothing`)).toThrow(SqlError);
    });

    it('are a script to execute, which runs them all', () => {
      db.execute(`CREATE TABLE a (x); INSERT INTO a VALUES (1), (2); -- comment ; here\nDELETE FROM a WHERE x = 1;`);
      expect(db.all(sql`SELECT x FROM a`)).toEqual([{ x: 2 }]);
      expect(() => db.execute('INSERT INTO a VALUES (3); nonsense')).toThrow(SqlError);
    });
  });

  it('names the mistake in a statement', () => {
    expect(() => db.all(sql`SELECT nmae FROM events`)).toThrow(SqlError);
    expect(() => db.all(sql`SELECT nmae FROM events WHERE id = ${'secret'}`)).toThrow(/no such column: nmae/);
  });

  describe('fromSql', () => {
    it('makes instances of rows, whatever the order of their columns', () => {
      const event = columns(Event);
      const statements = statementsOf(db, () => {
        const [first] = Event.fromSql(
          sql`SELECT score, photo, size, tags, starts_at, is_open, 1 + 1 AS more, title, id FROM events WHERE id = ${1}`,
        );
        expect(first).toBeInstanceOf(Event);
        expect(first).toMatchObject({
          id: 1,
          title: 'a',
          open: true,
          startsAt: new Date(0),
          tags: ['x'],
          size: 2n ** 62n,
        });
        expect('more' in first!).toBe(false);
        first!.title = 'changed';
        first!.save();
        expect(Event.fromSql(sql`SELECT * FROM ${Event} WHERE ${event.id} > ${5}`)).toEqual([]);
      });
      expect(statements).toHaveLength(3);
      expect(statements[1]).toBe('UPDATE "events" SET "title" = ? WHERE "id" = ?');
    });

    it('reads a write that returns its rows', () => {
      const [event] = Event.fromSql(sql`INSERT INTO events (title) VALUES (${'c'}) RETURNING *`);
      expect(event).toMatchObject({ id: 3, title: 'c', open: true, tags: [] });
    });

    it('says which columns are missing', () => {
      expect(() => Event.fromSql(sql`SELECT id, title, is_open FROM events`)).toThrow(
        'This query does not return "starts_at", "tags", "size", "photo", "score" of Event. ' +
          'Return every column of the table, or read plain objects with db.all().',
      );
      expect(() => Event.fromSql(sql`SELECT *, title FROM events`)).toThrow('two columns named "title"');
    });
  });

  describe('toRunnableSQL', () => {
    it('is what the shell would take, and finds the same rows', () => {
      const bytes = Uint8Array.of(0, 39, 255);
      Event.create({ title: awkward, size: -(2n ** 63n), photo: bytes, score: 0.1, startsAt: new Date(5) });
      Event.create({ title: 'nul\0 inside', size: 2n ** 63n - 1n, score: -1e300 });
      for (const where of [
        { title: awkward },
        { title: 'nul\0 inside' },
        { size: -(2n ** 63n) },
        { size: gte(2n ** 63n - 1n) },
        { photo: bytes },
        { score: 0.1 },
        { score: -1e300 },
        { startsAt: new Date(5) },
        { tags: ['x'] },
        { open: false },
      ]) {
        const query = Event.filter(where).orderBy('id').limit(5).offset(0);
        const rows = query.select('id', 'title').all();
        expect(rows).toHaveLength(1);
        expect(db.all(sql.raw(query.select('id', 'title').toRunnableSQL()))).toEqual(rows);
      }
      expect(Event.filter({ title: "it's", photo: bytes, open: true }).select('id').toRunnableSQL()).toBe(
        `SELECT "id" FROM "events" WHERE "title" = 'it''s' AND "photo" = x'0027ff' AND "is_open" = 1;`,
      );
      expect(Event.filter({ title: 'nul\0 inside' }).select('id').toRunnableSQL()).toBe(
        `SELECT "id" FROM "events" WHERE "title" = ('nul' || char(0) || ' inside');`,
      );
    });

    it('shows and binds the same parameters', () => {
      const query = Event.filter({ title: 'a', startsAt: gte(new Date(0)) }).limit(3);
      const values: unknown[] = [];
      const stop = db.onStatement(({ parameters }) => values.push(...(parameters ?? [])), { values: true });
      query.all();
      stop();
      expect(query.toSQL().parameters).toEqual(values);
      expect(values).toEqual(['a', '1970-01-01T00:00:00.000Z']);
    });
  });
});
