import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columns,
  defineModel,
  desc,
  gt,
  id,
  integer,
  like,
  oneOf,
  QueryError,
  sql,
  text,
  type Database,
  type Of,
  type Query,
} from 'litemodel';
import { drivers } from '../open-database.js';

interface Row {
  id: number;
  name: string;
  age: number;
}

/** A model whose table and columns are called so, whatever its fields are called. */
const modelOf = (tableName: string, [key, name, age]: readonly [string, string, string]) =>
  defineModel(
    tableName,
    { id: id({ name: key }), name: text({ name, index: true }), age: integer({ name: age, default: 0 }) },
    { modelName: 'Hostile' },
  );

const names = [
  'a b',
  'a"b',
  '"',
  '""',
  "it's",
  "'",
  ']',
  '[',
  '[x]',
  '`',
  '\\',
  ';',
  '--',
  '/*',
  '*/',
  '?',
  '?1',
  ':a',
  '@a',
  '$a',
  '%',
  '.',
  'a.b',
  ',',
  '(',
  ')',
  '\n',
  '\t',
  ' ',
  'select',
  'SELECT',
  'from',
  'where',
  'order',
  'group',
  'table',
  'index',
  'default',
  'check',
  'primary',
  'unique',
  'not',
  'null',
  'values',
  'returning',
  'rowid',
  'oid',
  'main',
  'temp',
  'x AS y',
  '日本',
  'É',
  '😀',
  '\u200b',
  '\u202e',
  'constructor',
  '__proto__',
  'toString',
  '1',
  '1a',
  '-1',
  'nan',
];

/** Everything that writes names into statements. */
function exercise(db: Database, Hostile: ReturnType<typeof modelOf>, key: string): void {
  const row = Hostile.create({ name: 'a', age: 1 });
  Hostile.create({ name: 'b' });
  row.age = 5;
  row.save();
  expect(row.reload().age).toBe(5);
  const query = Hostile.filter({ name: like('a%'), age: gt(1) }).orderBy(desc('age', { collate: 'BINARY' }));
  expect(query.all()).toMatchObject([{ id: 1, name: 'a', age: 5 }]);
  expect(query.select('name', 'age').orderBy('name').all()).toEqual([{ name: 'a', age: 5 }]);
  expect(query.distinct().count()).toBe(1);
  expect(query.exists()).toBe(true);
  expect(Hostile.filter({ id: oneOf(query.select('id')) }).pluck('name')).toEqual(['a']);
  expect(Hostile.findById(2)?.name).toBe('b');
  expect([...Hostile.query().orderBy('age').iterate({ batch: 1 })]).toHaveLength(2);
  expect(db.all(sql.raw(query.toRunnableSQL()))).toHaveLength(1);
  const column = columns(Hostile as unknown as Of<Row>);
  expect(db.first(sql`SELECT ${column.name} AS x FROM ${Hostile} WHERE ${column.age} = 5`)).toEqual({ x: 'a' });
  expect(Hostile.fromSql(sql`SELECT * FROM ${Hostile}`)).toHaveLength(2);
  expect(Hostile.filter({ name: 'a' }).update({ age: sql`${column.age} + 1` })).toBe(1);
  expect(
    Hostile.filter({ age: gt(5) })
      .limit(1)
      .returning('age')
      .delete(),
  ).toEqual([{ age: 6 }]);
  const plain = db.table<Record<string, number>>(tableNameOf(Hostile)) as unknown as Query<Record<string, number>>;
  expect(plain.pluck(key)).toEqual([2]);
  expect(Hostile.deleteAll()).toBe(1);
}

const tableNameOf = (model: ReturnType<typeof modelOf>): string =>
  /FROM "((?:[^"]|"")*)"/.exec(model.query().toSQL().sql)![1]!.replaceAll('""', '"');

describe.each(drivers)('$name', ({ open }) => {
  it.each(names)('works throughout with a table and columns called %j', async (name) => {
    const Hostile = modelOf(name, [name, `${name}2`, `2${name}`]);
    const db = await open({ models: [Hostile] });
    exercise(db, Hostile, name);
    await expect(open({ alias: 'again', models: [Hostile] })).resolves.toBeDefined();
  });

  it('works throughout with any names', { timeout: 60_000 }, async () => {
    const anyName = fc
      .oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
        fc.array(fc.constantFrom(...names, '"'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
      )
      .filter((name) => name.isWellFormed() && !name.includes('\0') && !/^sqlite_/i.test(name));
    let alias = 0;
    await fc.assert(
      fc.asyncProperty(
        anyName,
        fc.uniqueArray(anyName, { minLength: 3, maxLength: 3, selector: (name) => name.toLowerCase() }),
        async (tableName, given) => {
          const Hostile = modelOf(tableName, given as unknown as [string, string, string]);
          const db = await open({ alias: `n${alias++}`, models: [Hostile] });
          exercise(db, Hostile, given[0]!);
          db.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses names that SQLite would cut or change', async () => {
    const db = await open();
    for (const name of ['', '\0', 'a\0b']) {
      expect(() => modelOf(name, ['a', 'b', 'c']).using(db).count()).toThrow(QueryError);
      expect(() => modelOf('t', [name, 'b', 'c']).using(db).count()).toThrow(Error);
    }
    expect(() => sql.id('\ud800')).toThrow(QueryError);
  });

  describe('SEC-06: names of files, databases and pragmas', () => {
    it('are no SQL', async () => {
      const db = await open();
      if (!db.capabilities.attach) return;
      expect(() => db.attach(':memory:', 'x" AS y; --')).not.toThrow();
      expect(db.all(sql`SELECT name FROM pragma_database_list`).map(({ name }) => name)).toContain('x" AS y; --');
      expect(() => db.attach("/nowhere/' AS y; --", 'z')).toThrow(/unable to open/i);
      for (const name of ['main', 'TEMP', '', '\0']) expect(() => db.attach(':memory:', name)).toThrow(QueryError);
    });

    it('are checked where they are options', async () => {
      await expect(open({ journalMode: 'wal; DROP TABLE x' as never, alias: 'p1' })).rejects.toThrow();
      await expect(open({ busyTimeout: '1; DROP TABLE x' as never, alias: 'p2' })).rejects.toThrow();
      await expect(open({ synchronous: 'off; --' as never, alias: 'p3' })).rejects.toThrow();
    });
  });
});
