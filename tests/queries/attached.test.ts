import { describe, expect, it } from 'vitest';
import { columns, gt, id, integer, Model, oneOf, sql, table, type Database, type Generated } from 'litemodel';
import { drivers, statementsOf } from '../open-database.js';

@table('orders')
class Order extends Model {
  @id() id!: Generated<number>;
  @integer() total!: number;
}

@table('customers')
class Customer extends Model {
  @id() id!: Generated<number>;
  @integer() orderId!: number;
}

const attaching = drivers.filter(({ name }) => name !== 'sql.js' && name !== 'sqlite-wasm');

describe.each(attaching)('$name', ({ open }) => {
  const withOrders = (db: Database) => {
    db.attach(':memory:', 'archive', { models: [Order] });
    for (const total of [5, 10, 15]) Order.create({ total });
  };

  it('names the file of an attached table, in every statement and in what is shown of it', async () => {
    const db = await open({ models: [Customer] });
    withOrders(db);
    Customer.create({ orderId: 2 });
    const order = columns(Order);
    const statements = statementsOf(db, () => {
      const query = Order.filter({ total: gt(5) }).orderBy('id');
      expect(query.toSQL().sql).toBe('SELECT "id", "total" FROM "archive"."orders" WHERE "total" > ? ORDER BY "id"');
      expect(query.toRunnableSQL()).toBe(
        'SELECT "id", "total" FROM "archive"."orders" WHERE "total" > 5 ORDER BY "id";',
      );
      expect(query.pluck('total')).toEqual([10, 15]);
      expect(Customer.filter({ orderId: oneOf(query.select('id')) }).count()).toBe(1);
      expect(Order.filter({ total: 10 }).update({ total: sql`${order.total} + 1` })).toBe(1);
      expect(db.all(sql`SELECT ${order.total} FROM ${Order} JOIN ${Customer} c ON c.order_id = ${order.id}`)).toEqual([
        { total: 11 },
      ]);
      expect(Order.filter({ total: 5 }).limit(1).delete()).toBe(1);
      expect(Order.findById(2)?.total).toBe(11);
    });
    expect(statements).toEqual([
      'SELECT "total" FROM "archive"."orders" WHERE "total" > ? ORDER BY "id"',
      'SELECT count(*) FROM "main"."customers" WHERE "order_id" IN (SELECT "archive"."orders"."id" FROM "archive"."orders" ' +
        'WHERE "archive"."orders"."total" > ? ORDER BY "archive"."orders"."id")',
      'UPDATE "archive"."orders" SET "total" = "archive"."orders"."total" + 1 WHERE "total" = ?',
      'SELECT "archive"."orders"."total" FROM "archive"."orders" JOIN "main"."customers" c ON c.order_id = "archive"."orders"."id"',
      'DELETE FROM "archive"."orders" WHERE "id" IN (SELECT "archive"."orders"."id" FROM "archive"."orders" WHERE "archive"."orders"."total" = ? LIMIT 1)',
      'SELECT "id", "total" FROM "archive"."orders" WHERE "id" = ?',
    ]);
  });
});
