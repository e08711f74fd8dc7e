import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  boolean,
  countOf,
  datetime,
  decimal,
  defineModel,
  derived,
  desc,
  gt,
  hasMany,
  id,
  integer,
  maxOf,
  minOf,
  Model,
  ReadOnlyFieldError,
  relate,
  SchemaDriftError,
  scope,
  sql,
  sumOf,
  table,
  text,
  type Generated,
} from 'litemodel';
import { open as openFile } from 'litemodel/better-sqlite3';
import { dialects, run } from '../dialects/compile.js';
import { temporaryFolder } from '../drivers/temporary-folder.js';
import { closedLater, drivers, statementsOf } from '../open-database.js';
import { Customer, Folder, Line, Order, shop } from './models.js';

const columns = '"id", "customer_id", "total", "line_count", "dearest", "mean", "weight"';

describe.each(drivers)('a derived column on $name', ({ open }) => {
  it('is brought up to date by the statement that writes the related row, and no other', async () => {
    const db = await open({ models: shop });
    const customer = Customer.create({ name: 'Ann' });
    const [one, two] = [Order.create({ customerId: customer.id }), Order.create({ customerId: customer.id })];
    const totals = () => [...Order.query().orderBy('id').pluck('total'), Customer.findById(customer.id)!.spent];
    let line!: Line;
    expect(statementsOf(db, () => (line = Line.create({ orderId: one.id, price: 20, quantity: 3 })))).toEqual([
      'INSERT INTO "lines" ("order_id", "price", "quantity", "note") VALUES (?, ?, ?, ?)',
    ]);
    expect(totals()).toEqual([60, 0, 60]);
    line.quantity = 4;
    expect(statementsOf(db, () => line.save())).toEqual(['UPDATE "lines" SET "quantity" = ? WHERE "id" = ?']);
    expect(totals()).toEqual([80, 0, 80]);
    line.order = two;
    line.save();
    expect(totals()).toEqual([0, 80, 80]);
    expect(statementsOf(db, () => Line.updateAll({ price: 1 }))).toEqual(['UPDATE "lines" SET "price" = ?']);
    expect(totals()).toEqual([0, 4, 4]);
    db.run(sql`UPDATE lines SET order_id = NULL`);
    expect(totals()).toEqual([0, 0, 0]);
    Line.updateAll({ orderId: two.id });
    expect(Line.filter({ orderId: two.id }).delete()).toBe(1);
    expect(totals()).toEqual([0, 0, 0]);
  });

  it('is undone with the write', async () => {
    const db = await open({ models: shop });
    const order = Order.create({});
    expect(() =>
      db.transaction(() => {
        Line.create({ orderId: order.id, price: 5 });
        expect(order.reload().total).toBe(5);
        throw new Error('stop');
      }),
    ).toThrow('stop');
    expect(order.reload()).toMatchObject({ total: 0, lineCount: 0, dearest: null });
  });

  it('has the value of the last read or save in an instance', async () => {
    const db = await open({ models: shop });
    let order!: Order;
    expect(statementsOf(db, () => (order = Order.create({})))).toEqual([
      'INSERT INTO "orders" ("customer_id") VALUES (?) RETURNING "id", "total", "line_count", "dearest", "mean", "weight"',
    ]);
    expect(order).toMatchObject({ total: 0, lineCount: 0, dearest: null, mean: null, weight: 0 });
    order.related('lines').create({ price: 7 });
    expect(order.total).toBe(0);
    expect(statementsOf(db, () => order.save())).toEqual([]);
    const customer = Customer.create({ name: 'Ann' });
    order.customerId = customer.id;
    expect(statementsOf(db, () => order.save())).toEqual([
      'UPDATE "orders" SET "customer_id" = ? WHERE "id" = ? RETURNING "total", "line_count", "dearest", "mean", "weight"',
    ]);
    expect(order).toMatchObject({ total: 7, lineCount: 1, dearest: 7 });
    expect(customer.spent).toBe(0);
    expect(customer.reload().spent).toBe(7);
  });

  it('is filtered, ordered by and indexed as any other', async () => {
    const db = await open({ models: shop });
    for (const price of [5, 60]) {
      const order = Order.create({ customerId: Customer.create({ name: String(price) }).id });
      Line.create({ orderId: order.id, price });
    }
    expect(statementsOf(db, () => Order.filter({ total: gt(5) }).all())).toEqual([
      `SELECT ${columns} FROM "orders" WHERE "total" > ?`,
    ]);
    expect(Customer.query().orderBy(desc('spent')).pluck('name')).toEqual(['60', '5']);
    expect(Customer.filter({ dearLines: 1 }).pluck('name')).toEqual(['60']);
    const [plan] = db.all<{ detail: string }>(sql`EXPLAIN QUERY PLAN SELECT id FROM customers WHERE spent > 5`);
    expect(plan!.detail).toContain('customers_spent_index');
  });

  it('is never written by us', async () => {
    await open({ models: shop });
    const refused = /^Order\.total cannot be written: SQLite computes it\.$/;
    expect(() => Order.create({ total: 5 })).toThrow(refused);
    const order = Order.create({});
    (order as { total: number }).total = 5;
    expect(() => order.save()).toThrow(ReadOnlyFieldError);
    expect(() => Order.updateAll({ total: 5 })).toThrow(refused);
  });

  it('counts children of a row of its own table', async () => {
    await open({ models: shop });
    const [root, other] = [Folder.create({}), Folder.create({})];
    const child = Folder.create({ parentId: root.id, size: 5 });
    Folder.create({ parentId: child.id, size: 7 });
    expect(root.reload()).toMatchObject({ childCount: 1, inside: 5 });
    expect(child.reload()).toMatchObject({ childCount: 1, inside: 7 });
    child.parent = other;
    child.save();
    expect([root.reload().childCount, other.reload().inside]).toEqual([0, 5]);
    child.delete(); // and what is inside of it, by cascade
    expect([Folder.count(), other.reload().childCount]).toEqual([2, 0]);
  });

  it('goes by keys of several columns, tables without rowid, and rows that are there before those they belong to', async () => {
    const seat = { row: integer(), number: integer(), tickets: derived(countOf('sold'), integer()) };
    class Seat extends defineModel('seats', seat, { primaryKey: ['row', 'number'], withoutRowid: true }) {
      declare sold: Ticket[];
      static {
        relate(Seat, { sold: hasMany(() => Ticket, ['row', 'number']) });
      }
    }
    class Ticket extends defineModel('tickets', {
      id: id(),
      row: integer({ nullable: true }),
      number: integer({ nullable: true }),
    }) {
      declare seat: Seat | null;
      static {
        relate(Ticket, {
          seat: belongsTo(() => Seat, ['row', 'number'], { nullable: true, constraint: false }),
        });
      }
    }
    const db = await open({ models: [Seat, Ticket] });
    Ticket.create({ row: 1, number: 2 });
    Ticket.create({ row: 1, number: null });
    const [one, two] = [Seat.create({ row: 1, number: 2 }), Seat.create({ row: 1, number: 3 })];
    expect([one.reload().tickets, two.tickets]).toEqual([1, 0]);
    Ticket.filter({ row: 1 }).update({ number: 3 });
    expect([one.reload().tickets, two.reload().tickets]).toEqual([0, 2]);
    db.run(sql`UPDATE seats SET number = 4 WHERE number = 3`);
    expect(db.all(sql`SELECT number, tickets FROM seats ORDER BY number`)).toEqual([
      { number: 2, tickets: 0 },
      { number: 4, tickets: 0 },
    ]);
  });

  it('sums decimals exactly, keeps dates, and leaves out what default scopes leave out', async () => {
    @table('accounts')
    class Account extends Model {
      @id() id!: Generated<number>;
      @hasMany(() => Booking, 'accountId') bookings!: Booking[];
      @derived(sumOf('bookings', 'amount', { isOpen: false }), decimal(12, 2)) readonly balance!: string;
      @derived(maxOf('bookings', 'at'), datetime({ nullable: true })) readonly last!: Date | null;
      @derived(minOf('bookings', sql`lower(label)`), text({ nullable: true })) readonly first!: string | null;
    }
    @table('bookings', { scopes: [scope<Booking>('kept', { isVoid: false })] })
    class Booking extends Model {
      @id() id!: Generated<number>;
      @integer() accountId!: number;
      @decimal(8, 2) amount!: string;
      @text() label!: string;
      @datetime() at!: Date;
      @boolean({ default: false }) isOpen!: Generated<boolean>;
      @boolean({ default: false }) isVoid!: Generated<boolean>;
      @belongsTo(() => Account, 'accountId') account!: Account;
    }
    await open({ models: [Account] }); // and what it follows from
    const account = Account.create({});
    expect([account.balance, account.last, account.first]).toEqual(['0.00', null, null]);
    const at = (day: number) => new Date(Date.UTC(2026, 0, day));
    const of = (amount: string, day: number, label: string) => ({ accountId: account.id, amount, label, at: at(day) });
    const booking = Booking.create(of('0.10', 2, 'B'));
    Booking.create(of('0.20', 3, 'A'));
    Booking.create({ ...of('5.00', 1, 'C'), isOpen: true });
    expect(account.reload()).toMatchObject({ balance: '0.30', last: at(3), first: 'a' });
    booking.isVoid = true;
    booking.save();
    expect(account.reload().balance).toBe('0.20');
  });

  it('knows of columns that SQLite generates from others', async () => {
    @table('carts')
    class Cart extends Model {
      @id() id!: Generated<number>;
      @hasMany(() => Part, 'cartId') parts!: Part[];
      @derived(sumOf('parts', 'cost'), integer()) readonly cost!: number;
    }
    @table('parts')
    class Part extends Model {
      @id() id!: Generated<number>;
      @integer() cartId!: number;
      @integer() price!: number;
      @integer({ generated: sql`price * 2` }) readonly cost!: number;
      @belongsTo(() => Cart, 'cartId') cart!: Cart;
    }
    await open({ models: [Cart, Part] });
    const cart = Cart.create({});
    const part = Part.create({ cartId: cart.id, price: 5 });
    expect(cart.reload().cost).toBe(10);
    part.price = 6;
    part.save();
    expect(cart.reload().cost).toBe(12);
  });
});

describe('the triggers of derived columns', () => {
  const models = (aggregate = sumOf('lines', 'price')) => {
    class NewOrder extends defineModel('orders', { id: id(), total: derived(aggregate, integer()) }) {
      declare lines: NewLine[];
      static {
        relate(NewOrder, { lines: hasMany(() => NewLine, 'orderId') });
      }
    }
    class NewLine extends defineModel('lines', { id: id(), orderId: integer(), price: integer() }) {
      declare order: NewOrder;
      static {
        relate(NewLine, { order: belongsTo(() => NewOrder, 'orderId', { constraint: false }) });
      }
    }
    return [NewOrder, NewLine] as const;
  };

  it('are created for rows that are there already, which are brought up to date', () => {
    const db = closedLater(openFile(':memory:', { alias: 'old' }));
    db.execute(`CREATE TABLE "orders" ("id" INTEGER NOT NULL PRIMARY KEY) STRICT;
      CREATE TABLE "lines" ("id" INTEGER NOT NULL PRIMARY KEY, "order_id" INTEGER NOT NULL, "price" INTEGER NOT NULL) STRICT;
      INSERT INTO orders VALUES (1), (2); INSERT INTO lines VALUES (1, 1, 5), (2, 1, 6)`);
    const order = models()[0].using(db);
    const statements = statementsOf(db, () => expect(order.query().pluck('total' as never)).toEqual([11, 0]));
    expect(
      statements.filter((each) => /^(ALTER|CREATE TRIGGER|UPDATE)/.test(each)).map((each) => each.split('\n')[0]),
    ).toEqual([
      'ALTER TABLE "main"."orders" ADD COLUMN "total" INTEGER NOT NULL DEFAULT 0',
      'CREATE TRIGGER "main"."orders_total_lines_insert" AFTER INSERT ON "lines" BEGIN',
      'CREATE TRIGGER "main"."orders_total_lines_update" AFTER UPDATE OF "order_id", "price" ON "lines" BEGIN',
      'CREATE TRIGGER "main"."orders_total_lines_delete" AFTER DELETE ON "lines" BEGIN',
      'CREATE TRIGGER "main"."orders_total_own_insert" AFTER INSERT ON "orders" BEGIN',
      'CREATE TRIGGER "main"."orders_total_own_update" AFTER UPDATE OF "id" ON "orders" BEGIN',
      expect.stringMatching(/^UPDATE "main"\."orders" SET "total" = \(SELECT coalesce\(sum/),
    ]);
  });

  it('are compared: one that is missing or does something else is a difference', () => {
    const db = closedLater(openFile(':memory:', { models: models(), alias: 'first' }));
    const trigger = db.first<{ sql: string }>(
      sql`SELECT sql FROM sqlite_schema WHERE name = 'orders_total_lines_insert'`,
    )!;
    const verify = (aggregate?: ReturnType<typeof sumOf<'lines', 'price'>>) => {
      const [again] = models(aggregate);
      return again.using(db).count();
    };
    expect(verify()).toBe(0);
    expect(() => verify(sumOf('lines', sql`price + 1`) as never)).toThrow(SchemaDriftError);
    expect(() => verify(sumOf('lines', sql`price + 1`) as never)).toThrow(
      'trigger "orders_total_lines_insert" is not the one that keeps NewOrder.total now',
    );
    db.execute('DROP TRIGGER orders_total_lines_insert');
    db.execute('INSERT INTO orders (id) VALUES (1); INSERT INTO lines VALUES (1, 1, 5)');
    expect(db.first(sql`SELECT total FROM orders`)).toEqual({ total: 0 });
    expect(verify()).toBe(1);
    expect(db.first(sql`SELECT total FROM orders`)).toEqual({ total: 5 });
    db.execute('DROP TRIGGER orders_total_lines_insert');
    db.execute(trigger.sql.replaceAll('"lines"', 'lines').replace('BEGIN', 'begin /* by hand */'));
    expect(verify()).toBe(1);
  });

  it('are not left to write a column that is derived no more, or has another name', () => {
    const file = `${temporaryFolder()}/derived.db`;
    openFile(file, { models: models(), alias: 'made' }).close();
    const Plain = defineModel('orders', { id: id(), total: integer({ default: 0 }) });
    const Renamed = defineModel('orders', { id: id(), sum: integer({ default: 0 }) });
    const open = (model: typeof Plain | typeof Renamed, schema: 'create' | 'verify') =>
      openFile(file, { models: [model], schema, alias: 'again' }).close();
    const refused = (field: string) =>
      `triggers "orders_total_…" of an earlier declaration still write ${field}: drop them`;
    for (const schema of ['create', 'verify'] as const)
      expect(() => open(Plain, schema)).toThrow(refused('orders.total'));
    const db = openFile(file, { alias: 'raw' });
    db.execute('ALTER TABLE orders RENAME COLUMN total TO sum');
    for (const schema of ['create', 'verify'] as const)
      expect(() => open(Renamed, schema)).toThrow(refused('orders.sum'));
    const names = db.all<{ name: string }>(sql`SELECT name FROM sqlite_schema WHERE type = 'trigger'`);
    for (const { name } of names) db.execute(`DROP TRIGGER ${name}`);
    db.execute(`CREATE TRIGGER orders_sum_own_insert AFTER INSERT ON orders BEGIN UPDATE orders SET sum = 5; END`);
    db.close();
    for (const schema of ['create', 'verify'] as const) open(Renamed, schema); // a trigger of the user's
  });

  it('are asked for under verify', () => {
    const file = `${temporaryFolder()}/derived.db`;
    openFile(file, { models: models(), alias: 'made' }).close();
    openFile(file, { models: models(), schema: 'verify', alias: 'same' }).close();
    const db = openFile(file, { alias: 'raw' });
    db.execute('DROP TRIGGER orders_total_lines_delete');
    db.close();
    expect(() => openFile(file, { models: models(), schema: 'verify', alias: 'less' })).toThrow(
      'trigger "orders_total_lines_delete" is missing',
    );
  });
});

/** Models of which one refers to the other, and what is derived. */
const program = (decorators: string, more = '') => `
import { averageOf, belongsTo, countOf, decimal, derived, gt, hasMany, hasManyThrough, hasOne, id, integer, maxOf, Model, real, some, sql, subtype, sumOf, table, text } from 'litemodel';
@table('orders') export class Order extends Model {
  @id() id: number;
  @text() title: string;
  @integer() size: number;
  @hasMany(() => Line, 'orderId') lines: Line[];
  @hasOne(() => Line, 'orderId') line: Line | null;
  ${decorators}
}
@table('lines') export class Line extends Model {
  @id() id: number;
  @integer() orderId: number;
  @integer({ nullable: true }) count: number | null;
  @text() label: string;
  @decimal(8, 2) price: string;
  @belongsTo(() => Order, 'orderId') order: Order;
  @hasMany(() => Line, 'count') others: Line[];
  @hasMany(() => Piece, 'lineId') pieces: Piece[];
}
@table('pieces') class Piece extends Model {
  @id() id: number;
  @integer() lineId: number;
  @integer() weight: number;
}
${more}`;

describe.each(dialects)('@derived in $name', (dialect) => {
  const opened = (text: string): unknown => {
    const { Order, Line } = run(dialect, text) as Record<string, never>;
    const db = openFile(':memory:', { models: [Order!, Line!], alias: 'derived' });
    try {
      return db.all(sql`SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'lines' ORDER BY name`);
    } finally {
      db.close();
    }
  };

  it('declares the same triggers', () => {
    expect(opened(program(`@derived(countOf('lines'), integer()) lineCount: number;`))).toEqual(
      ['delete', 'insert', 'update'].map((event) => ({ name: `orders_line_count_lines_${event}` })),
    );
  });

  it('takes what is no name of a column for none', () => {
    const of = "CASE lower(lines.label) WHEN 'title' THEN count ELSE abs(1) END";
    const decorators = `@integer() abs: number; @derived(sumOf('lines', sql\`${of}\`), integer()) a: number;`;
    expect(opened(program(decorators))).toHaveLength(3);
  });

  it.each([
    [
      `@derived(countOf('parts'), integer()) a: number;`,
      'Order.a is derived from "parts", which is no relation of Order.',
    ],
    [
      `@derived(countOf('line'), integer()) a: number;`,
      'Order.a is derived from line, which leads to one row at most.',
    ],
    [
      `@derived(sumOf('lines', sql\`count * "Size"\`), integer()) a: number;`,
      'Order.a is derived by SQL with "Size", which is no column of Line, but one of Order.',
    ],
    [
      `@derived(countOf('lines', { count: gt(sql\`title\`) }), integer()) a: number;`,
      'Order.a is derived by SQL with "title", which is no column of Line, but one of Order.',
    ],
    [
      `@derived(sumOf('lines', sql\`orders.count * count\`), integer()) a: number;`,
      'Order.a is derived by SQL with "orders", which is the table of Order.',
    ],
    [
      `@hasManyThrough(() => Piece, 'lines.pieces') pieces: Piece[];
       @derived(sumOf('pieces', sql\`weight * price\`), integer()) a: number;`,
      'Order.a is derived by SQL with "price", which is no column of Piece, but one of Line.',
    ],
    [
      `@hasManyThrough(() => Piece, 'lines.pieces') pieces: Piece[];
       @derived(sumOf('pieces', sql\`weight * lines.count\`), integer()) a: number;`,
      'Order.a is derived by SQL with "lines", which is the table of Line.',
    ],
    [`@derived(countOf('lines'), text()) a: string;`, 'The count of no rows is 0, which no text column holds.'],
    [
      `@derived(sumOf('lines', 'price'), integer()) a: number;`,
      'Order.a is integer, and cannot hold the sum of Line.price, which is decimal.',
    ],
    [
      `@derived(sumOf('lines', 'price'), decimal(8, 3)) a: string;`,
      'Order.a is decimal, and cannot hold the sum of Line.price, which is decimal.',
    ],
    [
      `@derived(averageOf('lines', 'price'), real({ nullable: true })) a: number | null;`,
      'Order.a is real, and cannot hold the avg of Line.price, which is decimal.',
    ],
    [
      `@derived(sumOf('lines', 'label'), integer()) a: number;`,
      'Order.a is integer, and cannot hold the sum of Line.label, which is text.',
    ],
    [`@derived(sumOf('lines', 'prise'), integer()) a: number;`, 'Line has no field "prise".'],
    [
      `@derived(sumOf('lines', sql\`(SELECT 1)\`), integer()) a: number;`,
      'Order.a is derived by SQL that looks at further rows, of whose changes it would not know.',
    ],
    [
      `@derived(countOf('lines', { others: some() }), integer()) a: number;`,
      'Order.a is derived by SQL that looks at further rows, of whose changes it would not know.',
    ],
    [
      `@derived(maxOf('lines', 'count'), integer()) a: number;`,
      'The max of no rows is null, so that its column is nullable.',
    ],
    [
      `@derived(countOf('lines'), integer({ nullable: true })) a: number | null;`,
      'The count of no rows is 0, so that its column is not nullable.',
    ],
    [
      `@derived(countOf('lines'), integer({ default: 5 })) a: number;`,
      'A derived column has no default, is not generated, computed or deferred, and is no key, version or timestamp.',
    ],
    [`@derived(5, integer()) a: number;`, '@derived takes what a column is derived from.'],
    [`@derived(sumOf('lines', 5), integer()) a: number;`, "sum is of a field's name, or of SQL."],
    [`@derived(sumOf('lines'), integer()) a: number;`, "sum is of a field's name, or of SQL."],
    [`@derived(sumOf('lines', sql\`prise\`), integer()) a: number;`, 'no such column: prise'],
  ])('refuses %s', (decorators, message) => {
    expect(() => opened(program(decorators))).toThrow(message);
  });

  it('refuses what follows from itself, what a subtype has, and a table that a trigger could not name', () => {
    const circle = `
import { derived, hasMany, id, integer, Model, sumOf, table } from 'litemodel';
@table('lines') export class Order extends Model {
  @id() id: number;
  @integer({ nullable: true }) parentId: number | null;
  @hasMany(() => Order, 'parentId') children: Order[];
  @derived(sumOf('children', sql_), integer()) readonly sum: number;
}
export class Line extends Model {}
`;
    const self = circle
      .replace('sql_', `'sum'`)
      .replace('export class Line extends Model {}', 'export { Order as Line };');
    expect(() => opened(self)).toThrow('Order.sum is derived from itself, by way of others or at once.');
    const family = program(
      '',
      `
@table('things', { discriminator: 'kind' }) class Thing extends Model { @id() id: number; @hasMany(() => Line, 'orderId') lines: Line[]; }
@subtype('big') export class Big extends Thing { @derived(countOf('lines'), integer()) a: number; }`,
    );
    const { Big } = run(dialect, family) as Record<string, never>;
    expect(() => openFile(':memory:', { models: [Big!], alias: 'family' })).toThrow(
      'Big.a is derived, but the column is that of a subtype.',
    );
    const named = program(`@derived(countOf('lines'), integer()) a: number;`).replace(
      `@table('lines')`,
      `@table('New')`,
    );
    expect(() => opened(named)).toThrow('in which the table "New" of Line would be taken for the row that was written');
  });
});
