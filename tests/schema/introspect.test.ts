import { describe, expect, it } from 'vitest';
import { introspectTable, tableSchemaOf, type ActualTable } from '../../src/schema/introspect.js';
import { engines, runProgram } from '../run-program.js';

describe.each(Object.entries(engines))('introspectTable on %s', (_, open) => {
  const read = (name: string, schemaName: string | undefined, ...ddl: readonly string[]): ActualTable | undefined => {
    const database = open();
    for (const sql of ddl) database.all(sql);
    return runProgram(database, introspectTable(name, schemaName));
  };

  it('reads a table with three statements', () => {
    const database = open();
    database.all(
      `CREATE TABLE Users (Id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL COLLATE NOCASE UNIQUE, age INT DEFAULT 18,
        half REAL AS (age / 2.0), twice INT AS (age * 2) STORED, CONSTRAINT adult CHECK (age >= 18), UNIQUE (age DESC, email))`,
    );
    database.all('CREATE INDEX by_age ON Users (age DESC, lower(email)) WHERE age > 20');
    database.log.length = 0;
    const table = runProgram(database, introspectTable('users'))!;

    expect(database.log).toEqual([
      'SELECT t.name, t.type, t.wr, t.strict, (SELECT s.sql FROM "main".sqlite_schema s WHERE s.name = t.name AND ' +
        `s.type IN ('table', 'view')) FROM pragma_table_list(?) t WHERE t.schema = ?`,
      'SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?, ?)',
      'SELECT i.name, i."unique", i.origin, (SELECT s.sql FROM "main".sqlite_schema s WHERE s.name = i.name AND ' +
        `s.type = 'index'), t.name, t."desc", t.coll FROM pragma_index_list(?, ?) i, pragma_index_xinfo(i.name, ?) t ` +
        'WHERE t.key ORDER BY i.seq, t.seqno',
    ]);
    expect(table).toMatchObject({
      name: 'Users',
      kind: 'table',
      strict: false,
      withoutRowid: false,
      autoincrement: false,
    });
    expect(table.columns).toMatchObject([
      { name: 'Id', type: 'INTEGER', notNull: true, primaryKeyPosition: 1, kind: undefined },
      { name: 'email', type: 'VARCHAR(80)', notNull: true, collation: 'nocase', default: undefined },
      { name: 'age', type: 'INT', notNull: false, default: '18' },
      { name: 'half', type: 'REAL', kind: 'virtual', generated: 'age / 2.0' },
      { name: 'twice', type: 'INT', kind: 'stored', generated: 'age * 2' },
    ]);
    expect(table.checks).toEqual([{ name: 'adult', text: 'age >= 18' }]);
    expect(table.rowid?.name).toBe('Id');
    const [byAge, pair, email] = table.indexes;
    expect(byAge).toMatchObject({ name: 'by_age', unique: false, origin: 'c', where: 'age > 20' });
    expect(byAge!.terms).toEqual([
      { by: 'age', descending: true },
      { by: 'lower ( email )', descending: false },
    ]);
    expect(pair).toMatchObject({ unique: true, origin: 'u', sql: undefined, where: undefined });
    expect(pair!.terms).toEqual([
      { by: 'age', descending: true },
      { by: 'email collate nocase', descending: false },
    ]);
    expect(email).toMatchObject({ origin: 'u', terms: [{ by: 'email collate nocase', descending: false }] });
  });

  it('tells the rowid from keys that only look like it', () => {
    const rowid = (ddl: string) => read('t', undefined, ddl)!.rowid?.name;
    expect(rowid('CREATE TABLE t (a INTEGER, PRIMARY KEY (a))')).toBe('a');
    expect(rowid('CREATE TABLE t (a integer PRIMARY KEY UNIQUE) STRICT')).toBe('a');
    expect(rowid('CREATE TABLE t (a INT PRIMARY KEY)')).toBeUndefined();
    expect(rowid('CREATE TABLE t (a INTEGER PRIMARY KEY DESC)')).toBeUndefined();
    expect(rowid('CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID')).toBeUndefined();
    expect(rowid('CREATE TABLE t (a INTEGER, b, PRIMARY KEY (a, b))')).toBeUndefined();
  });

  it('knows which keys cannot be NULL', () => {
    const notNull = (ddl: string) => read('t', undefined, ddl)!.columns[0]!.notNull;
    expect(notNull('CREATE TABLE t (a TEXT PRIMARY KEY)')).toBe(false);
    expect(notNull('CREATE TABLE t (a TEXT PRIMARY KEY) STRICT')).toBe(true);
    expect(notNull('CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID')).toBe(true);
  });

  it('orders a composite key as the key does', () => {
    const table = read('t', undefined, 'CREATE TABLE t (a, b, c, PRIMARY KEY (c, a)) WITHOUT ROWID')!;
    expect(table.primaryKey.map(({ name }) => name)).toEqual(['c', 'a']);
    expect(tableSchemaOf(table).primaryKey.map(({ name }) => name)).toEqual(['c', 'a']);
  });

  it('reads the file that was asked for, whatever a temporary table is called', () => {
    const ddl = [
      'CREATE TABLE t (a)',
      'CREATE TEMP TABLE t (b)',
      `ATTACH ':memory:' AS "the logs"`,
      'CREATE TABLE "the logs".t (c UNIQUE)',
    ];
    const columns = (schemaName?: string) => read('t', schemaName, ...ddl)!.columns.map(({ name }) => name);
    expect(columns()).toEqual(['a']);
    expect(columns('temp')).toEqual(['b']);
    expect(columns('the logs')).toEqual(['c']);
    expect(read('t', 'the logs', ...ddl)!.indexes).toHaveLength(1);
    expect(read('t', undefined, ...ddl.slice(1))).toBeUndefined();
  });

  it('tells views and virtual tables from tables', () => {
    expect(read('nothing', undefined)).toBeUndefined();
    const view = read('v', undefined, 'CREATE VIEW v (one, two) AS SELECT 1, 2')!;
    expect(view).toMatchObject({ kind: 'view', columns: [{ name: 'one' }, { name: 'two' }], primaryKey: [] });
    expect(read('f', undefined, 'CREATE VIRTUAL TABLE f USING fts4 (a)')).toMatchObject({ kind: 'virtual' });
  });

  it('gives a table schema for use without a model', () => {
    const schema = tableSchemaOf(
      read(
        'Log Book',
        undefined,
        `CREATE TABLE "Log Book" ("Entry No" INTEGER PRIMARY KEY, at TEXT NOT NULL DEFAULT (datetime()), n AS (1))`,
      )!,
    );
    expect(schema).toMatchObject({
      name: 'Log Book',
      modelName: 'Log Book',
      bigints: true,
      options: { model: undefined },
    });
    expect(schema.rowid).toBe(schema.column('Entry No'));
    expect(schema.columns).toMatchObject([
      { property: 'Entry No', nullable: false, primaryKey: true, readOnly: 'never' },
      { property: 'at', nullable: false, default: { kind: 'sql' }, type: { name: 'any' } },
      { property: 'n', nullable: true, readOnly: 'always' },
    ]);
    expect(tableSchemaOf(read('t', undefined, 'CREATE TABLE t (a)')!).primaryKey).toEqual([]);
  });
});
