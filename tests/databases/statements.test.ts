import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  id,
  Model,
  QueryError,
  sql,
  SqlError,
  table,
  text,
  UniqueViolation,
  type Database,
  type Generated,
  type StatementEvent,
} from 'litemodel';
import { open as openFile, type RawDatabase, type RawStatement } from 'litemodel/better-sqlite3';
import { open as openSqlJs } from 'litemodel/sqljs';
import initSqlJs from 'sql.js';
import { closedLater, drivers } from '../open-database.js';
import { thrownBy } from './file.js';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) title!: string;
}

describe.each(drivers)('onStatement on $name', ({ open }) => {
  const listening = async (options?: { values: boolean }) => {
    const db = await open({ models: [Note] });
    const events: StatementEvent[] = [];
    const stop = db.onStatement((event) => events.push(event), options);
    return { db, events, stop };
  };

  it('tells the SQL, the time and the rows of each statement', async () => {
    const { db, events } = await listening();
    for (const title of ['a', 'b', 'c']) Note.create({ title });
    Note.filter({ title: 'a' }).all();
    Note.count();
    Note.updateAll({ title: sql`title || '!'` });
    Note.filter({ title: 'none' }).delete();
    db.execute('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
    db.all(sql`SELECT x FROM t`);
    expect(db.run(sql`DELETE FROM t`).changes).toBe(2);
    expect(events.map(({ sql, rows }) => [sql, rows])).toEqual([
      ['INSERT INTO "notes" ("title") VALUES (?)', 1],
      ['INSERT INTO "notes" ("title") VALUES (?)', 1],
      ['INSERT INTO "notes" ("title") VALUES (?)', 1],
      ['SELECT "id", "title" FROM "notes" WHERE "title" = ?', 1],
      ['SELECT count(*) FROM "notes"', 1],
      [`UPDATE "notes" SET "title" = title || '!'`, 3],
      ['DELETE FROM "notes" WHERE "title" = ?', 0],
      ['CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)', 0],
      ['SELECT x FROM t', 2],
      ['DELETE FROM t', 2],
    ]);
    for (const { duration, error } of events) {
      expect(duration).toBeGreaterThanOrEqual(0);
      expect(duration).toBeLessThan(1000);
      expect(error).toBeUndefined();
    }
  });

  it('tells a time that contains the statement', async () => {
    const { db, events } = await listening();
    db.all(
      sql`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT count(*) FROM n`,
    );
    db.all(sql`SELECT 1`);
    expect(events[0]!.duration).toBeGreaterThan(events[1]!.duration);
    expect(events[0]!.duration).toBeGreaterThan(5);
  });

  it('tells values only to who asked for them', async () => {
    const { db, events } = await listening();
    const withValues: StatementEvent[] = [];
    db.onStatement((event) => withValues.push(event), { values: true });
    Note.create({ title: 'secret' });
    expect(events[0]!.parameters).toBeUndefined();
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(withValues[0]!.parameters).toEqual(['secret']);
  });

  it('tells what failed, as the caller sees it', async () => {
    const { db, events } = await listening();
    Note.create({ title: 'a' });
    const error = thrownBy(() => Note.create({ title: 'a' }));
    expect(error).toBeInstanceOf(UniqueViolation);
    expect(events.at(-1)).toMatchObject({ sql: 'INSERT INTO "notes" ("title") VALUES (?)', rows: 0, error });
    expect(() => db.all(sql`SELEC 1`)).toThrow(SqlError);
    expect(events.at(-1)!.error).toBeInstanceOf(SqlError);
    expect(() => db.execute('SELECT 1; SELEC 2')).toThrow(SqlError);
    expect(events.at(-1)!.error).toBeInstanceOf(SqlError);
  });

  it('ends when the listener is removed, the same function given twice counting twice', async () => {
    const db = await open({ models: [Note] });
    const listen = vi.fn();
    const stops = [db.onStatement(listen), db.onStatement(listen)];
    Note.count();
    expect(listen).toHaveBeenCalledTimes(2);
    stops[0]!();
    stops[0]!();
    Note.count();
    expect(listen).toHaveBeenCalledTimes(3);
    stops[1]!();
    Note.count();
    expect(listen).toHaveBeenCalledTimes(3);
  });

  it('may remove itself while it hears of something', async () => {
    const db = await open({ models: [Note] });
    const heard: string[] = [];
    const stop = db.onStatement(({ sql }) => {
      heard.push(sql);
      stop();
    });
    db.onStatement(({ sql }) => heard.push(sql));
    Note.count();
    Note.count();
    expect(heard).toHaveLength(3);
  });

  it('does not report what a listener runs, so that it may ask SQLite about what it heard', async () => {
    const { db, events } = await listening();
    const plans: unknown[] = [];
    db.onStatement(({ sql: text }) => plans.push(...db.all(sql`EXPLAIN QUERY PLAN ${sql.raw(text)}`)));
    Note.count();
    expect(events.map(({ sql }) => sql)).toEqual(['SELECT count(*) FROM "notes"']);
    expect(plans).toHaveLength(1);
    Note.count();
    expect(plans).toHaveLength(2);
  });

  it('keeps the outcome of a statement whose listener throws, and lets that error go uncaught', async () => {
    const { db, events } = await listening();
    const uncaught: unknown[] = [];
    const others = process.rawListeners('uncaughtException');
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other as () => void);
    });
    const stop = db.onStatement(() => {
      throw new Error('of the listener');
    });
    db.onStatement((event) => events.push(event));
    const note = db.transaction(() => Note.create({ title: 'a' }));
    stop();
    expect(db.inTransaction).toBe(false);
    expect(Note.all().map(({ title }) => title)).toEqual(['a']);
    note.title = 'b';
    note.save();
    expect(events.filter(({ sql }) => sql === 'COMMIT')).toHaveLength(2); // both other listeners heard of it
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(uncaught.map((error) => (error as Error).message)).toEqual(Array(3).fill('of the listener'));
  });
});

describe('prepared statements', () => {
  const different = (count: number) =>
    Array.from({ length: count }, (_, index) => sql`SELECT ${sql.raw(String(index))} AS n`);

  it('are finalized on sql.js when there are more than the cache may hold, and all at closing', async () => {
    const module = await initSqlJs();
    const alive = new Set<object>();
    interface Raw {
      prepare(sql: string): { free(): boolean };
    }
    class Counted extends (module.Database as unknown as new (image?: Uint8Array) => Raw) {
      override prepare(text: string) {
        const statement = super.prepare(text);
        alive.add(statement);
        const free = statement.free.bind(statement);
        statement.free = () => {
          alive.delete(statement);
          return free();
        };
        return statement;
      }
    }
    const sqlJs = { ...module, Database: Counted } as never;
    const db = closedLater(await openSqlJs(':memory:', { sqlJs, statementCacheSize: 10, schema: 'off' }));
    const fixed = alive.size - 10; // what the driver keeps for itself, at most
    for (const query of different(300)) db.all(query);
    expect(alive.size).toBeLessThanOrEqual(10 + fixed + 10);
    expect(alive.size).toBeGreaterThan(4);
    db.close();
    expect(alive.size).toBeLessThanOrEqual(3); // sql.js frees those that are left with the database
  });

  it('are let go by us on better-sqlite3, which finalizes what the garbage collector finds', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const prepared: WeakRef<RawStatement>[] = [];
    const onOpen = (raw: RawDatabase) => {
      const prepare = raw.prepare.bind(raw);
      raw.prepare = (text) => {
        const statement = prepare(text);
        prepared.push(new WeakRef(statement));
        return statement;
      };
    };
    const db = closedLater(openFile(':memory:', { onOpen, statementCacheSize: 10 }));
    for (const query of different(300)) db.all(query);
    expect(prepared.length).toBeGreaterThanOrEqual(300);
    await new Promise((resolve) => setTimeout(resolve, 0)); // a WeakRef holds on to the end of the turn
    collectGarbage();
    const alive = prepared.filter((reference) => reference.deref() !== undefined);
    expect(alive.length).toBeLessThanOrEqual(20);
  });

  /** What better-sqlite3 is asked to prepare, after the opening. */
  const preparing = (statementCacheSize: number): [log: string[], db: Database] => {
    const log: string[] = [];
    const onOpen = (raw: RawDatabase) => {
      const prepare = raw.prepare.bind(raw);
      raw.prepare = (text) => {
        log.push(text);
        return prepare(text);
      };
    };
    const db = closedLater(openFile(':memory:', { onOpen, statementCacheSize, models: [Note] }));
    log.length = 0;
    return [log, db];
  };

  it('are prepared once, whatever the values are', () => {
    const [log] = preparing(500);
    for (let count = 0; count < 20; count++) {
      Note.create({ title: `note ${count}` }).delete();
      Note.filter({ title: `note ${count}` })
        .limit(5)
        .all();
      Note.findById(count);
      Note.count();
    }
    expect(log).toEqual([
      'INSERT INTO "notes" ("title") VALUES (?)',
      'DELETE FROM "notes" WHERE "id" = ?',
      'SELECT "id", "title" FROM "notes" WHERE "title" = ? LIMIT 5',
      'SELECT "id", "title" FROM "notes" WHERE "id" = ?',
      'SELECT count(*) FROM "notes"',
    ]);
  });

  it('that are used more often than others stay, however many others come', () => {
    const [log, db] = preparing(10);
    for (const query of different(100)) {
      db.all(query);
      db.all(sql`SELECT 1 AS one`);
    }
    expect(log.filter((text) => text === 'SELECT 1 AS one')).toHaveLength(1);
    expect(log).toHaveLength(101);
  });

  it('are kept even where there is room for hardly any', () => {
    const [log, db] = preparing(0);
    for (let count = 0; count < 50; count++) db.all(sql`SELECT 1 AS one`);
    expect(log).toEqual(['SELECT 1 AS one']);
  });

  it.each(drivers)('survive a change of the schema on $name', async ({ open }) => {
    const db = await open();
    db.execute('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const query = sql`SELECT * FROM t`;
    expect(db.all(query)).toEqual([{ x: 1 }]);
    db.execute('ALTER TABLE t ADD COLUMN y DEFAULT 2');
    expect(db.all(query)).toEqual([{ x: 1, y: 2 }]);
    db.execute('DROP TABLE t');
    expect(() => db.all(query)).toThrow('no such table: t');
    db.execute('CREATE TABLE t (z)');
    expect(db.all(query)).toEqual([]);
    expect(() => db.all(sql`SELECT 1 AS a, 2 AS a`)).toThrow(QueryError);
  });
});
