import { describe, expect, it } from 'vitest';
import {
  belongsTo,
  boolean,
  computed,
  DecodeError,
  desc,
  gt,
  hasMany,
  id,
  integer,
  like,
  Model,
  oneOf,
  ReadOnlyFieldError,
  some,
  sql,
  subtype,
  table,
  text,
  updatedAt,
  type Generated,
} from 'litemodel';
import { Model as AsyncModel } from 'litemodel/async';
import { dialects, run } from '../dialects/compile.js';
import { ddlOf } from '../dialects/ddl.js';
import { openMain, openWindow } from '../electron/window.js';
import { allow } from 'litemodel/electron-main';
import { drivers, statementsOf } from '../open-database.js';

@table('shops')
class Shop extends Model {
  @id() id!: Generated<number>;
  @text() name!: string;
  @computed(sql<number>`(SELECT count(*) FROM orders AS o WHERE o.shop_id = shops.id)`) readonly orderCount!: number;
  @hasMany(() => Order, 'shopId') orders!: Order[];
}

@table('orders')
class Order extends Model {
  @id() id!: Generated<number>;
  @integer() shopId!: number;
  @integer() price!: number;
  @integer({ default: 1 }) quantity!: Generated<number>;
  @text({ nullable: true }) note!: string | null;
  @computed(sql<number>`price * quantity`) readonly total!: number;
  @computed(sql`price * quantity > ${100}`, boolean()) readonly isLarge!: boolean;
  @computed(sql`upper(note)`, text({ nullable: true })) readonly loud!: string | null;
  @belongsTo(() => Shop, 'shopId') shop!: Shop;

  @computed() get label(): string {
    return `${this.quantity} × ${this.price}`;
  }

  get secret(): string {
    return 'x';
  }
}

const all = '"id", "shop_id", "price", "quantity", "note", price * quantity, price * quantity > 100, upper(note)';

describe.each(drivers)('what SQLite computes on $name', ({ open }) => {
  const filled = async () => {
    const db = await open({ models: [Shop, Order] });
    const shop = Shop.create({ name: 'Books' });
    const orders = [10, 60, 30].map((price, at) =>
      Order.create({ shopId: shop.id, price, quantity: at + 1, note: 'n' }),
    );
    return { db, shop, orders };
  };

  it('is no column of the table', async () => {
    const { db } = await filled();
    expect(ddlOf([Order])[0]).not.toContain('total');
    db.close();
    expect(() => ddlOf([Shop])).not.toThrow();
  });

  it('is read along with each row, of the type that was said', async () => {
    const { db } = await filled();
    const statements = statementsOf(db, () => {
      const orders = Order.query().orderBy('id').all();
      expect(orders.map(({ total, isLarge, loud }) => [total, isLarge, loud])).toEqual([
        [10, false, 'N'],
        [120, true, 'N'],
        [90, false, 'N'],
      ]);
      expect(Order.findById(2)!.total).toBe(120);
    });
    expect(statements).toEqual([
      `SELECT ${all} FROM "orders" ORDER BY "id"`,
      `SELECT ${all} FROM "orders" WHERE "id" = ?`,
    ]);
    expect([...Order.query().orderBy('total').iterate({ batch: 1 })].map(({ total }) => total)).toEqual([10, 90, 120]);
    expect(Order.query().distinct().orderBy('id').first()!.total).toBe(10);
  });

  it('is filtered, ordered by, selected and plucked', async () => {
    const { db } = await filled();
    const statements = statementsOf(db, () => {
      expect(Order.filter({ total: gt(80), isLarge: false }).count()).toBe(1);
      expect(Order.query().orderBy(desc('total')).pluck('total')).toEqual([120, 90, 10]);
      expect(
        Order.filter({ total: oneOf([10, 90]), loud: like('n') })
          .select('id', 'total', 'isLarge')
          .first(),
      ).toEqual({
        id: 1,
        total: 10,
        isLarge: false,
      });
    });
    expect(statements).toEqual([
      'SELECT count(*) FROM "orders" WHERE (price * quantity) > ? AND (price * quantity > 100) = ?',
      'SELECT price * quantity FROM "orders" ORDER BY price * quantity DESC',
      `SELECT "id", price * quantity, price * quantity > 100 AS "isLarge" FROM "orders" WHERE (price * quantity) IN (?, ?) AND (upper(note)) LIKE ? ESCAPE '\\' LIMIT 1`,
    ]);
    const first = Order.query().orderBy('total').page({ size: 2 });
    expect(first.rows.map(({ total }) => total)).toEqual([10, 90]);
    expect(
      Order.query()
        .orderBy('total')
        .page({ size: 2, after: first.next })
        .rows.map(({ total }) => total),
    ).toEqual([120]);
  });

  it('comes back from create, save and reload', async () => {
    const { db, shop } = await filled();
    let order: Order;
    const statements = statementsOf(db, () => {
      order = Order.create({ shopId: shop.id, price: 50 });
      expect([order.total, order.isLarge, order.loud]).toEqual([50, false, null]);
      order.quantity = 3;
      order.save();
      expect([order.total, order.isLarge]).toEqual([150, true]);
      order.save();
    });
    expect(statements).toEqual([
      'INSERT INTO "orders" ("shop_id", "price", "quantity", "note") VALUES (?, ?, ?, ?) RETURNING "id", price * quantity, price * quantity > 100, upper(note)',
      'UPDATE "orders" SET "quantity" = ? WHERE "id" = ? RETURNING price * quantity, price * quantity > 100, upper(note)',
    ]);
    db.run(sql`UPDATE orders SET price = 1`);
    expect(order!.reload().total).toBe(3);
    expect(Order.filter({ id: 1 }).returning('total').update({ price: 7 })).toEqual([{ total: 7 }]);
    expect(Order.filter({ total: 7 }).delete()).toBe(1);
  });

  it('is never written', async () => {
    const { orders } = await filled();
    const [order] = orders;
    (order as { total: number }).total = 5;
    expect(() => order!.save()).toThrow(ReadOnlyFieldError);
    expect(() => Order.create({ shopId: 1, price: 1, total: 5 })).toThrow(ReadOnlyFieldError);
    expect(() => Order.filter({ id: 1 }).update({ total: 5 })).toThrow(
      new ReadOnlyFieldError('Order.total', 'SQLite computes it'),
    );
  });

  it('is there across relations, and in subqueries', async () => {
    const { shop } = await filled();
    expect(
      Shop.with('orders')
        .one()
        .orders.map(({ total }) => total),
    ).toEqual([10, 120, 90]);
    expect(Shop.with({ orders: { limit: 1, orderBy: ['total', 'desc'] } }).one().orders[0]!.total).toBe(120);
    expect(Shop.filter({ orders: some({ total: 120 }) }).count()).toBe(1);
    expect(Order.filter({ shop: { orderCount: 3 } }).count()).toBe(3);
    expect(shop.reload().orderCount).toBe(3);
    expect(Order.fromSql(sql`SELECT *, 5 AS total, 0 AS is_large, NULL AS loud FROM orders LIMIT 1`)[0]!.total).toBe(5);
  });

  it('works in the asynchronous face', async () => {
    await filled();
    const order = await Order.async().filter({ total: 120 }).one();
    order.quantity = 1;
    await order.async.save();
    expect(order.total).toBe(60);
  });

  it('refuses a whole number that it would round', async () => {
    const { db } = await filled();
    db.run(sql`UPDATE orders SET price = 9007199254740993 WHERE id = 1`);
    expect(() => Order.query().pluck('total')).toThrow(DecodeError);
  });
});

@table('things')
class Thing extends AsyncModel {
  @id() id!: Generated<number>;
  @text() name!: string;
  @updatedAt() updatedAt!: Generated<Date>;
  @computed(sql<number>`length(name)`) readonly size!: number;
}

it.each(drivers)('is computed in models that promise, on $name', async ({ open }) => {
  await open({ models: [Thing] });
  const thing = await Thing.create({ name: 'ox' });
  thing.name = 'owl';
  await thing.save();
  expect([thing.size, await Thing.filter({ size: 3 }).count()]).toEqual([3, 1]);
});

it('puts a getter into JSON where that was said', async () => {
  const order = Order.build({ price: 3, quantity: 2 });
  expect(order.toJSON()).toEqual({ price: 3, quantity: 2, label: '2 × 3' });
});

it('refuses what is no getter', () => {
  expect(() => computed('1 + 1' as never)).toThrow('@computed takes SQL: @computed(sql`…`).');
  expect(() => {
    class Wrong extends Model {
      // @ts-expect-error: a method
      @computed() method(): void {}
    }
    return Wrong;
  }).toThrow(
    '@computed() stands on method, which is no getter. Put it on a getter, or give it SQL: @computed(sql`…`).',
  );
});

@table('shapes', { discriminator: 'kind' })
abstract class Shape extends Model {
  @id() id!: Generated<number>;
  @computed(sql<string>`kind || id`) readonly code!: string;
}

@subtype('square')
class Square extends Shape {
  @integer() side!: number;
  @computed(sql<number>`side * side`) readonly area!: number;

  @computed() get name(): string {
    return `${this.area} m²`;
  }
}

@subtype('line')
class Line extends Shape {
  @integer() length!: number;
}

it.each(drivers)('is inherited by subtypes on $name', async ({ open }) => {
  await open({ models: [Shape] });
  Square.create({ side: 3 });
  Line.create({ length: 4 });
  const [square, line] = Shape.query().orderBy('id').all();
  expect(square!.toJSON()).toEqual({ id: 1, kind: 'square', code: 'square1', side: 3, area: 9, name: '9 m²' });
  expect(line!.toJSON()).toEqual({ id: 2, kind: 'line', code: 'line2', length: 4 });
  expect(Square.filter({ area: 9 }).count()).toBe(1);
});

it('is left out in a window, which may send no SQL', async () => {
  const db = openMain({ models: [Order] });
  Shop.using(db).create({ name: 'x' });
  Order.using(db).create({ shopId: 1, price: 5 });
  const { window } = await openWindow(db, { models: [allow(Order, ['read', 'update'])] }, { models: [Order] });
  const order = await Order.using(window).query().first();
  expect([order!.price, order!.total]).toEqual([5, undefined]);
  order!.price = 6;
  await order!.async.save();
  expect(Order.using(db).findById(1)!.total).toBe(6);
});

const program = `
import { boolean, computed, id, integer, Model, sql, table } from 'litemodel';

@table('boxes')
class Box extends Model {
  @id() id!: number;
  @computed(sql\`width > 3\`, boolean()) readonly isWide!: boolean;
  @integer() width!: number;
  @computed() get double(): number { return this.width * 2; }
}
export { Box };
`;

it.each(dialects)('is declared the same with $name', (dialect) => {
  const { Box } = run(dialect, program) as { Box: typeof Model };
  const db = openMain({ alias: dialect.name, models: [Box] });
  const box = Box.using(db).create({ width: 4 });
  expect(box.toJSON()).toEqual({ id: 1, isWide: true, width: 4, double: 8 });
});
