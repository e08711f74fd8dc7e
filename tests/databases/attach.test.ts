import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  columns,
  id,
  integer,
  Model,
  NoDatabaseError,
  NotADatabaseError,
  QueryError,
  SchemaDriftError,
  sql,
  SqlError,
  table,
  text,
  TransactionError,
  UnsupportedError,
  type Database,
  type Generated,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { open as openSqlJs } from 'litemodel/sqljs';
import { temporaryFolder } from '../drivers/temporary-folder.js';
import { closedLater, statementsOf } from '../open-database.js';
import { fileWith, newPath, readElsewhere, thrownBy } from './file.js';

@table('orders')
class Order extends Model {
  @id() id!: Generated<number>;
  @text() item!: string;
}

@table('orders', { indexes: [{ on: ['year'] }] })
class OldOrder extends Model {
  @id() id!: Generated<number>;
  @text() item!: string;
  @integer() year!: number;
}

@table('customers')
class Customer extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
}

const attached = (db: Database) =>
  db
    .all<{ name: string }>(sql`PRAGMA database_list`)
    .map(({ name }) => name)
    .filter((name) => name !== 'temp');

let db: Database;
let mainPath: string;
beforeEach(() => {
  mainPath = newPath();
  db = closedLater(openFile(mainPath, { models: [Order] }));
});

describe('an attached file', () => {
  it('has its models, under their own name, whatever else the names of its tables are', () => {
    const path = newPath('archive.db');
    const log = statementsOf(db, () => db.attach(path, 'archive', { models: [OldOrder, Customer] }));
    expect(log.slice(0, 5)).toEqual([
      'ATTACH ? AS "archive"',
      'PRAGMA "archive".journal_mode = wal',
      'PRAGMA "archive".synchronous = normal',
      'PRAGMA "archive".journal_size_limit = 67108864',
      'BEGIN',
    ]);
    expect(log).toContain('CREATE INDEX "archive"."orders_year_index" ON "orders" ("year")');
    Order.create({ item: 'new' });
    const old = OldOrder.create({ item: 'old', year: 1999 });
    expect(statementsOf(db, () => OldOrder.filter({ year: 1999 }).all())).toEqual([
      'SELECT "id", "item", "year" FROM "archive"."orders" WHERE "year" = ?',
    ]);
    old.year = 2000;
    expect(statementsOf(db, () => old.save())).toEqual(['UPDATE "archive"."orders" SET "year" = ? WHERE "id" = ?']);
    expect(OldOrder.findById(1)?.year).toBe(2000);
    expect([Order.count(), OldOrder.count(), Customer.count()]).toEqual([1, 1, 0]);
    expect(readElsewhere(mainPath, 'SELECT item FROM orders')).toEqual(['new']);
    expect(readElsewhere(path, 'SELECT item FROM orders')).toEqual(['old']);
    expect(old.delete()).toBe(true);
    expect(readElsewhere(path, 'SELECT item FROM orders')).toEqual([]);
  });

  it('may have any path, for that is bound, and any name, for that is quoted', () => {
    const folder = join(temporaryFolder(), `it's "quoted"; DROP TABLE orders; --`);
    mkdirSync(folder);
    const path = join(folder, `o'clock "x".db`);
    const name = `odd "name'; --`;
    const log = statementsOf(db, () => db.attach(path, name, { models: [Customer] }));
    expect(log[0]).toBe(`ATTACH ? AS "odd ""name'; --"`);
    Customer.create({ name: 'Ann' });
    expect(readElsewhere(path, 'SELECT name FROM customers')).toEqual(['Ann']);
    expect(attached(db)).toEqual(['main', name]);
    expect(Order.count()).toBe(0);
  });

  it('is joined with the main one in a statement', () => {
    db.attach(newPath('archive.db'), 'archive', { models: [OldOrder] });
    Order.create({ item: 'lamp' });
    OldOrder.create({ item: 'lamp', year: 1999 });
    OldOrder.create({ item: 'desk', year: 1998 });
    const [now, then] = [columns(Order), columns(OldOrder)];
    const query = sql`SELECT ${now.item} AS item, ${then.year} AS year FROM ${now} JOIN ${then} ON ${now.item} = ${then.item}`;
    expect(statementsOf(db, () => db.all(query))).toEqual([
      'SELECT "main"."orders"."item" AS item, "archive"."orders"."year" AS year FROM "main"."orders" ' +
        'JOIN "archive"."orders" ON "main"."orders"."item" = "archive"."orders"."item"',
    ]);
    expect(db.all(query)).toEqual([{ item: 'lamp', year: 1999 }]);
  });

  it('is told from the main one inside a subquery, where SQLite would take the nearest table of that name', () => {
    db.attach(newPath('archive.db'), 'archive', { models: [OldOrder] });
    for (const item of ['lamp', 'sofa']) Order.create({ item });
    OldOrder.create({ item: 'lamp', year: 1999 });
    const exists = `EXISTS (SELECT 1 FROM "archive"."orders" WHERE "orders"."item" = "orders"."item")`;
    expect(db.all(sql`SELECT item FROM orders WHERE ${sql.raw(exists)}`)).toHaveLength(2); // the hazard
    const [now, then] = [columns(Order), columns(OldOrder)];
    const kept = Order.filter(sql`EXISTS (SELECT 1 FROM ${then} WHERE ${then.item} = ${now.item})`);
    expect(kept.pluck('item')).toEqual(['lamp']);
    const other = Order.filter(sql`${now.item} IN ${OldOrder.filter(sql`${then.item} <> ${now.item}`).select('item')}`);
    expect(other.pluck('item')).toEqual([]);
  });

  it('is in the same transaction', () => {
    const path = newPath('archive.db');
    db.attach(path, 'archive', { models: [OldOrder] });
    const move = (fail: boolean) =>
      db.transaction(() => {
        const order = Order.filter({ item: 'lamp' }).one();
        OldOrder.create({ item: order.item, year: 2024 });
        order.delete();
        if (fail) throw new Error('not yet');
      });
    Order.create({ item: 'lamp' });
    expect(() => move(true)).toThrow('not yet');
    expect([Order.count(), OldOrder.count()]).toEqual([1, 0]);
    move(false);
    expect(readElsewhere(mainPath, 'SELECT item FROM orders')).toEqual([]);
    expect(readElsewhere(path, 'SELECT item FROM orders')).toEqual(['lamp']);
  });

  it('has the pragmas that each file has for itself as the main one has them', () => {
    const careful = closedLater(
      openFile(newPath(), { alias: 'careful', synchronous: 'extra', journalSizeLimit: 1000, journalMode: 'truncate' }),
    );
    careful.attach(newPath('archive.db'), 'archive');
    const pragma = (name: string) => Object.values(careful.first(sql`PRAGMA archive.${sql.raw(name)}`)!)[0];
    expect(['synchronous', 'journal_size_limit', 'journal_mode'].map(pragma)).toEqual([3, 1000, 'truncate']);
  });

  it('can be in memory', () => {
    db.attach(':memory:', 'scratch', { models: [Customer] });
    Customer.create({ name: 'Ann' });
    expect(db.first(sql`SELECT name FROM scratch.customers`)).toEqual({ name: 'Ann' });
  });

  it('is read-only where the database is, and then verified', () => {
    const path = fileWith('CREATE TABLE customers (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT');
    const reader = closedLater(openFile(mainPath, { alias: 'reader', readonly: true }));
    reader.attach(path, 'archive', { models: [Customer] });
    expect(Customer.count()).toBe(0);
    expect(() => Customer.create({ name: 'x' })).toThrow('The database is read-only.');
    expect(thrownBy(() => reader.attach(path, 'again', { models: [OldOrder] }))).toBeInstanceOf(SchemaDriftError);
  });
});

describe('an attach that is refused', () => {
  it.each(['main', 'temp', 'MAIN', 'Temp'])('takes a name of SQLite: %s', (name) => {
    const path = newPath();
    expect(thrownBy(() => db.attach(path, name))).toBeInstanceOf(QueryError);
    expect(() => db.attach(path, name)).toThrow(`"${name}" is a name that SQLite has taken.`);
    expect(existsSync(path)).toBe(false);
  });

  it('takes a name that another file has, which stays', () => {
    db.attach(':memory:', 'archive', { models: [Customer] });
    const error = thrownBy(() => db.attach(newPath('second.db'), 'archive', { models: [OldOrder] }));
    expect(error).toBeInstanceOf(SqlError);
    expect((error as Error).message).toContain('database archive is already in use');
    Customer.create({ name: 'still there' });
    expect(db.first(sql`SELECT name FROM archive.customers`)).toEqual({ name: 'still there' });
  });

  it('is inside a transaction', () => {
    const attempt = () => db.attach(newPath('archive.db'), 'archive');
    db.transaction(() => {
      expect(attempt).toThrow(TransactionError);
      expect(attempt).toThrow('A file cannot be attached inside a transaction.');
      Order.create({ item: 'goes on' });
    });
    expect(Order.count()).toBe(1);
    attempt();
  });

  it('has a model that stands in this connection already, listed or only used', () => {
    const path = newPath('archive.db');
    Customer.count();
    for (const model of [Order, Customer]) {
      const error = thrownBy(() => db.attach(path, 'archive', { models: [model] }));
      expect(error).toBeInstanceOf(QueryError);
      expect((error as Error).message).toBe(
        `${model.name} stands in the database "default" already. ` +
          'A model stands in one file of a connection: define another one for the attached file.',
      );
    }
    expect(attached(db)).toEqual(['main']);
    Order.create({ item: 'where it was' });
    expect(readElsewhere(mainPath, 'SELECT item FROM orders')).toEqual(['where it was']);
  });

  it.each<[string, () => string, unknown]>([
    ['drifted', () => fileWith('CREATE TABLE customers (id INTEGER PRIMARY KEY, name BLOB)'), SchemaDriftError],
    [
      'is no database',
      () => {
        const path = newPath('letter.txt');
        writeFileSync(path, 'Dear reader,\n'.repeat(200));
        return path;
      },
      NotADatabaseError,
    ],
  ])('has a file that %s: it is detached, and its models are not here', (_, makeFile, error) => {
    expect(thrownBy(() => db.attach(makeFile(), 'archive', { models: [Customer] }))).toBeInstanceOf(error);
    expect(attached(db)).toEqual(['main']);
    const other = closedLater(openFile(newPath(), { alias: 'other', models: [Customer] }));
    Customer.create({ name: 'elsewhere' });
    expect(other.first(sql`SELECT name FROM customers`)).toEqual({ name: 'elsewhere' });
    db.attach(':memory:', 'archive', { models: [OldOrder] });
    expect(OldOrder.count()).toBe(0);
  });

  it('is one too many for SQLite, which says how many there may be', () => {
    for (let file = 1; file <= 10; file++) db.attach(':memory:', `file${file}`);
    expect(() => db.attach(':memory:', 'file11')).toThrow('too many attached databases - max 10');
  });

  it('is on a driver that has no files', async () => {
    const memory = closedLater(await openSqlJs(':memory:', { alias: 'memory' }));
    const attempt = () => memory.attach(newPath(), 'archive');
    expect(attempt).toThrow(UnsupportedError);
    expect(attempt).toThrow('The sqljs driver cannot attach files. Open it by itself.');
  });
});

describe('detaching', () => {
  it('takes the models with it, and another file may have the name', () => {
    const path = newPath('archive.db');
    db.attach(path, 'archive', { models: [OldOrder] });
    const old = OldOrder.create({ item: 'old', year: 1999 });
    db.detach('ARCHIVE'); // one name to SQLite
    expect(attached(db)).toEqual(['main']);
    expect(() => db.all(sql`SELECT * FROM archive.orders`)).toThrow('no such table: archive.orders');
    old.year = 2000;
    for (const use of [() => old.save(), () => old.reload(), () => old.delete()]) expect(use).toThrow(NoDatabaseError);
    db.attach(newPath('other.db'), 'archive', { models: [OldOrder] });
    OldOrder.create({ item: 'of the other', year: 2001 });
    expect(() => old.save()).toThrow(NoDatabaseError); // its file is another one
    expect(OldOrder.all().map(({ item }) => item)).toEqual(['of the other']);
    expect(readElsewhere(path, 'SELECT year FROM orders')).toEqual([1999]);
  });

  it('of a name that is not attached is an error of SQLite', () => {
    expect(() => db.detach('nothing')).toThrow('no such database: nothing');
  });

  it('leaves a model without a database, once that is closed', () => {
    db.attach(':memory:', 'archive', { models: [Customer] });
    db.detach('archive');
    db.close();
    expect(() => Customer.count()).toThrow(NoDatabaseError);
  });
});
