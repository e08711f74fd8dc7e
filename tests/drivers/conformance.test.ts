import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { translateError } from '../../src/database/translate-error.js';
import type { BoundValue, Connection } from '../../src/driver/contract.js';
import type { DatabaseError } from '../../src/errors/index.js';
import {
  CheckViolation,
  ConstraintViolation,
  CorruptError,
  DatatypeViolation,
  ForeignKeyViolation,
  NotADatabaseError,
  NotNullViolation,
  SqlError,
  TooBigError,
  TriggerViolation,
  UniqueViolation,
  UnsupportedError,
} from '../../src/errors/index.js';
import { connectSqlJs } from '../../src/drivers/sqljs.js';
import { engines, sqlJs } from './engines.js';

/* tests/browser runs these in a worker of a browser, too: nothing here may need Node. */

const hex = (value: string): string =>
  Array.from(new TextEncoder().encode(value), (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('');

describe.each(engines)('$name', ({ connect, isUtf8Only = false, takesDatabasesOnly = false, cutsText = false }) => {
  let connection: Connection;

  beforeEach(() => {
    connection = connect();
  });
  afterEach(() => connection.close());

  const all = (sql: string, parameters: readonly BoundValue[] = [], bigints = false): unknown[][] => {
    const statement = connection.prepare(sql, bigints);
    try {
      return statement.all(parameters);
    } finally {
      statement.finalize();
    }
  };
  const run = (sql: string, parameters: readonly BoundValue[] = [], bigints = false) => {
    const statement = connection.prepare(sql, bigints);
    try {
      return statement.run(parameters);
    } finally {
      statement.finalize();
    }
  };
  const failure = (action: () => unknown): DatabaseError => {
    try {
      action();
    } catch (error) {
      const engineFailure = connection.explain(error);
      if (engineFailure === undefined) throw error;
      return translateError(engineFailure, 'the statement', error);
    }
    throw new Error('Nothing was thrown.');
  };

  describe('values', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    const edges = [0n, 1n, -1n, 2n ** 31n, -(2n ** 31n) - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('', '\0', 'a\0b', '\0\0end', '\uFEFF', '\uFEFFbom', '\uFEFF\uFEFF', '👩‍👩‍👧', 'é'.repeat(40), "';--"),
      fc.string({ unit: 'grapheme' }).map((tail) => `\uFEFF${tail}`),
    );

    beforeEach(() =>
      connection.execute(
        'CREATE TABLE "values" (i INTEGER, r REAL, t TEXT, b BLOB, a ANY) STRICT; CREATE TABLE loose (n)',
      ),
    );

    const roundTrip = (column: string, value: BoundValue, bigints = false): unknown => {
      run('DELETE FROM "values"');
      run(`INSERT INTO "values" (${column}) VALUES (?)`, [value]);
      return all(`SELECT ${column} FROM "values"`, [], bigints)[0]![0];
    };

    it.each([...edges, 2n ** 63n - 1n, -(2n ** 63n)])('keeps the integer %s exactly', (value) => {
      expect(roundTrip('i', value, true)).toBe(value);
      expect(all('SELECT typeof(i) FROM "values"')).toEqual([['integer']]);
    });

    it('keeps any 64-bit integer in an INTEGER column', () => {
      fc.assert(fc.property(int64, (value) => void expect(roundTrip('i', value, true)).toBe(value)));
    });

    it('reads and binds safe integers as numbers', () => {
      fc.assert(fc.property(fc.maxSafeInteger(), (value) => void expect(roundTrip('i', value)).toBe(value + 0)));
    });

    it('keeps any real', () => {
      const real = fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(1e308, 5e-324, 2 ** 53),
      );
      // SQLite stores a REAL without fraction as an integer, which has no negative zero.
      fc.assert(fc.property(real, (value) => void expect(roundTrip('r', value)).toBe(value === 0 ? 0 : value)));
      expect(all('SELECT typeof(r) FROM "values"')).toEqual([['real']]);
    });

    it('reads a REAL as a number even where integers are bigints', () => {
      expect(all('SELECT 1.0, 1, NULL', [], true)).toEqual([[1, 1n, null]]);
    });

    it('keeps any text, with NUL and byte order mark', () => {
      const kept = text.filter((value) => !cutsText || !value.includes('\0'));
      fc.assert(
        fc.property(kept, (value) => {
          expect(roundTrip('t', value)).toBe(value);
          expect(all('SELECT hex(t) FROM "values"')).toEqual([[hex(value)]]);
        }),
        { numRuns: 300 },
      );
    });

    it.runIf(cutsText)('refuses text with NUL, which it would not read again', () => {
      for (const value of ['\0', 'a\0b', 'end\0']) {
        expect(() => roundTrip('t', value)).toThrow(UnsupportedError);
        expect(() => all('SELECT ?, ?', [1, value])).toThrow(UnsupportedError);
      }
      expect(all('SELECT * FROM "values"')).toEqual([]);
    });

    it('keeps any blob, also a view of a larger buffer', () => {
      const blob = fc.tuple(fc.uint8Array(), fc.nat(8)).map(([bytes, from]) => bytes.subarray(from));
      fc.assert(
        fc.property(blob, (value) => {
          const read = roundTrip('b', value);
          expect(read).toBeInstanceOf(Uint8Array);
          expect(Uint8Array.from(read as Uint8Array)).toEqual(Uint8Array.from(value));
          expect(all('SELECT typeof(b) FROM "values"')).toEqual([['blob']]);
        }),
      );
    });

    it('keeps NULL', () => {
      expect(roundTrip('t', null)).toBeNull();
      expect(all('SELECT typeof(?)', [null])).toEqual([['null']]);
    });

    it('binds a bigint of 32 bits as INTEGER where no column says so', () => {
      expect(all("SELECT typeof(?), 'a' || ?, ? / 2, ? < 10", [1n, 1n, 5n, 9n])).toEqual([['integer', 'a1', 2, 1]]);
      run('INSERT INTO loose VALUES (?)', [7n]);
      run('INSERT INTO "values" (a) VALUES (?)', [-7n]);
      expect(all('SELECT n, typeof(n) FROM loose')).toEqual([[7, 'integer']]);
      expect(all('SELECT a, typeof(a) FROM "values"')).toEqual([[-7, 'integer']]);
    });

    it('binds a larger bigint so that a CAST makes it exact', () => {
      fc.assert(
        fc.property(int64, (value) => {
          expect(all('SELECT CAST(? AS INTEGER)', [value], true)).toEqual([[value]]);
        }),
      );
    });

    it('writes an integer to a TEXT column without a fraction', () => {
      expect(roundTrip('t', 5n)).toBe('5');
      expect(roundTrip('t', 2n ** 40n)).toBe('1099511627776');
    });

    it.each([2n ** 63n, -(2n ** 63n) - 1n])('refuses the integer %s, beyond 64 bits', (value) => {
      expect(failure(() => all('SELECT ?', [value]))).toBeInstanceOf(TooBigError);
    });

    it('rounds an integer that a number does not hold, where it is not read as bigint', () => {
      run('INSERT INTO "values" (i) VALUES (?), (?)', [2n ** 53n + 1n, 7n]);
      const select = connection.prepare('SELECT i, t FROM "values"', false);
      const rounded = [
        [2 ** 53, null],
        [7, null],
      ];
      expect([select.all([]), select.all([])]).toEqual([rounded, rounded]);
      expect(all('SELECT i FROM "values"', [], true)).toEqual([[2n ** 53n + 1n], [7n]]);
    });

    it.each([
      'INSERT INTO "values" (i) VALUES (?) RETURNING i, rowid',
      'WITH big (n) AS (VALUES (?)) INSERT INTO "values" (i) SELECT n FROM big RETURNING i, rowid',
    ])('and writes it once: %s', (sql) => {
      const insert = connection.prepare(sql, false);
      expect(insert.all([-(2n ** 60n)])).toEqual([[-(2 ** 60), 1]]);
      expect(insert.all([2n ** 60n])).toEqual([[2 ** 60, 2]]);
      expect(all('SELECT count(*) FROM "values"')).toEqual([[2]]);
    });

    it('binds NaN as NULL, and keeps infinities', () => {
      expect(all('SELECT typeof(?), ?, ?', [NaN, Infinity, -Infinity])).toEqual([['null', Infinity, -Infinity]]);
    });

    it.each([new Date(0), {}, { a: 1 }, Symbol('a')])('refuses %o, which is no value of SQLite', (value) => {
      for (const verb of ['all', 'run'] as const) {
        const statement = connection.prepare('INSERT INTO loose VALUES (?)', false);
        expect(() => statement[verb]([value as never])).toThrow();
      }
      expect(all('SELECT * FROM loose')).toEqual([]);
    });

    it('keeps duplicate column names apart', () => {
      const statement = connection.prepare('SELECT 1 AS a, 2 AS a', false);
      expect(statement.columns).toEqual(['a', 'a']);
      expect(statement.all([])).toEqual([[1, 2]]);
    });
  });

  describe('statements', () => {
    beforeEach(() => connection.execute('CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT UNIQUE)'));

    it('names the columns before any row is read', () => {
      const statement = connection.prepare('SELECT id, name AS "the name", 1 + 1 FROM items', false);
      expect(statement.columns).toEqual(['id', 'the name', '1 + 1']);
      expect(statement.all([])).toEqual([]);
    });

    it('has no columns where a statement returns no rows', () => {
      expect(connection.prepare('DELETE FROM items', false).columns).toEqual([]);
    });

    it('follows a change of the schema', () => {
      const statement = connection.prepare('SELECT * FROM items', false);
      connection.execute("INSERT INTO items VALUES (1, 'a'); ALTER TABLE items ADD COLUMN size INTEGER DEFAULT 3");
      expect(statement.all([])).toEqual([[1, 'a', 3]]);
      expect(statement.columns).toEqual(['id', 'name', 'size']);
    });

    it.each([
      ['SELECT * FROM items', [[1, 'a', 3]]],
      ['SELECT count(*), items.* FROM items', [[1, 1, 'a', 3]]],
      ["UPDATE items SET name = 'b' RETURNING *", [[1, 'b', 3]]],
      ["INSERT INTO items (name) VALUES ('b') RETURNING *", [[2, 'b', 3]]],
    ])('runs %s once with the columns of now', (sql, rows) => {
      run("INSERT INTO items VALUES (1, 'a')");
      const statement = connection.prepare(sql, false);
      connection.execute('ALTER TABLE items ADD COLUMN size INTEGER DEFAULT 3');
      expect(statement.all([])).toEqual(rows);
      expect(statement.columns).toHaveLength(rows[0]!.length);
      connection.execute("DELETE FROM items; ALTER TABLE items DROP COLUMN size; INSERT INTO items VALUES (1, 'a')");
      expect(statement.all([])).toEqual([rows[0]!.slice(0, -1)]);
      expect(statement.columns).toHaveLength(rows[0]!.length - 1);
    });

    it('runs again and again with other values', () => {
      const insert = connection.prepare('INSERT INTO items (name) VALUES (?)', false);
      const select = connection.prepare('SELECT id FROM items WHERE name = ?', false);
      for (const name of ['a', 'b', 'c']) insert.run([name]);
      expect(['c', 'a', 'x'].map((name) => select.all([name]))).toEqual([[[3]], [[1]], []]);
    });

    it('tells the changes and the rowid of an INSERT', () => {
      expect(run("INSERT INTO items (name) VALUES ('a'), ('b')")).toEqual({ changes: 2, lastInsertRowid: 2 });
      expect(run('INSERT INTO items VALUES (?, NULL)', [2n ** 40n], true).lastInsertRowid).toBe(2n ** 40n);
      expect(Number(run('INSERT INTO items VALUES (?, NULL)', [77n]).lastInsertRowid)).toBe(77);
    });

    it('tells the changes of UPDATE and DELETE, and none of what changes no row', () => {
      run("INSERT INTO items (name) VALUES ('a'), ('b'), ('c')");
      expect(run('CREATE TABLE other (x)').changes).toBe(0);
      expect(run("UPDATE items SET name = name || '!'")).toEqual({ changes: 3, lastInsertRowid: 3 });
      expect(run('SELECT * FROM items').changes).toBe(0);
      expect(run('UPDATE items SET name = 1 WHERE id > 9').changes).toBe(0);
      expect(run('DELETE FROM items WHERE id < ?', [3]).changes).toBe(2);
      expect(run('BEGIN').changes).toBe(0);
      connection.execute('ROLLBACK');
    });

    it.each<[string, number]>([
      ["/* one */ -- two\n INSERT INTO items (name) VALUES ('d')", 1],
      ["REPLACE INTO items VALUES (1, 'd'), (2, 'e')", 2],
      ["WITH n(x) AS (VALUES ('d'), ('e')) INSERT INTO items (name) SELECT x FROM n", 2],
      ["WITH n AS (SELECT 2 AS id) UPDATE items SET name = 'd' WHERE id IN (SELECT id FROM n) RETURNING id", 1],
      ['WITH n AS (SELECT 9 AS id) DELETE FROM items WHERE id IN (SELECT id FROM n)', 0],
      ["WITH n AS (SELECT 'returning' AS x) SELECT /* RETURNING */ x FROM n", 0],
      ['VALUES (1), (2)', 0],
      ["EXPLAIN INSERT INTO items (name) VALUES ('d')", 0],
      ['CREATE TABLE copy AS SELECT * FROM items', 0],
      ['PRAGMA foreign_keys', 0],
      ['ANALYZE', 0],
    ])('tells the changes of %s', (sql, changes) => {
      run("INSERT INTO items (name) VALUES ('a'), ('b'), ('c')");
      expect(run(sql).changes).toBe(changes);
      expect(run(sql.replace("'d'", "'f'").replace("'e'", "'g'").replace('copy', 'copied'), [], true).changes).toBe(
        changes,
      );
    });

    it('tells a rowid that a number does not hold, rounded or as bigint', () => {
      run('INSERT INTO items VALUES (?, NULL)', [2n ** 60n + 1n]);
      expect(all('SELECT id FROM items', [], true)).toEqual([[2n ** 60n + 1n]]);
      expect(run("UPDATE items SET name = 'a'")).toEqual({ changes: 1, lastInsertRowid: 2 ** 60 });
      expect(run('SELECT 1')).toEqual({ changes: 0, lastInsertRowid: 2 ** 60 });
      expect(run('SELECT 1', [], true)).toEqual({ changes: 0, lastInsertRowid: 2n ** 60n + 1n });
      expect(all('SELECT 1')).toEqual([[1]]);
    });

    it('counts the rows of the statement and not those of its triggers', () => {
      connection.execute(`CREATE TABLE log (x);
        CREATE TRIGGER t AFTER INSERT ON items BEGIN INSERT INTO log VALUES (1), (2), (3); END`);
      expect(run("INSERT INTO items VALUES (9, 'a')")).toEqual({ changes: 1, lastInsertRowid: 9 });
    });

    it('returns the rows of RETURNING, and runs it whole for its effect', () => {
      const sql = "INSERT INTO items (name) VALUES (?), (?), ('z' || ?) RETURNING id, name";
      expect(all(sql, ['a', 'b', 'c'])).toEqual([
        [1, 'a'],
        [2, 'b'],
        [3, 'zc'],
      ]);
      expect(run(sql, ['d', 'e', 'f'])).toEqual({ changes: 3, lastInsertRowid: 6 });
      expect(all('SELECT count(*) FROM items')).toEqual([[6]]);
    });

    it('fails a RETURNING whose changes cannot be committed', () => {
      connection.execute(`PRAGMA foreign_keys = ON;
        CREATE TABLE sizes (item INTEGER REFERENCES items DEFERRABLE INITIALLY DEFERRED)`);
      const sql = 'INSERT INTO sizes VALUES (99) RETURNING item';
      expect(failure(() => all(sql))).toBeInstanceOf(ForeignKeyViolation);
      expect(failure(() => run(sql))).toBeInstanceOf(ForeignKeyViolation);
      expect(all('SELECT count(*) FROM sizes')).toEqual([[0]]);
    });

    it('runs a statement without rows through all', () => {
      expect(all("INSERT INTO items (name) VALUES ('a')")).toEqual([]);
      expect(all('SELECT count(*) FROM items')).toEqual([[1]]);
    });

    it('leaves no lock behind a SELECT that was run for its effect', () => {
      run("INSERT INTO items (name) VALUES ('a'), ('b')");
      const select = connection.prepare('SELECT * FROM items', false);
      select.run([]);
      connection.execute('DROP TABLE items');
    });

    it('can be used again after it failed', () => {
      const insert = connection.prepare('INSERT INTO items VALUES (?, ?)', false);
      insert.run([1, 'a']);
      expect(failure(() => insert.run([1, 'b']))).toBeInstanceOf(UniqueViolation);
      expect(failure(() => insert.run([2]))).toBeInstanceOf(SqlError);
      expect(insert.run([2, 'b']).changes).toBe(1);
    });

    it('runs scripts of many statements', () => {
      connection.execute(
        "INSERT INTO items VALUES (1, 'a'); SELECT 1; -- why not\n;; INSERT INTO items VALUES (2, 'b');",
      );
      connection.execute('');
      expect(all('SELECT count(*) FROM items')).toEqual([[2]]);
    });

    it.each([
      'SELECT 1',
      '  SELECT 1  ',
      'SELECT 1;',
      'SELECT 1;;\n ;',
      'SELECT 1; -- the end',
      '/* first */ SELECT 1 /* last; */; /* after */',
      "SELECT 1 -- ';'",
      '\uFEFFSELECT 1',
      "SELECT 1 WHERE ';' <> 'é😀;'; ",
    ])('takes %j as one statement', (sql) => {
      expect(all(sql)).toEqual([[1]]);
    });

    it.each(['SELECT 1; SELECT 2', 'SELECT 1;SELECT 2;', 'SELECT 1; /* c */ DELETE FROM items', 'SELECT 1; nonsense'])(
      'refuses %j, which is more than one',
      (sql) => {
        const error = failure(() => connection.prepare(sql, false));
        expect(error).toBeInstanceOf(SqlError);
        expect(error.message).toContain('more than one statement');
      },
    );

    it.each(['', '  \n', '-- nothing', ';', '/* a */ ; -- b'])('refuses %j, which is none', (sql) => {
      const error = failure(() => connection.prepare(sql, false));
      expect(error).toBeInstanceOf(SqlError);
      expect(error.message).toContain('no statements');
    });

    it('refuses NUL in SQL, which would hide what follows', () => {
      expect(failure(() => connection.prepare('SELECT 1 \0; DELETE FROM items', false))).toBeInstanceOf(SqlError);
      expect(failure(() => connection.execute('SELECT 1; \0 DELETE FROM items'))).toBeInstanceOf(SqlError);
    });

    it.each([
      ['SELECT 1', 0],
      ['SELECT ?', 1],
      ["SELECT ?, '?', ? -- ?", 2],
      [`SELECT 1 WHERE 1 IN (${Array.from({ length: 300 }, () => '?').join()})`, 300],
    ])('takes exactly the parameters of %.30s', (sql, count) => {
      const statement = connection.prepare(sql, false);
      const given = (length: number) => Array.from({ length }, () => 1);
      statement.all(given(count));
      statement.run(given(count));
      for (const wrong of [count - 1, count + 1].filter((length) => length >= 0)) {
        for (const verb of ['all', 'run'] as const) {
          const error = failure(() => statement[verb](given(wrong)));
          expect(error).toBeInstanceOf(SqlError);
          expect(error.sqliteCode).toBe('SQLITE_RANGE');
        }
      }
    });
  });

  describe('parameters', () => {
    const pieces: readonly (readonly [string, number])[] = [
      ['?', 1],
      ['?/?', 2],
      ['? IN (?,?)', 3],
      ["'?'", 0],
      ["'it''s ?' || ?", 1],
      ["'--' || ?", 1],
      ["'/*' || ?", 1],
      ["x'3f'", 0],
      ["'{}' ->> '$.a'", 0],
      ['1 AS "a ? b"', 0],
      ['1 AS "a "" ? b"', 0],
      ['1 AS `?`', 0],
      ['1 AS [?]', 0],
      ['1 AS a$b', 0],
      ['1 AS é$b', 0],
      ["? -- ? it's\n", 1],
      ['? /* ? */', 1],
      ['? /* -- */', 1],
      ["CASE WHEN? THEN'?'ELSE? END", 2],
    ];

    it('are as many as there are question marks, wherever those are no text', () => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 }), (chosen) => {
          const statement = connection.prepare(`SELECT ${chosen.map(([sql]) => sql).join(',')}`, false);
          const given = Array.from({ length: chosen.reduce((sum, [, count]) => sum + count, 0) }, () => 1n);
          expect(statement.all(given)).toHaveLength(1);
          expect(failure(() => statement.all([...given, 1n])).sqliteCode).toBe('SQLITE_RANGE');
          if (given.length > 0) expect(failure(() => statement.all(given.slice(1))).sqliteCode).toBe('SQLITE_RANGE');
        }),
      );
    });

    it.each(['SELECT :a', 'SELECT @a', 'SELECT $a', 'SELECT ?1', 'SELECT 1 LIMIT:a'])(
      'are missing from %s, where they have a name that nobody gives',
      (sql) => {
        const statement = connection.prepare(sql, false);
        for (const verb of ['all', 'run'] as const) {
          expect(failure(() => statement[verb]([])).sqliteCode).toBe('SQLITE_RANGE');
        }
      },
    );
  });

  describe('errors', () => {
    beforeEach(() =>
      connection.execute(`
        PRAGMA foreign_keys = ON;
        CREATE TABLE users (
          id INTEGER PRIMARY KEY, email TEXT UNIQUE, name TEXT NOT NULL DEFAULT '', age INTEGER CHECK (age >= 0),
          nick TEXT, CONSTRAINT short CHECK (length(nick) < 9)
        );
        CREATE UNIQUE INDEX nick_folded ON users (lower(nick));
        CREATE TABLE posts (a TEXT, b INTEGER, author INTEGER REFERENCES users, PRIMARY KEY (a, b)) WITHOUT ROWID;
        CREATE TABLE strict_ones (n INTEGER, t TEXT) STRICT;
        CREATE TRIGGER guard BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'users are kept'); END;
        INSERT INTO users VALUES (1, 'ann@x.org', 'Ann', 40, 'ann'); INSERT INTO posts VALUES ('a', 1, 1);
      `),
    );

    it.each<[string, new (...parameters: never[]) => DatabaseError, object]>([
      ["INSERT INTO users (email) VALUES ('ann@x.org')", UniqueViolation, { table: 'users', columns: ['email'] }],
      ['INSERT INTO users (id) VALUES (1)', UniqueViolation, { table: 'users', columns: ['id'] }],
      ["INSERT INTO posts VALUES ('a', 1, 1)", UniqueViolation, { table: 'posts', columns: ['a', 'b'] }],
      ["INSERT INTO users (nick) VALUES ('ANN')", UniqueViolation, { table: undefined, columns: [] }],
      ['INSERT INTO users (name) VALUES (NULL)', NotNullViolation, { table: 'users', columns: ['name'] }],
      ['INSERT INTO users (age) VALUES (-1)', CheckViolation, { constraint: 'age >= 0' }],
      ["INSERT INTO users (nick) VALUES ('123456789')", CheckViolation, { constraint: 'short' }],
      ["INSERT INTO posts VALUES ('b', 1, 99)", ForeignKeyViolation, { sqliteCode: 'SQLITE_CONSTRAINT_FOREIGNKEY' }],
      ["INSERT INTO strict_ones (n) VALUES ('x')", DatatypeViolation, { table: 'strict_ones', columns: ['n'] }],
      ["INSERT INTO users (id) VALUES ('x')", DatatypeViolation, { sqliteCode: 'SQLITE_MISMATCH' }],
      ['DELETE FROM users', TriggerViolation, { message: 'users are kept\n  in: the statement\n' }],
      ['SELEC 1', SqlError, { sqliteCode: 'SQLITE_ERROR' }],
      ['SELECT * FROM nowhere', SqlError, { message: 'no such table: nowhere\n  in: the statement\n' }],
      ['SELECT absent FROM users', SqlError, { message: 'no such column: absent\n  in: the statement\n' }],
      ['SELECT absent()', SqlError, { sqliteCode: 'SQLITE_ERROR' }],
      ['SELECT abs(-9223372036854775808)', SqlError, { message: 'integer overflow\n  in: the statement\n' }],
      ['SELECT zeroblob(2000000000)', TooBigError, { sqliteCode: 'SQLITE_TOOBIG' }],
    ])('%s', (sql, kind, properties) => {
      for (const attempt of [() => run(sql), () => all(sql), () => connection.execute(sql)]) {
        const error = failure(attempt);
        expect(error).toBeInstanceOf(kind);
        expect(error.constructor).toBe(kind);
        expect(error).toMatchObject({ sql: 'the statement', ...properties });
        expect(error.cause).toBeInstanceOf(Error);
      }
    });

    it('tells what a trigger raised from what SQLite says in the same words', () => {
      connection.execute(
        `CREATE TRIGGER liar BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'database is locked'); END`,
      );
      expect(failure(() => run("INSERT INTO users (email) VALUES ('b@x.org')"))).toBeInstanceOf(TriggerViolation);
    });

    it('reports a deferred foreign key at COMMIT, and stays in the transaction', () => {
      connection.execute('PRAGMA defer_foreign_keys = ON; BEGIN; PRAGMA defer_foreign_keys = ON');
      run("INSERT INTO posts VALUES ('b', 1, 99)");
      expect(failure(() => connection.execute('COMMIT'))).toBeInstanceOf(ForeignKeyViolation);
      expect(connection.inTransaction).toBe(true);
      connection.execute('ROLLBACK');
    });

    it('never shows a bound value', () => {
      const secret = 'hunter2';
      const attempts = [
        () => run('INSERT INTO users (email, nick) VALUES (?, ?)', [secret, 'ann']),
        () => run('INSERT INTO users (nick) VALUES (?)', [secret.repeat(2)]),
        () => run('INSERT INTO strict_ones (n) VALUES (?)', [secret]),
        () => all('SELECT json_extract(?, ?)', ['{}', secret]),
        () => all('SELECT json(?)', [secret]),
      ];
      for (const attempt of attempts) expect(failure(attempt).message).not.toContain(secret);
    });

    it('does not explain an error that is not its own', () => {
      expect(connection.explain(new Error('database is locked'))).toBeUndefined();
      expect(connection.explain('text')).toBeUndefined();
      expect(connection.explain(undefined)).toBeUndefined();
    });
  });

  describe('transactions', () => {
    beforeEach(() => connection.execute('CREATE TABLE t (x INTEGER PRIMARY KEY)'));

    it('tells whether one is open', () => {
      const seen = [connection.inTransaction];
      for (const step of ['BEGIN', 'COMMIT', 'BEGIN IMMEDIATE', 'ROLLBACK', 'SAVEPOINT a', 'RELEASE a']) {
        connection.execute(step);
        seen.push(connection.inTransaction, connection.inTransaction);
      }
      expect(seen).toEqual([false, true, true, false, false, true, true, false, false, true, true, false, false]);
    });

    it('asks without a trace', () => {
      connection.execute('BEGIN; INSERT INTO t VALUES (1)');
      expect(connection.inTransaction).toBe(true);
      connection.execute('ROLLBACK');
      expect(connection.inTransaction).toBe(false);
      expect(all('SELECT * FROM t')).toEqual([]);
      run('INSERT INTO t VALUES (1)');
      expect(connection.inTransaction).toBe(false);
      expect(all('SELECT changes(), last_insert_rowid()')).toEqual([[1, 1]]);
    });

    it('notices that RAISE(ROLLBACK) ended it', () => {
      connection.execute(
        `CREATE TRIGGER stop BEFORE INSERT ON t WHEN new.x = 13 BEGIN SELECT RAISE(ROLLBACK, 'no'); END`,
      );
      connection.execute('BEGIN; INSERT INTO t VALUES (1); SAVEPOINT inner');
      expect(failure(() => run('INSERT INTO t VALUES (13)'))).toBeInstanceOf(TriggerViolation);
      expect(connection.inTransaction).toBe(false);
      expect(failure(() => connection.execute('ROLLBACK TO inner'))).toBeInstanceOf(SqlError);
      expect(all('SELECT * FROM t')).toEqual([]);
    });

    it('stays in it after an ordinary failure, with what came before', () => {
      connection.execute('BEGIN; INSERT INTO t VALUES (1)');
      expect(failure(() => run('INSERT INTO t VALUES (1)'))).toBeInstanceOf(ConstraintViolation);
      expect(connection.inTransaction).toBe(true);
      connection.execute('COMMIT');
      expect(all('SELECT * FROM t')).toEqual([[1]]);
    });

    it('rolls back to a savepoint', () => {
      connection.execute('BEGIN; INSERT INTO t VALUES (1); SAVEPOINT a; INSERT INTO t VALUES (2); CREATE TABLE u (x)');
      connection.execute('ROLLBACK TO a; RELEASE a');
      expect(connection.inTransaction).toBe(true);
      connection.execute('COMMIT');
      expect(all('SELECT * FROM t')).toEqual([[1]]);
      expect(all("SELECT count(*) FROM sqlite_schema WHERE name = 'u'")).toEqual([[0]]);
    });
  });

  describe('capabilities', () => {
    const succeeds = (action: () => unknown): boolean => {
      try {
        action();
        return true;
      } catch {
        return false;
      }
    };

    it('tells the version', () => {
      expect(all('SELECT sqlite_version()')).toEqual([[connection.capabilities.sqliteVersion]]);
    });

    it('tells what is compiled in', () => {
      const { fts5, rtree } = connection.capabilities;
      expect(succeeds(() => connection.execute('CREATE VIRTUAL TABLE f USING fts5 (x)'))).toBe(fts5);
      expect(succeeds(() => connection.execute('CREATE VIRTUAL TABLE r USING rtree (id, a, b)'))).toBe(rtree);
    });

    it('tells whether a name in double quotes that nothing has is an error', () => {
      const { strictNames } = connection.capabilities;
      expect(succeeds(() => all('SELECT "nothing"'))).toBe(!strictNames);
      expect(succeeds(() => all('SELECT 1 FROM sqlite_schema WHERE "nothing" = 1'))).toBe(!strictNames);
    });

    it('writes user_version, transactionally', () => {
      expect(connection.capabilities.userVersion).toBe(true);
      connection.execute('PRAGMA user_version = 3; BEGIN; PRAGMA user_version = 4; ROLLBACK');
      expect(all('PRAGMA user_version')).toEqual([[3]]);
    });

    it('sets and reads back the pragmas that are set on every open', () => {
      for (const [name, value] of [
        ['foreign_keys', 1],
        ['recursive_triggers', 1],
        ['trusted_schema', 0],
        ['busy_timeout', 5000],
      ]) {
        all(`PRAGMA ${name} = ${value}`);
        expect(all(`PRAGMA ${name}`)).toEqual([[value]]);
      }
    });
  });

  describe('files', () => {
    const written = (script: string): Uint8Array => {
      const source = connectSqlJs(sqlJs);
      source.execute(script);
      const image = source.export();
      source.close();
      return image;
    };
    const open = (image: Uint8Array): void => {
      connection.close();
      connection = connect(image);
    };

    it('opens what another driver wrote', () => {
      open(written("CREATE TABLE t (x, y); INSERT INTO t VALUES (1, 'é'), (2, x'00ff')"));
      expect(all('SELECT x, hex(y) FROM t')).toEqual([
        [1, 'C3A9'],
        [2, '00FF'],
      ]);
    });

    it.skipIf(takesDatabasesOnly)('opens bytes that are no database, and says so at the first statement', () => {
      open(new Uint8Array(5000).fill(77));
      expect(connection.inTransaction).toBe(false);
      for (const attempt of [() => all('SELECT * FROM sqlite_schema'), () => run('CREATE TABLE t (x)')]) {
        expect(failure(attempt)).toBeInstanceOf(NotADatabaseError);
      }
    });

    it('reports a damaged page', () => {
      const image = written('CREATE TABLE t (x); INSERT INTO t VALUES (randomblob(9000))');
      image.fill(0xff, 4096);
      open(image);
      expect(failure(() => all('SELECT * FROM t'))).toBeInstanceOf(CorruptError);
    });

    it.skipIf(isUtf8Only)('reads text of a UTF-16 file', () => {
      open(written("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (x)"));
      const values = ['', 'plain', 'é😀', '\uFEFFmark', ...(cutsText ? [] : ['a\0b'])];
      for (const value of values) run('INSERT INTO t VALUES (?)', [value]);
      expect(all('SELECT x FROM t').flat()).toEqual(values);
    });
  });

  describe('closing', () => {
    it('refuses every call afterwards, and closing twice is harmless', () => {
      const statement = connection.prepare('SELECT 1', false);
      connection.close();
      connection.close();
      expect(connection.inTransaction).toBe(false);
      for (const attempt of [
        () => connection.prepare('SELECT 1', false),
        () => connection.execute('SELECT 1'),
        () => statement.all([]),
        () => statement.run([]),
      ]) {
        expect(failure(attempt).sqliteCode).toBe('SQLITE_MISUSE');
      }
    });

    it('finalizes a statement twice without harm, also after closing', () => {
      const statement = connection.prepare('SELECT 1', false);
      statement.finalize();
      statement.finalize();
      connection.prepare('SELECT 1', false);
      connection.close();
      statement.finalize();
    });
  });
});
