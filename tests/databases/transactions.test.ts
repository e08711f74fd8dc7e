import { beforeEach, describe, expect, it } from 'vitest';
import {
  AsyncCallbackError,
  ClosedError,
  DiskFullError,
  ForeignKeyViolation,
  id,
  Model,
  NotNullViolation,
  sql,
  SqlError,
  table,
  text,
  TransactionError,
  TriggerViolation,
  UniqueViolation,
  UnsupportedError,
  type Database,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';
import { thrownBy } from './file.js';

@table('notes')
class Note extends Model {
  @id() id!: Generated<number>;
  @text({ unique: true }) title!: string;
}

const insert = 'INSERT INTO "notes" ("title") VALUES (?)';
const endedBySqlite =
  'SQLite rolled this transaction back after an error within it, so nothing more can run in it. ' +
  'Let that error reach the outermost transaction() instead of catching it inside.';
const unfinished = 'A transaction inside this one is still open. Finish the inner one first.';

describe.each(drivers)('on $name', ({ open }) => {
  let db: Database;
  beforeEach(async () => {
    db = await open({ models: [Note] });
  });

  const titles = (): string[] => db.all<{ title: string }>(sql`SELECT title FROM notes`).map(({ title }) => title);
  const add = (title: string) => Note.create({ title });
  const fail = (message = 'undo'): never => {
    throw new Error(message);
  };
  const expectNothingOpen = () => {
    expect(db.inTransaction).toBe(false);
    expect(statementsOf(db, () => db.transaction(() => 1))).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
  };

  describe('a transaction', () => {
    it('is kept when the callback returns, and gives what that returned', () => {
      const log = statementsOf(db, () => {
        const note = db.transaction(() => {
          expect(db.inTransaction).toBe(true);
          return add('a');
        });
        expect(note.title).toBe('a');
      });
      expect(log).toEqual(['BEGIN IMMEDIATE', insert, 'COMMIT']);
      expect(titles()).toEqual(['a']);
      expect([undefined, null, 0, false, ''].map((value) => db.transaction(() => value))).toEqual([
        undefined,
        null,
        0,
        false,
        '',
      ]);
      expectNothingOpen();
    });

    it('is undone when the callback throws, which reaches the caller as it is', () => {
      const error = new Error('mine');
      const log = statementsOf(db, () => {
        expect(
          thrownBy(() =>
            db.transaction(() => {
              add('a');
              throw error;
            }),
          ),
        ).toBe(error);
      });
      expect(log).toEqual(['BEGIN IMMEDIATE', insert, 'ROLLBACK']);
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });

    it('is undone by an error of SQLite, too', () => {
      add('taken');
      expect(() => db.transaction(() => [add('new'), add('taken')])).toThrow(UniqueViolation);
      expect(titles()).toEqual(['taken']);
      expectNothingOpen();
    });

    it('goes on after an error that the callback caught', () => {
      add('taken');
      db.transaction(() => {
        expect(() => add('taken')).toThrow(UniqueViolation);
        add('new');
      });
      expect(titles()).toEqual(['taken', 'new']);
    });

    it.each([
      ['deferred', 'BEGIN'],
      ['immediate', 'BEGIN IMMEDIATE'],
      ['exclusive', 'BEGIN EXCLUSIVE'],
      [undefined, 'BEGIN IMMEDIATE'],
    ] as const)('of mode %s begins with %s', (mode, begin) => {
      expect(statementsOf(db, () => db.transaction(() => add('a'), mode && { mode }))).toEqual([
        begin,
        insert,
        'COMMIT',
      ]);
      expect(
        statementsOf(db, () => {
          using transaction = db.begin(mode);
          expect(transaction.isOpen).toBe(true);
        }),
      ).toEqual([begin, 'ROLLBACK']);
    });

    it.each(['IMMEDIATE', '', 'toString', null])('has no mode %j', (mode) => {
      const begin = () => db.begin(mode as 'immediate');
      for (const wrong of [begin, () => db.transaction(() => 1, { mode: mode as 'immediate' })]) {
        expect(wrong).toThrow(
          new UnsupportedError('mode is one of deferred, immediate, exclusive.', 'Give it as one of them.'),
        );
        expect(db.inTransaction).toBe(false);
      }
      expect(db.transaction(() => 1)).toBe(1);
    });

    it('has the schema in it, too', () => {
      expect(() =>
        db.transaction(() => {
          db.execute('CREATE TABLE extra (x); CREATE INDEX extra_x ON extra (x); ALTER TABLE notes ADD COLUMN y TEXT');
          db.transaction(() => db.execute('DROP TABLE notes'));
          fail();
        }),
      ).toThrow('undo');
      expect(db.all(sql`SELECT name FROM sqlite_schema WHERE type = 'table'`)).toEqual([{ name: 'notes' }]);
      expect(db.all(sql`SELECT name FROM pragma_table_info('notes')`)).toEqual([{ name: 'id' }, { name: 'title' }]);
      add('the prepared statements know it');
      expect(Note.count()).toBe(1);
    });

    it('can be read row by row while it is written', () => {
      for (const title of ['a', 'b', 'c']) add(title);
      db.transaction(() => {
        for (const { title } of Note.query().iterate({ batch: 1 })) if (title.length < 3) add(`${title}${title}`);
      });
      expect(titles()).toEqual(['a', 'b', 'c', 'aa', 'bb', 'cc', 'aaaa', 'bbbb', 'cccc']);
      expectNothingOpen();
    });
  });

  describe('a transaction inside another', () => {
    it('is a savepoint, whatever its mode', () => {
      const log = statementsOf(db, () =>
        db.transaction(() => {
          add('a');
          db.transaction(() => db.transaction(() => add('b'), { mode: 'exclusive', retryFor: 1000 }));
        }),
      );
      expect(log).toEqual([
        'BEGIN IMMEDIATE',
        insert,
        'SAVEPOINT "litemodel_1"',
        'SAVEPOINT "litemodel_2"',
        insert,
        'RELEASE "litemodel_2"',
        'RELEASE "litemodel_1"',
        'COMMIT',
      ]);
      expect(titles()).toEqual(['a', 'b']);
    });

    it('can fail by itself, and what is around it stays', () => {
      const log = statementsOf(db, () =>
        db.transaction(() => {
          add('before');
          expect(() =>
            db.transaction(() => {
              add('inside');
              fail();
            }),
          ).toThrow('undo');
          add('after');
        }),
      );
      expect(log).toEqual([
        'BEGIN IMMEDIATE',
        insert,
        'SAVEPOINT "litemodel_1"',
        insert,
        'ROLLBACK TO "litemodel_1"',
        'RELEASE "litemodel_1"',
        insert,
        'COMMIT',
      ]);
      expect(titles()).toEqual(['before', 'after']);
      expectNothingOpen();
    });

    it('is undone with what is around it', () => {
      expect(() =>
        db.transaction(() => {
          db.transaction(() => add('kept so far'));
          fail();
        }),
      ).toThrow('undo');
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });

    it('undoes the schema, too', () => {
      db.transaction(() => {
        expect(() =>
          db.transaction(() => {
            db.execute('CREATE TABLE extra (x)');
            fail();
          }),
        ).toThrow('undo');
      });
      expect(() => db.all(sql`SELECT * FROM extra`)).toThrow('no such table: extra');
    });
  });

  describe('an async callback', () => {
    it('loses nothing in plain SQL but the transaction: what follows its first await is outside', async () => {
      // the hazard, with BEGIN and COMMIT around a call as a careless wrapper would have them
      const careless = (work: () => unknown) => {
        db.execute('BEGIN');
        work();
        db.execute('COMMIT');
      };
      const work = async () => {
        add('before');
        await Promise.resolve();
        throw new Error('too late to undo anything');
      };
      let promise: Promise<void> | undefined;
      careless(() => (promise = work()));
      await expect(promise).rejects.toThrow();
      expect(titles()).toEqual(['before']);
    });

    it('does not compile, and is rolled back with an error that says why', async () => {
      const work = async () => {
        add('before');
        await Promise.resolve();
        throw new Error('nobody hears of this');
      };
      // @ts-expect-error -- a synchronous transaction cannot take an async callback
      const error = thrownBy(() => db.transaction(work));
      expect(error).toBeInstanceOf(AsyncCallbackError);
      expect((error as Error).message).toBe(
        'A synchronous transaction cannot wait for a promise; it was rolled back. ' +
          'Make the callback synchronous: what runs after its first await would be outside of the transaction.',
      );
      expect(titles()).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 5)); // an unhandled rejection would fail the test run
      expectNothingOpen();
    });

    it('is known by its result, be it any thenable, which is not asked for anything', () => {
      let asked = 0;
      const then = () => asked++;
      const lazy = { then };
      const callable = Object.assign(() => 1, { then });
      for (const thenable of [lazy, callable, Promise.resolve(1)]) {
        const attempt = () =>
          db.transaction((): unknown => {
            add('before');
            return thenable;
          });
        expect(attempt).toThrow(AsyncCallbackError);
      }
      expect(asked).toBe(0);
      expect(titles()).toEqual([]);
      expect(db.transaction(() => ({ then: 'a field of that name' }))).toEqual({ then: 'a field of that name' });
      // @ts-expect-error -- a thenable, by its type
      expect(() => db.transaction(() => Promise.resolve(1))).toThrow(AsyncCallbackError);
    });

    it('inside another transaction takes only its own writes with it', () => {
      db.transaction(() => {
        add('outer');
        const work = (): unknown => Promise.resolve(add('inner'));
        expect(() => db.transaction(work)).toThrow(AsyncCallbackError);
      });
      expect(titles()).toEqual(['outer']);
    });
  });

  describe('a transaction begun by hand', () => {
    it('is kept by commit', () => {
      const log = statementsOf(db, () => {
        using transaction = db.begin();
        add('a');
        transaction.commit();
        expect(transaction.isOpen).toBe(false);
      });
      expect(log).toEqual(['BEGIN IMMEDIATE', insert, 'COMMIT']);
      expect(titles()).toEqual(['a']);
      expectNothingOpen();
    });

    it('is undone by rollBack, by leaving its block, and by an error', () => {
      const explicit = () => {
        using transaction = db.begin();
        add('a');
        transaction.rollBack();
      };
      const forgotten = () => {
        using transaction = db.begin();
        expect(transaction.isOpen).toBe(true);
        add('b');
      };
      const failing = () => {
        using transaction = db.begin();
        expect(transaction.isOpen).toBe(true);
        add('c');
        fail();
      };
      expect(statementsOf(db, explicit)).toEqual(['BEGIN IMMEDIATE', insert, 'ROLLBACK']);
      expect(statementsOf(db, forgotten)).toEqual(['BEGIN IMMEDIATE', insert, 'ROLLBACK']);
      expect(failing).toThrow('undo');
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });

    it('ends once', () => {
      for (const end of ['commit', 'rollBack'] as const) {
        const transaction = db.begin();
        transaction[end]();
        for (const again of ['commit', 'rollBack'] as const) {
          expect(thrownBy(() => transaction[again]())).toBeInstanceOf(TransactionError);
          expect(() => transaction[again]()).toThrow('This transaction has ended. Begin another.');
        }
        transaction[Symbol.dispose]();
      }
      expectNothingOpen();
    });

    it('is a savepoint inside another, by hand or not', () => {
      const log = statementsOf(db, () => {
        using outer = db.begin();
        {
          using transaction = db.begin();
          expect(transaction.isOpen).toBe(true);
          add('undone');
        }
        using inner = db.begin();
        db.transaction(() => add('kept'));
        inner.commit();
        outer.commit();
      });
      expect(log).toEqual([
        'BEGIN IMMEDIATE',
        'SAVEPOINT "litemodel_1"',
        insert,
        'ROLLBACK TO "litemodel_1"',
        'RELEASE "litemodel_1"',
        'SAVEPOINT "litemodel_1"',
        'SAVEPOINT "litemodel_2"',
        insert,
        'RELEASE "litemodel_2"',
        'RELEASE "litemodel_1"',
        'COMMIT',
      ]);
      expect(titles()).toEqual(['kept']);
    });

    it('cannot end before the one inside it, and can afterwards', () => {
      using outer = db.begin();
      const inner = db.begin();
      add('a');
      for (const end of [() => outer.commit(), () => outer.rollBack()]) {
        expect(thrownBy(end)).toBeInstanceOf(TransactionError);
        expect(end).toThrow(unfinished);
      }
      expect([outer.isOpen, inner.isOpen]).toEqual([true, true]);
      inner.commit();
      outer.commit();
      expect(titles()).toEqual(['a']);
      expectNothingOpen();
    });

    it('takes those inside it along when its block is left', () => {
      let inner: ReturnType<Database['begin']> | undefined;
      expect(() => {
        using outer = db.begin();
        expect(outer.isOpen).toBe(true);
        inner = db.begin(); // without using: an error between it and its commit leaves it open
        add('a');
        fail();
      }).toThrow('undo');
      expect(inner!.isOpen).toBe(false);
      expect(() => inner!.commit()).toThrow('This transaction has ended. Begin another.');
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });

    it('cannot outlive the callback that it was begun in', () => {
      const leaking = () =>
        db.transaction(() => {
          db.begin();
          add('a');
        });
      expect(thrownBy(leaking)).toBeInstanceOf(TransactionError);
      expect(leaking).toThrow(unfinished);
      expect(titles()).toEqual([]);
      expectNothingOpen();
      const failing = () =>
        db.transaction(() => {
          db.begin();
          add('a');
          fail('mine');
        });
      expect(failing).toThrow('mine');
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });
  });

  describe('when SQLite ends the transaction by itself', () => {
    const boom = () => db.run(sql`INSERT INTO doomed VALUES (1)`);
    beforeEach(() =>
      db.execute(`
        CREATE TABLE doomed (x);
        CREATE TRIGGER doom BEFORE INSERT ON doomed BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END;
        CREATE TABLE pairs (x UNIQUE ON CONFLICT ROLLBACK);
        INSERT INTO pairs VALUES (1)`),
    );
    const conflict = () => db.run(sql`INSERT INTO pairs VALUES (1)`);

    it('shows the hazard in plain SQL: what follows is outside, and stays', () => {
      db.execute('BEGIN');
      db.run(sql`INSERT INTO notes (title) VALUES ('before')`);
      expect(boom).toThrow(TriggerViolation);
      db.run(sql`INSERT INTO notes (title) VALUES ('after')`);
      expect(() => db.execute('COMMIT')).toThrow('cannot commit - no transaction is active');
      expect(titles()).toEqual(['after']);
    });

    it.each([
      ['RAISE(ROLLBACK)', boom, TriggerViolation],
      ['ON CONFLICT ROLLBACK', conflict, UniqueViolation],
    ])('by %s, the error that did it reaches the caller', (_, end, kind) => {
      const log = statementsOf(db, () =>
        expect(
          thrownBy(() =>
            db.transaction(() => {
              add('before');
              end();
            }),
          ),
        ).toBeInstanceOf(kind),
      );
      expect(log).not.toContain('ROLLBACK');
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });

    it.each<[string, (db: Database) => unknown]>([
      ['a model', () => Note.create({ title: 'outside' })],
      ['a query', () => Note.filter({ title: 'earlier' }).update({ title: 'outside' })],
      ['reading', () => Note.all()],
      ['run', (db) => db.run(sql`INSERT INTO notes (title) VALUES ('outside')`)],
      ['all', (db) => db.all(sql`INSERT INTO notes (title) VALUES ('outside') RETURNING id`)],
      ['execute', (db) => db.execute(`INSERT INTO notes (title) VALUES ('outside')`)],
      ['transaction', (db) => db.transaction(() => Note.create({ title: 'outside' }))],
      ['begin', (db) => db.begin()],
      ['a BEGIN of your own', (db) => db.execute('BEGIN')],
    ])('and the callback swallows that, nothing more runs: not %s', (_, use) => {
      add('earlier');
      const error = thrownBy(() =>
        db.transaction(() => {
          add('before');
          expect(boom).toThrow('all of it');
          const refused = thrownBy(() => use(db));
          expect(refused).toBeInstanceOf(TransactionError);
          expect((refused as Error).message).toBe(endedBySqlite);
        }),
      );
      expect(error).toBeInstanceOf(TransactionError);
      expect((error as Error).message).toBe(endedBySqlite);
      expect((error as Error).cause).toBeInstanceOf(TriggerViolation);
      expect(titles()).toEqual(['earlier']);
      expectNothingOpen();
    });

    it('inside a savepoint, the outer one fails as well, however much is caught', () => {
      const error = thrownBy(() =>
        db.transaction(() => {
          add('outer');
          expect(() =>
            db.transaction(() => {
              add('inner');
              boom();
            }),
          ).toThrow(TriggerViolation);
          expect(() => db.transaction(() => add('next'))).toThrow(TransactionError);
        }),
      );
      expect((error as Error).message).toBe(endedBySqlite);
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });

    it('a transaction begun by hand cannot be committed, and disposing of it is quiet', () => {
      {
        using transaction = db.begin();
        add('before');
        expect(boom).toThrow('all of it');
        expect(() => transaction.commit()).toThrow(endedBySqlite);
        expect(transaction.isOpen).toBe(false);
      }
      {
        using transaction = db.begin();
        expect(transaction.isOpen).toBe(true);
        expect(boom).toThrow('all of it');
      }
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });

    it('what instances were told is forgotten: they can be saved again', () => {
      const note = Note.build({ title: 'a' });
      expect(() =>
        db.transaction(() => {
          note.save();
          boom();
        }),
      ).toThrow(TriggerViolation);
      note.save();
      expect(titles()).toEqual(['a']);
    });

    it('a full disk leaves either the whole transaction or none of it', () => {
      const pages = Object.values(db.first(sql`PRAGMA page_count`)!)[0] as number;
      db.all(sql.raw(`PRAGMA max_page_count = ${pages + 2}`));
      const attempt = () =>
        db.transaction(() => {
          add('before');
          for (;;) db.run(sql`INSERT INTO notes (title) VALUES (hex(randomblob(5000)))`);
        });
      expect(thrownBy(attempt)).toBeInstanceOf(DiskFullError);
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });
  });

  describe('a COMMIT that fails', () => {
    beforeEach(() =>
      db.execute('CREATE TABLE replies (note REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED, line TEXT NOT NULL)'),
    );
    const orphan = () => db.run(sql`INSERT INTO replies VALUES (99, 'to nobody')`);

    it('in plain SQL leaves the transaction open', () => {
      db.execute('BEGIN');
      orphan();
      expect(() => db.execute('COMMIT')).toThrow(ForeignKeyViolation);
      expect(db.inTransaction).toBe(true);
    });

    it('is rolled back by us', () => {
      const log = statementsOf(db, () =>
        expect(() =>
          db.transaction(() => {
            add('with it');
            orphan();
          }),
        ).toThrow(ForeignKeyViolation),
      );
      expect(log.slice(-2)).toEqual(['COMMIT', 'ROLLBACK']);
      expect(titles()).toEqual([]);
      expectNothingOpen();
      using transaction = db.begin();
      orphan();
      expect(() => transaction.commit()).toThrow(ForeignKeyViolation);
      expect(transaction.isOpen).toBe(false);
      expect(db.inTransaction).toBe(false);
    });

    it('is not one where the rows were put right before', () => {
      db.transaction(() => {
        orphan();
        Note.create({ id: 99, title: 'somebody' });
      });
      expect(titles()).toEqual(['somebody']);
    });

    it('of a savepoint is not one: SQLite looks at the end', () => {
      expect(() => db.transaction(() => void db.transaction(() => void orphan()))).toThrow(ForeignKeyViolation);
      expectNothingOpen();
    });
  });

  describe('BEGIN, COMMIT and ROLLBACK of your own', () => {
    it('are a transaction as well, of which ours is a savepoint', () => {
      db.execute('BEGIN');
      expect(db.inTransaction).toBe(true);
      expect(statementsOf(db, () => db.transaction(() => add('kept')))).toEqual([
        'SAVEPOINT "litemodel_0"',
        insert,
        'RELEASE "litemodel_0"',
      ]);
      expect(() =>
        db.transaction(() => {
          add('undone');
          fail();
        }),
      ).toThrow('undo');
      db.run(sql`COMMIT`);
      expect(titles()).toEqual(['kept']);
      expectNothingOpen();
    });

    it('may undo it all', () => {
      db.run(sql`BEGIN`);
      db.transaction(() => add('undone after all'));
      db.execute('ROLLBACK');
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });

    it.each<[string, (db: Database) => unknown]>([
      ['execute', (db) => db.execute('COMMIT')],
      ['run', (db) => db.run(sql`ROLLBACK`)],
      ['all', (db) => db.all(sql`COMMIT`)],
    ])('inside of ours, by %s, end it: nothing more runs, and it fails', (_, end) => {
      const message =
        'A COMMIT or ROLLBACK of your own ended this transaction, so nothing more can run in it. ' +
        'Let transaction() end it: return to commit, throw to roll back.';
      const error = thrownBy(() =>
        db.transaction(() => {
          end(db);
          expect(() => add('outside')).toThrow(message);
          expect(() => db.execute(`INSERT INTO notes (title) VALUES ('outside')`)).toThrow(message);
        }),
      );
      expect(error).toBeInstanceOf(TransactionError);
      expect((error as Error).message).toBe(message);
      expect(titles()).toEqual([]);
      expectNothingOpen();
    });
  });

  describe('closing inside a transaction', () => {
    it('rolls it back, and the caller hears that the database is closed', () => {
      const note = Note.build({ title: 'a' });
      const attempt = () =>
        db.transaction(() => {
          db.transaction(() => note.save());
          db.close();
        });
      expect(thrownBy(attempt)).toBeInstanceOf(ClosedError);
      expect(db.isOpen).toBe(false);
    });

    it('ends a transaction begun by hand', () => {
      using transaction = db.begin();
      add('a');
      db.close();
      expect(transaction.isOpen).toBe(false);
      expect(() => transaction.commit()).toThrow('This transaction has ended.');
    });
  });

  describe('raw SQL with two statements in one', () => {
    it('is refused as a whole, rather than run up to the first semicolon', () => {
      const two = sql`INSERT INTO notes (title) VALUES ('first'); INSERT INTO notes (title) VALUES ('second')`;
      for (const call of [() => db.run(two), () => db.all(two), () => Note.fromSql(two)]) {
        expect(call).toThrow(SqlError);
        expect(call).toThrow('contains more than one statement');
      }
      expect(titles()).toEqual([]);
      db.execute(`INSERT INTO notes (title) VALUES ('first'); INSERT INTO notes (title) VALUES ('second')`);
      expect(titles()).toEqual(['first', 'second']);
    });
  });

  describe('a NULL where none may be', () => {
    it('is passed over by OR IGNORE in plain SQL, and never by us', () => {
      expect(db.run(sql`INSERT OR IGNORE INTO notes (title) VALUES (NULL)`).changes).toBe(0);
      expect(() => db.run(sql`INSERT INTO notes (title) VALUES (NULL) ON CONFLICT DO NOTHING`)).toThrow(
        NotNullViolation,
      );
      const nothing = { title: null as unknown as string };
      for (const write of [
        () => Note.create(nothing),
        () => Note.findOrCreate({ title: 'x' }, { id: null as never }),
        () => Note.findOrCreate(nothing),
        () => Note.updateOrCreate({ title: 'x' }, nothing),
      ]) {
        expect(write).toThrow();
      }
      expect(titles()).toEqual([]);
    });

    it('nor does a row that is there already pass for a new one', () => {
      const first = add('a');
      expect(() => add('a')).toThrow(UniqueViolation);
      expect(Note.findOrCreate({ title: 'a' }).id).toBe(first.id);
      expect(Note.count()).toBe(1);
    });
  });
});
