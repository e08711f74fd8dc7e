import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  AfterCommitError,
  AsyncCallbackError,
  beforeCommit,
  CancelledError,
  id,
  Model,
  sql,
  table,
  text,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { stopLater } from './stop-later.js';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) title!: string;
}

const told: string[] = [];
beforeEach(() => void told.splice(0));

/** Writes down how what was written ended. */
function watch(db: Database): void {
  const tell = ({ name, verb, instance }: { name: string; verb: unknown; instance: unknown }) =>
    void told.push(`${name} ${String(verb)} ${(instance as Note).title}`);
  db.on('afterCommit', tell);
  db.on('afterRollback', tell);
}

const boom = new Error('boom');
const fail = () => {
  throw boom;
};
const create = (title: string): void => void Note.create({ title });

describe.each(drivers)('the end of a transaction on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models: [Note] });
    watch(db);
    return db;
  };

  it('without one is right after each write', async () => {
    const db = await opened();
    const note = Note.create({ title: 'a' });
    expect(told.splice(0)).toEqual(['afterCommit create a']);
    note.save();
    expect(told).toEqual([]);
    note.fill({ title: 'b' }).save();
    note.delete();
    expect(told.splice(0)).toEqual(['afterCommit update b', 'afterCommit delete b']);
    create('c');
    expect(() => create('c')).toThrow();
    expect(told).toEqual(['afterCommit create c']);
    expect(statementsOf(db, () => create('d'))).toHaveLength(1);
  });

  it('is heard of once it is committed, in the order of the writes', async () => {
    const db = await opened();
    db.on('afterCommit', () => void told.push(`in a transaction: ${db.inTransaction}`), {
      where: ({ changes }) => changes['title']?.after === 'b',
    });
    db.transaction(() => {
      create('a');
      create('b');
      Note.findById(1)!.fill({ title: 'c' }).save();
      expect(told).toEqual([]);
    });
    expect(told).toEqual([
      'afterCommit create a',
      'afterCommit create b',
      'in a transaction: false',
      'afterCommit update c',
    ]);
  });

  it('is heard of once it is rolled back', async () => {
    const db = await opened();
    expect(() =>
      db.transaction(() => {
        create('a');
        fail();
      }),
    ).toThrow(boom);
    expect(told).toEqual(['afterRollback create a']);
    expect(Note.count()).toBe(0);
  });

  it('is that of the savepoint where that is rolled back, and else of what is around it', async () => {
    const db = await opened();
    db.transaction(() => {
      create('a');
      db.transaction(() => {
        create('b');
        expect(() => db.transaction(() => (create('c'), fail()))).toThrow(boom);
        expect(told.splice(0)).toEqual(['afterRollback create c']);
      });
      db.transaction(() => create('d'));
      expect(() =>
        db.transaction(() => {
          db.transaction(() => create('e'));
          create('f');
          fail();
        }),
      ).toThrow(boom);
      expect(told.splice(0)).toEqual(['afterRollback create e', 'afterRollback create f']);
    });
    expect(told).toEqual(['afterCommit create a', 'afterCommit create b', 'afterCommit create d']);
    expect(Note.query().orderBy('id').pluck('title')).toEqual(['a', 'b', 'd']);
  });

  it('is told of a savepoint only once where both are rolled back', async () => {
    const db = await opened();
    expect(() =>
      db.transaction(() => {
        expect(() => db.transaction(() => (create('a'), fail()))).toThrow(boom);
        create('b');
        db.transaction(() => create('c'));
        fail();
      }),
    ).toThrow(boom);
    expect(told).toEqual(['afterRollback create a', 'afterRollback create b', 'afterRollback create c']);
  });

  it('comes by hand, too', async () => {
    const db = await opened();
    const outer = db.begin();
    create('a');
    const inner = db.begin();
    create('b');
    inner.rollBack();
    expect(told.splice(0)).toEqual(['afterRollback create b']);
    db.begin();
    create('c');
    outer[Symbol.dispose](); // with what is open inside
    expect(told.splice(0)).toEqual(['afterRollback create a', 'afterRollback create c']);
    {
      using transaction = db.begin();
      create('d');
      transaction.commit();
      expect(told.splice(0)).toEqual(['afterCommit create d']);
    }
    {
      using transaction = db.begin();
      create('e');
      expect(transaction.isOpen).toBe(true);
    }
    expect(told).toEqual(['afterRollback create e']);
  });

  it('is a rollback where SQLite gives the transaction up, or the COMMIT fails', async () => {
    const db = await opened();
    db.execute(`CREATE TRIGGER stop BEFORE INSERT ON notes WHEN new.title = 'stop'
                BEGIN SELECT RAISE(ROLLBACK, 'stopped'); END`);
    expect(() =>
      db.transaction(() => {
        create('a');
        create('stop');
      }),
    ).toThrow('stopped');
    expect(told.splice(0)).toEqual(['afterRollback create a']);
    db.execute('CREATE TABLE child (id INTEGER REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED)');
    expect(() =>
      db.transaction(() => {
        create('b');
        db.run(sql`INSERT INTO child VALUES (99)`);
      }),
    ).toThrow();
    expect(told).toEqual(['afterRollback create b']);
    expect(Note.count()).toBe(0);
  });

  it('is that of the operation where a listener fails', async () => {
    const db = await opened();
    db.on('afterCreate', fail);
    expect(() => create('a')).toThrow(boom);
    expect(told.splice(0)).toEqual(['afterRollback create a']);
    db.transaction(() => {
      expect(() => create('b')).toThrow(boom);
      expect(told).toEqual(['afterRollback create b']);
    });
    expect(told).toEqual(['afterRollback create b']);
  });

  it('is a commit that stands, whatever a listener throws, and every listener hears of it', async () => {
    const db = await open({ models: [Note] });
    db.on('afterCommit', fail, { priority: 1 });
    db.on('afterCommit', () => {
      throw new Error('another');
    });
    watch(db);
    for (const work of [() => db.transaction(() => (create('a'), create('b'))), () => create('c')]) {
      let error: unknown;
      try {
        work();
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(AfterCommitError);
      expect(error).toMatchObject({ code: 'ORM_AFTER_COMMIT', cause: boom });
    }
    expect(told).toEqual(['afterCommit create a', 'afterCommit create b', 'afterCommit create c']);
    expect(Note.count()).toBe(3);
    expect(db.inTransaction).toBe(false);
  });

  it('is a commit that stands where a listener returns a promise', async () => {
    const db = await open({ models: [Note] });
    db.on('afterCommit', async () => {});
    expect(() => create('a')).toThrow(AfterCommitError);
    expect(() => create('b')).toThrow(expect.objectContaining({ cause: expect.any(AsyncCallbackError) as unknown }));
    expect(Note.count()).toBe(2);
  });

  it('lets listeners write, of which others hear in turn', async () => {
    const db = await opened();
    stopLater(
      Note.on('afterCommit', ({ instance }) => create(`${instance.title}!`), {
        where: ({ instance }) => !instance.title.endsWith('!'),
      }),
    );
    db.transaction(() => create('a'));
    expect(told).toEqual(['afterCommit create a', 'afterCommit create a!']);
    expect(Note.query().pluck('title')).toEqual(['a', 'a!']);
  });

  it('is not told of when the database is closed meanwhile', async () => {
    const db = await opened();
    db.begin();
    create('a');
    db.close();
    expect(told).toEqual([]);
  });
});

describe('what a listener of afterRollback throws', () => {
  it('is an uncaught error, and the operation has its own', async () => {
    const db = await drivers[0]!.open({ models: [Note] });
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => thrown.push(error));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    });
    db.on('afterRollback', fail);
    watch(db);
    const other = new Error('other');
    expect(() =>
      db.transaction(() => {
        create('a');
        throw other;
      }),
    ).toThrow(other);
    expect(told).toEqual(['afterRollback create a']);
    await new Promise((resolve) => setTimeout(resolve));
    expect(thrown).toEqual([boom]);
  });
});

describe.each(drivers)('what is done before a commit on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models: [Note] });
    watch(db);
    const stop = db.on('beforeCommit', ({ name, verb, instance, changes }) => {
      told.push(
        `${name} ${String(verb)} ${(instance as Note).title} ${Object.keys(changes).join()} ${String(db.inTransaction)}`,
      );
    });
    return { db, stop };
  };

  it('comes once for each write, in the transaction, when all is written', async () => {
    const { db, stop } = await opened();
    const insert = 'INSERT INTO "notes" ("title") VALUES (?)';
    expect(statementsOf(db, () => create('a'))).toEqual(['BEGIN IMMEDIATE', insert, 'COMMIT']);
    expect(told.splice(0)).toEqual(['beforeCommit create a id,title true', 'afterCommit create a']);
    db.transaction(() => {
      create('b');
      db.transaction(() => Note.findById(1)!.fill({ title: 'c' }).save());
      expect(() => db.transaction(() => (create('d'), fail()))).toThrow(boom);
      expect(told.splice(0)).toEqual(['afterRollback create d']);
    });
    expect(told.splice(0)).toEqual([
      'beforeCommit create b id,title true',
      'beforeCommit update c title true',
      'afterCommit create b',
      'afterCommit update c',
    ]);
    stop();
    expect(statementsOf(db, () => create('e'))).toEqual([insert]);
  });

  it('can undo all of it', async () => {
    const { db } = await opened();
    stopLater(
      Note.on('beforeCommit', (event) => event.cancel('no'), { where: ({ instance }) => instance.title === 'b' }),
    );
    const work = () => {
      create('a');
      create('b');
    };
    expect(() => db.transaction(work)).toThrow(new CancelledError('Note', 'beforeCommit', 'no').message);
    expect(told.slice(-2)).toEqual(['afterRollback create a', 'afterRollback create b']);
    const begun = db.begin();
    work();
    expect(() => begun.commit()).toThrow(CancelledError);
    expect([begun.isOpen, db.inTransaction, Note.count()]).toEqual([false, false, 0]);
    expect(() => create('b')).toThrow(CancelledError);
    create('a');
    expect(Note.count()).toBe(1);
  });

  it('may write more, of which it is told as well', async () => {
    const { db } = await opened();
    stopLater(
      Note.on('beforeCommit', ({ instance }) => void (instance.title.length < 3 && create(`${instance.title}+`))),
    );
    const begun = db.begin();
    create('a');
    begun.commit();
    expect(Note.query().pluck('title')).toEqual(['a', 'a+', 'a++']);
    expect(told.map((each) => each.split(' ')[0])).toEqual([
      ...Array<string>(3).fill('beforeCommit'),
      ...Array<string>(3).fill('afterCommit'),
    ]);
  });

  it('is a method or a decorated one, too', async () => {
    @table('kept')
    class Kept extends Model {
      @id() id!: Generated<number>;
      beforeCommit() {
        told.push('method');
      }
      @beforeCommit() decorated() {
        told.push('decorated');
      }
    }
    await open({ models: [Kept] });
    Kept.create({});
    expect(told).toEqual(['method', 'decorated']);
  });
});

describe.each(drivers)('the transaction of an event on $name', ({ open }) => {
  it('is one object for all in it, which knows how it ended', async () => {
    const db = await open({ models: [Note] });
    const transactions: unknown[] = [];
    const remember = ({ transaction }: { readonly transaction: unknown }) => void transactions.push(transaction);
    stopLater(db.on('afterSave', remember));
    stopLater(db.on('afterCommit', remember));
    db.transaction(() => {
      create('a');
      db.transaction(() => create('b'));
    });
    expect(transactions).toHaveLength(4);
    expect(new Set(transactions.splice(0)).size).toBe(1);
    expect(() => db.transaction(() => (create('c'), fail()))).toThrow(boom);
    expect(transactions.splice(0)).toMatchObject([{ isKept: false, isUndone: true }]);
    create('d');
    expect(transactions).toMatchObject([{ isKept: true, isUndone: false }, transactions[0]]);
  });

  it('is none where a statement stands alone', async () => {
    const db = await open({ models: [Note] });
    const transactions: unknown[] = [];
    db.on('afterCommit', ({ transaction }) => transactions.push(transaction));
    db.on('afterLoad', ({ transaction }) => transactions.push(transaction));
    create('a');
    Note.findById(1);
    expect(transactions.splice(0)).toEqual([undefined, undefined]);
    db.transaction(() => void Note.findById(1));
    expect(transactions).toMatchObject([{ isKept: true }]);
  });

  it('is beside what brought the write about', async () => {
    const db = await open({ models: [Note] });
    const sources: string[] = [];
    for (const name of ['beforeValidate', 'afterSave', 'afterDelete'] as const) {
      db.on(name, (event) => sources.push(`${event.name} ${event.source}`));
    }
    create('a');
    expect(sources.splice(0)).toEqual(['beforeValidate call', 'afterSave call']);
    db.unitOfWork((work) => {
      work.create(Note, { title: 'b' });
      work.delete(work.find(Note, 1)!);
    });
    expect(sources.splice(0)).toEqual(['beforeValidate flush', 'afterSave flush', 'afterDelete flush']);
    Note.createGraph({ title: 'c' });
    expect(sources).toEqual(['beforeValidate flush', 'afterSave flush']);
  });
});
