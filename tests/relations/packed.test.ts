import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  bigint,
  blob,
  boolean,
  datetime,
  gte,
  hasMany,
  id,
  integer,
  DecodeError,
  Model,
  real,
  table,
  text,
  type Database,
  type Generated,
  type OpenOptions,
} from 'litemodel';
import { open as openBetterSqlite3 } from 'litemodel/better-sqlite3';
import { sql } from 'litemodel';
import { connectBetterSqlite3 } from '../../src/drivers/better-sqlite3.js';
import type { Connection } from '../../src/driver/contract.js';
import { ImageDatabase } from '../../src/model/index.js';
import { temporaryFolder } from '../drivers/temporary-folder.js';
import { closedLater, drivers, statementsOf } from '../open-database.js';

@table('owners')
class Owner extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Item, 'ownerId') items!: Item[];
  @hasMany(() => Measure, 'ownerId') measures!: Measure[];
  @hasMany(() => File, 'ownerId') files!: File[];
  @hasMany(() => Count, 'ownerId') counts!: Count[];
}

@table('items')
class Item extends Model {
  @id() id!: Generated<number>;
  @integer({ index: true }) ownerId!: number;
  @text({ nullable: true }) label!: string | null;
  @integer() size!: number;
  @boolean() done!: boolean;
  @datetime({ nullable: true }) madeAt!: Date | null;
}

@table('measures')
class Measure extends Model {
  @id() id!: Generated<number>;
  @integer({ index: true }) ownerId!: number;
  @real() value!: number;
}

@table('files')
class File extends Model {
  @id() id!: Generated<number>;
  @integer({ index: true }) ownerId!: number;
  @blob({ nullable: true }) content!: Uint8Array | null;
}

@table('counts')
class Count extends Model {
  @id() id!: Generated<number>;
  @integer({ index: true }) ownerId!: number;
  @bigint() value!: bigint;
}

const models = [Owner, Item, Measure, File, Count];
const owners = 60;

/** Sixty owners with four short rows each, in an order that mixes them. */
function fill(db: Database): void {
  db.transaction(() => {
    for (let number = 1; number <= owners; number++) Owner.create({ name: `Owner ${number}` });
    for (let number = 0; number < 4 * owners; number++) {
      const ownerId = (number % owners) + 1;
      const madeAt = number % 3 === 0 ? null : new Date(Date.UTC(2026, 0, 1) + number);
      Item.create({ ownerId, label: `i${number}`, size: number - 100, done: number % 2 === 0, madeAt });
      Measure.create({ ownerId, value: number / 7 });
      File.create({ ownerId, content: null });
      Count.create({ ownerId, value: 2n ** 53n + BigInt(number) });
    }
  });
}

const isPacked = (sqlText: string): boolean => sqlText.includes('json_group_array');
const relatedOf = (db: Database, read: () => unknown): string => statementsOf(db, read)[1]!;
const plain = (all: readonly Owner[]) =>
  all.map((owner) => ({ ...owner, items: owner.items.map((item) => ({ ...item })) }));

describe.each(drivers)('rows of related instances in one text on $name', ({ name, open }) => {
  /** Here every engine is to do what only those do by themselves which are faster at it. */
  const filled = async (options?: OpenOptions) => {
    const db = await open({ models, ...options });
    Object.defineProperty(db, 'canPack', { get: () => packs });
    fill(db);
    return db;
  };
  let packs = true;

  /** The same, once its items have been seen to be short. */
  const primed = async () => {
    const db = await filled();
    Owner.with('items').all();
    return db;
  };

  /** The same read by both ways. */
  const bothWays = <Result>(db: Database, read: () => Result): [packed: Result, rows: Result] => {
    const results = [true, false].map((isToBePacked) => {
      packs = isToBePacked;
      let result: Result | undefined;
      expect(isPacked(relatedOf(db, () => (result = read())))).toBe(isToBePacked);
      return result!;
    });
    packs = true;
    return results as [Result, Result];
  };

  it('come so from the second time on, with one statement', async () => {
    const db = await filled();
    const read = () => Owner.with('items').all();
    expect(statementsOf(db, read)[1]).toBe(
      'SELECT "id", "owner_id", "label", "size", "done", "made_at" FROM "items" WHERE "owner_id" IN (SELECT "value" FROM json_each(?))',
    );
    const columns = ['id', 'owner_id', 'label', 'size', 'done', 'made_at'].map((column) => `"items"."${column}"`);
    const isLong = 'octet_length("items"."label") > 256 OR octet_length("items"."made_at") > 256';
    const rows = `json_group_array(json_array(${columns.join(', ')})) FILTER (WHERE (${isLong}) IS NOT TRUE)`;
    expect(statementsOf(db, read)).toEqual([
      'SELECT "id", "name" FROM "owners"',
      `SELECT iif(length(CAST('a' AS BLOB)) = 1 AND length(CAST(${rows} AS BLOB)) <= 67108864, ${rows}, NULL), ` +
        'count(*) FROM "items" WHERE "owner_id" IN (SELECT "value" FROM json_each(?))',
    ]);
  });

  it('are the same instances, in the same order, with the same of them to be saved', async () => {
    const db = await primed();
    const [packed, rows] = bothWays(db, () => Owner.with('items').all());
    expect(plain(packed)).toEqual(plain(rows));
    expect(packed[4]!.items).toHaveLength(4);
    const item = packed[4]!.items[2]!;
    expect(item).toBeInstanceOf(Item);
    expect(statementsOf(db, () => item.save())).toEqual([]);
    item.size = 7;
    expect(statementsOf(db, () => item.save())).toEqual(['UPDATE "items" SET "size" = ? WHERE "id" = ?']);
  });

  it('keep conditions, and what is read along with them', async () => {
    const db = await primed();
    const [packed, rows] = bothWays(db, () => Owner.with({ items: { filter: { done: true } } }).all());
    expect(plain(packed)).toEqual(plain(rows));
    expect(packed.flatMap(({ items }) => items)).toHaveLength(2 * owners);
    expect(isPacked(relatedOf(db, () => Owner.with({ items: { filter: { done: true } } }).all()))).toBe(true);
  });

  it('tell those who look on how many they are', async () => {
    const db = await filled();
    Owner.with('items').all();
    const counts: number[] = [];
    const stop = db.onStatement(({ rows }) => counts.push(rows));
    Owner.with('items').all();
    stop();
    expect(counts).toEqual([owners, 4 * owners]);
  });

  it('hold any text and any whole number exactly', async () => {
    const db = await primed();
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 9 }),
      fc.string({ maxLength: 9 }),
      fc.constant('a\0b"\\\u2028'),
    );
    const value = fc.record({ label: fc.option(anyText), size: fc.maxSafeInteger() });
    const items = Item.all();
    fc.assert(
      fc.property(fc.array(value, { minLength: 20, maxLength: 20 }), (values) => {
        db.transaction(() => {
          for (const [at, { label, size }] of values.entries())
            Item.filter({ id: items[at]!.id }).update({ label, size });
        });
        const [packed, rows] = bothWays(db, () => Owner.with('items').all());
        expect(plain(packed)).toEqual(plain(rows));
        expect(packed.flatMap((owner) => owner.items).find((item) => item.id === items[0]!.id)!.size).toBe(
          values[0]!.size,
        );
      }),
      { numRuns: 40 },
    );
  });

  it('are the same where a text is no Unicode', async () => {
    const db = await primed();
    for (const [number, bytes] of ['61ff62', 'e282', 'eda080', 'f09f98'].entries()) {
      db.run(sql`UPDATE items SET label = CAST(unhex(${bytes}) AS TEXT) WHERE id = ${number + 1}`);
    }
    const [packed, rows] = bothWays(db, () => Owner.with('items').all());
    expect(plain(packed)).toEqual(plain(rows));
  });

  it('refuse a number that is too large for a field as single rows do', async () => {
    const db = await primed();
    db.run(sql`UPDATE items SET size = 9007199254740993 WHERE id = 1`);
    const attempt = () => {
      try {
        return Owner.with('items').all();
      } catch (error) {
        return error;
      }
    };
    const [packed, rows] = bothWays(db, attempt);
    expect(packed).toBeInstanceOf(DecodeError);
    expect((packed as Error).constructor).toBe((rows as Error).constructor);
  });

  it.each([
    ['numbers with a fraction', () => Owner.with('measures').all()],
    ['bytes', () => Owner.with('files').all()],
    ['large numbers', () => Owner.with('counts').all()],
    ['an order', () => Owner.with({ items: { orderBy: 'label' } }).all()],
    ['so many of each', () => Owner.with({ items: { limit: 2 } }).all()],
    ['few owners', () => Owner.with('items').limit(49).all()],
  ])('come one by one for %s', async (_what, read) => {
    const db = await filled();
    Owner.with('items').all();
    read();
    expect(isPacked(relatedOf(db, read))).toBe(false);
  });

  it('come one by one as long as their texts are long', async () => {
    const db = await filled();
    const read = () => Owner.with('items').all();
    read();
    Item.filter({ size: gte(-100) }).update({ label: 'x'.repeat(100) });
    expect(isPacked(relatedOf(db, read))).toBe(true); // which finds it out
    expect(isPacked(relatedOf(db, read))).toBe(false);
    Item.filter({ size: gte(-100) }).update({ label: 'x' });
    expect(isPacked(relatedOf(db, read))).toBe(false);
    expect(isPacked(relatedOf(db, read))).toBe(true);
  });

  it('are packed where the engine is faster at it, and the tables were looked at', async () => {
    const [db, unseen] = [await open({ models }), await open({ models: [], schema: 'off', alias: 'unseen' })];
    const has = (database: Database) => (database as unknown as { canPack: boolean }).canPack;
    expect(has(db)).toBe(db.capabilities.packsRows === true);
    expect(has(unseen)).toBe(false);
    if (name !== 'better-sqlite3') expect(db.capabilities.packsRows).toBeUndefined();
  });
});

describe('rows of related instances in worker threads', () => {
  it('come in one text, where the engine over there is faster at it', async () => {
    const path = join(temporaryFolder(), 'workers.db');
    const file = openBetterSqlite3(path, { models });
    fill(file);
    const expected = plain(Owner.with('items').all());
    file.close();
    const db = await openBetterSqlite3(path, { models, workers: { readers: 1 } });
    onTestFinished(() => db.close());
    const read = () => Owner.using(db).with('items').all();
    await read();
    const statements: (readonly [isPacked: boolean, rows: number])[] = [];
    db.onStatement(({ sql: text, rows }) => statements.push([isPacked(text), rows]));
    expect(plain(await read())).toEqual(expected);
    expect(statements).toEqual([
      [false, owners],
      [db.capabilities.packsRows === true, 4 * owners],
    ]);
  });
});

describe('a text of related rows that would be too long', () => {
  const read = () => Owner.with('items').all();
  const filled = (db: Database): Database => {
    Object.defineProperty(db, 'canPack', { value: true });
    fill(closedLater(db));
    read();
    return db;
  };

  it.each([
    ['one row has a long text', sql`UPDATE items SET label = printf('%.*c', 257, 'x') WHERE id = 8`, 4 * owners],
    [
      'there are too many',
      sql`INSERT INTO items (owner_id, label, size, done)
          WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300000)
          SELECT n % 60 + 1, printf('%.*c', 240, 'x'), n, 0 FROM numbers`,
      4 * owners + 300_000,
    ],
  ])('is not made where %s, in a transaction either', (_what, change, count) => {
    const db = filled(openBetterSqlite3(':memory:', { models }));
    db.run(change);
    db.transaction(() => {
      Owner.create({ name: 'before' });
      let found: Owner[] = [];
      const statements = statementsOf(db, () => (found = read()));
      expect(statements.map(isPacked)).toEqual([false, true, false]);
      expect(found.reduce((sum, { items }) => sum + items.length, 0)).toBe(count);
      if (count === 4 * owners) expect(found[7]!.items[0]!.label).toBe('x'.repeat(257));
    });
    expect(Owner.filter({ name: 'before' }).count()).toBe(1);
    expect(statementsOf(db, read).map(isPacked)).toEqual([false, false]); // and not tried again
  });

  it('is not read from a file of UTF-16, where it would be converted twice', () => {
    const path = join(temporaryFolder(), 'utf16.db');
    const raw = new BetterSqlite3(path);
    raw.exec("PRAGMA encoding = 'UTF-16le'; CREATE TABLE first (a); DROP TABLE first");
    raw.close();
    const db = filled(openBetterSqlite3(path, { models }));
    db.run(sql`UPDATE items SET label = CAST(unhex('ffff') AS TEXT) WHERE id = 20`);
    let found: Owner[] = [];
    expect(statementsOf(db, () => (found = read())).map(isPacked)).toEqual([false, true, false]);
    expect(found[19]!.items[0]!.label).toBe('\uFFFF');
    expect(statementsOf(db, read).map(isPacked)).toEqual([false, false]);
  });

  it('is given up where SQLite gives it up', () => {
    const db = filled(
      new ImageDatabase(refusingPacks(connectBetterSqlite3(':memory:')) as never, undefined, { models }),
    );
    const statements: (readonly [isPacked: boolean, error: string | undefined])[] = [];
    const stop = db.onStatement(({ sql: text, error }) => statements.push([isPacked(text), error?.constructor.name]));
    expect(read().flatMap(({ items }) => items)).toHaveLength(4 * owners);
    stop();
    expect(statements).toEqual([
      [false, undefined],
      [true, 'TooBigError'],
      [false, undefined],
    ]);
    expect(statementsOf(db, read).map(isPacked)).toEqual([false, false]);
  });
});

/** A connection whose SQLite finds every packed text too long, as it does beyond a gigabyte. */
function refusingPacks(connection: Connection): Connection {
  class TooLong extends Error {}
  return {
    get capabilities() {
      return connection.capabilities;
    },
    get inTransaction() {
      return connection.inTransaction;
    },
    prepare(text, bigints) {
      const statement = connection.prepare(text, bigints);
      if (!isPacked(text)) return statement;
      const refuse = () => {
        throw new TooLong();
      };
      return { columns: statement.columns, all: refuse, run: refuse, finalize: () => statement.finalize() };
    },
    execute: (script) => connection.execute(script),
    explain: (error) =>
      error instanceof TooLong
        ? { sqliteCode: 'SQLITE_TOOBIG', message: 'string or blob too big' }
        : connection.explain(error),
    close: () => connection.close(),
  };
}
