import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  DefinitionError,
  hasMany,
  hasOne,
  id,
  integer,
  manyToMany,
  Model,
  sql,
  table,
  text,
  ValidationError,
  type Generated,
} from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('orders')
class Order extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @hasMany(() => Line, 'orderId', { min: 1, max: 3 }) lines!: Line[];
}

@table('lines')
class Line extends Model {
  @id() id!: Generated<number>;
  @text() what!: string;
  @integer() orderId!: number;
  @belongsTo(() => Order, 'orderId', { onDelete: 'cascade' }) order!: Order;
}

@table('songs')
class Song extends Model {
  @id() id!: Generated<number>;
  @text() title!: string;
  @integer({ nullable: true }) tenantId!: number | null;
  @manyToMany(() => Mood, { max: 2, same: ['tenantId'] }) moods!: Mood[];
}

@table('moods')
class Mood extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @integer({ nullable: true }) tenantId!: number | null;
  @manyToMany(() => Song, { min: 1 }) songs!: Song[];
}

@table('accounts', { scopes: [{ name: 'first', where: () => ({ tenantId: 1 }) }] })
class Account extends Model {
  @id() id!: Generated<number>;
  @integer() tenantId!: number;
  @hasMany(() => Invoice, 'accountId', { same: ['tenantId'] }) invoices!: Invoice[];
  @hasOne(() => Card, 'accountId', { same: ['tenantId'] }) card!: Card | null;
}

@table('invoices')
class Invoice extends Model {
  @id() id!: Generated<number>;
  @integer() tenantId!: number;
  @integer({ nullable: true }) accountId!: number | null;
  @belongsTo(() => Account, 'accountId', { nullable: true, same: ['tenantId'] }) account!: Account | null;
}

@table('cards')
class Card extends Model {
  @id() id!: Generated<number>;
  @integer() tenantId!: number;
  @integer() accountId!: number;
}

const models = [Order, Line, Song, Mood, Account, Invoice, Card];

/** The failures that work is refused with. */
function failuresOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    if (error instanceof ValidationError) return [error.model, ...error.failures];
    throw error;
  }
  return 'nothing';
}

const tooMany = ['Order', { path: 'lines', rule: 'max', message: 'must be at most 3 rows' }];
const tooFew = ['Order', { path: 'lines', rule: 'min', message: 'must be at least 1 row' }];
const lines = (...whats: readonly string[]) => whats.map((what) => ({ what }));

describe.each(drivers)('the bounds of hasMany on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models });
    return { db, order: Order.createGraph({ name: 'first', lines: lines('a', 'b') }) };
  };

  it('are looked at by one statement in the transaction of what would break them', async () => {
    const { db, order } = await opened();
    const count =
      'SELECT (SELECT count(*) FROM "lines" WHERE "orders"."id" = "lines"."order_id"), 0 FROM "orders" ' +
      'WHERE "id" IN (SELECT "value" FROM json_each(?))';
    expect(statementsOf(db, () => order.related('lines').create({ what: 'c' }))).toEqual([
      'BEGIN IMMEDIATE',
      'INSERT INTO "lines" ("what", "order_id") VALUES (?, ?)',
      count,
      'COMMIT',
    ]);
    expect(failuresOf(() => order.related('lines').create({ what: 'd' }))).toEqual(tooMany);
    expect(() => Line.create({ what: 'd', orderId: order.id })).toThrow(
      'This Order is not valid: lines must be at most 3 rows.',
    );
    expect(Line.count()).toBe(3);
    const line = Line.findById(1)!;
    expect(statementsOf(db, () => line.fill({ what: 'A' }).save())).toHaveLength(3); // the reference stays
    expect(statementsOf(db, () => line.delete())).toEqual([
      'BEGIN IMMEDIATE',
      'DELETE FROM "lines" WHERE "id" = ?',
      count,
      'COMMIT',
    ]);
  });

  it('are those of a whole unit of work, whose order nobody chose, and are looked at once', async () => {
    const { db, order } = await opened();
    Line.create({ what: 'c', orderId: order.id });
    const other = Order.createGraph({ name: 'second', lines: lines('x', 'y', 'z') });
    const statements = statementsOf(db, () =>
      db.unitOfWork((work) => {
        const [line, far] = [work.add(Line.findById(1)!), work.add(Line.filter({ what: 'x' }).first()!)];
        work.delete(line);
        work.create(Line, { what: 'new', orderId: order.id });
        const near = work.add(Line.findById(2)!);
        [near.orderId, far.orderId] = [other.id, order.id];
      }),
    );
    expect(statements.filter((each) => each.includes('count(*)'))).toHaveLength(2); // for the most, and for the least
    expect(Line.filter({ orderId: order.id }).orderBy('id').pluck('what')).toEqual(['c', 'x', 'new']);
    const overfull = () =>
      db.unitOfWork((work) => {
        work.create(Line, { what: 'more', orderId: order.id });
      });
    expect(failuresOf(overfull)).toEqual(tooMany);
    expect(failuresOf(() => Order.createGraph({ name: 'third', lines: lines('a', 'b', 'c', 'd') }))).toEqual(tooMany);
    expect(db.transaction(() => failuresOf(overfull))).toEqual(tooMany); // at its end, and not at that of the transaction
    expect([Order.count(), Line.count()]).toEqual([2, 6]);
  });

  it('ask for the least before the commit, when everything is there', async () => {
    const { db, order } = await opened();
    expect(failuresOf(() => Order.create({ name: 'empty' }))).toEqual(tooFew);
    expect(failuresOf(() => Order.createGraph({ name: 'empty', lines: [] }))).toEqual(tooFew);
    const statements = statementsOf(db, () =>
      db.transaction(() => {
        const next = Order.create({ name: 'next' });
        for (const line of Line.all()) line.fill({ orderId: next.id }).save();
        order.related('lines').create({ what: 'c' });
      }),
    );
    expect(statements.filter((each) => each.includes('count(*)'))).toHaveLength(4); // three lines, and all owners before the commit
    expect(statements.at(-2)).toContain('count(*)');
    expect(
      Order.query()
        .withCount('lines')
        .all()
        .map(({ linesCount }) => linesCount),
    ).toEqual([1, 2]);
    expect(failuresOf(() => order.lines[0]!.delete())).toEqual(tooFew);
    expect(failuresOf(() => db.transaction(() => Order.create({ name: 'empty' }).save()))).toEqual(tooFew);
    const begun = db.begin();
    Order.create({ name: 'empty' });
    expect(failuresOf(() => begun.commit())).toEqual(tooFew);
    expect([Order.count(), begun.isOpen, db.inTransaction]).toEqual([2, false, false]);
  });

  it('say nothing of an owner that is gone by then, nor of what was rolled back', async () => {
    const { db, order } = await opened();
    db.transaction(() => {
      for (const line of order.lines) line.delete();
      order.delete();
    });
    expect(Order.count()).toBe(0);
    db.transaction(() => {
      expect(() =>
        db.transaction(() => {
          Order.create({ name: 'empty' });
          throw new Error('never mind');
        }),
      ).toThrow('never mind');
    });
    expect(Order.count()).toBe(0);
  });

  it('hold in units of work', async () => {
    const { db } = await opened();
    expect(
      failuresOf(() =>
        db.unitOfWork((work) => {
          for (const line of work.query(Line).all()) work.delete(line);
        }),
      ),
    ).toEqual(tooFew);
    expect(
      failuresOf(() =>
        db.unitOfWork((work) => {
          const order = work.find(Order, 1)!;
          for (const what of ['c', 'd']) work.create(Line, { what, order });
        }),
      ),
    ).toEqual(tooMany);
    db.unitOfWork((work) => {
      work.create(Order, { name: 'second', lines: lines('x') });
      for (const line of work.query(Line).all()) work.delete(line);
      work.create(Line, { what: 'y', order: work.find(Order, 1)! });
    });
    expect(Line.query().pluck('what').sort()).toEqual(['x', 'y']);
  });

  it('do not see bulk verbs, raw SQL and cascades', async () => {
    const { db, order } = await opened();
    for (const what of ['c', 'd']) db.run(sql`INSERT INTO lines (what, order_id) VALUES (${what}, 1)`);
    expect(Line.count()).toBe(4);
    Line.filter({ orderId: order.id }).delete();
    expect(Line.count()).toBe(0);
    order.fill({ name: 'still' }).save();
  });
});

describe.each(drivers)('the rules of manyToMany on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models });
    const song = Song.create({ title: 'Blackbird', tenantId: 1 });
    const moods = db.transaction(() => {
      const made = ['calm', 'sad', 'odd'].map((name) => Mood.create({ name, tenantId: 1 }));
      const other = Song.create({ title: 'Yesterday', tenantId: 1 });
      const third = Song.create({ title: 'Michelle', tenantId: 1 });
      other.related('moods').attach(made.slice(0, 2));
      third.related('moods').attach(made.slice(2));
      return made;
    });
    return { db, song, moods };
  };

  it('are looked at by attach, sync and toggle, from both sides', async () => {
    const { db, song, moods } = await opened();
    const full = ['Song', { path: 'moods', rule: 'max', message: 'must be at most 2 rows' }];
    for (const verb of ['attach', 'sync', 'toggle'] as const) {
      expect(failuresOf(() => song.related('moods')[verb](moods))).toEqual(full);
    }
    expect(song.related('moods').count()).toBe(0);
    expect(song.related('moods').attach(moods.slice(0, 2))).toBe(2);
    expect(failuresOf(() => moods[2]!.related('songs').attach(song))).toEqual(full);
    expect(statementsOf(db, () => song.related('moods').sync(moods.slice(1)))).toHaveLength(7);
    expect(failuresOf(() => song.related('moods').create({ name: 'new', tenantId: 1 }))).toEqual(full);
    expect(Mood.count()).toBe(3);
  });

  it('ask for the least before the commit', async () => {
    const { db, song, moods } = await opened();
    const alone = ['Mood', { path: 'songs', rule: 'min', message: 'must be at least 1 row' }];
    const michelle = Song.findById(3)!;
    expect(failuresOf(() => michelle.related('moods').detach())).toEqual(alone);
    expect(failuresOf(() => moods[2]!.related('songs').sync([]))).toEqual(alone);
    expect(failuresOf(() => Mood.create({ name: 'lonely', tenantId: 1 }))).toEqual(alone);
    db.transaction(() => {
      michelle.related('moods').detach();
      song.related('moods').attach(moods[2]!);
    });
    expect(moods[2]!.related('songs').pluck('id')).toEqual([1]);
    Mood.createGraph({ name: 'new', tenantId: 2, songs: [{ title: 'new', tenantId: 2 }] });
  });

  it('keep both rows to what they have in common, where NULL is the same as NULL', async () => {
    const { song, moods } = await opened();
    const foreign = ['Song', { path: 'moods', rule: 'same', message: 'must have the same tenantId' }];
    Song.create({ title: 'other', tenantId: 2 });
    const other = Song.findById(4)!;
    expect(failuresOf(() => other.related('moods').attach(moods[0]!))).toEqual(foreign);
    expect(failuresOf(() => moods[0]!.related('songs').attach(other))).toEqual(foreign);
    const [shared, none] = [Song.create({ title: 'a', tenantId: null }), Song.create({ title: 'b', tenantId: null })];
    expect(failuresOf(() => shared.related('moods').attach(moods[0]!))).toEqual(foreign);
    const made = none.related('moods').create({ name: 'x', tenantId: null });
    expect(shared.related('moods').attach(made)).toBe(1);
    song.related('moods').attach(moods[0]!);
    song.tenantId = 2;
    expect(failuresOf(() => song.save())).toEqual(foreign);
    expect(song.reload().tenantId).toBe(1);
  });
});

describe.each(drivers)('what both rows of a foreign key have in common on $name', ({ open }) => {
  const opened = async () => {
    const db = await open({ models });
    return { db, one: Account.create({ tenantId: 1 }), two: Account.create({ tenantId: 2 }) };
  };
  const ofInvoice = ['Invoice', { path: 'account', rule: 'same', message: 'must have the same tenantId' }];
  const ofAccount = ['Account', { path: 'invoices', rule: 'same', message: 'must have the same tenantId' }];

  it('is looked at when it is assigned or made, whatever default scopes hide', async () => {
    const { db, one, two } = await opened();
    expect(failuresOf(() => Invoice.create({ tenantId: 1, accountId: two.id }))).toEqual(ofInvoice);
    expect(failuresOf(() => one.related('invoices').create({ tenantId: 2 }))).toEqual(ofInvoice);
    const invoice = one.related('invoices').create({ tenantId: 1 });
    invoice.account = two;
    expect(failuresOf(() => invoice.save())).toEqual(ofInvoice);
    invoice.reload();
    invoice.tenantId = 2;
    expect(failuresOf(() => invoice.save())).toEqual(ofInvoice);
    invoice.fill({ tenantId: 2, accountId: 2 }).save();
    expect(statementsOf(db, () => invoice.fill({ accountId: null }).save())).toHaveLength(3);
    expect(failuresOf(() => Account.createGraph({ tenantId: 3, invoices: [{ tenantId: 1 }] }))).toEqual(ofInvoice);
    expect(Account.query().unscoped().count()).toBe(2);
  });

  it('is looked at on the side that is referred to, too', async () => {
    const { one } = await opened();
    one.related('invoices').create({ tenantId: 1 });
    one.tenantId = 2;
    expect(failuresOf(() => one.save())).toEqual(ofAccount);
  });

  it('is not seen where the other model declares no belongsTo', async () => {
    const { one } = await opened();
    expect(Card.create({ tenantId: 2, accountId: one.id }).id).toBe(1);
  });
});

describe.each(drivers)('rules of relations on $name', ({ open }) => {
  it('make the tables first that they look at', async () => {
    await open();
    expect(failuresOf(() => Order.create({ name: 'empty' }))).toEqual(tooFew);
    expect(Order.createGraph({ name: 'first', lines: lines('a') }).lines).toHaveLength(1);
  });
});

describe('rules of relations', () => {
  it('are refused where they make no sense', () => {
    for (const options of [{ min: -1 }, { max: 1.5 }, { min: 3, max: 2 }, { max: Number.NaN }]) {
      expect(() => hasMany(() => Line, 'orderId', options)).toThrow(DefinitionError);
    }
    expect(() => manyToMany(() => Mood, { min: 2, max: 1 })).toThrow(
      'min and max of a relation are whole numbers, and min is not more than max.',
    );
  });
});
