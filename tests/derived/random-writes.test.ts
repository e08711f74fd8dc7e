/*
 * Any writes in any way: after each, every derived column is what a fresh aggregate gives. Instances, queries, units of work, links,
 * raw SQL, cascades and replaced rows take part, in transactions of which some are rolled back.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sql, type Database } from 'litemodel';
import { drivers } from '../open-database.js';
import { Customer, Folder, Line, Order, shop, Tag } from './models.js';

/** Each derived column, and what it has to be. */
const fresh: readonly [column: string, aggregate: string][] = [
  ['orders.total', 'SELECT coalesce(sum(price * quantity), 0) FROM lines WHERE order_id = o.id'],
  ['orders.line_count', 'SELECT count(*) FROM lines WHERE order_id = o.id'],
  ['orders.dearest', 'SELECT max(price) FROM lines WHERE order_id = o.id'],
  ['orders.mean', 'SELECT avg(quantity) FROM lines WHERE order_id = o.id'],
  [
    'orders.weight',
    'SELECT coalesce(sum(weight), 0) FROM tags JOIN orders_tags ON tags_id = id WHERE orders_id = o.id',
  ],
  [
    'customers.spent',
    'SELECT coalesce(sum(price * quantity), 0) FROM lines JOIN orders ON orders.id = order_id WHERE customer_id = o.id',
  ],
  [
    'customers.dear_lines',
    'SELECT count(*) FROM lines JOIN orders ON orders.id = order_id WHERE customer_id = o.id AND price > 50',
  ],
  ['folders.child_count', 'SELECT count(*) FROM folders WHERE parent_id = o.id'],
  ['folders.inside', 'SELECT coalesce(sum(size), 0) FROM folders WHERE parent_id = o.id'],
];

/** What is not as it should be. */
const wrong = (db: Database): unknown[] =>
  fresh.flatMap(([path, aggregate]) => {
    const [name, column] = path.split('.');
    const rows = `SELECT id, ${column!} AS is_now, (${aggregate}) AS should_be FROM ${name!} o`;
    return db
      .all(sql.raw(`SELECT * FROM (${rows}) WHERE is_now IS NOT should_be`))
      .map((row) => ({ path, ...(row as object) }));
  });

const key = fc.integer({ min: 1, max: 4 });
const reference = fc.option(key, { nil: null });
const amount = fc.integer({ min: 0, max: 100 });

type Work = (db: Database, a: number, b: number | null, n: number) => unknown;

const works: Record<string, Work> = {
  'create a line': (_, _a, b, n) => Line.create({ orderId: b, price: n, quantity: 2 }),
  'create an order': (_, _a, b) => Order.create({ customerId: b }),
  'save a line': (_, a, b, n) => Line.findById(a)?.fill({ orderId: b, price: n }).save(),
  'save only what matters to none': (_, a) => Line.findById(a)?.fill({ note: 'x' }).save(),
  'delete a line': (_, a) => Line.findById(a)?.delete(),
  'delete an order, and its lines': (_, a) => Order.findById(a)?.delete(),
  'delete a customer, and keep the orders': (_, a) => Customer.findById(a)?.delete(),
  'move an order': (_, a, b) => Order.findById(a)?.fill({ customerId: b }).save(),
  'create related': (_, a, _b, n) => Order.findById(a)?.related('lines').create({ price: n }),
  'create a graph': (_, _a, _b, n) => Order.createGraph({ lines: [{ price: n }, { price: 1, quantity: n }] }),
  'update by a condition': (_, a, b, n) => Line.filter({ orderId: a }).update({ orderId: b, quantity: n }),
  'update all': (_, _a, _b, n) => Line.updateAll({ quantity: n }),
  'delete by a condition': (_, a) => Line.filter({ orderId: a }).delete(),
  'delete all lines': () => Line.deleteAll(),
  'delete all orders': () => Order.deleteAll(),
  attach: (_, a, b) => b !== null && Tag.findById(b) && Order.findById(a)?.related('tags').attach(b),
  detach: (_, a) => Order.findById(a)?.related('tags').detach(),
  'save a tag': (_, a, _b, n) => Tag.findById(a)?.fill({ weight: n }).save(),
  'delete a tag': (_, a) => Tag.findById(a)?.delete(),
  'insert by SQL': (db, _a, b, n) => db.run(sql`INSERT INTO lines (order_id, price, quantity) VALUES (${b}, ${n}, 3)`),
  'insert an order with totals of its own': (db, _a, b, n) =>
    db.run(sql`INSERT INTO orders (customer_id, total, line_count) VALUES (${b}, ${n}, 7)`),
  'update by SQL': (db, a, b) => db.run(sql`UPDATE lines SET order_id = ${b}, price = price + 1 WHERE id <= ${a}`),
  'replace a line': (db, a, b, n) =>
    db.run(sql`INSERT OR REPLACE INTO lines (id, order_id, price) VALUES (${a}, ${b}, ${n})`),
  'insert or update a line': (db, a, b, n) =>
    db.run(
      sql`INSERT INTO lines (id, order_id, price) VALUES (${a}, ${b}, ${n}) ON CONFLICT (id) DO UPDATE SET order_id = excluded.order_id`,
    ),
  'give an order another key': (db, a, _b, n) => {
    db.run(
      sql`UPDATE OR IGNORE orders SET id = ${200 + n} WHERE id = ${a} AND NOT EXISTS (SELECT 1 FROM lines WHERE order_id = ${a}) AND NOT EXISTS (SELECT 1 FROM orders_tags WHERE orders_id = ${a})`,
    );
  },
  'a unit of work': (db, a, _b, n) =>
    db.unitOfWork((work) => {
      const order = work.create(Order, { customerId: null });
      work.create(Line, { order, price: n });
      const line = Line.findById(a);
      if (line !== undefined) work.delete(work.add(line) ?? line);
    }),
  'create a folder': (_, _a, b, n) => Folder.create({ parentId: b, size: n }),
  'move a folder': (_, a, b) => Folder.findById(a)?.fill({ parentId: b }).save(),
  'resize folders': (_, a, _b, n) => Folder.filter({ parentId: a }).update({ size: n }),
  'delete a folder, and what is inside': (_, a) => Folder.findById(a)?.delete(),
};

const step = fc.record({
  what: fc.constantFrom(...Object.keys(works)),
  a: key,
  b: reference,
  n: amount,
  frame: fc.constantFrom('none', 'none', 'kept', 'undone', 'inner undone'),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

class Undo extends Error {}

/** Runs a step; a foreign key that does not hold is the test's own doing, and undoes no more than the step. */
function attempt(db: Database, { what, a, b, n }: Step): void {
  try {
    works[what]!(db, a, b, n);
  } catch (error) {
    if (!(error instanceof Error) || !/FOREIGN KEY|foreign key|UNIQUE/.test(error.message)) throw error;
  }
}

function take(db: Database, each: Step): void {
  if (each.frame === 'none') return attempt(db, each);
  try {
    db.transaction(() => {
      attempt(db, each);
      expect(wrong(db)).toEqual([]);
      if (each.frame === 'undone') throw new Undo();
      if (each.frame === 'kept') return;
      try {
        db.transaction(() => {
          attempt(db, { ...each, a: 1 });
          throw new Undo();
        });
      } catch (error) {
        if (!(error instanceof Undo)) throw error;
      }
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
}

describe.each(drivers)('derived columns on $name', ({ name, open }) => {
  it('are true after any write', async () => {
    const db = await open({ models: shop });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        for (const table of ['lines', 'orders_tags', 'orders', 'customers', 'tags', 'folders']) {
          db.run(sql.raw(`DELETE FROM ${table}`));
        }
        for (const id of [1, 2, 3]) {
          Customer.create({ id, name: 'x' });
          Order.create({ id, customerId: id });
          Tag.create({ id, weight: id });
          Line.create({ id, orderId: id, price: 60 });
          Folder.create({ id, parentId: id === 1 ? null : 1, size: id });
        }
        expect(wrong(db)).toEqual([]);
        for (const each of steps) {
          take(db, each);
          expect(wrong(db)).toEqual([]);
        }
      }),
      { numRuns: name === 'better-sqlite3' ? 300 : 60 },
    );
  }, 120_000);
});
