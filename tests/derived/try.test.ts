import { expect, it } from 'vitest';
import { drivers } from '../open-database.js';
import { shop, Order, Line, Customer } from './models.js';
import { sql } from 'litemodel';
it('works', async () => {
  const db = await drivers[0]!.open({ models: shop });
  for (const row of db.all(sql`SELECT sql FROM sqlite_schema WHERE type='trigger'`)) console.log((row as any).sql);
  const c = Customer.create({ name: 'x' });
  const o = Order.create({ customerId: c.id });
  console.log(o.toJSON());
  Line.create({ orderId: o.id, price: 60, quantity: 2 });
  console.log(o.reload().toJSON(), c.reload().toJSON());
});
