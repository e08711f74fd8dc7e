/** What must hold when everything is written: asked before the commit, and undone as a whole where it does not. */
import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  CancelledError,
  hasMany,
  id,
  integer,
  Model,
  sql,
  table,
  text,
  TransactionError,
  TriggerViolation,
  validate,
  ValidationError,
  type Generated,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { dialects, run } from '../dialects/compile.js';
import { drivers, statementsOf } from '../open-database.js';

@table('journals')
class Journal extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @hasMany(() => Entry, 'journalId') entries!: Entry[];
}

@table('entries')
class Entry extends Model {
  @id() id!: Generated<number>;
  @integer() journalId!: number;
  @integer() amount!: number;
  @belongsTo(() => Journal, 'journalId', { onDelete: 'cascade' }) journal!: Journal;

  @validate({ at: 'commit' }) balances() {
    const amounts = Entry.filter({ journalId: this.journalId }).pluck('amount');
    if (amounts.reduce((sum, each) => sum + each, 0) === 0) return undefined;
    return { path: 'amount', message: 'must sum up to 0 in its journal' };
  }
}

const models = [Journal, Entry];
const sum = 'SELECT "amount" FROM "entries" WHERE "journal_id" = ?';
const insert = 'INSERT INTO "entries" ("journal_id", "amount") VALUES (?, ?)';
const refusal = 'This Entry is not valid: amount must sum up to 0 in its journal.';

describe.each(drivers)('validation at the commit on $name', ({ open }) => {
  it('lets a transaction be in between, and asks once it is about to be committed', async () => {
    const db = await open({ models });
    const { id: journalId } = Journal.create({ title: 'a' });
    const statements = statementsOf(db, () =>
      db.transaction(() => {
        Entry.create({ journalId, amount: 5 });
        Entry.create({ journalId, amount: -5 });
      }),
    );
    const within = (statement: string) => ['SAVEPOINT "litemodel_1"', statement, 'RELEASE "litemodel_1"'];
    expect(statements).toEqual(['BEGIN IMMEDIATE', ...within(insert), ...within(insert), sum, sum, 'COMMIT']);
  });

  it('rolls back all of a transaction that does not meet it', async () => {
    const db = await open({ models });
    const { id: journalId } = Journal.create({ title: 'a' });
    const failing = () =>
      db.transaction(() => {
        Journal.create({ title: 'b' });
        Entry.create({ journalId, amount: 5 });
      });
    expect(failing).toThrow(ValidationError);
    expect(failing).toThrow(refusal);
    expect([Journal.count(), Entry.count()]).toEqual([1, 0]);
    expect(db.inTransaction).toBe(false);
    expect(() => Entry.create({ journalId, amount: 1 })).toThrow(refusal); // a transaction of its own
    expect(() => db.unitOfWork((work) => work.create(Entry, { journalId, amount: 1 }))).toThrow(refusal);
    expect(Entry.count()).toBe(0);
    expect(Entry.create({ journalId, amount: 0 }).id).toBe(1);
    expect(Entry.build({ journalId, amount: 1 }).validate()).toEqual([]); // it may be right when all is written
  });

  it('forgets what a savepoint undid, and what was deleted since', async () => {
    const db = await open({ models });
    const { id: journalId } = Journal.create({ title: 'a' });
    db.transaction(() => {
      expect(() =>
        db.transaction(() => {
          Entry.create({ journalId, amount: 5 });
          throw new Error('inner');
        }),
      ).toThrow('inner');
      Entry.create({ journalId, amount: 7 }).delete();
    });
    expect(Entry.count()).toBe(0);
  });

  it('holds for a transaction that was begun by hand', async () => {
    const db = await open({ models });
    const { id: journalId } = Journal.create({ title: 'a' });
    const transaction = db.begin();
    Entry.create({ journalId, amount: 5 });
    expect(() => transaction.commit()).toThrow(refusal);
    expect([transaction.isOpen, db.inTransaction, Entry.count()]).toEqual([false, false, 0]);
    const another = db.begin();
    const inner = db.begin();
    Entry.create({ journalId, amount: 5 });
    inner.commit();
    Entry.create({ journalId, amount: -5 });
    another.commit();
    expect(Entry.count()).toBe(2);
  });

  it('is told of by beforeCommit, of deletes too, and of what its listeners write', async () => {
    const db = await open({ models });
    const told: string[] = [];
    const stop = db.on('beforeCommit', ({ instance, verb, name }) => {
      told.push(`${name} ${verb!} ${instance.constructor.name}`);
      if (instance instanceof Journal && instance.title === 'first') Journal.create({ title: 'second' });
    });
    try {
      db.transaction(() => Journal.create({ title: 'first' }).delete());
      expect(told.splice(0)).toEqual([
        'beforeCommit create Journal',
        'beforeCommit delete Journal',
        'beforeCommit create Journal',
        'beforeCommit create Journal',
      ]);
      const second = Journal.query().first()!;
      db.on('beforeCommit', (event) => void (event.verb === 'delete' && event.cancel('kept')));
      expect(() => second.delete()).toThrow(CancelledError);
      expect(Journal.count()).toBe(2);
    } finally {
      stop();
    }
  });

  it('lets what is done before the commit write as much as it likes, as long as that ends', async () => {
    const db = await open({ models });
    const stop = db.on('beforeCommit', ({ instance }) => {
      if (instance instanceof Journal && instance.title === 'all') {
        for (let n = 0; n < 10_001; n++) Journal.create({ title: 'one' });
      }
    });
    try {
      Journal.create({ title: 'all' });
    } finally {
      stop();
    }
    expect(Journal.count()).toBe(10_002);
  });

  it('stops what would never end', async () => {
    const db = await open({ models });
    let n = 0;
    const stop = Journal.on('beforeCommit', ({ instance }) => void instance.fill({ title: String(n++) }).save());
    try {
      expect(() => Journal.create({ title: 'x' })).toThrow(TransactionError);
      expect([Journal.count(), db.inTransaction]).toEqual([0, false]);
    } finally {
      stop();
    }
  }, 60_000);

  it('has its hard rules in triggers, which hold whoever writes', async () => {
    const db = await open({ models });
    db.execute(`CREATE TRIGGER entries_small BEFORE INSERT ON entries WHEN NEW.amount > 1000
      BEGIN SELECT RAISE(ABORT, 'an entry is at most 1000'); END`);
    const { id: journalId } = Journal.create({ title: 'a' });
    const failing = () =>
      db.transaction(() => {
        Journal.create({ title: 'b' });
        db.run(sql`INSERT INTO entries (journal_id, amount) VALUES (${journalId}, 2000)`);
      });
    expect(failing).toThrow(TriggerViolation);
    expect(failing).toThrow('an entry is at most 1000');
    expect(Journal.count()).toBe(1);
  });
});

describe.each(dialects)('the commit in $name', (dialect) => {
  const program = (body: string) => `
import { beforeCommit, id, Model, rules, table, text, validate } from 'litemodel';
@table('notes') export class Note extends Model {
  @id() id: number;
  @text() title: string;
  ${body}
}
`;
  const create = (body: string) => {
    const { Note } = run(dialect, program(body)) as { Note: typeof Journal };
    return (title: string): number => {
      const db = openFile(':memory:', { models: [Note], alias: 'commit' });
      try {
        return Note.create({ title }).id;
      } finally {
        db.close();
      }
    };
  };

  it('is what methods are decorated for', () => {
    const checked = create(
      `@validate({ at: 'commit' }) few({ database }) { return database.face === 'sync' && this.title !== 'x'; }`,
    );
    expect(checked('y')).toBe(1);
    expect(() => checked('x')).toThrow('This Note is not valid: is not valid.');
    const told = create(`@beforeCommit() check(event) { if (this.title === 'x') event.cancel('no'); }`);
    expect(told('y')).toBe(1);
    expect(() => told('x')).toThrow('A listener of beforeCommit cancelled what was done to this Note: no.');
    const named = create(`beforeCommit() { throw new Error(this.title); }`);
    expect(() => named('z')).toThrow('z');
    expect(create(`@validate({ at: 'save' }) fine() {}`)('a')).toBe(1);
  });

  it.each([
    [`@validate({ at: 'later' }) check() {}`, '@validate knows no such time.'],
    [`@validate({ at: 'commit' }) @text() label: string;`, '@validate() stands on "label", which is no method'],
    [
      `@validate(rules.min(5), { at: 'commit' }) @text() label: string;`,
      '@validate says when rules of a field are asked.',
    ],
  ])('refuses %s', (body, message) => {
    expect(() => create(body)).toThrow(message);
  });
});
