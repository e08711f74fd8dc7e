import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../src/sql/index.js';
import { parseCreateIndex, parseCreateTable } from '../../src/schema/parse-create-table.js';
import { nameText, spell, tokenize } from '../../src/schema/tokenize.js';
import { engines } from '../run-program.js';

const spelled = (sql: string) => spell(tokenize(sql));

describe('tokenize', () => {
  it('sees through case, blanks, comments and quotes that a name does not need', () => {
    const plain = spelled("CHECK (age >= 0 AND name <> 'it''s')");
    expect(plain).toBe("check ( age >= 0 and name <> 'it''s' )");
    expect(spelled("check(\"Age\">=0 -- of majority\n\tAND/* , ( */[name]<>'it''s')")).toBe(plain);
    expect(spelled("CHECK(`age`>=0 and\"NAME\"<>'it''s')")).toBe(plain);
  });

  it('keeps apart what only looks alike', () => {
    expect(spelled("'Age'")).not.toBe(spelled("'age'"));
    expect(spelled('"null"')).not.toBe(spelled('null'));
    expect(spelled('"1"')).not.toBe(spelled('1'));
    expect(spelled('"a b"')).not.toBe(spelled('a b'));
    expect(spelled('a - -1')).not.toBe(spelled('a --1'));
  });

  it('reads numbers, blobs and operators whole', () => {
    expect(tokenize("1.5e-3 .5 1. 0xFF X'00ff' a->>'$' b||c <<2!=3").map(({ text }) => text)).toEqual([
      '1.5e-3',
      '.5',
      '1.',
      '0xff',
      "x'00ff'",
      'a',
      '->>',
      "'$'",
      'b',
      '||',
      'c',
      '<<',
      '2',
      '!=',
      '3',
    ]);
  });

  it('reads back every name that we quote', () => {
    const anyName = fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !name.includes('\0'));
    fc.assert(
      fc.property(anyName, (name) => {
        const tokens = tokenize(`(${quote(name)},`);
        expect(tokens.map((token) => token.name)).toEqual(['(', name, ',']);
        expect(tokens[1]!.text).toBe(nameText(name));
      }),
    );
  });
});

/** Parses what SQLite keeps, not what was written. */
function stored(sql: string, name: string) {
  const texts = Object.values(engines).map((open) => {
    const database = open();
    for (const statement of sql.split(';;')) database.all(statement);
    return database.all('SELECT sql FROM sqlite_schema WHERE name = ?', [name])[0]![0] as string;
  });
  expect(new Set(texts).size).toBe(1);
  return parseCreateTable(texts[0]!);
}

describe('parseCreateTable', () => {
  it('reads a schema written by hand', () => {
    const table = stored(
      `CREATE TABLE [Track] -- the tracks
      (
        [TrackId] INTEGER  NOT NULL,
        [Name] NVARCHAR(200)  NOT NULL COLLATE NOCASE,
        'Media, (type' INTEGER DEFAULT -1 CONSTRAINT "known" CHECK ("Media, (type" IN (1, (2), 3)),
        untyped,
        Price NUMERIC(10,2) DEFAULT (round(0.99, 1)) NOT NULL ON CONFLICT FAIL CHECK((Price > 0)) CHECK (Price < 1e6),
        Album INTEGER REFERENCES Album(Id) ON DELETE SET DEFAULT ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED DEFAULT 7,
        Cents INT GENERATED ALWAYS AS (CAST(Price * 100 AS INT)) STORED,
        Label AS (Name || ', ' || [Media, (type]),
        CONSTRAINT [PK_Track] PRIMARY KEY  ([TrackId]),
        FOREIGN KEY (untyped) REFERENCES Genre ON DELETE NO ACTION,
        CONSTRAINT "dear one" CHECK (Price > 0 OR Name = 'free, ('), CHECK (untyped IS NOT NULL)
        UNIQUE (Name, Price) ON CONFLICT REPLACE
      )`,
      'Track',
    );
    expect([...table.columns.keys()]).toEqual([
      'trackid',
      'name',
      '"media, (type"',
      'untyped',
      'price',
      'album',
      'cents',
      'label',
    ]);
    const column = (name: string) => table.columns.get(nameText(name));
    const plain = { checks: [], collation: 'binary', default: undefined, generated: undefined };
    expect(column('TrackId')).toEqual({ ...plain, name: 'TrackId' });
    expect(column('Name')).toEqual({ ...plain, name: 'Name', collation: 'nocase' });
    expect(column('Media, (type')).toMatchObject({ default: '-1', checks: ['"media, (type" in ( 1 , ( 2 ) , 3 )'] });
    expect(column('untyped')).toEqual({ ...plain, name: 'untyped' });
    expect(column('Price')).toMatchObject({ default: 'round ( 0.99 , 1 )', checks: ['price > 0', 'price < 1e6'] });
    expect(column('Album')).toMatchObject({ default: '7', checks: [] });
    expect(column('Cents')).toMatchObject({ generated: 'cast ( price * 100 as int )', default: undefined });
    expect(column('Label')).toMatchObject({ generated: `name || ', ' || "media, (type"` });
    expect(table.checks).toEqual([
      { name: 'dear one', text: `price > 0 or name = 'free, ('` },
      { name: undefined, text: 'untyped is not null' },
    ]);
    expect(table.autoincrement).toBe(false);
    expect(table.conflicts).toEqual(['fail', 'replace']);
  });

  it('reads defaults as SQLite takes them', () => {
    const { columns } = stored(
      `CREATE TABLE t (a DEFAULT 'x', b DEFAULT "it's", c DEFAULT draft, d DEFAULT NULL, e DEFAULT TRUE, f DEFAULT +5,
        g DEFAULT ((1 + 2)), h DEFAULT CURRENT_TIMESTAMP, i DEFAULT x'0A', j DEFAULT 1.50, k "default" DEFAULT (false), l "check")`,
      't',
    );
    expect([...columns.values()].map((column) => column.default)).toEqual([
      "'x'",
      "'it''s'",
      "'draft'",
      undefined,
      '1',
      '5',
      '1 + 2',
      'current_timestamp',
      "x'0a'",
      '1.50',
      '0',
      undefined,
    ]);
  });

  it('finds AUTOINCREMENT behind the column and behind all of them, and nowhere else', () => {
    expect(stored('CREATE TABLE t (id INTEGER PRIMARY KEY /* */ AutoIncrement, b)', 't').autoincrement).toBe(true);
    expect(stored('CREATE TABLE t (id INTEGER, b, PRIMARY KEY (id AUTOINCREMENT))', 't').autoincrement).toBe(true);
    expect(
      stored(`CREATE TABLE t (id INTEGER PRIMARY KEY, "autoincrement" DEFAULT 'autoincrement')`, 't').autoincrement,
    ).toBe(false);
  });

  it('reads CREATE TABLE AS, and columns added and renamed later', () => {
    expect([
      ...stored('CREATE TABLE s (a INT, "b c" TEXT);;CREATE TABLE t AS SELECT *, 1 FROM s', 't').columns.keys(),
    ]).toEqual(['a', '"b c"', '"1"']);
    const grown = stored(
      `CREATE TABLE t (a CHECK (a > 0), UNIQUE (a), CHECK (a < 9));;
      ALTER TABLE t ADD COLUMN "b" TEXT NOT NULL DEFAULT 'x' COLLATE "rtrim" CHECK (b <> a);;ALTER TABLE t RENAME a TO "a(1)"`,
      't',
    );
    expect([...grown.columns.values()]).toMatchObject([
      { name: 'a(1)', checks: ['"a(1)" > 0'] },
      { name: 'b', default: "'x'", collation: 'rtrim', checks: ['b <> "a(1)"'] },
    ]);
    expect(grown.checks).toEqual([{ name: undefined, text: '"a(1)" < 9' }]);
  });
});

describe('parseCreateIndex', () => {
  const { columns } = parseCreateTable('CREATE TABLE t (name TEXT COLLATE NOCASE, "a,b" TEXT, json TEXT)');

  it('reads columns with their collation, expressions and the condition', () => {
    const sql = `CREATE UNIQUE INDEX "i (1)" ON "t" (Name, [a,b] COLLATE rtrim DESC, name COLLATE binary ASC,
      json ->> '$.a' DESC, lower("name") COLLATE nocase) WHERE ("name" IS NOT NULL) -- all`;
    expect(parseCreateIndex(sql, columns)).toEqual({
      terms: [
        { by: 'name collate nocase', descending: false },
        { by: '"a,b" collate rtrim', descending: true },
        { by: 'name', descending: false },
        { by: `json ->> '$.a'`, descending: true },
        { by: 'lower ( name ) collate nocase', descending: false },
      ],
      where: 'name is not null',
    });
  });
});
